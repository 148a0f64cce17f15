"""Ways to the staff outside the product: what each has chosen, and the notices on their way. Writes.

Owns the rows of `staff_telling` up to their claim's end; what a message says and the wire are the desk's matter. No
address of a service is in clear in the database.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.rules.telling import CARRIED, Choice, moment
from regulars.shop.queries import SHOP_TEAM, settings_of, worktimes
from regulars.staff import presence

__all__ = [
    "add_service",
    "answered",
    "choices",
    "choose",
    "email_way",
    "forget_old",
    "listeners",
    "plan",
    "remove_service",
    "restore_service",
    "trial",
]

TRIAL_LASTS = timedelta(minutes=15)

_CHOICE = (
    "select account_id, kinds, always, quiet_from, quiet_until, bundle_minutes, volume from staff_telling_choice"
    " where account_id = any(%s)"
)


def choices(cur: Cursor, account_ids: Sequence[int]) -> dict[int, Choice]:
    """What these have chosen; what holds by default for the others."""
    out = {a: Choice() for a in account_ids}
    for account, kinds, always, start, end, minutes, volume in cur.execute(_CHOICE, (list(account_ids),)):
        wanted = {k: tuple(v) for k, v in kinds.items()}
        out[account] = Choice(wanted, always, (start, end), timedelta(minutes=minutes), volume)
    return out


def plan(cur: Cursor, shop_id: int, new: Sequence[tuple[int, int, str, datetime]], now: datetime) -> None:
    """Enter what leaves by mail or a service of new notices: (id, account, kind, expires)."""
    if not new:
        return
    accounts = sorted({account for _, account, _, _ in new})
    wanted = choices(cur, accounts)
    zone = settings_of(cur, shop_id).time_zone
    here = _at_work(cur, shop_id, now)
    due = [
        (id_, account, way, at, expires)
        for id_, account, kind, expires in new
        for way in CARRIED
        if (at := moment(wanted[account], kind, way, now, zone, on_shift=account in here)) is not None
    ]
    if not due:
        return
    for account in sorted({account for _, account, way, _, _ in due if way == "email"}):
        email_way(cur, account)
    cur.execute(
        "insert into staff_telling (shop_id, account_id, notice_id, way_id, due_at, expires_at)"
        " select %s, x.a, x.n, w.id, x.d, x.e"
        " from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[]) as x(n, a, k, d, e)"
        " join staff_way w on w.account_id = x.a and w.kind = x.k and w.removed_at is null"
        " on conflict (notice_id, way_id) do nothing",
        (shop_id, *db.columns(due, 5)),
    )


def _at_work(cur: Cursor, shop_id: int, now: datetime) -> set[int]:
    """Whose shift runs; who looks after the desk is at work in the shop's working time, shift or not."""
    here = {p.account_id for p in presence.on_shift(cur, shop_id) if p.state != "away"}
    hours = worktimes(cur, shop_id).get(SHOP_TEAM)
    return here | set(presence.leads(cur, shop_id)) if hours is not None and hours.is_open(now) else here


def listeners(cur: Cursor, shop_id: int, team: str, kind: str) -> list[int]:
    """Who wants to hear of a kind by mail or a service even when he is not at work, of those who work for the team."""
    rows = cur.execute(
        "select m.account_id from staff_membership m join staff_account a on a.id = m.account_id and a.is_active"
        " join staff_telling_choice c on c.account_id = m.account_id and c.always where m.shop_id = %s and m.is_active"
        " and (m.teams = '[]'::jsonb or m.teams ? %s::text) order by 1",
        (shop_id, team),
    ).fetchall()
    wanted = choices(cur, [r[0] for r in rows])
    return [a for a, choice in wanted.items() if set(CARRIED) & set(choice.ways(kind))]


def choose(
    cur: Cursor,
    account_id: int,
    kinds: Mapping[str, Sequence[str]],
    actor: Actor,
    *,
    always: bool,
    quiet: tuple[time, time],
    bundle: timedelta,
    volume: int,
) -> None:
    """Set how an account wants to be told."""
    cur.execute(
        "insert into staff_telling_choice as c (account_id, kinds, always, quiet_from, quiet_until, bundle_minutes, volume)"
        " values (%s, %s::jsonb, %s, %s, %s, %s, %s) on conflict (account_id) do update set kinds = excluded.kinds,"
        " always = excluded.always, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,"
        " bundle_minutes = excluded.bundle_minutes, volume = excluded.volume",
        (
            account_id,
            db.dumps({k: list(v) for k, v in kinds.items()}),
            always,
            *quiet,
            int(bundle.total_seconds() // 60),
            volume,
        ),
    )
    audit.write(cur, None, actor, "telling.chosen", "account", account_id)


def email_way(cur: Cursor, account_id: int) -> int:
    """The way by the account's own e-mail."""
    row = cur.execute(
        "insert into staff_way (account_id, kind) values (%s, 'email')"
        " on conflict (account_id) where kind = 'email' and removed_at is null do update set kind = 'email' returning id",
        (account_id,),
    ).fetchone()
    assert row is not None
    return int(row[0])


def add_service(cur: Cursor, account_id: int, label: str, secret: bytes, actor: Actor) -> int:
    """A service by its encrypted address; `label` is what may be shown of it."""
    row = cur.execute(
        "insert into staff_way (account_id, kind, label, secret) values (%s, 'service', %s, %s) returning id",
        (account_id, label, secret),
    ).fetchone()
    assert row is not None
    audit.write(cur, None, actor, "telling.service_added", "account", account_id, service=label.partition(":")[0])
    return int(row[0])


def remove_service(cur: Cursor, account_id: int, way_id: int, actor: Actor) -> bool:
    """Tell by this service no longer; what is still to go by it is dropped. False when he has none such."""
    cur.execute(
        "update staff_way set removed_at = machine_now() where account_id = %s and id = %s and kind = 'service'"
        " and removed_at is null",
        (account_id, way_id),
    )
    if not cur.rowcount:
        return False
    cur.execute(
        "update staff_telling set state = 'dropped', reason = 'way_removed', closed_at = machine_now()"
        " where way_id = %s and state = 'waiting'",
        (way_id,),
    )
    audit.write(cur, None, actor, "telling.service_removed", "account", account_id)
    return True


def restore_service(cur: Cursor, account_id: int, way_id: int, actor: Actor) -> bool:
    """Tell by a removed service again."""
    cur.execute(
        "update staff_way set removed_at = null, failures = 0, paused_until = null"
        " where account_id = %s and id = %s and kind = 'service' and removed_at is not null",
        (account_id, way_id),
    )
    if cur.rowcount:
        audit.write(cur, None, actor, "telling.service_restored", "account", account_id)
    return bool(cur.rowcount)


def answered(cur: Cursor, way_id: int, answer: str, *, went: bool, pause: timedelta | None = None) -> None:
    """Keep what came of an attempt by a way; one that keeps failing rests for `pause`."""
    cur.execute(
        "update staff_way set answer = %s, answered_at = machine_now(), failures = case when %s then 0 else failures + 1 end,"
        " paused_until = case when %s then null else machine_now() + %s end where id = %s",
        (answer[:300], went, went, pause, way_id),
    )


def trial(cur: Cursor, shop_id: int, account_id: int, way_id: int, now: datetime) -> None:
    """Tell somebody something by one way, so that he sees whether it comes."""
    row = cur.execute(
        "insert into staff_notice (shop_id, account_id, kind, key, told_at, expires_at, seen_at)"
        " values (%s, %s, 'trial', 'trial:' || next_id(), %s, %s, %s) returning id",
        (shop_id, account_id, now, now + TRIAL_LASTS, now),
    ).fetchone()
    assert row is not None
    cur.execute("update staff_way set failures = 0, paused_until = null, answer = '' where id = %s", (way_id,))
    cur.execute(
        "insert into staff_telling (shop_id, account_id, notice_id, way_id, due_at, expires_at) values (%s, %s, %s, %s, %s, %s)",
        (shop_id, account_id, row[0], way_id, now, now + TRIAL_LASTS),
    )


def forget_old(cur: Cursor) -> int:
    """Drop notices of more than a month ago, with what became of them."""
    old = "select id from staff_notice where expires_at < machine_now() - interval '30 days' order by expires_at limit 5000"
    cur.execute(f"delete from staff_telling where notice_id in ({old})")  # noqa: S608 - our own words
    return cur.execute(f"delete from staff_notice where id in ({old})").rowcount  # noqa: S608
