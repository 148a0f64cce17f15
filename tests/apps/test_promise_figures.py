"""Figures of promises: each is the length of its list, whatever the ledger holds."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.promises import figures
from regulars.promises.figures import OUTCOMES, Settled
from tests.apps.world import World

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
KINDS = ("call", "ship", "delivery")
TEAMS = ("shop", "care")
rows = st.lists(
    st.tuples(
        st.sampled_from(["kept", "broken", "void", "open", "warned"]),
        st.sampled_from(KINDS),
        st.sampled_from(TEAMS),
        st.integers(0, 24 * 21),  # hours after the Monday
        st.sampled_from([None, -2, 2]),  # warned so many hours after it was due
        st.sampled_from([None, "moved", "no_hands", "cancelled"]),
    ),
    max_size=40,
)


def slow(state: str, warned: int | None, reason: str | None) -> str | None:
    """What became of it, said plainly."""
    if state == "kept":
        return "kept"
    if state == "void":
        return "warned" if reason == "moved" else None
    if state == "broken":
        return "warned" if warned is not None and warned < 0 else "broken"
    return None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows)
def test_every_figure_is_the_length_of_its_list(
    world: World, found: list[tuple[str, str, str, int, int | None, str | None]]
) -> None:
    with world.writing() as cur:
        cur.execute("delete from promises_promise")
        for n, (state, kind, team, hours, warned, reason) in enumerate(found):
            due = MONDAY + timedelta(hours=hours)
            at = None if warned is None else due + timedelta(hours=warned)
            cur.execute(
                "insert into promises_promise (shop_id, person_id, key, kind, team, state, due_at, warned_at, reason)"
                " values (%s, 1, %s, %s, %s, %s, %s, %s, %s)",
                (world.shop_id, f"k{n}", kind, team, state, due, at, reason),
            )
        span = Settled(MONDAY, MONDAY + timedelta(days=14))
        expected: Counter[tuple[str, str, str, str]] = Counter()
        for state, kind, team, hours, warned, reason in found:
            outcome = slow(state, warned, reason)
            if outcome and hours < 24 * 14:
                week = (MONDAY + timedelta(days=7 * (hours // 168))).date().isoformat()
                expected[week, kind, team, outcome] += 1
        counted = {
            (c.week.isoformat(), c.kind, c.team, c.outcome): c.n
            for c in figures.counted(cur, world.shop_id, span, "UTC")
        }
        assert counted == dict(expected)
        for (week, kind, team, outcome), n in counted.items():
            first = datetime.fromisoformat(week).replace(tzinfo=UTC)
            which = Settled(first, first + timedelta(days=7), outcome, kind, team)
            assert len(figures.settled(cur, world.shop_id, which, limit=1000)) == n
        for outcome in OUTCOMES:
            which = Settled(span.since, span.until, outcome)
            assert len(figures.settled(cur, world.shop_id, which, limit=1000)) == sum(
                n for key, n in counted.items() if key[3] == outcome
            )
        for reason, n in figures.reasons(cur, world.shop_id, span):
            if reason:
                which = Settled(span.since, span.until, reason=reason)
                assert len(figures.settled(cur, world.shop_id, which, limit=1000)) == n
