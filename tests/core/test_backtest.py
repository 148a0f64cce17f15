"""The pure part of the backtest: draws, the gate in the past, rows, figures."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.backtest_rows import Row, rows_of
from regulars.core.chance import Chance, Rate, measured_rate
from regulars.core.enrolment import UNTOLD
from regulars.core.figures import Difference, Figures
from regulars.core.past_outbox import GateTerms, Postbox
from regulars.core.replay import ENDLESS, Player
from regulars.core.replayed import Past, Profile
from regulars.rules.gate import Channel
from tests.core.conftest import compiled, week

MONDAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SHOP = {"time_zone": "UTC", "day": (time(9), time(21)), "unknown_zone": "shop", "country": "GB"}
ASKS = """
scheme: asks
per: order
starts: order.placed
stops: order.cancelled
steps:
  ring:
    call: {script: s, target: 15m, within: 1h, team: desk}
    tell: {by: [email], subject: s, text: t}
    outcomes: {yes: offer, no: {again: [2h], then: end}}
  offer:
    send: {by: [sms], subject: s, text: t, purpose: advertising}
"""


def _past(events: list[tuple[timedelta, str]], channels: Mapping[str, Channel] | None = None, order: int = 7) -> Past:
    found = [
        (MONDAY + after, {"id": n, "kind": kind, "occurred_at": MONDAY + after, "order_id": order, "data": {}})
        for n, (after, kind) in enumerate(events, 1)
    ]
    hours = week("UTC")
    facts: dict[str, Any] = {"shop": SHOP, "person": {"time_zone": "UTC"}, "worktime": {"desk": hours, "shop": hours}}
    return Past(1, found, lambda own, at: facts, Profile(channels or {"email": Channel(True)}, "UTC"))


def _played(past: Past, text: str = ASKS, rates: Mapping[str, Rate] | None = None, days: int = 30) -> list[Row]:
    scheme = compiled(text)
    chance = Chance(scheme, rates or {}, "1")
    box = Postbox(past, GateTerms(), chance)
    turns = Player(scheme, chance, MONDAY, MONDAY + timedelta(days=days)).play(past, box)
    return list(rows_of(turns, box.posted))


def test_whoever_reads_no_reasons_gets_the_same_decisions() -> None:
    past = _past([(timedelta(), "order.placed"), (timedelta(hours=9), "order.cancelled")])
    scheme = compiled(ASKS)

    def played(*, tells: bool) -> list[Any]:
        chance = Chance(scheme, _said("no"), "1")
        box = Postbox(past, GateTerms(), chance)
        return Player(scheme, chance, MONDAY, MONDAY + timedelta(days=30), tells=tells).play(past, box)

    told, untold = played(tells=True), played(tells=False)
    assert len(told) == len(untold) == 3
    for (state, happening, before, full, _), (own, same, place, bare, _) in zip(told, untold, strict=True):
        assert (state, happening, before, full.effects) == (own, same, place, bare.effects)
        assert len(full.reasons) == len(bare.reasons) and all(r is UNTOLD for r in bare.reasons)


def _said(word: str, minutes: float = 10) -> dict[str, Rate]:
    return {"ring": Rate((word,), (1.0,), (minutes * 60,))}


def test_who_gets_what_and_when_and_why_not() -> None:
    rows = _played(_past([(timedelta(), "order.placed")]), rates=_said("yes"))
    told = {(r.what, r.step): (r.at, r.fate, r.reason) for r in rows}
    opened = MONDAY + timedelta(hours=3)  # nobody calls before nine
    assert told["call", "ring"] == (opened, "done", "yes")
    assert told["message", "ring"] == (MONDAY, "sent", "")
    assert told["message", "offer"][1:] == ("refused", "no_contact")
    assert told["promise", "ring"][1] == "kept"


def test_a_late_call_breaks_its_promise_and_a_cancelled_order_needs_none() -> None:
    late = _played(_past([(timedelta(), "order.placed")]), rates=_said("yes", 90))
    assert [r.fate for r in late if r.what == "promise"] == ["late"]
    gone = _played(_past([(timedelta(), "order.placed"), (timedelta(hours=1), "order.cancelled")]), rates=_said("yes"))
    assert {(r.what, r.fate) for r in gone} == {("message", "sent"), ("call", "cancelled"), ("promise", "cancelled")}


def test_advertising_waits_for_the_day_keeps_to_the_cap_and_is_cancelled_with_its_scheme() -> None:
    text = """
scheme: ads
per: order
starts: order.placed
stops: order.cancelled
steps:
  one: {send: {by: [sms], subject: s, text: t, purpose: advertising}}
  rest: {wait: 3d}
"""
    sms = {"sms": Channel(True, consent=True)}
    night = timedelta(hours=17)  # eleven in the evening
    (held,) = _played(_past([(night, "order.placed")], sms), text)
    assert (held.fate, held.at.hour) == ("sent", 9) and held.at.day == 3
    (gone,) = _played(_past([(night, "order.placed"), (night + timedelta(hours=1), "order.cancelled")], sms), text)
    assert (gone.fate, gone.reason) == ("refused", "left_scheme")
    past = _past([], sms)
    past.events = [
        (MONDAY + timedelta(hours=n), {"id": n, "kind": "order.placed", "occurred_at": MONDAY + timedelta(hours=n),
                                       "order_id": n, "data": {}})
        for n in range(4, 8)
    ]  # fmt: skip
    assert [r.reason for r in _played(past, text)] == ["", "", "cap", "cap"]


def test_what_lies_after_the_end_is_not_played_and_a_circle_is_given_up() -> None:
    assert [r.what for r in _played(_past([(timedelta(), "order.placed")]), days=0)] == ["message", "call", "promise"]
    text = "scheme: c\nper: order\nstarts: order.placed\nsteps:\n  a: {wait: 1m}\n  b: {wait: 1m, then: a}\n"
    (row,) = _played(_past([(timedelta(), "order.placed")]), text)
    assert (row.what, row.reason) == ("failed", ENDLESS)


def test_draws_follow_the_rate_and_the_seed_alone() -> None:
    scheme = compiled(ASKS)
    rate = Rate(("yes", "no"), (3.0, 1.0), (60.0, 120.0), "measured", 40)

    def drawn(seed: str) -> list[str]:
        return [_played_word(Chance(scheme, {"ring": rate}, seed), n) for n in range(400)]

    assert drawn("1") == drawn("1") != drawn("2")
    assert Counter(drawn("1"))["yes"] == pytest.approx(300, abs=35)


def _played_word(chance: Chance, subject: int) -> str:
    from regulars.core.effects import OpenTask

    task = OpenTask("ring", 1, 1, "task", "call", "s", None, "desk", MONDAY, MONDAY, MONDAY, ())
    found = chance.outcome(subject, task, MONDAY)
    assert found is not None and found[0] - MONDAY in (timedelta(seconds=60), timedelta(seconds=120))
    return str(found[1]["outcome"])


def test_what_really_came_is_taken_before_any_draw() -> None:
    real = {(7, "ring", 1, 1): ("no", MONDAY + timedelta(hours=4), {})}
    scheme = compiled(ASKS)
    chance = Chance(scheme, _said("yes"), "1", real)
    past = _past([(timedelta(), "order.placed")])
    box = Postbox(past, GateTerms(), chance)
    rows = list(rows_of(Player(scheme, chance, MONDAY, MONDAY + timedelta(days=3)).play(past, box), box.posted))
    assert [(r.fate, r.reason) for r in rows if r.what == "call"] == [("done", "no"), ("done", "yes")]


def test_what_was_counted_becomes_a_rate() -> None:
    rate = measured_rate(("yes", "no"), {"yes": 3, "other": 9}, (1.0,), silent=1)
    assert rate is not None and (rate.names, rate.shares, rate.n) == (("yes", "no", ""), (3.0, 0.0, 1.0), 4)
    assert measured_rate(("yes",), {"other": 9}, ()) is None


rows_of_person = st.lists(
    st.tuples(
        st.integers(0, 80), st.sampled_from(["message", "call"]), st.sampled_from(["sent", "refused", "cancelled"])
    ),
    max_size=6,
)


@given(st.lists(rows_of_person, max_size=8))
def test_counting_in_parts_comes_to_the_same(persons: list[list[tuple[int, str, str]]]) -> None:
    made = [
        [
            Row(MONDAY + timedelta(days=d), n, None, "s", what, "email", fate, "cap" if fate == "refused" else "", "service", 0,
                MONDAY + timedelta(days=d), MONDAY + timedelta(days=d))
            for d, what, fate in rows
        ]
        for n, rows in enumerate(persons)
    ]  # fmt: skip
    whole, parts = Figures(), [Figures(), Figures()]
    for n, rows in enumerate(made):
        whole.take(rows, UTC, 2026 * 12 + 6)
        parts[n % 2].take(rows, UTC, 2026 * 12 + 6)
    together = copy.deepcopy(parts[0])
    together.add(parts[1])
    for name in Figures.__slots__:
        one, other = getattr(whole, name), getattr(together, name)
        assert (sorted(one) == sorted(other)) if name == "worst" else one == other, name
    assert whole.messages == sum(r.fate == "sent" for rows in made for r in rows if r.what == "message")


def test_two_versions_differ_person_by_person() -> None:
    row = Row(MONDAY, 1, None, "s", "message", "email", "sent")
    found = Difference()
    found.take(1, [row], [row])
    found.take(2, [row], [row, row])
    found.take(3, [row], [])
    found.take(4, [row], [row._replace(detail="sms")])
    assert (found.same, found.more, found.fewer, found.otherwise) == (1, 1, 1, 1)
    assert {one[1] for one in found.most} == {2, 3, 4}
