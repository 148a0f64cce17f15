"""A database that a test has used is given back as it was, or not at all."""

import psycopg
import pytest

from tests.emptying import look

pytestmark = pytest.mark.db


def test_rows_go_also_those_that_may_only_be_appended_to_and_first_ones_come_back(database: str) -> None:
    untouched = look(database)
    with psycopg.connect(database) as connection:
        connection.execute("insert into base_audit (actor_kind, action, object_kind) values ('system', 'x', 'y')")
        connection.execute("update base_clock set speed = 7")
    with psycopg.connect(database) as connection, pytest.raises(psycopg.Error, match="append"):
        connection.execute("delete from base_audit")
    assert untouched.restore(database)
    assert look(database) == untouched
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from base_audit").fetchone() == (0,)
        assert connection.execute("select speed from base_clock").fetchone() != (7,)


@pytest.mark.parametrize(
    "change",
    [
        "alter table desk_task add column extra text",
        "create table extra (id int)",
        "create or replace function machine_now() returns timestamptz language sql as 'select now()'",
        "drop index desk_task_order",
    ],
)
def test_one_that_was_altered_is_not_given_back(database: str, change: str) -> None:
    untouched = look(database)
    with psycopg.connect(database) as connection:
        connection.execute(change.encode())
    assert not untouched.restore(database)
