"""The front: the RSGI application that the server runs. It asks the door and the news, then hands on to Django in a thread.

Owns the passage from the server's event loop to Django's WSGI and back, and how many requests Django works on at once.
Must not know which addresses are whose.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined] # it is there, not said to be exported

from regulars.base import failpoints
from regulars.intake.answers import Refused, Reply
from regulars.intake.door import Door
from regulars.intake.incoming import OTHER_BYTES, Incoming
from regulars.worker.news import News

__all__ = ["Front"]

SEATS = 12
"""How many requests Django works on at once: as many as its pool has connections, less those of the door's threads."""
_WATCHED = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Answered at the root too, where machines that watch look first."""
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_ON_ITS_WAY_SECONDS = 0.05

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Head = tuple[int, list[tuple[str, str]]]


class Front:
    """`Front(door, django, news)` is the RSGI application of the product (RSGI 1.5, of granian)."""

    def __init__(self, door: Door, django: WsgiApp, news: News | None = None) -> None:
        self._door = door
        self._news = news
        self._django = django
        self._seats = ThreadPoolExecutor(SEATS, "django")

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the process that serves, before the first request."""
        self._door.open()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """One request."""
        request = Incoming(scope.method, scope.path, scope.query_string, scope.headers, proto)
        reply = await self._door.answer(request)
        if reply is None and self._news is not None:
            reply = await self._news.answer(request)
        if reply is None:
            await self._hand_on(request, scope, proto)
            return
        _send(proto, reply)
        if failpoints.armed("intake.after_answer"):
            await asyncio.sleep(_ON_ITS_WAY_SECONDS)
            failpoints.hit("intake.after_answer")

    async def _hand_on(self, request: Incoming, scope: Scope, proto: HTTPProtocol) -> None:
        """To Django, with the body read beforehand, so that a slow sender holds none of Django's seats."""
        body = b""
        if request.method not in _WITHOUT_BODY:
            try:
                body = await request.body(OTHER_BYTES)
            except Refused as refused:
                _send(proto, refused.reply)
                return
        loop = asyncio.get_running_loop()
        environ = _environ(request, scope, body)

        def stream(head: Head, pieces: Iterable[bytes]) -> None:
            """Piece by piece, from Django's thread."""
            transport = proto.response_stream(*head)
            for piece in pieces:
                asyncio.run_coroutine_threadsafe(_piece(transport, piece), loop).result()

        whole = await loop.run_in_executor(self._seats, _through, self._django, environ, stream)
        if whole is not None:
            (status, headers), content = whole
            proto.response_bytes(status, headers, content)


async def _piece(transport: Any, piece: bytes) -> None:
    await transport.send_bytes(piece)


def _through(
    django: WsgiApp, environ: Environ, stream: Callable[[Head, Iterable[bytes]], None]
) -> tuple[Head, bytes] | None:
    """Django's answer; None when it was streamed. All in one thread: its connection is that thread's own."""
    told: list[Head] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        told.append((int(status.split(" ", 1)[0]), [(name, _ascii(value)) for name, value in headers]))

    answer = django(environ, start_response)
    try:
        if getattr(answer, "streaming", False):
            stream(told[0], answer)
            return None
        return told[0], b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()


def _environ(request: Incoming, scope: Scope, body: bytes) -> Environ:
    """PEP 3333. Header names with an underscore are left out: they could pass for one with a hyphen."""
    server, _, port = scope.server.rpartition(":")
    client, _, client_port = scope.client.rpartition(":")
    path = "/api/v1" + request.path if request.path in _WATCHED else request.path
    environ: Environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client.strip("[]"),
        "REMOTE_PORT": client_port,
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers().items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name != "content-length" and "_" not in name:
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    if scope.authority and "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = scope.authority  # HTTP/2 has no Host
    return environ


def _send(proto: HTTPProtocol, reply: Reply) -> None:
    proto.response_bytes(reply.status, [("content-type", reply.content_type), *reply.headers], reply.body)


def _ascii(value: str) -> str:
    """The server takes nothing else in a header, and Django gives Latin-1."""
    return value if value.isascii() else value.encode("ascii", "replace").decode()
