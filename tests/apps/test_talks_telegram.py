"""Telegram: the emulator of its Bot API end to end, and a stub for refusals that it doesn't know."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.secrets import SecretBox, split_keys
from regulars.intake import polling
from regulars.outbox.sender import Sender, Setup
from regulars.talks import threads_accounts as accounts
from regulars.worker.presence import Presence
from tests.apps.intake_world import take_in
from tests.apps.outbox_world import KEYS, until
from tests.apps.talks_world import Talks
from tests.apps.world import World
from tests.sinks.telegram import TOKEN, Emulator, Stub, emulator, stub


@pytest.fixture(scope="module")
def telegram() -> Iterator[Emulator]:
    with emulator() as made:
        yield made


class Bot:
    """The shop's bot, polled, and a sender that speaks by it."""

    def __init__(self, world: World, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self.base, self.talks = world, base, Talks(world)
        monkeypatch.setattr(settings, "REGULARS_TELEGRAM_API", base)
        secret = SecretBox(split_keys(settings.SECRET_KEY)).encrypt(TOKEN).decode()
        with world.writing() as cur:
            accounts.connect(
                cur, world.shop_id, "telegram", self.talks.feed("telegram"), {"username": "shop_bot"}, secret, SYSTEM
            )

    def poll(self) -> int:
        with self.world.writing() as cur:
            accounts.check_now(cur, self.world.shop_id, "telegram")
        found = polling.read_bot(self.world.raw)
        take_in(self.world)
        return found

    @contextmanager
    def sending(self) -> Iterator[None]:
        sender, stop = Sender(Setup(None, "http://shop.example", KEYS, self.base)), threading.Event()
        thread = threading.Thread(target=sender.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()

    def answered(self, chat: int, text: str) -> int:
        """Somebody writes, and is answered: the outbox's number."""
        self.talks.chats(chat, "Hello")
        id_ = self.talks.answers(self.talks.tasks()[-1][0], text)
        assert id_ is not None
        self.talks.settle()
        return id_


def test_a_question_comes_by_polling_and_its_answer_goes_back(
    world: World, telegram: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(world, telegram.base, monkeypatch)
    telegram.says(5512345678, "Когда привезёте?")
    assert bot.poll() == 1
    assert bot.poll() == 0
    assert bot.talks.said() == [(True, "Когда привезёте?")]
    assert world.rows("select name, language from people_person") == [("Anna", "ru")]
    id_ = bot.talks.answers(bot.talks.tasks()[0][0], "Сегодня до шести.")
    bot.talks.settle()
    with bot.sending():
        until(lambda: bot.talks.outbox.state(id_)[0] == "sent", 30)
    (seen,) = telegram.sees(5512345678)
    assert (seen["chat_id"], seen["text"]) == ("5512345678", "Сегодня до шести.")


def test_a_letter_goes_as_text_with_its_buttons_and_a_long_one_in_parts(
    world: World, telegram: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(world, telegram.base, monkeypatch)
    bot.talks.chats(42, "Hello")
    person = bot.talks.tasks()[0][2]
    words = {
        "subject": {"en": "Order"},
        "text": {"en": "Hello.\n\nNothing else of this."},
        "button": {"en": "Open", "to": "page.url"},
    }
    short = bot.talks.outbox.queue(
        person, by=("telegram",), content={"inline": words, "vars": {"page": {"url": "https://shop.example/o/1"}}}
    )
    long = bot.answered(43, "\n\n".join(f"Paragraph {n}. " + "word " * 150 for n in range(12)))
    with bot.sending():
        until(lambda: all(bot.talks.outbox.state(i)[0] == "sent" for i in (short, long)), 30)
    (seen,) = telegram.sees(42)
    assert seen["text"] == "Hello."
    assert seen["reply_markup"] == {"inline_keyboard": [[{"text": "Open", "url": "https://shop.example/o/1"}]]}
    parts = [m["text"] for m in telegram.sees(43)]
    assert len(parts) > 1
    assert all(len(part) <= 4096 for part in parts)
    assert all(part.startswith("Paragraph") for part in parts)


@pytest.fixture
def refusing() -> Iterator[Stub]:
    with stub() as made:
        yield made


def no(code: int, description: str, **parameters: Any) -> Any:
    body = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return lambda _method, _params: (code, body)


def test_who_has_blocked_the_bot_gets_nothing_more_and_a_letter_goes_the_next_way(
    world: World, refusing: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(world, refusing.base, monkeypatch)
    refusing.answer = no(403, "Forbidden: bot was blocked by the user")
    id_ = bot.answered(42, "Hi")
    with bot.sending():
        until(lambda: bot.talks.outbox.state(id_)[0] == "failed", 30)
        person = bot.talks.tasks()[0][2]
        with world.writing() as cur:
            cur.execute(
                "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'email', 'a@example.test')",
                (world.shop_id, person),
            )
        letter = bot.talks.outbox.queue(person, by=("telegram", "email"))
        until(lambda: bot.talks.outbox.state(letter)[0] == "sent", 30)
    assert world.rows("select kind, value, reason from people_suppression") == [("telegram", "42", "bounce")]
    assert bot.talks.outbox.detail(letter).row.channel == "email"


def test_too_fast_is_sent_again_no_sooner_than_asked(
    world: World, refusing: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(world, refusing.base, monkeypatch)
    refusing.answer = no(429, "Too Many Requests: retry after 300", retry_after=300)
    id_ = bot.answered(42, "Hi")
    with bot.sending():
        until(lambda: bot.talks.outbox.state(id_) == ("queued", "try_later"), 30)
        assert (
            world.one("select send_after from outbox_message where id = %s", id_) - world.now
        ).total_seconds() >= 300
        assert len(refusing.sent()) == 1
    refusing.answer = Stub("").answer
    world.later(minutes=10)
    with bot.sending():
        until(lambda: bot.talks.outbox.state(id_)[0] == "sent", 30)


def test_a_refused_token_stops_the_channel_and_loses_nothing(
    world: World, refusing: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(world, refusing.base, monkeypatch)
    refusing.answer = no(401, "Unauthorized")
    id_ = bot.answered(42, "Hi")
    with bot.sending():
        until(
            lambda: world.rows("select trouble from outbox_channel where kind = 'telegram'") == [("auth_refused",)], 30
        )
    assert bot.talks.outbox.state(id_)[0] == "queued"
    assert bot.poll() == 0
    assert world.rows("select trouble from talks_account") == [("login_refused",)]


def test_silence_is_an_unknown_fate_and_a_service_message_is_repeated_later(
    world: World, refusing: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(world, refusing.base, monkeypatch)
    refusing.answer = lambda _method, _params: (0, {})
    id_ = bot.answered(42, "Hi")
    with bot.sending():
        until(lambda: bot.talks.outbox.state(id_) == ("queued", "unknown_repeat"), 30)
    assert (world.one("select send_after from outbox_message where id = %s", id_) - world.now).total_seconds() >= 600


def test_updates_are_asked_for_behind_the_last_one_taken(
    world: World, refusing: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(world, refusing.base, monkeypatch)
    update = {
        "update_id": 700,
        "message": {
            "message_id": 1,
            "from": {"id": 9},
            "chat": {"id": 9, "type": "private"},
            "date": 1772436900,
            "text": "Hi",
        },
    }
    refusing.answer = lambda _method, _params: (200, {"ok": True, "result": [update]})
    assert bot.poll() == 1
    assert bot.poll() == 0  # the same again is not taken again
    assert [params["offset"] for method, params in refusing.calls if method == "getUpdates"] == [0, 701]
    assert len(bot.talks.said()) == 1


def test_what_a_lost_database_left_is_read_again_soon(
    world: World, refusing: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    Bot(world, refusing.base, monkeypatch)
    raw = db.loop_connection("reader")
    reader = Presence("engine").holder(world.raw)
    updates = [{"update_id": 700, "message": {"message_id": 1, "chat": {"id": 9}}}]

    def answer(_method: str, _params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if not raw.closed:
            with contextlib.closing(db.loop_connection("own")) as own:
                own.execute("select pg_terminate_backend(%s)", (raw.info.backend_pid,))
        return 200, {"ok": True, "result": updates}

    refusing.answer = answer
    with pytest.raises(psycopg.OperationalError):
        polling.read_bot(raw, reader)
    raw.close()
    assert polling.read_bot(world.raw, reader) == 0, "not at once"
    with world.writing() as cur:
        cur.execute("update talks_account set lease_until = lease_until - interval '15 seconds'")
    other = Presence("engine").holder(world.raw)
    assert polling.read_bot(world.raw, other) == 0, "no other, for who reads may live"
    assert polling.read_bot(world.raw, reader) == 1


def test_another_s_webhook_is_told_to_the_owner(world: World, refusing: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = Bot(world, refusing.base, monkeypatch)
    refusing.answer = no(409, "Conflict: can't use getUpdates method while webhook is active")
    assert bot.poll() == 0
    assert world.rows("select trouble from talks_account") == [("webhook_is_set",)]
