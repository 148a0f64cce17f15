"""The writes of message threads: what came, what we answer, who waits. Files go to the blobs.

The caller holds the person's mailbox. Must not know orders, tasks or the outbox: their numbers are given.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base import db
from regulars.base.actor import Actor
from regulars.base.blobs import PostgresBlobs
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record
from regulars.talks.threads_incoming import InboundMessage

__all__ = ["Origin", "Received", "greeted", "receive", "set_waiting", "take_back", "write"]

_blobs = PostgresBlobs()


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of a message beside its words: whose it is, what it is about, how it came, who will answer.

    `letter_id`: the message of ours that it says to answer.
    """

    person_id: int
    order_id: int | None
    letter_id: int | None
    delivery_id: int
    team: str
    cause: str


@dataclass(frozen=True, slots=True)
class Received:
    """`message_id` None: it was there already."""

    thread_id: int
    message_id: int | None


_THREAD = """
insert into talks_thread as t (shop_id, person_id, channel, address, order_id, subject, team, opened_at, last_at)
values (%(shop)s, %(person)s, %(channel)s, %(address)s, %(order)s, %(subject)s, %(team)s, %(now)s, %(now)s)
on conflict (shop_id, channel, address) do update set order_id = coalesce(excluded.order_id, t.order_id)
returning id
"""
_MESSAGE = """
insert into talks_message (shop_id, thread_id, inward, at, text, whole, subject, key, refs, auto, order_id, letter_id, files,
  delivery_id)
values (%(shop)s, %(thread)s, true, %(at)s, %(text)s, %(whole)s, %(subject)s, %(key)s, %(refs)s::jsonb, %(auto)s, %(order)s,
  %(letter)s, %(files)s::jsonb, %(delivery)s)
on conflict (thread_id, inward, key) do nothing returning id
"""
_MOVED = """
update talks_thread set last_at = %(now)s, subject = coalesce(nullif(%(subject)s, ''), subject),
  team = case when waits_since is null and %(waits)s then %(team)s else team end,
  waits_since = case when %(waits)s then coalesce(waits_since, %(now)s) else waits_since end
where id = %(thread)s
"""


def receive(cur: Cursor, shop_id: int, said: InboundMessage, origin: Origin, now: datetime) -> Received:
    """Keep what somebody has written; the same again changes nothing. Records message.received unless a machine wrote it."""
    values = {
        "shop": shop_id,
        "person": origin.person_id,
        "channel": said.channel,
        "address": said.address,
        "order": origin.order_id,
        "subject": said.subject,
        "team": origin.team,
        "now": now,
    }
    row = cur.execute(_THREAD, values).fetchone()
    assert row is not None
    thread_id: int = row[0]
    kept = cur.execute(
        _MESSAGE,
        {
            **values,
            "thread": thread_id,
            "at": min(said.at or now, now),
            "text": said.text,
            "whole": said.whole,
            "key": said.key,
            "refs": db.dumps({"id": said.message_id, "answers": list(said.answers)}),
            "auto": said.auto,
            "letter": origin.letter_id,
            "files": db.dumps(_keep_files(cur, shop_id, said)),
            "delivery": origin.delivery_id,
        },
    ).fetchone()
    if kept is None:
        return Received(thread_id, None)
    cur.execute(_MOVED, {**values, "thread": thread_id, "waits": not said.auto})
    if not said.auto:
        data = {"thread_id": str(thread_id), "message_id": str(kept[0]), "channel": said.channel}
        event = NewEvent("message.received", now, True, origin.person_id, origin.order_id, data, origin.cause)
        record(cur, shop_id, [event], now)
    return Received(thread_id, kept[0])


def _keep_files(cur: Cursor, shop_id: int, said: InboundMessage) -> list[dict[str, Any]]:
    found = []
    for file in said.files:
        one: dict[str, Any] = {"name": file.name, "type": file.type, "size": file.size}
        if file.body is not None and not file.refused:
            one["digest"] = _blobs.put(cur, shop_id, file.body, file.type).hex()
        else:
            one["refused"] = file.refused or "too_big"
        found.append(one)
    return found


def write(
    cur: Cursor,
    shop_id: int,
    thread_id: int,
    text: str,
    outbox_id: int,
    actor: Actor,
    now: datetime,
    *,
    subject: str = "",
    order_id: int | None = None,
    task_id: int | None = None,
    auto: str = "",
) -> int:
    """Enter what we say in the thread; the outbox carries it under `outbox_id`. Its id here."""
    row = cur.execute(
        "insert into talks_message (shop_id, thread_id, inward, at, text, subject, key, auto, order_id, outbox_id, actor,"
        " task_id) values (%s, %s, false, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
        (shop_id, thread_id, now, text, subject, str(outbox_id), auto, order_id, outbox_id, str(actor), task_id),
    ).fetchone()
    assert row is not None
    cur.execute("update talks_thread set last_at = %s where shop_id = %s and id = %s", (now, shop_id, thread_id))
    return int(row[0])


def take_back(cur: Cursor, shop_id: int, task_id: int) -> list[int]:
    """What this task's answer said is unsaid; the numbers that the outbox knows it by."""
    rows = cur.execute(
        "delete from talks_message where shop_id = %s and task_id = %s and not inward returning outbox_id",
        (shop_id, task_id),
    )
    return [r[0] for r in rows.fetchall()]


def set_waiting(cur: Cursor, shop_id: int, thread_id: int, since: datetime | None) -> None:
    """Since when somebody waits for an answer here; None: nobody does."""
    cur.execute("update talks_thread set waits_since = %s where shop_id = %s and id = %s", (since, shop_id, thread_id))


def greeted(cur: Cursor, shop_id: int, thread_id: int, now: datetime) -> None:
    """A machine of ours has written first here."""
    cur.execute("update talks_thread set greeted_at = %s where shop_id = %s and id = %s", (now, shop_id, thread_id))
