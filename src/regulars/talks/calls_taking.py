"""Calls taken in: what was known and what came now folded together, the caller recognised, the rows and events written.

Set-based. Writes talks_call; records call.incoming, call.outgoing, call.answered, call.missed, call.ended and call.recorded,
each once a call. Whoever calls holds the shop (`hold_shop`) and the mailboxes of known persons.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record
from regulars.people.reach import canonical
from regulars.rules import calls as rule
from regulars.rules.calls import CallFacts, Outcome

__all__ = ["Call", "Change", "Having", "due", "having", "hold_shop", "load", "recognise", "write"]

STAND_IN = "stand_in"
"""In a person's data: he stands for whichever of several was meant, until somebody settles it."""

_OVER = frozenset({"call.missed", "call.ended"})

Key = tuple[str, str]


@dataclass(slots=True)
class Call:
    """A call as it is known and as it will be. `id` 0: it is new. `needs`: whom to make for it: '', 'lead' or 'stand_in'."""

    source: str
    external_id: str
    live: bool
    cause: str = "system"
    id: int = 0
    facts: CallFacts = field(default_factory=CallFacts)
    before: CallFacts | None = None
    person_id: int | None = None
    certainty: str = "unknown"
    candidates: list[int] = field(default_factory=list)
    stand_in_id: int | None = None
    is_settled: bool = False
    told: list[str] = field(default_factory=list)
    started_at: datetime | None = None
    heard_at: datetime | None = None
    needs: str = ""
    outcome: Outcome | None = None
    account_id: int | None = None

    @property
    def key(self) -> Key:
        """What names it."""
        return self.source, self.external_id

    @property
    def number(self) -> str | None:
        """The number outside."""
        return self.facts.party[2] if self.facts.party else None


@dataclass(frozen=True, slots=True)
class Change:
    """A call that was written, and the kinds of events that it told just now."""

    call: Call
    kinds: Sequence[str]


@dataclass(frozen=True, slots=True)
class Having:
    """Who has a number: persons, and those who stand in for several of them."""

    persons: Sequence[int]
    stand_ins: Sequence[int]


_COLUMNS = (
    "id, source, external_id, live, facts, person_id, certainty, candidates, stand_in_id, settled_at is not null, told,"
    " started_at, heard_at"
)
_LOAD = f"""
select {_COLUMNS} from talks_call c join unnest(%s::text[], %s::text[]) as t(s, e) on c.source = t.s and c.external_id = t.e
where c.shop_id = %s
"""  # noqa: S608 - our own column names
_DUE = f"select {_COLUMNS} from talks_call where shop_id = %s and check_at <= %s order by check_at limit %s"  # noqa: S608
_HAVING = """
select c.value, c.person_id from people_contact_point c where c.shop_id = %s and c.kind = 'phone' and c.value = any(%s)
"""
_FIELDS = (
    "i, s, e, d, n, l, ex, a, st, sa, aa, ea, r, t, rec, p, ce, ca, si, f, told, li, he, ch",
    "%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],"
    " %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::int[], %s::text[], %s::bigint[], %s::text[],"
    " %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bool[], %s::timestamptz[], %s::timestamptz[]",
)
_TEXTS = "array(select jsonb_array_elements_text({}::jsonb))"
_WRITE = f"""
insert into talks_call as c (shop_id, id, source, external_id, direction, number, line, extension, account_id, state,
  started_at, answered_at, ended_at, ring_seconds, talk_seconds, recordings, person_id, certainty, candidates, stand_in_id,
  facts, told, live, heard_at, check_at)
select %s, i, s, e, d, n, l, ex, a, st, sa, aa, ea, r, t, {_TEXTS.format("rec")}, p, ce, {_TEXTS.format("ca")}::bigint[], si,
  f::jsonb, {_TEXTS.format("told")}, li, he, ch
from unnest({_FIELDS[1]}) as x({_FIELDS[0]})
on conflict (id) do update set direction = excluded.direction, number = excluded.number, line = excluded.line,
  extension = excluded.extension, account_id = excluded.account_id, state = excluded.state,
  started_at = excluded.started_at, answered_at = excluded.answered_at, ended_at = excluded.ended_at,
  ring_seconds = excluded.ring_seconds, talk_seconds = excluded.talk_seconds, recordings = excluded.recordings,
  person_id = excluded.person_id, certainty = excluded.certainty, candidates = excluded.candidates,
  stand_in_id = excluded.stand_in_id, facts = excluded.facts, told = excluded.told, live = excluded.live,
  heard_at = excluded.heard_at, check_at = excluded.check_at
"""  # noqa: S608 - our own column names


def hold_shop(cur: Cursor, shop_id: int, *, wait: bool = True) -> bool:
    """Nobody else takes in deliveries or changes calls of the shop until this transaction ends: the normaliser's own lock.

    It comes before any mailbox. Without `wait`: False when somebody has it.
    """
    if wait:
        cur.execute("select pg_advisory_xact_lock(%s)", (shop_id,))
        return True
    row = cur.execute("select pg_try_advisory_xact_lock(%s)", (shop_id,)).fetchone()
    return bool(row and row[0])


def load(cur: Cursor, shop_id: int, keys: Collection[Key]) -> dict[Key, Call]:
    """The calls that are known already."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    rows = cur.execute(_LOAD, ([s for s, _ in wanted], [e for _, e in wanted], shop_id)).fetchall()
    return {call.key: call for call in map(_call, rows)}


def due(cur: Cursor, shop_id: int, now: datetime, limit: int) -> list[Call]:
    """Calls of which nothing more came for so long that they count as over."""
    return [_call(row) for row in cur.execute(_DUE, (shop_id, now, limit)).fetchall()]


def _call(row: tuple[Any, ...]) -> Call:
    id_, source, external, live, facts, person, certainty, candidates, stand_in, settled, told, started, heard = row
    known = rule.read(facts)
    return Call(
        source, external, live, id=id_, facts=known, before=known, person_id=person, certainty=certainty,
        candidates=list(candidates), stand_in_id=stand_in, is_settled=settled, told=list(told), started_at=started,
        heard_at=heard,
    )  # fmt: skip


def having(cur: Cursor, shop_id: int, numbers: Collection[str]) -> dict[str, Having]:
    """Who has each of the numbers; merged persons as the one that they became."""
    if not numbers:
        return {}
    rows = cur.execute(_HAVING, (shop_id, sorted(numbers))).fetchall()
    who = canonical(cur, shop_id, {person for _, person in rows})
    standing = {
        r[0]
        for r in cur.execute(
            "select id from people_person where id = any(%s) and data ? 'stand_in'", (sorted(set(who.values())),)
        )
    }
    found: dict[str, set[int]] = {}
    for number, person in rows:
        if person in who:
            found.setdefault(number, set()).add(who[person])
    return {n: Having(sorted(p - standing), sorted(p & standing)) for n, p in found.items()}


def recognise(calls: Iterable[Call], known: Mapping[str, Having]) -> None:
    """Say of each call whose person isn't settled who it is, or whom it needs.

    One person has the number: certain. Several: somebody stands in for them. Nobody: whoever calls is a new lead.
    """
    nobody = Having((), ())
    for call in calls:
        number = call.number
        if number is None or call.facts.direction not in ("in", "out") or call.is_settled or call.person_id is not None:
            continue
        has = known.get(number, nobody)
        is_incoming = call.facts.direction == "in"
        if len(has.persons) == 1:
            call.person_id, call.certainty = has.persons[0], "certain"
        elif has.persons:
            call.certainty, call.candidates = "maybe", list(has.persons)
            call.person_id = call.stand_in_id = has.stand_ins[0] if has.stand_ins else None
            call.needs = STAND_IN if call.person_id is None and is_incoming else ""
        elif has.stand_ins:
            call.person_id = has.stand_ins[0]
        else:
            call.needs = "lead" if is_incoming else ""


def write(cur: Cursor, shop_id: int, calls: Sequence[Call], accounts: Mapping[str, int], now: datetime) -> list[Change]:
    """Write the calls and record what they tell for the first time. `accounts`: whose extension is whose."""
    if not calls:
        return []
    fresh = iter(db.ids(cur, sum(not call.id for call in calls)))
    events: list[NewEvent] = []
    changes = []
    for call in calls:
        call.id = call.id or next(fresh)
        if call.facts != call.before and call.live and not _OVER & set(call.told):
            call.heard_at = now
        call.outcome = rule.outcome(call.facts, now, call.heard_at)
        call.started_at = call.outcome.started_at or call.started_at or call.facts.last_at or now
        call.account_id = accounts.get(call.outcome.extension or "")
        kinds = [kind for kind in _kinds(call.outcome) if kind not in call.told]
        call.told += kinds
        events += [_event(call, kind, now) for kind in kinds]
        changes.append(Change(call, kinds))
    cur.execute(_WRITE, (shop_id, *db.columns([_row(call) for call in calls], 24)))
    record(cur, shop_id, events, now)
    return changes


def _kinds(outcome: Outcome) -> list[str]:
    """What the call tells, as it stands. Of calls between colleagues, or of which nobody knows the direction, nothing."""
    if outcome.direction not in ("in", "out"):
        return []
    kinds = ["call.incoming" if outcome.direction == "in" else "call.outgoing"]
    if outcome.state in ("answered", "ended"):
        kinds.append("call.answered")
    if outcome.state in ("missed", "ended"):
        kinds.append(f"call.{outcome.state}")
    return [*kinds, "call.recorded"] if outcome.recordings else kinds


def _event(call: Call, kind: str, now: datetime) -> NewEvent:
    out = call.outcome
    assert out is not None
    at = {
        "call.answered": out.answered_at,
        "call.missed": out.ended_at,
        "call.ended": out.ended_at,
        "call.recorded": out.ended_at or now,
    }
    moment = at.get(kind) or call.started_at or now
    said: dict[str, Any] = {"call_id": str(call.id), "direction": out.direction, "line": out.line}
    if kind in ("call.answered", "call.missed", "call.ended"):
        said["ring_seconds"] = out.ring_seconds
    if kind == "call.ended":
        said["talk_seconds"] = out.talk_seconds
    data = {name: value for name, value in said.items() if value is not None}
    return NewEvent(kind, moment.astimezone(UTC), call.live, call.person_id, None, data, call.cause)


def _row(call: Call) -> tuple[Any, ...]:
    out = call.outcome
    assert out is not None
    return (
        call.id, call.source, call.external_id, out.direction, out.number, out.line, out.extension, call.account_id,
        out.state, call.started_at, out.answered_at, out.ended_at, out.ring_seconds, out.talk_seconds,
        db.dumps(list(out.recordings)), call.person_id, call.certainty, db.dumps([str(c) for c in call.candidates]),
        call.stand_in_id, db.dumps(rule.written(call.facts)), db.dumps(call.told), call.live, call.heard_at,
        out.check_at,
    )  # fmt: skip
