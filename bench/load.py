"""Bounded HTTP load on loopback: prebuilt requests over kept connections, with latencies and status codes.

Owns the client side of every intake figure. It shares the machine's cores with what it measures, so it works on raw
asyncio transports, parses no more of an answer than its length, and builds nothing while the clock runs.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

HOST = "127.0.0.1"
JSON = {"Content-Type": "application/json"}


class LoadFailed(Exception):
    """The server broke off, timed out or answered in a way that makes the figure worthless."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP/1.1 request; `body` is sent as it stands."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)

    def encode(self, host: str, port: int) -> bytes:
        """The bytes on the wire."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of requests showed. `started` and `ended` are unix seconds, comparable with the sink's times."""

    started: float
    ended: float
    latencies_ms: Sequence[float]
    codes: Mapping[int, int]

    @property
    def seconds(self) -> float:
        """Wall time from the first byte out to the last answer in."""
        return self.ended - self.started

    def percentile_ms(self, share: float) -> float:
        """The latency that `share` (from 0 to 1) of the requests did not pass, in milliseconds."""
        return self.latencies_ms[min(len(self.latencies_ms) - 1, int(len(self.latencies_ms) * share))]

    def require(self, code: int) -> "Load":
        """Itself, when every answer had that status; else LoadFailed. A refused order is not a fast order."""
        if set(self.codes) != {code}:
            raise LoadFailed(f"expected {code} only, got {dict(self.codes)}")
        return self


class _Connection(asyncio.Protocol):
    """One kept connection with one request in flight: takes the next request as soon as an answer is complete."""

    def __init__(self, requests: Iterator[bytes], latencies: list[float], codes: Counter[int]) -> None:
        self.requests, self.latencies, self.codes = requests, latencies, codes
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answer = bytearray()
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send_next()

    def send_next(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            self.finish(None)
            return
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if not _complete(self.answer):
            return
        self.latencies.append((time.perf_counter() - self.sent_at) * 1000)
        self.codes[int(self.answer[9:12])] += 1
        self.answer.clear()
        self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        self.finish(LoadFailed(f"the server closed a kept connection: {error or 'end of stream'}"))

    def finish(self, error: LoadFailed | None) -> None:
        if self.done.done():
            return
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)


def _complete(answer: bytearray) -> bool:
    """Whether the answer's head and body are all there; bodies come by length, chunked, or not at all (204, 304)."""
    head_end = answer.find(b"\r\n\r\n")
    if head_end < 0:
        return False
    head = bytes(answer[:head_end]).lower()
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(head[at + 17 :].split(b"\r\n", 1)[0])
        return len(answer) >= head_end + 4 + length
    if b"\r\ntransfer-encoding: chunked" in head:
        return answer.endswith(b"0\r\n\r\n")
    return True


def run(port: int, requests: Sequence[Request], connections: int, *, limit_s: float = 180) -> Load:
    """Send every request once to 127.0.0.1 over `connections` kept connections, one in flight on each.

    Raises LoadFailed when a connection breaks or the whole takes longer than `limit_s`.
    """
    wire = iter([request.encode(HOST, port) for request in requests])
    latencies: list[float] = []
    codes: Counter[int] = Counter()

    def connect() -> _Connection:
        return _Connection(wire, latencies, codes)

    async def drive() -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(limit_s):
            opening = [loop.create_connection(connect, HOST, port) for _ in range(connections)]
            await asyncio.gather(*[protocol.done for _, protocol in await asyncio.gather(*opening)])

    started = time.time()
    try:
        asyncio.run(drive())
    except TimeoutError as error:
        raise LoadFailed(f"{len(latencies)} of {len(requests)} answered within {limit_s:g} s") from error
    except OSError as error:
        raise LoadFailed(f"cannot connect to {HOST}:{port}: {error}") from error
    return Load(started, time.time(), sorted(latencies), dict(codes))
