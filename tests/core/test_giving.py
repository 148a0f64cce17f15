"""Points and codes: what they give, until when, that the hold-out gets none, and that the next step knows of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from regulars.core.effects import GivePoints, IssueCode
from regulars.core.explain import explain
from regulars.core.read import read_scheme

HEAD = "scheme: t\nper: order\nstarts: order.placed\nhold_out: 10%\nsteps:\n"
TEXT = (
    HEAD
    + """\
  gift:
    points: {give: 500, valid: 90d}
  coupon:
    code: {percent: 10, valid: 30d}
  rich:
    if: points.balance >= 500 and code.percent == 10
    yes: letter
    no: end
  letter:
    send: right
"""
)


def test_each_gift_ends_the_stretch_and_the_next_begins_at_the_same_moment(journey) -> None:
    road = journey(TEXT)
    began = road.now
    road.starts()
    assert road.state.step == "coupon" and road.state.due_at == began and road.letters() == []
    road.facts |= {"points": {"balance": 500}}
    road.wakes()
    assert road.state.step == "rich" and road.state.due_at == began
    road.facts |= {"code": {"percent": 10}}
    road.wakes()
    assert road.letters() == ["right"] and road.now == began
    points, code = (e for e in road.effects if isinstance(e, GivePoints | IssueCode))
    # the last second of the 90th and the 30th day in Khabarovsk, whatever hour it was
    assert points.valid_until == datetime(2026, 5, 31, 13, 59, 59, tzinfo=UTC)
    assert code.valid_until == datetime(2026, 4, 1, 13, 59, 59, tzinfo=UTC)
    assert (points.points, code.percent, code.gives) == (500, 10, "percent")
    assert "goes_on" not in road.codes()
    said = explain([r for d in road.decisions for r in d.reasons], "ru", "Asia/Vladivostok")
    assert said[1] == "gift: Баллы: 500, действуют до 2026-05-31 23:59. → coupon"
    assert said[2] == "coupon: Выдан код (10%), действует до 2026-04-01 23:59. → rich"


def test_the_hold_out_gets_neither_and_goes_on(journey) -> None:
    road = journey(TEXT)
    road.state.held_out = True
    road.starts()
    road.wakes()
    road.wakes()
    assert not [e for e in road.effects if isinstance(e, GivePoints | IssueCode)]
    assert road.codes().count("held_out_gift") == 2 and road.state.ended_at is not None


def test_a_gift_is_what_a_hold_out_is_for() -> None:
    assert read_scheme(TEXT).problems == ()
    idle = read_scheme(HEAD + "  a:\n    send: x\n")
    assert [p.code for p in idle.problems] == ["hold_out_idle"]


def test_gifts_in_a_ring_without_a_wait_are_refused() -> None:
    ring = HEAD + "  a:\n    points: {give: 1}\n    then: a\n"
    assert [p.code for p in read_scheme(ring).problems] == ["loop_without_wait"]


@pytest.mark.parametrize(
    ("code", "gives", "amount"),
    [
        ("{amount: 500, currency: RUB}", "amount", 50000),
        ("{amount: 9.99, currency: EUR}", "amount", 999),
        ("{amount: '1200', currency: JPY}", "amount", 1200),
        ("{free_shipping: true, valid: 7d}", "free_shipping", None),
    ],
)
def test_a_code_gives_one_thing(journey, code: str, gives: str, amount: int | None) -> None:
    road = journey(HEAD + f"  a:\n    code: {code}\n")
    road.starts()
    (effect,) = road.effects
    assert isinstance(effect, IssueCode) and (effect.gives, effect.amount) == (gives, amount)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("code: {}", "code_gives"),
        ("code: {percent: 10, free_shipping: true}", "code_gives"),
        ("code: {amount: 500}", "code_currency"),
        ("code: {amount: 500, currency: RUR}", "currency_unknown"),
        ("code: {amount: 9.999, currency: EUR}", "amount_unknown"),
        ("code: {amount: 0, currency: EUR}", "amount_unknown"),
        ("code: {amount: many, currency: EUR}", "amount_unknown"),
        ("code: {percent: 10, currency: EUR}", "key_not_here"),
        ("code: {percent: 101}", "out_of_range"),
        ("code: {percent: 10, valid: 1d working}", "delay_not_plain"),
        ("points: {give: 0}", "out_of_range"),
        ("points: {give: 2.5}", "wrong_type"),
        ("points: {valid: 90d}", "key_missing"),
    ],
)
def test_what_is_wrong_is_said(step: str, code: str) -> None:
    assert [p.code for p in read_scheme(HEAD + f"  a:\n    {step}\n").problems] == [code]
