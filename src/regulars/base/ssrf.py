"""Where a call of ours may go: an address that an owner typed in must never reach what only this machine can.

Owns the judgement: the name is resolved once, every address it has is unwrapped and checked, and the caller connects to
the address that was checked, under the name that was meant. It calls nobody itself; base/calling.py does.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

__all__ = ["Forbidden", "Place", "Reach", "Unresolved", "is_allowed", "place"]

Reach = Literal["public", "lan", "machine"]
"""public: the internet alone. lan: private networks too. machine: this machine alone (a playground)."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Iterable[str]]

_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_METADATA = {ipaddress.ip_address(a) for a in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")}


class Forbidden(ValueError):
    """The address may not be called.

    `code` is stable: scheme, credentials, host, port, address.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unresolved(OSError):
    """The name has no address, or nobody says which now."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect: `url` holds the checked address; `host` is the name for the Host header, `name` for TLS."""

    url: str
    host: str
    name: str


def place(url: str, reach: Reach, resolve: Resolve | None = None) -> Place:
    """Check an address and pin it. Raises Forbidden, Unresolved."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Forbidden("host") from None
    if parts.scheme not in _PORTS:
        raise Forbidden("scheme")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("credentials")
    host = _plain_name(parts.hostname or "")
    if reach == "public" and port != _PORTS[parts.scheme]:
        raise Forbidden("port")
    if reach == "machine" and not _is_own_name(host):
        raise Forbidden("address")  # not even its name is asked for
    found = [ipaddress.ip_address(a.partition("%")[0]) for a in (resolve or _resolve)(host, port)]
    if not found:
        raise Unresolved(host)
    if not all(is_allowed(address, reach) for address in found):
        raise Forbidden("address")
    usual = port == _PORTS[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    literal = f"[{found[0]}]" if found[0].version == 6 else str(found[0])
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return Place(f"{parts.scheme}://{literal}:{port}{path}{query}", shown if usual else f"{shown}:{port}", host)


def is_allowed(address: Address, reach: Reach) -> bool:
    """Whether an address may be connected to. What wraps another address is judged by the one within."""
    inner = _unwrapped(address)
    if reach == "machine":
        return inner.is_loopback
    if inner in _METADATA or inner.is_multicast or inner.is_unspecified or inner.is_loopback or inner.is_link_local:
        return False
    if reach == "lan":
        return inner.is_global or inner.is_private
    return inner.is_global and not inner.is_reserved and not _is_local_v6(inner)


def _is_local_v6(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or address in _LOCAL_NAT64)


def _unwrapped(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    packed = int(address)
    if address in _NAT64 or (address in _COMPATIBLE and packed > 1):
        return ipaddress.IPv4Address(packed & 0xFFFFFFFF)
    return address


def _plain_name(host: str) -> str:
    """The name in the form in which it is looked up; odd spellings of numbers (0x7f.1, 127.1, 2130706433) are no names."""
    if not host or len(host) > 253 or "%" in host:
        raise Forbidden("host")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return host
    try:
        name = host.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:
        raise Forbidden("host") from None
    last = name.rsplit(".", 1)[-1]
    if not name or last.isdigit() or last.lower().startswith("0x"):
        raise Forbidden("host")
    return name


def _is_own_name(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def _resolve(host: str, port: int) -> list[str]:
    try:
        return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Unresolved(host) from error
