"""A promise about to break: the buyer is warned before, operators get a task, and whoever was served meanwhile nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM, Actor
from regulars.desk import actions as desk
from regulars.desk.settle import settle_once
from regulars.effects.danger import watch_once
from regulars.outbox import new_times
from regulars.outbox.stored import unpack
from regulars.promises import actions, queries
from regulars.promises.queries import PromiseRow
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from regulars.staff import actions as staff
from regulars.staff import shifts
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

SCHEME = """\
scheme: confirm
per: order
starts: order.placed
stops: [order.cancelled]
steps:
  confirm:
    call: {target: 15m working, within: 1h working, team: order-desk}
    tell: {subject: "Order", text: "We call by {{ promise.due | time }}.", by: [email]}
    outcomes:
      confirmed: end
      not_today: {call_again: asked}
      no_answer: {again: [2h], then: end}
"""
ANNA = Actor("staff", 7)
NIGHT = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)


class Shop(World):
    """A shop with the scheme above and its outbox."""

    def __init__(self, raw: object) -> None:
        super().__init__(raw)  # type: ignore[arg-type]
        self.outbox = Outbox(self)
        self.publish(SCHEME)
        with self.writing() as cur:
            self.anna = staff.create_account(cur, self.shop_id, "anna@staff.test", "Anna", "operator", SYSTEM)

    def on_shift(self) -> None:
        """Anna is at the desk."""
        with self.writing() as cur:
            shifts.begin(cur, self.shop_id, self.anna, self.now)

    def buy(self) -> tuple[int, int]:
        person = self.person()
        order = self.order(person)
        self.happens("order.placed", person, order)
        self.conduct()
        self.outbox.gate()
        return person, order

    def promise(self, order: int) -> PromiseRow:
        with self.writing() as cur:
            return queries.listing(cur, self.shop_id, order_id=order)[0]

    def watch(self) -> None:
        while watch_once(self.raw):
            pass
        self.outbox.gate()

    def letters(self, order: int) -> list[tuple[str, str]]:
        return self.rows(
            "select content->>'template', state from outbox_message where order_id = %s and part = 'warning'", order
        )

    def task(self, order: int, kind: str) -> int:
        return int(self.one("select max(id) from desk_task where order_id = %s and kind = %s", order, kind))

    def task_state(self, task: int) -> str:
        return str(self.one("select state from desk_task where id = %s", task))

    def finish(self, task: int, outcome: str, **fields: object) -> None:
        with self.writing() as cur:
            desk.finish(cur, self.shop_id, task, outcome, ANNA, self.now, **fields)  # type: ignore[arg-type]

    def kinds(self) -> list[str]:
        return [r[0] for r in self.rows("select kind from events_event where kind like 'promise.%%' order by id")]


@pytest.fixture
def shop(database: str) -> Iterator[Shop]:
    raw = db.loop_connection("test")
    yield Shop(raw)
    raw.close()


def test_the_buyer_is_warned_and_the_operators_get_a_task_before_it_breaks(shop: Shop) -> None:
    person, order = shop.buy()
    shop.later(minutes=47)
    shop.watch()
    assert shop.letters(order) == [] and shop.promise(order).state == "open"
    shop.later(minutes=1)
    shop.watch()
    found = shop.promise(order)
    assert (found.state, found.risk_at, found.warned_at) == ("warned", shop.now, shop.now)
    assert shop.letters(order) == [("promise-call-late", "sent")]
    (task,) = shop.rows(
        "select kind, team, why_next, promise_id, person_id, due_at, outcomes[1] from desk_task"
        " where order_id = %s and kind = 'promise'", order,
    )  # fmt: skip
    assert task == ("promise", "order-desk", "promise", found.id, person, found.due_at, "kept")
    assert shop.kinds() == ["promise.made", "promise.told", "promise.endangered", "promise.warned"]
    shop.watch()
    assert len(shop.letters(order)) == 1


def test_the_letter_says_honestly_that_no_new_time_is_known(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=50)
    shop.watch()
    message = shop.one("select id from outbox_message where order_id = %s and part = 'warning'", order)
    (subject, raw) = shop.rows("select subject, raw from outbox_body where id = %s", message)[0]
    letter = message_from_bytes(unpack(raw, True), policy=policy.default)
    text = letter.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "by 13:00" in subject and "don't know the new hour" in text


def test_a_night_buyer_has_a_promise_that_is_not_at_risk_before_the_morning(shop: Shop) -> None:
    shop.at(NIGHT)
    _person, order = shop.buy()
    found = shop.promise(order)
    assert (found.state, found.due_at) == ("open", datetime(2026, 3, 3, 10, 0, tzinfo=UTC))
    assert found.warn_at == datetime(2026, 3, 3, 9, 48, tzinfo=UTC)


def test_a_call_agreed_for_another_day_is_watched_from_its_own_hour(shop: Shop) -> None:
    _person, order = shop.buy()
    asked = datetime(2026, 3, 5, 14, 0, tzinfo=UTC)
    shop.finish(shop.task(order, "call"), "not_today", call_at=asked)
    shop.conduct()
    found = shop.promise(order)
    assert (found.due_at, found.warn_at) == (asked + timedelta(minutes=15), asked + timedelta(minutes=12))


def test_kept_meanwhile_the_buyer_gets_nothing(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=50)
    watch_once(shop.raw)  # the letter is queued, and before it goes the call is made
    shop.finish(shop.task(order, "call"), "confirmed")
    shop.outbox.gate()
    assert shop.letters(order) == [("promise-call-late", "refused")]
    assert shop.promise(order).state == "kept" and shop.promise(order).warned_at is None
    assert shop.task_state(shop.task(order, "promise")) == "closed"


def test_an_outcome_that_may_be_taken_back_keeps_the_letter_back_too(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=50)
    watch_once(shop.raw)
    shop.finish(shop.task(order, "call"), "confirmed", undo_for=desk.UNDO)
    shop.outbox.gate()
    assert shop.letters(order) == [("promise-call-late", "refused")]
    shop.later(minutes=2)
    settle_once(shop.raw)
    assert shop.promise(order).state == "kept"


def test_nobody_is_bothered_while_an_operator_is_at_it_but_is_when_he_gives_it_back(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=48)
    task = shop.task(order, "call")
    with shop.writing() as cur:
        desk.claim(cur, shop.shop_id, task, ANNA, shop.now)
    shop.watch()
    assert shop.promise(order).risk_at is None and shop.letters(order) == []
    with shop.writing() as cur:
        desk.release(cur, shop.shop_id, task, ANNA, shop.now)
    shop.later(minutes=6)
    shop.watch()
    assert shop.promise(order).state == "warned" and len(shop.letters(order)) == 1


def test_a_warned_promise_that_is_kept_in_its_time_is_kept(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=50)
    shop.watch()
    shop.finish(shop.task(order, "promise"), "kept")
    found = shop.promise(order)
    assert (found.state, found.reason) == ("kept", None) and found.warned_at is not None


def test_a_new_time_makes_a_new_promise_and_the_old_one_is_void_with_its_reason(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=50)
    shop.watch()
    old, at = shop.promise(order), shop.now + timedelta(hours=2)
    shop.finish(shop.task(order, "promise"), "moved", call_at=at, undo_for=desk.UNDO)
    shop.later(minutes=2)
    settle_once(shop.raw)
    new = shop.promise(order)
    assert (new.follows_id, new.state, new.due_at, new.team) == (old.id, "open", at, "order-desk")
    assert shop.rows("select state, reason from promises_promise where id = %s", old.id) == [("void", "moved")]
    shop.finish(shop.task(order, "call"), "confirmed")
    assert shop.promise(order).state == "kept", "the call keeps the new one too"


def _said(shop: Shop, order: int) -> tuple[str, str]:
    """Subject and text of the letter about the new time."""
    message = shop.one("select id from outbox_message where order_id = %s and part = 'new_time'", order)
    ((subject, raw),) = shop.rows("select subject, raw from outbox_body where id = %s", message)
    letter = message_from_bytes(unpack(raw, True), policy=policy.default)
    return subject, letter.get_body(("plain",)).get_content()  # type: ignore[attr-defined]


def test_the_buyer_is_told_a_new_time_once_when_it_counts(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=50)
    shop.watch()
    at = shop.now + timedelta(hours=2)
    shop.finish(shop.task(order, "promise"), "moved", call_at=at, undo_for=desk.UNDO)
    letters = "select content->>'template', state from outbox_message where order_id = %s and part = 'new_time'"
    assert shop.rows(letters, order) == [], "it may be taken back yet"
    shop.later(minutes=2)
    settle_once(shop.raw)
    settle_once(shop.raw)
    shop.outbox.gate()
    assert shop.rows(letters, order) == [("promise-call-moved", "sent")]
    subject, text = _said(shop, order)
    assert "14:50" in subject and "by 13:00" in text and "by 14:50" in text and "Reason" not in text
    assert shop.promise(order).state == "open", "and what stands is watched as before"


def test_a_new_day_of_delivery_is_told_with_its_hour(shop: Shop) -> None:
    person, order = shop.buy()
    with shop.writing() as cur:
        new = actions.NewPromise("d", person, "delivery", shop.now + timedelta(hours=3), False, order)
        (old,) = actions.make(cur, shop.shop_id, [new], SYSTEM, shop.now)
        moved = actions.move(cur, shop.shop_id, old, shop.now + timedelta(days=1), "m", SYSTEM, shop.now)
        assert moved is not None
        new_times.tell(cur, shop.shop_id, [moved], shop.now, reason="carrier_late")
        assert new_times.tell(cur, shop.shop_id, [moved], shop.now) == [], "once"
    shop.outbox.gate()
    subject, text = _said(shop, order)
    assert "will be late" in subject
    assert "Reason: the carrier is late. The new date is" in text and "by 12:00" in text


def test_a_new_time_that_binds_nobody_any_more_is_not_told(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=50)
    shop.watch()
    shop.finish(shop.task(order, "promise"), "moved", call_at=shop.now + timedelta(hours=2))
    shop.finish(shop.task(order, "call"), "confirmed")
    shop.outbox.gate()
    assert shop.one("select state from outbox_message where part = 'new_time'") == "refused"


def test_a_new_time_after_the_break_doesnt_unbreak_it(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=50)
    shop.watch()
    old = shop.promise(order)
    shop.later(minutes=20)
    shop.finish(shop.task(order, "promise"), "moved", call_at=shop.now + timedelta(hours=1))
    assert shop.rows("select state from promises_promise where id = %s", old.id) == [("broken",)]
    assert shop.promise(order).state == "open"


def test_an_operators_reason_wins_over_the_derived_one(shop: Shop) -> None:
    shop.on_shift()
    _person, first = shop.buy()
    _person, second = shop.buy()
    shop.later(minutes=50)
    shop.watch()
    shop.finish(shop.task(first, "promise"), "no_hands")
    shop.later(minutes=20)
    shop.watch()
    assert [(shop.promise(o).state, shop.promise(o).reason) for o in (first, second)] == [
        ("broken", "no_hands"), ("broken", "not_done"),
    ]  # fmt: skip
    assert shop.task_state(shop.task(second, "promise")) == "open", "somebody must still speak to the buyer"
    shop.finish(shop.task(second, "call"), "confirmed")
    assert shop.promise(second).reason == "done_late"


def test_a_warning_that_nobody_could_send_in_time_is_dropped(shop: Shop) -> None:
    _person, order = shop.buy()
    shop.later(minutes=50)
    watch_once(shop.raw)
    shop.later(hours=3)
    shop.watch()
    assert shop.letters(order) == [("promise-call-late", "refused")]
    assert shop.promise(order).state == "broken" and shop.promise(order).warned_at is None


def test_whoever_cant_be_reached_stays_at_risk_and_is_not_called_warned(shop: Shop) -> None:
    person, order = shop.buy()
    with shop.writing() as cur:
        cur.execute("delete from people_contact_point where person_id = %s", (person,))
    shop.later(minutes=50)
    shop.watch()
    found = shop.promise(order)
    assert (found.state, found.is_at_risk, found.warned_at) == ("open", True, None)


def test_a_changed_calendar_moves_the_warning_and_not_what_was_told(shop: Shop) -> None:
    from regulars.journeys.actions import hours_changed

    shop.at(NIGHT)
    _person, order = shop.buy()
    before = shop.promise(order)
    with shop.writing() as cur:
        hours = shop_queries.worktimes(cur, shop.shop_id)
        week = {d: ["08:00-18:00"] for d in ("mon", "tue", "wed", "thu", "fri")}
        shops.set_hours(cur, shop.shop_id, "main", {"zone": "UTC", "hours": week}, SYSTEM)
        hours_changed(cur, shop.shop_id, hours, SYSTEM, shop.now)
    after = shop.promise(order)
    assert after.due_at == before.due_at
    # from nine, when it can begin at the earliest, nothing changes; a promise of the shop itself runs from eight
    assert after.warn_at == before.warn_at
    with shop.writing() as cur:
        new = actions.NewPromise("k", _person, "ship", datetime(2026, 3, 3, 18, tzinfo=UTC), False)
        (id_,) = actions.make(cur, shop.shop_id, [new], SYSTEM, shop.now)
        assert queries.one(cur, shop.shop_id, id_).warn_at == datetime(2026, 3, 3, 16, 0, tzinfo=UTC)  # type: ignore[union-attr]
        hours = shop_queries.worktimes(cur, shop.shop_id)
        week["tue"] = ["08:00-13:00"]
        shops.set_hours(cur, shop.shop_id, "main", {"zone": "UTC", "hours": week}, SYSTEM)
        hours_changed(cur, shop.shop_id, hours, SYSTEM, shop.now)
        assert queries.one(cur, shop.shop_id, id_).warn_at == datetime(2026, 3, 3, 12, 0, tzinfo=UTC)  # type: ignore[union-attr]
