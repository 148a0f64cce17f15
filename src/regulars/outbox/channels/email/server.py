"""EMAIL_URL: which mail server, how it is reached, and how it may be used.

Owns the syntax of the address and the mend for each mistake in it. Must never show the password: it is in no message
and no repr.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["EmailServer", "EmailUrlProblem", "parse_email_url"]

Security = Literal["plain", "auto", "starttls", "tls"]


class EmailUrlProblem(ValueError):
    """EMAIL_URL cannot be read; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class EmailServer:
    """One mail server. Times in seconds.

    `security`: `tls` from the first byte, `starttls` demanded, `auto` STARTTLS if offered (and demanded before a
    login unless the host is this machine), `plain` never. `connections`: how many may be open at once; `letters`: a
    connection, then anew.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    security: Security = "auto"
    connections: int = 8
    letters: int = 100
    timeout: float = 60.0
    dot_timeout: float = 600.0  # RFC 5321 4.5.3.2.6: the server may think for ten minutes about a whole message
    idle: float = 30.0
    hello: str = ""
    verify: bool = True

    @property
    def local(self) -> bool:
        """Whether the server is this very machine."""
        return self.host in ("localhost", "127.0.0.1", "::1")


_FORM = "smtp://user:password@host:587 or smtps://user:password@host:465"
_ESCAPED = "in the password / is written %2F, # %23, [ %5B"
_NUMBERS = {
    "connections": (1, 256),
    "letters": (1, 10_000),
    "timeout": (1, 300),
    "dot_timeout": (1, 3600),
    "idle": (1, 3600),
}


def parse_email_url(url: str) -> EmailServer:
    """Read `smtp://…` or `smtps://…` with `?starttls=required|auto|off&connections=…&letters=…`.

    Raises EmailUrlProblem.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise EmailUrlProblem(f"EMAIL_URL cannot be read: write {_FORM}; {_ESCAPED}") from None
    if parts.scheme not in ("smtp", "smtps"):
        raise EmailUrlProblem(f"EMAIL_URL must begin with smtp:// or smtps://: write {_FORM}")
    try:
        port = parts.port
    except ValueError:
        raise EmailUrlProblem(f"EMAIL_URL: the port must be a number up to 65535; {_ESCAPED}") from None
    if not parts.hostname:
        raise EmailUrlProblem(f"EMAIL_URL names no host: write {_FORM}; {_ESCAPED}")
    if parts.path not in ("", "/") or parts.fragment:
        raise EmailUrlProblem(f"EMAIL_URL ends after the port; {_ESCAPED}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and parts.password is None:
        raise EmailUrlProblem("EMAIL_URL has a user without a password: write user:password@")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    security = _security(parts.scheme, options.pop("starttls", "auto"))
    default_port = 465 if security == "tls" else 587 if user else 25
    return EmailServer(
        host=parts.hostname,
        port=port or default_port,
        user=user,
        password=password,
        security=security,
        hello=options.pop("hello", ""),
        verify=_yes_no("verify", options.pop("verify", "yes")),
        **_numbers(options),
    )


def _security(scheme: str, starttls: str) -> Security:
    if scheme == "smtps":
        return "tls"
    known: dict[str, Security] = {
        "required": "starttls", "yes": "starttls", "1": "starttls", "auto": "auto",
        "off": "plain", "no": "plain", "0": "plain",
    }  # fmt: skip
    if starttls not in known:
        raise EmailUrlProblem("EMAIL_URL: starttls is one of required, auto, off")
    return known[starttls]


def _yes_no(name: str, value: str) -> bool:
    if value not in ("yes", "no", "1", "0"):
        raise EmailUrlProblem(f"EMAIL_URL: {name} is yes or no")
    return value in ("yes", "1")


def _numbers(options: dict[str, str]) -> dict[str, int]:
    found = {}
    for name, value in options.items():
        if name not in _NUMBERS:
            known = ", ".join(sorted([*_NUMBERS, "starttls", "hello", "verify"]))
            raise EmailUrlProblem(f"EMAIL_URL: there is no option '{name}'; there are {known}")
        low, high = _NUMBERS[name]
        if not value.isdecimal() or not low <= int(value) <= high:
            raise EmailUrlProblem(f"EMAIL_URL: {name} is a whole number from {low} to {high}")
        found[name] = int(value)
    return found
