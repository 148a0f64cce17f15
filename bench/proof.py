"""How far the proof of effect can be trusted: thousands of invented experiments, each looked at every day.

`python -m bench.proof` prints, for shops of several kinds, how often a scheme that does nothing was ever said to do something
(false alarms), beside the plain 95 % interval looked at as often; how often a planted uplift is found, and how often the
interval held the truth at *every* look. Exit 1 when a limit is missed. Revenue is drawn from what real customers spent
(online_retail_90_days.txt), large wholesale buyers among them.
"""

import argparse
import random
import sys
import time
from bisect import bisect
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import accumulate
from math import comb, log, sqrt
from operator import mul
from pathlib import Path

from regulars.rules.proof import ALPHA, Comparison, Group, Stratum, compare
from regulars.rules.proof_verdict import MISMATCH_ODDS, Drawn, evidence
from regulars.rules.proof_ways import race

EXPERIMENTS, LOOKS = 2_000, 60
PLAIN = 1.96


@dataclass(frozen=True, slots=True)
class Shop:
    """An experiment's shape: `people` a day; `rate` of those who order again without the scheme, None: revenue is looked at.
    `shares` of the hold-out, each with its first day; `season`: how the rate drifts; `refunds`: late ones, a group and day."""

    name: str
    people: int
    rate: float | None
    shares: tuple[tuple[int, float], ...]
    uplift: float = 0.0
    season: float = 0.0
    refunds: float = 0.0

    def share(self, day: int) -> float:
        """Of the hold-out on that day."""
        return [s for since, s in self.shares if since <= day][-1]


@dataclass(slots=True)
class Seen:
    """What an experiment showed over all its looks."""

    alarm: bool = False
    plain_alarm: bool = False
    held: bool = True
    uplift_held: bool = True
    plain_held: bool = True
    found_on: int | None = None
    width: float = 0.0


@dataclass(slots=True)
class Result:
    """Of all experiments of a shop, as shares of them."""

    shop: Shop
    seen: list[Seen] = field(default_factory=list)

    def share(self, what: Callable[[Seen], bool]) -> float:
        """Of how many it is true."""
        return sum(map(what, self.seen)) / len(self.seen)


@cache
def _table(n: int, p: float) -> list[float]:
    """Cumulative binomial odds of 0..n."""
    return list(accumulate(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)))


def binomial(dice: random.Random, n: int, p: float) -> int:
    """How many of n, each with odds p; exact, in pieces small enough for floats."""
    whole = 0
    while n > 200:
        whole, n = whole + _one(dice, 200, p), n - 200
    return whole + _one(dice, n, p)


def _one(dice: random.Random, n: int, p: float) -> int:
    return min(bisect(_table(n, p), dice.random()), n)


@cache
def spent() -> list[int]:
    """Pence a customer spent in 90 days, sorted."""
    out: list[int] = []
    for line in (Path(__file__).parent / "online_retail_90_days.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        if " x " in line:
            value, _, times = line.partition(" x ")
            out += [int(value)] * int(times)
        else:
            out += map(int, line.split())
    return out


def outcomes(dice: random.Random, n: int, rate: float | None, more: float) -> Group:
    """The sums of n people's outcomes, each `more` than without the scheme: who ordered again, or what real customers
    spent, drawn with replacement."""
    if rate is not None:
        found = binomial(dice, n, round(rate * (1 + more), 9))
        return Group(n, found, found)
    values = dice.choices(spent(), k=n)
    total, squares = sum(values), sum(map(mul, values, values))
    return Group(n, total * (1 + more), squares * (1 + more) ** 2)


def run(shop: Shop, seed: int, looks: int = LOOKS) -> Seen:
    """One experiment, looked at each day."""
    dice = random.Random(f"{shop.name}/{seed}")
    strata: dict[float, Stratum] = {}
    seen = Seen()
    for day in range(looks):
        share = shop.share(day)
        drift = 1 + shop.season * day / looks
        held = binomial(dice, shop.people, share)
        came = Stratum(
            outcomes(dice, shop.people - held, shop.rate, drift * (1 + shop.uplift) - 1),
            outcomes(dice, held, shop.rate, drift - 1),
        )
        before = strata.get(share, Stratum(Group(), Group()))
        strata[share] = Stratum(before.given + came.given, before.held + came.held)
        if shop.refunds:
            strata[share] = _refunded(dice, strata[share], shop.refunds)
        found = compare(strata.values())
        if found is not None:
            _judge(seen, shop, found, day)
    return seen


def _refunded(dice: random.Random, one: Stratum, share: float) -> Stratum:
    """Now and then a purchase of days before is given back whole: the past is corrected."""

    def less(group: Group) -> Group:
        if group.n < 2 or dice.random() > share:
            return group
        back = min(dice.choice(spent()), group.total)
        return Group(group.n, group.total - back, max(group.squares - back * back, group.total**2 / group.n))

    return Stratum(less(one.given), less(one.held))


def _judge(seen: Seen, shop: Shop, found: Comparison, day: int) -> None:
    truth = shop.uplift
    at = found.difference
    plain = PLAIN * sqrt(found.variance / found.effective)
    plain_off = abs(at.at) > plain
    if at.is_above or at.is_below:
        seen.alarm = True
        if seen.found_on is None and at.is_above == (truth > 0):
            seen.found_on = day + 1
    seen.plain_alarm |= plain_off
    if found.uplift is not None:
        seen.uplift_held &= found.uplift.low <= truth <= found.uplift.high
        seen.width = found.uplift.high - found.uplift.low
    # the difference that is true of these people: so much more than those without would have had
    if not shop.season:
        real = truth * _mean(shop)
        seen.held &= at.low <= real <= at.high
        seen.plain_held &= abs(at.at - real) <= plain


def _mean(shop: Shop) -> float:
    return sum(spent()) / len(spent()) if shop.rate is None else shop.rate


HALF, TENTH, TWENTIETH = ((0, 0.5),), ((0, 0.1),), ((0, 0.05),)
A_A = (
    Shop("orders, 24 %, half held out", 100, 0.24, HALF),
    Shop("orders, 24 %, 5 % held out", 200, 0.24, TWENTIETH),
    Shop("orders, 3 %, 5 % held out", 100, 0.03, TWENTIETH),
    Shop("orders, 10 people a day, 10 %", 10, 0.24, TENTH),
    Shop("orders, 2 people a day, half", 2, 0.5, HALF),
    Shop("share 5 % to 20 % in a rising season", 100, 0.24, ((0, 0.05), (30, 0.2)), season=0.6),
    Shop("revenue, half held out", 100, None, HALF),
    Shop("revenue, 5 % held out", 100, None, TWENTIETH),
    Shop("revenue, 10 people a day, 20 %", 10, None, ((0, 0.2),)),
    Shop("revenue with late refunds, 20 %", 50, None, ((0, 0.2),), refunds=0.3),
)
PLANTED = (
    Shop("orders, 24 %, +10 %, half, 500 a day", 500, 0.24, HALF, uplift=0.1),
    Shop("orders, 24 %, +10 %, 5 %, 2,000 a day", 2_000, 0.24, TWENTIETH, uplift=0.1),
    Shop("orders, 24 %, +30 %, 10 %, 200 a day", 200, 0.24, TENTH, uplift=0.3),
    Shop("revenue, +10 %, half, 200 a day", 200, None, HALF, uplift=0.1),
    Shop("revenue, +10 %, 5 %, 200 a day", 200, None, TWENTIETH, uplift=0.1),
)


def mismatch(seed: int, people: int, drawn: float, wanted: float) -> bool:
    """Whether the alarm about the groups' sizes ever rang."""
    dice = random.Random(f"mismatch/{drawn}/{seed}")
    n = held = 0
    for _ in range(LOOKS):
        n, held = n + people, held + binomial(dice, people, drawn)
        if evidence([Drawn(wanted, n - held, held)]) > log(MISMATCH_ODDS):
            return True
    return False


def split(seed: int, people: int, rates: Sequence[float]) -> tuple[bool, bool]:
    """A split test of several ways: whether one was ever named the winner, and whether it was not the best one."""
    dice = random.Random(f"split/{rates}/{seed}")
    ways = {f"way {i}": Group() for i in range(len(rates))}
    best = f"way {rates.index(max(rates))}" if len(set(rates)) > 1 else ""
    for _ in range(LOOKS):
        for i, rate in enumerate(rates):
            x = binomial(dice, people, rate)
            ways[f"way {i}"] += Group(people, x, x)
        winner = race([ways]).winner
        if winner is not None:
            return True, winner != best
    return False, False


def simulate(shop: Shop, experiments: int, pool: ProcessPoolExecutor | None = None) -> Result:
    """All experiments of a shop."""
    if pool is None:
        return Result(shop, [run(shop, seed) for seed in range(experiments)])
    return Result(shop, list(pool.map(partial(run, shop), range(experiments), chunksize=50)))


def _line(*cells: str) -> None:
    print(f"{cells[0]:<40}" + "".join(f"{c:>13}" for c in cells[1:]), flush=True)


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.proof", description=__doc__)
    parser.add_argument("--experiments", type=int, default=EXPERIMENTS)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args(arguments)
    n, begun = asked.experiments, time.perf_counter()
    bad: list[str] = []
    print(
        f"{n:,} experiments of {LOOKS} daily looks each\n\nNothing is there (A/A): said to work or to work against, ever"
    )
    with ProcessPoolExecutor(asked.workers) as pool:
        _line("", "false alarms", "plain 95 %", "uplift held")
        for shop in A_A:
            got = simulate(shop, n, pool)
            alarms = got.share(lambda s: s.alarm)
            _line(
                shop.name,
                _percent(alarms),
                _percent(got.share(lambda s: s.plain_alarm)),
                _percent(got.share(lambda s: s.uplift_held)),
            )
            if alarms > ALPHA:
                bad.append(f"false alarms, {shop.name}")
        print("\nSomething is there: found by the last look, and whether the interval held the truth at all looks")
        _line("", "found", "median day", "uplift held", "diff. held", "plain held", "last width")
        for shop in PLANTED:
            got = simulate(shop, n, pool)
            days = sorted(s.found_on for s in got.seen if s.found_on is not None)
            covered = got.share(lambda s: s.uplift_held)
            _line(
                shop.name,
                _percent(got.share(lambda s: s.found_on is not None)),
                str(days[len(days) // 2]) if days else "-",
                _percent(covered),
                _percent(got.share(lambda s: s.held)),
                _percent(got.share(lambda s: s.plain_held)),
                f"{sorted(s.width for s in got.seen)[n // 2] * 100:.0f} points",
            )
            if covered < 1 - ALPHA:
                bad.append(f"coverage, {shop.name}")
        if simulate(PLANTED[0], min(n, 200), pool).share(lambda s: s.found_on is not None) < 0.9:
            bad.append("a planted uplift of 10 % was not found")
        print("\nThe groups' sizes (drawn as 5 %)")
        for drawn, limit in ((0.05, 1 / MISMATCH_ODDS * 3), (0.06, None)):
            rang = sum(pool.map(partial(mismatch, people=500, drawn=drawn, wanted=0.05), range(n), chunksize=50)) / n
            _line(f"  really {drawn:.0%}: alarm, ever", _percent(rang))
            if limit is not None and rang > limit:
                bad.append("mismatch alarm")
        print("\nSplit tests")
        for name, rates in (("4 ways alike", (0.1,) * 4), ("3 ways, one 25 % better", (0.2, 0.2, 0.25))):
            found = list(pool.map(partial(split, people=100, rates=rates), range(n), chunksize=50))
            won, wrong = sum(w for w, _ in found) / n, sum(w for _, w in found) / n
            _line(f"  {name}", f"won {_percent(won)}", f"wrong {_percent(wrong)}")
            if wrong > ALPHA:
                bad.append(f"wrong winners, {name}")
    print(f"\n{time.perf_counter() - begun:.0f} s. " + ("Missed: " + "; ".join(bad) if bad else "All limits kept."))
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
