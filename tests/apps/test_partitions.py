"""Month partitions: made ahead, and emptied into from the default one."""

from datetime import UTC, datetime

import pytest

from regulars.base import partitions
from regulars.base.partitions import Month
from tests.apps.world import World

pytestmark = pytest.mark.db


def test_four_months_are_made_once(world: World) -> None:
    at = datetime(2031, 11, 15, tzinfo=UTC)
    with world.writing() as cur:
        made = partitions.ensure(cur, at)
        assert "events_event_2031_11" in made
        assert "events_event_2032_02" in made
        assert len(made) == 4 * len(partitions.PARTITIONED)
        assert partitions.ensure(cur, at) == []


def test_rows_that_the_default_partition_caught_are_moved_and_stay_append_only(world: World) -> None:
    month = Month(2031, 5)
    with world.writing() as cur:
        for id_ in (month.first_id(), month.first_id() + 7, month.next().first_id()):
            cur.execute(
                "insert into events_event (id, shop_id, kind, occurred_at, live) values (%s, %s, 'x.a', %s, true)",
                (id_, world.shop_id, world.now),
            )
    with world.writing() as cur:
        assert partitions.repair_default(cur, "events_event", month) == 2
    assert world.one("select count(*) from only events_event_2031_05") == 2
    assert world.one("select count(*) from only events_event_default where id >= %s", month.first_id()) == 1
    assert world.one("select count(*) from events_event where kind = 'x.a'") == 3
    with pytest.raises(Exception, match="append-only"), world.writing() as cur:
        cur.execute("delete from events_event where kind = 'x.a'")


def test_the_audit_log_refuses_change(world: World) -> None:
    for sql in ("update base_audit set action = 'x'", "delete from base_audit", "truncate base_audit"):
        with pytest.raises(Exception, match="append-only"), world.writing() as cur:
            cur.execute(sql)


@pytest.mark.parametrize(
    ("year", "month", "following"), [(2026, 11, (2026, 12)), (2026, 12, (2027, 1)), (2024, 2, (2024, 3))]
)
def test_months_follow_each_other(year: int, month: int, following: tuple[int, int]) -> None:
    assert Month(year, month).next() == Month(*following)
