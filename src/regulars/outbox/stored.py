"""A message's bytes as they are stored: deflated, whoever wrote them, and given back to the byte."""

import zlib

__all__ = ["pack", "unpack"]

_LEVEL = 1  # a third of the room for a twentieth of a millisecond; higher levels gain little on letters


def pack(raw: bytes) -> bytes:
    """For the column `outbox_body.raw`, with `deflated` true."""
    return zlib.compress(raw, _LEVEL)


def unpack(stored: bytes, deflated: bool) -> bytes:
    """The bytes as they went over the wire; `deflated` as the row says."""
    return zlib.decompress(stored) if deflated else bytes(stored)
