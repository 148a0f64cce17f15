"""The first of a message's two transactions: claimed, judged, written, and marked as being sent, all or nothing.

Owns its SQL. No network in here: what comes out is handed over after the commit. Messages and persons that somebody
else holds are left for the next round (SKIP LOCKED), so nobody waits and nothing deadlocks.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.base.process import Lease
from regulars.events.actions import NewEvent, record
from regulars.outbox import budgets, gate_facts
from regulars.outbox import held as held_versions
from regulars.outbox.decide import Decided, Sending, decide
from regulars.outbox.gate_facts import CLAIM_COLUMNS, Claimed
from regulars.outbox.links import Links
from regulars.outbox.queries import KEPT_HERE
from regulars.outbox.stored import pack
from regulars.promises import actions as promises
from regulars.rules import gate
from regulars.shop.queries import settings_of
from regulars.talks import threads_accounts as accounts

__all__ = ["Handover", "Round", "Way", "claim_round", "next_due", "release"]


log = logging.getLogger(__name__)


@dataclass(slots=True)
class Handover:
    """A message marked as being sent by `lease` under `claim`; nobody else touches it while the lease holds.

    `promises`: it makes a promise; `channel_troubled`: its channel was in trouble, which is over if this letter passes.
    """

    id: int
    shop_id: int
    person_id: int
    order_id: int | None
    step: str | None
    purpose: str
    channel: str
    by: list[str]
    address: str
    sender: str
    raw: bytes
    tries: int
    lease: Lease
    claim: int
    template: str | None
    promises: bool
    channel_troubled: bool


@dataclass(slots=True)
class Round:
    """What one round did. `due`: messages that were due and looked at; `left`: of them, whose persons were busy."""

    due: int = 0
    left: int = 0
    handovers: list[Handover] = field(default_factory=list)
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How this process sends by its `carried` channels: over the wire, or `letterbox`: all stay here but the `wired`."""

    letterbox: bool
    carried: frozenset[str]
    public_url: str
    keys: tuple[bytes, ...]
    wired: frozenset[str] = frozenset()

    def keeps(self, channel: str | None) -> bool:
        """Whether a message by this channel goes no further than the letterbox."""
        return self.letterbox and channel not in self.wired


_CLAIM = f"""
select {CLAIM_COLUMNS} from outbox_message
where state = 'queued' and purpose = %s and send_after <= (select %s::timestamptz)
order by send_after limit %s for update skip locked
"""  # noqa: S608
# A bare parameter would have the planner look up the index's true ends each time, through all that was queued before.
_HOLD = "select person_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked"
# A person who has no mailbox yet gets one; one that somebody holds is there, so nothing is inserted and nothing waits.
_OPEN = """
insert into events_mailbox (person_id, shop_id) select p, s from unnest(%s::bigint[], %s::bigint[]) as n(p, s)
on conflict do nothing returning person_id
"""
_SENDING = """
update outbox_message m set state = %s, reason = null, why = w::jsonb, channel = c, address = a, process_id = %s,
  claim = %s, phase = case when m.purpose = 'advertising' then 0 else m.phase end, tries = tries + 1,
  sent_at = %s, closed_at = %s, counted_in = coalesce(m.counted_in, n.b)
from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[]) as n(i, w, c, a, b) where m.id = n.i
"""
_STOPPED = """
update outbox_message m set state = s, reason = r, why = w::jsonb, send_after = coalesce(sa, m.send_after),
  closed_at = case when s = 'queued' then null else %s end
from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[]) as n(i, s, r, w, sa) where m.id = n.i
"""
_BODIES = """
insert into outbox_body (id, shop_id, subject, raw, deflated)
select i, sh, su, ra, true from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bytea[]) as n(i, sh, su, ra)
on conflict (id) do update set subject = excluded.subject, raw = excluded.raw, deflated = true
"""
_LETTERBOX = f"""
insert into outbox_delivery (shop_id, message_id, channel, outcome, reply, at)
select s, i, c, 'accepted', '{KEPT_HERE}', %s from unnest(%s::bigint[], %s::bigint[], %s::text[]) as n(s, i, c)
"""  # noqa: S608


def claim_round(raw: "psycopg.Connection[Any]", lease: Lease, claim: int, way: Way, limit: int) -> Round:
    """One round at the gate for at most `limit` messages, in one transaction."""
    with db.transaction_on(raw) as cur:
        row = cur.execute("select paused, machine_now() from base_installation where id = 1").fetchone()
        paused, machine = row if row else (False, None)
        if paused:
            return Round(paused=True)
        if machine is None:
            machine = clock.read(cur).read_machine
        now = clock.now_from(cur)
        rows = _claim(cur, now, limit)
        if not rows:
            return Round()
        held = _hold(cur, rows)
        mine = [r for r in rows if r.person_id in held]
        hit("outbox.claimed")
        links = Links(way.public_url, way.keys, machine)
        sending = Sending(way.carried, links, accounts.bots(cur), _paused_channels(cur))
        ready, put_off = held_versions.put_off(cur, mine, now)
        decided = [*put_off, *_decide_all(cur, ready, sending, now)]
        _write(cur, decided, lease, claim, way, now)
        hit("outbox.before_sending_commit")
    hit("outbox.after_sending_commit")
    out = Round(len(rows), len(rows) - len(mine))
    out.handovers = [
        _handover(d, lease, claim, sending.paused) for d in decided if d.state == "sending" and not way.keeps(d.channel)
    ]
    return out


def _claim(cur: Cursor, now: datetime, limit: int) -> list[Claimed]:
    """What is due, service before advertising, each by its time; of advertising the higher priority first."""
    rows = [Claimed(*r) for r in cur.execute(_CLAIM, ("service", now, limit))]
    if len(rows) < limit:
        adverts = [Claimed(*r) for r in cur.execute(_CLAIM, ("advertising", now, limit - len(rows)))]
        rows += sorted(adverts, key=lambda r: -r.priority)
    return rows


def _hold(cur: Cursor, rows: Sequence[Claimed]) -> set[int]:
    """Take the mailboxes of these persons, ids ascending, those that are free."""
    shops = {r.person_id: r.shop_id for r in rows}
    persons = sorted(shops)
    held = {r[0] for r in cur.execute(_HOLD, (persons,))}
    missing = [p for p in persons if p not in held]
    if missing:
        held |= {r[0] for r in cur.execute(_OPEN, (missing, [shops[p] for p in missing]))}
    return held


def _paused_channels(cur: Cursor) -> dict[tuple[int, str], datetime]:
    """The end of each pause, also of those that are over and have not been followed by a success."""
    return {
        (shop_id, kind): until
        for shop_id, kind, until in cur.execute(
            "select shop_id, kind, paused_until from outbox_channel where paused_until is not null"
        )
    }


def _decide_all(cur: Cursor, rows: Sequence[Claimed], sending: Sending, now: datetime) -> list[Decided]:
    shops: dict[int, list[Claimed]] = {}
    for row in rows:
        shops.setdefault(row.shop_id, []).append(row)
    decided: list[Decided] = []
    for shop_id, group in shops.items():
        decided += _decide_group(cur, shop_id, group, sending, now)
    return decided


def _decide_group(
    cur: Cursor, shop_id: int, group: Sequence[Claimed], sending: Sending, now: datetime
) -> list[Decided]:
    """Load and judge; where loading fails for the group, each alone, so that only the culprit is refused."""
    try:
        with cur.connection.transaction():
            known = gate_facts.load(cur, settings_of(cur, shop_id), group, sending.carried, now)
    except psycopg.OperationalError:
        raise
    except Exception as error:
        if len(group) == 1:
            log.exception("outbox: nothing can be known for message %s", group[0].id)
            return [
                Decided(group[0], "refused", gate.GATE_ERROR, db.dumps({"params": {"error": type(error).__name__}}))
            ]
        return [d for row in group for d in _decide_group(cur, shop_id, [row], sending, now)]
    decided = [decide(row, known, sending, now) for row in group]
    budgets.count(cur, shop_id, [d.counted for d in decided if d.counted is not None], known.shop.currency)
    return decided


def _write(cur: Cursor, decided: Sequence[Decided], lease: Lease, claim: int, way: Way, now: datetime) -> None:
    going = [d for d in decided if d.state == "sending"]
    stopped = [d for d in decided if d.state != "sending"]
    kept = [d for d in going if way.keeps(d.channel)]
    for state, at, group in (("sent", now, kept), ("sending", None, [d for d in going if not way.keeps(d.channel)])):
        if group:
            columns = (
                [d.row.id for d in group],
                [d.why for d in group],
                [d.channel for d in group],
                [d.address for d in group],
                [None if d.counted is None else d.counted[0][2] for d in group],
            )
            cur.execute(_SENDING, (state, lease.id, claim, at, at, *columns))
    if going:
        cur.execute(
            _BODIES,
            (
                [d.row.id for d in going],
                [d.row.shop_id for d in going],
                [d.subject for d in going],
                [pack(d.raw) for d in going],
            ),
        )
    if stopped:
        cur.execute(
            _STOPPED,
            (
                now,
                [d.row.id for d in stopped],
                [d.state for d in stopped],
                [d.reason for d in stopped],
                [d.why for d in stopped],
                [d.send_after for d in stopped],
            ),
        )
    _record(cur, [d for d in stopped if d.state != "queued"], now)
    if kept:
        cur.execute(
            _LETTERBOX, (now, [d.row.shop_id for d in kept], [d.row.id for d in kept], [d.channel for d in kept])
        )
        _record(cur, kept, now)
        promises.told(cur, [d.row.id for d in kept], now)


def _record(cur: Cursor, decided: Sequence[Decided], now: datetime) -> None:
    """The events of what has been closed at the gate; a letter that never goes promises nothing."""
    shops: dict[int, list[NewEvent]] = {}
    for d in decided:
        kind = {"sending": "message.sent", "refused": "message.refused"}.get(d.state, "message.failed")
        data = {"message_id": str(d.row.id), "step": d.row.step, "purpose": d.row.purpose}
        data |= {"channel": d.channel} if d.state == "sending" else {"reason": d.reason}
        if template := d.row.content.get("template"):
            data["template"] = template
        event = NewEvent(kind, now, True, d.row.person_id, d.row.order_id, data, f"message:{d.row.id}")
        shops.setdefault(d.row.shop_id, []).append(event)
    for shop_id, events in shops.items():
        record(cur, shop_id, events, now)
        never = [d.row.id for d in decided if d.state != "sending" and d.row.shop_id == shop_id]
        if never:
            promises.void(cur, shop_id, SYSTEM, now, message_ids=never)


def _handover(d: Decided, lease: Lease, claim: int, troubled: Collection[tuple[int, str]]) -> Handover:
    row = d.row
    assert d.channel is not None and d.address is not None
    return Handover(
        row.id, row.shop_id, row.person_id, row.order_id, row.step, row.purpose, d.channel, row.by, d.address, d.sender,
        d.raw, row.tries, lease, claim, row.content.get("template"), d.promises, (row.shop_id, d.channel) in troubled,
    )  # fmt: skip


def release(raw: "psycopg.Connection[Any]", lease: Lease, claim: int) -> int:
    """Put back what this claim holds, none of which was handed over: its commit's answer was lost on the way."""
    return raw.execute(
        "update outbox_message set state = 'queued', tries = tries - 1, process_id = null, claim = null"
        " where state = 'sending' and process_id = %s and claim = %s",
        (lease.id, claim),
    ).rowcount


def next_due(raw: "psycopg.Connection[Any]") -> datetime | None:
    """Business time at which the next queued message may go, or None."""
    row = raw.execute(
        "select least((select min(send_after) from outbox_message where state = 'queued' and purpose = 'service'),"
        " (select min(send_after) from outbox_message where state = 'queued' and purpose = 'advertising'))"
    ).fetchone()
    return row[0] if row else None
