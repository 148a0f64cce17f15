"""A server of somebody else's, in a process of its own: answers as its script says and writes down whatever came.

`python -m tests.sinks.called --log FILE [--script FILE]` prints its port. The script is JSON: path → list of ways to
behave, used up one by one, the last for ever: a status, "slow" (answers after 30 s), "vanish" (does it, answers nothing),
"drip" (a byte now and then). No script: 200.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Called:
    """The harness's side: the process, its script, and what it was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log, self._script = folder / "called.ndjson", folder / "called.json"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sinks.called", "--log", str(self._log), "--script", str(self._script)],
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def behave(self, **paths: list[Any]) -> None:
        """From now on; names of paths without their slash."""
        fresh = self.folder / "called.new"
        fresh.write_text(json.dumps({f"/{path}": ways for path, ways in paths.items()}))
        os.replace(fresh, self._script)

    def told(self) -> list[dict[str, Any]]:
        """Every request that came whole: time (unix seconds), method, path, headers (lower case), body as text."""
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(5)


@contextmanager
def called(folder: Path) -> Iterator[Called]:
    """One, stopped at the end."""
    found = Called(folder)
    try:
        yield found
    finally:
        found.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, log: Path, script: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.log, self.script = log, script
        self.guard = threading.Lock()
        self.used: dict[str, int] = {}
        self.read = 0.0

    def handle_error(self, request: object, client_address: object) -> None:
        """Who calls may be killed while he does."""

    def way(self, path: str) -> Any:
        """How to behave this time."""
        with self.guard:
            if not self.script.exists():
                return 200
            if self.script.stat().st_mtime != self.read:
                self.read, self.used = self.script.stat().st_mtime, {}
            ways = json.loads(self.script.read_text()).get(path, [200])
            n = self.used.get(path, 0)
            self.used[path] = n + 1
        return ways[min(n, len(ways) - 1)]

    def note(self, entry: dict[str, Any]) -> None:
        """Onto the disk, before anything is answered."""
        with self.guard, self.log.open("a") as log:
            log.write(json.dumps(entry) + "\n")


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        path = self.path.partition("?")[0]
        way = self.server.way(path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        entry = {"time": time.time(), "method": self.command, "path": self.path, "headers": headers, "body": body}
        self.server.note({**entry, "way": way})
        if way == "vanish":
            self.close_connection = True
            return
        if way == "slow":
            time.sleep(30)
        if way == "drip":
            for byte in b"HTTP/1.1 200 OK\r\nx-long: " + b"y" * 600:
                self.wfile.write(bytes([byte]))
                time.sleep(0.2)
        status = way if isinstance(way, int) else 200
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the library's names

    def log_message(self, *values: object) -> None:
        return


def main() -> None:
    reader = argparse.ArgumentParser()
    reader.add_argument("--log", type=Path, required=True)
    reader.add_argument("--script", type=Path, required=True)
    asked = reader.parse_args()
    server = _Server(asked.log, asked.script)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
