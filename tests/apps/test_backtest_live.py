"""Live = backtest: what the conductor decided on the way is what the backtest says afterwards, of the same past.

Random schemes and random lives on a real database: orders come in as snapshots, operators and buyers answer, the clock goes
from one due moment to the next. Then the same past is played, with the answers as they were given, and every decision
must be the same: what happened, from where to where, the reasons with the facts used, the effects. Left out of the
comparison is what a code is called: live it is made up so that nobody can reckon it.
"""

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.core.chance import Chance
from regulars.core.deeds import Split
from regulars.core.past_outbox import GateTerms, Postbox
from regulars.core.read import read_scheme
from regulars.core.replay import Player, Turn
from regulars.core.scheme import Scheme
from regulars.events.actions import lock_mailboxes
from regulars.feedback.actions import answer
from regulars.journeys import actions, clocks, winners
from regulars.journeys.backtest_history import pasts, read_world
from regulars.journeys.backtest_rates import known_of
from regulars.orders import taking
from regulars.orders.snapshot import DeliverySnapshot, LineSnapshot, OrderSnapshot, PaymentSnapshot
from regulars.shop import queries as shop_queries
from tests.apps.random_schemes import OTHER, Life, lives, schemes
from tests.apps.world import MONDAY_NOON, World
from tests.examples import examples

pytestmark = pytest.mark.db

BEGINS = MONDAY_NOON - timedelta(hours=5, minutes=13)
LASTS = timedelta(days=20)
EVERY_DEED = """
scheme: NAME
title: {en: Any, ru: Любая}
per: order
starts: order.placed
steps:
  mark: {tag: {add: [vip]}}
  keep: {set: {n: 2, day: 2026-03-05}}
  gift: {points: {give: 100, valid: 3d}}
  coupon: {code: {percent: 10, valid: 2d}}
  known: {if: "'vip' in person.tags and person.fields.n >= 2 and points.balance > 9 and code.percent == 10", yes: next, no: end}
  next: {enrol: OTHER}
  again: {enrol: OTHER}
  rest: {wait: {until: person.fields.day, after: 1d}}
  did: {if: "count('points.earned', 5d) >= 1 and spent() > 4990 and count('order.placed') >= 2", yes: way, no: end}
  way: {split: {one: 50%, two: 50%}}
  one: {wait: 1h, then: end}
  two: {wait: 2h}
"""
_numbers = itertools.count(1)


def _snapshot(number: str, life: Life, placed: datetime, at: datetime) -> OrderSnapshot:
    """The order as the shop shows it at that moment."""

    def by(minutes: int | None) -> datetime | None:
        done = None if minutes is None else placed + timedelta(minutes=minutes, seconds=17)
        return done if done is not None and done <= at else None

    paid, shipped, delivered, cancelled = (by(m) for m in (life.paid, life.shipped, life.delivered, life.cancelled))
    status = "cancelled" if cancelled else "delivered" if delivered else "shipped" if shipped else "new"
    total = 499000 + (1000 if by(life.dearer) else 0)
    return OrderSnapshot(
        id=f"r{number}", number=number, placed_at=placed, updated_at=at, status=status, currency="RUB", total=total,
        lines=(LineSnapshot(sku="A", name="Thing", quantity=Decimal(1), price=Decimal(4990)),),
        payment=PaymentSnapshot(
            method="cod" if life.cod else "card", status="paid" if paid else "unpaid", paid_at=paid
        ),
        delivery=DeliverySnapshot(shipped_at=shipped, delivered_at=delivered),
        cancelled_at=cancelled,
    )  # fmt: skip


class Live:
    """A buyer on his way, with everybody who acts on it."""

    def __init__(self, world: World, life: Life, scheme: Scheme) -> None:
        self.world, self.life, self.scheme, number = world, life, scheme, next(_numbers)
        self.person = world.person(f"r{number}@example.test", zone="Asia/Yekaterinburg")
        world.rows("update people_person set birthday = '1990-03-09' where id = %s returning 1", self.person)
        self.said = 0
        self.comes: list[tuple[datetime, Any]] = []
        self._orders(f"{number}", BEGINS)
        if life.second is not None:
            self._orders(f"{number}-2", BEGINS + timedelta(minutes=life.second, seconds=7))
        splits = [step for step in scheme.steps.values() if isinstance(step, Split)]
        if life.decided is not None and splits:
            at = BEGINS + timedelta(minutes=life.decided, seconds=3)
            self.comes.append((at, lambda: self._decided(splits[0])))
        self.seen: set[tuple[Any, ...]] = set()

    def _orders(self, number: str, placed: datetime) -> None:
        life, at = self.life, {placed}
        for minutes in (life.paid, life.shipped, life.delivered, life.cancelled, life.dearer):
            if minutes is not None:
                at.add(placed + timedelta(minutes=minutes, seconds=17))
        self.comes += [(moment, lambda: self._take(number, placed)) for moment in at]

    def _decided(self, split: Split) -> None:
        with self.world.writing() as cur:
            target = list(split.ways)[-1]
            winners.decide(cur, self.world.shop_id, self.scheme.name, split.name, target, SYSTEM, self.world.now)

    def run(self) -> None:
        """To the end of the time, from one due moment to the next."""
        for _ in range(300):
            due = self.world.one(
                "select least(due_at, (select min(due_at) from journeys_start_due where person_id = %s))"
                " from events_mailbox where person_id = %s",
                self.person,
                self.person,
            )
            coming = min((at for at, _ in self.comes), default=None)
            moments = [m for m in (due, coming) if m is not None and m <= BEGINS + LASTS]
            if not moments:
                return
            self.world.at(min(moments))
            for one in [c for c in self.comes if c[0] == self.world.now]:
                self.comes.remove(one)
                one[1]()
            while self._wound() + self.world.conduct():
                pass
            self._listen()
        raise AssertionError("it never came to rest")

    def _wound(self) -> int:
        """Let the clocks that begin schemes tell what has come; in how many rounds they did."""
        return sum(1 for _ in iter(lambda: clocks.take_once(self.world.raw), 0))

    def _take(self, number: str, placed: datetime) -> None:
        snapshot = _snapshot(number, self.life, placed, self.world.now)
        with self.world.writing() as cur:
            lock_mailboxes(cur, [self.person])
            state = taking.NewState("api", snapshot, self.person, True, "test")
            taking.take(cur, self.world.shop_id, [state], timedelta(hours=24), self.world.now)

    def _listen(self) -> None:
        """Whoever was asked just now will answer after a while, or never."""
        for row in self.world.rows(
            "select enrolment_id, step, visit, attempt, kind, outcomes, not_before, order_id from desk_task"
            " where person_id = %s order by id",
            self.person,
        ):
            if row[:4] not in self.seen:
                self.seen.add(row[:4])
                word, delay = self._next()
                if word < 8:
                    self.comes.append(
                        (row[6] + timedelta(minutes=delay, seconds=31), lambda r=row, w=word: self._ends(r, w))
                    )
        for id_, words, at in self.world.rows(
            "select id, answers, asked_at from feedback_question where person_id = %s order by id", self.person
        ):
            if ("q", id_) not in self.seen:
                self.seen.add(("q", id_))
                word, delay = self._next()
                if word < 6:
                    says = words[word % len(words)]
                    after = timedelta(minutes=delay, seconds=43)
                    self.comes.append((at + after, lambda i=id_, w=says: self._says(i, w)))

    def _next(self) -> tuple[int, int]:
        self.said += 1
        place = self.said % len(self.life.words)
        return self.life.words[place], self.life.delays[place] + self.said * 3

    def _ends(self, row: tuple[Any, ...], word: int) -> None:
        enrolment, step, visit, attempt, _kind, outcomes, _, order = row
        outcome = outcomes[word % len(outcomes)]
        more = {"call_at": (self.world.now + timedelta(hours=20)).isoformat()} if outcome == "later" else {}
        self.world.happens(
            "task.finished", self.person, order, enrolment_id=str(enrolment), step=step, visit=visit, attempt=attempt,
            outcome=outcome, **more,
        )  # fmt: skip

    def _says(self, question: int, word: str) -> None:
        with self.world.writing() as cur:
            answer(cur, self.world.shop_id, question, word, "", SYSTEM, self.world.now)

    def decisions(self) -> list[tuple[Any, ...]]:
        """What was decided live."""
        return self.world.rows(
            "select d.happening, d.from_step, d.to_step, d.reasons, d.effects from journeys_decision d"
            " join journeys_version v on v.id = d.version_id join journeys_scheme s on s.id = v.scheme_id"
            " where d.person_id = %s and s.name = %s order by d.id",
            self.person,
            self.scheme.name,
        )


def _replayed(world: World, text: str, person: int) -> list[tuple[Any, ...]]:
    scheme = read_scheme(text).scheme
    assert scheme is not None
    until = BEGINS + LASTS + timedelta(seconds=1)
    with world.writing() as cur:
        around = read_world(cur, world.shop_id, [scheme], BEGINS, until)
        known = known_of(cur, world.shop_id, scheme.name, [person], BEGINS, until)
        found = list(pasts(cur, around, [person]))
    if not found:
        return []  # nothing happened that the scheme listens to
    chance = _Given(scheme, known)
    turns = Player(scheme, chance, BEGINS, until - timedelta(seconds=1)).play(
        found[0], Postbox(found[0], GateTerms(), chance)
    )
    return [_shown(turn) for turn in turns]


class _Given(Chance):
    """Only what was really said: whoever never answered doesn't here either."""

    def __init__(self, scheme: Any, known: Any) -> None:
        super().__init__(scheme, {}, "1", known)
        self._rates = {}


def _shown(turn: Turn) -> tuple[Any, ...]:
    state, happening, before, decision, _ = turn
    assert decision is not None
    effects = [
        {"kind": type(e).__name__, "step": e.step, "visit": e.visit, "attempt": e.attempt, "part": e.part}
        for e in decision.effects
    ]
    reasons = db.loads(db.dumps([r.record() for r in decision.reasons]))
    return (happening.kind, before, state.step, reasons, effects)


def _without_names(decision: tuple[Any, ...]) -> tuple[Any, ...]:
    """Without what a code is called, which nobody can know beforehand."""
    for reason in decision[3]:
        reason["facts"] |= {name: "…" for name in ("code.value", "code.code") if name in reason["facts"]}
    return decision


@settings(
    max_examples=examples(30), deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
@given(text=schemes(), life=lives())
@example(
    text=EVERY_DEED,
    life=Life(
        60,
        180,
        900,
        None,
        30,
        False,
        (1,) * 8,
        (20,) * 8,
        1500,
        700,
        0,
        OTHER.replace("PER", "person").replace("AGAIN", ""),
    ),
)
def test_live_and_backtest_decide_alike(world: World, text: str, life: Life) -> None:
    name = f"any-{next(_numbers)}"
    text = text.replace("NAME", name).replace("OTHER", f"other-{name}")
    other = life.other.replace("OTHER", f"other-{name}")
    scheme = read_scheme(text).scheme
    assume(scheme is not None)
    world.at(BEGINS - timedelta(hours=1))
    world.rows(
        "update shop_shop set settings = settings || jsonb_build_object('hold_out_percent', %s::int) where id = %s returning 1",
        life.held // 10,
        world.shop_id,
    )
    shop_queries.forget()
    world.rows("update events_mailbox set due_at = null where due_at is not null returning 1")
    is_enrolling = f"other-{name}" in text
    try:
        if is_enrolling:
            world.publish(other)
        world.publish(text)
    except actions.SchemeRefused:
        if is_enrolling:
            with world.writing() as cur:
                actions.retire(cur, world.shop_id, f"other-{name}", SYSTEM)
        assume(False)
    live = Live(world, life, scheme)
    live.run()
    there, here = live.decisions(), _replayed(world, text, live.person)
    with world.writing() as cur:
        for one in (name, f"other-{name}") if is_enrolling else (name,):
            actions.retire(cur, world.shop_id, one, SYSTEM)
    assert [_without_names(d) for d in here] == [_without_names(d) for d in there], text
