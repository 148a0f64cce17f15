"""The proof of effect in a short form: fewer experiments, the same limits."""

from bench.proof import A_A, PLANTED, mismatch, simulate, split
from regulars.rules.proof import ALPHA

FEW = 150


def test_a_scheme_that_does_nothing_is_not_said_to_do_something() -> None:
    for shop in (A_A[0], A_A[3], A_A[4], A_A[7]):
        got = simulate(shop, FEW)
        assert got.share(lambda s: s.alarm) <= ALPHA, shop.name
    # the plain interval, looked at as often, is what this is about: it must be seen to fail here
    assert simulate(A_A[0], FEW).share(lambda s: s.plain_alarm) > 0.2


def test_a_planted_uplift_is_found_and_the_interval_holds_it_at_every_look() -> None:
    got = simulate(PLANTED[0], FEW)
    assert got.share(lambda s: s.found_on is not None) > 0.9
    assert got.share(lambda s: s.uplift_held) >= 1 - ALPHA
    assert got.share(lambda s: s.held) >= 1 - ALPHA
    assert got.share(lambda s: s.plain_held) < 0.9
    for seen in got.seen:
        assert not seen.alarm or seen.found_on is not None or not seen.held, "a planted uplift is never called a loss"


def test_unequal_sizes_ring_and_fair_ones_do_not() -> None:
    assert not any(mismatch(seed, 300, 0.05, 0.05) for seed in range(FEW))
    assert sum(mismatch(seed, 300, 0.06, 0.05) for seed in range(FEW)) > FEW * 0.9


def test_ways_that_are_alike_have_no_winner() -> None:
    assert sum(split(seed, 50, (0.2, 0.2, 0.2))[0] for seed in range(FEW)) <= FEW * ALPHA
    won = [split(seed, 100, (0.2, 0.2, 0.27)) for seed in range(40)]
    assert sum(w for w, _ in won) > 30
    assert not any(wrong for _, wrong in won)
