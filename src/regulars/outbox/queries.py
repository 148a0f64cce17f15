"""Reads of the outbox for screens and the API: messages, their bytes and attempts, what waits for a word, channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.outbox.stored import unpack

__all__ = [
    "HELD",
    "HELD_BY_STAFF",
    "KEPT_HERE",
    "MOST_COUNTED",
    "Attempt",
    "ChannelNews",
    "ChannelState",
    "Filters",
    "MessageDetail",
    "MessagePage",
    "MessageRow",
    "channel_news",
    "channels",
    "counts",
    "letterbox",
    "message",
    "messages",
    "page",
    "template_keys",
    "waiting_for_word",
    "waiting_for_word_count",
]

HELD = "held"
"""A state of the lists alone: in the queue, late, and waiting for a person's word."""
MOST_COUNTED = 1000
SCANNED = 5000
"""So many messages are looked through for one page; whoever wants more goes on from there."""

HELD_BY_STAFF = "held_by_staff"
"""The trouble of a channel that a person holds."""
KEPT_HERE = "letterbox"
"""The reply of an attempt that went no further than the letterbox."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message in a list. `why`: {"checks": [[name, result, code], …], "params": {…}} of its last time at the gate.

    `subject`: as it left; `written`: as its scheme writes it, by language, where the words are the scheme's own."""

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
    written: dict[str, str] | None = None


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
    version_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which messages: `state` as in the table, HELD, or '' for all; `since`: sent, closed or due from then on.

    `subject`: a part of it. Persons, an order or an enrolment find their messages whatever their number.
    """

    state: str = ""
    person_ids: Sequence[int] = ()
    order_id: int | None = None
    channel: str = ""
    purpose: str = ""
    template: str = ""
    subject: str = ""
    since: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether an index leads to them, so that nothing need be looked through."""
        return bool(self.person_ids) or self.order_id is not None

    @property
    def is_loose(self) -> bool:
        """Whether they are picked out of many by what no index knows."""
        return bool(self.channel or self.purpose or self.template or self.subject) and not self.is_narrow


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages with the mark behind which the next page begins, None at the end.

    `is_cut`: SCANNED were looked through, and there are more.
    """

    rows: Sequence[MessageRow]
    following: tuple[datetime | None, int] | None
    is_cut: bool


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
    " m.state, m.reason, m.why, m.meant_at, m.send_after, m.sent_at, m.closed_at, m.tries, b.subject, m.visit, m.attempt, m.part,"
    " m.content #> '{inline,subject}'"
)
_WIDTH = 22
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
        f"select {_COLUMNS}, m.address, m.content, b.raw, b.deflated, m.version_id {_FROM} where m.shop_id = %s and m.id = %s",
        (shop_id, message_id),
    ).fetchone()
    if row is None:
        return None
    attempts = cur.execute(
        "select channel, outcome, code, reply, at from outbox_delivery where message_id = %s order by id", (message_id,)
    ).fetchall()
    address, content, raw, deflated, version_id = row[_WIDTH:]
    return MessageDetail(
        MessageRow(*row[:_WIDTH]),
        address,
        content,
        None if raw is None else unpack(raw, deflated),
        [Attempt(*a) for a in attempts],
        version_id,
    )


def letterbox(cur: Cursor, shop_id: int, *, before: int | None = None, limit: int = 50) -> list[MessageRow]:
    """What was sent, by whatever channel, newest first: the page that shows it where no mail server is set."""
    return messages(cur, shop_id, states=("sent",), before=before, limit=limit)


# By which moment a state is listed, and which way; the others go by their id, which is the time when they were queued.
_ORDERS = {"sent": "sent_at", "refused": "closed_at", "failed": "closed_at", "cancelled": "closed_at"}


def page(
    cur: Cursor,
    shop_id: int,
    filters: Filters,
    *,
    after: tuple[datetime | None, int] | None = None,
    newer_than: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> MessagePage:
    """A page of the letterbox, newest first (what waits: the next to go first); `after`: the mark of the page before."""
    if filters.state == "queued" and not filters.is_narrow:
        return _queued_page(cur, shop_id, filters, after, limit)
    column = "id" if filters.is_narrow else _ORDERS.get(filters.state, "id")
    where, values = _which(shop_id, filters, "id" if column == "id" else f"m.{column}")
    order = "m.id desc" if column == "id" else f"m.{column} desc, m.id desc"
    if len(filters.person_ids) > 1:
        # Of several persons: theirs, sorted. By the id alone the planner walks through everybody's.
        order = "m.id + 0 desc"
    key = "(m.id)" if column == "id" else f"(m.{column}, m.id)"
    marks = "(%s)" if column == "id" else "(%s, %s)"
    for mark, sign in ((after, "<"), (newer_than, ">")):
        if mark is not None:
            where.append(f"{key} {sign} {marks}")
            values += [mark[1]] if column == "id" or mark[0] is None else list(mark)
    bound = None
    if filters.is_loose:
        bound = cur.execute(
            f"select m.{column}, m.id from outbox_message m where {' and '.join(where)} order by {order}"  # noqa: S608
            " offset %s limit 1",
            (*values, SCANNED - 1),
        ).fetchone()
        if bound is not None:
            where.append(f"{key} >= {marks}")
            values += [bound[1]] if column == "id" else list(bound)
        _pick(filters, where, values)
    rows = cur.execute(
        f"select {_COLUMNS} {_FROM} where {' and '.join(where)} order by {order} limit %s", (*values, limit + 1)
    ).fetchall()
    found = [MessageRow(*r) for r in rows[:limit]]
    moment = None if column == "id" else column
    if len(rows) > limit:
        last = found[-1]
        return MessagePage(found, (getattr(last, moment) if moment else None, last.id), False)
    if bound is not None:
        return MessagePage(found, (bound[0] if moment else None, bound[1]), True)
    return MessagePage(found, None, False)


def _which(shop_id: int, filters: Filters, moment: str) -> tuple[list[str], list[Any]]:
    """The conditions that an index knows."""
    where: list[str] = ["m.shop_id = %s"]
    values: list[Any] = [shop_id]
    if filters.person_ids:
        where.append("m.person_id = any(%s)")
        values.append(list(filters.person_ids))
    if filters.order_id is not None:
        where.append("m.order_id = %s")
        values.append(filters.order_id)
    if filters.state == HELD:
        where.append("m.state = 'queued' and m.reason = 'late_held'")
    elif filters.state == "queued":
        where.append("m.state = 'queued'")
    elif filters.state:
        # the words of the state stand in the statement, so that the planner sees which partial index serves
        where.append(f"m.state = '{_known(filters.state)}'")
    if filters.since is not None:
        where.append("coalesce(m.sent_at, m.closed_at, m.send_after) >= %s" if moment == "id" else f"{moment} >= %s")
        values.append(filters.since)
    if filters.is_narrow:
        _pick(filters, where, values)
    return where, values


def _known(state: str) -> str:
    if state not in ("queued", "sending", "sent", "refused", "failed", "unknown", "cancelled"):
        raise ValueError(f"there is no state {state!r}")
    return state


def _pick(filters: Filters, where: list[str], values: list[Any]) -> None:
    """The conditions that no index knows."""
    for sql, value in (
        ("m.channel = %s", filters.channel),
        ("m.purpose = %s", filters.purpose),
        ("m.content->>'template' = %s", filters.template),
        ("position(lower(%s) in lower(b.subject)) > 0", filters.subject),
    ):
        if value:
            where.append(sql)
            values.append(value)


def _queued_page(
    cur: Cursor, shop_id: int, filters: Filters, after: tuple[datetime | None, int] | None, limit: int
) -> MessagePage:
    """What waits, the next to go first: the queue's index knows that order for each purpose."""
    where, values = _which(shop_id, filters, "m.send_after")
    if after is not None and after[0] is not None:
        where.append("(m.send_after, m.id) > (%s, %s)")
        values += list(after)
    picked: list[str] = ["true"]
    picks: list[Any] = []
    _pick(filters, picked, picks)
    purposes = [filters.purpose] if filters.purpose else ["service", "advertising"]
    rows = cur.execute(
        f"select {_COLUMNS} from unnest(%s::text[]) as p(purpose) cross join lateral ("  # noqa: S608
        f"select m.* from outbox_message m where m.purpose = p.purpose and {' and '.join(where)}"
        " order by m.send_after, m.id limit %s) m left join outbox_body b on b.id = m.id"
        f" where {' and '.join(picked)} order by m.send_after, m.id limit %s",
        (purposes, *values, SCANNED if filters.is_loose else limit + 1, *picks, limit + 1),
    ).fetchall()
    found = [MessageRow(*r) for r in rows[:limit]]
    following = (found[-1].send_after, found[-1].id) if len(rows) > limit else None
    return MessagePage(found, following, False)


def counts(cur: Cursor, shop_id: int, since: datetime) -> dict[str, int]:
    """How many were sent `since`, and how many stand in each state that asks for a look; up to MOST_COUNTED."""
    row = cur.execute(
        "select (select count(*) from (select 1 from outbox_message where shop_id = %(shop)s and state = 'sent'"
        " and sent_at >= %(since)s limit %(most)s) a),"
        " (select count(*) from (select 1 from outbox_message where shop_id = %(shop)s and state = 'queued'"
        " limit %(most)s) b),"
        " (select count(*) from (select 1 from outbox_message where shop_id = %(shop)s and state = 'queued'"
        " and reason = 'late_held' limit %(most)s) c),"
        " (select count(*) from (select 1 from outbox_message where shop_id = %(shop)s and state = 'unknown'"
        " limit %(most)s) d),"
        " (select count(*) from (select 1 from outbox_message where shop_id = %(shop)s and state = 'failed'"
        " limit %(most)s) e)",
        {"shop": shop_id, "since": since, "most": MOST_COUNTED},
    ).fetchone()
    return dict(zip(("sent", "queued", HELD, "unknown", "failed"), row or (0,) * 5, strict=True))


def template_keys(cur: Cursor, shop_id: int) -> list[str]:
    """Keys of the letters that the shop has written itself."""
    rows = cur.execute("select distinct key from outbox_template where shop_id = %s order by key", (shop_id,))
    return [r[0] for r in rows]


def waiting_for_word_count(cur: Cursor, shop_id: int) -> int:
    """On how many messages a person must decide, up to MOST_COUNTED."""
    row = cur.execute(
        "select (select count(*) from (select 1 from outbox_message where shop_id = %(shop)s and state = 'unknown'"
        " limit %(most)s) a) + (select count(*) from (select 1 from outbox_message where shop_id = %(shop)s"
        " and state = 'queued' and reason = 'late_held' limit %(most)s) b)",
        {"shop": shop_id, "most": MOST_COUNTED},
    ).fetchone()
    return int(row[0]) if row else 0


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


@dataclass(frozen=True, slots=True)
class ChannelNews:
    """What a channel has to do and did last: messages due and not gone yet; the newest attempt, None for none."""

    waiting: int
    last: Attempt | None


def channel_news(cur: Cursor, shop_id: int, kind: str, now: datetime) -> ChannelNews:
    """What waits for this channel now, held ones too, and its newest attempt."""
    row = cur.execute(
        "select count(*) from outbox_message where shop_id = %s and state = 'queued' and by[1] = %s"
        " and (send_after <= %s or reason = 'channel_paused')",
        (shop_id, kind, now),
    ).fetchone()
    last = cur.execute(
        "select channel, outcome, code, reply, at from outbox_delivery where shop_id = %s and channel = %s"
        " order by id desc limit 1",
        (shop_id, kind),
    ).fetchone()
    return ChannelNews(0 if row is None else row[0], None if last is None else Attempt(*last))
