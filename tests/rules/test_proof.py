"""The arithmetic of proof: against other ways to the same figure, and at its edges."""

from datetime import date
from math import exp, inf, isclose, log, sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from regulars.rules.proof import FEWEST, Group, Interval, Stratum, boundary, compare
from regulars.rules.proof_verdict import (
    MISMATCH_ODDS,
    Drawn,
    best_share,
    differ,
    enough_on,
    evidence,
    more_people,
    needed,
    verdict,
)
from regulars.rules.proof_ways import race


def of(n: int, x: int) -> Group:
    return Group(n, x, x)


def moved(group: Group, factor: float) -> Group:
    return Group(group.n, group.total * factor, group.squares * factor * factor)


shares = st.integers(FEWEST, 4000).flatmap(lambda n: st.builds(of, st.just(n), st.integers(0, n)))
strata = st.lists(st.builds(Stratum, shares, shares), min_size=1, max_size=3)


def test_the_boundary_is_the_published_one() -> None:
    # Waudby-Smith et al., theorem 2.2: sqrt(2 (t rho^2 + 1) / (t^2 rho^2) log(sqrt(t rho^2 + 1) / alpha)) sigma
    alpha, planned, t = 0.05, 1000.0, 640.0
    rho2 = (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / planned
    published = sqrt(2 * (t * rho2 + 1) / (t * t * rho2) * log(sqrt(t * rho2 + 1) / alpha))
    assert isclose(boundary(t, alpha, planned) / sqrt(t), published)
    assert 3.0 < boundary(planned) < 3.1
    assert boundary(1) > 20, "a handful of people never counts"


@given(strata)
def test_nought_leaves_both_intervals_together_and_the_guess_is_within(found: list[Stratum]) -> None:
    got = compare(found)
    assert got is not None
    assert got.difference.low <= got.difference.at <= got.difference.high
    if got.uplift is None:
        assert got.held == 0
        return
    assert got.uplift.low <= got.uplift.at + 1e-9
    assert got.uplift.at <= got.uplift.high + 1e-9
    if abs(got.difference.low) > 1e-9 and abs(got.difference.high) > 1e-9:
        assert (got.difference.is_above, got.difference.is_below) == (got.uplift.is_above, got.uplift.is_below)


@given(strata, st.floats(-0.9, 5))
def test_an_uplift_is_within_exactly_when_its_own_sequence_is(found: list[Stratum], uplift: float) -> None:
    """Fieller's set is what it says: with the held group's outcomes taken (1 + u) times, nought is in the difference."""
    got = compare(found)
    assert got is not None
    assume(got.uplift is not None)
    assert got.uplift is not None
    r = 1 + uplift
    # the same variances as `compare` takes, with the ratio in them
    seen = [s for s in found if s.given.n >= FEWEST and s.held.n >= FEWEST]
    people = sum(s.n for s in seen)
    var = 0.0
    for s in seen:
        pooled = (s.given.spread + s.held.spread) / (s.n - 2)
        w2 = (s.n / people) ** 2
        var += w2 * max(s.given.spread / (s.given.n - 1), pooled) / s.given.n
        var += r * r * w2 * max(s.held.spread / (s.held.n - 1), pooled) / s.held.n
    score, edge = abs(got.given - r * got.held), boundary(got.effective) * sqrt(var)
    assume(abs(score - edge) > 1e-6)
    assert (got.uplift.low <= uplift <= got.uplift.high) == (score < edge)


@given(strata, st.sampled_from([0.01, 100.0, 1e6]))
def test_kopecks_or_roubles_is_the_same_uplift(found: list[Stratum], factor: float) -> None:
    plain, other = compare(found), compare([Stratum(moved(s.given, factor), moved(s.held, factor)) for s in found])
    assert plain is not None
    assert other is not None
    assert isclose(plain.difference.low * factor, other.difference.low, rel_tol=1e-5, abs_tol=1e-7 * factor)
    if plain.uplift is not None and plain.uplift.is_bounded and plain.uplift.high < 1e3:
        assert other.uplift is not None
        assert isclose(plain.uplift.high, other.uplift.high, rel_tol=1e-4, abs_tol=1e-5)


def test_a_changed_share_in_a_rising_season_is_no_effect() -> None:
    spring, autumn = Stratum(of(9500, 950), of(500, 50)), Stratum(of(5000, 1500), of(5000, 1500))
    both = compare([spring, autumn])
    assert both is not None
    assert both.difference.at == pytest.approx(0)
    mixed = compare([Stratum(spring.given + autumn.given, spring.held + autumn.held)])
    assert mixed is not None
    assert mixed.difference.is_below, "which is why the share's change is a stratum"


def test_verdicts() -> None:
    assert verdict(None) == "early"
    assert compare([Stratum(of(500, 500), of(FEWEST - 1, 0))]) is None
    assert verdict(compare([Stratum(of(10, 4), of(10, 0))])) == "early"
    clear = compare([Stratum(of(11_940, 3_701), of(628, 100))])
    assert verdict(clear) == "works"
    assert verdict(clear, trusted=False) == "broken"
    assert verdict(compare([Stratum(of(9_000, 900), of(9_000, 1_500))])) == "against"
    none = compare([Stratum(of(30_000, 9_000), of(30_000, 9_050))])
    assert none is not None
    assert verdict(none) == "little"
    assert verdict(none, least=0.02) == "early", "for whom two percent matter, it is not settled"


def test_what_is_said_to_be_needed_is_enough_and_not_much_more() -> None:
    now = compare([Stratum(of(900, 216), of(100, 24))])
    assert now is not None
    more = more_people(now, 0.1, 0.2)
    assert more is not None
    given_n, held_n = 900 + round(more * 0.9), 100 + round(more * 0.1)
    there = compare([Stratum(of(given_n, round(given_n * 0.288)), of(held_n, round(held_n * 0.24)))])
    assert there is not None
    assert there.difference.is_above
    assert there.difference.low < there.difference.at * 0.5, "it is no multiple of what would do"
    assert more_people(there, 0.1, 0.2) == pytest.approx(0, abs=more * 0.15)
    assert more_people(now, 0.5, 0.2) < more / 2  # type: ignore[operator]
    assert more_people(now, 0.1, 0.4) < more / 3  # type: ignore[operator]
    assert more_people(now, 0.1, 5.0) == 0
    assert best_share(now, more / 100, 100) == 0.1
    assert best_share(now, 0.01, 100) is None
    silent = compare([Stratum(of(900, 10), of(100, 0))])
    assert silent is not None
    assert needed(silent) is None
    assert more_people(silent, 0.1) is None


def test_the_day_on_which_it_is_enough() -> None:
    came = [(date(2026, 3, 1), 50), (date(2026, 3, 5), 50)]
    today = date(2026, 3, 10)
    assert enough_on(came, 40, 0, 30, today) == date(2026, 4, 1)
    assert enough_on(came, 100, 0, 30, today) == date(2026, 4, 5)
    assert enough_on(came, 120, 10, 30, today) == date(2026, 4, 12)
    assert enough_on(came, 120, 0, 30, today) is None
    assert enough_on(came, 100_000, 10, 30, today) is None
    assert enough_on(came, 10, 0, 3, today) == today, "nobody is told a day that has passed"


def test_the_groups_sizes() -> None:
    assert evidence([]) == 0
    assert evidence([Drawn(0.05, 9_500, 500)]) < 0
    assert evidence([Drawn(0.05, 9_300, 700)]) > log(MISMATCH_ODDS)
    # two shares, each with a shift of its own: the odds multiply
    one = evidence([Drawn(0.05, 9_400, 600)])
    assert evidence([Drawn(0.05, 9_400, 600), Drawn(0.2, 8_000, 2_000)]) == pytest.approx(
        one + evidence([Drawn(0.2, 8_000, 2_000)])
    )


@given(st.integers(0, 60), st.sampled_from([0.05, 0.2, 0.5]))
def test_the_odds_of_sizes_are_a_fair_bet(n: int, share: float) -> None:
    """Summed over all that may come, weighed by its chance, the odds are one: Ville's inequality asks no more."""
    from math import comb

    fair = sum(
        comb(n, k) * share**k * (1 - share) ** (n - k) * exp(evidence([Drawn(share, n - k, k)])) for k in range(n + 1)
    )
    assert isclose(fair, 1, rel_tol=1e-6)


def test_another_scheme_in_one_group_only_is_seen() -> None:
    assert not differ([((9_500, 950), (500, 52))])
    assert differ([((9_500, 950), (500, 150))])
    assert not differ([])


def test_of_several_ways_one_wins_only_ahead_of_each() -> None:
    a, b, c = of(4_000, 800), of(4_000, 820), of(4_000, 1_200)
    found = race([{"a": a, "b": b, "c": c}])
    assert (found.standing, found.winner) == ("won", "c")
    assert race([{"a": a, "b": c, "c": c}]).winner is None
    assert race([{"a": a, "b": b, "c": c}], trusted=False).standing == "broken"
    same = race([{"a": of(60_000, 18_000), "b": of(60_000, 18_050)}])
    assert same.standing == "equal"
    assert race([]).standing == "early"
    assert race([{"a": a}]).winner is None
    two = race([{"a": of(1_000, 200), "b": of(1_000, 262)}])
    three = race([{"a": of(1_000, 200), "b": of(1_000, 262), "c": of(1_000, 200)}])
    assert two.winner == "b"
    assert three.winner is None, "three pairs are three chances to be wrong"


def test_an_interval_without_ends() -> None:
    found = compare([Stratum(of(950, 100), of(50, 2))])
    assert found is not None
    assert found.uplift is not None
    assert found.uplift.high == inf
    assert not found.uplift.is_bounded
    assert Interval(0, -1, 1).is_bounded
