"""'What the words mean, exactly' (design.md): a test for each sentence that is the core's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from regulars.core.advance import MAX_STEPS
from regulars.core.effects import AskQuestion, SendMessage
from regulars.core.enrolment import Happening, StepFailed
from regulars.core.entry import begin, is_held_out, may_enter, reaches_goal, start_needs, starting_trigger
from regulars.core.needs import listens, needs, wants
from tests.core.conftest import compiled, week

PER_ORDER = "scheme: test\nper: order\nstarts: order.placed\n"
PER_PERSON = "scheme: test\nper: person\nstarts: order.placed\n"
HOUR = timedelta(hours=1)


def scheme(steps: str, head: str = PER_ORDER):
    return compiled(head + "steps:\n" + steps)


# The way through


def test_it_runs_to_the_first_step_that_waits(journey):
    road = journey(scheme("  a: {send: x}\n  b: {send: y}\n  c: {wait: 1h}\n  d: {send: z}\n"))
    road.starts()
    assert road.letters() == ["x", "y"] and road.state.step == "c"
    road.wakes()
    assert road.letters() == ["x", "y", "z"] and road.state.end_reason == "finished"


def test_a_stretch_is_at_most_32_steps_and_goes_on_at_the_same_moment(journey):
    steps = "".join(f"  s{n}: {{send: t{n}}}\n" for n in range(70))
    road = journey(scheme(steps))
    start = road.now
    counts = [len([r for r in road.starts().reasons if r.code == "sent"])]
    while road.state.ended_at is None:
        assert road.state.due_at == start
        road.now = start + HOUR
        counts.append(len([r for r in road.wakes().reasons if r.code == "sent"]))
    assert counts == [MAX_STEPS, MAX_STEPS, 70 - 2 * MAX_STEPS]
    assert len(set(road.letters())) == 70 and {effect.due_at for effect in road.effects} == {start}


def test_exactly_32_steps_end_without_another_stretch(journey):
    road = journey(scheme("".join(f"  s{n}: {{send: t{n}}}\n" for n in range(32))))
    road.starts()
    assert road.state.ended_at is not None


def test_the_facts_of_a_stretch_are_named_and_no_others():
    way = scheme(
        "  a: {if: order.total > 1, no: c}\n  b: {wait: 1d}\n  c: {if: person.language == 'ru', no: end}\n"
        "  d: {call: {team: care}}\n  e: {wait: {days: product.life_days, after: order.delivered}}\n"
    )
    assert needs(way, None, "start", "order.placed") == {
        "order.total",
        "person.language",
        "worktime.care",
        "person.time_zone",
        "shop.time_zone",
    }
    assert needs(way, "b", "due") == {"person.language", "worktime.care", "person.time_zone", "shop.time_zone"}
    assert {"history", "product.life_days", "shop.life_days"} < needs(way, "d", "outcome", "task.finished")


def test_a_position_listens_to_what_stops_it_and_what_it_waits_for():
    way = scheme(
        "  a: {wait_for: order.paid}\n  b: {ask: {question: q, template: t}}\n  c: {call: {}}\n  d: {wait: 1d}\n",
        PER_ORDER + "stops: order.cancelled\ngoal: {event: order.placed, of: person}\n",
    )
    assert wants(way, "a") == {"order.cancelled", "order.set_aside", "order.paid"}
    assert wants(way, "b") == {"order.cancelled", "order.set_aside", "answer.given"}
    assert wants(way, "c") == {"order.cancelled", "order.set_aside", "task.finished"}
    assert wants(way, "d") == {"order.cancelled", "order.set_aside"}
    assert listens(way) == {
        "order.placed",
        "order.cancelled",
        "order.set_aside",
        "order.paid",
        "answer.given",
        "task.finished",
    }


def test_the_record_keeps_the_facts_that_were_used(journey):
    road = journey(
        scheme("  a: {if: order.payment.status == 'paid' and order.total exists, yes: end}\n  b: {send: x}\n")
    )
    decision = road.starts()
    branch = next(reason for reason in decision.reasons if reason.code == "branch")
    assert branch.record() == {
        "step": "a",
        "verb": "if",
        "code": "branch",
        "params": {"condition": "order.payment.status == 'paid' and order.total exists", "answer": "no"},
        "facts": {"order.payment.status": "unpaid"},
        "next": "b",
    }


def test_event_is_the_event_that_woke_it(journey):
    road = journey(
        scheme(
            "  a: {wait_for: {event: x.visit, up_to: 1d}, on_timeout: c}\n"
            "  b: {if: event.room == 'red', yes: end}\n  c: {if: event.kind == 'x.visit', no: end}\n  d: {send: x}\n"
        )
    )
    road.starts()
    road.gets("x.visit", room="red")
    assert road.state.ended_at is not None and road.letters() == []
    late = journey(road.scheme)
    late.starts()
    late.wakes()
    assert late.state.ended_at is not None and late.letters() == []  # no event woke it: event.* is missing


# Who enters


def test_an_order_goes_through_once_ever():
    way = scheme("  a: {send: x}\n")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert may_enter(way, is_active=False, last_ended_at=None, now=now) is None
    assert may_enter(way, is_active=True, last_ended_at=None, now=now) == "active"
    assert may_enter(way, is_active=False, last_ended_at=now - timedelta(days=900), now=now) == "once"


def test_a_person_goes_through_again_only_by_again():
    now = datetime(2026, 3, 1, tzinfo=UTC)
    once = scheme("  a: {send: x}\n", PER_PERSON)
    again = scheme("  a: {send: x}\n", PER_PERSON + "again: after 30d\n")
    assert may_enter(once, is_active=False, last_ended_at=now - timedelta(days=90), now=now) == "once"
    assert may_enter(again, is_active=False, last_ended_at=now - timedelta(days=29), now=now) == "too_soon"
    assert may_enter(again, is_active=False, last_ended_at=now - timedelta(days=30), now=now) is None
    assert may_enter(again, is_active=True, last_ended_at=now - timedelta(days=90), now=now) == "active"


def test_a_start_may_be_narrowed_by_facts_and_by_the_event_itself():
    way = scheme(
        "  a: {send: x}\n",
        "scheme: t\nper: order\nstarts: {event: order.placed, where: order.total > 100 and event.source == 'site'}\n",
    )
    event = {
        "id": 1,
        "kind": "order.placed",
        "occurred_at": datetime(2026, 3, 1, tzinfo=UTC),
        "order_id": 7,
        "data": {},
    }
    facts = {"order": {"total": 500}}
    now = event["occurred_at"]
    assert start_needs(way, "order.placed") == {"order.total"}
    assert starting_trigger(way, event, facts, now) is None
    assert starting_trigger(way, {**event, "data": {"source": "site"}}, facts, now) is not None
    assert starting_trigger(way, {**event, "data": {"source": "site"}, "order_id": None}, facts, now) is None


def test_one_event_goes_to_stops_before_the_wait(journey):
    road = journey(scheme("  a: {wait_for: order.paid}\n  b: {send: x}\n", PER_ORDER + "stops: order.paid\n"))
    road.starts()
    road.gets("order.paid")
    assert road.state.end_reason == "stopped" and road.letters() == []


def test_a_stop_may_be_narrowed(journey):
    road = journey(
        scheme("  a: {wait: 1d}\n", PER_ORDER + "stops: {event: order.changed, where: event.total == 0}\n"),
    )
    road.starts()
    assert road.gets("order.changed", total=5).reasons == ()
    road.gets("order.changed", total=0)
    assert road.state.end_reason == "stopped"


def test_in_a_scheme_per_order_order_events_mean_this_order_and_all_else_this_person(journey):
    steps = "  a: {wait_for: {event: KIND}}\n  b: {send: x}\n"
    for kind, order_id, wakes in [
        ("order.paid", 7, True),
        ("order.paid", 8, False),
        ("message.opened", None, True),
        ("message.opened", 8, True),
        ("shipment.delivered", 8, True),
        ("shipment.delivered, of: order", 8, False),
        ("order.paid, of: person", 8, True),
    ]:
        road = journey(scheme(steps.replace("KIND", kind)))
        road.starts()
        road.gets(kind.partition(",")[0], order_id)
        assert (road.letters() == ["x"]) is wakes, (kind, order_id)


# Waiting


def test_wait_for_looks_back_to_the_start_for_its_own_order(journey):
    road = journey(scheme("  a: {wait: 1h}\n  b: {wait_for: order.paid}\n  c: {send: x}\n"))
    road.starts()
    road.now += timedelta(minutes=1)
    road.gets("order.paid")
    road.wakes()
    assert road.letters() == ["x"]


def test_a_payment_dated_before_its_order_but_recorded_after_is_not_missed(journey):
    road = journey(scheme("  a: {wait: 1h}\n  b: {wait_for: order.paid}\n  c: {send: x}\n"))
    road.starts()
    road.gets("order.paid", at=road.now - timedelta(seconds=2))
    road.wakes()
    assert road.letters() == ["x"]


def test_since_step_narrows_the_look_back(journey):
    road = journey(scheme("  a: {wait: 1h}\n  b: {wait_for: {event: order.paid, since: step}}\n  c: {send: x}\n"))
    road.starts()
    road.gets("order.paid")
    road.wakes()
    assert road.state.step == "b"
    road.now += HOUR
    road.gets("order.paid")
    assert road.letters() == ["x"]


def test_a_persons_event_is_not_looked_back_for(journey):
    road = journey(scheme("  a: {wait: 1h}\n  b: {wait_for: message.opened}\n  c: {send: x}\n"))
    road.starts()
    road.gets("message.opened", None)
    road.wakes()
    assert road.state.step == "b"


def test_an_event_since_the_step_wakes_each_such_wait_only_once(journey):
    road = journey(scheme("  a: {wait_for: x.visit}\n  b: {wait_for: x.visit}\n  c: {send: x}\n"))
    road.starts()
    road.now += HOUR
    road.gets("x.visit")
    assert road.state.step == "b"
    repeated = road.facts["history"][-1]
    road.take(Happening("event", road.now, repeated))
    assert road.state.step == "b"


def test_an_answer_counts_only_if_it_is_to_this_visits_question(journey):
    road = journey(
        scheme("  a: {ask: {question: q, template: t, up_to: 1d}, answers: {yes: b, no: b}}\n  b: {send: x}\n")
    )
    road.starts()
    own = {"answer": "yes", "enrolment_id": "1", "step": "a", "visit": 1}
    for wrong in ({"enrolment_id": "2"}, {"step": "b"}, {"visit": 2}):
        road.gets("answer.given", None, **{**own, **wrong})
        assert road.state.step == "a"
    road.gets("answer.given", None, **own)
    assert road.state.data["answers"] == {"q": "yes"} and road.letters() == ["t", "x"]


def test_at_one_instant_the_event_wins_over_the_time_out(journey):
    road = journey(scheme("  a: {wait_for: {event: order.paid, up_to: 2h}, on_timeout: end}\n  b: {send: x}\n"))
    road.starts()
    road.now = road.state.due_at
    road.event("order.paid")  # recorded, not yet delivered
    road.wakes()
    assert road.letters() == ["x"]


def test_an_event_after_the_time_out_does_not_win(journey):
    road = journey(scheme("  a: {wait_for: {event: order.paid, up_to: 2h}, on_timeout: end}\n  b: {send: x}\n"))
    road.starts()
    due = road.state.due_at
    road.now = due + HOUR
    road.event("order.paid")
    road.take(Happening("due", due))
    assert road.letters() == [] and road.state.ended_at == due


def test_an_answer_at_the_last_instant_wins(journey):
    road = journey(
        scheme(
            "  a: {ask: {question: q, template: t, up_to: 1d}, answers: {yes: b}, on_timeout: end}\n  b: {send: x}\n"
        )
    )
    road.starts()
    road.now = road.state.due_at
    road.event("answer.given", None, answer="yes", enrolment_id=1, step="a", visit=1)
    road.wakes()
    assert road.letters() == ["t", "x"]


def test_a_timer_that_is_not_due_does_nothing(journey):
    road = journey(scheme("  a: {wait: 1h}\n  b: {send: x}\n"))
    road.starts()
    assert road.take(Happening("due", road.now)).reasons == ()


AFTER = "  a: {wait: {days: 10, after: order.delivered, at: '11:00 local', up_to: 5d}OUT}\n  b: {send: x}\n"


def test_days_after_an_event_are_calendar_days_in_the_buyers_zone(journey):
    road = journey(scheme(AFTER.replace("OUT", "")), zone="America/New_York")
    road.starts()
    road.gets("order.delivered", at=datetime(2026, 3, 3, 3, 30, tzinfo=UTC))  # still 2 March there
    road.now = datetime(2026, 3, 4, tzinfo=UTC)
    road.take(Happening("facts_changed", road.now))
    assert road.state.due_at == datetime(2026, 3, 12, 15, 0, tzinfo=UTC)  # 11:00 in summer time, since 8 March


def test_a_delivery_known_on_entry_is_counted_from(journey):
    road = journey(scheme("  z: {wait: 2d}\n" + AFTER.replace("OUT", "")))
    road.starts()
    road.gets("order.delivered")
    road.wakes()
    assert road.due() == "2026-03-12 11:00"


def test_past_the_hour_means_the_next_day(journey):
    road = journey(scheme("  z: {wait: 20d}\n" + AFTER.replace("OUT", "")), at="2026-03-02 15:00")
    road.starts()
    road.gets("order.delivered")
    road.wakes()
    assert road.local() == "2026-03-22 15:00" and road.due() == "2026-03-23 11:00"


def test_an_event_that_never_comes_takes_the_time_out_or_ends_with_its_reason(journey):
    road = journey(scheme(AFTER.replace("OUT", "")))
    road.starts()
    assert road.due() == "2026-03-07 10:15"
    road.wakes()
    assert road.state.end_reason == "no_event"
    other = journey(scheme(AFTER.replace("}OUT}", "}, on_timeout: c}") + "  c: {send: y}\n"))
    other.starts()
    other.wakes()
    assert other.letters() == ["y"]


def test_an_order_delivered_again_is_counted_anew(journey):
    road = journey(scheme(AFTER.replace("OUT", "")))
    road.starts()
    road.gets("order.delivered")
    road.now += timedelta(days=2)
    road.gets("order.delivered")
    assert road.due() == "2026-03-14 11:00"


def test_days_that_no_line_gives_are_the_shops(journey):
    steps = "  a: {wait: {days: product.satisfaction_days, after: order.placed, at: '11:00 local'}}\n"
    road = journey(scheme(steps))
    road.starts()
    assert road.due() == "2026-03-16 11:00"
    road.facts["shop"].pop("satisfaction_days")
    with pytest.raises(StepFailed) as failed:
        road.take(Happening("facts_changed", road.now))
    assert (failed.value.step, failed.value.code) == ("a", "days_unknown")


def test_a_wait_in_working_time_is_computed_anew_when_the_calendar_changes(journey):
    road = journey(scheme("  a: {wait: next morning}\n  b: {send: x}\n"))
    road.starts()
    assert road.due() == "2026-03-03 09:00"
    road.facts["worktime"]["shop"] = week(days=range(2, 5))  # Tuesday is off now
    road.take(Happening("facts_changed", road.now))
    assert road.due() == "2026-03-04 09:00" and road.codes()[-1] == "computed_anew"
    assert road.take(Happening("facts_changed", road.now)).reasons == ()


# Goal and hold-out


def test_a_goal_only_counts_and_outlives_the_enrolment(journey):
    road = journey(scheme("  a: {wait: 1h}\n", PER_ORDER + "goal: {event: order.placed, of: person, within: 90d}\n"))
    road.starts()
    first = road.facts["history"][0]
    assert not reaches_goal(road.scheme, road.state, first)
    road.now += timedelta(minutes=5)
    second = road.event("order.placed", 8)
    assert road.take(Happening("event", road.now, second)).reasons == ()  # it stops nothing
    assert reaches_goal(road.scheme, road.state, second)
    road.wakes()
    assert road.state.ended_at is not None and reaches_goal(road.scheme, road.state, second)
    assert not reaches_goal(
        road.scheme, road.state, {**second, "occurred_at": second["occurred_at"] + timedelta(days=91)}
    )


def test_the_hold_out_keeps_back_advertising_and_nothing_else(journey):
    steps = (
        "  a: {send: {template: ad, purpose: advertising}}\n  b: {send: service}\n"
        "  c: {ask: {question: q, template: ad2, purpose: advertising, up_to: 1d}}\n  d: {call: {}, tell: promise}\n"
    )
    road = journey(scheme(steps, PER_ORDER + "hold_out: 50%\n"))
    road.state.held_out = True
    road.starts()
    assert road.letters() == ["service"] and road.state.step == "c"
    road.wakes()
    assert road.letters() == ["service", "promise"] and len(road.tasks()) == len(road.promises()) == 1
    free = journey(road.scheme)
    free.state.held_out = False
    free.starts()
    assert free.letters() == ["ad", "service", "ad2"]


def test_who_is_held_out_is_chosen_by_hash_and_stays():
    chosen = [is_held_out("after-order", person, 50) for person in range(20_000)]
    assert chosen == [is_held_out("after-order", person, 50) for person in range(20_000)]
    assert 0.045 < sum(chosen) / len(chosen) < 0.055
    assert not any(is_held_out("after-order", person, 0) for person in range(1000))
    other = [is_held_out("win-back", person, 50) for person in range(20_000)]
    assert sum(a and b for a, b in zip(chosen, other, strict=True)) < 100  # independent of other schemes
    way = scheme("  a: {send: x}\n", PER_ORDER + "hold_out: 5%\n")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    stored = begin(way, 1, person_id=1, order_id=7, event_at=now, now=now, held_out=True)
    assert stored.held_out


# Calls and tasks


CALL = (
    "  a:\n    call: {within: 1h working, target: 15m working}\n"
    "    outcomes: {ok: end, busy: {again: 2h, then: b}, later: {call_again: asked}}\n"
    "  b: {send: x}\n"
)


def test_a_call_is_left_only_by_an_outcome(journey):
    road = journey(scheme(CALL))
    road.starts()
    for _ in range(3):
        road.now += timedelta(days=10)
        road.take(Happening("due", road.now))
        road.gets("order.changed")
    assert road.state.step == "a" and road.state.due_at is None


def test_again_is_the_same_visit_and_the_next_attempt_in_the_teams_time_and_the_buyers_day(journey):
    road = journey(scheme(CALL), at="2026-03-06 17:30")  # a Friday
    road.starts()
    road.finishes("busy")
    task = road.tasks()[-1]
    assert (task.visit, task.attempt) == (1, 2)
    assert road.local(task.not_before) == "2026-03-09 09:00" and road.local(task.due_at) == "2026-03-09 09:15"
    moscow = journey(road.scheme, at="2026-03-02 16:30", zone="Europe/Moscow")
    moscow.starts()
    moscow.finishes("busy")
    assert moscow.local(moscow.tasks()[-1].not_before) == "2026-03-03 16:00"  # his 09:00


def test_an_hour_that_the_buyer_asked_for_is_kept_outside_working_time_too(journey):
    road = journey(scheme(CALL))
    road.starts()
    asked = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # 20:00 there, the team has gone
    road.finishes("later", call_at=asked)
    assert road.tasks()[-1].not_before == asked and road.tasks()[-1].due_at == asked + timedelta(minutes=15)


def test_asked_without_a_time_is_refused(journey):
    road = journey(scheme(CALL))
    road.starts()
    for missing in (None, "tomorrow", "2026-03-03T10:00:00"):
        with pytest.raises(StepFailed) as failed:
            road.finishes("later", call_at=missing)
        assert failed.value.code == "call_at_missing"


def test_an_outcome_that_the_step_does_not_know_sets_the_enrolment_aside(journey):
    road = journey(scheme(CALL))
    road.starts()
    with pytest.raises(StepFailed) as failed:
        road.finishes("hung_up")
    assert (failed.value.step, failed.value.code) == ("a", "outcome_unknown")


def test_the_outcome_of_an_earlier_attempt_moves_nothing(journey):
    road = journey(scheme(CALL))
    road.starts()
    data = {"outcome": "ok", "enrolment_id": "1", "step": "a", "visit": 1, "attempt": 1}
    road.finishes("busy")
    event = road.event("task.finished", **data)
    decision = road.take(Happening("outcome", road.now, event))
    assert [reason.code for reason in decision.reasons] == ["outcome_unused"] and road.state.step == "a"


def test_an_outcome_is_a_fact_for_the_branches_to_come(journey):
    road = journey(
        scheme(
            "  call-him: {call: {}, outcomes: {yes: b, no: b}}\n  b: {wait: 1h}\n"
            "  c: {if: outcome.call-him == 'yes', no: end}\n  d: {send: x}\n"
        )
    )
    road.starts()
    road.finishes("yes")
    road.wakes()
    assert road.letters() == ["x"]


def test_a_team_without_working_time_sets_the_enrolment_aside(journey):
    road = journey(scheme("  a: {call: {team: nobody}}\n"))
    with pytest.raises(StepFailed) as failed:
        road.starts()
    assert (failed.value.step, failed.value.code) == ("a", "team_unknown")


def test_a_promise_is_made_by_tell_and_void_after_a_stop(journey):
    road = journey(scheme("  a: {call: {}, tell: x}\n", PER_ORDER + "stops: order.cancelled\n"))
    road.starts()
    promise, letter, task = road.effects
    assert promise.intended and letter.promise == promise.part and task.due_at == promise.due_at
    decision = road.gets("order.cancelled")
    assert [effect.part for effect in decision.effects] == ["stop-tasks", "cancel-messages", "void-promises"]


# Letters, versions


def test_lateness_counts_from_the_moment_meant(journey):
    road = journey(scheme("  a: {wait: 1h}\n  b: {send: {template: x, late: drop after 6h}}\n"))
    road.starts()
    meant = road.state.due_at
    road.now = meant + timedelta(hours=9)
    road.take(Happening("due", meant))
    letter = road.effects[-1]
    assert isinstance(letter, SendMessage) and letter.due_at == meant
    assert (letter.late.action, letter.late.after) == ("drop", timedelta(hours=6))


def test_an_event_dated_before_the_step_or_after_now_moves_no_clock_backwards_or_ahead(journey):
    road = journey(scheme("  a: {wait_for: order.paid}\n  b: {wait: 1h}\n"))
    road.starts()
    begun = road.now
    road.gets("order.paid", at=begun - timedelta(days=1))
    assert road.state.due_at == begun + HOUR
    ahead = journey(road.scheme)
    ahead.starts()
    ahead.gets("order.paid", at=begun + timedelta(days=1))
    assert ahead.state.due_at == begun + HOUR


def test_a_step_that_the_version_does_not_have_sets_the_enrolment_aside(journey):
    road = journey(scheme("  a: {wait: 1h}\n"))
    road.starts()
    road.scheme = scheme("  b: {wait: 1h}\n")
    with pytest.raises(StepFailed) as failed:
        road.wakes()
    assert (failed.value.step, failed.value.code) == ("a", "step_gone")


def test_a_moved_wait_is_computed_anew_from_its_entry(journey):
    road = journey(scheme("  a: {wait: 10h}\n"))
    road.starts()
    entry = road.now
    road.scheme = scheme("  a: {wait: 4h}\n")
    road.now += HOUR
    road.take(Happening("facts_changed", road.now))
    assert road.state.due_at == entry + timedelta(hours=4)


def test_a_question_names_its_answers_and_until_when(journey):
    road = journey(scheme("  a: {ask: {question: q, template: t, up_to: 3d}, answers: {yes: end, no: end}}\n"))
    road.starts()
    (question,) = road.effects
    assert isinstance(question, AskQuestion)
    assert question.answers == ("yes", "no") and question.until == road.now + timedelta(days=3)


def test_an_answer_that_is_not_named_goes_on(journey):
    road = journey(scheme("  a: {ask: {question: q, template: t}, answers: {yes: end}}\n  b: {send: x}\n"))
    road.starts()
    road.answers("perhaps")
    assert road.letters() == ["t", "x"]


def test_the_owners_reason_ends_it(journey):
    road = journey(scheme("  a: {end: not for us}\n"))
    road.starts()
    assert road.state.end_reason == "not for us"


def test_what_is_over_or_not_begun_takes_no_more_happenings(journey):
    road = journey(scheme("  a: {wait: 1h}\n"))
    assert road.gets("order.paid").reasons == () and road.state.step is None
    road.starts()
    assert road.take(Happening("start", road.now, road.facts["history"][0])).reasons == ()
    road.wakes()
    ended = road.state.ended_at
    road.gets("order.cancelled")
    assert road.state.ended_at == ended


def test_a_wait_whose_time_has_come_is_not_put_off_by_a_change(journey):
    road = journey(scheme("  a: {wait: {days: 1, at: '11:00 local'}}\n  b: {send: x}\n"))
    road.starts()
    due = road.state.due_at
    road.now = due + HOUR  # the timer has not been taken yet
    assert road.take(Happening("facts_changed", road.now)).reasons == ()
    assert road.state.due_at == due
