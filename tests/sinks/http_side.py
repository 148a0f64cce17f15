"""The sink's HTTP door: counts, the log, and the script.

Any other POST is a webhook, counted by its JSON field `key`.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.sinks.script import Script

if TYPE_CHECKING:
    from tests.sinks.smtp_sink import Book


def answer(book: Book, script: Script, target: str, body: bytes) -> tuple[int, bytes]:
    """Status and body for one request."""
    url = urlsplit(target)
    if url.path == "/log":
        return 200, book.log()
    found: Any
    if url.path == "/stats":
        found = book.stats()
    elif url.path == "/keys":
        found = book.keys
    elif url.path == "/times":
        found = sorted(book.times)
    elif url.path == "/messages":
        found = book.messages(parse_qs(url.query).get("to", [""])[0])
    elif url.path == "/reset":
        book.reset()
        found = {}
    elif url.path == "/script":
        try:
            script.load(json.loads(body))
        except (ValueError, KeyError) as error:
            return 400, json.dumps({"error": str(error)}).encode()
        found = {}
    else:
        book.count(str(json.loads(body).get("key")))
        found = {}
    return 200, json.dumps(found).encode()


async def http_client(book: Book, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one kept HTTP connection."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            low = head.lower()
            length = int(low.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) if b"content-length:" in low else 0
            body = await reader.readexactly(length) if length else b""
            target = head.split(b" ", 2)[1].decode("latin-1")
            webhook = not target.startswith(("/log", "/stats", "/keys", "/times", "/messages", "/reset", "/script"))
            if webhook and script.server.delay_ms:
                await asyncio.sleep(script.server.delay_ms / 1000)
            status, out = answer(book, script, target, body)
            reason = b"OK" if status == 200 else b"Bad Request"
            writer.write(
                b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                % (status, reason, len(out))
                + out
            )
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
