"""A message's bytes as they are stored: deflated, whoever wrote them, and given back to the byte."""

import zlib

__all__ = ["pack", "unpack"]

# A letter has some ten thousand bytes: a window and tables of that size give a third of the room in half the time that
# the usual ones take to be cleared. Higher levels gain little on letters.
_LEVEL, _WINDOW_BITS, _MEMORY = 1, 14, 5


def pack(raw: bytes) -> bytes:
    """For the column `outbox_body.raw`, with `deflated` true."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY)
    return packer.compress(raw) + packer.flush()


def unpack(stored: bytes, deflated: bool) -> bytes:
    """The bytes as they went over the wire; `deflated` as the row says."""
    return zlib.decompress(stored) if deflated else bytes(stored)
