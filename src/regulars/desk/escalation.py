"""The watch over limits: operators hear of a fresh task, those above of a limit that nears and of one that is past. Writes.

A loop calls `escalate_once`; each task's next moment is its due row (`escalate_at`). A pause and
moved limits only move the moment. It locks tasks alone, those that nobody
holds, so it waits for nobody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.rules.escalation import FRESH, NEW, Look, look
from regulars.shop import queries as shops
from regulars.staff import notices, presence, telling
from regulars.staff.notices import NewNotice

__all__ = ["escalate_once", "first_stage", "next_escalation", "state"]

BUNDLED = 3
"""More than so many of a kind at once are told as one."""
MERGED = timedelta(minutes=2)
"""Fresh tasks that somebody has not seen for so long are counted with those that come."""

_DUE = """
select id, shop_id, team, state, claimed_by, not_before, target_at, due_at, escalated from desk_task
where state in ('open', 'claimed') and escalate_at <= %s
order by escalate_at limit %s for update skip locked
"""
_MOVE = """
update desk_task t set escalate_at = a, escalated = s
from unnest(%s::bigint[], %s::timestamptz[], %s::int[]) as x(i, a, s) where t.id = x.i
"""


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    shop_id: int
    team: str
    state: str
    claimed_by: str | None
    not_before: datetime
    target_at: datetime | None
    due_at: datetime | None
    escalated: int


def first_stage(why_next: str) -> int:
    """Where a new task begins: of a fresh one its team is told, of another try or a call-back it is not."""
    return FRESH if why_next == "fresh" else 0


def escalate_once(raw: "psycopg.Connection[Any]", limit: int = 500) -> int:
    """Look at the tasks whose moment has come; how many."""
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        found = [_Row(*r) for r in cur.execute(_DUE, (now, limit)).fetchall()]
        if not found:
            return 0
        by_shop: dict[int, list[_Row]] = {}
        for row in found:
            by_shop.setdefault(row.shop_id, []).append(row)
        moved: list[tuple[int, datetime | None, int]] = []
        for shop_id, rows in by_shop.items():
            looks = _look(cur, shop_id, rows, now)
            moved += [(row.id, seen.at, seen.stage) for row, seen in looks]
            _tell(cur, shop_id, looks, now)
        cur.execute(_MOVE, db.columns(moved, 3))
        hit("desk.escalate_before_commit")
    return len(found)


def _look(cur: Cursor, shop_id: int, rows: Sequence[_Row], now: datetime) -> list[tuple[_Row, Look]]:
    shop, hours = shops.settings_of(cur, shop_id), shops.worktimes(cur, shop_id)
    return [
        (
            row,
            look(
                row.escalated, row.not_before, row.target_at, row.due_at, hours.get(row.team, hours.get(shops.SHOP_TEAM)),
                now, share=shop.escalate_share / 100, every=shop.late_every,
            ),
        )
        for row in rows
    ]  # fmt: skip


def _tell(cur: Cursor, shop_id: int, looks: Sequence[tuple[_Row, Look]], now: datetime) -> None:
    fresh: dict[str, list[_Row]] = {}
    for row, seen in looks:
        if seen.kind == NEW and row.state == "open":
            fresh.setdefault(row.team, []).append(row)
    for account, mine in _by_account(cur, shop_id, fresh, now).items():
        _tell_fresh(cur, shop_id, account, mine, now)
    leads = presence.leads(cur, shop_id) if any(s.kind not in (None, NEW) for _, s in looks) else []
    above: dict[tuple[int, str], list[tuple[_Row, Look]]] = {}
    for row, seen in looks:
        if seen.kind is not None and seen.kind != NEW:
            for account in {*leads, *_holder(row)}:
                above.setdefault((account, seen.kind), []).append((row, seen))
    notices.tell(cur, shop_id, [n for (a, kind), mine in sorted(above.items()) for n in _above(a, kind, mine)], now)


def _by_account(cur: Cursor, shop_id: int, fresh: dict[str, list[_Row]], now: datetime) -> dict[int, list[_Row]]:
    out: dict[int, list[_Row]] = {}
    for team, rows in sorted(fresh.items()):
        here = presence.available(cur, shop_id, team, now) or presence.leads(cur, shop_id)
        for account in sorted({*here, *telling.listeners(cur, shop_id, team, NEW)}):
            out.setdefault(account, []).extend(rows)
    return out


def _holder(row: _Row) -> Iterable[int]:
    actor = Actor.read(row.claimed_by) if row.state == "claimed" and row.claimed_by else None
    return [actor.id] if actor is not None and actor.kind == "staff" and actor.id is not None else []


def _tell_fresh(cur: Cursor, shop_id: int, account: int, rows: Sequence[_Row], now: datetime) -> None:
    """One notice of all that came up now, with those that he has not seen yet."""
    before = cur.execute(
        "update staff_notice set seen_at = %s where account_id = %s and shop_id = %s and kind = 'task_fresh'"
        " and seen_at is null and told_at > %s returning coalesce((params ->> 'count')::int, 1)",
        (now, account, shop_id, now - MERGED),
    ).fetchall()
    count = len(rows) + sum(r[0] for r in before)
    newest = max(row.id for row in rows)
    params: dict[str, Any] = {"count": count} if count > 1 else {}
    subject = f"task:{newest}" if count == 1 else ""
    notices.tell(cur, shop_id, [NewNotice(account, NEW, f"fresh:{newest}", subject, params=params)], now)


def _above(account: int, kind: str, mine: Sequence[tuple[_Row, Look]]) -> list[NewNotice]:
    if len(mine) > BUNDLED:
        key = f"{kind}:many:{min(r.id for r, _ in mine)}:{max(s.stage for _, s in mine)}:{len(mine)}"
        return [NewNotice(account, kind, key, "", params={"count": len(mine)})]
    return [
        NewNotice(account, kind, f"{kind}:{row.id}:{row.due_at:%Y%m%dT%H%M%S}:{seen.stage}", f"task:{row.id}")
        for row, seen in mine
        if row.due_at is not None
    ]


def next_escalation(cur: Cursor) -> datetime | None:
    """Business time at which the next task is to be looked at."""
    return state(cur, clock.now_from(cur))[1]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a task's moment has come and it was not looked at, and when the next one's comes: for a playground's clock."""
    row = cur.execute(
        "select exists (select 1 from desk_task where state in ('open', 'claimed') and escalate_at <= %s),"
        " (select min(escalate_at) from desk_task where state in ('open', 'claimed') and escalate_at > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
