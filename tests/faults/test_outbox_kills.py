"""A sender killed at every point: nothing is lost, no advertisement goes twice, what goes twice is the same letter.

The oracle is the mail server's own log, in a process of its own, and SQL; never the product's counters.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from regulars.base import db
from regulars.outbox.recorder import UNRECORDED
from tests.apps.outbox_world import Outbox, until
from tests.apps.world import World
from tests.extent import WHOLE

POINTS = [
    "outbox.claimed",
    "outbox.before_sending_commit",
    "outbox.after_sending_commit",
    "outbox.before_connect",
    "outbox.before_data",
    "outbox.after_dot",
    "outbox.after_250",
    "outbox.before_record_commit",
    "outbox.after_record_commit",
]
OFTEN = ["outbox.before_data", "outbox.after_dot", "outbox.after_250"]
CASES = [(p, 0) for p in POINTS] + [(p, 5) for p in OFTEN]
SHORT = [
    ("outbox.before_sending_commit", 0),
    ("outbox.after_dot", 0),
    ("outbox.after_dot", 5),
    ("outbox.before_record_commit", 0),
]
"""In the suite; all cases are in `make long`."""
MAY_DOUBLE = {"outbox.after_dot", "outbox.after_250", "outbox.before_record_commit", "outbox.after_record_commit"}
CONNECTIONS = 2
EACH = 12


class Witness:
    """The mail server in its own process, and its log of what it accepted."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.log = folder / "accepted.ndjson"
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.sinks.smtp_sink",
                "--smtp",
                "0",
                "--http",
                "0",
                "--log",
                str(self.log),
                *options,
            ],
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.port = json.loads(self.process.stdout.readline())["smtp"]

    def accepted(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    found = Witness(tmp_path)
    yield found
    found.process.terminate()
    found.process.wait(10)


@contextlib.contextmanager
def sender(
    database: str, witness: Witness, failpoint: str = "", mark: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`regulars sender` in a process of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "EMAIL_URL": f"smtp://127.0.0.1:{witness.port}?connections={CONNECTIONS}",
    }
    if failpoint:
        environment |= {
            "REGULARS_FAILPOINTS": "on",
            "REGULARS_FAILPOINT": failpoint,
            "REGULARS_FAILPOINT_MARK": str(mark),
        }
    process = subprocess.Popen([sys.executable, "-m", "regulars.cli.main", "sender"], env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            process.wait(15)


@pytest.fixture
def outbox(database: str) -> Iterator[Outbox]:
    with contextlib.closing(db.loop_connection("test")) as raw:
        yield Outbox(World(raw))


def queue_both(outbox: Outbox, each: int = EACH) -> tuple[dict[int, str], dict[int, str]]:
    """Service letters and advertisements, by message: the address. Nobody gets two."""
    service: dict[int, str] = {}
    adverts: dict[int, str] = {}
    for n in range(each):
        one, other = outbox.world.person(f"s{n}@example.test"), outbox.world.person(f"a{n}@example.test")
        outbox.agree(other)
        service[outbox.queue(one)] = f"s{n}@example.test"
        adverts[outbox.queue(other, "advertising")] = f"a{n}@example.test"
    return service, adverts


def at_rest(outbox: Outbox) -> bool:
    return not outbox.world.rows("select 1 from outbox_message where state in ('queued', 'sending')")


def judge(outbox: Outbox, witness: Witness, service: dict[int, str], adverts: dict[int, str]) -> dict[str, int]:
    """The oracles A, S, U, K and 'lost'; asserts what must never be, returns what was seen."""
    accepted = witness.accepted()
    times = Counter(a["to"] for a in accepted)
    states = dict(outbox.world.rows("select id, state from outbox_message"))
    for id_, address in service.items():
        assert times[address] >= 1, "a service letter is lost"
        assert states[id_] == "sent"
        assert {a["message_id"] for a in accepted if a["to"] == address} == {f"<{id_}.test@example.test>"}
        assert len({a["sha256"] for a in accepted if a["to"] == address}) == 1, "other bytes under the same Message-ID"
    for id_, address in adverts.items():
        assert times[address] <= 1, "an advertisement went twice"
        assert states[id_] in ("sent", "unknown")
        if times[address] == 0:
            assert states[id_] == "unknown", "an advertisement is lost"
    sent = outbox.world.rows(
        "select data->>'message_id', count(*) from events_event where kind = 'message.sent' group by 1"
    )
    assert all(n == 1 for _, n in sent) and len(sent) == sum(s == "sent" for s in states.values())
    return {
        "doubled": sum(times[a] - 1 for a in service.values()),
        "unknown": sum(s == "unknown" for s in states.values()),
    }


@pytest.mark.timed
@pytest.mark.parametrize(("point", "passed"), CASES if WHOLE else SHORT)
def test_killed_at(point: str, passed: int, outbox: Outbox, database: str, witness: Witness, tmp_path: Path) -> None:
    service, adverts = queue_both(outbox)
    mark = tmp_path / "mark"
    with sender(database, witness, f"{point}:kill:{passed}", mark) as process:
        assert process.wait(30) == -signal.SIGKILL
    assert point in mark.read_text()
    began = time.monotonic()
    with sender(database, witness):
        until(lambda: at_rest(outbox), 40)
    seen = judge(outbox, witness, service, adverts)
    assert time.monotonic() - began < 15, "taken back at once, not by the lease"
    assert seen["doubled"] + seen["unknown"] <= UNRECORDED
    if point not in MAY_DOUBLE and passed == 0:
        assert seen == {"doubled": 0, "unknown": 0}


def test_killed_at_random_again_and_again(outbox: Outbox, database: str, witness: Witness) -> None:
    service, adverts = queue_both(outbox, 150)

    def under_way(before: int) -> bool:
        return len(witness.accepted()) > before or at_rest(outbox)

    seed = int(os.environ.get("REGULARS_SEED", "7"))
    for turn in range(5):
        with sender(database, witness) as process:
            until(partial(under_way, len(witness.accepted())), 30)
            time.sleep(((seed * 31 + turn * 17) % 40) / 1000)
            process.kill()
            process.wait(10)
    with sender(database, witness):
        until(lambda: at_rest(outbox), 40)
    seen = judge(outbox, witness, service, adverts)
    print(f"seed {seed}: {seen}")
    assert seen["doubled"] + seen["unknown"] <= 5 * UNRECORDED


def test_a_frozen_sender_is_replaced_and_its_late_waking_sends_nothing_twice(
    outbox: Outbox, database: str, witness: Witness, tmp_path: Path
) -> None:
    service, adverts = queue_both(outbox, 4)
    mark = tmp_path / "mark"
    with sender(database, witness, "outbox.before_data:hang:2", mark) as frozen:
        until(lambda: mark.exists() and "before_data" in mark.read_text(), 30)
        frozen.send_signal(signal.SIGSTOP)
        with outbox.world.writing() as cur:  # its lease runs out, without our waiting for it
            cur.execute(
                "update base_process set lease_until = machine_now() - interval '1 second' where role = 'sender'"
            )
        with sender(database, witness):
            # Where it was frozen inside a transaction, the server ends that one first.
            until(lambda: at_rest(outbox), 30)
            frozen.send_signal(signal.SIGCONT)
            time.sleep(1.5)
    judge(outbox, witness, service, adverts)
