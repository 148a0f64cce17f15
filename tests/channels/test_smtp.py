"""What the mail server does, and what we say became of the letter: real conversations with the sink."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from regulars.outbox.channels.email.outcome import Outcome, from_reply
from regulars.outbox.channels.email.server import EmailServer
from regulars.outbox.channels.email.smtp import SmtpClient
from regulars.outbox.mime import message_id, parse_mailbox, write_letter
from tests.sinks.smtp_sink import Sink, sink_thread, throwaway_tls

SENDER = "bounce+1@example.test"


def letter(number: int = 1) -> bytes:
    return write_letter(
        sender=parse_mailbox("shop@example.test", "Дом"),
        to=parse_mailbox("a@example.test"),
        subject="Заказ",
        text="Здравствуйте!",
        date=datetime(2026, 3, 2, tzinfo=UTC),
        message_id=message_id(number, "t1", "example.test"),
        extra={"X-Regulars-Purpose": "service"},
    )


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with sink_thread(log=tmp_path / "log", keep=tmp_path / "kept") as running:
        yield running


@pytest.fixture
def client(sink: Sink) -> Iterator[SmtpClient]:
    found = SmtpClient(server(sink))
    yield found
    found.close()


def server(sink: Sink, **settings: Any) -> EmailServer:
    return replace(EmailServer("127.0.0.1", sink.smtp_port, timeout=5, dot_timeout=0.3, security="plain"), **settings)


def hand(client: SmtpClient, to: str = "a@example.test", **more: Any) -> Outcome:
    return client.hand_over(SENDER, to, letter(), **more)


def eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 3
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("pipelining", [True, False])
def test_an_accepted_letter_arrives_byte_for_byte(sink: Sink, client: SmtpClient, pipelining: bool) -> None:
    sink.script.load({"server": {"pipelining": pipelining}})
    outcome = hand(client)
    assert (outcome.kind, outcome.code, outcome.enhanced) == ("accepted", 250, "2.0.0")
    (entry,) = sink.book.messages("a@example.test")
    assert entry["raw"].encode() == letter()
    assert entry["message_id"] == "<1.t1@example.test>" and entry["headers"] == {"x-regulars-purpose": "service"}


def test_dots_at_the_beginning_of_lines_survive(sink: Sink, client: SmtpClient) -> None:
    data = b".first\r\n\r\n.\r\n..\r\n...x\r\n.\r\n"
    assert client.hand_over(SENDER, "a@example.test", data).kind == "accepted"
    assert client.hand_over("", "b@example.test", data).kind == "accepted"
    assert [entry["raw"].encode() for entry in sink.book.messages("")] == [data, data]


def test_the_connection_is_kept_for_many_letters_and_then_renewed(sink: Sink) -> None:
    client = SmtpClient(server(sink, letters=5))
    assert {hand(client, f"k{at}@example.test").kind for at in range(12)} == {"accepted"}
    client.quit()
    assert sink.book.events["connections"] == 3
    assert sink.book.stats()["unique"] == 12


@pytest.mark.parametrize(
    ("to", "kind", "scope", "suppress"),
    [
        ("rcpt-550-5.1.1+a@example.test", "rejected_permanent", "recipient", True),
        ("rcpt-550-5.1.10+a@example.test", "rejected_permanent", "recipient", True),
        ("rcpt-550-5.2.1+a@example.test", "rejected_permanent", "recipient", True),
        ("rcpt-550+a@example.test", "rejected_permanent", "recipient", True),
        ("rcpt-553+a@example.test", "rejected_permanent", "recipient", True),
        ("rcpt-550-5.7.1+a@example.test", "rejected_permanent", "recipient", False),
        ("rcpt-554-5.7.1+a@example.test", "rejected_permanent", "recipient", False),
        ("rcpt-552-5.2.2+a@example.test", "rejected_temporary", "recipient", False),
        ("dot-552-5.2.2+a@example.test", "rejected_temporary", "recipient", False),
        ("rcpt-552+a@example.test", "rejected_temporary", "recipient", False),
        ("rcpt-450-4.2.0+a@example.test", "rejected_temporary", "recipient", False),
        ("rcpt-451-4.7.1+a@example.test", "rejected_temporary", "recipient", False),
        ("rcpt-421-4.3.2+a@example.test", "rejected_temporary", "channel", False),
        ("data-451-4.3.0+a@example.test", "rejected_temporary", "message", False),
        ("data-554-5.6.0+a@example.test", "rejected_permanent", "message", False),
        ("dot-550-5.1.1+a@example.test", "rejected_permanent", "recipient", True),
        ("dot-550-5.7.1+a@example.test", "rejected_permanent", "message", False),
        ("dot-552-5.3.4+a@example.test", "rejected_permanent", "message", False),
        ("dot-554+a@example.test", "rejected_permanent", "message", False),
        ("dot-451-4.7.1+a@example.test", "rejected_temporary", "message", False),
        ("dot-421-4.3.2+a@example.test", "rejected_temporary", "channel", False),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_refusal_is_read_for_whom_it_concerns_and_the_next_letter_passes(
    sink: Sink, client: SmtpClient, to: str, kind: str, scope: str, suppress: bool, pipelining: bool
) -> None:
    sink.script.load({"server": {"pipelining": pipelining}})
    assert hand(client, "before@example.test").kind == "accepted"
    outcome = hand(client, to)
    assert (outcome.kind, outcome.scope, outcome.suppress) == (kind, scope, suppress)
    assert outcome.surely_not_accepted
    assert hand(client, "after@example.test").kind == "accepted"
    assert set(sink.book.keys) == {"before@example.test", "after@example.test"}


def test_a_refused_sender_is_not_the_buyers_fault(sink: Sink, client: SmtpClient) -> None:
    sink.script.load({"server": {"mail": "550 5.1.1 sender refused"}})
    assert hand(client) == Outcome("rejected_permanent", 550, "5.1.1", "5.1.1 sender refused", "sender", suppress=False)
    assert from_reply("rcpt", 550, b"5.1.8 sender has no domain").scope == "sender"


def test_greylisting_passes_at_the_second_try(sink: Sink, client: SmtpClient) -> None:
    assert hand(client, "rcpt-450-4.2.0-once+a@example.test").kind == "rejected_temporary"
    assert hand(client, "rcpt-450-4.2.0-once+a@example.test").kind == "accepted"


@pytest.mark.parametrize("way", ["silence", "drop", "keepsilence", "keepdrop"])
def test_no_answer_after_the_end_of_the_letter_is_an_unknown_fate(sink: Sink, client: SmtpClient, way: str) -> None:
    began = time.monotonic()
    outcome = hand(client, f"dot-{way}+a@example.test")
    assert outcome.kind == "unknown" and not outcome.surely_not_accepted
    assert time.monotonic() - began < 2
    assert hand(client).kind == "accepted"
    assert sink.book.stats()["total"] == (2 if way.startswith("keep") else 1)


def test_a_reset_after_the_answer_changes_nothing(sink: Sink, client: SmtpClient) -> None:
    assert hand(client, "dot-reset+a@example.test").kind == "accepted"
    assert hand(client).kind == "accepted"
    assert sink.book.stats()["duplicates"] == 0


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_no_before_the_end_leaves_nothing_behind(sink: Sink, client: SmtpClient, pipelining: bool) -> None:
    sink.script.load({"server": {"pipelining": pipelining}})
    outcome = hand(client, "a@example.test", before_dot=lambda: False)
    assert outcome.kind == "withheld" and outcome.surely_not_accepted
    eventually(lambda: sink.book.events["cut_off_in_data"] == 1)
    assert sink.book.stats()["total"] == 0
    assert hand(client, "b@example.test").kind == "accepted"
    assert set(sink.book.keys) == {"b@example.test"}


def test_the_question_is_asked_when_the_server_is_ready_and_only_then(sink: Sink, client: SmtpClient) -> None:
    asked: list[str] = []

    def ask(name: str) -> Callable[[], bool]:
        def before_dot() -> bool:
            asked.append(name)
            return True

        return before_dot

    assert hand(client, "rcpt-550+a@example.test", before_dot=ask("refused")).kind == "rejected_permanent"
    assert hand(client, "ok@example.test", before_dot=ask("accepted")).kind == "accepted"
    assert asked == ["accepted"]


def test_a_kept_connection_that_the_server_has_closed_costs_no_letter(sink: Sink, client: SmtpClient) -> None:
    sink.script.load({"server": {"max_messages": 1}})  # 421 and closed after each
    assert [hand(client, f"k{at}@example.test").kind for at in range(4)] == ["accepted"] * 4
    assert sink.book.stats()["total"] == 4 and sink.book.stats()["duplicates"] == 0


def test_an_idle_connection_is_renewed(sink: Sink) -> None:
    client = SmtpClient(server(sink, idle=0.05))
    hand(client)
    time.sleep(0.1)
    assert hand(client).kind == "accepted"
    assert sink.book.events["connections"] == 2
    client.close()


def test_nobody_listening_is_certainly_not_accepted() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outcome = hand(SmtpClient(EmailServer("127.0.0.1", port, security="plain", timeout=2)))
    assert outcome.kind == "not_handed_over" and outcome.scope == "channel"


def test_an_unknown_host_is_certainly_not_accepted() -> None:
    outcome = hand(SmtpClient(EmailServer("no-such-host.invalid", 25, security="plain", timeout=2)))
    assert outcome.kind == "not_handed_over"


@pytest.mark.parametrize("greeting", ["421 4.3.2 too busy", "554 5.7.1 not you", "nonsense"])
def test_a_server_that_does_not_greet_is_a_matter_of_the_channel(sink: Sink, client: SmtpClient, greeting: str) -> None:
    sink.script.load({"server": {"greeting": greeting}})
    outcome = hand(client)
    assert (outcome.kind, outcome.scope, outcome.suppress) == ("not_handed_over", "channel", False)


def test_a_cut_in_the_middle_of_the_letter_is_certainly_not_accepted(sink: Sink) -> None:
    """A server that hangs up at DATA's answer while a large letter is on its way."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = listener.accept()
        peer.sendall(b"220 x\r\n")
        peer.recv(1000)
        peer.sendall(b"250-x\r\n250 PIPELINING\r\n")
        peer.recv(1000)
        peer.sendall(b"250 ok\r\n250 ok\r\n354 go\r\n")
        peer.recv(100)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        peer.close()

    thread = threading.Thread(target=serve)
    thread.start()
    large = b"x" * 70 + b"\r\n"
    client = SmtpClient(EmailServer("127.0.0.1", listener.getsockname()[1], security="plain", timeout=5, dot_timeout=1))
    outcome = client.hand_over(SENDER, "a@example.test", large * 300_000)
    thread.join(5)
    listener.close()
    assert outcome.kind == "not_handed_over"


# -- TLS and login -----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's context and a client's that trusts it."""
    context, certificate = throwaway_tls()
    return context, ssl.create_default_context(cadata=certificate.decode())


def test_starttls_is_used_when_offered_and_the_login_follows_it(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with sink_thread(tls=tls[0]) as sink:
        sink.script.load({"server": {"starttls": "on", "auth": "on"}})
        client = SmtpClient(server(sink, security="auto", user="u", password="secret"), tls[1])
        assert hand(client).kind == "accepted"
        assert hand(client).kind == "accepted"
        client.quit()
        assert sink.book.events["logins"] == 1


def test_tls_from_the_first_byte(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with sink_thread(tls=tls[0], implicit=True) as sink:
        client = SmtpClient(server(sink, security="tls"), tls[1])
        assert hand(client).kind == "accepted"
        client.quit()


def test_refused_tls_sends_nothing_in_the_clear(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with sink_thread(tls=tls[0]) as sink:
        sink.script.load({"server": {"starttls": "refuse"}})
        outcome = hand(SmtpClient(server(sink, security="auto"), tls[1]))
        assert (outcome.kind, outcome.code, outcome.scope) == ("tls_refused", 454, "channel")
        assert sink.book.stats()["total"] == 0


def test_an_untrusted_certificate_is_refused(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with sink_thread(tls=tls[0]) as sink:
        sink.script.load({"server": {"starttls": "on"}})
        assert hand(SmtpClient(server(sink, security="starttls"))).kind == "tls_refused"
        assert sink.book.stats()["total"] == 0


def test_demanded_starttls_that_is_not_offered_is_refused(sink: Sink) -> None:
    assert hand(SmtpClient(server(sink, security="starttls"))).kind == "tls_refused"


def test_a_login_never_goes_in_the_clear_to_another_machine(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.script.load({"server": {"auth": "on"}})
    monkeypatch.setattr(EmailServer, "local", property(lambda self: False))
    assert hand(SmtpClient(server(sink, security="auto", user="u", password="secret"))).kind == "tls_refused"
    assert sink.book.events["logins"] == 0


@pytest.mark.parametrize(
    ("auth", "kind"), [("refuse", "auth_refused"), ("temporary", "rejected_temporary"), ("off", "auth_refused")]
)
def test_a_refused_login_is_a_matter_of_the_channel(sink: Sink, auth: str, kind: str) -> None:
    sink.script.load({"server": {"auth": auth}})
    outcome = hand(SmtpClient(server(sink, user="u", password="secret")))
    assert (outcome.kind, outcome.scope, outcome.suppress) == (kind, "channel", False)
    assert "secret" not in outcome.reply


# -- addresses and data ------------------------------------------------------------------------------------------------
def test_an_address_outside_ascii_needs_a_server_that_takes_it(sink: Sink, client: SmtpClient) -> None:
    refused = hand(client, "анна@xn--e1afmkfd.xn--p1ai")
    assert (refused.kind, refused.enhanced, refused.suppress) == ("rejected_permanent", "5.6.7", False)
    sink.script.load({"server": {"smtputf8": True}})
    client.close()
    assert hand(client, "анна@xn--e1afmkfd.xn--p1ai").kind == "accepted"
    assert set(sink.book.keys) == {"анна@xn--e1afmkfd.xn--p1ai"}


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@b\r\nDATA", "a@b>\r\nRCPT TO:<x@evil.test", "a b@example.test", "<a@example.test>", "a@b\x00"],
)
def test_an_address_that_would_speak_smtp_is_refused(client: SmtpClient, address: str) -> None:
    with pytest.raises(ValueError, match="envelope"):
        client.hand_over(SENDER, address, letter())


@pytest.mark.parametrize("data", [b"", b"a", b"a\n", b"a\r\n.\n", b"a\n.\r\nMAIL FROM:<x@evil.test>\r\n", b"a\r.\r\n"])
def test_data_that_could_end_early_is_refused(client: SmtpClient, data: bytes) -> None:
    with pytest.raises(ValueError, match="CRLF"):
        client.hand_over(SENDER, "a@example.test", data)


@pytest.mark.parametrize(
    ("point", "kind", "arrived"),
    [
        ("outbox.before_connect", "not_handed_over", 0),
        ("outbox.before_data", "not_handed_over", 0),
        ("outbox.after_dot", "unknown", 1),
        ("outbox.after_250", "unknown", 1),
    ],
)
def test_each_failpoint_lies_where_its_name_says(
    sink: Sink, client: SmtpClient, monkeypatch: pytest.MonkeyPatch, point: str, kind: str, arrived: int
) -> None:
    monkeypatch.setattr("regulars.outbox.channels.email.smtp.hit", lambda name: name == point)
    assert hand(client).kind == kind
    time.sleep(0.05)
    assert sink.book.stats()["total"] == arrived
