"""The conductor: takes whoever is due, lets `advance` decide in order of time, and writes all of it in one transaction.

The unit of claim is the person. In rounds, each claimed person takes his next happening (an event, or a timer that has
run out); the facts of a round are loaded together, so that no query is made a person. Must not decide anything itself.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
import structlog

from regulars.base import clock
from regulars.base.db import Cursor, transaction_on
from regulars.base.failpoints import FailpointRaised, hit
from regulars.core.advance import advance
from regulars.core.effects import CHANGES_FACTS, EnrolPerson
from regulars.core.enrolment import DUE, EVENT, FACTS_CHANGED, OUTCOME, START, Decision, Happening, StepFailed
from regulars.core.entry import start_needs
from regulars.core.needs import hears, needs, wants
from regulars.desk.settle import settle_persons
from regulars.effects.order import EffectOrder
from regulars.journeys import elsewhere, entry, post, writing
from regulars.journeys.fact_loading import Ask, facts_for
from regulars.journeys.pausing import Pauses, pauses_of
from regulars.journeys.post import Pending, Standing
from regulars.journeys.terms import terms_of
from regulars.journeys.versions import CompiledVersion, compiled, live_versions
from regulars.shop import queries as shop_queries

__all__ = ["BATCH", "MOST_ROUNDS", "run_once"]

BATCH = 500
MOST_ROUNDS = 64  # what a person still has after so many happenings goes on in the next transaction
CALENDAR_CHANGED = "calendar.changed"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Desk:
    """One claimed person: his events not yet taken (by place in time), and where he stands."""

    events: list[tuple[datetime, int, Pending]]
    standings: list[Standing]
    taken: list[Pending] = field(default_factory=list)


@dataclass(slots=True)
class Turn:
    """One `advance` call of a round. `beside`: all that the person is in, this one among them."""

    standing: Standing
    version: CompiledVersion
    happening: Happening
    beside: Sequence[Standing] = ()


@dataclass(slots=True)
class Round:
    """What was decided, kept until it is written. `live`: the versions that take newcomers; `desks`: who was claimed."""

    live: list[CompiledVersion]
    desks: dict[int, Desk]
    pauses: Pauses
    orders: list[EffectOrder] = field(default_factory=list)
    decisions: list[tuple[Standing, Happening, str | None, Decision]] = field(default_factory=list)
    refused: list[entry.Refused] = field(default_factory=list)

    def others_of(self, standing: Standing) -> list[Standing]:
        """All enrolments in memory of the person of this one, and of those who are one with him."""
        return self.desks[standing.state.person_id or 0].standings


def run_once(raw: "psycopg.Connection[Any]", limit: int = BATCH) -> int:
    """Claim and carry on up to `limit` persons; returns how many were claimed.

    A person whom something unforeseen befalls is set aside alone; the others go on.
    """
    try:
        with transaction_on(raw) as cur:
            now = clock.now_from(cur)
            claimed = post.claim(cur, now, limit)
            for shop_id, who in claimed.items():
                hit("conductor.claimed")
                _conduct(cur, shop_id, who, now)
            if claimed:
                hit("conductor.before_commit")
        if claimed:
            hit("conductor.after_commit")
        return sum(len(p) for p in claimed.values())
    except (psycopg.OperationalError, FailpointRaised):
        raise
    except Exception:
        log.exception("a batch failed; its persons are taken one by one")
        return _one_by_one(raw, claimed)


def _one_by_one(raw: "psycopg.Connection[Any]", claimed: dict[int, dict[int, int]]) -> int:
    done = 0
    for shop_id, persons in claimed.items():
        for person_id in persons:
            try:
                with transaction_on(raw) as cur:
                    now = clock.now_from(cur)
                    if who := post.claim_one(cur, shop_id, person_id, now):
                        _conduct(cur, shop_id, who, now)
            except psycopg.OperationalError:
                raise
            except Exception as error:
                log.exception("a person is set aside", person_id=person_id)
                with transaction_on(raw) as cur:
                    writing.set_person_aside(cur, shop_id, person_id, type(error).__name__, clock.now_from(cur))
            done += 1
    return done


def _conduct(cur: Cursor, shop_id: int, who: dict[int, int], now: datetime) -> None:
    persons = list(who)
    settle_persons(cur, persons, now)  # an outcome that might yet be taken back stands before what came after it
    pauses = pauses_of(cur, shop_id, persons)
    pending = post.pending_events(cur, persons)
    for person_id, kept in pauses.given_back(cur, persons).items():
        pending.setdefault(person_id, []).extend(kept)
    if any(e.kind == CALENDAR_CHANGED for events in pending.values() for e in events):
        shop_queries.forget()  # the hours that this process remembers are those of before
    standing = post.enrolments(cur, persons)
    pauses.freeze(standing)
    live = live_versions(cur, shop_id)
    versions = compiled(cur, {s.version_id for list_ in standing.values() for s in list_})
    versions.update({v.id: v for v in live})
    desk_of = _desks(who, pending, standing)
    desks = list({id(d): d for d in desk_of.values()}.values())
    result = Round(live, desk_of, pauses)
    for _ in range(MOST_ROUNDS):
        turns: list[Turn] = []
        entries: list[entry.Candidate] = []
        for desk in desks:
            _next_happening(desk, versions, live, now, turns, entries, pauses)
        if not turns and not entries:
            break
        turns += _entries(cur, shop_id, entries, desk_of, result, now)
        _advance_all(cur, shop_id, turns, versions, result, now)
    hit("conductor.advanced")
    writing.store(cur, shop_id, [s for d in desks for s in d.standings], result.decisions, now)
    writing.carry_out(cur, shop_id, result.orders, now)
    hit("conductor.effects_written")
    writing.count_goals(cur, shop_id, [e for d in desks for e in d.taken], who, now)
    refused = [*result.refused, *(entry.Refused(c, "paused") for c in pauses.turned_away)]
    entry.record_refusals(cur, shop_id, refused, now)
    taken = [e for d in desks for e in d.taken]
    pauses.store(cur, shop_id, taken)
    left = [e.person_id for d in desks for _, _, e in d.events if e.only is not None]
    writing.close_mailboxes(cur, taken, persons, now, frozen=pauses.frozen, at_once=left)


def _desks(
    who: dict[int, int], pending: dict[int, list[Pending]], standing: dict[int, list[Standing]]
) -> dict[int, Desk]:
    """By person; those who are one sit at one: what happens to either moves whatever any of them is in."""
    members: dict[int, list[int]] = {}
    for person, root in who.items():
        members.setdefault(root, []).append(person)
    out: dict[int, Desk] = {}
    for ids in members.values():
        events = sorted((e for p in ids for e in pending.get(p, [])), key=lambda e: e.id)
        standings = sorted((s for p in ids for s in standing.get(p, [])), key=lambda s: s.state.id)
        out |= dict.fromkeys(ids, Desk(_in_time(events), standings))
    return out


def _in_time(events: Sequence[Pending]) -> list[tuple[datetime, int, Pending]]:
    """Events as recorded; one that is dated before its forerunner takes its place right behind it."""
    out: list[tuple[datetime, int, Pending]] = []
    at: datetime | None = None
    for event in events:
        at = event.occurred_at if at is None else max(at, event.occurred_at)
        out.append((at, event.id, event))
    heapq.heapify(out)
    return out


def _next_happening(
    desk: Desk,
    versions: dict[int, CompiledVersion],
    live: list[CompiledVersion],
    now: datetime,
    turns: list[Turn],
    entries: list[entry.Candidate],
    pauses: Pauses,
) -> None:
    due = min((d for s in desk.standings if (d := _due(s, now)) is not None), default=None)
    if desk.events and (due is None or desk.events[0][0] <= due):
        _, _, event = heapq.heappop(desk.events)
        desk.taken.append(event)
        _give_event(desk, event, versions, turns, pauses)
        entries += pauses.let_in(entry.candidates(live, event), event, live)
        return
    for standing in desk.standings:
        if due is not None and _due(standing, now) == due:
            version = versions.get(standing.version_id)
            if version is not None:
                turns.append(Turn(standing, version, Happening(DUE, due), desk.standings))


def _due(standing: Standing, now: datetime) -> datetime | None:
    """The enrolment's timer, if it has run out."""
    state = standing.state
    if standing.problem is not None or state.ended_at is not None or state.due_at is None or state.due_at > now:
        return None
    if standing.is_frozen:
        return None
    return state.due_at


def _give_event(
    desk: Desk, event: Pending, versions: dict[int, CompiledVersion], turns: list[Turn], pauses: Pauses
) -> None:
    for standing in desk.standings:
        version = versions.get(standing.version_id)
        if version is None or standing.problem is not None or standing.state.ended_at is not None:
            continue
        if event.only is not None and event.only != standing.scheme_id:
            continue
        if standing.is_frozen:
            if event.kind == CALENDAR_CHANGED or event.kind in wants(version.scheme, standing.state.step):
                pauses.keep(standing.scheme_id, event)
        elif _begins_again(version, standing, event):
            turns.append(
                Turn(standing, version, Happening(START, event.occurred_at, event.happening()), desk.standings)
            )
        elif event.kind == CALENDAR_CHANGED:
            turns.append(Turn(standing, version, Happening(FACTS_CHANGED, event.occurred_at), desk.standings))
        elif hears(version.scheme, standing.state, event.kind, event.order_id, event.data):
            own = str(event.data.get("enrolment_id")) == str(standing.state.id)
            kind = OUTCOME if own and event.kind == "task.finished" else EVENT
            turns.append(Turn(standing, version, Happening(kind, event.occurred_at, event.happening()), desk.standings))


def _begins_again(version: CompiledVersion, standing: Standing, event: Pending) -> bool:
    """Whether this event brought in somebody who was set aside before his first step, and is taken again."""
    state = standing.state
    if state.step is not None or state.due_at is not None or state.order_id not in (None, event.order_id):
        return False
    return any(trigger.event == event.kind for trigger in version.scheme.starts)


def _entries(
    cur: Cursor, shop_id: int, entries: list[entry.Candidate], desks: dict[int, Desk], result: Round, now: datetime
) -> list[Turn]:
    if not entries:
        return []
    conditioned = [c for c in entries if any(t.where is not None for t in c.version.scheme.starts)]
    chosen = entries
    if conditioned:
        asks = [
            Ask(entry.nobody(c), c.version.scheme, start_needs(c.version.scheme, c.event.kind)) for c in conditioned
        ]
        facts = facts_for(cur, shop_id, asks, now)
        out = [(c, f) for c, f in zip(conditioned, facts, strict=True) if not entry.starts(c, f, now)]
        result.refused += [entry.turned_away(c, f) for c, f in out]
        refused = {id(c) for c, _ in out}
        chosen = [c for c in entries if id(c) not in refused]
    turns = []
    unwritten = {c.person_id: desks[c.person_id].standings for c in chosen}
    for candidate, standing in entry.enrol(cur, shop_id, chosen, unwritten, now, result.refused):
        desks[candidate.person_id].standings.append(standing)
        happening = Happening(START, candidate.event.occurred_at, candidate.event.happening())
        turns.append(Turn(standing, candidate.version, happening, desks[candidate.person_id].standings))
    return turns


def _advance_all(
    cur: Cursor,
    shop_id: int,
    turns: list[Turn],
    versions: dict[int, CompiledVersion],
    result: Round,
    now: datetime,
) -> None:
    asks = [
        Ask(
            t.standing.state,
            t.version.scheme,
            needs(
                t.version.scheme,
                t.standing.state.step,
                t.happening.kind,
                t.happening.event["kind"] if t.happening.event else None,
            ),
            int(t.happening.event["id"]) if t.happening.kind == START and t.happening.event else 0,
        )
        for t in turns
    ]
    loaded = facts_for(cur, shop_id, asks, now)
    asking = (elsewhere.Asking(t.standing, a.names, f) for t, a, f in zip(turns, asks, loaded, strict=True))
    elsewhere.lay_over(cur, shop_id, asking, result.live, result.others_of, now)
    orders: list[tuple[Turn, EffectOrder]] = []
    for turn, facts in zip(turns, loaded, strict=True):
        before = turn.standing.state.step
        try:
            decision = advance(turn.version.scheme, turn.standing.state, facts, turn.happening, now)
        except StepFailed as failed:
            writing.set_aside(turn.standing, failed.step, failed.code, failed.params, turn.happening)
            continue
        except Exception as error:
            log.exception("an enrolment is set aside", enrolment_id=turn.standing.state.id)
            writing.set_aside(turn.standing, before, "internal", {"error": type(error).__name__}, turn.happening)
            continue
        if not decision.reasons and decision.enrolment == turn.standing.state:
            continue
        turn.standing.state = decision.enrolment
        turn.standing.changed = True
        result.decisions.append((turn.standing, turn.happening, before, decision))
        orders += [(turn, _order(turn, decision, e, shop_id, versions)) for e in decision.effects]
    _carry_out(cur, shop_id, orders, result, now)


def _carry_out(cur: Cursor, shop_id: int, orders: list[tuple[Turn, EffectOrder]], result: Round, now: datetime) -> None:
    """At once what the next round asks for: facts of persons, and other schemes that begin. The rest waits for the end."""
    at_once = [o for _, o in orders if isinstance(o.effect, CHANGES_FACTS)]
    if at_once:
        writing.carry_out(cur, shop_id, at_once, now)
    begun = [(t.standing, t.version.scheme.name, o) for t, o in orders if isinstance(o.effect, EnrolPerson)]
    if begun:
        for new in elsewhere.begin(cur, shop_id, begun, result.live, result.others_of, now):
            new.is_frozen = new.scheme_id in result.pauses.frozen
            result.others_of(new).append(new)
    result.orders += [o for _, o in orders if not isinstance(o.effect, CHANGES_FACTS)]


def _order(
    turn: Turn, decision: Decision, effect: Any, shop_id: int, versions: dict[int, CompiledVersion]
) -> EffectOrder:
    state = decision.enrolment
    scheme = turn.version.scheme
    why = next((r.code for r in reversed(decision.reasons) if r.step == effect.step), "")
    return EffectOrder(
        effect=effect,
        shop_id=shop_id,
        person_id=state.person_id or 0,
        order_id=state.order_id,
        enrolment_id=state.id,
        version_id=turn.version.id,
        held_out=state.held_out,
        why=why,
        templates=turn.version.templates,
        scheme=scheme.name,
        priority=scheme.priority,
        terms=terms_of(scheme, effect, turn.beside, versions),
    )
