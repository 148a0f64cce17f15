"""An SMTP server that keeps count and can be told to misbehave: the independent witness of tests and benches.

    python -m tests.sinks.smtp_sink --smtp 2525 --http 2580 --log accepted.ndjson [--keep DIR] [--tls] [--delay-ms 20]

Prints one JSON line `{"smtp": port, "http": port}` when it listens (port 0: any free one). Loopback only. What it
accepts is one line in the log, written before the 250: time, recipient, Message-ID, X-Regulars-* headers, SHA-256 and
size. It knows nothing of the product: no import of it. HTTP: /stats /keys /times /reset (as rivals' sink), /log
/messages?to= /script (see script.py).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import hashlib
import ipaddress
import json
import os
import ssl
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tests.sinks.http_side import http_client
from tests.sinks.script import Behaviour, Script, Server

END_OF_DATA = b"\r\n.\r\n"


class Book:
    """What was accepted.

    Counts in memory, one line a recipient in the log file (or in memory without one), bytes under `keep`.
    """

    def __init__(self, log: Path | None = None, keep: Path | None = None) -> None:
        self.keep = keep
        self.log_path = log
        self._fd = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600) if log else -1
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
        self._serial = 0
        self.lines: list[bytes] = []
        self.reset()

    def reset(self) -> None:
        """Forget the counts; the log file stays, it is append-only."""
        self.keys: Counter[str] = Counter()
        self.times: list[float] = []
        self.events: Counter[str] = Counter()
        self.lines = []

    def count(self, key: str) -> None:
        self.keys[key] += 1
        self.times.append(time.time())

    def accept(self, recipients: list[str], data: bytes) -> None:
        """Write down that `data` (dots removed) was taken for these recipients, before anybody hears of it."""
        head, _, body = data.partition(b"\r\n\r\n")
        entry: dict[str, Any] = {
            "time": time.time(),
            "to": "",
            "message_id": "",
            "headers": {},
            "sha256": hashlib.sha256(data).hexdigest(),
            "body_sha256": hashlib.sha256(body).hexdigest(),
            "size": len(data),
        }
        for line in head.split(b"\r\n"):
            low = line[:11].lower()
            if low == b"message-id:":
                entry["message_id"] = line[11:].strip().decode("utf-8", "replace")
            elif low == b"x-regulars-":
                name, _, value = line.decode("utf-8", "replace").partition(":")
                entry["headers"][name.lower()] = value.strip()
        self._serial += 1
        if self.keep:
            path = self.keep / f"{os.getpid()}-{self._serial:08d}.eml"
            path.write_bytes(data)
            entry["file"] = str(path)
        lines = b""
        for recipient in recipients:
            entry["to"] = recipient
            lines += json.dumps(entry, ensure_ascii=False).encode() + b"\n"
        if self._fd >= 0:
            os.write(self._fd, lines)
        else:
            self.lines.append(lines)
        for recipient in recipients:
            self.count(recipient)

    def log(self) -> bytes:
        return self.log_path.read_bytes() if self.log_path else b"".join(self.lines)

    def messages(self, to: str) -> list[dict[str, Any]]:
        """Log entries for one recipient ('' = all), with `raw` where the bytes were kept."""
        found = [json.loads(line) for line in self.log().splitlines()]
        found = [entry for entry in found if not to or entry["to"] == to.lower()]
        for entry in found:
            if "file" in entry:
                entry["raw"] = Path(entry["file"]).read_bytes().decode("utf-8", "surrogateescape")
        return found

    def stats(self) -> dict[str, Any]:
        times = sorted(self.times)
        total = len(times)
        return {
            "total": total,
            "unique": len(self.keys),
            "duplicates": total - len(self.keys),
            "first": times[0] if times else None,
            "last": times[-1] if times else None,
            "p50": times[total // 2] if times else None,
            "p95": times[int(total * 0.95)] if times else None,
            "events": dict(self.events),
        }


class Smtp(asyncio.Protocol):
    """One SMTP conversation. Commands wait in `buffer`; `busy` holds them back while an answer is being delayed."""

    def __init__(self, book: Book, script: Script, tls: ssl.SSLContext | None, peers: set[Smtp]) -> None:
        self.book, self.script, self.tls, self.peers = book, script, tls, peers
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.recipients: list[str] = []
        self.in_data = self.busy = self.deaf = self.secure = False
        self.said = b""
        self.auth_steps: list[bytes] = []
        self.taken = 0

    # -- asyncio -----------------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        again = self.transport is not None  # after STARTTLS the same conversation goes on over a new transport
        self.transport = transport
        if again:
            return
        self.peers.add(self)
        self.book.events["connections"] += 1
        self.book.events["most_open"] = max(self.book.events["most_open"], len(self.peers))
        greeting = self.script.server.greeting or "220 sink ESMTP"
        self.say(greeting.encode())
        self.flush()
        if not greeting.startswith("2"):
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.peers.discard(self)
        if self.in_data:
            self.book.events["cut_off_in_data"] += 1

    def data_received(self, data: bytes) -> None:
        if self.deaf:
            return
        self.buffer += data
        self.work()

    # -- the conversation ----------------------------------------------------------------------------------------------
    def say(self, line: bytes) -> None:
        """Answer at the next flush: what is answered within one turn goes out together, as RFC 2920, 3.2 has it."""
        self.said += line + b"\r\n"

    def flush(self) -> None:
        said, self.said = self.said, b""
        if said and self.transport is not None and not self.transport.is_closing():
            self.transport.write(said)

    def hang_up(self, *, reset: bool = False) -> None:
        assert self.transport is not None
        self.flush()
        self.deaf = True
        if reset:
            self.transport.abort()
        else:
            self.transport.close()

    def work(self) -> None:
        """Answer everything that has wholly arrived, unless an answer is being held back."""
        while not (self.busy or self.deaf):
            if self.in_data:
                # the end may also be the very first line: an empty message
                at = 0 if self.buffer.startswith(b".\r\n") else self.buffer.find(END_OF_DATA)
                if at < 0:
                    break
                first = self.buffer.startswith(b".\r\n")
                data = b"" if first else self.buffer[: at + 2]
                self.buffer = self.buffer[3:] if first else self.buffer[at + len(END_OF_DATA) :]
                self.in_data = False
                if data.startswith(b"."):
                    data = data[1:]
                self.end_of_data(data.replace(b"\r\n.", b"\r\n"))
                continue
            line, separator, rest = self.buffer.partition(b"\r\n")
            if not separator:
                break
            self.buffer = rest
            self.command(line)
        self.flush()

    def command(self, line: bytes) -> None:
        if self.auth_steps:
            self.auth_answer()
            return
        verb = line[:4].upper()
        handler = self.HANDLERS.get(verb)
        if handler is None:
            self.say(b"502 5.5.1 not here")
        else:
            handler(self, line)

    def ehlo(self, line: bytes) -> None:
        server = self.script.server
        offers = [b"sink", b"8BITMIME", b"ENHANCEDSTATUSCODES"]
        if server.pipelining:
            offers.append(b"PIPELINING")
        if server.smtputf8:
            offers.append(b"SMTPUTF8")
        if server.starttls != "off" and not self.secure:
            offers.append(b"STARTTLS")
        if server.auth != "off":
            offers.append(b"AUTH PLAIN LOGIN")
        if line[:4].upper() == b"HELO":
            offers = offers[:1]
        for offer in offers[:-1]:
            self.say(b"250-" + offer)
        self.say(b"250 " + offers[-1])

    def mail(self, line: bytes) -> None:
        self.recipients = []
        self.say(self.script.server.mail.encode() or b"250 2.1.0 ok")

    def rcpt(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        recipient = text.partition("<")[2].partition(">")[0].lower()
        found = self.script.find(recipient, "rcpt")
        if found is not None and self.deviate(found):
            return
        self.recipients.append(recipient)
        self.say(b"250 2.1.5 ok")

    def data(self, line: bytes) -> None:
        if not self.recipients:
            self.say(b"503 5.5.1 no valid recipients")
            return
        found = self.script.find(self.recipients[0], "data")
        if found is not None and self.deviate(found):
            return
        self.in_data = True
        self.say(b"354 go")

    def end_of_data(self, data: bytes) -> None:
        found = self.script.find(self.recipients[0], "dot")
        delay = self.script.server.delay_ms
        if found is not None and found.delay_ms:
            delay, found = found.delay_ms, None
        if delay:
            self.busy = True
            asyncio.get_running_loop().call_later(delay / 1000, self.answer_after_delay, found, data)
        else:
            self.answer_data(found, data)

    def answer_after_delay(self, found: Behaviour | None, data: bytes) -> None:
        self.busy = False
        if self.transport is None or self.transport.is_closing():
            self.book.events["gone_before_answer"] += 1
            return
        self.answer_data(found, data)
        self.work()

    def answer_data(self, found: Behaviour | None, data: bytes) -> None:
        if found is not None and found.way not in ("keepsilence", "keepdrop", "reset"):
            self.deviate(found)
            return
        self.book.accept(self.recipients, data)
        self.taken += 1
        if found is not None and found.way != "reset":
            self.deviate(found)
            return
        self.say(b"250 2.0.0 queued")
        if found is not None:
            asyncio.get_running_loop().call_soon(lambda: self.hang_up(reset=True))
        elif self.taken == self.script.server.max_messages:
            self.say(b"421 4.7.0 enough for one connection")
            self.hang_up()

    def deviate(self, found: Behaviour) -> bool:
        """Do what was scripted; False when the usual answer shall follow."""
        self.book.events[f"{found.stage}:{found.way or found.reply[:3].decode()}"] += 1
        if found.reply:
            self.say(found.reply)
            if found.reply.startswith(b"421"):
                self.hang_up()
            return not found.reply.startswith(b"2")
        if found.way in ("silence", "keepsilence"):
            self.deaf = True
        else:
            self.hang_up()
        return True

    def starttls(self, line: bytes) -> None:
        if self.script.server.starttls == "refuse" or self.tls is None:
            self.say(b"454 4.7.0 TLS not available")
            return
        self.say(b"220 go ahead")
        self.flush()
        self.busy, self.secure, self.buffer = True, True, b""
        self.task = asyncio.get_running_loop().create_task(self.upgrade(self.tls))

    async def upgrade(self, tls: ssl.SSLContext) -> None:
        assert self.transport is not None
        try:
            upgraded = await asyncio.get_running_loop().start_tls(self.transport, self, tls, server_side=True)
        except (OSError, ssl.SSLError):
            self.book.events["tls_failed"] += 1
            return
        self.transport, self.busy = upgraded, False
        self.work()

    def auth(self, line: bytes) -> None:
        words = line.split()
        if words[1:2] == [b"PLAIN"]:
            self.auth_steps = [b""]
            if len(words) > 2:
                self.auth_answer()
            else:
                self.say(b"334 ")
        else:
            # LOGIN: the name may come with the command
            self.auth_steps = [b"334 UGFzc3dvcmQ6", b""] if len(words) == 2 else [b""]
            self.say(b"334 VXNlcm5hbWU6" if len(words) == 2 else b"334 UGFzc3dvcmQ6")

    def auth_answer(self) -> None:
        step = self.auth_steps.pop(0)
        if step:
            self.say(step)
            return
        self.book.events["logins"] += 1
        answers = {"refuse": b"535 5.7.8 login refused", "temporary": b"454 4.7.0 try later"}
        self.say(answers.get(self.script.server.auth, b"235 2.7.0 welcome"))

    def rset(self, line: bytes) -> None:
        self.recipients = []
        self.say(b"250 2.0.0 ok")

    def noop(self, line: bytes) -> None:
        self.say(b"250 2.0.0 ok")

    def quit_(self, line: bytes) -> None:
        self.say(b"221 2.0.0 bye")
        self.hang_up()

    HANDLERS: ClassVar[dict[bytes, Callable[[Smtp, bytes], None]]] = {
        b"EHLO": ehlo, b"HELO": ehlo, b"MAIL": mail, b"RCPT": rcpt, b"DATA": data, b"RSET": rset, b"NOOP": noop,
        b"QUIT": quit_, b"STAR": starttls, b"AUTH": auth,
    }  # fmt: skip


@dataclass
class Sink:
    """A listening sink: its ports, its book and its script."""

    book: Book
    script: Script
    smtp_port: int
    http_port: int


async def start(
    book: Book,
    script: Script,
    smtp: int = 0,
    http: int = 0,
    tls: ssl.SSLContext | None = None,
    *,
    implicit: bool = False,
) -> Sink:
    """Listen on both ports (0: any free one) and return at once. `implicit`: TLS from the first byte."""
    loop = asyncio.get_running_loop()
    peers: set[Smtp] = set()
    listener = await loop.create_server(
        lambda: Smtp(book, script, tls, peers), "127.0.0.1", smtp, ssl=tls if implicit else None, backlog=512
    )
    control = await asyncio.start_server(lambda r, w: http_client(book, script, r, w), "127.0.0.1", http)
    return Sink(book, script, listener.sockets[0].getsockname()[1], control.sockets[0].getsockname()[1])


def throwaway_tls() -> tuple[ssl.SSLContext, bytes]:
    """A server context for localhost with a certificate of its own, and that certificate (PEM) for clients to trust."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start_at = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    addresses = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(start_at).not_valid_after(start_at.replace(year=2099))
        .add_extension(addresses, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.write_bytes(public + private)
        context.load_cert_chain(path)
    return context, public


@contextlib.contextmanager
def sink_thread(
    *, log: Path | None = None, keep: Path | None = None, tls: ssl.SSLContext | None = None, implicit: bool = False
) -> Iterator[Sink]:
    """A sink in a thread of this process, for tests that talk to it and look into its book."""
    loop = asyncio.new_event_loop()
    book, script = Book(log, keep), Script()
    sink = loop.run_until_complete(start(book, script, tls=tls, implicit=implicit))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smtp", type=int, default=22525)
    parser.add_argument("--http", type=int, default=22580)
    parser.add_argument("--log", type=Path, help="append-only record of what was accepted")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the full bytes of each message here")
    parser.add_argument("--delay-ms", type=float, default=0, help="before each 250, as a real relay takes")
    parser.add_argument("--tls", action="store_true", help="offer STARTTLS with a throw-away certificate")
    options = parser.parse_args()
    server = Server(delay_ms=options.delay_ms, starttls="on" if options.tls else "off")
    tls = throwaway_tls()[0] if options.tls else None
    sink = await start(Book(options.log, options.keep), Script(server), options.smtp, options.http, tls)
    print(json.dumps({"smtp": sink.smtp_port, "http": sink.http_port}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
