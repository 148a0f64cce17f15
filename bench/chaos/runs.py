"""The runs: named failpoints in turn, kills at random, PostgreSQL stopped at once; a checkpoint now and then.

A run counts only when its failpoint fired or its kill fell, with at least 100 orders in flight.
"""

import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.chaos.house import NOON, TWINS, House
from bench.chaos.load import Client, order
from bench.chaos.oracles import NOW, Verdict, in_flight, judge, undone

LEAST_IN_FLIGHT = 100
BURST = 120
IMPORTED = 1200
"""More than one batch of an import."""
DRAIN_SECONDS = 60.0
FIRE_SECONDS = 12.0
FROZEN_SECONDS, THAWED_SECONDS = 0.7, 0.4
"""While a failpoint is waited for, the other engine or sender stands still in turns: else it may be faster every time."""
RECOVERY_SECONDS = 10.0
TRIES = 3
"""A failpoint that the other engine or sender was faster to pass by is tried again so often."""
SHORT = 5
"""So many stops of PostgreSQL are the short form, for CI."""

POINTS = {
    "web": ("intake.body_read", "intake.group_insert", "intake.group_commit", "intake.after_commit", "intake.after_answer",
            "desk.finish_before_commit"),
    "engine": ("normaliser.claimed", "normaliser.recorded", "normaliser.before_commit", "normaliser.after_commit",
               "conductor.claimed", "conductor.advanced", "conductor.effects_written", "conductor.before_commit",
               "conductor.after_commit", "desk.settle_before_commit",
               "promises.claimed", "promises.acted", "promises.before_commit", "promises.after_commit",
               "desk.escalate_before_commit", "calls.before_commit", "unconfirmed.before_commit",
               "polling.fetched", "polling.kept", "move.before_commit", "move.after_commit"),
    "sender": ("outbox.claimed", "outbox.before_sending_commit", "outbox.after_sending_commit", "outbox.before_connect",
               "outbox.before_data", "outbox.after_dot", "outbox.after_250", "outbox.before_record_commit",
               "outbox.after_record_commit",
               "commands.claimed", "commands.before_call", "commands.after_call", "commands.before_record_commit",
               "commands.after_record_commit",
               "telling.before_claim_commit", "telling.claimed", "telling.handed_over", "telling.before_record_commit"),
}  # fmt: skip
COMMANDS = ("import.batch_before_commit", "import.batch_after_commit", "scheme.publish_before_commit")
EVERY = sum(map(len, POINTS.values())) + len(COMMANDS)


class Report:
    """What has been counted so far, and the closing line."""

    def __init__(self, name: str, seed: int) -> None:
        self.name, self.seed = name, seed
        self.counted = 0
        self.void = 0
        self.points: set[str] = set()
        self.random = 0
        self.slowest = 0.0
        self.verdict = Verdict()
        self.began = time.monotonic()

    def line(self, client: Client, house: House) -> str:
        """One line of figures with the honest claim: with no failure in n trials, fewer than 3/n at 95 %."""
        claim = f"failures < {3 / self.counted:.2%} (95 %)" if self.counted and self.verdict.holds else "FAILED"
        return (
            f"chaos {self.name}: {self.counted} runs counted ({len(self.points)} of {EVERY} failpoints, {self.random} random), "
            f"{self.void} not counted; {len(client.placed)} orders, {len(house.accepted())} letters; "
            f"{self.verdict.line()} R_max={self.slowest:.1f}s died_by_themselves={len(house.spoilt)}; {claim}; "
            f"seed {self.seed}, {time.monotonic() - self.began:.0f} s"
        )


def kill(runs: int, seed: int, say: bool = True) -> tuple[bool, str]:
    """`runs` kills: each failpoint in turn (every fifth run, all of them at least once), the others at random moments."""
    chance = random.Random(seed)
    plan: list[tuple[str, str | None]] = [(role, point) for role, points in POINTS.items() for point in points]
    chance.shuffle(plan)
    is_whole = runs >= len(plan)
    plan = plan[:runs]
    while len(plan) < runs:
        role = chance.choice(("web", "engine", "engine-2", "sender", "sender", "sender-2", "all"))
        named = chance.random() < 0.2 and role in POINTS
        plan.append((role, chance.choice(POINTS[role]) if named else None))
    with House(Path(tempfile.mkdtemp(prefix="regulars-chaos-"))) as house:
        report = Report("kill", seed)
        client = Client(house.port, house.key, chance, house.telegram).log_in(house.login)
        for n, (role, point) in enumerate(plan, start=1):
            for _ in range(TRIES):
                _one_kill(house, client, chance, role, point, report)
                if point is None or point in report.points:
                    break
            if n % 50 == 0 or n == len(plan):
                _checkpoint(house, client, report)
                if say:
                    print(f"  {n}/{len(plan)} {report.verdict.line()}", file=sys.stderr, flush=True)
                if not report.verdict.holds:
                    break
        _commands(house, client, report)
        _checkpoint(house, client, report)
        line = report.line(client, house)
        good = report.verdict.holds and not house.spoilt and (not is_whole or len(report.points) == EVERY)
    return good, line


def _while(house: House, deed: Callable[[], None]) -> None:
    """Let the client work in a thread, and bring back meanwhile whichever role has died."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(deed)
        while not future.done():
            house.reap()
            time.sleep(0.01)
        future.result()


def _one_kill(
    house: House, client: Client, chance: random.Random, role: str, point: str | None, report: Report
) -> None:
    house.reap()
    if point is not None:
        house.kill(role, point)
        if role == "web":
            house.wait_ready()
    fired_before = len(house.fired())
    _while(house, lambda: client.burst(BURST))
    flying = in_flight(house, client)
    _while(house, lambda: _change(client, 30, 5))
    _while(house, lambda: _beside(client))
    _bring_near(house)
    if point is None:
        time.sleep(chance.random() * 0.25)
        _strike(house, chance, role)
        fell = True
    else:
        fell = _wait_fired(house, client, role, point, fired_before)
    house.wait_ready()
    if fell and flying >= LEAST_IN_FLIGHT:
        report.counted += 1
        if point is None:
            report.random += 1
        else:
            report.points.add(point)
    else:
        report.void += 1
        why = f"{flying} in flight" if fell else "not reached"
        print(f"  not counted: {role} {point or 'at random'}, {why}", file=sys.stderr, flush=True)
    if chance.random() < 0.2:
        _while(house, lambda: client.work(10))
    _catch_up(house, client)


def _strike(house: House, chance: random.Random, role: str) -> None:
    """A kill at random; when all of them die, then sometimes again while they recover."""
    if role != "all":
        house.kill(role)
        return
    house.kill_all()
    while chance.random() < 0.3:
        time.sleep(chance.random() * 0.3)
        house.kill_all()


def _wait_fired(house: House, client: Client, role: str, point: str, before: int) -> bool:
    until = time.monotonic() + FIRE_SECONDS
    twin = None
    while not _fires(house, point, before, THAWED_SECONDS):
        if time.monotonic() > until:
            break
        with house.frozen(twin, FROZEN_SECONDS):
            _while(house, lambda: _provoke(house, client, point))
            _fires(house, point, before, FROZEN_SECONDS)
        twin = TWINS.get(role)  # it was faster
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


def _provoke(house: House, client: Client, point: str) -> None:
    """Give work to the loop in which the failpoint is."""
    match point.partition(".")[0]:
        case "desk" if "escalate" not in point:
            client.work(4)
            if "settle" in point:
                _minute_over(house)
        case "promises" | "desk" | "telling":
            _bring_near(house)
        case "calls":
            client.ring(3)
            house.sql(_SILENT)
        case "commands":
            client.change(2)
        case "unconfirmed":
            client.change(2)
            house.sql(_NOT_SHOWN)
        case "move":
            house.sql(_NEW_VERSION)
        case "polling":
            client.write(1)
            house.sql(_LOOK_NOW)
        case _:
            client.burst(4)


def _beside(client: Client) -> None:
    """What comes beside orders: telephone calls, changes, buyers who write."""
    client.ring(3)
    client.write(2)
    if client.chance.random() < 0.4:
        client.change(1)
        client.change_on_card()


def _bring_near(house: House) -> None:
    """A few promises and limits near their end, others are past it; calls that ring have rung for long; a change that the
    shop was told of should have been shown."""
    for sql in (_AT_RISK, _BROKEN, _PAST, _LIMITS, _SILENT, _NOT_SHOWN):
        house.sql(sql)


def _minute_over(house: House) -> None:
    """Nobody takes back what has been given and changed so far: it counts now."""
    house.sql(_MINUTE_OVER)
    house.sql(_TOLD_NOW)


_NEW_VERSION = f"""
with old as (
  select v.* from journeys_scheme s join journeys_version v on v.id = s.live_version_id
  order by (select count(*) from journeys_enrolment e where e.scheme_id = s.id and e.status = 1) desc limit 1
), fresh as (
  insert into journeys_version (shop_id, scheme_id, n, text, digest, templates, goal_kind, published_at, published_by)
  select o.shop_id, o.scheme_id, (select max(n) + 1 from journeys_version w where w.scheme_id = o.scheme_id),
         o.text || E'\n# again', sha256((o.text || E'\n# again')::bytea), o.templates, o.goal_kind, {NOW}, 'system'
  from old o returning id, scheme_id, shop_id
), live as (
  update journeys_scheme s set live_version_id = f.id from fresh f where s.id = f.scheme_id
), there as (
  select distinct e.version_id, e.step from journeys_enrolment e join fresh f using (scheme_id)
  where e.status = 1 and e.step is not null
)
insert into journeys_move (shop_id, scheme_id, to_version_id, rules, total, started_at, started_by)
select f.shop_id, f.scheme_id, f.id,
       (select jsonb_agg(jsonb_build_object('version', t.version_id::text, 'step', t.step, 'do', 'move', 'to', t.step))
        from there t), 0, {NOW}, 'system'
from fresh f where exists (select 1 from there) returning id
"""
"""The scheme is published once more, and everybody inside is moved along."""
_MINUTE_OVER = """
update desk_task set settles_at = finished_at where id in (
  select id from desk_task where settles_at is not null for update skip locked
) returning id
"""
"""Outcomes given on the screen count now."""
_TOLD_NOW = """
update outbox_command set not_before = asked_at where id in (
  select id from outbox_command where state = 'queued' and not_before > asked_at for update skip locked
) returning id
"""
_AT_RISK = f"""
update promises_promise set warn_at = {NOW} where id in (
  select id from promises_promise where state = 'open' and not held and warn_at > {NOW} limit 5 for update skip locked
) returning id
"""
"""A few promises are at risk."""
_BROKEN = f"""
update promises_promise set due_at = {NOW} - interval '1 second' where id in (
  select id from promises_promise where state = 'warned' and not held and due_at > {NOW} limit 2 for update skip locked
) returning id
"""
_LIMITS = f"""
update desk_task set target_at = {NOW} - interval '40 minutes', due_at = {NOW} + interval '10 minutes', escalate_at = {NOW}
where id in (
  select id from desk_task where state = 'open' and escalated = 0 and due_at > {NOW} + interval '20 minutes' limit 3
  for update skip locked
) returning id
"""
"""Of a few tasks the limit nears."""
_PAST = f"""
update desk_task set due_at = {NOW} - interval '1 second', escalate_at = {NOW} where id in (
  select id from desk_task where state in ('open', 'claimed') and escalated = 1 for update skip locked
) returning id
"""
_SILENT = """
update talks_call set heard_at = heard_at - interval '1 hour', check_at = check_at - interval '1 hour' where id in (
  select id from talks_call where state = 'ringing' and check_at is not null and started_at < heard_at - interval '10 minutes'
  for update skip locked
) returning id
"""
"""Those that began to ring long before they were heard of."""
_NOT_SHOWN = f"""
update orders_change set check_at = {NOW} where id in (
  select id from orders_change where state = 'waiting' and check_at > {NOW} limit 1 for update skip locked
) returning id
"""
_LOOK_NOW = """
update talks_account set check_at = machine_now() where id in (
  select id from talks_account where removed_at is null for update skip locked
) returning id
"""
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


def _checkpoint(house: House, client: Client, report: Report) -> None:
    began = time.monotonic()
    _minute_over(house)  # else letters would leave while the oracles look
    house.sql(_PAST)
    # Timers go on, so 0 is for a moment; and a call is silent only when it was taken in.
    while (left := undone(house, client)) or house.sql(_SILENT):
        if time.monotonic() - began > DRAIN_SECONDS:
            break
        house.reap()
        time.sleep(0.1)
    report.slowest = max(report.slowest, time.monotonic() - began)
    report.verdict = judge(house, client, left)
    if left:
        print(f"  undone after {DRAIN_SECONDS:.0f} s: {left}", file=sys.stderr, flush=True)
    # Whatever has not arrived by now never will: an advertisement that a person decides, an order that was cancelled.
    client.flying = []


def _commands(house: House, client: Client, report: Report) -> None:
    """Kills inside commands: an import and a publishing; done again, they end as if nothing had been."""
    scheme = house.folder / "late.yaml"
    text = (Path(__file__).parent / "schemes" / "advertising.yaml").read_text(encoding="utf-8")
    scheme.write_text(text.replace("scheme: advertising", "scheme: late").replace("order.placed", "order.delivered"))
    imported: list[str] = []
    for point in COMMANDS:
        words = ["scheme", "publish", str(scheme)]
        if point.startswith("import"):
            file = house.folder / f"{point}.ndjson"
            ids = [f"h{point}-{i}" for i in range(IMPORTED)]
            file.write_text("\n".join(json.dumps(order(id_, NOON.isoformat())) for id_ in ids))
            words = ["import", "orders", str(file)]
            imported += ids
        killed, done = house.command(words, point), house.command(words)
        if (killed, done) == (-signal.SIGKILL, 0) and point in house.fired():
            report.counted += 1
            report.points.add(point)
        else:
            report.void += 1
            told = (house.folder / "commands.log").read_text(errors="replace")[-300:]
            print(
                f"  not counted: {' '.join(words[:2])} {point}: {killed}, {done}: {told}", file=sys.stderr, flush=True
            )
    client.placed += imported


def pg(runs: int, seed: int, say: bool = True) -> tuple[bool, str]:
    """PostgreSQL stopped at once `runs` times in mid-load, down 2 s; R: seconds from ready to the next letter.

    5 to 40 s between two stops; in the short form of a few runs, up to 4 s.
    """
    chance = random.Random(seed)
    least, most = (0.0, 4.0) if runs <= SHORT else (5.0, 40.0)
    with House(Path(tempfile.mkdtemp(prefix="regulars-chaos-"))) as house:
        report = Report("pg", seed)
        client = Client(house.port, house.key, chance, house.telegram).log_in(house.login)
        slowest = 0.0
        for n in range(1, runs + 1):
            house.reap()
            client.burst(BURST)
            flying = in_flight(house, client)
            took = _stop_postgres(house, client, chance)
            slowest = max(slowest, took)
            report.counted += flying >= LEAST_IN_FLIGHT
            report.void += flying < LEAST_IN_FLIGHT
            report.random += 1
            if say:
                print(f"  {n}/{runs} R={took:.1f}s", file=sys.stderr, flush=True)
            _load_for(house, client, chance.uniform(least, most))
            if n % 10 == 0:
                _checkpoint(house, client, report)
                if not report.verdict.holds:
                    break
        _checkpoint(house, client, report)
        report.slowest = slowest
        line = report.line(client, house)
        good = report.verdict.holds and not house.spoilt and slowest <= RECOVERY_SECONDS
    return good, line


def _stop_postgres(house: House, client: Client, chance: random.Random) -> float:
    """Stop it while a client goes on writing, start it again after 2 s; seconds from ready to the next letter."""
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_write, client)
        time.sleep(chance.random() * 0.3)
        house.server.immediate_stop()
        time.sleep(2)
        house.server.start()
        ready = time.monotonic()
        before = len(house.accepted())
        while len(house.accepted()) == before and time.monotonic() - ready < 60:
            house.reap()
            time.sleep(0.02)
        took = time.monotonic() - ready
        writing.result()
    return took


def _write(client: Client) -> None:
    client.burst(40)
    _change(client, 10, 3)
    client.work(4)
    client.burst(4)


def _change(client: Client, paid: int, cancelled: int) -> None:
    client.pay(paid)
    client.cancel(cancelled)


def _load_for(house: House, client: Client, seconds: float) -> None:
    """A light load meanwhile: a few orders a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        _while(house, lambda: client.burst(4))
        time.sleep(min(0.5, max(0.0, until - time.monotonic())))
