"""A request at the door, out of a WSGI environ: its path, headers, preferences, and its body within a limit.

Owns the limits of size and of patience; knows nothing of keys, feeds or items.
"""

import time
from collections.abc import Iterator
from typing import Any

from regulars.base import failpoints
from regulars.intake.answers import Refused, problem

__all__ = ["BATCH_BYTES", "ONE_BYTES", "OTHER_BYTES", "Incoming"]

ONE_BYTES = 1 << 20
BATCH_BYTES = 16 << 20
OTHER_BYTES = 3 << 20
"""What Django's own pages may be sent: a form, a scheme's text."""
LONGEST_WAIT_SECONDS = 10.0
BODY_SECONDS = 10.0
LEAST_BYTES_A_SECOND = 50_000
_FIRST_PIECE = 64
_PIECE = 256 << 10
_CGI_HEADERS = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}


class Incoming:
    """One request."""

    __slots__ = ("environ", "method", "path")

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = _text(environ["PATH_INFO"])

    def header(self, name: str) -> str:
        """A header by its lower-case name, '' when it is absent."""
        value: str = self.environ.get("HTTP_" + name.upper().replace("-", "_"), "")
        return value

    def headers(self) -> dict[str, str]:
        """All headers, names in lower case."""
        found = {n[5:].replace("_", "-").lower(): v for n, v in self.environ.items() if n.startswith("HTTP_")}
        for cgi, name in _CGI_HEADERS.items():
            if self.environ.get(cgi):
                found[name] = self.environ[cgi]
        return found

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        value: str = self.environ.get("CONTENT_TYPE") or ""
        return value.partition(";")[0].strip().lower()

    @property
    def bearer(self) -> str:
        """The secret of `Authorization: Bearer …`, '' when there is none."""
        scheme, _, secret = self.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        return secret.strip() if scheme.lower() == "bearer" else ""

    @property
    def wait_seconds(self) -> float:
        """`Prefer: wait=N`, at most 10; 0 when it isn't asked for."""
        for part in self.environ.get("HTTP_PREFER", "").replace(";", ",").split(","):
            name, _, value = part.partition("=")
            if name.strip().lower() == "wait":
                digits = value.strip().strip('"')
                if digits.isascii() and digits.isdigit():
                    return min(float(digits[:6]), LONGEST_WAIT_SECONDS)
        return 0.0

    def body(self, limit: int) -> bytes:
        """The whole body.

        Raises Refused: 413 past `limit` (before reading when the length is told), 400 when it is cut short.
        """
        told = self.environ.get("CONTENT_LENGTH") or ""
        source = self.environ["wsgi.input"]
        if not told:
            body = _read_unmeasured(source, limit) if "HTTP_TRANSFER_ENCODING" in self.environ else b""
        else:
            if not (told.isascii() and told.isdigit()):
                raise Refused(problem(400, "Content-Length is not a number"))
            length = int(told[:20])
            if length > limit:
                raise _too_large(limit)
            body = _read(source, length)
        failpoints.hit("intake.body_read")
        return body


def _read(source: Any, length: int) -> bytes:
    body = b"".join(_pieces(source, length))
    if len(body) < length:
        raise Refused(problem(400, "the body is shorter than Content-Length says"))
    return body


def _read_unmeasured(source: Any, limit: int) -> bytes:
    body = b"".join(_pieces(source, limit + 1))
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _pieces(source: Any, length: int) -> Iterator[bytes]:
    """At most `length` bytes. The server's `read(n)` waits for n bytes, however slowly they come, so the first pieces
    are small, and each is at most as large as all before it: a trickle is noticed early."""
    started = time.monotonic()
    size = 0
    while size < length:
        piece = source.read(min(length - size, max(_FIRST_PIECE, min(size, _PIECE))))
        if not piece:
            return
        size += len(piece)
        yield piece
        _not_too_slow(started, size)


def _not_too_slow(started: float, size: int) -> None:
    if time.monotonic() - started > BODY_SECONDS + size / LEAST_BYTES_A_SECOND:
        raise Refused(problem(408, f"the body came too slowly; send it within {BODY_SECONDS:.0f} s"))


def _too_large(limit: int) -> Refused:
    return Refused(problem(413, f"the body is larger than {limit >> 20} MiB; send less at once"))


def _text(path: str) -> str:
    """WSGI carries a path's bytes as Latin-1; some servers hand over text already."""
    if path.isascii():
        return path
    try:
        return path.encode("latin-1").decode()
    except UnicodeError:
        return path
