"""One message to one service, in a process that does nothing else: `python -m regulars.vendors.apprise.child`.

It reads JSON from its input and writes JSON to its output. Owns the guard: whatever apprise and what it uses connect to
(redirects and second look-ups of a name too) is judged at the connection itself, by base/ssrf.py.
"""

import ipaddress
import json
import logging
import socket
import sys
from typing import Any

from regulars.base.ssrf import Reach, is_allowed

__all__ = ["guard", "main"]


def guard(reach: Reach) -> None:
    """From now on this process connects to nothing that `reach` forbids. For good: there is no way back."""
    real, real_ex = socket.socket.connect, socket.socket.connect_ex

    def judged(sock: socket.socket, address: Any) -> None:
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            raise PermissionError("only the internet may be called")
        if sock.type & socket.SOCK_STREAM == 0:
            raise PermissionError("only a connection may be made")
        if not is_allowed(ipaddress.ip_address(str(address[0]).partition("%")[0]), reach):
            raise PermissionError("this address may not be called")

    def connect(sock: socket.socket, address: Any) -> None:
        judged(sock, address)
        real(sock, address)

    def connect_ex(sock: socket.socket, address: Any) -> int:
        judged(sock, address)
        return real_ex(sock, address)

    def no_datagram(*_: Any) -> int:
        raise PermissionError("only a connection may be made")

    socket.socket.connect = connect  # type: ignore[method-assign,assignment]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign,assignment]
    socket.socket.sendto = no_datagram  # type: ignore[method-assign]


class _Heard(logging.Handler):
    """The last that apprise had to say against it."""

    said = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.said = record.getMessage()


def main() -> None:
    """Send what the input asks for, and say what came of it."""
    asked = json.load(sys.stdin)
    guard(asked["reach"])
    import apprise  # noqa: PLC0415 - it takes a second, and the guard comes before it

    heard = _Heard(logging.WARNING)
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    logger.propagate = False
    asset = apprise.AppriseAsset(
        app_id="Regulars", app_desc="Regulars", app_url="", async_mode=False, secure_logging=True, plugin_paths=[]
    )
    service = apprise.Apprise.instantiate(asked["url"], asset=asset, suppress_exceptions=True)
    went = False
    if service is None:
        heard.said = heard.said or "the address cannot be read"
    else:
        went = bool(service.notify(body=asked["body"], title=asked["title"], body_format=apprise.NotifyFormat.TEXT))
    json.dump({"went": went, "known": service is not None, "answer": "" if went else heard.said[:300]}, sys.stdout)


if __name__ == "__main__":
    main()
