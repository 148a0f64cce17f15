"""The forecast: equal to a slow, obvious play; never worse with more people where that can be promised; fast; honest."""

import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.rules.forecast import Done, Hand, Work, late, play, typical, waiting
from tests.examples import examples

TEAMS = ("a", "b", "c")


def slow(works: list[Work], hands: list[Hand]) -> list[Done]:
    """Each moment at which something can happen, one after another, looking at everything."""
    free = {h.id: h.free for h in hands}
    open_, out, at = {w.id: w for w in works}, [], 0.0
    while open_:
        for hand in sorted(hands, key=lambda h: (free[h.id], h.id)):
            if free[hand.id] > at or hand.until <= at:
                continue
            mine = [w for w in open_.values() if w.begins <= at and (not hand.teams or w.team in hand.teams)]
            if mine:
                work = min(mine, key=lambda w: _key(w, at))
                del open_[work.id]
                free[hand.id] = at + work.length
                out.append(Done(work.id, hand.id, at, at + work.length))
        following = [f for f in free.values() if f > at] + [w.begins for w in open_.values() if w.begins > at]
        if not following:
            break
        at = min(following)
    return out


def _key(work: Work, at: float) -> tuple[int, float, int]:
    place = min(work.place, work.near_place) if work.near_at <= at else work.place
    return place, float("inf") if work.due is None else work.due, work.id


@st.composite
def queues(draw: st.DrawFn, simple: bool = False) -> list[Work]:
    out = []
    for id_ in range(draw(st.integers(0, 14))):
        due = draw(st.none() | st.integers(1, 200))
        out.append(
            Work(
                id_,
                "a" if simple else draw(st.sampled_from(TEAMS)),
                draw(st.integers(0, 3)),
                float(draw(st.integers(1, 40))),
                0.0 if simple else float(draw(st.integers(0, 60))),
                None if due is None else float(due),
                float("inf") if simple or due is None else float(due - 10),
                1,
            )
        )
    return out


@st.composite
def crews(draw: st.DrawFn) -> list[Hand]:
    return [
        Hand(
            n,
            frozenset(draw(st.sets(st.sampled_from(TEAMS), max_size=2))),
            float(draw(st.integers(0, 30))),
            float(draw(st.sampled_from([20, 80, 10_000]))),
        )
        for n in range(draw(st.integers(0, 4)))
    ]


@given(works=queues(), hands=crews())
@settings(max_examples=examples(400))
def test_it_plays_as_the_obvious_play_does(works: list[Work], hands: list[Hand]) -> None:
    assert sorted(play(works, hands), key=lambda d: (d.starts, d.id)) == sorted(
        slow(works, hands), key=lambda d: (d.starts, d.id)
    )


@given(works=queues(simple=True), n=st.integers(1, 4), free=st.integers(0, 20))
def test_with_one_more_at_work_nobody_waits_longer(works: list[Work], n: int, free: int) -> None:
    crew = [Hand(i, free=float(i)) for i in range(n)]
    before = {d.id: d.ends for d in play(works, crew)}
    after = {d.id: d.ends for d in play(works, [*crew, Hand(99, free=float(free))])}
    assert all(after[id_] <= ends for id_, ends in before.items())


@given(works=queues(simple=True), n=st.integers(1, 4), more=st.integers(0, 20))
def test_longer_calls_help_nobody(works: list[Work], n: int, more: int) -> None:
    crew = [Hand(i) for i in range(n)]
    longer = [Work(w.id, w.team, w.place, w.length + more, w.begins, w.due) for w in works]
    before, after = ({d.id: d.ends for d in play(w, crew)} for w in (works, longer))
    assert all(after[id_] >= ends for id_, ends in before.items())
    assert len(late(longer, play(longer, crew), 2, 500)) >= len(late(works, play(works, crew), 2, 500))


@given(works=queues(), hands=crews(), margin=st.integers(0, 20))
def test_a_task_is_late_or_done_in_time(works: list[Work], hands: list[Hand], margin: int) -> None:
    done = play(works, hands)
    found = {x.id for x in late(works, done, margin, 150)}
    ends = {d.id: d.ends for d in done}
    for work in works:
        in_time = work.due is None or work.due > 150 or ends.get(work.id, 1e9) + margin <= work.due
        assert (work.id in found) != in_time
    assert waiting(works, done, 0.0) <= len(works)


def test_five_thousand_tasks_and_fifty_people_take_a_fifth_of_a_second() -> None:
    chance = random.Random(5)
    works = [
        Work(i, chance.choice(TEAMS), chance.randrange(7), 300 + chance.random() * 600, chance.choice([0, chance.random() * 3e4]),
             due := 600 + chance.random() * 3e4, due - 600, 2)
        for i in range(5000)
    ]  # fmt: skip
    hands = [Hand(n, frozenset(chance.sample(TEAMS, 2)) if n % 3 else frozenset()) for n in range(50)]
    spent = []
    for _ in range(5):
        start = time.process_time()
        done = play(works, hands)
        late(works, done, 120, 3e4)
        spent.append(time.process_time() - start)
    assert len(done) == 5000
    assert min(spent) < 0.2, spent


def test_the_average_of_calls_is_above_their_median() -> None:
    assert typical(300, 300) == 300 and 300 < typical(300, 700) < 700 and typical(0, 5) == 0


def test_replaying_busy_days_with_known_call_times_it_is_right_about_most_who_were_late() -> None:
    """Three hundred days: the forecast knows median and p90 only, the day itself draws each call's length anew.

    On a calm day single calls overrun by chance, which nobody can foretell; that is no pressure to warn of.
    """
    chance = random.Random(11)
    hit = missed = false = 0
    for _ in range(300):
        load, crew = chance.randint(15, 45), [Hand(n) for n in range(3)]
        dues = sorted(chance.uniform(600, 4200) for _ in range(load))
        lengths = [chance.lognormvariate(5.86, 0.5) for _ in range(load)]  # median 350 s, p90 665 s
        expected = typical(350, 665)
        told = [Work(i, "a", 1, expected, due=d) for i, d in enumerate(dues)]
        real = [Work(i, "a", 1, lengths[i], due=d) for i, d in enumerate(dues)]
        said = {x.id for x in late(told, play(told, crew), 120, 5000)}
        was = {x.id for x in late(real, play(real, crew), 0, 5000)}
        hit += len(said & was)
        missed += len(was - said)
        false += len(said - was)
    assert hit / (hit + missed) > 0.87, "of those who were late, most were foretold"
    assert hit / (hit + false) > 0.7, "of those foretold, most were late"
