"""The page about the language: every verb has its example, and every example runs to its end."""

from datetime import UTC, datetime

import pytest

from regulars.core.entry import begin
from regulars.core.language_examples import HEADS, VERBS, scheme_of
from regulars.core.language_page import CATEGORIES, page
from regulars.core.read import read_scheme
from regulars.core.shape import VERBS as KNOWN_VERBS
from regulars.core.vocabulary import EVENT_KINDS
from tests.core.conftest import Journey, week

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOST_TURNS = 60


def test_every_verb_has_an_example_that_shows_it():
    assert set(VERBS) == set(KNOWN_VERBS)
    for verb, steps in VERBS.items():
        scheme = read_scheme(scheme_of(steps)).scheme
        assert scheme is not None
        assert verb in {step.verb for step in scheme.steps.values()}


@pytest.mark.parametrize("text", [*HEADS.values(), *map(scheme_of, VERBS.values())], ids=[*HEADS, *VERBS])
def test_an_example_runs_to_its_end(text):
    reading = read_scheme(text)
    assert reading.problems == (), [problem.sentence() for problem in reading.problems]
    scheme = reading.scheme
    for way in range(4):
        road = Journey(scheme, MONDAY, _facts(), begin(scheme, 1, person_id=5, order_id=7, event_at=MONDAY, now=MONDAY))
        road.starts(scheme.starts[0].event)
        for _ in range(MOST_TURNS):
            if road.state.ended_at is not None:
                break
            _go_on(road, way)
        assert road.state.ended_at is not None, f"it stands at {road.state.step} still"


def _facts():
    hours = {team: week("UTC") for team in ("shop", "sales", "care")}
    return {
        "history": [],
        "order": {"payment": {"status": "unpaid"}, "total": {"minor": 5000, "currency": "EUR"}},
        "person": {"time_zone": "UTC", "is_customer": True},
        "shop": {"time_zone": "UTC", "satisfaction_days": 3},
        "worktime": hours,
    }


def _go_on(road: Journey, way: int) -> None:
    """The next thing that can happen: an outcome, an answer, an event, or the timer; `way` chooses."""
    step = road.scheme.steps[road.state.step]
    if step.verb in ("call", "task"):
        outcomes = [name for name, one in step.outcomes.items() if not one.call_again] or ["done"]
        road.finishes(outcomes[way % len(outcomes)])
    elif step.verb == "ask" and way % 2:
        road.answers(list(step.answers)[way % len(step.answers)])
    elif step.verb == "wait_for" and way % 2:
        road.gets(step.trigger.event)
    else:
        road.wakes()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_names_every_verb_and_event(language):
    text = page(language, ["order.total", "person.name"])
    assert all(f"### `{verb}`" in text for verb in KNOWN_VERBS)
    assert all(f"- `{kind}`: " in text for kind in EVENT_KINDS)
    assert {kind.category for kind in EVENT_KINDS.values()} == set(CATEGORIES)
    assert "`order.total`" in text
