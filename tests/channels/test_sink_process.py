"""The sink as its own process: what it says it accepted is in its log before the sender hears of it."""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


class Running:
    def __init__(self, smtp: int, http: int, log: Path) -> None:
        self.smtp, self.http, self.log = smtp, http, log

    def ask(self, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", data, timeout=5) as answer:
            return json.loads(answer.read() or b"null") if path != "/log" else answer.read()

    def send(self, to: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=5) as client:
            client.sendmail("s@example.test", [to], b"Message-ID: <1@x>\r\nX-Regulars-Purpose: service\r\n\r\n.hi\r\n")


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Running]:
    log = tmp_path / "accepted.ndjson"
    command = [sys.executable, "-m", "tests.sinks.smtp_sink", "--smtp", "0", "--http", "0", "--log", str(log)]
    with subprocess.Popen([*command, "--keep", str(tmp_path / "kept")], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        yield Running(ports["smtp"], ports["http"], log)
        process.kill()


def test_counts_log_and_messages_agree(sink: Running) -> None:
    sink.send("a@example.test")
    sink.send("a@example.test")
    sink.send("B@example.test")
    stats = sink.ask("/stats")
    assert (stats["total"], stats["unique"], stats["duplicates"]) == (3, 2, 1)
    assert sink.ask("/keys") == {"a@example.test": 2, "b@example.test": 1}
    assert len(sink.ask("/times")) == 3
    entries = [json.loads(line) for line in sink.log.read_bytes().splitlines()]
    assert [entry["to"] for entry in entries] == ["a@example.test", "a@example.test", "b@example.test"]
    assert sink.ask("/log") == sink.log.read_bytes()
    (found,) = sink.ask("/messages?to=b@example.test")
    assert found["raw"].endswith("\r\n\r\n.hi\r\n") and found["headers"] == {"x-regulars-purpose": "service"}
    sink.ask("/reset")
    assert sink.ask("/stats")["total"] == 0
    assert len(sink.log.read_bytes().splitlines()) == 3


def test_a_script_by_http_holds_for_as_often_as_it_says(sink: Running) -> None:
    sink.ask("/script", {"rules": [{"match": "b@.*", "do": "rcpt 451 4.3.0 later", "times": 1}]})
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        sink.send("b@example.test")
    sink.send("b@example.test")
    sink.send("a@example.test")
    assert sink.ask("/stats")["total"] == 2


def test_a_script_that_cannot_be_read_is_refused(sink: Running) -> None:
    for wrong in (
        {"rules": [{"match": "*", "do": "dance"}]},
        {"server": {"colour": 1}},
        {"rules": [{"do": "dot drop"}]},
    ):
        with pytest.raises(urllib.error.HTTPError):
            sink.ask("/script", wrong)


def test_a_webhook_is_counted_by_its_key(sink: Running) -> None:
    sink.ask("/hook", {"key": "k1"})
    sink.ask("/hook", {"key": "k1"})
    assert sink.ask("/keys") == {"k1": 2}
