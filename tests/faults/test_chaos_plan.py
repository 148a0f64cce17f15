"""The plan of `regulars chaos kill` leaves no failpoint out, and in no text that an owner publishes does a letter come twice."""

import random
import re

import pytest

from bench.chaos.moved import LETTERS
from bench.chaos.owner import PLACES, TEXTS, TURNS
from bench.chaos.strikes import ALL, COMMANDS, MOVES, SHARE, named, names, plan
from regulars.base import failpoints
from regulars.core.read import read_scheme
from regulars.core.scheme import Send


@pytest.mark.parametrize("kind", [ALL, MOVES])
def test_a_whole_plan_has_every_failpoint_and_as_many_runs_as_were_asked_for(kind: str) -> None:
    planned = plan(300, random.Random(1), kind)
    assert len(planned) == 300
    assert {run.point for run in planned} - {None} >= names(kind) - {*COMMANDS}
    assert names(kind) <= failpoints.NAMES
    assert all(run.moves for run in planned) == (kind == MOVES)


def test_kills_under_changes_of_a_live_scheme_have_their_share() -> None:
    assert sum(run.moves for run in plan(8, random.Random(1), ALL)) == round(8 * SHARE)
    planned = plan(1000, random.Random(1), ALL)[len(named(ALL)) :]
    assert abs(sum(run.moves for run in planned) / len(planned) - SHARE) < 0.05


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_has_the_three_letters_in_their_order_with_the_other_steps_where_they_are_said_to_be(
    text: str,
) -> None:
    scheme = read_scheme(TEXTS[text]).scheme
    assert scheme is not None
    assert tuple(name for name, step in scheme.steps.items() if isinstance(step, Send)) == LETTERS
    places = [PLACES[name] for name in scheme.steps if name != "hello"]
    assert places == sorted(places)
    assert [PLACES["beside"], PLACES["bye"]] == [1, 3]


def test_steps_vanish_change_and_are_new_from_text_to_text() -> None:
    assert {*TURNS, "last"} == set(TEXTS)
    steps = {turn: set(re.findall(r"^  (\w+):", TEXTS[turn], re.MULTILINE)) for turn in TURNS}
    assert steps["one"] - steps["two"] == {"second"}
    assert steps["two"] - steps["one"] == {"extra", "check"}
    assert steps["three"] - steps["two"] == {"second", "third"}
