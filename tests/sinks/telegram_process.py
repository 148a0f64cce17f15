"""A bot's side of Telegram in a process of its own: an update is given again until a later offset is asked for.

`python -m tests.sinks.telegram_process` prints its port. `POST /says` with {"chat", "text", "date"} is a person who
writes to the bot, answered with the update's number. Every other call of the Bot API is taken and means nothing. The
emulator out of npm forgets an update when it has given it once, so it can't tell whether a fetch that died is repeated.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.guard = threading.Lock()
        self.updates: dict[int, dict[str, Any]] = {}
        self.last = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asks may be killed while he waits."""

    def says(self, said: dict[str, Any]) -> dict[str, Any]:
        """Somebody writes; the update's number."""
        who = {"id": said["chat"], "first_name": "Ann", "is_bot": False, "language_code": "en"}
        with self.guard:
            self.last += 1
            message = {
                "message_id": self.last, "from": who, "chat": {**who, "type": "private"}, "date": said["date"],
                "text": said["text"],
            }  # fmt: skip
            self.updates[self.last] = {"update_id": self.last, "message": message}
            return {"update_id": self.last}

    def asked(self, params: dict[str, Any]) -> dict[str, Any]:
        """What is new from the offset on, at once; what lies before it is forgotten."""
        offset = params.get("offset", 0)
        with self.guard:
            self.updates = {n: one for n, one in self.updates.items() if n >= offset}
            found = sorted(self.updates)[: params.get("limit", 100)]
            return {"ok": True, "result": [self.updates[n] for n in found]}


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        params = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        what = self.path.rpartition("/")[2]
        if what == "says":
            answer = self.server.says(params)
        elif what == "getUpdates":
            answer = self.server.asked(params)
        else:
            answer = {"ok": True, "result": {"message_id": time.monotonic_ns()}}
        raw = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *values: object) -> None:
        return


if __name__ == "__main__":
    server = _Server()
    print(server.server_port, flush=True)
    server.serve_forever()
