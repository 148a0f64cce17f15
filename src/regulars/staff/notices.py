"""What the staff are told: rows that the screens show, and that go to each by the ways he has chosen. Writes.

Whoever has something to tell calls `tell`; how it is carried to a person is not his affair. A notice names its subject and
holds no personal data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.staff import telling

__all__ = ["KINDS", "LASTS", "NewNotice", "see", "see_all", "tell"]

KINDS = (
    "task_fresh",
    "task_soon",
    "task_late",
    "call_incoming",
    "call_missed",
    "message_received",
    "promise_at_risk",
    "change_unconfirmed",
    "will_be_late",
    "task_returned",
    "task_given",
    "called_in",
)
LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class NewNotice:
    """`key`: the same thing told again to the same person is told once. `subject`: 'task:123', 'call:45' and the like."""

    account_id: int
    kind: str
    key: str
    subject: str
    is_urgent: bool = False
    lasts: timedelta = LASTS
    params: Mapping[str, Any] = field(default_factory=dict)


def tell(cur: Cursor, shop_id: int, notices: Sequence[NewNotice], now: datetime) -> int:
    """Enter notices, and those that leave by mail or a service with them; how many notices were new."""
    if not notices:
        return 0
    new = cur.execute(
        "insert into staff_notice (shop_id, account_id, kind, key, subject, params, is_urgent, told_at, expires_at)"
        " select %s, a, k, ke, s, p::jsonb, u, %s, e"
        " from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::timestamptz[])"
        " as x(a, k, ke, s, p, u, e) on conflict (account_id, key) do nothing"
        " returning id, account_id, kind, expires_at",
        (
            shop_id,
            now,
            [n.account_id for n in notices],
            [n.kind for n in notices],
            [n.key for n in notices],
            [n.subject for n in notices],
            [db.dumps(dict(n.params)) for n in notices],
            [n.is_urgent for n in notices],
            [now + n.lasts for n in notices],
        ),
    ).fetchall()
    telling.plan(cur, shop_id, new, now)
    return len(new)


def see(cur: Cursor, shop_id: int, account_id: int, notice_id: int, now: datetime) -> bool:
    """Somebody has seen a notice of his; False when there is none to see."""
    cur.execute(
        "update staff_notice set seen_at = %s where shop_id = %s and account_id = %s and id = %s and seen_at is null",
        (now, shop_id, account_id, notice_id),
    )
    return bool(cur.rowcount)


def see_all(cur: Cursor, shop_id: int, account_id: int, now: datetime, kind: str | None = None) -> int:
    """Somebody has seen all of his, or all of one kind; how many."""
    return cur.execute(
        "update staff_notice set seen_at = %s where shop_id = %s and account_id = %s and seen_at is null"
        " and (%s::text is null or kind = %s)",
        (now, shop_id, account_id, kind, kind),
    ).rowcount
