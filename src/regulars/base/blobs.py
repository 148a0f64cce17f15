"""Files: bytes kept under their SHA-256, each once a shop.

Owns the seam behind which storage may change (`BlobStore`) and the one that we ship: table base_blob in PostgreSQL, so
that any machine of an installation sees every file. Must not know what the files are for, nor who refers to them.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from regulars.base.db import Cursor

__all__ = ["LARGEST_BYTES", "Blob", "BlobStore", "BlobTooLarge", "PostgresBlobs"]

LARGEST_BYTES = 16 * 1024 * 1024


class BlobTooLarge(ValueError):
    """A file may have 16 MB at most."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file. `digest`: SHA-256 of the body, 32 bytes."""

    digest: bytes
    media_type: str
    body: bytes


class BlobStore(Protocol):
    """What a storage must do. All within the transaction of `cur`, if it can."""

    def put(self, cur: Cursor, shop_id: int, body: bytes, media_type: str) -> bytes:
        """Keeps the body and returns its digest; the same body again changes nothing. Raises BlobTooLarge."""

    def get(self, cur: Cursor, shop_id: int, digest: bytes) -> Blob | None:
        """The file of that shop, or None."""

    def delete(self, cur: Cursor, shop_id: int, digest: bytes) -> bool:
        """Removes it; whether it was there. The caller knows that nothing refers to it any more."""


class PostgresBlobs:
    """Files in table base_blob."""

    def put(self, cur: Cursor, shop_id: int, body: bytes, media_type: str) -> bytes:
        if len(body) > LARGEST_BYTES:
            raise BlobTooLarge(f"a file of {len(body)} bytes; {LARGEST_BYTES} are the most")
        digest = hashlib.sha256(body).digest()
        cur.execute(
            "insert into base_blob (shop_id, digest, media_type, size, body) values (%s, %s, %s, %s, %s)"
            " on conflict (shop_id, digest) do nothing",
            (shop_id, digest, media_type, len(body), body),
        )
        return digest

    def get(self, cur: Cursor, shop_id: int, digest: bytes) -> Blob | None:
        row = cur.execute(
            "select digest, media_type, body from base_blob where shop_id = %s and digest = %s", (shop_id, digest)
        ).fetchone()
        return None if row is None else Blob(bytes(row[0]), row[1], bytes(row[2]))

    def delete(self, cur: Cursor, shop_id: int, digest: bytes) -> bool:
        cur.execute("delete from base_blob where shop_id = %s and digest = %s", (shop_id, digest))
        return cur.rowcount == 1
