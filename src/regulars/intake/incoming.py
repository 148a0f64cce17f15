"""A request at the door: its method, path, headers and preferences, and its body within a limit.

Owns the limits of size and of patience; knows nothing of the server, of keys, feeds or items.
"""

import asyncio
from collections.abc import AsyncIterable
from typing import Any, Protocol, Self

from regulars.base import failpoints
from regulars.intake.answers import Refused, problem

__all__ = ["BATCH_BYTES", "ONE_BYTES", "OTHER_BYTES", "Headers", "Incoming"]

ONE_BYTES = 1 << 20
BATCH_BYTES = 16 << 20
OTHER_BYTES = 3 << 20
"""What Django's own pages may be sent: a form, a scheme's text."""
LONGEST_WAIT_SECONDS = 10.0
BODY_SECONDS = 10.0
LEAST_BYTES_A_SECOND = 50_000
LOOK_SECONDS = 0.5


class Headers(Protocol):
    """Names in lower case; `get` gives the first of several with one name, `items` every one."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default."""

    def items(self) -> Any:
        """Pairs of name and value."""


class Incoming:
    """One request. `path` is decoded, `query` is not; `pieces` is the body as it comes, and can be read once."""

    __slots__ = ("_headers", "_pieces", "method", "path", "query")

    def __init__(self, method: str, path: str, query: str, headers: Headers, pieces: AsyncIterable[bytes]) -> None:
        self.method, self.path, self.query = method, path, query
        self._headers, self._pieces = headers, pieces

    def header(self, name: str) -> str:
        """A header by its lower-case name, '' when it is absent."""
        value: str = self._headers.get(name, "")
        return value

    def headers(self) -> dict[str, str]:
        """All headers, names in lower case; several with one name are joined (RFC 9110 5.3, cookies RFC 9113 8.2.3)."""
        found: dict[str, str] = {}
        for name, value in self._headers.items():
            by = "; " if name == "cookie" else ", "
            found[name] = f"{found[name]}{by}{value}" if name in found else value
        return found

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def bearer(self) -> str:
        """The secret of `Authorization: Bearer …`, '' when there is none."""
        scheme, _, secret = self.header("authorization").partition(" ")
        return secret.strip() if scheme.lower() == "bearer" else ""

    @property
    def wait_seconds(self) -> float:
        """`Prefer: wait=N`, at most 10; 0 when it isn't asked for."""
        for part in self.header("prefer").replace(";", ",").split(","):
            name, _, value = part.partition("=")
            if name.strip().lower() == "wait":
                digits = value.strip().strip('"')
                if digits.isascii() and digits.isdigit():
                    return min(float(digits[:6]), LONGEST_WAIT_SECONDS)
        return 0.0

    async def body(self, limit: int) -> bytes:
        """The whole body.

        Raises Refused: 413 past `limit` (before reading when the length is told), 400 when it is cut short, 408 when
        it comes too slowly.
        """
        told = self.header("content-length")
        if told:
            if not (told.isascii() and told.isdigit()):
                raise Refused(problem(400, "Content-Length is not a number"))
            length = int(told[:20])
            if length > limit:
                raise _too_large(limit)
            body = await self._read(length)
            if len(body) < length:
                raise Refused(problem(400, "the body is shorter than Content-Length says"))
        else:
            body = await self._read(limit + 1) if self.header("transfer-encoding") else b""
            if len(body) > limit:
                raise _too_large(limit)
        failpoints.hit("intake.body_read")
        return body

    async def _read(self, most: int) -> bytes:
        """All of it, or a little more than `most` bytes. Patience grows with what came: a trickle ends it."""
        if most == 0:
            return b""
        read: list[bytes] = []
        size = 0
        with _patience.waiting() as wait:
            async for piece in self._pieces:
                if not piece:
                    break
                read.append(piece)
                size += len(piece)
                if size >= most:
                    break
                wait.until = wait.started + BODY_SECONDS + size / LEAST_BYTES_A_SECOND
        return read[0] if len(read) == 1 else b"".join(read)


class _Wait:
    """One request that waits for more of its body; the times are the event loop's."""

    __slots__ = ("_patience", "_task", "ended", "started", "until")

    def __init__(self, patience: "_Patience", task: "asyncio.Task[Any]", started: float) -> None:
        self._patience, self._task = patience, task
        self.started, self.until = started, started + BODY_SECONDS
        self.ended = False

    def end(self) -> None:
        """Too long: whoever waits hears of it by being cancelled."""
        self.ended = True
        self._task.cancel()

    def __enter__(self) -> Self:
        self._patience.waits.add(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._patience.waits.discard(self)
        if self.ended and kind is asyncio.CancelledError:
            self._task.uncancel()
            raise Refused(problem(408, f"the body came too slowly; send it within {BODY_SECONDS:.0f} s")) from None


class _Patience:
    """Ends the waits that last too long, with one timer for all: one for each was a sixth of what a request cost."""

    def __init__(self) -> None:
        self.waits: set[_Wait] = set()
        self._looked_after: asyncio.AbstractEventLoop | None = None

    def waiting(self) -> _Wait:
        """A wait that begins now, of the task that asks."""
        loop = asyncio.get_running_loop()
        if self._looked_after is not loop:
            self._looked_after = loop
            loop.call_later(LOOK_SECONDS, self._look, loop)
        task = asyncio.current_task()
        assert task is not None
        return _Wait(self, task, loop.time())

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for wait in [wait for wait in self.waits if wait.until < now]:
            wait.end()
        if self.waits:
            loop.call_later(LOOK_SECONDS, self._look, loop)
        else:
            self._looked_after = None


_patience = _Patience()


def _too_large(limit: int) -> Refused:
    return Refused(problem(413, f"the body is larger than {limit >> 20} MiB; send less at once"))
