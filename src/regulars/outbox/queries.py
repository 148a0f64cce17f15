"""Reads of the outbox for screens and the API: messages, their bytes and attempts, what waits for a word, channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.outbox.stored import unpack

__all__ = [
    "KEPT_HERE",
    "Attempt",
    "ChannelState",
    "MessageDetail",
    "MessageRow",
    "channels",
    "letterbox",
    "message",
    "messages",
    "waiting_for_word",
]

KEPT_HERE = "letterbox"
"""The reply of an attempt that went no further than the letterbox."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message in a list. `why`: {"checks": [[name, result, code], …], "params": {…}} of its last time at the gate."""

    id: int
    person_id: int
    order_id: int | None
    enrolment_id: int | None
    step: str | None
    purpose: str
    by: Sequence[str]
    channel: str | None
    template: str | None
    state: str
    reason: str | None
    why: dict[str, Any]
    meant_at: datetime
    send_after: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    tries: int
    subject: str | None
    visit: int | None = None
    attempt: int | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a message; `reply` is the server's text and may name the address."""

    channel: str
    outcome: str
    code: str | None
    reply: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageDetail:
    """One message with what was sent. `raw` None: not written yet, or emptied after the shop's term."""

    row: MessageRow
    address: str | None
    content: dict[str, Any]
    raw: bytes | None
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel in trouble: since when, why, and until when it stands still."""

    kind: str
    trouble: str | None
    failures: int
    since: datetime | None
    paused_until: datetime | None


_COLUMNS = (
    "m.id, m.person_id, m.order_id, m.enrolment_id, m.step, m.purpose, m.by, m.channel, m.content->>'template',"
    " m.state, m.reason, m.why, m.meant_at, m.send_after, m.sent_at, m.closed_at, m.tries, b.subject, m.visit, m.attempt, m.part"
)
_WIDTH = 21
_FROM = "from outbox_message m left join outbox_body b on b.id = m.id"


def messages(
    cur: Cursor,
    shop_id: int,
    *,
    person_ids: Sequence[int] = (),
    order_id: int | None = None,
    enrolment_id: int | None = None,
    states: Sequence[str] = (),
    ids: Sequence[int] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[MessageRow]:
    """Messages of the shop, newest first; `ids`: only these; `before`: the last id of the page before."""
    # Only the filters asked for stand in the statement, so that each finds its own index.
    where: dict[str, Any] = {"m.shop_id = %s": shop_id}
    if person_ids:
        where["m.person_id = any(%s)"] = list(person_ids)
    if order_id is not None:
        where["m.order_id = %s"] = order_id
    if enrolment_id is not None:
        where["m.enrolment_id = %s"] = enrolment_id
    if states:
        where["m.state = any(%s)"] = list(states)
    if ids is not None:
        where["m.id = any(%s)"] = list(ids)
    if before is not None:
        where["m.id < %s"] = before
    rows = cur.execute(
        f"select {_COLUMNS} {_FROM} where {' and '.join(where)} order by m.id desc limit %s",
        [*where.values(), limit],
    )
    return [MessageRow(*r) for r in rows]


def message(cur: Cursor, shop_id: int, message_id: int) -> MessageDetail | None:
    """One message of this shop, with its bytes and attempts."""
    row = cur.execute(
        f"select {_COLUMNS}, m.address, m.content, b.raw, b.deflated {_FROM} where m.shop_id = %s and m.id = %s",
        (shop_id, message_id),
    ).fetchone()
    if row is None:
        return None
    attempts = cur.execute(
        "select channel, outcome, code, reply, at from outbox_delivery where message_id = %s order by id", (message_id,)
    ).fetchall()
    address, content, raw, deflated = row[_WIDTH:]
    return MessageDetail(
        MessageRow(*row[:_WIDTH]),
        address,
        content,
        None if raw is None else unpack(raw, deflated),
        [Attempt(*a) for a in attempts],
    )


def letterbox(cur: Cursor, shop_id: int, *, before: int | None = None, limit: int = 50) -> list[MessageRow]:
    """What was sent, by whatever channel, newest first: the page that shows it where no mail server is set."""
    return messages(cur, shop_id, states=("sent",), before=before, limit=limit)


def waiting_for_word(cur: Cursor, shop_id: int, limit: int = 200) -> list[MessageRow]:
    """Messages on which a person must decide: of unknown fate, or late and held; the oldest first."""
    rows = cur.execute(
        f"(select {_COLUMNS} {_FROM} where m.shop_id = %(shop)s and m.state = 'unknown' order by m.id limit %(limit)s)"
        f" union all (select {_COLUMNS} {_FROM} where m.shop_id = %(shop)s and m.state = 'queued'"
        " and m.reason = 'late_held' order by m.id limit %(limit)s)",
        {"shop": shop_id, "limit": limit},
    )
    return [MessageRow(*r) for r in rows]


def channels(cur: Cursor, shop_id: int) -> list[ChannelState]:
    """The shop's channels that are, or lately were, in trouble."""
    rows = cur.execute(
        "select kind, trouble, failures, since, paused_until from outbox_channel where shop_id = %s order by kind",
        (shop_id,),
    )
    return [ChannelState(*r) for r in rows]
