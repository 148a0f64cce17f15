"""What the people about the playground's shop do, each at his own time: buyers order, pay and answer, the shop packs and
ships, colleagues make their calls. All of it through the product's doors, as a shop's own programs and people would.

A deed's time and content follow from the seed and from what stands in the database, so it needs no memory and goes on
where it was left. Must not write anything but by intake and actions.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from regulars.base import db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.cli.playground import seen, writers
from regulars.cli.playground.calling_back import call_back, delivery
from regulars.cli.playground.deeds import Deed, Office
from regulars.cli.playground.orders import OWN_CALLS, Book, Placed
from regulars.cli.playground.rings import Rings
from regulars.cli.playground.shifts import shift_deeds
from regulars.cli.playground.words import COMMENTS, NOTES
from regulars.desk import actions as desk
from regulars.desk import message_tasks
from regulars.feedback import actions as feedback
from regulars.intake.group_commit import NewDelivery, insert
from regulars.rules.worktime import WorkTime
from regulars.shop import queries as shops
from regulars.shop.zones import zone_of

__all__ = ["Life"]

MOST_BACK = timedelta(hours=24)
"""Orders of a time when nobody ran the playground are let go beyond this."""
QUESTIONS_SINCE = timedelta(days=10)
BUYER = Actor("buyer")
SHOP = Actor("command")
Change = tuple[datetime, Mapping[str, Any]]
"""When an order's state changes and what of it; True stands for that very moment."""
CANCELLED: Mapping[str, Any] = {"status": "cancelled", "cancelled_at": True}


class Life:
    """`leisurely`: colleagues leave a task to the visitor until its limit is near; before the beginning they don't.
    `since`: nobody has written about his order before then."""

    def __init__(self, book: Book, office: Office, *, leisurely: bool, since: datetime | None = None) -> None:
        self.book = book
        self.office = office
        self.leisurely = leisurely
        self._since = since
        self.rings = Rings(book)
        self._zones: dict[str, str] = {}
        self._known: dict[object, Deed | None] = {}
        """What is to be done about a state that was seen: most of them are looked at a hundred times."""

    def turn(
        self, raw: "psycopg.Connection[Any]", after: datetime, now: datetime, before_late: Callable[[], object]
    ) -> tuple[int, datetime]:
        """Do what is due at `now`; orders are those placed after `after`. How much was done, and when to come again.

        `before_late` is called before what comes too late is done: a promise breaks first.
        """
        with db.transaction_on(raw) as cur:
            placed = self.book.between(max(after, now - MOST_BACK), now)
            if placed:
                insert(cur, [self._told(o.snapshot(o.at, "new", self.method(o)), o) for o in placed])
            told = self.rings.between(max(after, now - MOST_BACK), now)
            if told:
                insert(cur, [delivery(self.office.shop_id, told)])
            deeds = sorted(self._deeds(cur, now), key=lambda deed: deed.at)
        due = [deed for deed in deeds if deed.at <= now]
        for deed in due:
            if not deed.late:
                with db.transaction_on(raw) as cur:
                    deed.do(cur)
        before_late()
        for deed in due:
            if deed.late:
                with db.transaction_on(raw) as cur:
                    deed.do(cur)
        following = deeds[len(due)].at if len(due) < len(deeds) else None
        coming = self.book.next_after(now)
        if self.leisurely:  # while weeks are filled in, calls are told at the next step, each with its own time
            coming = min(coming, self.rings.next_after(now))
        return len(placed) + len(told) + len(due), coming if following is None else min(coming, following)

    # -- orders ------------------------------------------------------------------------------------------------------

    def _told(self, snapshot: dict[str, Any], order: Placed) -> NewDelivery:
        body = db.dumps(snapshot).encode()
        return NewDelivery(self.office.shop_id, "api", "orders", body, str(SHOP), item_key=order.number)

    def chance(self, *what: object) -> random.Random:
        """Chance that falls the same way each time it is asked about the same thing."""
        return random.Random(" ".join(map(str, (self.book.seed, *what))))  # noqa: S311 - nothing secret

    def method(self, order: Placed) -> str:
        """How it is paid."""
        return "cod" if self.chance("method", order.number).random() < 0.22 else "card"

    def zone(self, order: Placed) -> ZoneInfo:
        """Where the buyer lives."""
        town = order.buyer.town
        if town.name not in self._zones:
            self._zones[town.name] = zone_of(town.country, None, town.name) or str(self.office.zone)
        return ZoneInfo(self._zones[town.name])

    def by_day(self, at: datetime, zone: ZoneInfo, opens: int = 9, closes: int = 20) -> datetime:
        """The moment itself if it lies in these hours there, else the next morning's first hour."""
        local = at.astimezone(zone)
        if opens <= local.hour < closes:
            return at
        day = local.date() + timedelta(days=local.hour >= closes)
        return datetime.combine(day, time(opens, local.minute, local.second), zone)

    def _by_both(self, at: datetime, zone: ZoneInfo) -> datetime:
        """By the buyer's day and in the shop's hours: nobody promises a call for when he sleeps."""
        for _ in range(2):
            at = self.by_day(self.by_day(at, zone, 10, 19), self.office.zone, 9, 19)
        return at

    # -- all else ----------------------------------------------------------------------------------------------------
    def _deeds(self, cur: Cursor, now: datetime) -> Iterator[Deed]:
        """All that anybody has in mind, also later."""
        shop_id = self.office.shop_id
        worktimes = shops.worktimes(cur, shop_id)
        before, self._known = self._known, {}
        orders = seen.open_orders(cur, shop_id)
        looks: list[tuple[str, Any, Callable[[Placed, Any], Deed | None]]] = [
            *(("goes", state, self._progress) for state in orders),
            *(("writes", state, self._write) for state in orders),
            *(("works", t, partial(self._work, hours=worktimes[t.team])) for t in seen.open_tasks(cur, shop_id)),
            *(("answers", asked, self._answer) for asked in seen.questions(cur, shop_id, now - QUESTIONS_SINCE)),
        ]
        yield from shift_deeds(cur, self.office, self.book.seed, now)
        for task in seen.call_backs(cur, shop_id):
            called = "calls back", task
            if called not in before:
                before[called] = call_back(
                    self.office, self.book.seed, task, worktimes["order-desk"], leisurely=self.leisurely
                )
            self._known[called] = deed = before[called]
            if deed is not None:
                yield deed
        for what, state, look in looks:
            key = what, state
            if key not in before:
                order = self.book.get(state.number)
                before[key] = None if order is None else look(order, state)
            self._known[key] = deed = before[key]
            if deed is not None:
                yield deed

    def _write(self, order: Placed, state: seen.OrderState) -> Deed | None:
        """The buyer's message about an order that is on its way; one an order."""
        chance = self.chance("writes", order.number)
        found = None if state.has_written else writers.letter_of(order, state.status, self.book.began, chance)
        if found is None or (self._since is not None and found[0] < self._since):
            return None
        at, channel, topic = found
        if order.own is None:
            at = self.by_day(max(at, state.version_at), self.zone(order), 8, 23)
        message = writers.said(order, topic, channel, at)
        return Deed(at, partial(writers.deliver, shop_id=self.office.shop_id, message=message, who=BUYER))

    def _progress(self, order: Placed, state: seen.OrderState) -> Deed | None:
        """Payment, and the next thing that the shop does with the order."""
        steps = [self._payment(order, state), self._status(order, state)]
        following = min((s for s in steps if s is not None), key=lambda s: s[0], default=None)
        if following is None:
            return None
        at, change = max(following[0], state.version_at + timedelta(seconds=1)), dict(following[1])
        known = {"paid_at": state.paid_at, "shipped_at": state.shipped_at}
        status = change.pop("status", state.status)
        if status == "delivered" and state.method == "cod":
            change["paid_at"] = at
        for name, value in change.items():
            known[name] = at if value is True else value
        snapshot = order.snapshot(at, status, state.method, **known)

        def do(cur: Cursor) -> None:
            insert(cur, [self._told(snapshot, order)])

        return Deed(at, do)

    def _payment(self, order: Placed, state: seen.OrderState) -> Change | None:
        if state.payment != "unpaid" or state.method == "cod":
            return None
        chance = self.chance("pays", order.number)
        kind = chance.random()
        if kind < 0.5:
            return order.at + timedelta(minutes=chance.uniform(0.5, 6)), {"paid_at": True}
        if state.called_at is None:
            return None
        if kind < 0.68:
            return state.called_at + timedelta(minutes=chance.uniform(4, 100)), {"paid_at": True}
        if kind < 0.93:
            at = self.by_day(state.called_at + timedelta(hours=chance.uniform(2.2, 30)), self.zone(order), 8, 22)
            return at, {"paid_at": True}
        return None

    def _status(self, order: Placed, state: seen.OrderState) -> Change | None:
        """What the shop does next with it, and when."""
        hours = self.chance("ships", order.number, state.status).uniform
        zone = self.office.zone
        if state.status == "shipped":
            days = hours(0.8, 2.5) + (2 if order.buyer.language == "en" else 0)
            there = self.by_day(state.version_at + timedelta(days=days), self.zone(order), 9, 21)
            return there, {"status": "delivered", "delivered_at": True}
        if state.status == "ready":
            at = self.by_day(state.version_at + timedelta(hours=hours(1, 18)), zone)
            return at, {"status": "shipped", "shipped_at": True}
        if state.called_at is None:
            return None
        if state.outcome == "refused":
            return state.called_at + timedelta(minutes=hours(1, 8)), CANCELLED
        if state.status == "processing":
            if state.payment == "paid" or state.method == "cod":
                return self.by_day(state.version_at + timedelta(hours=hours(0.5, 5)), zone), {"status": "ready"}
            return self.by_day(order.at + timedelta(days=5), zone), CANCELLED
        if state.outcome in ("not_today", "no_answer"):
            return self.by_day(state.called_at + timedelta(hours=40), zone), CANCELLED
        return self.by_day(state.called_at + timedelta(hours=hours(0.2, 1.2)), zone), {"status": "processing"}

    # -- colleagues --------------------------------------------------------------------------------------------------
    def _work(self, order: Placed, task: seen.OpenTask, hours: WorkTime) -> Deed | None:
        chance = self.chance("works", task.number, task.step, task.visit, task.attempt)
        if order.own is not None and not self.leisurely:
            return self._own_call(order, task, chance)
        at = self._when(task, hours, chance, is_own=order.own is not None)
        if task.kind == message_tasks.KIND:
            return self._reply(order, task, at, chance)
        outcome, call_at = self._outcome(order, task, at, chance)
        return self._finish(task, at, outcome, call_at, chance)

    def _own_call(self, order: Placed, task: seen.OpenTask, chance: random.Random) -> Deed | None:
        """Of our own orders, only the calls that had been made before the visitor came."""
        call = OWN_CALLS.get(order.own or 0) if task.attempt == 1 and task.step == "confirm" else None
        if call is None:
            return None
        minutes, outcome, again = call
        at = max(self.book.began - timedelta(minutes=minutes), task.not_before + timedelta(minutes=5))
        call_at = None
        if again is not None:
            call_at = max(self.book.began + timedelta(minutes=again), at + timedelta(minutes=10))
        return self._finish(task, at, outcome, call_at, chance)

    def _when(self, task: seen.OpenTask, hours: WorkTime, chance: random.Random, *, is_own: bool) -> datetime:
        start = max(task.opened_at, task.not_before)
        late = chance.random() < 0.025
        if task.due_at is None:
            return hours.add(start, timedelta(minutes=chance.uniform(60, 400)))
        if late and not is_own:
            return hours.add(task.due_at, timedelta(minutes=chance.uniform(2, 30)))
        span = max(hours.between(start, task.due_at), timedelta(minutes=1))
        share = min(0.95, math.exp(chance.gauss(-1.9, 0.6)))
        if self.leisurely:
            share = chance.uniform(0.6, 0.97) if not is_own else 0.99
        return hours.add(start, span * share)

    def _outcome(
        self, order: Placed, task: seen.OpenTask, at: datetime, chance: random.Random
    ) -> tuple[str, datetime | None]:
        if task.step == "confirm" or {"confirmed", "no_answer"} <= set(task.outcomes):
            outcome = chance.choices(
                ("confirmed", "no_answer", "not_today", "refused"),
                (80, 12 if task.attempt < 3 else 2, 5 if task.attempt == 1 else 1, 3),
            )[0]
            if outcome == "confirmed" and order.is_short and "out_of_stock" in task.outcomes and chance.random() < 0.8:
                outcome = "out_of_stock"
        elif "will_pay" in task.outcomes:
            outcome = "will_pay" if task.visit == 1 and chance.random() < 0.6 else "refused"
        else:
            outcome = task.outcomes[0] if task.outcomes else "done"
        if outcome not in task.outcomes:
            outcome = task.outcomes[0]
        if outcome not in task.call_at_needed:
            return outcome, None
        again = self._by_both(at + timedelta(hours=chance.uniform(3, 26)), self.zone(order))
        quarter = again.replace(minute=again.minute // 15 * 15, second=0, microsecond=0)
        return outcome, max(quarter, at + timedelta(minutes=30))

    def _finish(
        self, task: seen.OpenTask, at: datetime, outcome: str, call_at: datetime | None, chance: random.Random
    ) -> Deed:
        office, who = self.office, self._colleague(task, chance)
        notes = NOTES.get(outcome, ())
        note = chance.choice(notes)[office.language] if notes and chance.random() < 0.5 else ""

        def do(cur: Cursor) -> None:
            try:
                desk.finish(cur, office.shop_id, task.id, outcome, who, at, note=note, call_at=call_at)
            except desk.DeskError:
                return  # somebody was quicker

        return Deed(at, do, task.due_at is not None and at > task.due_at)

    def _reply(self, order: Placed, task: seen.OpenTask, at: datetime, chance: random.Random) -> Deed | None:
        text, who = writers.reply_to(task.said, order.buyer.language), self._colleague(task, chance)
        if not text:
            return None  # what the visitor has made up himself waits for him
        return Deed(
            at,
            partial(writers.answer, shop_id=self.office.shop_id, task_id=task.id, text=text, who=who, at=at),
            task.due_at is not None and at > task.due_at,
        )

    def _colleague(self, task: seen.OpenTask, chance: random.Random) -> Actor:
        office = self.office
        return Actor("staff", chance.choice(office.callers if task.team == "order-desk" else office.carers))

    # -- buyers ------------------------------------------------------------------------------------------------------
    def _answer(self, order: Placed, question: seen.Question) -> Deed | None:
        chance = self.chance("answers", question.number)
        if chance.random() > 0.6:
            return None
        at = self.by_day(question.asked_at + timedelta(hours=chance.uniform(0.3, 44)), self.zone(order), 8, 22)
        word = "yes" if chance.random() < 0.84 or "no" not in question.answers else "no"
        comments = COMMENTS.get(word, ())
        comment = ""
        if comments and chance.random() < (0.9 if word == "no" else 0.4):
            comment = chance.choice(comments)[order.buyer.language]

        def do(cur: Cursor) -> None:
            try:
                feedback.answer(cur, self.office.shop_id, question.id, word, comment, BUYER, at)
            except feedback.AnswerRefused:
                return  # the visitor has answered it himself

        return Deed(at, do)
