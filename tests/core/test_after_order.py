"""The scheme that ships as 'after-order', walked to its end on every road."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from regulars.core.effects import AskQuestion, CancelMessages, OpenTask, SendMessage, StopTasks, VoidPromises
from regulars.core.enrolment import Happening


def paid(road):
    road.facts["order"]["payment"]["status"] = "paid"


def test_an_order_is_answered_by_a_call_and_a_letter_that_promises_it(journey, after_order):
    road = journey(after_order)
    road.starts()
    promise, letter, task = road.effects
    assert road.local(promise.due_at) == "2026-03-02 11:15"
    assert promise.kind == "call" and promise.intended
    assert letter.part == "tell" and letter.promise == promise.part and letter.by == ("email",)
    assert letter.purpose == "service" and letter.drop_at == promise.due_at
    assert letter.inline["text"]["ru"] and letter.inline["subject"]["en"]
    assert letter.late.action == "drop" and letter.late.after == timedelta(hours=6)
    assert road.local(task.target_at) == "2026-03-02 10:30"
    assert task.due_at == promise.due_at and task.team == "order-desk" and task.script == "confirm-order"
    assert [(o.name, o.needs_time) for o in task.outcomes] == [
        ("confirmed", False),
        ("not_today", True),
        ("no_answer", False),
        ("out_of_stock", False),
        ("refused", False),
    ]
    assert road.state.step == "confirm" and road.state.due_at is None


def test_a_night_order_is_called_first_thing_next_working_morning(journey, after_order):
    road = journey(after_order, at="2026-03-06 23:10")  # a Friday
    road.starts()
    (task,) = road.tasks()
    assert road.local(task.not_before) == "2026-03-09 09:00"
    assert road.local(task.target_at) == "2026-03-09 09:15"
    assert road.local(road.promises()[0].due_at) == "2026-03-09 10:00"
    assert road.local(road.effects[1].due_at) == "2026-03-06 23:10"  # the letter goes at once


def test_a_buyer_is_never_called_at_his_night(journey, after_order):
    road = journey(after_order, zone="Europe/Moscow")  # seven hours behind the shop
    road.starts()
    (task,) = road.tasks()
    assert road.local(task.not_before) == "2026-03-02 16:00"  # his 09:00
    assert road.local(task.due_at) == "2026-03-02 17:00"


def test_who_paid_before_the_call_is_thanked_at_once(journey, after_order):
    road = journey(after_order)
    road.starts()
    paid(road)
    road.finishes("confirmed")
    assert road.letters() == ["tell", "paid"]
    assert road.state.step == "enjoy"


def test_a_payment_that_came_during_the_call_is_not_missed(journey, after_order):
    road = journey(after_order)
    road.starts()
    road.gets("order.paid")  # nobody waits for it yet
    assert road.state.step == "confirm"
    road.finishes("confirmed")  # the shop's snapshot still says unpaid
    assert road.letters() == ["tell", "paid"]


def test_who_pays_within_two_hours_is_thanked(journey, after_order):
    road = journey(after_order)
    road.starts()
    road.finishes("confirmed")
    assert road.state.step == "pay-wait" and road.due() == "2026-03-02 12:20"
    road.now += timedelta(minutes=30)
    road.gets("order.paid")
    assert road.letters() == ["tell", "paid"] and road.state.step == "enjoy"


def test_who_does_not_pay_is_reminded_after_two_hours_and_called_after_a_day(journey, after_order):
    road = journey(after_order)
    road.starts()
    road.finishes("confirmed")
    road.wakes()
    assert road.letters() == ["tell", "unpaid-2h"] and road.state.step == "pay-wait-again"
    assert road.effects[-1].by == ("email", "sms") and road.local(road.effects[-1].due_at) == "2026-03-02 12:20"
    road.wakes()
    assert road.state.step == "pay-call" and road.tasks()[-1].script == "unpaid"
    road.finishes("will_pay")
    assert road.state.step == "pay-wait-again" and road.state.visit == 2
    road.wakes()
    assert road.state.step == "pay-call" and road.state.visit == 2
    road.finishes("refused")
    assert road.state.ended_at is not None and road.state.end_reason == "finished"


def test_a_reminded_buyer_who_pays_is_thanked(journey, after_order):
    road = journey(after_order)
    road.starts()
    road.finishes("confirmed")
    road.wakes()
    road.now += timedelta(hours=3)
    road.gets("order.paid")
    assert road.letters() == ["tell", "unpaid-2h", "paid"]


def test_cash_on_delivery_is_not_dunned(journey, after_order):
    road = journey(after_order)
    road.facts["order"]["payment"]["method"] = "cod"
    road.starts()
    road.finishes("confirmed")
    assert road.letters() == ["tell"] and road.state.step == "enjoy"


def test_a_shop_that_says_nothing_of_payment_does_not_dun(journey, after_order):
    road = journey(after_order, order={})
    road.starts()
    road.finishes("confirmed")
    assert road.letters() == ["tell"] and road.state.step == "enjoy"


def test_not_today_ends_with_the_hour_that_he_asked_for(journey, after_order):
    road = journey(after_order)
    road.starts()
    asked = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)  # 15:00 there
    road.finishes("not_today", call_at=asked.isoformat())
    assert road.state.step == "confirm" and (road.state.visit, road.state.attempt) == (1, 2)
    task = road.tasks()[-1]
    assert task.not_before == asked and task.due_at == asked + timedelta(minutes=15) and task.attempt == 2
    told = road.promises()[-1]
    assert not told.intended and told.due_at == task.due_at


def test_no_answer_is_tried_again_by_the_plan_and_then_goes_on(journey, after_order):
    road = journey(after_order)
    road.starts()
    seen = []
    for _ in range(3):
        road.finishes("no_answer")
        seen.append((road.local(road.tasks()[-1].not_before), road.local(road.tasks()[-1].due_at)))
        assert road.state.step == "confirm"
    assert seen == [
        ("2026-03-02 10:35", "2026-03-02 10:50"),
        ("2026-03-02 12:25", "2026-03-02 12:40"),
        ("2026-03-03 09:00", "2026-03-03 09:15"),
    ]
    assert road.state.attempt == 4 and len(road.promises()) == 1
    road.finishes("no_answer")
    assert road.state.step == "pay-wait"


def test_refused_ends_it(journey, after_order):
    road = journey(after_order)
    road.starts()
    road.finishes("refused")
    assert road.state.ended_at == road.now and road.letters() == ["tell"]


def test_a_cancellation_with_a_task_open_calls_everything_off(journey, after_order):
    road = journey(after_order)
    road.starts()
    road.now += timedelta(minutes=2)
    decision = road.gets("order.cancelled")
    assert [type(effect) for effect in decision.effects] == [StopTasks, CancelMessages, VoidPromises]
    assert road.state.end_reason == "stopped" and road.state.due_at is None
    late = road.finishes("confirmed")  # the operator had the card open
    assert late.effects == () and [reason.code for reason in late.reasons] == ["outcome_unused"]
    assert road.state.end_reason == "stopped"


def test_the_cancellation_of_another_order_stops_nothing(journey, after_order):
    road = journey(after_order)
    road.starts()
    assert road.gets("order.cancelled", order_id=8).reasons == ()
    assert road.state.ended_at is None


def delivered(road, days=3):
    road.starts()
    paid(road)
    road.finishes("confirmed")
    road.now += timedelta(days=days)
    road.gets("order.delivered")


def test_the_question_comes_when_he_knows_whether_he_likes_it(journey, after_order):
    road = journey(after_order, product={"satisfaction_days": 21})
    delivered(road)
    assert road.due() == "2026-03-26 11:00"
    road.wakes()
    ask = road.effects[-1]
    assert isinstance(ask, AskQuestion) and ask.question == "satisfied" and ask.answers == ("yes", "no")
    assert road.local(ask.until) == "2026-04-05 11:00"


def test_a_satisfied_buyer_is_invited_to_review(journey, after_order):
    road = journey(after_order)
    delivered(road)
    road.wakes()
    road.now += timedelta(hours=2)
    road.answers("yes")
    assert road.letters()[-1] == "review-invitation" and road.state.end_reason == "finished"


def test_a_dissatisfied_buyer_is_helped_and_invited_all_the_same(journey, after_order):
    road = journey(after_order)
    delivered(road)
    road.wakes()
    road.now += timedelta(hours=2)
    road.answers("no")
    case = road.tasks()[-1]
    assert (case.kind, case.team, case.outcomes[0].name) == ("case", "care", "done")
    road.finishes("done")
    assert road.letters()[-1] == "review-invitation" and road.state.ended_at is not None


def test_a_silent_buyer_gets_a_courtesy_call_and_the_invitation(journey, after_order):
    road = journey(after_order)
    delivered(road)
    road.wakes()
    road.wakes()
    call = road.tasks()[-1]
    assert (call.script, call.team) == ("how-is-it", "repeat-sales")
    road.finishes("done")
    assert road.letters()[-1] == "review-invitation"


def test_an_order_that_never_arrives_ends_with_its_reason(journey, after_order):
    road = journey(after_order)
    road.starts()
    paid(road)
    road.finishes("confirmed")
    assert road.local(road.state.due_at) == "2026-05-01 10:20"  # 60 days
    road.wakes()
    assert road.state.end_reason == "no_event" and "no_event" in road.codes()


def test_the_longest_days_are_counted_anew_when_the_order_changes(journey, after_order):
    road = journey(after_order, product={"satisfaction_days": 21})
    delivered(road)
    road.facts["product"]["satisfaction_days"] = 10  # the juicer went back
    road.now += timedelta(days=1)
    road.gets("order.changed")
    assert road.due() == "2026-03-15 11:00"
    assert road.codes()[-1] == "computed_anew"


def test_every_effect_has_an_identity_of_its_own(journey, after_order):
    road = journey(after_order)
    road.starts()
    for _ in range(4):
        road.finishes("no_answer")
    road.wakes()
    road.wakes()
    road.finishes("will_pay")
    road.wakes()
    road.finishes("will_pay")
    keys = [(e.step, e.visit, e.attempt, e.part) for e in road.effects]
    assert len(keys) == len(set(keys)) == 9


def test_an_engine_that_was_down_decides_as_it_would_have_decided_in_time(journey, after_order):
    road = journey(after_order)
    road.starts()
    road.finishes("confirmed")
    meant = road.state.due_at
    road.now = meant + timedelta(hours=6)
    road.take(Happening("due", meant))
    letter = road.effects[-1]
    assert isinstance(letter, SendMessage) and letter.due_at == meant
    assert road.state.due_at == meant + timedelta(days=1)


def test_a_task_is_opened_once_whatever_else_happens(journey, after_order):
    road = journey(after_order)
    road.starts()
    road.gets("order.changed")
    road.gets("message.opened", None)
    road.take(Happening("due", road.now))
    road.take(Happening("facts_changed", road.now))
    assert len([e for e in road.effects if isinstance(e, OpenTask)]) == 1
