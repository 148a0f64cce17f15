"""One HTTP call to somebody else's server, and what is known of its fate afterwards.

Owns the limits: the address is checked and pinned (base/ssrf.py), no redirects, no proxies of the environment, an end to
the whole call, an end to the answer's size. Never called within a transaction.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2
import msgspec

from regulars.base.ssrf import Forbidden, Reach, Unresolved, place

__all__ = ["Answer", "FateUnknown", "NotHandedOver", "call", "reach"]

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 25.0
LARGEST = 4 * 1024 * 1024


class NotHandedOver(Exception):
    """The other side has surely seen nothing of it."""


class FateUnknown(Exception):
    """It was sent, and no whole answer came: it may have been done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. `headers`: lower-case names."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON; None for what is none."""
        with contextlib.suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
            return msgspec.json.decode(self.body)
        return None

    def text(self, longest: int = 300) -> str:
        """The body's beginning, for people."""
        return self.body[: longest * 4].decode("utf-8", "replace").strip()[:longest]

    def retry_after(self) -> float | None:
        """Seconds that the other side asked for, None when it didn't say so in seconds."""
        said = self.headers.get("retry-after", "")
        return min(float(said), 86_400.0) if said.isascii() and said.isdecimal() else None


def reach(playground: bool) -> Reach:
    """How far a call may go: from a playground nowhere but this machine."""
    from django.conf import settings  # noqa: PLC0415 - read when calling: tests move it

    if playground:
        return "machine"
    return "lan" if settings.REGULARS_LAN else "public"


def call(
    method: str,
    url: str,
    reach: Reach,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    auth: tuple[str, str] | None = None,
    seconds: float = WHOLE_SECONDS,
) -> Answer:
    """Make the call.

    Raises Forbidden (the address may not be called), NotHandedOver, FateUnknown.
    """
    try:
        to = place(url, reach)
    except Unresolved as error:
        raise NotHandedOver("the name has no address") from error
    timeout = httpx2.Timeout(min(seconds, WHOLE_SECONDS), connect=CONNECT_SECONDS)
    with (
        httpx2.Client(verify=_tls(), trust_env=False, follow_redirects=False, timeout=timeout) as client,
        _End(seconds) as end,
    ):
        request = client.build_request(
            method,
            to.url,
            headers={"user-agent": "Regulars", **(headers or {}), "host": to.host},
            content=body,
            extensions={"sni_hostname": to.name, "trace": end.trace},
        )
        try:
            response = client.send(request, stream=True, auth=auth)
            return Answer(response.status_code, _read(response), {k.lower(): v for k, v in response.headers.items()})
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise NotHandedOver(type(error).__name__) from error
        except httpx2.UnsupportedProtocol as error:
            raise Forbidden("scheme") from error
        except (httpx2.HTTPError, httpx2.StreamError, OSError, ValueError) as error:
            raise FateUnknown(type(error).__name__) from error


def _read(response: "httpx2.Response") -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes(64 * 1024):
        size += len(part)
        if size > LARGEST:
            raise ValueError("the answer is too large")
        parts.append(part)
    return b"".join(parts)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _End:
    """Ends a call that drags on: timeouts of the library count from byte to byte, and a byte now and then resets them."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> "_End":
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember what is open (httpx's `trace` extension)."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            found = info["return_value"].get_extra_info("socket")
            if found is not None:
                self._sockets.append(found)

    def _cut(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)
