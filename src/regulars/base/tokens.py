"""Tokens of public links: stateless, signed, for one purpose and one subject, with an end.

Owns their form: version byte of the key, subject numbers, expiry, epoch, 128 bits of HMAC-SHA256, as URL-safe text.
They hold ids, never personal data. Must not look anything up: whether the epoch is still the person's is the reader's
question.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["Subject", "TokenExpired", "TokenInvalid", "read", "sign"]

_MAC_BYTES = 16
_LONGEST = 200


class TokenInvalid(ValueError):
    """The link is not one of ours: mistyped, cut off, forged, or made for something else."""


class TokenExpired(ValueError):
    """The link was ours, but its time has passed."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a token is about: the ids it was signed for, and the person's epoch then. A link is revoked when the
    person's epoch has grown since: compare it."""

    ids: tuple[int, ...]
    epoch: int
    expires_at: datetime


def sign(purpose: str, subject: Sequence[int], expires_at: datetime, epoch: int, keys: Sequence[bytes]) -> str:
    """A token for `subject` (ids, each 0 to 2^63-1), good for `purpose` only, until `expires_at` (whole seconds).

    `keys`: secret keys, the first signs. About 40 characters of base64url.
    """
    numbers = [len(subject), *subject, int(expires_at.timestamp()), epoch]
    if any(not 0 <= number < 1 << 63 for number in numbers):
        raise ValueError("a token holds whole numbers from 0 to 2^63-1")
    payload = bytes([_key_id(keys[0])]) + b"".join(_varint(number) for number in numbers)
    return urlsafe_b64encode(payload + _mac(keys[0], purpose, payload)).rstrip(b"=").decode()


def read(token: str, purpose: str, machine_now: datetime, keys: Sequence[bytes]) -> Subject:
    """What the token was signed for. Any of `keys` may have signed it.

    Raises TokenInvalid (also for another purpose), TokenExpired. Takes the same time however wrong the token is.
    """
    raw = _decode(token)
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not payload:
        raise TokenInvalid("cut off")
    good = False
    for key in keys:
        fits = hmac.compare_digest(_mac(key, purpose, payload), mac)
        good |= fits and payload[0] == _key_id(key)
    if not good:
        raise TokenInvalid("not signed by us for this")
    count, *numbers = _numbers(payload[1:])
    ids, (expires, epoch) = tuple(numbers[:count]), numbers[count:]
    expires_at = datetime.fromtimestamp(expires, UTC)
    if machine_now >= expires_at:
        raise TokenExpired(f"it ended at {expires_at.isoformat()}")
    return Subject(ids, epoch, expires_at)


@lru_cache(maxsize=256)
def _purpose_key(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"regulars link " + purpose.encode()).derive(key)


@lru_cache(maxsize=32)
def _key_id(key: bytes) -> int:
    return hashlib.sha256(b"regulars key id" + key).digest()[0]


def _mac(key: bytes, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(_purpose_key(key, purpose), payload, "sha256")[:_MAC_BYTES]


def _decode(token: str) -> bytes:
    if len(token) > _LONGEST or not token.isascii():
        raise TokenInvalid("not the form of a token")
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise TokenInvalid("not the form of a token") from error
    # base64 has several spellings of the same bytes; only ours is a token.
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise TokenInvalid("not the form of a token")
    return raw


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _numbers(raw: bytes) -> list[int]:
    numbers = []
    number = shift = 0
    for byte in raw:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return numbers
