"""EMAIL_URL is read strictly, and a mistake in it is told without showing the password."""

from __future__ import annotations

import pytest

from regulars.outbox.channels.email.server import EmailUrlProblem, parse_email_url


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("smtp://mail.example", {"host": "mail.example", "port": 25, "security": "auto", "user": ""}),
        ("smtp://u:p@mail.example", {"port": 587, "user": "u", "password": "p", "security": "auto"}),
        ("smtps://u:p@mail.example", {"port": 465, "security": "tls"}),
        (
            "smtp://u%40x.example:p%2Fw%23%3A@mail.example:2525",
            {"user": "u@x.example", "password": "p/w#:", "port": 2525},
        ),
        (
            "smtp://localhost:25?starttls=off&connections=32&letters=500",
            {"security": "plain", "connections": 32, "letters": 500},
        ),
        (
            "smtp://h?starttls=required&timeout=30&dot_timeout=900&hello=shop.example&verify=no",
            {"security": "starttls", "timeout": 30, "dot_timeout": 900, "hello": "shop.example", "verify": False},
        ),
        ("smtp://[::1]:25", {"host": "::1"}),
    ],
)
def test_a_url_is_read(url: str, wanted: dict[str, object]) -> None:
    found = parse_email_url(url)
    assert {name: getattr(found, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "smtp://"),
        ("http://u:secret@h", "smtp://"),
        ("smtp://", "no host"),
        ("smtp://u@h", "without a password"),
        ("smtp://u:secret@h:99999", "port"),
        ("smtp://u:secret@h:x", "port"),
        ("smtp://u:sec/ret@h", "%2F"),
        ("smtp://u:secret@h/path", "%2F"),
        ("smtp://u:secret@h?starttls=maybe", "starttls"),
        ("smtp://u:secret@h?conections=3", "no option 'conections'"),
        ("smtp://u:secret@h?connections=0", "from 1"),
        ("smtp://u:secret@h?connections=many", "whole number"),
        ("smtp://u:secret@h?verify=perhaps", "verify"),
    ],
)
def test_a_mistake_names_its_mend_and_not_the_password(url: str, says: str) -> None:
    with pytest.raises(EmailUrlProblem) as caught:
        parse_email_url(url)
    assert says in str(caught.value) and "secret" not in str(caught.value)


def test_the_password_is_in_no_repr() -> None:
    assert "secret" not in repr(parse_email_url("smtp://u:secret@h"))
