"""Random schemes and random happenings: what holds on every road."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from regulars.core.advance import MAX_STEPS, advance
from regulars.core.enrolment import Happening
from regulars.core.entry import begin
from regulars.core.explain import explain
from regulars.core.needs import hears, wants
from regulars.core.read import read_scheme
from tests.core.conftest import Journey, week
from tests.examples import examples

NAMES = ["a", "b", "c", "d", "e"]
KINDS = ["order.paid", "order.delivered", "order.cancelled", "order.changed", "message.opened", "x.visit"]
START = datetime(2026, 3, 26, 22, 0, tzinfo=UTC)

target = st.sampled_from([*NAMES, "end"])
delay = st.sampled_from(["15m", "2h", "1d", "30m working", "1d working", "next morning", "11:00 local", "02:30 local"])
event = st.sampled_from(KINDS)
letter = st.sampled_from(["x", "{template: y, purpose: advertising}", "{subject: s, text: t, late: drop after 6h}"])
condition = st.sampled_from(
    [
        "order.payment.status == 'paid'",
        "event.kind == 'x.visit'",
        "answer.q == 'yes'",
        "outcome.a missing",
        "order.total > 5",
    ]
)

step = st.one_of(
    st.builds("send: {}".format, letter),
    st.builds("wait: {}".format, delay),
    st.builds("wait: {{days: {}, after: {}, at: '11:00 local', up_to: 9d}}".format, st.integers(0, 9), event),
    st.builds("wait: {{days: product.satisfaction_days, after: {}}}\n    on_timeout: {}".format, event, target),
    st.builds("wait_for: {{event: {}, up_to: {}, since: {}}}\n    on_timeout: {}".format,
              event, delay, st.sampled_from(["start", "step"]), target),
    st.builds("if: {}\n    yes: {}\n    no: {}".format, condition, target, target),
    st.builds("ask: {{question: q, template: t, up_to: {}}}\n    answers: {{yes: {}, no: {}}}".format,
              delay, target, target),
    st.builds("call: {{within: {}, target: 5m}}\n    tell: x\n    outcomes: {{yes: {}, "
              "no: {{again: [{}, 2h], then: {}}}, later: {{call_again: asked}}}}".format,
              delay, target, delay, target),
    st.builds("task: {{kind: case}}\n    then: {}".format, target),
    st.builds("split: {{{}: 30%, {}: 70%}}".format, st.sampled_from(["a", "c", "end"]), st.sampled_from(["b", "d", "e"])),
    st.sampled_from(["tag: vip", "tag: {add: [a, b], remove: vip}", "set: {n: 5, day: 2026-03-27, kind: event.kind}"]),
    st.sampled_from(["points: {give: 5, valid: 3d}", "code: {percent: 10}", "code: {amount: 9.90, currency: EUR, valid: 1h}"]),
    st.just("webhook: {url: 'https://example.com/', body: {day: event.occurred_at, total: order.total}}"),
    st.builds("enrol: other\n    then: {}".format, target),
    st.builds("wait: {{until: {}, {}: {}, at: '02:30 local'}}\n    on_timeout: {}".format,
              st.sampled_from(["person.birthday", "2026-03-29", "order.window.from", "person.fields.day"]),
              st.sampled_from(["before", "after"]), st.sampled_from(["2d", "3h", "0d"]), target),
)  # fmt: skip
schemes = st.lists(step, min_size=2, max_size=5).map(
    lambda steps: (
        "scheme: t\nper: order\nstarts: order.placed\nstops: order.cancelled\nhold_out: 50%\nsteps:\n"
        + "".join(f"  {name}:\n    {body}\n" for name, body in zip(NAMES, steps, strict=False))
    )
)
moves = st.lists(
    st.tuples(
        st.sampled_from(["wake", "event", "finish", "answer", "facts", "repeat"]),
        st.sampled_from(["yes", "no", "later", "no", "no"]),
        event,
        st.integers(0, 100_000),
    ),
    max_size=25,
)
zones = st.sampled_from(["Asia/Vladivostok", "Australia/Lord_Howe", "Europe/Berlin", "America/Havana", "Pacific/Apia"])


def make(scheme, zone: str, held_out: bool) -> Journey:
    state = begin(scheme, 1, person_id=5, order_id=7, event_at=START, now=START, held_out=held_out)
    facts = {
        "history": [],
        "order": {"payment": {"status": "unpaid"}, "total": 9, "window": {"from": "2026-03-28T09:00:00+00:00"}},
        "person": {"time_zone": zone, "birthday": date(1988, 2, 29), "tags": ["vip"], "fields": {}},
        "shop": {"time_zone": "Asia/Vladivostok", "satisfaction_days": 3},
        "product": {},
        "worktime": {"shop": week(days=range(7))},
    }
    return Journey(scheme, START, facts, state)


def move(road: Journey, kind: str, word: str, event_kind: str, seconds: int) -> None:
    state = road.state
    if kind == "wake":
        if state.due_at is not None:
            road.wakes()
        return
    road.now += timedelta(seconds=seconds)
    if state.due_at is not None and state.due_at < road.now:
        road.now, due = max(state.entered_at or START, road.now), state.due_at
        road.take(Happening("due", due))
    if kind == "event":
        road.gets(event_kind)
    elif kind == "finish" and state.step is not None:
        road.finishes(word, timedelta(0), call_at=(road.now + timedelta(hours=3)).isoformat())
    elif kind == "answer":
        road.answers(word)
    elif kind == "facts":
        road.take(Happening("facts_changed", road.now))
    elif kind == "repeat" and road.facts["history"]:
        road.take(Happening("event", road.now, road.facts["history"][-1]))


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=schemes, moves=moves, zone=zones, held_out=st.booleans())
def test_on_every_road(text, moves, zone, held_out):
    scheme = read_scheme(text).scheme
    assume(scheme is not None)
    road = make(scheme, zone, held_out)
    road.starts()
    for parts in moves:
        before, made = road.state, len(road.decisions)
        move(road, *parts)
        for decision in road.decisions[made:]:
            after = decision.enrolment
            entered = sum(after.data["visits"].values()) - sum(before.data["visits"].values())
            assert 0 <= entered <= MAX_STEPS
            for name, visits in before.data["visits"].items():
                assert after.data["visits"][name] >= visits
            assert decision.reasons or (decision.effects == () and after.data == before.data)
            assert (after.ended_at is None) or (after.due_at is None and after.ended_at >= before.started_at)
            assert after.ended_at is not None or after.entered_at is None or after.entered_at >= before.started_at
            if after.ended_at is None and after.due_at is None:
                assert scheme.steps[after.step].verb in ("call", "task")
            before = after
    keys = [(effect.step, effect.visit, effect.attempt, effect.part) for effect in road.effects]
    assert len(keys) == len(set(keys))
    if held_out:
        assert all(getattr(effect, "purpose", "service") == "service" for effect in road.effects)
    for language in ("en", "ru"):
        sentences = explain([r.record() for d in road.decisions for r in d.reasons], language, zone)
        assert all(sentences)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=schemes, kind=event, zone=zones)
def test_what_a_position_does_not_want_moves_nothing(text, kind, zone):
    scheme = read_scheme(text).scheme
    assume(scheme is not None)
    road = make(scheme, zone, False)
    road.starts()
    if kind not in wants(scheme, road.state.step) and road.state.ended_at is None:
        event = road.event(kind)
        decision = advance(scheme, road.state, road.facts, Happening("event", road.now, event), road.now)
        assert decision.effects == () and decision.enrolment == road.state


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=schemes,
    moves=moves,
    zone=zones,
    kind=st.sampled_from([*KINDS, "task.finished", "answer.given"]),
    whose=st.integers(0, 1),
)
def test_what_a_position_does_not_hear_moves_nothing(text, moves, zone, kind, whose):
    scheme = read_scheme(text).scheme
    assume(scheme is not None)
    road = make(scheme, zone, False)
    road.starts()
    for parts in moves:
        move(road, *parts)
    state = road.state
    data = {"enrolment_id": str(state.id + whose), "step": state.step, "visit": state.visit, "outcome": "yes"}
    event = road.event(kind, order_id=state.order_id + whose, **data)
    if not hears(scheme, state, kind, event["order_id"], event["data"]):
        assert whose or kind not in wants(scheme, state.step)
        decision = advance(scheme, state, road.facts, Happening("event", road.now, event), road.now)
        assert decision.effects == () and decision.reasons == () and decision.enrolment == state
