"""What the playground's people look at before they act: open tasks, unanswered questions, orders on their way. Reads only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import db
from regulars.base.db import Cursor

__all__ = [
    "Letter",
    "OpenTask",
    "OrderState",
    "Question",
    "beginning",
    "has_scheme",
    "last_placed",
    "letters",
    "open_orders",
    "open_tasks",
    "questions",
    "staff_of",
]


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that nobody has taken. `number`: the shop's own number of its order."""

    id: int
    number: str
    step: str
    visit: int
    attempt: int
    kind: str
    team: str
    why_next: str
    opened_at: datetime
    not_before: datetime
    due_at: datetime | None
    outcomes: tuple[str, ...]
    call_at_needed: tuple[str, ...]
    said: str | None
    """What the buyer wrote last, where the task is to answer him."""


@dataclass(frozen=True, slots=True)
class CallBack:
    """A call in vain that nobody has called back yet. `number`: of whoever rang."""

    id: int
    number: str | None
    attempt: int
    opened_at: datetime
    not_before: datetime
    due_at: datetime
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastShift:
    """The last shift of somebody; it runs while it has no end."""

    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a buyer that waits for its answer."""

    id: int
    number: str
    asked_at: datetime
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """An advertisement that has gone. `number`: of the order after which it was written."""

    number: str
    step: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order that is not delivered yet. `outcome`: how its last finished call ended, and when."""

    number: str
    status: str
    payment: str | None
    method: str
    version_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    outcome: str | None
    called_at: datetime | None
    has_written: bool


_TASKS = """
select t.id, o.external_id, t.step, t.visit, t.attempt, t.kind, t.team, t.why_next, t.opened_at, t.not_before, t.due_at,
  t.outcomes, t.call_at_needed, (
    select m.text from talks_message m where m.thread_id = t.thread_id and m.inward order by m.id desc limit 1)
from desk_task t join orders_order o on o.id = t.order_id
where t.shop_id = %s and t.state = 'open' and t.call_id is null and o.source = 'api'
"""
_CALL_BACKS = """
select t.id, c.number, t.attempt, t.opened_at, t.not_before, t.due_at, t.outcomes
from desk_task t join talks_call c on c.id = t.call_id
where t.shop_id = %s and t.state = 'open' and t.kind = 'call' and t.due_at is not null
"""
_SHIFTS = """
select distinct on (account_id) account_id, started_at, ended_at from staff_shift where shop_id = %s
order by account_id, started_at desc, id desc
"""
_QUESTIONS = """
select q.id, o.external_id, q.asked_at, q.answers from feedback_question q join orders_order o on o.id = q.order_id
where q.shop_id = %s and q.answered_at is null and q.asked_at > %s and o.source = 'api'
"""
_LETTERS = """
select o.external_id, m.step, m.sent_at from outbox_message m join orders_order o on o.id = m.order_id
where m.shop_id = %s and m.purpose = 'advertising' and m.state = 'sent' and m.sent_at > %s and m.sent_at <= %s
order by m.id
"""
_ORDERS = """
select o.external_id, o.status, o.payment_status, coalesce(o.payment_method, ''), o.version_at, o.paid_at, o.shipped_at,
  t.outcome, t.finished_at, exists (
    select 1 from talks_message m where m.shop_id = o.shop_id and m.inward
    and m.key in (o.external_id, '<' || o.external_id || '@writers.test>'))
from orders_order o left join lateral (
  select outcome, finished_at from desk_task where order_id = o.id and state = 'finished' and step in ('confirm', 'pay-call')
  order by finished_at desc limit 1
) t on true
where o.shop_id = %s and o.live and o.source = 'api' and o.status in ('new', 'processing', 'ready', 'shipped')
"""


def open_tasks(cur: Cursor, shop_id: int) -> list[OpenTask]:
    """All that are open, also those whose time has not come."""
    rows = cur.execute(_TASKS, (shop_id,)).fetchall()
    return [OpenTask(*(*row[:-3], tuple(row[-3]), tuple(row[-2]), row[-1])) for row in rows]


def call_backs(cur: Cursor, shop_id: int) -> list[CallBack]:
    """All that wait, also those whose time has not come."""
    rows = cur.execute(_CALL_BACKS, (shop_id,)).fetchall()
    return [CallBack(*(*row[:-1], tuple(row[-1]))) for row in rows]


def last_shifts(cur: Cursor, shop_id: int) -> dict[int, LastShift]:
    """By account; whoever never came is absent."""
    return {account: LastShift(*row) for account, *row in cur.execute(_SHIFTS, (shop_id,))}


def questions(cur: Cursor, shop_id: int, since: datetime) -> list[Question]:
    """What was asked since then and is not answered."""
    rows = cur.execute(_QUESTIONS, (shop_id, since)).fetchall()
    return [Question(*(*row[:-1], tuple(row[-1]))) for row in rows]


def letters(raw: "psycopg.Connection[Any]", shop_id: int, after: datetime, until: datetime) -> list[Letter]:
    """The advertisements that went after one moment and up to another."""
    with db.open_cursor(raw) as cur:
        return [Letter(*row) for row in cur.execute(_LETTERS, (shop_id, after, until))]


def has_scheme(cur: Cursor, shop_id: int, name: str) -> bool:
    """Whether the shop has a scheme of this name."""
    return bool(
        cur.execute("select 1 from journeys_scheme where shop_id = %s and name = %s", (shop_id, name)).fetchone()
    )


def open_orders(cur: Cursor, shop_id: int) -> list[OrderState]:
    """Orders that are on their way."""
    return [OrderState(*row) for row in cur.execute(_ORDERS, (shop_id,))]


def staff_of(cur: Cursor, shop_id: int, emails: list[str]) -> list[int]:
    """The accounts with these addresses, in this order."""
    found: dict[str, int] = dict(
        cur.execute(
            "select a.email, a.id from staff_account a join staff_membership m on m.account_id = a.id"
            " where m.shop_id = %s and a.email = any(%s)",
            (shop_id, emails),
        ).fetchall()
    )
    return [found[email] for email in emails]


def last_placed(raw: "psycopg.Connection[Any]", shop_id: int) -> datetime | None:
    """When the newest of the orders was placed that came live, or None before the first."""
    with db.open_cursor(raw) as cur:
        row = cur.execute(
            "select max(placed_at) from orders_order where shop_id = %s and live and source = 'api'", (shop_id,)
        ).fetchone()
    return row[0] if row else None


def beginning(cur: Cursor, slug: str) -> tuple[int, dict[str, str]] | None:
    """The playground's shop, and what it keeps of its beginning."""
    row = cur.execute("select id, settings->'playground' from shop_shop where slug = %s", (slug,)).fetchone()
    return None if row is None or row[1] is None else (row[0], row[1])
