"""The playground's people: who rings is the same however its time is cut, and colleagues go home at night."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.cli.playground.history import state_at
from regulars.cli.playground.months import RETURNS, WITHIN, brought
from regulars.cli.playground.orders import Book
from regulars.cli.playground.rings import EXTENSIONS, Rings
from regulars.cli.playground.seen import LastShift, Letter
from regulars.cli.playground.shifts import comes_or_leaves

ZONE = ZoneInfo("Europe/Moscow")
BEGAN = datetime(2026, 3, 3, 11, 20, tzinfo=ZONE)
BOOK = Book(2011, BEGAN, ZONE)
RINGS = Rings(BOOK)
DAY = timedelta(days=1)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 5 * 24 * 60 - 1), max_size=6, unique=True))
def test_who_rings_is_the_same_however_the_time_is_cut(minutes: list[int]) -> None:
    since, until = BEGAN - 3 * DAY, BEGAN + 2 * DAY
    cuts = [since, *(since + timedelta(minutes=m) for m in sorted(minutes)), until]
    parts = [fact for a, b in pairwise(cuts) for fact in RINGS.between(a, b)]
    assert parts == RINGS.between(since, until)


def test_they_ring_every_day_known_and_unknown_and_not_all_are_answered() -> None:
    told = RINGS.between(BEGAN - 10 * DAY, BEGAN)
    calls = {f["id"] for f in told}
    missed = {f["id"] for f in told if f["state"] == "missed"}
    assert len(calls) >= 70
    assert 0.1 < len(missed) / len(calls) < 0.6
    assert {f["extension"] for f in told if f["state"] == "answered"} == set(EXTENSIONS[:2])
    buyers = {o.buyer.phone for o in BOOK.between(BEGAN - 20 * DAY, BEGAN)}
    strangers = {f["id"] for f in told if f["number"] not in buyers}
    assert 0.1 < len(strangers) / len(calls) < 0.4


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 180), st.integers(0, 48))
def test_colleagues_are_there_at_noon_and_at_home_by_night(seed: int, step: int, starts: int) -> None:
    accounts = (11, 12, 13)
    last: dict[int, LastShift] = {}
    now = datetime(2026, 3, 1, tzinfo=ZONE) + timedelta(hours=starts)
    until = now + 5 * DAY
    warm = now + DAY
    while now < until:
        for at, who, comes in list(comes_or_leaves(seed, accounts, last, ZONE, now)):
            if at <= now:
                last[who] = LastShift(at, None) if comes else LastShift(last[who].started_at, at)
        if now > warm:
            here = {a for a in accounts if a in last and last[a].ended_at is None}
            if 12 <= now.hour < 20:
                assert here == set(accounts), now
            if 0 <= now.hour < 8 or now.hour >= 23 + (step > 150):
                assert here == set(), now
        now += timedelta(minutes=step)


def test_a_letter_brings_the_same_buyer_back_once_by_an_order_of_its_own() -> None:
    orders = [o for o in BOOK.past if o.own is None]
    for step, share in RETURNS.items():
        letters = [Letter(o.number, step, o.at + 9 * DAY) for o in orders]
        made = [(o, found) for o, letter in zip(orders, letters, strict=True) if (found := brought(BOOK, letter))]
        assert abs(len(made) / len(orders) - share) < 0.05
        assert [found for _, found in made] == [f for letter in letters if (f := brought(BOOK, letter))], (
            "again the same"
        )
        for order, found in made:
            assert found.buyer == order.buyer and found.lines
            assert timedelta(0) < found.at - (order.at + 9 * DAY) < (WITHIN + 1) * DAY
        numbers = {found.number for _, found in made}
        assert len(numbers) == len(made) and not numbers & {o.number for o in BOOK.past}
        assert all(brought(BOOK, Letter(n, step, BEGAN)) is None for n in numbers), "what was brought brings nothing"


def test_an_order_stands_at_no_moment_further_than_its_times_say() -> None:
    at = BEGAN - 21 * DAY
    states = [state_at(o, at, BEGAN, 2011) for o in BOOK.past if at - 30 * DAY <= o.at < at]
    assert {s["status"] for s in states} == {"ready", "shipped", "delivered", "cancelled", "returned"}
    for s in states:
        moments = [s["placed_at"], s["payment"]["paid_at"], s["delivery"]["shipped_at"], s["delivery"]["delivered_at"]]
        assert datetime.fromisoformat(s["updated_at"]) <= at
        assert all(datetime.fromisoformat(m) <= datetime.fromisoformat(s["updated_at"]) for m in moments if m)
        assert (s["status"] in ("delivered", "returned")) == bool(s["delivery"]["delivered_at"]), s
