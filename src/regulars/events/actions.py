"""The only door into the log: `record` writes events, queues them for their consumers and wakes the persons.

Whoever records must hold (or here takes) the mailbox row of each person, ids ascending, so that a person's events
are taken in the order in which they were recorded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor

__all__ = ["NewEvent", "lock_mailboxes", "open_mailboxes", "record", "subscribe"]


@dataclass(slots=True)
class NewEvent:
    """An event to be recorded. `data`: plain JSON without personal data; `cause`: e.g. 'delivery:123', 'staff:7'.

    `id`: one taken when it happened, if it is recorded later: its place in the log.
    """

    kind: str
    occurred_at: datetime
    live: bool
    person_id: int | None = None
    order_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    cause: str | None = None
    v: int = 1
    id: int | None = None


_LOCK = "select person_id from events_mailbox where person_id = any(%s) order by person_id for update"
_INSERT = """
insert into events_event (id, shop_id, kind, v, occurred_at, live, person_id, order_id, data, cause)
select i, %s, k, v, o, l, p, r, d::jsonb, c
from unnest(%s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::bool[], %s::bigint[], %s::bigint[],
            %s::text[], %s::text[]) as t(i, k, v, o, l, p, r, d, c)
"""
# The row is locked whatever it says: a consumer that holds it has read the queue already and is about to write
# a later due time, which must not win over ours.
_QUEUE = """
with wanted as (
  select s.consumer, s.by_mailbox, t.p, t.i
  from unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bool[]) as t(i, k, p, live)
  join events_subscription s on s.shop_id = %s and (s.kind = t.k or s.kind = '*')
  where t.live or not s.by_mailbox
), queued as (
  insert into events_pending (consumer, person_id, event_id)
  select distinct consumer, p, i from wanted on conflict do nothing
), woken as (
  select person_id from events_mailbox
  where person_id in (select p from wanted where by_mailbox) order by person_id for update
)
update events_mailbox m set due_at = %s from woken
where m.person_id = woken.person_id and (m.due_at is null or m.due_at > %s)
"""


def open_mailboxes(cur: Cursor, shop_id: int, person_ids: Sequence[int]) -> None:
    """Give new persons their mailbox row."""
    cur.execute(
        "insert into events_mailbox (person_id, shop_id) select p, %s from unnest(%s::bigint[]) p on conflict do nothing",
        (shop_id, list(person_ids)),
    )


def lock_mailboxes(cur: Cursor, person_ids: Iterable[int]) -> None:
    """Take the rows of these persons, ids ascending; waits for whoever holds one."""
    cur.execute(_LOCK, (sorted(set(person_ids)),))


def record(cur: Cursor, shop_id: int, events: Sequence[NewEvent], now: datetime) -> list[int]:
    """Write the events, in this order; returns their ids.

    An event with a person is queued for each consumer that subscribed to its kind: a live one wakes the person, of
    history hear only those who don't claim by mailbox.
    """
    if not events:
        return []
    fresh = iter(db.ids(cur, sum(e.id is None for e in events)))
    new = [next(fresh) if e.id is None else e.id for e in events]
    cur.execute(
        _INSERT,
        (
            shop_id,
            new,
            [e.kind for e in events],
            [e.v for e in events],
            [e.occurred_at for e in events],
            [e.live for e in events],
            [e.person_id for e in events],
            [e.order_id for e in events],
            [db.dumps(e.data) for e in events],
            [e.cause for e in events],
        ),
    )
    told = [(i, e.kind, e.person_id, e.live) for i, e in zip(new, events, strict=True) if e.person_id is not None]
    if told:
        cur.execute(_QUEUE, (*db.columns(told, 4), shop_id, now, now))
    return new


def subscribe(cur: Cursor, shop_id: int, consumer: str, kinds: Iterable[str], *, by_mailbox: bool = True) -> None:
    """Set the kinds that a consumer wants from a shop; kinds it no longer names are dropped.

    `by_mailbox`: it claims persons whose mailbox is due, and takes what is live. False: it looks into its queue itself,
    wakes nobody, and is given history too.
    """
    wanted = sorted(set(kinds))
    cur.execute(
        "delete from events_subscription where shop_id = %s and consumer = %s and kind <> all(%s)",
        (shop_id, consumer, wanted),
    )
    cur.execute(
        "insert into events_subscription (shop_id, kind, consumer, by_mailbox) select %s, k, %s, %s from unnest(%s::text[]) k"
        " on conflict do nothing",
        (shop_id, consumer, by_mailbox, wanted),
    )
