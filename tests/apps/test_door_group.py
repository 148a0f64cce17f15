"""Group commit: every 202 has its row, whatever breaks in between."""

import json
import threading
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from regulars.base import db, failpoints
from regulars.intake import group_commit
from regulars.intake.group_commit import Busy, Committer, NewDelivery, NotStored
from tests.apps.door_client import ORDER, DoorClient, Loop


@pytest.fixture
def door(database: str) -> Iterator[DoorClient]:
    yield DoorClient()
    db.close()


def row(name: str) -> NewDelivery:
    return NewDelivery(1, "api", "orders", name.encode(), "key:1", item_key=name)


def set_points(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(failpoints, "_points", failpoints._parse(text))


@pytest.mark.parametrize("point", ["intake.group_insert", "intake.group_commit", "intake.after_commit"])
def test_32_writers_lose_nothing_that_was_acknowledged(
    door: DoorClient, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """The point raises again and again, whole groups fail; whoever is told 503 comes again."""
    set_points(monkeypatch, f"{point}:raise:2")
    fate: Counter[int] = Counter()
    acknowledged: list[tuple[str, int]] = []

    def send(writer: int) -> None:
        for n in range(10):
            order = ORDER | {"id": f"{writer}-{n}"}
            while (answer := door.put(order)).status != 202:
                fate[answer.status] += 1
                assert answer.headers["Retry-After"] == "1"
                if fate[503] > 60:
                    failpoints._points.clear()
            fate[202] += 1
            acknowledged.append((str(order["id"]), int(answer.json["delivery"].rpartition("/")[2])))

    threads = [threading.Thread(target=send, args=(w,)) for w in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fate[503] > 60
    assert set(fate) == {202, 503}
    kept = {
        i: (k, json.loads(bytes(b))["id"]) for i, k, b in door.sql("select id, item_key, body from intake_delivery")
    }
    assert len(acknowledged) == len({i for _, i in acknowledged}) == 320
    assert all(kept[i] == (name, name) for name, i in acknowledged)
    assert {i for (i,) in door.sql("select delivery_id from intake_pending")} == set(kept)


def test_a_group_of_several_rows_gets_its_ids_in_its_own_order(database: str) -> None:
    loop, committer = Loop(), Committer()
    ids = loop.run(committer.put([row("a"), row("b"), row("c")]))
    assert ids == sorted(ids)
    with db.loop_connection("test") as raw:
        found = raw.execute("select item_key from intake_delivery order by id").fetchall()
    assert found == [("a",), ("b",), ("c",)]
    committer.close()


def test_a_server_that_went_away_while_we_were_idle_costs_no_delivery(database: str) -> None:
    loop, committer = Loop(), Committer()
    loop.run(committer.put([row("before")]))
    with db.loop_connection("test") as raw:
        raw.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'regulars intake'"
            " and datname = current_database()"
        )
    assert len(loop.run(committer.put([row("after")]))) == 1
    committer.close()


def test_while_the_database_is_away_everybody_is_told_and_later_ones_pass(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, committer = Loop(), Committer()
    with monkeypatch.context() as away:

        def refuse(name: str, *, one_plan: bool) -> psycopg.Connection[tuple[object, ...]]:
            raise psycopg.OperationalError("away")

        away.setattr(db, "loop_connection", refuse)
        with pytest.raises(NotStored):
            loop.run(committer.put([row("a")]))
    assert len(loop.run(committer.put([row("a")]))) == 1
    committer.close()


def test_more_than_memory_may_hold_is_refused_at_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "WAITING_ROWS", 3)
    loop, committer = Loop(), Committer()
    inside, go_on = threading.Event(), threading.Event()
    write = committer._write

    def slow(rows: list[NewDelivery]) -> list[int]:
        inside.set()
        go_on.wait(10)
        return write(rows)

    monkeypatch.setattr(committer, "_write", slow)
    results: list[object] = []

    def put(name: str) -> None:
        try:
            results.append(loop.run(committer.put([row(name)])))
        except Busy:
            results.append("busy")

    threads = [threading.Thread(target=put, args=("0",))]
    threads[0].start()
    inside.wait(10)
    threads += [threading.Thread(target=put, args=(str(n),)) for n in range(1, 7)]
    for thread in threads[1:]:
        thread.start()
    for thread in threads[1:]:
        thread.join(0.3)
    assert results == ["busy"] * 3
    go_on.set()
    for thread in threads:
        thread.join()
    assert sum(result != "busy" for result in results) == 4
    committer.close()
