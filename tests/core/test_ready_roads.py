"""The ready schemes walked by hand on their main roads, and by chance on all others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.core.advance import MAX_STEPS
from regulars.core.enrolment import Happening
from regulars.core.entry import begin
from regulars.core.read import read_scheme
from regulars.core.scheme import Scheme, WaitFor
from regulars.schemes import READY, ready
from tests.core.conftest import Journey, week
from tests.examples import examples

TEAMS = ("shop", "order-desk", "care", "repeat-sales")


@cache
def scheme(name: str) -> Scheme:
    found = read_scheme(ready(name, "en")).scheme
    assert found is not None
    return found


@pytest.fixture
def walk(journey):
    """`walk("visit", at=…, **facts)`: somebody at the beginning of that ready scheme."""
    return lambda name, **facts: journey(scheme(name), **facts)


def order(status: str = "unpaid", **more):
    return {"payment": {"status": status, "method": "card"}, "status": "new", **more}


def no_answer(road: Journey, times: int) -> None:
    for _ in range(times):
        road.finishes("no_answer")


# goods


def test_who_left_a_basket_gets_one_letter_and_no_second(walk):
    road = walk("lost-cart")
    road.starts("cart.abandoned", order_id=None)
    assert road.letters() == [] and road.due() == "2026-03-02 11:15"
    road.wakes()
    assert road.letters() == ["abandoned-cart"] and road.effects[-1].purpose == "advertising"
    road.wakes()
    assert road.state.ended_at is not None and road.tasks() == []


def test_who_came_back_to_look_is_helped_and_who_orders_is_left_alone(walk):
    road = walk("lost-cart")
    road.starts("cart.abandoned", order_id=None)
    road.wakes()
    road.gets("message.clicked", None)
    road.wakes()
    assert [t.script for t in road.tasks()] == ["help-to-choose"] and road.tasks()[0].team == "order-desk"
    road.gets("order.placed", 9)
    assert road.state.end_reason == "stopped"


def test_a_parcel_is_told_of_twice_and_asked_for_after_two_weeks(walk):
    road = walk("parcel")
    road.starts("order.shipped")
    assert road.letters() == ["shipped"]
    lost = walk("parcel")
    lost.starts("order.shipped")
    road.gets("order.delivered")
    assert road.letters() == ["shipped", "delivered"] and road.state.ended_at is not None
    lost.wakes()
    assert [(t.kind, t.team) for t in lost.tasks()] == [("case", "care")]
    lost.finishes("done")
    assert lost.letters() == ["shipped"] and lost.state.ended_at is not None


@pytest.mark.parametrize(("n", "sent"), [(1, ["second-order"]), (2, [])])
def test_the_second_order_is_suggested_after_the_first_alone(walk, n, sent):
    road = walk("second-order", past={"orders()": n})
    road.starts("time.passed")
    assert road.letters() == sent and road.state.ended_at is not None


def test_a_new_pack_is_offered_at_eleven_unless_he_ordered_by_himself(walk):
    road, own = walk("refill"), walk("refill")
    for one in (road, own):
        one.starts("order.delivered")
    own.now += timedelta(days=20)
    own.gets("order.placed", 9)
    assert own.letters() == [] and own.state.ended_at is not None
    road.wakes()
    road.wakes()
    assert road.letters() == ["running-out"] and road.local().endswith("11:00")


def test_a_birthday_letter_is_dropped_rather_than_late(walk):
    road = walk("birthday", at="2026-05-05 10:00")
    road.starts("date.reached", order_id=None)
    (letter,) = road.effects
    assert letter.template == "birthday" and letter.late.after == timedelta(hours=10)


def test_who_stays_silent_is_written_to_rarely_and_who_looks_is_not_marked(walk):
    silent, looks = walk("win-back"), walk("win-back")
    for road in (silent, looks):
        road.starts("time.passed", order_id=None)
        assert road.letters() == ["win-back"]
    looks.gets("message.clicked", None)
    assert len(looks.effects) == 1 and looks.state.ended_at is not None
    silent.wakes()
    assert "write-rarely" in repr(silent.effects[-1]) and silent.state.ended_at is not None


# furniture


def confirmed(walk, status="unpaid", **facts) -> Journey:
    road = walk("made-to-order", order=order(status), **facts)
    road.starts()
    assert road.letters() == ["order-received"] and road.tasks()[0].script == "made-to-order"
    road.finishes("confirmed")
    return road


def test_furniture_is_made_with_news_each_week_and_a_promised_day(walk):
    road = confirmed(walk)
    assert road.letters()[-1] == "prepayment"
    road.gets("order.part_paid")
    promise = road.promises()[-1]
    assert road.letters()[-1] == "making-begun" and promise.kind == "ship"
    assert road.local(promise.due_at)[:10] == "2026-04-13"  # 30 working days after Monday, 2 March
    for _ in range(2):
        road.wakes()
        road.finishes("in_time")
    assert road.letters()[-2:] == ["making-news", "making-news"]
    road.gets("order.ready")
    assert road.tasks()[-1].script == "agree-delivery"
    soon = road.now + timedelta(days=3)
    road.facts["order"]["window"] = {"from": soon.isoformat(), "to": (soon + timedelta(hours=4)).isoformat()}
    road.finishes("agreed")
    assert road.letters()[-1] == "delivery-agreed" and road.promises()[-1].due_at == soon + timedelta(hours=4)
    assert road.state.ended_at is not None


def test_a_delay_is_told_by_voice_and_no_news_goes_out(walk):
    road = confirmed(walk, "paid")
    assert road.letters()[-1] == "making-begun"
    road.wakes()
    road.finishes("late")
    assert road.tasks()[-1].script == "making-late" and "making-news" not in road.letters()
    road.finishes("agreed")
    assert road.state.step == "week"


def test_nothing_is_billed_that_nobody_has_settled(walk):
    road = walk("made-to-order")
    road.starts()
    no_answer(road, 4)
    assert road.state.step == "unreached" and road.letters() == ["order-received"]
    road.finishes("agreed")
    assert road.letters() == ["order-received", "prepayment"]


def test_without_the_prepayment_nothing_is_made(walk):
    road = confirmed(walk)
    road.wakes()
    assert road.tasks()[-1].script == "unpaid"
    no_answer(road, 3)
    assert road.state.ended_at is not None and "making-begun" not in road.letters()


def test_who_paid_all_at_once_is_seen_the_next_day(walk):
    road = confirmed(walk)
    road.facts["order"]["payment"]["status"] = "paid"
    road.wakes()
    assert road.letters()[-1] == "making-begun" and len(road.tasks()) == 1


def test_without_a_window_no_day_is_told_but_somebody_chooses_one(walk):
    road = confirmed(walk, "paid")
    road.gets("order.ready")
    no_answer(road, 4)
    assert road.state.step == "no-window" and "delivery-agreed" not in road.letters()


def test_a_cancelled_order_takes_its_promise_and_its_calls_with_it(walk):
    road = confirmed(walk, "paid")
    road.gets("order.cancelled")
    assert road.state.end_reason == "stopped" and "VoidPromises" in repr(road.effects[-4:])


def test_a_night_order_of_furniture_is_called_in_the_morning(walk):
    road = walk("made-to-order", at="2026-03-06 23:10")
    road.starts()
    assert road.local(road.tasks()[0].not_before) == "2026-03-09 09:00"


def test_at_home_two_calls_a_review_for_all_and_a_friend_after_half_a_year(walk):
    road = walk("at-home", at="2026-03-02 16:00")
    road.starts("order.delivered")
    assert road.due() == "2026-03-03 11:00"
    road.wakes()
    road.finishes("case")  # a scratch
    assert road.tasks()[-1].kind == "case"
    road.finishes("done")
    assert road.due() == "2026-04-01 12:00"
    road.wakes()
    no_answer(road, 2)
    assert road.letters() == ["review-with-photo"] and road.due() == "2026-08-29 12:00"
    road.wakes()
    assert road.letters() == ["review-with-photo", "tell-a-friend"]
    assert [t.script for t in road.tasks() if t.script] == ["just-delivered", "how-is-it", "how-is-it"]
    assert road.state.ended_at is not None


# courses


def test_a_course_from_the_first_lesson_to_the_certificate(walk):
    road = walk("course")
    road.starts("order.paid")
    for kind in ("x.lesson_opened", "x.half_done"):
        road.now += timedelta(days=1)
        road.gets(kind, None)
    assert road.letters() == ["course-access", "course-half-way"]
    road.answers("yes")
    road.gets("x.course_finished", None)
    assert road.letters()[2:] == ["course-finished", "course-review"] and road.state.ended_at is not None
    assert road.tasks() == []


def test_who_does_not_begin_is_nudged_then_called_and_may_have_his_money(walk):
    road = walk("course")
    road.starts("order.paid")
    road.wakes()
    assert road.due() == "2026-03-12 10:15" and road.letters()[-1] == "course-not-begun"
    road.wakes()
    assert road.tasks()[-1].script == "course-help"
    road.finishes("gives_back")
    assert road.tasks()[-1].kind == "case"
    road.finishes("done")
    assert road.letters() == ["course-access", "course-not-begun"] and road.state.ended_at is not None


def test_silence_on_a_course_still_leads_to_the_invitation_to_review(walk):
    road = walk("course")
    road.starts("order.paid")
    road.gets("x.lesson_opened", None)
    road.wakes()
    road.wakes()
    assert road.letters()[1:] == ["course-stuck", "course-review"] and road.state.ended_at is not None


def test_the_next_course_is_offered_a_week_after_the_last_lesson(walk):
    road = walk("next-course")
    road.starts("x.course_finished", order_id=None)
    road.wakes()
    road.wakes()
    assert road.letters() == ["next-course"] and road.local() == "2026-03-09 11:00"


# appointments


def visit(walk, at: str, **facts) -> Journey:
    start = datetime.fromisoformat(at).astimezone(UTC)
    window = {"from": start.isoformat(), "to": (start + timedelta(hours=1)).isoformat()}
    road = walk("visit", order=order(window=window), **facts)
    road.starts()
    return road


def test_a_visit_is_confirmed_and_reminded_of_in_the_evening_and_two_hours_before(walk):
    road = visit(walk, "2026-03-06T15:00:00+10:00")
    assert road.letters() == ["visit-booked"] and road.due() == "2026-03-05 18:00"
    road.wakes()
    assert road.letters()[-1] == "visit-tomorrow" and road.effects[-1].by == ("sms", "email")
    assert road.due() == "2026-03-06 13:00"
    road.wakes()
    assert road.letters()[-1] == "visit-soon"
    road.wakes()
    assert road.letters()[-1] == "after-visit"
    road.answers("no")
    assert road.tasks()[-1].kind == "case"
    road.finishes("done")
    assert road.letters()[-1] == "visit-review" and road.state.ended_at is not None


def test_a_visit_within_the_hour_is_not_reminded_of(walk):
    road = visit(walk, "2026-03-02T11:00:00+10:00")
    assert road.letters() == ["visit-booked"] and road.state.step == "came"


def test_who_did_not_come_is_called_and_not_asked_how_it_was(walk):
    road = visit(walk, "2026-03-02T11:00:00+10:00")
    road.gets("x.visit_missed")
    assert road.tasks()[-1].script == "missed-visit"
    no_answer(road, 2)
    assert road.letters() == ["visit-booked", "visit-missed"] and road.state.ended_at is not None


def test_a_booking_without_a_time_is_called(walk):
    road = walk("visit")
    road.starts()
    assert road.letters() == [] and road.tasks()[0].script == "choose-time"


def test_the_next_visit_is_one_letter(walk):
    road = walk("next-visit")
    road.starts("time.passed", order_id=None)
    assert road.letters() == ["next-visit"] and road.effects[0].purpose == "advertising"


# by chance

START = datetime(2026, 3, 26, 22, 0, tzinfo=UTC)
ENDS = 150
"""Moves after which every walk must have come to its end: calls are tried a few times, weeks of work go by."""


def beginner(name: str, zone: str, held_out: bool, has_window: bool) -> Journey:
    found = scheme(name)
    window = {"from": "2026-03-29T09:00:00+00:00", "to": "2026-03-29T11:00:00+00:00"}
    facts = {
        "history": [],
        "order": order(**({"window": window} if has_window else {})),
        "person": {"time_zone": zone, "birthday": date(1988, 2, 29), "tags": [], "fields": {}},
        "shop": {"time_zone": "Asia/Vladivostok", "satisfaction_days": 14},
        "product": {},
        "past": {"orders()": 1},
        "worktime": dict.fromkeys(TEAMS, week(days=range(7))),
    }
    state = begin(found, 1, person_id=5, order_id=7, event_at=START, now=START, held_out=held_out)
    return Journey(found, START, facts, state)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(READY),
    zone=st.sampled_from(["Asia/Vladivostok", "Europe/Berlin", "America/Havana", "Pacific/Apia"]),
    held_out=st.booleans(),
    has_window=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_every_ready_scheme_comes_to_its_end_whatever_happens(name, zone, held_out, has_window, seed):
    chance = Random(seed)
    road = beginner(name, zone, held_out, has_window)
    road.starts(road.scheme.starts[0].event)
    kinds = sorted({step.trigger.event for step in road.scheme.steps.values() if isinstance(step, WaitFor)})
    for turn in range(ENDS):
        if road.state.ended_at is not None:
            break
        step = road.scheme.steps[road.state.step]
        names = list(getattr(step, "outcomes", ())) or ["done"]
        # The first turns are chance; later the workshop finishes and the money comes, as in life.
        word = chance.choice(names) if turn < 30 else names[-1] if turn % 2 else names[0]
        if step.verb in ("call", "task"):
            later = (road.now + timedelta(hours=3)).isoformat()
            road.finishes(word, timedelta(minutes=9), call_at=later)
        elif turn < 30 and step.verb == "ask" and chance.random() < 0.5:
            road.answers(chance.choice(["yes", "no"]))
        elif kinds and turn < 30 and chance.random() < 0.5:
            road.now += timedelta(hours=1)
            due = road.state.due_at
            if due is not None and due < road.now:
                road.take(Happening("due", due))
            if road.state.ended_at is None:
                road.gets(chance.choice(kinds))
        else:
            road.wakes()
    assert road.state.ended_at is not None, (road.state.step, road.codes()[-5:])
    for decision in road.decisions:
        assert decision.reasons or not decision.effects
        assert sum(decision.enrolment.data["visits"].values()) <= MAX_STEPS * len(road.decisions)
    keys = [(e.step, e.visit, e.attempt, e.part) for e in road.effects if hasattr(e, "part")]
    assert len(keys) == len(set(keys))
    if held_out:
        assert all(getattr(e, "purpose", "service") == "service" for e in road.effects)
