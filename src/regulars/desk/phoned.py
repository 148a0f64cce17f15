"""What follows at the desk from calls: the operator whose telephone rings is told, calls in vain are called back.

Also the watch over calls that fell silent. Holds the order of locks: the shop's calls, then mailboxes, then all else.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.desk import call_tasks
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.staff import notices, presence
from regulars.staff import queries as staff
from regulars.staff.notices import NewNotice
from regulars.talks import calls_queries, calls_taking
from regulars.talks.calls_taking import Call, Change

__all__ = ["next_check", "take", "watch_once"]

RINGS = timedelta(minutes=2)
"""A ringing telephone is told of no longer; whoever looks later finds the call in its list."""
_SHOPS = "select distinct shop_id from talks_call where check_at <= %s"


def take(cur: Cursor, shop: ShopSettings, calls: Sequence[Call], now: datetime) -> None:
    """Write these calls, and do what follows from them. What is history opens nothing and tells nobody."""
    extensions = {leg.extension for call in calls for leg in call.facts.legs.values() if leg.extension}
    accounts = staff.accounts_by_extension(cur, shop.id, extensions)
    changes = calls_taking.write(cur, shop.id, calls, accounts, now)
    live = [change for change in changes if change.call.live]
    missed = [c.call for c in live if "call.missed" in c.kinds]
    if missed:
        call_tasks.call_back(cur, shop, missed, now)
    answered = [c.call for c in live if "call.answered" in c.kinds]
    if answered:
        call_tasks.reached(cur, shop.id, answered, now)
    _tell(cur, shop, live, now)


def _tell(cur: Cursor, shop: ShopSettings, changes: Sequence[Change], now: datetime) -> None:
    """Whose telephone rings; where nobody in particular is rung, all who can take it. And who has missed one."""
    told: list[NewNotice] = []
    of_teams: list[tuple[Call, str]] = []
    for call, kinds in ((c.call, c.kinds) for c in changes):
        rings = _rings(call, now)
        if rings and call.account_id is not None:
            told.append(_notice(call, "call_incoming", call.account_id))
        elif rings or "call.missed" in kinds:
            of_teams.append((call, "call_incoming" if rings else "call_missed"))
    whose = call_tasks.places(cur, shop, [call for call, _ in of_teams], now) if of_teams else {}
    present = {p.team: presence.available(cur, shop.id, p.team, now) for p in whose.values()}
    for call, kind in of_teams:
        told += [_notice(call, kind, account) for account in present[whose[call.id].team]]
    notices.tell(cur, shop.id, told, now)


def _rings(call: Call, now: datetime) -> bool:
    out = call.outcome
    return (
        out is not None
        and out.direction == "in"
        and out.state == "ringing"
        and call.started_at is not None
        and now - call.started_at < RINGS
    )


def _notice(call: Call, kind: str, account_id: int) -> NewNotice:
    key, subject = f"{kind}:{call.id}", f"call:{call.id}"
    if kind == "call_missed":
        return NewNotice(account_id, kind, key, subject)
    return NewNotice(account_id, kind, key, subject, is_urgent=True, lasts=RINGS)


def watch_once(raw: "psycopg.Connection[Any]", limit: int = 200) -> int:
    """Calls that fell silent count as over; how many. Shops and persons that somebody holds wait for the next round."""
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        for (shop_id,) in cur.execute(_SHOPS, (now,)).fetchall():
            if not calls_taking.hold_shop(cur, shop_id, wait=False):
                continue
            calls = _free(cur, calls_taking.due(cur, shop_id, now, limit))
            if calls:
                take(cur, shops.settings_of(cur, shop_id), calls, now)
                hit("calls.before_commit")
                return len(calls)
    return 0


def _free(cur: Cursor, calls: Sequence[Call]) -> list[Call]:
    """Those whose persons nobody holds; they are held from now on."""
    persons = sorted({call.person_id for call in calls if call.person_id})
    rows = cur.execute(
        "select person_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked",
        (persons,),
    )
    free = {r[0] for r in rows}
    return [call for call in calls if call.person_id is None or call.person_id in free]


def next_check(cur: Cursor) -> datetime | None:
    """Business time at which the next silent call has to be looked at."""
    return calls_queries.next_check(cur)
