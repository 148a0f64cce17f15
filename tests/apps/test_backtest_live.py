"""Live = backtest: what the conductor decided on the way is what the backtest says afterwards, of the same past.

Random schemes and random lives on a real database: orders come in as snapshots, operators and buyers answer, the clock goes
from one due moment to the next. Then the same past is played, with the answers as they were given, and every decision
must be the same: what happened, from where to where, the reasons with the facts used, the effects.
"""

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.core.chance import Chance
from regulars.core.past_outbox import GateTerms, Postbox
from regulars.core.read import read_scheme
from regulars.core.replay import Player, Turn
from regulars.events.actions import lock_mailboxes
from regulars.feedback.actions import answer
from regulars.journeys import actions
from regulars.journeys.backtest_history import pasts, read_world
from regulars.journeys.backtest_rates import known_of
from regulars.orders import taking
from regulars.orders.snapshot import DeliverySnapshot, LineSnapshot, OrderSnapshot, PaymentSnapshot
from tests.apps.random_schemes import Life, lives, schemes
from tests.apps.world import MONDAY_NOON, World
from tests.examples import examples

pytestmark = pytest.mark.db

BEGINS = MONDAY_NOON - timedelta(hours=5, minutes=13)
LASTS = timedelta(days=20)
_numbers = itertools.count(1)


def _snapshot(number: int, life: Life, placed: datetime, at: datetime) -> OrderSnapshot:
    """The order as the shop shows it at that moment."""

    def by(minutes: int | None) -> datetime | None:
        done = None if minutes is None else placed + timedelta(minutes=minutes, seconds=17)
        return done if done is not None and done <= at else None

    paid, shipped, delivered, cancelled = (by(m) for m in (life.paid, life.shipped, life.delivered, life.cancelled))
    status = "cancelled" if cancelled else "delivered" if delivered else "shipped" if shipped else "new"
    total = 499000 + (1000 if by(life.dearer) else 0)
    return OrderSnapshot(
        id=f"r{number}", number=str(number), placed_at=placed, updated_at=at, status=status, currency="RUB", total=total,
        lines=(LineSnapshot(sku="A", name="Thing", quantity=Decimal(1), price=Decimal(4990)),),
        payment=PaymentSnapshot(
            method="cod" if life.cod else "card", status="paid" if paid else "unpaid", paid_at=paid
        ),
        delivery=DeliverySnapshot(shipped_at=shipped, delivered_at=delivered),
        cancelled_at=cancelled,
    )  # fmt: skip


class Live:
    """A buyer on his way, with everybody who acts on it."""

    def __init__(self, world: World, life: Life) -> None:
        self.world, self.life, self.number = world, life, next(_numbers)
        self.person = world.person(f"r{self.number}@example.test", zone="Asia/Yekaterinburg")
        self.placed = BEGINS
        self.said = 0
        self.comes: list[tuple[datetime, Any]] = []
        at = {self.placed}
        for minutes in (life.paid, life.shipped, life.delivered, life.cancelled, life.dearer):
            if minutes is not None:
                at.add(self.placed + timedelta(minutes=minutes, seconds=17))
        self.comes += [(moment, self._take) for moment in at]
        self.seen: set[tuple[Any, ...]] = set()

    def run(self) -> None:
        """To the end of the time, from one due moment to the next."""
        for _ in range(300):
            due = self.world.one("select due_at from events_mailbox where person_id = %s", self.person)
            coming = min((at for at, _ in self.comes), default=None)
            moments = [m for m in (due, coming) if m is not None and m <= BEGINS + LASTS]
            if not moments:
                return
            self.world.at(min(moments))
            for one in [c for c in self.comes if c[0] == self.world.now]:
                self.comes.remove(one)
                one[1]()
            self.world.conduct()
            self._listen()
        raise AssertionError("it never came to rest")

    def _take(self) -> None:
        snapshot = _snapshot(self.number, self.life, self.placed, self.world.now)
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
            "select happening, from_step, to_step, reasons, effects from journeys_decision where person_id = %s order by id",
            self.person,
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


@settings(
    max_examples=examples(30), deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
@given(text=schemes(), life=lives())
def test_live_and_backtest_decide_alike(world: World, text: str, life: Life) -> None:
    name = f"any-{next(_numbers)}"
    text = text.replace("NAME", name)
    assume(read_scheme(text).scheme is not None)
    world.at(BEGINS - timedelta(hours=1))
    world.rows("update events_mailbox set due_at = null where due_at is not null returning 1")
    try:
        world.publish(text)
    except actions.SchemeRefused:
        assume(False)
    live = Live(world, life)
    live.run()
    with world.writing() as cur:
        actions.retire(cur, world.shop_id, name, SYSTEM)
    there, here = live.decisions(), _replayed(world, text, live.person)
    assert here == there, text
