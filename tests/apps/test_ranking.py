"""Who is next: the SQL says what the rule says, stays cheap with two hundred thousand who wait, and reads no table whole."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.desk import order_of_calls, ranking
from regulars.desk.opening import NewTask, open_tasks
from regulars.desk.order_of_calls import OrderRefused
from regulars.desk.ranking import Order
from regulars.rules.rank import DEFAULT, KINDS, place, problem
from regulars.shop import queries as shops
from tests.apps.world import World

GOOD = st.permutations(DEFAULT).filter(lambda order: problem(order) is None)
TEAMS = ("care", "order-desk", "repeat-sales")
ONE = st.tuples(
    st.sampled_from([*KINDS, "no-such-word"]),
    st.sampled_from(TEAMS),
    st.one_of(st.none(), st.integers(-90, 300)),
    st.integers(-120, 30),
    st.booleans(),
    st.one_of(st.none(), st.integers(-3, 0)),
)


def _fill(world: World, made: list[tuple[str, str, int | None, int, bool, int | None]]) -> None:
    """Tasks by (why, team, minutes to the limit, minutes to its time, whether it was paused until then, when placed)."""
    with world.writing() as cur:
        cur.execute("delete from desk_task")
        for why, team, due, begins, is_paused, placed in made:
            cur.execute(
                "insert into desk_task (shop_id, person_id, kind, team, why_next, not_before, due_at, opened_at, pause,"
                " placed_at) values (%s, 1, 'call', %s, %s, %s, %s, %s, %s, %s)",
                (
                    world.shop_id, team, why, world.now + timedelta(minutes=begins),
                    None if due is None else world.now + timedelta(minutes=due), world.now,
                    "waits_for_buyer" if is_paused else None,
                    None if placed is None else world.now + timedelta(minutes=placed),
                ),
            )  # fmt: skip


def _expected(world: World, order: Order, teams: list[str] | None) -> list[int]:
    """The slow and obvious way: all that may be called, sorted."""
    rows = world.rows(
        "select id, why_next, due_at, team, placed_at from desk_task where state = 'open' and not_before <= %s",
        world.now,
    )
    far = world.now + timedelta(days=9999)
    found = sorted(
        (place(order.rules, why, due, world.now, order.near), due or far, placed or far, id_)
        for id_, why, due, team, placed in rows
        if teams is None or team in teams
    )
    return [key[-1] for key in found]


@pytest.mark.parametrize("few", [200, 0, 2])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(ONE, max_size=25),
    rules=GOOD,
    near=st.integers(0, 120),
    teams=st.one_of(st.none(), st.lists(st.sampled_from(TEAMS), min_size=1, unique=True)),
)
def test_the_database_ranks_as_the_rule_does(
    world: World, few: int, made: list[Any], rules: list[str], near: int, teams: list[str] | None
) -> None:
    """Both of its ways: sorting a few, and reading the first of each team and kind when there are many."""
    _fill(world, made)
    order = Order(tuple(rules), timedelta(minutes=near))
    asked = ranking._asked(order, world.shop_id, world.now, teams, 10)
    sql = ranking._NEXT.replace(f"limit {ranking._FEW + 1}", f"limit {few + 1}").replace(
        f"> {ranking._FEW})", f"> {few})"
    )
    assert (sql == ranking._NEXT) == (few == ranking._FEW)
    with world.writing() as cur:
        found = [r[0] for r in cur.execute(sql, asked)]
    assert found == _expected(world, order, teams)[:10]


def test_a_call_back_is_not_displaced_by_what_comes_after_it(world: World) -> None:
    """Hour after hour with new arrivals of every other kind, of which only lost calls come before it."""
    dice = random.Random(5)
    made: list[Any] = [("asked", "care", 240, 0, False, None)]
    others = [kind for kind in KINDS if kind not in ("missed", "asked")]
    for _ in range(20):
        made += [(dice.choice(others), dice.choice(TEAMS), dice.randint(-60, 60), 0, False, None) for _ in range(5)]
    _fill(world, made)
    asked = world.one("select id from desk_task where why_next = 'asked'")
    for _ in range(6):
        world.later(minutes=47)
        with world.writing() as cur:
            assert ranking.next_ids(cur, world.shop_id, world.now)[0] == asked
    _fill(world, [*made, ("missed", "care", 60, 0, False, None)])
    with world.writing() as cur:
        first, second = ranking.next_ids(cur, world.shop_id, world.now)[:2]
    kinds = dict(world.rows("select id, why_next from desk_task where id = any(%s)", [first, second]))
    assert [kinds[first], kinds[second]] == ["missed", "asked"]


def test_orders_of_the_night_are_called_in_the_order_in_which_they_were_placed(world: World) -> None:
    """Whoever opened their tasks first: after a standstill several conductors take the persons in any order."""
    night = world.now - timedelta(hours=9)
    morning = world.now + timedelta(hours=1)
    placed = [night + timedelta(minutes=m) for m in (30, 10, 50, 20, 40)]
    people = [world.person(f"night{n}@x.test") for n in range(5)]
    orders = [world.order(person, placed_at=at) for person, at in zip(people, placed, strict=True)]
    with world.writing() as cur:
        tasks = [
            NewTask(person, order, "call", None, "care", world.now, morning, morning, ["confirmed"], [])
            for person, order in zip(people, orders, strict=True)
        ]
        for task in tasks:  # one conductor after another
            open_tasks(cur, world.shop_id, [task], world.now)
        ids = ranking.next_ids(cur, world.shop_id, world.now)
        shown = ranking.waiting(cur, world.shop_id, world.now, order=ranking.order_of(cur, world.shop_id)).ready
    by_task = dict(world.rows("select id, order_id from desk_task"))
    expected = [order for _, order in sorted(zip(placed, orders, strict=True))]
    assert [by_task[i] for i in ids] == expected
    assert [t.order_id for t in shown] == expected, "the screen sorts as the database does"


def test_an_order_is_kept_refused_and_taken_back(world: World) -> None:
    better = ["missed", "asked", "message", "near", "promise", "fresh", "retry"]
    with world.writing() as cur:
        with pytest.raises(OrderRefused) as refused:
            order_of_calls.set_order(
                cur, world.shop_id, ["missed", "near", "asked", *better[2:3], *better[4:]], 10, SYSTEM
            )
        assert (refused.value.code, refused.value.rule) == ("asked_behind", "near")
        with pytest.raises(OrderRefused):
            order_of_calls.set_order(cur, world.shop_id, better, 9999, SYSTEM)
        order_of_calls.set_order(cur, world.shop_id, better, 25, SYSTEM)
    with world.writing() as cur:
        assert ranking.order_of(cur, world.shop_id) == Order(tuple(better), timedelta(minutes=25))
        assert order_of_calls.undo_order(cur, world.shop_id, SYSTEM)
    with world.writing() as cur:
        assert ranking.order_of(cur, world.shop_id) == Order(DEFAULT, timedelta(minutes=10))
        assert order_of_calls.undo_order(cur, world.shop_id, SYSTEM), "taking back is taken back"
    with world.writing() as cur:
        assert ranking.order_of(cur, world.shop_id).rules == tuple(better)
        cur.execute("""update shop_shop set settings = settings || '{"rank": ["near", "asked"]}'::jsonb""")
        shops.forget()
        assert ranking.order_of(cur, world.shop_id).rules == DEFAULT, "a list that may not be is not followed"


def _scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(s for child in plan.get("Plans", []) for s in _scans(child))]


@pytest.mark.parametrize("teams", [None, ["care"]])
@pytest.mark.parametrize("ready", [0.02, 0.9], ids=["night", "day"])
def test_no_table_is_read_whole_and_nothing_but_a_few_is_sorted(
    world: World, teams: list[str] | None, ready: float
) -> None:
    with world.writing() as cur:
        cur.execute(
            "insert into desk_task (shop_id, person_id, kind, team, why_next, not_before, due_at, opened_at,"
            " placed_at) select %(shop)s, 1, 'call', (array['care', 'order-desk', 'repeat-sales'])[1 + n %% 3],"
            " (array['missed', 'asked', 'message', 'promise', 'fresh', 'retry'])[1 + n %% 6],"
            " %(now)s + case when n %% 100 < %(ready)s then -1 else 1 end * make_interval(mins => n %% 500 + 1),"
            " %(now)s + make_interval(mins => n %% 900), %(now)s, %(now)s - make_interval(mins => n * 7 %% 997)"
            " from generate_series(1, 50000) n",
            {"shop": world.shop_id, "now": world.now, "ready": int(ready * 100)},
        )
    world.raw.execute("vacuum analyze desk_task")
    asked = {**ranking._asked(Order(), world.shop_id, world.now, teams, 31), "later": 10}
    with db.open_cursor(world.raw) as cur:
        ((plans,),) = cur.execute(f"explain (analyze, format json) {ranking._WAITING}", asked).fetchall()
    scans = _scans(plans[0]["Plan"])
    assert [s for s in scans if s["Node Type"] == "Seq Scan"] == []
    assert [s for s in scans if s["Node Type"] == "Incremental Sort"] == [], "equal limits are read in their order, too"
    most = len(KINDS) * len(TEAMS) * (ranking._FEW + 1)
    assert all(s["Actual Rows"] <= most for s in scans), "of fifty thousand only a few were touched"
    skipped = sum(s.get("Rows Removed by Filter", 0) * s["Actual Loops"] for s in scans)
    assert skipped < 20_000, "nor were many passed by"
    assert plans[0]["Execution Time"] < 500
