"""Two schemes that advertise to the same people within a day: told where one person certainly meets both, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from regulars.core.effects import AskQuestion, SendMessage
from regulars.core.entry import begin
from regulars.core.read import Known, read_scheme
from regulars.core.scheme import Scheme
from tests.core.conftest import Journey, week
from tests.examples import examples

AD = "{send: {template: news, purpose: advertising}}"
CAP = (2, 30)


def _scheme(name: str, starts: str, steps: str, per: str = "order", **head: str) -> str:
    more = "".join(f"{key}: {value}\n" for key, value in head.items())
    return f"scheme: {name}\nper: {per}\nstarts: {starts}\n{more}steps:\n{steps}"


def _met(text: str, *others: str, cap: tuple[int, int] = CAP) -> list[tuple[int, str]]:
    """The lines at which it is told, and whom the step meets."""
    beside = [scheme for other in others if (scheme := read_scheme(other).scheme)]
    assert len(beside) == len(others), [p.sentence() for other in others for p in read_scheme(other).problems]
    reading = read_scheme(text, known=Known(cap=cap, beside=beside))
    assert reading.scheme is not None, [p.sentence() for p in reading.problems]
    found = [p for p in reading.problems if p.code == "advertising_beside"]
    assert all(p.severity == "warning" and p.step for p in found)
    return [(p.line, p.params["others"]) for p in found]


def _later(wait: str) -> str:
    return f"  pause: {{wait: {wait}}}\n  offer: {AD}\n"


DELIVERED = "order.delivered"
ONE = _scheme("one", DELIVERED, _later("14d"))
MEETS = [(6, "two (offer)")]


def test_both_are_told_of_with_the_gate_s_answer() -> None:
    two = _scheme("two", DELIVERED, _later("14d"))
    assert _met(ONE, two) == MEETS
    assert _met(two, ONE) == [(6, "one (offer)")]
    reading = read_scheme(ONE, "one.yaml", Known(cap=(1, 7), beside=[read_scheme(two).scheme]))  # type: ignore[list-item]
    (problem,) = [p for p in reading.problems if p.code == "advertising_beside"]
    assert problem.sentence() == (
        "one.yaml, line 6, step 'offer': 'offer' advertises to the same people within a day of other schemes: two (offer). "
        "Move one of them by a day or more, or give one a higher `priority`; no more than 1 in 7 days go to one person, the "
        "rest is not sent."
    )
    assert "two (offer)" in problem.sentence("ru") and "не больше 1" in problem.sentence("ru")


@pytest.mark.parametrize(
    ("wait", "meets"),
    [
        ("14d", True),
        ("13d 1h", True),
        ("13d", False),
        ("15d", False),
        ("14d 23h", True),
        ("{days: 14, at: '11:00 local'}", True),
        ("{days: 15, at: '11:00 local'}", True),  # for whoever gets it in the evening
        ("{days: 16, at: '11:00 local'}", False),
        ("{days: 14, after: order.delivered}", True),
        ("{days: 14, after: order.shipped}", False),
        ("{days: product.satisfaction_days, after: order.delivered}", False),  # nobody knows how many
        ("14d working", False),
        ("{until: 2026-12-24}", False),
    ],
)
def test_only_within_a_day(wait: str, meets: bool) -> None:
    assert bool(_met(ONE, _scheme("two", DELIVERED, _later(wait)))) is meets


@pytest.mark.parametrize(
    ("starts", "steps", "meets"),
    [
        ("order.placed", _later("14d"), False),  # another moment
        ("order.placed", _later("{days: 14, after: order.delivered, up_to: 30d}"), True),
        ("order.placed", f"  w: {{wait_for: {{event: {DELIVERED}, up_to: 30d}}, on_timeout: end}}\n" + _later("14d"), True),
        # it may be over before: the wait begins late, or is short
        ("order.placed", "  long: {wait: 20d}\n" + _later("{days: 14, after: order.delivered, up_to: 30d}"), False),
        ("order.placed", _later("{days: 14, after: order.delivered, up_to: 2d}"), False),
        ("order.placed", "  ask: {call: {script: x}}\n" + _later("{days: 14, after: order.delivered}"), True),
        ("order.placed", "  ask: {call: {script: x}}\n" + _later("14d"), False),
        ("[order.placed, order.delivered]", _later("14d"), True),
        (DELIVERED, "  ask: {ask: {question: q, template: x, up_to: 14d}, answers: {yes: end}, on_timeout: offer}\n"
                    f"  offer: {AD}\n", True),
        (DELIVERED, "  ask: {ask: {question: q, template: x, up_to: 20d}, answers: {yes: offer}, on_timeout: end}\n"
                    f"  offer: {AD}\n", False),
        (DELIVERED, "  half: {split: {early: 50%, out: 50%}}\n  out: {end: }\n  early: {wait: 3d}\n" + f"  offer: {AD}\n", False),
        (DELIVERED, "  half: {split: {pause: 50%, out: 50%}}\n  out: {end: }\n" + _later("14d"), True),
        (DELIVERED, "  pause: {wait: 14d}\n  offer: {send: {template: news}}\n", False),  # a service letter
    ],
)  # fmt: skip
def test_counted_from_one_moment(starts: str, steps: str, meets: bool) -> None:
    assert bool(_met(ONE, _scheme("two", starts, steps))) is meets


WHERE = "{{event: order.delivered, where: {}}}"
RICH, POOR, LARGE = "order.total >= 1000", "order.total < 1000", "order.total >= 5000"
CUSTOMER, BOUGHT = "person.is_customer", "\"bought('category', 'Tea')\""


@pytest.mark.parametrize(
    ("one", "two", "meets"),
    [
        (RICH, "", True),
        (RICH, RICH, True),
        (RICH, LARGE, True),
        (f"{RICH} and {CUSTOMER}", CUSTOMER, True),
        (RICH, POOR, False),
        (RICH, f"{POOR} and {CUSTOMER}", False),
        (RICH, CUSTOMER, False),  # perhaps none of those is one of these
        (BOUGHT, BOUGHT, True),
        (BOUGHT, CUSTOMER, False),
        ("order.total >= 1000 and order.total < 500", "", False),  # nobody at all
        # by these one scheme may have given way to the other already
        ("\"not happened('message.sent', 2d)\"", "", False),
        ("\"'in-two' not in person.tags\"", "", False),
    ],
)
def test_conditions_that_may_exclude_one_another(one: str, two: str, meets: bool) -> None:
    def starts(where: str) -> str:
        return WHERE.format(where) if where else DELIVERED

    first, second = _scheme("one", starts(one), _later("14d")), _scheme("two", starts(two), _later("14d"))
    assert bool(_met(first, second)) is bool(_met(second, first)) is meets
    # the same, asked on the way

    def asked(name: str, where: str) -> str:
        return _scheme(name, DELIVERED, (f"  ask: {{if: {where}, no: end}}\n" if where else "") + _later("14d"))

    assert bool(_met(asked("one", one), asked("two", two))) is meets
    assert bool(_met(asked("one", one), second)) is meets


@pytest.mark.parametrize(
    ("head", "per"),
    [
        ({"priority": "7"}, "order"),
        ({"budget": "{messages: 10, every: week}"}, "order"),
        ({"again": "always"}, "person"),
    ],
)
def test_nothing_is_said_where_it_is_decided_who_gives_way(head: dict[str, str], per: str) -> None:
    other = _scheme("two", DELIVERED, _later("14d"), per, **head)
    assert _met(ONE, other) == [] and _met(other, ONE) == []
    assert _met(ONE, _scheme("two", DELIVERED, _later("14d")), cap=(0, 30)) == [], "nothing is sent at all"


@pytest.mark.parametrize("stop", ["order.paid", "{event: order.paid, where: order.total > 5}"])
def test_what_the_one_needs_ends_the_other(stop: str) -> None:
    needs = "  paid: {wait_for: {event: order.paid, up_to: 30d}, on_timeout: end}\n"
    two = _scheme("two", "order.placed", needs + _later("{days: 14, after: order.delivered}"))
    stopped = _scheme("one", "order.placed", _later("{days: 14, after: order.delivered}"), stops=stop)
    assert _met(stopped.replace(f"stops: {stop}\n", ""), two) == [(6, "two (offer)")]
    assert _met(stopped, two) == []
    silent = _scheme(
        "one",
        "order.placed",
        "  unpaid: {wait_for: {event: order.paid, up_to: 1d}, then: end, on_timeout: pause}\n"
        + _later("{days: 14, after: order.delivered}"),
    )
    assert _met(silent, two) == []


def test_days_and_silences_and_segments() -> None:
    def by(name: str, starts: str, wait: str = "0d", **head: str) -> str:
        return _scheme(name, starts, _later(wait), "person", **head)

    birthday = "{{date: person.birthday, before: {}d, at: '{} local'}}"
    assert _met(by("one", birthday.format(7, "10:00")), by("two", birthday.format(7, "18:00")))
    assert not _met(by("one", birthday.format(7, "10:00")), by("two", birthday.format(6, "18:00")))
    assert not _met(by("one", birthday.format(7, "10:00")), by("two", birthday.format(6, "10:00")))
    assert _met(by("one", birthday.format(7, "10:00"), "1d"), by("two", birthday.format(6, "10:00")))
    since = "{{since: order.placed, for: {}}}"
    assert _met(by("one", since.format("90d"), stops="order.placed"), by("two", since.format("90d"), "3h"))
    assert not _met(by("one", since.format("90d")), by("two", since.format("60d")))
    assert _met(by("one", since.format("90d"), stops="order.placed"), by("two", "order.placed", "90d"))
    enters = "{{enters: {}}}"
    assert _met(by("one", enters.format("sleepers")), by("two", enters.format("sleepers")))
    assert not _met(by("one", enters.format("sleepers")), by("two", enters.format("lost")))
    assert not _met(by("one", enters.format("sleepers")), by("two", "{leaves: sleepers}"))


def test_each_step_is_told_once_with_all_whom_it_meets_and_never_of_itself() -> None:
    two, three = (_scheme(name, DELIVERED, _later("14d")) for name in ("two", "three"))
    again = f"  pause: {{wait: 14d}}\n  offer: {AD}\n  rest: {{wait: 10d}}\n  more: {AD}\n"
    assert _met(_scheme("one", DELIVERED, again), two, three, ONE) == [(6, "two (offer), three (offer)")]
    assert _met(ONE, _scheme("one", DELIVERED, _later("14d"))) == []


def test_a_scheme_of_very_many_roads_is_judged_quickly() -> None:
    asks = "".join(f"  q{n}: {{if: order.total > {n}, yes: a{n}}}\n  a{n}: {{wait: {n + 1}h}}\n" for n in range(40))
    assert isinstance(_met(_scheme("one", DELIVERED, asks + _later("14d")), _scheme("two", DELIVERED, asks)), list)


# what is told comes true

_EVENTS = ("order.paid", DELIVERED)
_waits = st.sampled_from(
    ["6h", "1d", "2d", "3d", "'11:00 local'", "'02:30 local'", "{days: 1}", "{days: 2, at: '09:00 local'}"]
)
_steps = st.one_of(
    _waits.map("wait: {}".format),
    st.tuples(st.integers(0, 3), st.sampled_from(_EVENTS), st.sampled_from(["", ", at: '12:00 local'"])).map(
        lambda t: "wait: {{days: {}, after: {}{}, up_to: 20d}}".format(*t)
    ),
    st.tuples(st.sampled_from(_EVENTS), st.sampled_from(["step", "start"])).map(
        lambda t: "wait_for: {{event: {}, since: {}, up_to: 12d}}\n    on_timeout: NEXT".format(*t)
    ),
    st.sampled_from([1, 2]).map("if: order.total >= {}\n    no: end".format),
    st.just("send: {template: t, purpose: advertising}"),
)
_roads = st.tuples(st.sampled_from(["order.placed", *_EVENTS]), st.lists(_steps, min_size=1, max_size=4), st.booleans())
_TOTALS, _HOURS = (0, 1, 3), (3.5, 10, 14.5, 20.5)
START = datetime(2026, 3, 2, tzinfo=UTC)


def _text(name: str, made: tuple[str, list[str], bool]) -> str:
    starts, steps, is_stopped = made
    written = "".join(f"  s{n}:\n    {step}\n".replace("NEXT", f"s{n + 1}") for n, step in enumerate(steps))
    stops = {"stops": "order.paid"} if is_stopped else {}
    return _scheme(name, starts, written + f"  s{len(steps)}: {AD}\n", **stops)


def _life(scheme: Scheme, total: int, events: list[tuple[str, datetime]]) -> dict[str, list[datetime]]:
    """By step, when one person's way through the scheme advertised."""
    begun = next(at for kind, at in events if kind == scheme.starts[0].event)
    state = begin(scheme, 1, person_id=5, order_id=7, event_at=begun, now=begun)
    facts = {"history": [], "order": {"total": total}, "person": {"time_zone": "UTC"}, "shop": {"time_zone": "UTC"},
             "product": {}, "worktime": {"shop": week("UTC", days=range(7))}}  # fmt: skip
    road = Journey(scheme, begun, facts, state)
    found: dict[str, list[datetime]] = {}
    coming = [(kind, at) for kind, at in events if at > begun]
    for kind, at in events:
        if at < begun:
            road.event(kind, at=at)
    road.starts(scheme.starts[0].event)
    while True:
        for effect in road.effects:
            if isinstance(effect, SendMessage | AskQuestion):
                found.setdefault(effect.step, []).append(road.now)
        road.effects.clear()
        if road.state.ended_at is not None:
            return found
        if coming and (road.state.due_at is None or coming[0][1] < road.state.due_at):
            kind, at = coming.pop(0)
            road.now = at
            road.gets(kind, at=at)
        elif road.state.due_at is not None:
            road.wakes()
        else:
            return found


def _lives() -> list[list[tuple[str, datetime]]]:
    """Orders placed, paid and delivered at different hours of different days, the one or the other first; or not."""
    found = []
    for placed, *hours in product(_HOURS, (None, *_HOURS), (None, *_HOURS)):
        for kinds in (_EVENTS, _EVENTS[::-1]):
            events = [("order.placed", START + timedelta(hours=placed))]
            for day, kind, hour in zip((4, 8), kinds, hours, strict=True):
                if hour is not None:
                    events.append((kind, START + timedelta(days=day, hours=hour)))
            found.append(events)
    return found


@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(one=_roads, two=_roads)
def test_somebody_lives_through_whatever_is_told(one, two):
    text, other = read_scheme(_text("one", one)).scheme, read_scheme(_text("two", two)).scheme
    assume(text is not None and other is not None)
    known = Known(cap=CAP, beside=[other])
    told = [p for p in read_scheme(_text("one", one), known=known).problems if p.code == "advertising_beside"]
    assume(told)
    missing = {(p.step, p.params["others"].removeprefix("two (").removesuffix(")")) for p in told}
    for events, total in product(_lives(), _TOTALS):
        kinds = {kind for kind, _ in events}
        if not {text.starts[0].event, other.starts[0].event} <= kinds:
            continue
        mine, its = _life(text, total, events), _life(other, total, events)
        missing = {
            (step, met)
            for step, met in missing
            if not any(abs(a - b) < timedelta(days=1) for a, b in product(mine.get(step, ()), its.get(met, ())))
        }
        if not missing:
            return
    raise AssertionError((missing, _text("one", one), _text("two", two)))
