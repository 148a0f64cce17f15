"""The playground's colleagues come in the morning and leave at night, each at his own minute, by the shop's clock."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.cli.playground import seen
from regulars.cli.playground.deeds import Deed, Office
from regulars.cli.playground.seen import LastShift
from regulars.staff import shifts

__all__ = ["comes_or_leaves", "shift_deeds"]

_COMES, _LEAVES = time(8, 45), time(20, 5)
_WITHIN = 12
"""Minutes over which they come, and leave."""
LONGEST_BACK = timedelta(hours=24)


def shift_deeds(cur: Cursor, office: Office, seed: int, now: datetime) -> Iterator[Deed]:
    """What each of the colleagues does next about his shift."""
    last = seen.last_shifts(cur, office.shop_id)
    for at, account, comes in comes_or_leaves(seed, (*office.callers, *office.carers), last, office.zone, now):
        yield Deed(at, partial(_comes if comes else _leaves, office.shop_id, account, at))


def _comes(shop_id: int, account: int, at: datetime, cur: Cursor) -> None:
    shifts.begin(cur, shop_id, account, at)


def _leaves(shop_id: int, account: int, at: datetime, cur: Cursor) -> None:
    shifts.end(cur, shop_id, account, Actor("staff", account), at)


def comes_or_leaves(
    seed: int, accounts: tuple[int, ...], last: dict[int, LastShift], zone: ZoneInfo, now: datetime
) -> Iterator[tuple[datetime, int, bool]]:
    """What each does next: when, who, and whether he comes."""
    for n, account in enumerate(accounts):
        known = last.get(account)
        if known is not None and known.ended_at is None:
            began = known.started_at.astimezone(zone)
            leaves = _moment(seed, n, began.date(), _LEAVES, zone)
            yield max(leaves, known.started_at + timedelta(minutes=_WITHIN)), account, False
            continue
        since = max(known.ended_at, now - LONGEST_BACK) if known is not None and known.ended_at else now
        day = since.astimezone(zone).date()
        comes = _moment(seed, n, day, _COMES, zone)
        if comes <= since and (known is not None or since >= _moment(seed, n, day, _LEAVES, zone)):
            comes = _moment(seed, n, day + timedelta(days=1), _COMES, zone)
        yield comes, account, True


def _moment(seed: int, n: int, day: date, about: time, zone: ZoneInfo) -> datetime:
    chance = random.Random(f"{seed} shift {n} {day} {about}")  # noqa: S311 - nothing secret
    return datetime.combine(day, about, zone) + timedelta(seconds=chance.randrange(_WITHIN * 60))
