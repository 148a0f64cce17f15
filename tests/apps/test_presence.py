"""A role's row: there while it works, gone when it has been stopped in good order."""

import threading

from regulars.worker.loop import Loop
from regulars.worker.presence import Presence
from tests.apps.world import World
from tests.installation import until


def rows(world: World) -> list[tuple[object, ...]]:
    return list(world.rows("select role, lease_until > machine_now() from base_process"))


def test_a_role_at_work_has_a_row_that_goes_when_it_is_stopped(world: World) -> None:
    presence, stop = Presence("engine"), threading.Event()
    loop = Loop("presence", presence.turn, longest=0.05, ending=presence.end)
    thread = threading.Thread(target=loop.run, args=(stop,))
    thread.start()
    try:
        until(lambda: rows(world), 10, "its row")
        assert rows(world) == [("engine", True)]
    finally:
        stop.set()
        thread.join(10)
    assert rows(world) == []


def test_the_row_of_one_that_died_is_dropped_by_the_next(world: World) -> None:
    Presence("engine").turn(world.raw)
    with world.writing() as cur:
        cur.execute("update base_process set host = 'elsewhere', lease_until = machine_now() - interval '1 second'")
    Presence("engine").turn(world.raw)
    assert rows(world) == [("engine", True)]
