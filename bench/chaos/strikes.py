"""One kill: what comes in meanwhile, which process dies and where, and how long it is waited for.

Owns the plan of a whole run: which failpoints, how many at random, how many under changes of a live scheme.
"""

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from bench.chaos import near
from bench.chaos.house import TWINS, House
from bench.chaos.load import Client
from bench.chaos.oracles import in_flight
from bench.chaos.owner import Owner

ALL, MOVES = "all", "moves"
"""The kinds of kills: all of them, or only those under changes of a live scheme."""
SHARE = 0.25
"""So many of those at random, where all kinds are wanted, fall under changes of a live scheme."""
BURST = 120
FIRE_SECONDS = 12.0
FROZEN_SECONDS, THAWED_SECONDS = 0.7, 0.4
"""While a failpoint is waited for, the other engine or sender stands still in turns: else it may be faster every time."""

POINTS: Mapping[str, tuple[str, ...]] = {
    "web": ("intake.body_read", "intake.group_insert", "intake.group_commit", "intake.after_commit", "intake.after_answer",
            "desk.finish_before_commit"),
    "engine": ("normaliser.claimed", "normaliser.recorded", "normaliser.before_commit", "normaliser.after_commit",
               "conductor.claimed", "conductor.advanced", "conductor.effects_written", "conductor.before_commit",
               "conductor.after_commit", "desk.settle_before_commit",
               "promises.claimed", "promises.acted", "promises.before_commit", "promises.after_commit",
               "desk.escalate_before_commit", "calls.before_commit", "unconfirmed.before_commit",
               "polling.fetched", "polling.kept"),
    "sender": ("outbox.claimed", "outbox.before_sending_commit", "outbox.after_sending_commit", "outbox.before_connect",
               "outbox.before_data", "outbox.after_dot", "outbox.after_250", "outbox.before_record_commit",
               "outbox.after_record_commit",
               "commands.claimed", "commands.before_call", "commands.after_call", "commands.before_record_commit",
               "commands.after_record_commit",
               "telling.before_claim_commit", "telling.claimed", "telling.handed_over", "telling.before_record_commit"),
}  # fmt: skip
MOVE_POINTS: Mapping[str, tuple[str, ...]] = {
    "web": ("scheme.publish_before_commit", "scheme.pause_before_commit", "scheme.resume_before_commit"),
    "engine": ("move.before_commit", "move.after_commit", "wake.before_commit", "wake.after_commit"),
}
"""Those of a live scheme that is changed, paused, and goes on."""
COMMANDS = ("import.batch_before_commit", "import.batch_after_commit", "scheme.publish_before_commit")


class Run(NamedTuple):
    """Which role is killed, at which failpoint (None: at random), and whether a live scheme is changed meanwhile."""

    role: str
    point: str | None
    moves: bool


def names(kind: str) -> set[str]:
    """The failpoints that a whole run of this kind must have reached."""
    of_moves = {name for points in MOVE_POINTS.values() for name in points}
    return of_moves if kind == MOVES else {n for points in POINTS.values() for n in points} | of_moves | {*COMMANDS}


def named(kind: str) -> list[Run]:
    """A run for each failpoint of the kind."""
    plain = [] if kind == MOVES else [Run(role, name, False) for role, points in POINTS.items() for name in points]
    return plain + [Run(role, name, True) for role, points in MOVE_POINTS.items() for name in points]


def plan(runs: int, chance: random.Random, kind: str) -> list[Run]:
    """Each failpoint in turn; of what is left every fifth run at one of them, the others at random moments.

    Where there are fewer runs than failpoints, those under changes of a live scheme have their share.
    """
    out = named(kind)
    chance.shuffle(out)
    if runs < len(out):
        under = [run for run in out if run.moves][: runs if kind == MOVES else round(runs * SHARE)]
        out = under + [run for run in out if not run.moves][: runs - len(under)]
        chance.shuffle(out)
    while len(out) < runs:
        moves = kind == MOVES or chance.random() < SHARE
        role = chance.choice(("web", "engine", "engine-2", "sender", "sender", "sender-2", "all"))
        points = POINTS.get(role, ()) + (MOVE_POINTS.get(role, ()) if moves else ())
        out.append(Run(role, chance.choice(points) if points and chance.random() < 0.2 else None, moves))
    return out


def meanwhile(house: House, deed: Callable[[], None], also: Callable[[], None] | None = None) -> None:
    """Let somebody work in a thread, and bring back meanwhile whichever role has died; `also`: done here beside it."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(deed)
        if also is not None:
            also()
        while not future.done():
            house.reap()
            time.sleep(0.01)
        future.result()


def one_kill(house: House, client: Client, owner: Owner, chance: random.Random, run: Run) -> tuple[bool, int]:
    """Whether the kill fell where it was meant to, and how many orders were in flight."""
    house.reap()
    if run.point is not None:
        house.kill(run.role, run.point)
        if run.role == "web":
            house.wait_ready()
    before = len(house.fired())
    if run.moves:
        meanwhile(house, owner.begin)
    meanwhile(house, lambda: client.burst(BURST, dear=run.moves))
    flying = in_flight(house, client)
    meanwhile(house, lambda: change(client, 30, 5))
    if run.moves:
        at_random = None if run.point else lambda: _strike(house, chance, run.role, 1.5)
        meanwhile(house, lambda: owner.turn(run.point or ""), at_random)
        fell = run.point is None or _fell(house, client, owner, run, before)
    else:
        meanwhile(house, lambda: _beside(client))
        near.bring_near(house)
        if run.point is None:
            _strike(house, chance, run.role, 0.25)
        fell = run.point is None or _fell(house, client, owner, run, before)
    house.wait_ready()
    if chance.random() < 0.2:
        meanwhile(house, lambda: client.work(10))
    _catch_up(house, client)
    return fell, flying


def change(client: Client, paid: int, cancelled: int) -> None:
    """Some orders are paid, some are cancelled."""
    client.pay(paid)
    client.cancel(cancelled)


def _beside(client: Client) -> None:
    """What comes beside orders: telephone calls, changes, buyers who write."""
    client.ring(3)
    client.write(2)
    if client.chance.random() < 0.4:
        client.change(1)
        client.change_on_card()


def _strike(house: House, chance: random.Random, role: str, within: float) -> None:
    """A kill at a moment within so many seconds; when all of them die, then sometimes again while they recover."""
    until = time.monotonic() + chance.random() * within
    while time.monotonic() < until:
        house.reap()
        time.sleep(0.01)
    if role != "all":
        house.kill(role)
        return
    house.kill_all()
    while chance.random() < 0.3:
        time.sleep(chance.random() * 0.3)
        house.kill_all()


def _fell(house: House, client: Client, owner: Owner, run: Run, before: int) -> bool:
    """Whether the failpoint is reached in time, with all that leads to it done again and again."""
    point = run.point or ""
    until = time.monotonic() + FIRE_SECONDS
    twin = None
    while not _fires(house, point, before, THAWED_SECONDS):
        if time.monotonic() > until:
            break
        with house.frozen(twin, FROZEN_SECONDS):
            meanwhile(house, lambda: _provoke(house, client, owner, point))
            _fires(house, point, before, FROZEN_SECONDS)
        twin = TWINS.get(run.role)  # it was faster
    else:
        house.reap()
        return True
    carrying = [r.name for r in house.roles.values() if r.point == point]
    for name in carrying:
        house.kill(name)
    return False


def _fires(house: House, point: str, before: int, seconds: float) -> bool:
    """Whether the failpoint is reached within so many seconds."""
    until = time.monotonic() + seconds
    while point not in house.fired()[before:]:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    time.sleep(0.02)
    return True


def _provoke(house: House, client: Client, owner: Owner, point: str) -> None:
    """Give work to the loop in which the failpoint is."""
    match point.partition(".")[0]:
        case "desk" if "escalate" not in point:
            client.work(4)
            if "settle" in point:
                near.minute_over(house)
        case "promises" | "desk" | "telling":
            near.bring_near(house)
        case "calls":
            client.ring(3)
            house.sql(near.SILENT)
        case "commands":
            client.change(2)
        case "unconfirmed":
            client.change(2)
            house.sql(near.NOT_SHOWN)
        case "move" | "wake" | "scheme":
            client.burst(4, dear=True)
            owner.turn(point)
        case "polling":
            client.write(1)
            near.look_now(house)
        case _:
            client.burst(4)


_STOPPED = (
    "select o.external_id from outbox_message m join orders_order o on o.id = m.order_id"
    " where o.external_id = any(%s) and m.state in ('unknown', 'refused', 'failed')"
)
"""Orders of which a letter will not come: an advertisement whose fate a person decides, a letter the gate refused."""


def _catch_up(house: House, client: Client) -> None:
    """Let the backlog fall to what a burst is, so that it doesn't grow from run to run."""
    until = time.monotonic() + 20
    while time.monotonic() < until and in_flight(house, client) > BURST:
        house.reap()
        time.sleep(0.05)
        stopped = {number for (number,) in house.sql(_STOPPED, client.flying)}
        client.flying = [number for number in client.flying if number not in stopped]
