"""`Idempotency-Key`: the first answer to a request is kept, and given to whoever asks the same again.

Owns the rows of `base_idempotency` for what is answered here (intake's door keeps its own answers in the same table).
An answer is kept in the transaction of the deed, so a deed that failed leaves nothing and may be tried again.
"""

import hashlib
from collections.abc import Callable

from regulars.base.db import Cursor

__all__ = ["KeyReused", "once"]

LONGEST_KEY = 255


class KeyReused(ValueError):
    """The key was used for another request."""


def once(
    cur: Cursor, shop_id: int, key: str, request: bytes, do: Callable[[], tuple[int, bytes]]
) -> tuple[int, bytes, bool]:
    """(status, body, whether it is a repeat). `request`: what makes it the same one: method, path and body.

    Of two at once the second waits for the first. Raises KeyReused, and whatever `do` raises.
    """
    digest, asked = hashlib.sha256(key.encode()).digest(), hashlib.sha256(request).digest()
    mine = cur.execute(
        "insert into base_idempotency (shop_id, key_digest, body_digest) values (%s, %s, %s)"
        " on conflict (shop_id, key_digest) do nothing returning id",
        (shop_id, digest, asked),
    ).fetchone()
    if mine is not None:
        status, answer = do()
        cur.execute("update base_idempotency set status = %s, answer = %s where id = %s", (status, answer, mine[0]))
        return status, answer, False
    row = cur.execute(
        "select body_digest, status, answer from base_idempotency where shop_id = %s and key_digest = %s",
        (shop_id, digest),
    ).fetchone()
    if row is None or bytes(row[0]) != asked or row[1] is None:
        raise KeyReused
    return row[1], bytes(row[2]), True
