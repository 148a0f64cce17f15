"""Messages of buyers as the feeds would have kept them, taken in by the real normaliser; and answers from the desk."""

import json
from email.message import EmailMessage
from typing import Any

from regulars import feeds
from regulars.base import db
from regulars.base.actor import SYSTEM, Actor
from regulars.desk import answering
from regulars.desk.settle import settle_once
from regulars.intake import actions as intake
from regulars.intake.group_commit import NewDelivery, insert
from regulars.outbox.claim import Way
from regulars.shop.queries import settings_of
from regulars.staff import actions as staff
from tests.apps.intake_world import take_in
from tests.apps.outbox_world import KEYS, Outbox
from tests.apps.world import World

feeds.register_all()
LETTERBOX = Way(True, frozenset({"email", "sms", "telegram"}), "http://shop.example", KEYS)


def mail(sender: str, text: str, subject: str = "Question", **headers: str) -> bytes:
    """A mail as bytes."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "shop@example.test"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Mar 2026 11:59:00 +0000"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if "Message_ID" not in headers:
        message["Message-ID"] = f"<{abs(hash((sender, text, subject)))}@example.test>"
    message.set_content(text)
    return message.as_bytes()


class Talks:
    """What tests do with buyers' messages. `operator` is an account of the shop."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shop_id = world.shop_id
        self.outbox = Outbox(world)
        self.feeds: dict[str, int] = {}
        with world.writing() as cur:
            account = staff.create_account(cur, self.shop_id, "talker@staff.test", "Olga", "operator", SYSTEM)
        self.operator = Actor("staff", account)

    def feed(self, kind: str) -> int:
        """The feed of a kind, opened when it is first needed."""
        if kind not in self.feeds:
            with self.world.writing() as cur:
                intake.open_feed(cur, self.shop_id, kind, SYSTEM, source=kind, secrets=["s"])
            self.feeds[kind] = int(self.world.one("select max(id) from intake_feed"))
        return self.feeds[kind]

    def comes(self, kind: str, body: bytes, headers: dict[str, str] | None = None) -> dict[str, Any]:
        """A delivery comes by a feed and is taken in: its result."""
        row = NewDelivery(
            self.shop_id, kind, "vendor", body, f"feed:{self.feed(kind)}", feed_id=self.feed(kind), live=True,
            headers=db.dumps(headers or {}),
        )  # fmt: skip
        with self.world.writing() as cur:
            (id_,) = insert(cur, [row])
        take_in(self.world)
        return dict(self.world.one("select result from intake_delivery where id = %s", id_))

    def writes(self, sender: str, text: str, subject: str = "Question", **headers: str) -> dict[str, Any]:
        """Somebody writes a mail."""
        return self.comes("imap", mail(sender, text, subject, **headers))

    def chats(self, chat: int, text: str, number: int | None = None, **fields: Any) -> dict[str, Any]:
        """Somebody writes to the bot."""
        n = number or next(self.world.numbers)
        message = {
            "message_id": n,
            "from": {"id": chat, "is_bot": False, "first_name": "Anna", "language_code": "ru"},
            "chat": {"id": chat, "type": "private"},
            "date": int(self.world.now.timestamp()),
            "text": text,
            **fields,
        }
        return self.comes("telegram", json.dumps({"update_id": n, "message": message}).encode())

    def tasks(self) -> list[tuple[Any, ...]]:
        """Tasks about messages: id, state, person, order, thread."""
        return self.world.rows(
            "select id, state, person_id, order_id, thread_id from desk_task where kind = 'message' order by id"
        )

    def said(self) -> list[tuple[bool, str]]:
        """All that was said, in its order."""
        return self.world.rows("select inward, text from talks_message order by id")

    def answers(self, task_id: int, text: str) -> int | None:
        """The operator answers; the outbox's number."""
        with self.world.writing() as cur:
            shop = settings_of(cur, self.shop_id)
            return answering.answer(cur, shop, task_id, text, self.operator, self.world.now).outbox_id

    def settle(self) -> None:
        """A minute goes by."""
        self.world.later(seconds=60)
        settle_once(self.world.raw)

    def send(self) -> None:
        """What is due goes to the letterbox."""
        self.outbox.gate(LETTERBOX)

    def raw(self, outbox_id: int) -> bytes:
        """The bytes that were sent."""
        found = self.outbox.detail(outbox_id).raw
        assert found is not None
        return found

    def bot(self, username: str = "shop_bot") -> None:
        """The shop has a bot."""
        from regulars.talks import threads_accounts as accounts

        with self.world.writing() as cur:
            accounts.connect(
                cur, self.shop_id, "telegram", self.feed("telegram"), {"username": username}, "x", SYSTEM, polled=False
            )
