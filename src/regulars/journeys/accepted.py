"""Warnings that the owner keeps, each with the reason: still shown, but no longer as something to be done.

Owns that record. By the scheme's name, the step and the kind of warning, so that it holds for later versions.
"""

from dataclasses import dataclass
from datetime import datetime

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor

__all__ = ["Accepted", "accept", "accepted", "withdraw"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A warning that is kept: why, by whom, since when."""

    reason: str
    by: str
    at: datetime


def accepted(cur: Cursor, shop_id: int, name: str) -> dict[tuple[str, str], Accepted]:
    """All that is kept in a scheme, by step ('' for the head of the text) and code."""
    rows = cur.execute(
        "select step, code, reason, accepted_by, accepted_at from journeys_accepted where shop_id = %s and name = %s",
        (shop_id, name),
    )
    return {(step, code): Accepted(*rest) for step, code, *rest in rows}


def accept(
    cur: Cursor, shop_id: int, name: str, step: str, code: str, reason: str, actor: Actor, now: datetime
) -> None:
    """Keep a warning, or give it another reason."""
    cur.execute(
        "insert into journeys_accepted (shop_id, name, step, code, reason, accepted_by, accepted_at)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict (shop_id, name, step, code) do update"
        " set reason = excluded.reason, accepted_by = excluded.accepted_by, accepted_at = excluded.accepted_at",
        (shop_id, name, step, code, reason, str(actor), now),
    )
    audit.write(
        cur, shop_id, actor, "scheme.warning_kept", "scheme", None, name=name, step=step, code=code, reason=reason
    )


def withdraw(cur: Cursor, shop_id: int, name: str, step: str, code: str, actor: Actor) -> None:
    """The warning counts again."""
    gone = cur.execute(
        "delete from journeys_accepted where shop_id = %s and name = %s and step = %s and code = %s",
        (shop_id, name, step, code),
    ).rowcount
    if gone:
        audit.write(cur, shop_id, actor, "scheme.warning_counts", "scheme", None, name=name, step=step, code=code)
