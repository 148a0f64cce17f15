"""Reads of who is at work: who can be given work now, who is on shift and how he is, who will be by the roster.

How many tasks somebody has is the desk's knowledge: project/registry.py hands it in (`count_load`). Written by shifts.py
and roster.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.base.db import Cursor
from regulars.staff.roster import planned

__all__ = [
    "ONLINE",
    "OnShift",
    "Shift",
    "available",
    "count_load",
    "leads",
    "most_tasks",
    "on_shift",
    "planned",
    "running",
]

ONLINE = timedelta(seconds=90)
"""Whose desk was heard so long ago has it open; it says so every half a minute."""

Load = Callable[[Cursor, int], dict[int, int]]
_load: list[Load] = []


def count_load(load: Load) -> None:
    """Says who has how many tasks (shop → account → tasks that are not paused); called once, at the root."""
    _load[:] = [load]


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift that runs; see staff.models.Shift."""

    id: int
    account_id: int
    state: str
    started_at: datetime
    since: datetime
    break_until: datetime | None
    reason: str
    returns_at: datetime | None


@dataclass(frozen=True, slots=True)
class OnShift:
    """Somebody whose shift runs. `is_online`: his desk was heard of just now; `load` of at most `most` tasks."""

    account_id: int
    teams: Sequence[str]
    state: str
    started_at: datetime
    since: datetime
    break_until: datetime | None
    reason: str
    is_online: bool
    load: int
    most: int

    @property
    def is_free(self) -> bool:
        """Whether he can be given work."""
        return self.state == "on" and self.load < self.most


def running(cur: Cursor, shop_id: int, account_id: int) -> Shift | None:
    """The person's shift, if one runs."""
    row = cur.execute(
        "select id, account_id, state, started_at, since, break_until, reason, returns_at from staff_shift"
        " where shop_id = %s and account_id = %s and ended_at is null",
        (shop_id, account_id),
    ).fetchone()
    return None if row is None else Shift(*row)


def most_tasks(cur: Cursor, shop_id: int, account_id: int) -> int | None:
    """How many tasks the person may have at once; None for whoever doesn't work in the shop."""
    row = cur.execute(
        "select coalesce(m.most_tasks, (s.settings ->> 'most_tasks')::int, 5) from staff_membership m"
        " join shop_shop s on s.id = m.shop_id where m.shop_id = %s and m.account_id = %s and m.is_active",
        (shop_id, account_id),
    ).fetchone()
    return None if row is None else int(row[0])


def desk_of(cur: Cursor, shop_id: int, account_id: int) -> tuple[Shift | None, list[str], int]:
    """All that the person's desk asks again and again: his shift, his teams (none: all), how many tasks he may have."""
    row = cur.execute(
        "select m.teams, coalesce(m.most_tasks, (s.settings ->> 'most_tasks')::int, 5), h.id, h.account_id, h.state,"
        " h.started_at, h.since, h.break_until, h.reason, h.returns_at from staff_membership m"
        " join shop_shop s on s.id = m.shop_id left join staff_shift h on h.shop_id = m.shop_id"
        " and h.account_id = m.account_id and h.ended_at is null where m.shop_id = %s and m.account_id = %s",
        (shop_id, account_id),
    ).fetchone()
    if row is None:
        return None, [], 0
    return None if row[2] is None else Shift(*row[2:]), list(row[0]), int(row[1])


def on_shift(cur: Cursor, shop_id: int, team: str | None = None) -> list[OnShift]:
    """Whose shift runs now, by account; with `team`, those who work for it."""
    rows = cur.execute(
        "select h.account_id, m.teams, h.state, h.started_at, h.since, h.break_until, h.reason,"
        " h.seen_at > machine_now() - %(online)s,"
        " coalesce(m.most_tasks, (s.settings ->> 'most_tasks')::int, 5)"
        " from staff_shift h join staff_membership m on m.shop_id = h.shop_id and m.account_id = h.account_id"
        " and m.is_active join staff_account a on a.id = h.account_id and a.is_active join shop_shop s on s.id = h.shop_id"
        " where h.shop_id = %(shop)s and h.ended_at is null"
        " and (%(team)s::text is null or m.teams = '[]'::jsonb or m.teams ? %(team)s::text) order by h.account_id",
        {"shop": shop_id, "team": team, "online": ONLINE},
    ).fetchall()
    loads = _load[0](cur, shop_id) if _load and rows else {}
    return [
        OnShift(
            account_id=r[0], teams=r[1], state=r[2], started_at=r[3], since=r[4], break_until=r[5], reason=r[6],
            is_online=r[7], load=loads.get(r[0], 0), most=r[8],
        )
        for r in rows
    ]  # fmt: skip


def available(cur: Cursor, shop_id: int, team: str | None, now: datetime) -> list[int]:
    """Accounts that can be given work of this team (None: of any) at this moment, by id: at the desk, and not full."""
    return [p.account_id for p in on_shift(cur, shop_id, team) if p.is_free and p.started_at <= now]


def leads(cur: Cursor, shop_id: int) -> list[int]:
    """Accounts of those who look after the desk: supervisors, and owners where there is no supervisor."""
    rows = cur.execute(
        "select m.account_id, m.role from staff_membership m join staff_account a on a.id = m.account_id and a.is_active"
        " where m.shop_id = %s and m.is_active and m.role in ('supervisor', 'owner') order by m.account_id",
        (shop_id,),
    ).fetchall()
    supervisors = [account for account, role in rows if role == "supervisor"]
    return supervisors or [account for account, _ in rows]
