"""Promises that letters make: to ship, to deliver, to answer; by when, told by whom, and what is wrong with one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from regulars.core.effects import MakePromise, SendMessage
from regulars.core.explain import explain
from regulars.core.known import Known
from regulars.core.read import read_scheme

Starter = Callable[..., Any]
HEAD = "scheme: test\nper: order\nstarts: order.paid\nsteps:\n"
SHIP = (
    HEAD
    + """\
  paid:
    send: {template: paid}
    promise: {kind: ship, within: 1d working}
"""
)
DELIVERY = (
    HEAD
    + """\
  packed:
    send: {template: packed}
    promise: {kind: delivery}
"""
)
RESCUE = (
    HEAD
    + """\
  rescue:
    task: {kind: case, within: 4h working, team: care}
    tell: {template: sorry}
    outcomes: {solved: end, later: {call_again: asked}}
"""
)


def codes(text: str, **known: Any) -> list[str]:
    return [p.code for p in read_scheme(text, "test.yaml", Known(**known)).problems]


def test_a_letter_promises_by_when_it_ships(journey: Starter) -> None:
    walk = journey(SHIP)
    walk.starts("order.paid")
    promise, letter = walk.effects
    assert isinstance(promise, MakePromise) and isinstance(letter, SendMessage)
    assert (promise.kind, promise.intended, promise.team) == ("ship", True, "shop")
    assert walk.local(promise.due_at) == "2026-03-03 10:15"
    assert (letter.promise, letter.drop_at) == (promise.part, promise.due_at)
    (started, said, _ended) = explain(walk.decisions[0].reasons, "ru", "Asia/Vladivostok")
    assert "отправим до 2026-03-03 10:15 (paid)" in said and started


@pytest.mark.parametrize("opens", ["2026-03-06T04:00:00+00:00", None])
def test_a_delivery_is_promised_in_the_orders_own_window(journey: Starter, opens: str | None) -> None:
    window = {"from": opens, "to": "2026-03-06T08:00:00+00:00"} if opens else None
    walk = journey(DELIVERY, order={"window": window} if window else {})
    walk.starts("order.paid")
    if opens is None:
        assert walk.promises() == [] and walk.letters() == ["packed"] and "no_window" in walk.codes()
        return
    (promise,) = walk.promises()
    assert promise.due_at == datetime(2026, 3, 6, 8, tzinfo=UTC)
    assert promise.window_from == datetime(2026, 3, 6, 4, tzinfo=UTC)


def test_a_window_that_is_over_promises_nothing_and_the_letter_goes(journey: Starter) -> None:
    window = {"from": "2026-02-06T04:00:00+00:00", "to": "2026-02-06T08:00:00+00:00"}
    walk = journey(DELIVERY, order={"window": window})
    walk.starts("order.paid")
    assert walk.promises() == [] and walk.letters() == ["packed"]


def test_a_case_promises_an_answer_by_its_limit_and_an_hour_agreed_is_one_too(journey: Starter) -> None:
    walk = journey(RESCUE)
    walk.starts("order.paid")
    (promise,) = walk.promises()
    (task,) = walk.tasks()
    assert (promise.kind, promise.due_at, promise.team, promise.intended) == ("answer", task.due_at, "care", True)
    walk.finishes("later", call_at="2026-03-03T03:00:00+00:00")
    assert (walk.promises()[1].kind, walk.promises()[1].intended) == ("answer", False)


def test_held_out_people_are_promised_what_service_letters_promise(journey: Starter) -> None:
    walk = journey(SHIP)
    walk.state.held_out = True
    walk.starts("order.paid")
    assert [p.kind for p in walk.promises()] == ["ship"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("send: {template: paid}\n    promise: {kind: ship}", ["promise_when"]),
        ("send: {template: paid}\n    promise: {kind: shipp, within: 1d}", ["not_one_of"]),
        ("send: {template: paid}\n    promise: {within: 1d}", ["key_missing"]),
        ("send: {template: paid}\n    promise: {kind: ship, within: 1 dy}", ["delay_unknown"]),
        ("send: {template: paid}\n    promise: {kind: ship, within: 1d, team: nobody}", ["team_unknown"]),
        ("send: {template: paid, purpose: advertising}\n    promise: {kind: ship, within: 1d}", ["promise_advertises"]),
        ("call: {}\n    promise: {kind: ship, within: 1d}", ["key_not_here"]),
        ("task: {}\n    tell: {template: sorry, purpose: advertising}", ["tell_advertises"]),
        ("send: {subject: x, text: 'by {{ promise.ship }}'}\n    promise: {kind: ship, within: 1d}", []),
        ("send: {subject: x, text: 'by {{ promise.ship }}'}", ["promise_not_here"]),
    ],
)
def test_mistakes_are_named(step: str, expected: list[str]) -> None:
    def fields(words: str) -> list[str]:
        return ["promise.ship"] if "promise" in words else []

    assert codes(f"{HEAD}  a:\n    {step}\n", teams=["care"], inline_fields=fields) == expected


def test_a_scheme_per_person_has_no_window_to_promise() -> None:
    text = DELIVERY.replace("per: order", "per: person")
    assert codes(text) == ["promise_window"]
    assert codes(text.replace("{kind: delivery}", "{kind: delivery, within: 3d}")) == []
