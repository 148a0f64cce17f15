"""The writes of the outbox from outside its own loop: messages are queued, cancelled, and judged by a person.

What happens to a message at the gate and on the wire is sender.py's and recorder.py's. It must not know enrolments:
whoever ends one cancels its messages here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from regulars.base import audit, db
from regulars.base.actor import SYSTEM, Actor
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, lock_mailboxes, record
from regulars.outbox.queries import HELD_BY_STAFF
from regulars.promises import actions as promises
from regulars.rules import gate

__all__ = [
    "MessageError",
    "NewMessage",
    "bounced",
    "cancel_for_enrolments",
    "cancel_messages",
    "hold_channel",
    "late_rule",
    "queue_messages",
    "queue_trial",
    "release_channel",
    "release_held",
    "release_many",
    "resolve_many",
    "resolve_unknown",
]

Unknown = Literal["was_sent", "send_again", "leave"]


class MessageError(ValueError):
    """The message is not in the state that this needs; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to one person.

    `content`: {"template": key, "version": n or None} or {"inline": {"subject": {…}, "text": {…}}, "style": …}, with
    "question_id", "drop_at" (after it the letter is pointless) and "vars" as needed. `late`: as `late_rule` makes it,
    None for the purpose's default. `meant_at`: the due time that lateness counts from; `send_after`: not before it
    (default: `meant_at`). `id`: from `db.ids`, when the promise that it makes must know it before. `scheme`, its
    `priority` and `terms`: {"budget": {"messages", "cost", "currency", "every"}, "ahead": [{"scheme", "at"}]}, what it may
    spend, who goes first and is due soon.
    """

    person_id: int
    purpose: Literal["service", "advertising"]
    by: tuple[str, ...]
    content: dict[str, Any]
    meant_at: datetime
    send_after: datetime | None = None
    order_id: int | None = None
    enrolment_id: int | None = None
    version_id: int | None = None
    step: str | None = None
    visit: int | None = None
    attempt: int | None = None
    part: str | None = None
    late: dict[str, Any] | None = None
    held_out: bool = False
    id: int | None = None
    scheme: str | None = None
    priority: int = gate.DEFAULT_PRIORITY
    terms: dict[str, Any] | None = None


def late_rule(action: str, after: timedelta | None) -> dict[str, Any]:
    """The JSON of a lateness rule: 'drop', 'wait' (a person decides) or 'send', after so long."""
    return {"action": action, "after_seconds": None if after is None else after.total_seconds()}


_QUEUE = """
insert into outbox_message (id, shop_id, person_id, order_id, enrolment_id, version_id, step, visit, attempt, part,
  purpose, by, content, late, held_out, meant_at, send_after, scheme, priority, terms)
select i, %s, pe, o, e, ve, s, vi, a, pa, pu, string_to_array(b, ','), c::jsonb, l::jsonb, h, m, sa, sc, pr, te::jsonb
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::int[],
  %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::timestamptz[], %s::timestamptz[],
  %s::text[], %s::smallint[], %s::text[])
  as n(i, pe, o, e, ve, s, vi, a, pa, pu, b, c, l, h, m, sa, sc, pr, te)
"""


def queue_messages(cur: Cursor, shop_id: int, messages: Sequence[NewMessage], _now: datetime) -> list[int]:
    """Put messages on their way; their ids, in the order given. Whoever calls guards that each is queued once."""
    if not messages:
        return []
    fresh = iter(db.ids(cur, sum(m.id is None for m in messages)))
    ids = [m.id if m.id is not None else next(fresh) for m in messages]
    cur.execute(
        _QUEUE,
        (
            shop_id,
            ids,
            [m.person_id for m in messages],
            [m.order_id for m in messages],
            [m.enrolment_id for m in messages],
            [m.version_id for m in messages],
            [m.step for m in messages],
            [m.visit for m in messages],
            [m.attempt for m in messages],
            [m.part for m in messages],
            [m.purpose for m in messages],
            [",".join(m.by) for m in messages],
            [db.dumps(m.content) for m in messages],
            [None if m.late is None else db.dumps(m.late) for m in messages],
            [m.held_out for m in messages],
            [m.meant_at for m in messages],
            [m.send_after or m.meant_at for m in messages],
            [m.scheme for m in messages],
            [m.priority for m in messages],
            [None if m.terms is None else db.dumps(m.terms) for m in messages],
        ),
    )
    return ids


_TRIAL = {
    "subject": {"en": "A test letter from {{ shop.name }}", "ru": "Пробное письмо: {{ shop.name }}"},
    "text": {
        "en": "This is a test letter: somebody pressed the button in Settings, Channels.\n\n"
        "If you can read it, letters of your shop reach people.",
        "ru": "Это пробное письмо: его отправили кнопкой в «Настройки → Каналы».\n\n"
        "Раз вы его читаете, письма магазина доходят.",
    },
}


def queue_trial(cur: Cursor, shop_id: int, person_id: int, actor: Actor, now: datetime) -> int:
    """A test letter that takes the way of every letter: gate, queue, mail server; its id."""
    message = NewMessage(
        person_id=person_id, purpose="service", by=("email",), content={"inline": _TRIAL}, meant_at=now, part="trial"
    )
    (message_id,) = queue_messages(cur, shop_id, [message], now)
    audit.write(cur, shop_id, actor, "channel.tried", "message", message_id, channel="email")
    return message_id


_HELD_FOR = timedelta(days=3650)


def hold_channel(cur: Cursor, shop_id: int, kind: str, actor: Actor, now: datetime) -> None:
    """Nothing goes by this channel until `release_channel`; what is due meanwhile waits, and may become too late."""
    cur.execute(
        "insert into outbox_channel (shop_id, kind, paused_until, trouble, failures, since) values (%s, %s, %s, %s, 0, %s)"
        " on conflict (shop_id, kind) do update set paused_until = excluded.paused_until, trouble = excluded.trouble,"
        " failures = 0, since = excluded.since",
        (shop_id, kind, now + _HELD_FOR, HELD_BY_STAFF, now),
    )
    audit.write(cur, shop_id, actor, "channel.held", "shop", shop_id, channel=kind)


def release_channel(cur: Cursor, shop_id: int, kind: str, actor: Actor, now: datetime) -> int:
    """The channel goes on at once, whatever held it; how many messages waited for that."""
    cur.execute(
        "update outbox_channel set paused_until = null, trouble = null, failures = 0, since = null"
        " where shop_id = %s and kind = %s",
        (shop_id, kind),
    )
    cur.execute(
        "update outbox_message set send_after = %s, reason = null where shop_id = %s and state = 'queued'"
        " and reason = 'channel_paused' and send_after > %s",
        (now, shop_id, now),
    )
    waited = cur.rowcount
    audit.write(cur, shop_id, actor, "channel.released", "shop", shop_id, channel=kind, messages=waited)
    return waited


def cancel_for_enrolments(cur: Cursor, shop_id: int, enrolment_ids: Sequence[int], reason: str, now: datetime) -> int:
    """Cancel what these enrolments have in the queue; what is being handed over goes. Returns how many.

    The caller holds the persons' mailboxes.
    """
    rows = cur.execute(
        "update outbox_message set state = 'cancelled', reason = %s, closed_at = %s where shop_id = %s"
        " and enrolment_id = any(%s) and state = 'queued' returning id, person_id, order_id, step",
        (reason, now, shop_id, list(enrolment_ids)),
    ).fetchall()
    if not rows:
        return 0
    events = [
        NewEvent(
            "message.cancelled",
            now,
            True,
            person,
            order,
            {"message_id": str(i), "step": step, "reason": reason},
            str(SYSTEM),
        )
        for i, person, order, step in sorted(rows)
    ]
    record(cur, shop_id, events, now)
    promises.void(cur, shop_id, SYSTEM, now, message_ids=[r[0] for r in rows])
    return len(rows)


def cancel_messages(cur: Cursor, shop_id: int, message_ids: Sequence[int], reason: str, now: datetime) -> int:
    """Cancel these where nobody has taken them in hand; how many. The caller holds the persons' mailboxes."""
    return cur.execute(
        "update outbox_message set state = 'cancelled', reason = %s, closed_at = %s where shop_id = %s and id = any(%s)"
        " and state = 'queued'",
        (reason, now, shop_id, list(message_ids)),
    ).rowcount


def bounced(cur: Cursor, shop_id: int, message_id: int, code: str, now: datetime) -> None:
    """A letter that a server took came back. Records message.bounced; the caller holds the person's mailbox."""
    row = cur.execute(
        "update outbox_message set state = 'failed', reason = 'bounced', closed_at = %s where shop_id = %s and id = %s"
        " and state = 'sent' returning person_id, order_id, step, channel, purpose",
        (now, shop_id, message_id),
    ).fetchone()
    if row is None:
        return
    person_id, order_id, step, channel, purpose = row
    data = {"message_id": str(message_id), "step": step, "channel": channel, "purpose": purpose, "code": code}
    event = NewEvent("message.bounced", now, True, person_id, order_id, data, f"message:{message_id}")
    record(cur, shop_id, [event], now)


# Persons first, ids ascending, then their messages: the order of all locks.
_MINE = "select person_id from outbox_message where shop_id = %s and id = any(%s) and state = %s"
_LOCKED = (
    "select id, person_id, order_id, purpose, step, channel from outbox_message where shop_id = %s and id = any(%s)"
    " and state = %s and (%s::text is null or reason = %s) order by id for update"
)


def _hold(
    cur: Cursor, shop_id: int, message_ids: Sequence[int], state: str, reason: str | None
) -> list[tuple[Any, ...]]:
    """Lock the persons, then those of the messages that are still in this state."""
    ids = list(message_ids)
    persons = {r[0] for r in cur.execute(_MINE, (shop_id, ids, state)).fetchall()}
    if not persons:
        return []
    lock_mailboxes(cur, sorted(persons))
    return cur.execute(_LOCKED, (shop_id, ids, state, reason, reason)).fetchall()


def resolve_many(
    cur: Cursor, shop_id: int, message_ids: Sequence[int], verdict: Unknown, actor: Actor, now: datetime
) -> int:
    """A person decides on messages of unknown fate: they were sent, go once more (the stored bytes), or stay.

    Returns how many; those whose fate is not unknown any more, or that aren't this shop's, are left out.
    """
    held = _hold(cur, shop_id, message_ids, "unknown", None)
    if not held:
        return 0
    ids = [r[0] for r in held]
    if verdict == "was_sent":
        cur.execute(
            "update outbox_message set state = 'sent', sent_at = coalesce(sent_at, %s), closed_at = %s, reason = null"
            " where id = any(%s)",
            (now, now, ids),
        )
        events = [
            NewEvent(
                "message.sent",
                now,
                True,
                person,
                order,
                {"message_id": str(id_), "step": step, "channel": channel, "purpose": purpose},
                str(actor),
            )
            for id_, person, order, purpose, step, channel in held
        ]
        record(cur, shop_id, events, now)
        promises.told(cur, ids, now)
    elif verdict == "send_again":
        cur.execute(
            "update outbox_message set state = 'queued', phase = 1, send_after = %s, meant_at = greatest(meant_at, %s),"
            " reason = null, closed_at = null where id = any(%s)",
            (now, now, ids),
        )
    else:
        cur.execute(
            "update outbox_message set state = 'failed', reason = 'unknown_left', closed_at = %s where id = any(%s)",
            (now, ids),
        )
        promises.void(cur, shop_id, actor, now, message_ids=ids)
    _audit(cur, shop_id, actor, "message.resolved", ids, verdict=verdict)
    return len(ids)


def release_many(cur: Cursor, shop_id: int, message_ids: Sequence[int], send: bool, actor: Actor, now: datetime) -> int:
    """A person decides on messages that were late and wait for his word: they go after all, or are dropped.

    Returns how many; those that wait for nobody, or aren't this shop's, are left out.
    """
    held = _hold(cur, shop_id, message_ids, "queued", "late_held")
    if not held:
        return 0
    ids = [r[0] for r in held]
    if send:
        cur.execute(
            "update outbox_message set late = coalesce(late, '{}') || '{\"approved\": true}', send_after = %s,"
            " reason = null where id = any(%s)",
            (now, ids),
        )
    else:
        cur.execute(
            "update outbox_message set state = 'refused', reason = 'late', closed_at = %s where id = any(%s)",
            (now, ids),
        )
        events = [
            NewEvent(
                "message.refused",
                now,
                True,
                person,
                order,
                {"message_id": str(id_), "step": step, "reason": "late"},
                str(actor),
            )
            for id_, person, order, _purpose, step, _channel in held
        ]
        record(cur, shop_id, events, now)
        promises.void(cur, shop_id, actor, now, message_ids=ids)
    _audit(cur, shop_id, actor, "message.released", ids, send=send)
    return len(ids)


def _audit(cur: Cursor, shop_id: int, actor: Actor, action: str, ids: Sequence[int], **detail: Any) -> None:
    """One row a deed: with the message when it was one, with all their ids when they were many."""
    one = ids[0] if len(ids) == 1 else None
    many = {} if one is not None else {"messages": [str(i) for i in ids]}
    audit.write(cur, shop_id, actor, action, "message", one, **detail, **many)


def resolve_unknown(cur: Cursor, shop_id: int, message_id: int, verdict: Unknown, actor: Actor, now: datetime) -> None:
    """`resolve_many` of one.

    Raises MessageError when its fate is not unknown any more.
    """
    if not resolve_many(cur, shop_id, [message_id], verdict, actor, now):
        raise MessageError("the message's fate is not unknown: there is nothing to judge")


def release_held(cur: Cursor, shop_id: int, message_id: int, send: bool, actor: Actor, now: datetime) -> None:
    """`release_many` of one.

    Raises MessageError when it waits for nobody.
    """
    if not release_many(cur, shop_id, [message_id], send, actor, now):
        raise MessageError("the message does not wait for anybody's word")
