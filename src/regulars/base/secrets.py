"""Secrets at rest: encrypted in the database by a key that is kept outside it.

Owns how one secret key (or a list of them: the first encrypts, all decrypt) becomes a box, and the fingerprint by which
the database knows its key. Pure functions of the keys; reading the environment is `environment`'s matter.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["SecretBox", "SecretMismatch", "SecretUnreadable", "check_fingerprint", "fingerprint", "split_keys"]


class SecretMismatch(Exception):
    """The database's secrets were encrypted by another secret key than the one given."""

    def __init__(self, known: str, given: str) -> None:
        super().__init__(
            f"REGULARS_SECRET_KEY (fingerprint {given}) is not the key of this database (fingerprint {known}); "
            "put the old key back, or, to change it, give both with a comma between, the new one first"
        )


class SecretUnreadable(Exception):
    """This secret cannot be decrypted with the keys given; enter it anew in the settings."""

    def __init__(self) -> None:
        super().__init__("a stored secret cannot be decrypted with this REGULARS_SECRET_KEY; enter it anew")


def split_keys(secret_key: str) -> tuple[bytes, ...]:
    """The keys in REGULARS_SECRET_KEY: one, or several with commas between, the newest first. ValueError if none."""
    keys = tuple(part.strip().encode() for part in secret_key.split(",") if part.strip())
    if not keys:
        raise ValueError("the secret key is empty")
    return keys


def fingerprint(key: bytes) -> str:
    """What may be shown of a key and stored beside what it encrypts: 16 hexadecimal digits that don't lead back."""
    return _derive(key, b"regulars fingerprint", 8).hex()


def check_fingerprint(known: str, keys: Sequence[bytes]) -> bool:
    """Whether the first key is the database's. False: it is a later one of the list, so secrets await `rotated`.

    Raises SecretMismatch if none is.
    """
    given = [fingerprint(key) for key in keys]
    if not any(hmac.compare_digest(known, one) for one in given):
        raise SecretMismatch(known, given[0])
    return known == given[0]


class SecretBox:
    """Encrypts with the first key, decrypts with any."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(urlsafe_b64encode(_derive(key, b"regulars secrets", 32))) for key in keys])

    def encrypt(self, secret: str) -> bytes:
        """The secret as it may lie in the database; twice the same secret gives two texts."""
        return self._fernet.encrypt(secret.encode())

    def decrypt(self, stored: bytes) -> str:
        """The secret again; raises SecretUnreadable for what was altered or encrypted by a key not in the list."""
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken as error:
            raise SecretUnreadable from error

    def rotated(self, stored: bytes) -> bytes:
        """The same secret encrypted by the first key; raises SecretUnreadable."""
        try:
            return self._fernet.rotate(stored)
        except InvalidToken as error:
            raise SecretUnreadable from error


def _derive(key: bytes, info: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, salt=None, info=info).derive(key)
