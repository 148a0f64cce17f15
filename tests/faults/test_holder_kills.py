"""What a dead process held is taken over as soon as it is known to be dead; a living slow one keeps it for its lease.

For notices to the staff and for accounts that are read, with real senders and engines.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.process import LEASE_SECONDS, RENEW_SECONDS
from regulars.base.secrets import SecretBox, split_keys
from regulars.desk.telling import Carrier
from regulars.intake import polling
from regulars.outbox.channels.email.server import parse_email_url
from regulars.talks import threads_accounts as accounts
from regulars.worker.presence import Presence
from tests.apps.outbox_world import until
from tests.apps.talks_world import Talks
from tests.apps.test_staff_told import Staff
from tests.apps.world import World
from tests.sinks.smtp_sink import sink_thread
from tests.sinks.telegram import TOKEN, stub

ENDS = ["dies here", "dies elsewhere", "outlasts its lease"]
LOOK_SECONDS = 3.0
"""For a look of ours to come and to be done, on a machine that is busy."""


@contextlib.contextmanager
def hanging(role: str, point: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `regulars` role that stands still at a failpoint while the rest of it lives."""
    own = {
        "DATABASE_URL": settings.REGULARS_DSN, "REGULARS_SECRET_KEY": settings.SECRET_KEY,
        "REGULARS_FAILPOINTS": "on", "REGULARS_FAILPOINT": f"{point}:hang",
    }  # fmt: skip
    command = [sys.executable, "-c", "from regulars.cli.main import main; main()", role]
    process = subprocess.Popen(command, env={**os.environ, **own, **environment})
    try:
        yield process
    finally:
        process.kill()
        process.wait(15)


def _is_left_alone(world: World, role: str, held: str) -> bool:
    """Watch, while others ask for it, until its process has renewed its lease: whether it still has what it held."""
    lease = f"select max(lease_until) from base_process where role = '{role}'"
    before, began = world.rows(held), world.one(lease)
    assert before
    until(lambda: world.one(lease) > began, 30)
    return bool(world.rows(held) == before)


def _ends(world: World, process: subprocess.Popen[bytes], end: str, table: str) -> float:
    """It dies, or its lease on the row runs out while it lives; seconds after which others must have it."""
    if end == "outlasts its lease":
        with world.writing() as cur:
            cur.execute(f"update {table} set lease_until = machine_now() - interval '1 second'")
        return LOOK_SECONDS
    if end == "dies elsewhere":
        with world.writing() as cur:
            cur.execute("update base_process set host = 'elsewhere' where pid = %s", (process.pid,))
    process.kill()
    process.wait(15)
    return LOOK_SECONDS + (RENEW_SECONDS if end == "dies here" else LEASE_SECONDS)


@pytest.mark.parametrize("end", ENDS)
def test_a_notice_goes_on_when_its_teller_is_dead_and_not_before(database: str, end: str, tmp_path: Path) -> None:
    with contextlib.closing(db.loop_connection("test")) as raw, sink_thread(keep=tmp_path / "kept") as sink:
        world = World(raw)
        shop = Staff(world)
        shop.wants(shop.lead)
        shop.tell(shop.lead)
        url = f"smtp://127.0.0.1:{sink.smtp_port}?timeout=5"
        carrier, presence = Carrier(parse_email_url(url), "https://shop.example", [b"k" * 40]), Presence("telling")

        def turn() -> int:
            presence.turn(raw)
            return carrier.turn(raw, presence.holder(raw))

        with hanging("sender", "telling.claimed", EMAIL_URL=url) as sender:
            until(lambda: shop.states() == [("sending", "")], 60)
            assert turn() == 0
            assert _is_left_alone(world, "telling", "select claim, process_id, lease_until from staff_telling")
            assert turn() == 0
            took = _ends(world, sender, end, "staff_telling")
            began = time.monotonic()
            until(lambda: turn() == 1, took)
            assert shop.states() == [("sent", "")]
            assert len(sink.book.messages("lead@staff.test")) == 1
            assert time.monotonic() - began <= took


@pytest.mark.parametrize("end", ENDS)
def test_an_account_is_read_on_when_its_reader_is_dead_and_not_before(
    database: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(db.loop_connection("test")) as raw, stub() as telegram:
        world = World(raw)
        monkeypatch.setattr(settings, "REGULARS_TELEGRAM_API", telegram.base)
        update = {"update_id": 700, "message": {"message_id": 1, "chat": {"id": 9}, "text": "Hi"}}
        telegram.answer = lambda _method, _params: (200, {"ok": True, "result": [update]})
        secret = SecretBox(split_keys(settings.SECRET_KEY)).encrypt(TOKEN).decode()
        feed = Talks(world).feed("telegram")
        with world.writing() as cur:
            accounts.connect(cur, world.shop_id, "telegram", feed, {"username": "shop_bot"}, secret, SYSTEM)
        presence = Presence("engine")

        def turn() -> int:
            presence.turn(raw)
            return polling.read_bot(raw, presence.holder(raw))

        held = "select lease, process_id, lease_until from talks_account where lease is not null"
        with hanging("engine", "polling.fetched", REGULARS_TELEGRAM_API=telegram.base) as engine:
            until(lambda: world.rows(held), 60)
            assert turn() == 0
            assert _is_left_alone(world, "engine", held)
            assert turn() == 0
            took = _ends(world, engine, end, "talks_account")
            began = time.monotonic()
            until(lambda: turn() == 1, took)
            assert time.monotonic() - began <= took
            assert world.one("select count(*) from intake_delivery where source = 'telegram'") == 1
