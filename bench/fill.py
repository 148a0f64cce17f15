"""A shop that has worked for two years, made within minutes: one real order and all that it left, multiplied in SQL.

The order has come in by the API and was walked like any other, so every column holds what the product itself writes;
what is multiplied gets ids, moments and states of its own. A column that a later version adds is copied with the rest.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg

DAYS = 730
Raw = psycopg.Connection[Any]

_AT = "(%(since)s::timestamptz + i * %(step)s::interval)"
_BUYER = "(case when i %% 50 = 0 then 1 + (i / 50) %% 40 else 1 + (i::bigint * 7919) %% %(n)s end)"
"""Of order i. Forty buy all the time, as wholesalers do: a fiftieth of all orders is theirs."""
_LAST = "i > %(n)s - {0}"
"""Whether row i is among the last {0}."""


def _id(kind: int, moment: str = _AT) -> str:
    """An id as the product makes them (milliseconds in the high bits); `kind` keeps those of a moment apart."""
    return f"(id_at({moment}) | {kind})"


_PERSON, _ORDER, _TASK, _MESSAGE, _ENROLMENT, _QUESTION, _QUARANTINE = (_id(k << 8) for k in range(1, 8))
_OF_BUYER = _id(1 << 8, f"(%(since)s::timestamptz + {_BUYER} * %(step)s::interval)")
_FIRST = "(array['Анна','Марина','Ольга','Иван','Пётр','Сергей','Anna','James','Maria','Дарья'])[1 + i %% 10]"
_SECOND = (
    "(array['Соколова','Петров','Ким','Вознесенская','Carter','Beispiel','Орлова','Смирнов','Иванова','Белов',"
    "'Жукова','Зайцев','Miller','Novak','Лебедева','Кузнецов'])[1 + (i / 10) %% 16]"
)


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows of `table` made from those of the seed; `columns`: what differs, as SQL over i (1 to n) and s (the seed's row).

    `every`: a row for each so many orders; `where`: which of the seed's rows.
    """

    table: str
    columns: Mapping[str, str] = field(default_factory=dict)
    every: int = 1
    where: str = "true"


_BELONGS = {"person_id": _OF_BUYER, "order_id": _ORDER}
_IN_STEP = {**_BELONGS, "enrolment_id": _ENROLMENT}
_ROW = "s.seed_row"
_FIRST_LETTER = "{0} = (select min(id) from outbox_message)"
TABLES: Sequence[Copied] = (
    Copied(
        "people_person",
        {
            "id": _PERSON,
            "name": f"{_FIRST} || ' ' || {_SECOND} || case when i %% 97 = 0 then '-' || i else '' end",
            "first_name": _FIRST,
            "language": "case when i %% 10 in (6, 7, 8) then 'en' else 'ru' end",
            "time_zone": "(array['Europe/Moscow','Asia/Vladivostok','Asia/Yekaterinburg','Europe/London'])[1 + i %% 4]",
            "customer_since": f"case when i %% 5 > 0 then {_AT} end",
            "created_at": _AT,
        },
    ),
    Copied(
        "people_contact_point",
        {
            "id": f"{_PERSON} + {_ROW}",
            "person_id": _PERSON,
            "value": "case s.kind when 'email' then 'buyer' || i || '@buyers.test' else '+79' || lpad(i::text, 9, '0') end",
            "created_at": _AT,
        },
    ),
    Copied("people_identity", {"id": _PERSON, "person_id": _PERSON, "external_id": "'c-' || i"}),
    Copied(
        "people_consent", {"id": f"{_PERSON} + {_ROW}", "person_id": _PERSON, "at": _AT, "recorded_at": _AT}, every=2
    ),
    Copied(
        "orders_order",
        {
            "id": _ORDER,
            "external_id": "'A' || i",
            "number": "(100000 + i)::text",
            "person_id": _OF_BUYER,
            "placed_at": _AT,
            "version_at": _AT,
            "created_at": _AT,
            "total": "1000 * (1 + i %% 900)",
            "status": (
                "case when i > %(n)s - %(n)s / 100 then (array['new','processing','ready'])[1 + i %% 3]"
                " when i %% 20 = 0 then 'cancelled' when i %% 33 = 0 then 'returned' when i %% 50 = 1 then 'shipped'"
                " else 'delivered' end"
            ),
            "payment_status": (
                "case when i %% 5000 = 7 then 'part_refunded' when i %% 40 = 0 then 'failed' when i %% 9 = 0 then 'unpaid'"
                " else 'paid' end"
            ),
        },
    ),
    Copied(
        "orders_line", {"id": f"{_ORDER} + {_ROW}", "order_id": _ORDER, "sku": "'SKU-' || (i + s.position) %% 3000"}
    ),
    Copied("orders_version", {"id": f"{_ORDER} + {_ROW}", "order_id": _ORDER, "version_at": _AT, "recorded_at": _AT}),
    Copied(
        "desk_task",
        {
            "id": _TASK,
            **_IN_STEP,
            "state": (
                f"case when {_LAST.format('%(n)s / 200')} then case when i %% 50 = 0 then 'claimed' else 'open' end"
                " when i %% 60 = 0 then 'closed' else 'finished' end"
            ),
            "not_before": f"{_AT} + case when {_LAST.format('%(n)s / 200')} and i %% 3 = 0 then interval '9 days' else '0' end",
            "due_at": f"{_AT} + case when {_LAST.format('%(n)s / 200')} then interval '5 days' else '1 hour' end",
            "target_at": f"{_AT} + interval '15 minutes'",
            "opened_at": _AT,
            "created_at": _AT,
            "claimed_by": "case when i %% 60 = 0 then null else %(staff)s end",
            "claimed_at": _AT,
            "outcome": (
                f"case when {_LAST.format('%(n)s / 200')} or i %% 60 = 0 then null"
                " else (array['confirmed','no_answer','refused'])[1 + i %% 3] end"
            ),
            "note": "case when i %% 4 = 0 then 'will be at home after six' else '' end",
            "finished_by": "%(staff)s",
            "finished_at": f"case when not {_LAST.format('%(n)s / 200')} then {_AT} + interval '20 minutes' end",
        },
    ),
    Copied(
        "outbox_message",
        {
            "id": _MESSAGE,
            **_IN_STEP,
            "state": (
                f"case when {_LAST.format('%(n)s / 100')} then 'queued' when i %% 10000 = 3 then 'unknown'"
                " when i %% 33 = 0 then 'refused' when i %% 100 = 1 then 'failed' else 'sent' end"
            ),
            "reason": (
                f"case when {_LAST.format('%(n)s / 100')} then case when i %% 100 = 5 then 'late_held' end"
                " when i %% 10000 = 3 then 'unknown' when i %% 33 = 0 then 'suppressed' end"
            ),
            "meant_at": _AT,
            "send_after": f"{_AT} + case when {_LAST.format('%(n)s / 100')} then interval '60 days' else '0' end",
            "sent_at": f"case when not {_LAST.format('%(n)s / 100')} then {_AT} end",
            "closed_at": f"case when not {_LAST.format('%(n)s / 100')} then {_AT} end",
            "created_at": _AT,
        },
        where=_FIRST_LETTER.format("id"),
    ),
    Copied(
        "outbox_body",
        # What is older than the shop's term has been emptied.
        {"id": _MESSAGE, "raw": f"case when {_LAST.format('%(n)s / 10')} then s.raw end"},
        where=_FIRST_LETTER.format("id"),
    ),
    Copied(
        "outbox_delivery",
        {"id": _MESSAGE, "message_id": _MESSAGE, "at": _AT, "recorded_at": _AT},
        where=_FIRST_LETTER.format("message_id"),
    ),
    Copied(
        "promises_promise",
        {
            "id": f"{_ORDER} + {_ROW}",
            **_IN_STEP,
            "key": "'filled:' || i",
            "state": (
                f"case when {_LAST.format('%(n)s / 300')} then 'open' when i %% 25 = 0 then 'broken'"
                " when i %% 33 = 0 then 'void' else 'kept' end"
            ),
            "due_at": f"{_AT} + case when {_LAST.format('%(n)s / 300')} then interval '60 days' else '1 hour' end",
            "warn_at": f"{_AT} + case when {_LAST.format('%(n)s / 300')} then interval '59 days' else '45 minutes' end",
            "told_at": _AT,
            "closed_at": f"case when not {_LAST.format('%(n)s / 300')} then {_AT} + interval '20 minutes' end",
            "message_id": _MESSAGE,
            "task_id": _TASK,
            "created_at": _AT,
        },
    ),
    Copied(
        "journeys_enrolment",
        {
            "id": _ENROLMENT,
            **_BELONGS,
            "status": f"case when i %% 5000 = 11 then 3 when {_LAST.format('%(n)s / 20')} then 1 else 2 end",
            "step": (
                f"case when i %% 5000 = 11 then 'confirm' when {_LAST.format('%(n)s / 20')}"
                " then (array['confirm','pay-wait','enjoy','happy'])[1 + i %% 4] end"
            ),
            "problem": """case when i %% 5000 = 11 then '{"step": "confirm", "code": "days_unknown"}'::jsonb end""",
            "started_at": _AT,
            "entered_at": _AT,
            "due_at": f"case when {_LAST.format('%(n)s / 20')} then {_AT} + interval '60 days' end",
            "ended_at": f"case when not {_LAST.format('%(n)s / 20')} then {_AT} + interval '9 days' end",
            "end_reason": f"case when not {_LAST.format('%(n)s / 20')} then 'done' end",
            "created_at": _AT,
        },
    ),
    Copied(
        "journeys_decision",
        {
            "id": f"{_ENROLMENT} + {_ROW}",
            "enrolment_id": _ENROLMENT,
            "person_id": _OF_BUYER,
            "at": _AT,
            "recorded_at": _AT,
        },
    ),
    Copied(
        "events_event",
        {
            "id": f"{_ORDER} + {_ROW}",
            **_BELONGS,
            "occurred_at": _AT,
            "recorded_at": _AT,
            "data": (
                "case when s.data ? 'message_id' then jsonb_set(s.data, '{message_id}',"
                f" to_jsonb({_MESSAGE}::text)) else s.data end"
            ),
        },
        where="id in (select id from events_event where order_id is not null order by id limit 5)",
    ),
    Copied("events_mailbox", {"person_id": _PERSON, "due_at": "null"}),
    Copied(
        "feedback_question",
        {
            "id": _QUESTION,
            **_IN_STEP,
            "key": "'filled:' || i",
            "asked_at": _AT,
            "answer": "(array['yes','no',null])[1 + i %% 3]",
            "answered_at": f"case when i %% 3 < 2 then {_AT} end",
            "created_at": _AT,
        },
        every=10,
    ),
    Copied(
        "intake_quarantine",
        {
            "id": _QUARANTINE,
            "delivery_id": _QUARANTINE,
            "item_key": "'Q' || i",
            "state": f"case when {_LAST.format('%(n)s / 20')} then 'open' else 'dismissed' end",
            "at": _AT,
            "closed_at": f"case when not {_LAST.format('%(n)s / 20')} then {_AT} end",
            "created_at": _AT,
        },
        every=100,
    ),
    Copied(
        "intake_delivery",
        {
            "id": f"{_ORDER} + {_ROW}",
            "item_key": "'A' || i",
            "person_id": _OF_BUYER,
            "received_at": _AT,
            "taken_at": _AT,
        },
        every=5,
    ),
    Copied("base_audit", {"id": _ORDER, "object_id": _OF_BUYER, "at": _AT}, every=2, where="action = 'person.viewed'"),
)


def fill(raw: Raw, shop_id: int, rows: int, now: datetime, staff: str) -> None:
    """Multiply what is there to `rows` orders and as many people, up to an hour before `now`; says on stderr how long.

    `raw`: autocommit, as a superuser; `staff`: the actor who finished the tasks.
    """
    since = now - timedelta(days=DAYS, hours=1)
    values = {"n": rows, "since": since, "step": timedelta(days=DAYS) / rows, "staff": staff, "shop": shop_id}
    raw.execute("set session_replication_role = replica")  # no look-up of foreign keys: they are true by construction
    _months(raw, since)
    for copied in TABLES:
        raw.execute(
            f"create temp table seed_{copied.table} as select row_number() over () - 1 as seed_row, t.*"
            f" from {copied.table} t where {copied.where}".encode()
        )
    for copied in TABLES:
        began = time.monotonic()
        made = _copy(raw, copied, values)
        print(f"{copied.table}: {made:,} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    began = time.monotonic()
    raw.execute("vacuum (analyze, freeze)")
    print(f"vacuum: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _copy(raw: Raw, copied: Copied, values: Mapping[str, Any]) -> int:
    names = [
        row[0]
        for row in raw.execute(
            "select column_name from information_schema.columns where table_schema = 'public' and table_name = %s"
            " and is_generated = 'NEVER' order by ordinal_position",
            (copied.table,),
        )
    ]
    if unknown := set(copied.columns) - set(names):
        raise LookupError(f"{copied.table} has no {', '.join(sorted(unknown))}")
    chosen = ", ".join(copied.columns.get(name, f's."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    found = psycopg.ClientCursor(raw).execute(
        f"insert into {copied.table} ({listed}) select {chosen} from generate_series({copied.every}, %(n)s, {copied.every}) i"
        f" cross join seed_{copied.table} s".encode(),
        values,
    )
    if found.rowcount == 0:
        raise LookupError(f"the seed has no row in {copied.table}: the bench would measure an empty table")
    return found.rowcount


def _months(raw: Raw, since: datetime) -> None:
    """The month partitions that two years have left behind."""
    from regulars.base import db, partitions

    months = partitions.months_from(since, DAYS // 30)
    with db.transaction_on(raw) as cur:
        for table in partitions.PARTITIONED:
            for month in months:
                if cur.execute("select to_regclass(%s)", (f"{table}_{month}",)).fetchone() == (None,):
                    partitions.repair_default(cur, table, month)
