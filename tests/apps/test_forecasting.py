"""The forecast of a shop: it tells the leads before somebody is late, once, and offers what would help."""

from datetime import timedelta
from typing import Any

import pytest

from regulars.base.actor import SYSTEM, Actor
from regulars.desk import actions as desk
from regulars.desk import forecasting
from regulars.desk.pace import STATED, measured
from regulars.rules.forecast import typical
from regulars.staff import actions as staff
from regulars.staff import shifts
from tests.apps.test_staff_told import Staff, shop_fixture  # noqa: F401


def _play(shop: Staff) -> dict[str, Any]:
    while forecasting.forecast_once(shop.world.raw):
        pass
    with shop.world.writing() as cur:
        found = forecasting.latest(cur, shop.world.shop_id)
    assert found is not None
    return found


@pytest.fixture(name="crew")
def crew_fixture(shop: Staff) -> Staff:
    """The operator alone is at work; the supervisor looks on."""
    with shop.world.writing() as cur:
        shifts.end(cur, shop.world.shop_id, shop.lead, SYSTEM, shop.world.now)
    return shop


def _warned(shop: Staff) -> list[int]:
    rows = shop.world.rows(
        "select params from staff_notice where account_id = %s and kind = 'will_be_late' order by id", shop.lead
    )
    return [params["count"] for (params,) in rows]


def test_the_leads_hear_before_somebody_is_late_and_once(crew: Staff) -> None:
    for _ in range(3):
        crew.task(due_at=crew.world.now + timedelta(minutes=40))
    assert _play(crew)["late"] == [] and _warned(crew) == []
    for _ in range(6):
        crew.task(due_at=crew.world.now + timedelta(minutes=40))
    crew.world.later(minutes=1)
    found = _play(crew)
    assert len(found["late"]) >= 2 and all(x["due"] > crew.world.now.isoformat() for x in found["late"])
    assert _warned(crew) == [len(found["late"])]
    assert found["waiting"] == 9 and found["hands"] == 1 and found["chart"][0]["waiting"] == 9
    crew.world.later(minutes=1)
    _play(crew)
    assert len(_warned(crew)) <= 2, "only one who is new to it is told of"
    before = len(_warned(crew))
    _play(crew)
    assert len(_warned(crew)) == before, "within its minute nothing is played"


def test_nobody_at_work_means_late_and_calling_somebody_in_helps(crew: Staff) -> None:
    with crew.world.writing() as cur:
        other = staff.create_account(cur, crew.world.shop_id, "two@staff.test", "Oleg", "operator", SYSTEM)
        shifts.end(cur, crew.world.shop_id, crew.operator, SYSTEM, crew.world.now)
    crew.task()
    found = _play(crew)
    assert len(found["late"]) == 1 and found["late"][0]["ends"] is None
    (offer,) = found["offers"]
    assert offer["do"] == "call_in" and offer["left"] == 0 and int(offer["account"]) in (other, crew.operator)


def test_another_team_with_free_hands_is_offered(crew: Staff) -> None:
    with crew.world.writing() as cur:
        staff.set_role(cur, crew.world.shop_id, crew.operator, "operator", ["care"], SYSTEM)
    task = crew.task()
    found = _play(crew)
    (move,) = [o for o in found["offers"] if o["do"] == "move"]
    assert (move["from"], move["to"], move["tasks"], move["left"]) == ("order-desk", "care", [str(task)], 0)


def test_what_is_in_hand_and_what_stands_is_reckoned_with(crew: Staff) -> None:
    task = crew.task(due_at=crew.world.now + timedelta(minutes=9))
    assert _play(crew)["late"] == []
    with crew.world.writing() as cur:
        desk.claim(cur, crew.world.shop_id, crew.task(), Actor("staff", crew.operator), crew.world.now)
    crew.world.later(minutes=1)
    assert [x["id"] for x in _play(crew)["late"]] == [str(task)], "he has another one in hand first"
    with crew.world.writing() as cur:
        cur.execute("update desk_task set pause = 'waits_for_buyer' where id = %s", (task,))
    crew.world.later(minutes=1)
    assert _play(crew)["late"] == []


def test_the_pace_is_what_was_measured_and_what_is_stated_before(crew: Staff) -> None:
    with crew.world.writing() as cur:
        pace = measured(cur, crew.world.shop_id, "UTC", crew.world.now)
    assert pace.of("call", crew.world.now) == STATED["call"]
    for n in range(20):
        task = crew.task()
        with crew.world.writing() as cur:
            desk.claim(cur, crew.world.shop_id, task, Actor("staff", crew.operator), crew.world.now)
        crew.world.later(minutes=2 + n % 2)
        with crew.world.writing() as cur:
            desk.finish(cur, crew.world.shop_id, task, "confirmed", Actor("staff", crew.operator), crew.world.now)
    with crew.world.writing() as cur:
        pace = measured(cur, crew.world.shop_id, "UTC", crew.world.now)
    median, p90 = pace.of("call", crew.world.now)
    assert (median, p90) == (150, 180)
    assert pace.length("call", crew.world.now) == typical(150, 180)
    assert pace.from_json(pace.to_json()) == pace
