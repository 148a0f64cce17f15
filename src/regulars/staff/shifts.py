"""Writes of shifts that run: somebody comes, goes on a break, falls silent, is back, leaves.

A shift is business time, a sign of life is machine time. Whose tasks are to go back has a due row (`returns_at`); giving
them back is desk/returning.py's work. Coming back before it was done keeps them.
"""

from datetime import datetime, timedelta

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.staff.presence import Shift, most_tasks, running

__all__ = ["BREAK_LONGEST", "beat", "begin", "end", "go_on_break", "mark_returned", "mark_silent", "take_up", "touch"]

BREAK_LONGEST = timedelta(hours=4)
LONGEST = timedelta(hours=18)
"""No shift is longer; one that is has been forgotten, and ends."""
GONE_AFTER = timedelta(hours=2)
"""Whoever has been away so long, by the machine's clock, has left: his shift ends when he was last seen to work."""


def begin(cur: Cursor, shop_id: int, account_id: int, now: datetime) -> Shift | None:
    """He is here: his shift begins, or goes on after a break or a silence. None for whoever doesn't work in the shop.

    What has not been given back of his stays with him.
    """
    cur.execute(
        "update staff_shift set returns_at = null where shop_id = %s and account_id = %s and returns_at is not null",
        (shop_id, account_id),
    )
    cur.execute(
        "insert into staff_shift as s (shop_id, account_id, started_at, since)"
        " select shop_id, account_id, %(now)s, %(now)s from staff_membership"
        " where shop_id = %(shop)s and account_id = %(account)s and is_active"
        " on conflict (shop_id, account_id) where ended_at is null do update set seen_at = machine_now(), reason = '',"
        " break_until = null, state = 'on', since = case when s.state = 'on' then s.since else %(now)s end",
        {"shop": shop_id, "account": account_id, "now": now},
    )
    return running(cur, shop_id, account_id)


def take_up(cur: Cursor, shop_id: int, account_id: int, now: datetime) -> int | None:
    """He takes up work, so he is here; how many tasks he may have at once. None for whoever doesn't work in the shop.

    His shift's row is locked from here on: two tasks taken at once by one person are counted one after the other.
    """
    row = cur.execute(
        "update staff_shift h set seen_at = machine_now() from staff_membership m, shop_shop s"
        " where h.shop_id = %(shop)s and h.account_id = %(account)s and h.ended_at is null and h.state = 'on'"
        " and m.shop_id = h.shop_id and m.account_id = h.account_id and s.id = h.shop_id"
        " returning coalesce(m.most_tasks, (s.settings ->> 'most_tasks')::int, 5)",
        {"shop": shop_id, "account": account_id},
    ).fetchone()
    if row is not None:
        return int(row[0])
    begin(cur, shop_id, account_id, now)
    return most_tasks(cur, shop_id, account_id)


def beat(cur: Cursor, shop_id: int, account_id: int) -> None:
    """His desk gives a sign of life; it neither begins a shift nor ends a break nor brings back who is away."""
    cur.execute(
        "update staff_shift set seen_at = machine_now() where shop_id = %s and account_id = %s and ended_at is null"
        " and state <> 'away' and seen_at < machine_now() - interval '5 seconds'",
        (shop_id, account_id),
    )


def touch(cur: Cursor, shop_id: int, account_id: int, now: datetime) -> None:
    """He has done something at the desk: whoever was taken for away is here after all. A break goes on."""
    row = cur.execute(
        "update staff_shift set seen_at = machine_now() where shop_id = %s and account_id = %s and ended_at is null"
        " returning state",
        (shop_id, account_id),
    ).fetchone()
    if row is not None and row[0] == "away":
        begin(cur, shop_id, account_id, now)


def go_on_break(
    cur: Cursor, shop_id: int, account_id: int, now: datetime, until: datetime, keeps: timedelta, reason: str = ""
) -> Shift | None:
    """A break until then; his tasks wait for him so long, though not longer than `keeps`. None without a shift."""
    until = min(max(until, now), now + BREAK_LONGEST)
    cur.execute(
        "update staff_shift set state = 'break', since = %s, seen_at = machine_now(), break_until = %s, reason = %s,"
        " returns_at = %s, returns_why = 'break' where shop_id = %s and account_id = %s and ended_at is null",
        (now, until, reason, min(until, now + keeps), shop_id, account_id),
    )
    return running(cur, shop_id, account_id)


def end(cur: Cursor, shop_id: int, account_id: int, actor: Actor, now: datetime) -> bool:
    """He leaves, or a lead sends him home; his tasks go back. False when he had no shift."""
    row = cur.execute(
        "update staff_shift set state = 'ended', since = %(now)s, ended_at = %(now)s, break_until = null,"
        " returns_at = %(now)s, returns_why = 'ended' where shop_id = %(shop)s and account_id = %(account)s"
        " and ended_at is null returning id",
        {"shop": shop_id, "account": account_id, "now": now},
    ).fetchone()
    if row is not None and actor != Actor("staff", account_id):
        audit.write(cur, shop_id, actor, "shift.ended", "account", account_id)
    return row is not None


_SILENT = """
update staff_shift f set state = 'away', since = %(now)s, returns_at = %(now)s, returns_why = 'silent' where f.id in (
  select h.id from staff_shift h join shop_shop s on s.id = h.shop_id where h.ended_at is null and h.state = 'on'
  and h.seen_at < machine_now() - make_interval(mins => coalesce((s.settings ->> 'silent_minutes')::int, 10))
  order by h.id for update of h skip locked)
"""
# of a break the silence counts from its end; a shift that goes on and on was forgotten
_GONE = """
update staff_shift set state = 'ended', ended_at = case state when 'on' then %(now)s else since end, since = %(now)s,
  returns_at = %(now)s, returns_why = case state when 'on' then 'ended' else 'silent' end where id in (
  select id from staff_shift where ended_at is null and (started_at < %(now)s - %(longest)s
    or (seen_at < machine_now() - %(after)s
        and (state = 'away' or (state = 'break' and break_until < %(now)s - %(after)s))))
  order by id for update skip locked)
"""


def mark_silent(cur: Cursor, now: datetime) -> int:
    """Of all shops: who has given no sign of life for too long is away, who has been away for hours has left; how many."""
    silent = cur.execute(_SILENT, {"now": now}).rowcount
    return silent + cur.execute(_GONE, {"now": now, "after": GONE_AFTER, "longest": LONGEST}).rowcount


def mark_returned(cur: Cursor, shift_ids: list[int]) -> None:
    """The tasks of these shifts have been given back."""
    cur.execute("update staff_shift set returns_at = null where id = any(%s)", (shift_ids,))
