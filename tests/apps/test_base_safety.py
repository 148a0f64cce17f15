"""Links that cannot be forged, secrets that cannot be read without the key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.base import secrets, tokens
from regulars.base.secrets import SecretBox, SecretMismatch, SecretUnreadable
from regulars.base.tokens import TokenExpired, TokenInvalid

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
KEYS = (b"k" * 48,)
ids = st.integers(0, 2**63 - 1)


@given(st.lists(ids, max_size=4), st.integers(0, 10**6), st.integers(1, 10**9))
def test_a_token_says_what_it_was_signed_for(subject: list[int], epoch: int, seconds: int) -> None:
    expires_at = NOW + timedelta(seconds=seconds)
    token = tokens.sign("unsubscribe", subject, expires_at, epoch, KEYS)
    assert tokens.read(token, "unsubscribe", NOW, KEYS) == tokens.Subject(tuple(subject), epoch, expires_at)


def test_every_changed_character_is_noticed() -> None:
    token = tokens.sign("survey", [1, 1 << 60], LATER, 3, KEYS)
    assert len(token) < 60
    for at in range(len(token)):
        for letter in "AZaz09-_.= \n\u0410":
            if letter != token[at]:
                with pytest.raises(TokenInvalid):
                    tokens.read(token[:at] + letter + token[at + 1 :], "survey", NOW, KEYS)
    for cut in range(len(token)):
        with pytest.raises(TokenInvalid):
            tokens.read(token[:cut], "survey", NOW, KEYS)
    for longer in (token + "A", "A" + token, token + "=", token + "\0", token * 9):
        with pytest.raises(TokenInvalid):
            tokens.read(longer, "survey", NOW, KEYS)


@settings(max_examples=300)
@given(st.text(max_size=80))
def test_any_other_text_is_no_token(text: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens.read(text, "survey", NOW, KEYS)


def test_a_token_serves_one_purpose() -> None:
    token = tokens.sign("survey", [7], LATER, 0, KEYS)
    with pytest.raises(TokenInvalid):
        tokens.read(token, "unsubscribe", NOW, KEYS)


def test_a_token_ends_on_time_and_a_forged_one_is_not_merely_late() -> None:
    token = tokens.sign("survey", [7], LATER, 0, KEYS)
    assert tokens.read(token, "survey", LATER - timedelta(seconds=1), KEYS).ids == (7,)
    with pytest.raises(TokenExpired):
        tokens.read(token, "survey", LATER, KEYS)
    with pytest.raises(TokenInvalid):
        tokens.read(token, "survey", LATER, (b"x" * 48,))


def test_old_keys_still_read_and_the_first_signs() -> None:
    old, new = b"o" * 48, b"n" * 48
    before = tokens.sign("survey", [7], LATER, 0, [old])
    after = tokens.sign("survey", [7], LATER, 0, [new, old])
    assert tokens.read(before, "survey", NOW, [new, old]).ids == (7,)
    assert tokens.read(after, "survey", NOW, [new]).ids == (7,)
    with pytest.raises(TokenInvalid):
        tokens.read(before, "survey", NOW, [new])


@pytest.mark.parametrize("subject", [[-1], [1 << 63]])
def test_only_ids_fit_into_a_token(subject: list[int]) -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        tokens.sign("survey", subject, LATER, 0, KEYS)


def test_secrets_come_back_with_the_key_and_not_without() -> None:
    box = SecretBox([b"one" * 16])
    stored = box.encrypt("smtp-пароль")
    assert b"smtp" not in stored
    assert stored != box.encrypt("smtp-пароль")
    assert box.decrypt(stored) == "smtp-пароль"
    with pytest.raises(SecretUnreadable):
        SecretBox([b"two" * 16]).decrypt(stored)
    with pytest.raises(SecretUnreadable):
        box.decrypt(stored[:-1])


def test_keys_are_changed_by_putting_the_new_one_first() -> None:
    old, new = b"one" * 16, b"two" * 16
    stored = SecretBox([old]).encrypt("secret")
    both = SecretBox([new, old])
    assert both.decrypt(stored) == "secret"
    assert SecretBox([new]).decrypt(both.rotated(stored)) == "secret"
    known = secrets.fingerprint(old)
    assert secrets.check_fingerprint(known, [old]) is True
    assert secrets.check_fingerprint(known, [new, old]) is False
    with pytest.raises(SecretMismatch, match="put the old key back") as error:
        secrets.check_fingerprint(known, [new])
    assert known in str(error.value)
    assert new.decode() not in str(error.value)


def test_the_keys_of_the_environment() -> None:
    assert secrets.split_keys("new-key, old-key\n") == (b"new-key", b"old-key")
    with pytest.raises(ValueError, match="empty"):
        secrets.split_keys(" , ")
