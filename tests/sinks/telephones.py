"""Four telephony vendors' APIs in a process of its own: they check who asks as their documents say, and answer as they do.

`python -m tests.sinks.telephones --log FILE` prints its port. The keys are those of KEYS. A buyer's number that ends with 000
is refused, one that ends with 777 meets a server that fails, one with 999 gets no answer. The same goes for the names of
recordings; to others Mango leads by a redirect, and Zadarma names a link.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEYS = {
    "mango": ("key-m", "salt-m"),
    "uis": ("token-u", ""),
    "zadarma": ("key-z", "secret-z"),
    "twilio": ("AC1", "token-t"),
}


class Telephones:
    """The harness's side."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "telephones.ndjson"
        command = [sys.executable, "-m", "tests.sinks.telephones", "--log", str(self._log)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def rung(self) -> list[dict[str, Any]]:
        """Every call that was started: vendor, extension, number, and more."""
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(5)


@contextmanager
def telephones(folder: Path) -> Iterator[Telephones]:
    found = Telephones(folder)
    try:
        yield found
    finally:
        found.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    log: Path


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def _send(self, status: int, plain: Any) -> None:
        body = b"" if status == 302 else json.dumps(plain).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("location", plain)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _ring(self, vendor: str, number: str, refused: tuple[int, Any], done: tuple[int, Any], **more: Any) -> None:
        if number.endswith("777"):
            return self._send(503, {})
        if number.endswith("000"):
            return self._send(*refused)
        with self.server.log.open("a") as log:
            log.write(json.dumps({"vendor": vendor, "number": number, **more}) + "\n")
        if number.endswith("999"):
            self.close_connection = True
            return None
        return self._send(*done)

    def do_POST(self) -> None:
        if self.path in ("/vpbx/commands/callback", "/vpbx/queries/recording/post"):
            self._mango()
        elif self.path == "/v4.0":
            self._uis()
        elif self.path == f"/2010-04-01/Accounts/{KEYS['twilio'][0]}/Calls.json":
            self._twilio()
        else:
            self._send(404, {})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        key, secret = KEYS["zadarma"]
        said = {name: value[0] for name, value in parse_qs(url.query).items()}
        sorted_query = "&".join(f"{name}={said[name]}" for name in sorted(said))
        signed = url.path + sorted_query + hashlib.md5(sorted_query.encode()).hexdigest()
        sign = base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha1).hexdigest().encode()).decode()
        known = ("/v1/request/callback/", "/v1/pbx/record/request/")
        if url.path not in known or self.headers.get("authorization") != f"{key}:{sign}":
            return self._send(401, {"status": "error", "message": "Not authorized"})
        if url.path == "/v1/pbx/record/request/":
            assert int(said["lifetime"]) >= 180
            link = f"https://api.zadarma.test/record/{said['call_id']}.mp3"
            gone = 404, {"status": "error", "message": "Record not found"}
            found = 200, {"status": "success", "link": link, "lifetime_till": "2026-03-02 12:03:00"}
            return self._ring("zadarma", said["call_id"], gone, found)
        refused = 400, {"status": "error", "message": "Wrong number"}
        done = 200, {"status": "success", "from": said["from"], "to": said["to"], "time": 1}
        return self._ring("zadarma", said["to"], refused, done, extension=said["from"])

    def _mango(self) -> None:
        key, salt = KEYS["mango"]
        said = {name: value[0] for name, value in parse_qs(self._body().decode()).items()}
        good = hashlib.sha256((key + said["json"] + salt).encode()).hexdigest()
        if said["vpbx_api_key"] != key or said["sign"] != good:
            return self._send(200, {"result": 3102})
        plain = json.loads(said["json"])
        if "recording_id" in plain:
            assert plain["action"] == "play"
            gone = 404, {"name": "Not Found", "message": "Recording not found", "code": 0, "status": 404}
            return self._ring("mango", plain["recording_id"], gone, (302, "https://files.mango.test/r?once=1&x=2"))
        more = {"extension": plain["from"]["extension"], "name": plain["command_id"]}
        return self._ring("mango", plain["to_number"], (200, {"result": 2211}), (200, {"result": 1000}), **more)

    def _uis(self) -> None:
        plain = json.loads(self._body())
        asked = plain["params"]
        if plain["method"] != "start.employee_call" or asked["access_token"] != KEYS["uis"][0]:
            data = {"mnemonic": "access_token_invalid"}
            return self._send(200, {"error": {"code": -32001, "message": "Access token is invalid", "data": data}})
        error = {"code": -32602, "message": "Invalid number", "data": {"mnemonic": "invalid_parameter_value"}}
        done = {"result": {"data": {"call_session_id": 1}}}
        more = {
            "extension": asked["employee"]["id"],
            "line": asked["virtual_phone_number"],
            "name": asked["external_id"],
        }
        return self._ring("uis", asked["contact"], (200, {"error": error}), (200, done), **more)

    def _twilio(self) -> None:
        good = "Basic " + base64.b64encode(":".join(KEYS["twilio"]).encode()).decode()
        said = parse_qs(self._body().decode())
        if self.headers.get("authorization") != good:
            return self._send(401, {"code": 20003, "message": "Authenticate"})
        twiml = said["Twiml"][0]
        number = twiml.partition("</Number>")[0].rpartition(">")[2]
        more = {
            "extension": said["To"][0],
            "line": said["From"][0],
            "twiml": twiml,
            "events": said["StatusCallbackEvent"],
        }
        return self._ring(
            "twilio", number, (400, {"code": 21211, "message": "Invalid 'To'"}), (201, {"sid": "CA1"}), **more
        )

    def log_message(self, *values: object) -> None:
        return


def main() -> None:
    reader = argparse.ArgumentParser()
    reader.add_argument("--log", type=Path, required=True)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.log = reader.parse_args().log
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
