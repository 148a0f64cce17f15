"""The backtest over a real database: batches and processes that come to the same, the past as of then, rates, the command."""

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.cli import main as cli
from regulars.core.figures import Figures
from regulars.journeys import backtest
from regulars.journeys.backtest_rates import OverrideError
from regulars.orders import past as order_past
from regulars.schemes import ready
from regulars.segments import actions as segments
from tests.apps.world import MONDAY_NOON, World

pytestmark = pytest.mark.db

ADVERTISES = """
scheme: ads
per: order
starts: order.placed
steps:
  hello: {send: {by: [email], subject: {en: S, ru: С}, text: {en: T, ru: Т}, purpose: advertising}}
"""


def _bought(world: World, people: int = 12, orders: int = 3) -> list[int]:
    """People who bought some months ago; history, of which no scheme was told."""
    persons = [world.person(zone="Europe/Paris") for _ in range(people)]
    for n in range(orders):
        for i, person in enumerate(persons):
            world.at(MONDAY_NOON - timedelta(days=90 - 20 * n, minutes=37 * i))
            order = world.order(person, payment_status="paid" if i % 3 else "unpaid")
            world.happens("order.placed", person, order, live=False)
            world.at(world.now + timedelta(days=3))
            world.happens("order.delivered", person, order, live=False)
    world.at(MONDAY_NOON)
    return persons


def _asked(world: World, *texts: str) -> backtest.Asked:
    sides = [backtest.Side(text, str(n)) for n, text in enumerate(texts)]
    asked = backtest.Asked(world.shop_id, sides, MONDAY_NOON - timedelta(days=365), MONDAY_NOON)
    with world.writing() as cur:
        backtest.prepare(cur, asked, {})
    return asked


def test_several_processes_and_one_come_to_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _bought(world)
    asked = _asked(world, ready("after-order", "en"), ADVERTISES)
    seen: list[tuple[int, int]] = []
    raw = db.loop_connection("test")
    alone = backtest.run(raw, asked, 1)
    monkeypatch.setattr(backtest, "ALONE_BELOW", 0)
    monkeypatch.setattr(backtest, "BATCH", 10)
    rows: list[int] = []
    shared = backtest.run(
        raw, asked, 2, lambda done, of: seen.append((done, of)) or True, lambda n, r: rows.append(len(r))
    )
    raw.close()
    assert shared.processes == 2 and alone.begun == shared.begun == 36 and seen[-1] == (36, 36)
    for one, other in zip(alone.figures, shared.figures, strict=True):
        assert all(getattr(one, n) == getattr(other, n) for n in Figures.__slots__ if n != "worst")
        assert sorted(one.worst) == sorted(other.worst)
    assert alone.figures[0].enrolments == 36 and alone.figures[1].refused["no_consent"] == 36
    assert sum(rows) == sum(sum(f.effects.values()) for f in shared.figures)
    assert world.one("select count(*) from outbox_message") == world.one("select count(*) from journeys_enrolment") == 0


def test_a_run_is_called_off(world: World) -> None:
    _bought(world, 2, 1)
    with pytest.raises(backtest.Cancelled):
        backtest.run(world.raw, _asked(world, ADVERTISES), 1, lambda done, of: False)


def test_consents_count_from_the_day_they_were_given(world: World) -> None:
    (person, *_) = _bought(world, 1, 3)
    with world.writing() as cur:
        cur.execute(
            "insert into people_consent (shop_id, person_id, channel, purpose, given, at)"
            " values (%s, %s, 'email', 'advertising', true, %s)",
            (world.shop_id, person, MONDAY_NOON - timedelta(days=60)),
        )
    figures = backtest.run(world.raw, _asked(world, ADVERTISES)).figures[0]
    assert figures.refused == {"no_consent": 2} and figures.messages == 1


def test_what_the_owner_supposes_wins_and_must_fit(world: World) -> None:
    _bought(world, 4, 1)
    asked = _asked(world, ready("after-order", "en"))
    with world.writing() as cur:
        backtest.prepare(cur, asked, {"confirm.refused": 1.0})
    figures = backtest.run(world.raw, asked).figures[0]
    assert set(figures.outcomes) == {("confirm", "refused")}
    with world.writing() as cur, pytest.raises(OverrideError, match=r"confirm\.perhaps"):
        backtest.prepare(cur, asked, {"confirm.perhaps": 0.5})


def test_what_this_shop_has_measured_is_drawn_from(world: World) -> None:
    person = world.person()
    with world.writing() as cur:
        for n in range(40):
            cur.execute(
                "insert into desk_task (shop_id, person_id, kind, script, team, state, outcome, not_before, opened_at,"
                " claimed_at, finished_at) values (%(s)s, %(p)s, 'call', 'confirm-order', 'order-desk', 'finished', %(o)s,"
                " %(at)s, %(at)s, %(at)s, %(at)s + interval '7 minutes')",
                {
                    "s": world.shop_id,
                    "p": person,
                    "o": "refused" if n % 4 else "confirmed",
                    "at": MONDAY_NOON - timedelta(days=9),
                },
            )
    rate = _asked(world, ready("after-order", "en")).sides[0].rates["confirm"]
    assert (rate.basis, rate.n) == ("measured", 40)
    assert dict(zip(rate.names, rate.shares, strict=True)) | {"refused": 30.0, "confirmed": 10.0} == dict(
        zip(rate.names, rate.shares, strict=True)
    )
    assert set(rate.delays) == {420.0}


def test_an_order_imported_once_stands_as_it_stood_then(world: World) -> None:
    """Only its last state is known: paid and delivered by now. A day after it was placed neither was so."""
    person = world.person()
    order = world.order(person, status="delivered", payment_status="paid", placed_at=MONDAY_NOON - timedelta(days=9))
    with world.writing() as cur:
        cur.execute(
            "update orders_order set paid_at = placed_at + interval '2 days', delivered_at = placed_at + interval '5 days'"
            " where id = %s",
            (order,),
        )
        args = (cur, world.shop_id, [person], MONDAY_NOON - timedelta(days=30), MONDAY_NOON + timedelta(days=1))
        few = order_past.load_between(*args, ["order.payment.status", "order.status"])[order]
        whole = order_past.load_between(*args, ["order.total", "order.lines"])[order]
    for days, status, payment in (
        (1, "new", "unpaid"),
        (3, "new", "paid"),
        (6, "delivered", "paid"),
        (9, "delivered", "paid"),
    ):
        at = MONDAY_NOON - timedelta(days=9 - days)
        for found in (few.facts(at), whole.facts(at)):
            assert (found["status"], found["payment"]["status"]) == (status, payment), days
    paid = [whole.facts(MONDAY_NOON - timedelta(days=9 - d))["paid"]["minor"] for d in (1, 3)]
    assert paid == [0, 499000]


def test_the_command_tells_it_and_says_what_is_wrong(
    world: World, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _bought(world, 3, 2)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("REGULARS_DATA", str(tmp_path))
    first, second, target = tmp_path / "one.yaml", tmp_path / "two.yaml", tmp_path / "rows.csv"
    first.write_text(ready("after-order", "en"))
    second.write_text(ADVERTISES)
    more = ["--against", str(second), "--price", "call=2.50", "--rows", str(target), "--json"]
    assert cli.run(["backtest", str(first), "--since", "2025-06-01", *more]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [s["label"] for s in result["sides"]] == ["two.yaml", "one.yaml"]
    assert float(result["sides"][1]["cost"]) == 2.5 * result["sides"][1]["calls"] > 0
    with target.open() as file:
        assert {row["version"] for row in csv.DictReader(file)} == {"one.yaml", "two.yaml"}
    assert cli.run(["backtest", str(first)]) == 0
    told = capsys.readouterr().out
    assert "nothing was sent" in told and "foretells no sales" in told and "supposed" in told
    second.write_text(ADVERTISES.replace("order.placed", "order.plaiced"))
    for words, code, said in (
        ([str(second)], 1, "has errors"),
        (["nothing-like-it"], 1, "no such file"),
        ([str(first), "--since", "2030-01-01"], 1, "--since must be before"),
        ([str(first), "--since", "yesterday"], 2, "is no date"),
        ([str(first), "--assume", "confirm.perhaps=0.5"], 1, "confirm.perhaps"),
        ([str(first), "--assume", "confirm.refused=7"], 2, "out of range"),
    ):
        assert cli.run(["backtest", *words]) == code, words
        assert said in capsys.readouterr().err


BIRTHDAY = """
scheme: birthday
per: person
starts: {date: person.birthday, before: 1d, at: "10:00 local"}
budget: {messages: 5, every: day}
steps:
  mark: {tag: congratulated}
  gift: {points: {give: 100, valid: 3d}}
  known: {if: "'congratulated' in person.tags and points.balance == 100", yes: hello, no: end}
  hello: {send: {by: [email], subject: {en: S, ru: С}, text: {en: T, ru: Т}, purpose: advertising}}
"""


def test_a_day_of_each_year_begins_for_whoever_has_it_and_its_budget_is_spent_by_the_first(world: World) -> None:
    persons = _bought(world, 8, 1)
    with world.writing() as cur:
        cur.execute("update people_person set birthday = '1990-02-20' where id = any(%s)", (persons,))
        cur.execute(
            "insert into people_consent (shop_id, person_id, channel, purpose, given, at)"
            " select %s, p, 'email', 'advertising', true, %s from unnest(%s::bigint[]) as t(p)",
            (world.shop_id, MONDAY_NOON - timedelta(days=80), persons),
        )
    outcome = backtest.run(world.raw, _asked(world, BIRTHDAY))
    figures = outcome.figures[0]
    assert figures.enrolments == 8 and outcome.begun == 8
    assert figures.messages == 5 and figures.refused == {"budget_spent": 3}
    assert figures.amounts == {"give_points": 800} and figures.effects["tag_person", "done"] == 8


def test_what_nobody_knows_of_a_start_is_said(world: World) -> None:
    with world.writing() as cur:
        segments.make(cur, world.shop_id, "tea", {"en": "Tea"}, "orders(90d) >= 1", SYSTEM, MONDAY_NOON)
    text = "scheme: s\nper: person\nstarts: [{enters: tea}, enrolment.ended, {since: message.opened, for: 60d}]\n"
    asked = _asked(world, text + "steps:\n  a: {wait: 1d}\n")
    assert [note["code"] for note in asked.sides[0].notes] == ["segment_new", "start_follows", "silence_follows"]
