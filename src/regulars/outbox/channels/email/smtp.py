"""Handing a letter to the mail server over a kept connection, and knowing for certain what became of it.

Owns one connection: greeting, TLS and login by the standard library, the envelope in one write where the server
pipelines. The letter's end is sent only after the caller has said yes once more; without it no server may accept. Not
for use by two threads.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from typing import Literal

from regulars.base.failpoints import hit
from regulars.outbox.channels.email.outcome import Outcome, from_reply
from regulars.outbox.channels.email.server import EmailServer

__all__ = ["SmtpClient"]

_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]+@[A-Za-z0-9.-]+")


class _Gone(Exception):
    """The connection ended before the end of the letter was sent."""


class SmtpClient:
    """A kept connection to one server; opened when needed, anew after idleness, 421, or `server.letters` letters."""

    def __init__(self, server: EmailServer, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: the context to use; by default the system's trusted certificates."""
        self.server = server
        self._tls = tls
        self._session: smtplib.SMTP | None = None
        self._pipelining = self._utf8 = False
        self._stale = False  # an earlier envelope was given up: reset before the next
        self._sent = 0
        self._used_at = 0.0

    # -- the letter ----------------------------------------------------------------------------------------------------
    def hand_over(
        self, sender: str, recipient: str, data: bytes, before_dot: Callable[[], bool] = lambda: True
    ) -> Outcome:
        """Give `data` (CRLF lines) to the server for one recipient; blocks until its fate is known or given up.

        `sender` may be empty (null sender). `before_dot` is asked when the server is ready for the letter: False, and
        nothing of it is sent. Raises ValueError for an address or data that may not go on the wire; all else is an
        Outcome.
        """
        wire = _wire_form(data)
        for address in (recipient, *([sender] if sender else [])):
            if not _ADDRESS.fullmatch(address):
                raise ValueError("not an address for the envelope")
        kept = self._kept()
        outcome, asked = self._attempt(sender, recipient, wire, before_dot)
        # A kept connection may have been closed by the server meanwhile; that says nothing about the letter.
        lost = outcome.kind == "not_handed_over" or (outcome.code == 421 and outcome.surely_not_accepted)
        if kept and lost and not asked:
            outcome, _ = self._attempt(sender, recipient, wire, before_dot)
        return outcome

    def _attempt(
        self, sender: str, recipient: str, wire: bytes, before_dot: Callable[[], bool]
    ) -> tuple[Outcome, bool]:
        """One try; also whether `before_dot` was asked."""
        if self._session is None:
            failure = self._connect()
            if failure is not None:
                return failure, False
        try:
            if hit("outbox.before_data"):
                self.close()
            refused = self._envelope(sender, recipient)
        except _Gone as gone:
            refused = Outcome("not_handed_over", reply=str(gone))
        if refused is not None:
            return refused, False
        if not before_dot():
            self.close()
            return Outcome("withheld", scope="message"), True
        return self._body(wire), True

    def _envelope(self, sender: str, recipient: str) -> Outcome | None:
        """Send MAIL, RCPT and DATA; None when the server waits for the letter, else why it doesn't."""
        utf8 = "" if (sender + recipient).isascii() else " SMTPUTF8"
        if utf8 and not self._utf8:
            reply = "the mail server cannot take addresses with letters outside ASCII"
            return Outcome("rejected_permanent", 0, "5.6.7", reply, "recipient")
        commands: list[tuple[Literal["rset", "mail", "rcpt", "data"], str]] = [
            ("mail", f"MAIL FROM:<{sender}>{utf8}"),
            ("rcpt", f"RCPT TO:<{recipient}>"),
            ("data", "DATA"),
        ]
        if self._stale:
            commands.insert(0, ("rset", "RSET"))
        if self._pipelining:
            self._write("".join(f"{line}\r\n" for _, line in commands).encode())
        refused: Outcome | None = None
        self._stale = True
        for stage, line in commands:
            if not self._pipelining:
                self._write(f"{line}\r\n".encode())
            code, text = self._reply(self.server.timeout)
            ready = code == 354 if stage == "data" else 200 <= code < 300
            if code == 421:
                self.close()
                return refused or from_reply("data" if stage == "rset" else stage, code, text)
            if ready and refused is not None and stage == "data":
                # It waits for a letter to nobody: only an end of the connection is sure to leave nothing behind.
                self.close()
            if not ready and refused is None and stage != "rset":
                refused = from_reply(stage, code if code >= 400 else 451, text)
                if not self._pipelining:
                    return refused
        return refused

    def _body(self, wire: bytes) -> Outcome:
        try:
            self._write(wire)
        except _Gone as gone:
            # The dot is the last of it: a write that failed did not bring it over.
            return Outcome("not_handed_over", reply=str(gone))
        if hit("outbox.after_dot"):
            self.close()
            return Outcome("unknown", reply="dropped after the end of the data")
        try:
            code, text = self._reply(self.server.dot_timeout)
        except _Gone as gone:
            return Outcome("unknown", reply=str(gone))
        outcome = from_reply("dot", code, text)
        self._stale = False
        self._sent += 1
        self._used_at = time.monotonic()
        if code == 421:
            self.close()
        if hit("outbox.after_250"):
            self.close()
            return Outcome("unknown", reply="dropped after the answer")
        return outcome

    # -- the wire ------------------------------------------------------------------------------------------------------
    def _write(self, data: bytes) -> None:
        session = self._session
        if session is None or session.sock is None:
            raise _Gone("the connection is closed")
        try:
            self._limit(session.sock, self.server.timeout)
            session.sock.sendall(data)
        except OSError as error:
            self.close()
            raise _Gone(_words(error)) from error

    def _reply(self, timeout: float) -> tuple[int, bytes]:
        session = self._session
        if session is None or session.sock is None:
            raise _Gone("the connection is closed")
        try:
            self._limit(session.sock, timeout)
            code, text = session.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise _Gone(_words(error)) from error
        if not 200 <= code < 600:
            self.close()
            raise _Gone("the answer was no SMTP reply")
        return code, text

    @staticmethod
    def _limit(sock: socket.socket, timeout: float) -> None:
        if sock.gettimeout() != timeout:  # setting it is a call of the system, even to what it is
            sock.settimeout(timeout)

    # -- the connection ------------------------------------------------------------------------------------------------
    def _kept(self) -> bool:
        """Whether there is an earlier connection to go on with; a worn or idle one is ended first."""
        if self._session is None:
            return False
        if self._sent >= self.server.letters or time.monotonic() - self._used_at > self.server.idle:
            self.quit()
            return False
        return True

    def _connect(self) -> Outcome | None:
        """Open, greet, secure, log in. None when ready, else why not."""
        if hit("outbox.before_connect"):
            return Outcome("not_handed_over", reply="dropped before the connection")
        server = self.server
        session: smtplib.SMTP | None = None
        try:
            session = self._open()
            failure = self._prepare(session)
        except ssl.SSLError as error:
            failure = Outcome("tls_refused", reply=_words(error))
        except smtplib.SMTPAuthenticationError as error:
            kind: Literal["auth_refused", "rejected_temporary"]
            kind = "auth_refused" if error.smtp_code >= 500 else "rejected_temporary"
            failure = Outcome(kind, error.smtp_code, reply=_text(error.smtp_error))
        except smtplib.SMTPResponseException as error:
            failure = Outcome("not_handed_over", error.smtp_code, reply=_text(error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            failure = Outcome("not_handed_over", reply=f"{server.host}:{server.port}: {_words(error)}")
        if failure is not None:
            if session is not None:
                session.close()
            return failure
        assert session is not None
        self._session = session
        self._pipelining, self._utf8 = session.has_extn("pipelining"), session.has_extn("smtputf8")
        self._stale, self._sent, self._used_at = False, 0, time.monotonic()
        return None

    def _open(self) -> smtplib.SMTP:
        """Connect and read the greeting. Raises what smtplib and sockets raise."""
        server = self.server
        # smtplib would ask the name service for our own name at every connection; it is told below instead
        hello = server.hello or socket.gethostname()
        session: smtplib.SMTP
        if server.security == "tls":
            session = smtplib.SMTP_SSL(timeout=server.timeout, context=self._context(), local_hostname=hello)
        else:
            session = smtplib.SMTP(timeout=server.timeout, local_hostname=hello)
        session._host = server.host  # type: ignore[attr-defined]  # the name that the certificate must bear
        code, text = session.connect(server.host, server.port)
        if code != 220:
            session.close()
            raise smtplib.SMTPConnectError(code, text)
        assert session.sock is not None
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if "." not in hello:
            session.local_hostname = f"[{session.sock.getsockname()[0]}]"
        return session

    def _prepare(self, session: smtplib.SMTP) -> Outcome | None:
        server = self.server
        session.ehlo_or_helo_if_needed()
        if server.security in ("auto", "starttls"):
            if session.has_extn("starttls"):
                try:
                    session.starttls(context=self._context())
                except smtplib.SMTPResponseException as error:
                    return Outcome("tls_refused", error.smtp_code, reply=_text(error.smtp_error))
                session.ehlo_or_helo_if_needed()
            elif server.security == "starttls" or (server.user and not server.local):
                return Outcome("tls_refused", reply="the server offers no STARTTLS, and the login would be readable")
        if server.user:
            try:
                session.login(server.user, server.password)
            except smtplib.SMTPNotSupportedError as error:
                return Outcome("auth_refused", reply=_words(error))
        return None

    def _context(self) -> ssl.SSLContext:
        if self._tls is not None:
            return self._tls
        context = ssl.create_default_context()
        if not self.server.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def quit(self) -> None:
        """End the connection politely."""
        if self._session is not None and self._session.sock is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._session.sock.settimeout(5)
                self._session.quit()
        self.close()

    def close(self) -> None:
        """End the connection at once: a letter whose end was not sent is not accepted."""
        if self._session is not None:
            with contextlib.suppress(OSError):
                self._session.close()
            self._session = None


def _wire_form(data: bytes) -> bytes:
    """Dots doubled and the end added. Raises ValueError for bare CR or LF, by which a letter could end early."""
    if not data.endswith(b"\r\n"):
        raise ValueError("a letter ends with CRLF")
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        raise ValueError("a letter has CRLF lines only")
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    return (b"." if data.startswith(b".") else b"") + data + b".\r\n"


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
