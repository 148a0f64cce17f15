"""What the shop's settings say of clocks: the owner's figures, and the defaults for whatever is missing or absurd."""

from datetime import timedelta

from regulars.core.delays import Working, WorkingDays
from regulars.shop.clocks import CLOCKS, WAITING_STATES, read_clocks, read_waiting_states


def test_the_owners_figures_count_and_the_others_keep_their_defaults() -> None:
    clocks = read_clocks({"missed_call": {"target": 3, "limit": 20, "team": "care"}})
    assert clocks["missed_call"] == (timedelta(minutes=3), timedelta(minutes=20), "care")
    assert clocks["message"] == CLOCKS["message"] == (timedelta(minutes=30), timedelta(hours=4), "order-desk")


def test_figures_that_make_no_sense_are_not_taken() -> None:
    for bad in ({"target": 60, "limit": 15}, {"target": 0, "limit": 5}, {"target": "5", "limit": 30}, [], None):
        assert read_clocks({"call": bad})["call"][:2] == (timedelta(minutes=15), timedelta(hours=1))
    assert read_clocks("?") == dict(CLOCKS)


def test_waiting_states_are_the_owners_or_the_ready_ones() -> None:
    assert read_waiting_states(None) == WAITING_STATES
    own = [
        {"key": "bank", "title": {"en": "waits for the bank"}, "longest": "3d working"},
        {"key": "lawyer", "title": {}, "longest": "90m working"},
        {"key": "never", "title": {}, "longest": "soon"},
        {"key": "clock", "title": {}, "longest": "2h"},
    ]
    assert [(s.key, s.longest) for s in read_waiting_states(own)] == [
        ("bank", WorkingDays(3)),
        ("lawyer", Working(timedelta(minutes=90))),
    ]
    assert read_waiting_states([]) == ()
