"""Calls taken in: who rings is recognised, whoever is missed is called back once, whatever order the facts come in."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.desk import actions as desk
from regulars.desk import call_choice, phoned, routing
from regulars.intake import normaliser
from regulars.people import actions as people
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from regulars.staff import actions as staff
from regulars.staff import shifts
from tests.apps.intake_world import deliver, delivered, kinds, take_in
from tests.apps.world import World

NUMBER, LINE = "+79161234567", "+74951112233"


def fact(world: World, id_: str = "c1", after: float = 0, **said: Any) -> dict[str, Any]:
    """A fact about an incoming call, `after` seconds from now."""
    at = (world.now + timedelta(seconds=after)).isoformat()
    return {"id": id_, "at": at, "direction": "in", "number": NUMBER, "line": LINE, **said}


def has_phone(world: World, *numbers: str, email: str | None = None) -> int:
    person = world.person(email)
    with world.writing() as cur:
        for number in numbers or (NUMBER,):
            cur.execute(
                "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'phone', %s)",
                (world.shop_id, person, number),
            )
    return person


def call(world: World, id_: str = "c1") -> dict[str, Any]:
    names = (
        "state, direction, person_id, certainty, candidates, number, extension, ring_seconds, talk_seconds, task_id, id"
    )
    (row,) = world.rows(f"select {names} from talks_call where external_id = %s", id_)
    return dict(zip(names.split(", "), row, strict=True))


def tasks(world: World) -> list[tuple[Any, ...]]:
    return world.rows("select person_id, state, why_next, script, call_id from desk_task order by id")


def told(world: World) -> list[str]:
    return [kind for kind, _ in kinds(world) if kind.startswith("call.")]


def test_a_number_that_one_person_has_is_his_call_and_missed_it_becomes_one_task(world: World) -> None:
    person = has_phone(world)
    order = world.order(person)
    delivered(world, fact(world, state="ringing"), kind="calls")
    assert call(world)["person_id"] == person
    assert (call(world)["state"], call(world)["certainty"]) == ("ringing", "certain")
    assert delivered(world, fact(world, after=31, state="missed"), kind="calls") == [{"taken": 1}]
    assert call(world)["state"] == "missed"
    assert call(world)["ring_seconds"] == 31
    assert tasks(world) == [(person, "open", "missed", "incoming", call(world)["id"])]
    assert world.one("select order_id from desk_task") == order
    assert told(world) == ["call.incoming", "call.missed"]
    assert delivered(world, fact(world, after=31, state="missed"), kind="calls") == [{"same": 1}]
    assert told(world) == ["call.incoming", "call.missed"]


def test_a_call_back_is_hoped_for_in_five_minutes_of_the_teams_time_and_must_be_in_thirty(world: World) -> None:
    has_phone(world)
    delivered(world, fact(world, state="missed"), kind="calls")
    ((target, due, begins, team),) = world.rows("select target_at, due_at, not_before, team from desk_task")
    assert (target - begins, due - begins, team) == (timedelta(minutes=5), timedelta(minutes=30), "order-desk")


def test_a_call_by_night_is_called_back_in_the_morning_and_a_line_has_its_team(world: World) -> None:
    has_phone(world)
    with world.writing() as cur:
        shops.create_team(cur, world.shop_id, "wholesale", {"en": "Wholesale", "ru": "Опт"}, SYSTEM)
        shops.set_settings(
            cur,
            world.shop_id,
            {"lines": {LINE: "wholesale"}, "clocks": {"missed_call": {"target": 5, "limit": 60}}},
            SYSTEM,
        )
    shop_queries.forget()
    world.at(datetime.fromisoformat("2026-03-02T23:30:00+00:00"))
    delivered(world, fact(world, state="missed"), kind="calls")
    ((begins, due, team),) = world.rows("select not_before, due_at, team from desk_task")
    assert (begins.date().day, team) == (3, "wholesale")
    assert due - begins == timedelta(minutes=60)


def test_an_unknown_number_is_a_new_lead_and_the_next_call_finds_him(world: World) -> None:
    delivered(world, fact(world, state="missed"), fact(world, "c2", after=60, state="missed"), kind="calls")
    lead = call(world)["person_id"]
    assert lead is not None
    assert call(world, "c2")["person_id"] == lead
    assert call(world)["certainty"] == "unknown"
    assert world.rows("select kind, value from people_contact_point where person_id = %s", lead) == [("phone", NUMBER)]
    assert len(tasks(world)) == 1
    delivered(world, fact(world, "c3", after=90, state="missed"), kind="calls")
    assert (call(world, "c3")["person_id"], call(world, "c3")["certainty"]) == (lead, "certain")
    assert [kind for kind, _ in kinds(world) if kind == "lead.created"] == ["lead.created"]
    assert len(tasks(world)) == 1
    assert tasks(world)[0][4] == call(world, "c3")["id"]
    assert world.one("select count(*) from talks_call where task_id is not null") == 3


def test_who_hides_his_number_is_kept_and_nobody_is_asked_to_call_him_back(world: World) -> None:
    delivered(world, fact(world, state="missed", number="anonymous"), kind="calls")
    assert (call(world)["state"], call(world)["number"], call(world)["person_id"]) == ("missed", None, None)
    assert tasks(world) == []
    assert told(world) == ["call.incoming", "call.missed"]
    assert world.one("select count(*) from people_person") == 0


def test_a_number_of_several_is_nobodys_until_it_is_settled(world: World) -> None:
    one, other = has_phone(world), has_phone(world)
    delivered(world, fact(world, state="missed"), fact(world, "c2", after=60, state="missed"), kind="calls")
    stands_in = call(world)["person_id"]
    assert stands_in not in (one, other, None)
    assert call(world, "c2")["person_id"] == stands_in
    assert (call(world)["certainty"], call(world)["candidates"]) == ("maybe", [one, other])
    assert [t[0] for t in tasks(world)] == [stands_in]
    delivered(world, fact(world, "c3", after=90, state="ringing"), kind="calls")
    assert (call(world, "c3")["person_id"], call(world, "c3")["candidates"]) == (stands_in, [one, other])


def test_two_records_that_were_merged_are_one_caller(world: World) -> None:
    one, other = has_phone(world), has_phone(world)
    with world.writing() as cur:
        people.merge(cur, world.shop_id, one, other, SYSTEM, world.now)
    delivered(world, fact(world, state="ringing"), kind="calls")
    assert (call(world)["person_id"], call(world)["certainty"]) == (one, "certain")


def test_calls_between_colleagues_tell_nothing(world: World) -> None:
    delivered(world, fact(world, state="ended", direction="internal", answered=True), kind="calls")
    assert told(world) == []
    assert tasks(world) == []


@pytest.mark.parametrize("direction", ["out", "in"])
def test_who_was_talked_to_need_not_be_called_back(world: World, direction: str) -> None:
    has_phone(world)
    delivered(world, fact(world, state="missed"), kind="calls")
    world.later(minutes=3)
    delivered(world, fact(world, "c2", state="answered", direction=direction, extension="101"), kind="calls")
    assert [t[1] for t in tasks(world)] == ["closed"]
    closed = world.rows("select data->>'reason' from events_event where kind = 'task.closed'")
    assert closed == [("reached",)]


def test_an_attempt_that_nobody_answers_leaves_the_call_back_open(world: World) -> None:
    has_phone(world)
    delivered(world, fact(world, state="missed"), kind="calls")
    delivered(world, fact(world, "c2", after=60, state="failed", direction="out"), kind="calls")
    assert [t[1] for t in tasks(world)] == ["open"]
    assert told(world) == ["call.incoming", "call.missed", "call.outgoing"]


def test_a_call_back_that_somebody_has_in_hand_stays_for_its_outcome(world: World) -> None:
    has_phone(world)
    delivered(world, fact(world, state="missed"), kind="calls")
    with world.writing() as cur:
        account = staff.create_account(cur, world.shop_id, "o@staff.test", "Olga", "operator", SYSTEM)
    task_id = world.one("select id from desk_task")
    from regulars.base.actor import Actor

    with world.writing() as cur:
        desk.claim(cur, world.shop_id, task_id, Actor("staff", account), world.now)
    world.later(minutes=1)
    delivered(world, fact(world, "c2", state="answered", direction="out"), kind="calls")
    assert world.rows("select state, banner from desk_task") == [("claimed", "reached")]


def test_a_call_that_was_missed_before_the_talk_and_told_of_after_it_asks_for_nothing(world: World) -> None:
    has_phone(world)
    delivered(world, fact(world, "c2", after=0, state="answered"), kind="calls")
    delivered(world, fact(world, "c1", after=-120, state="missed"), kind="calls")
    assert tasks(world) == []


def test_a_talk_before_the_missed_call_does_not_answer_it(world: World) -> None:
    has_phone(world)
    delivered(world, fact(world, "c1", after=0, state="missed"), kind="calls")
    delivered(world, fact(world, "c2", after=-300, state="answered"), kind="calls")
    assert [t[1] for t in tasks(world)] == ["open"]


def test_history_is_kept_and_opens_nothing(world: World) -> None:
    has_phone(world)
    old = fact(world, after=-3 * 86400, state="missed")
    delivered(world, old, kind="calls")
    delivered(world, fact(world, "c2", state="missed"), kind="calls", live=False)
    assert tasks(world) == []
    assert [live for kind, live in kinds(world) if kind.startswith("call.")] == [False] * 4
    assert world.one("select count(*) from staff_notice") == 0


def test_a_call_that_falls_silent_is_over_by_the_watch(world: World) -> None:
    has_phone(world)
    delivered(world, fact(world, state="ringing"), kind="calls")
    with db.open_cursor(world.raw) as cur:
        assert phoned.next_check(cur) == world.now + timedelta(minutes=15)
    assert phoned.watch_once(world.raw) == 0
    world.later(minutes=15)
    assert phoned.watch_once(world.raw) == 1
    assert phoned.watch_once(world.raw) == 0
    assert call(world)["state"] == "missed"
    assert len(tasks(world)) == 1


def test_the_watch_leaves_persons_whom_somebody_holds_for_later(world: World) -> None:
    person = has_phone(world)
    delivered(world, fact(world, state="ringing"), kind="calls")
    world.later(minutes=15)
    with db.loop_connection("other") as raw, db.transaction_on(raw) as cur:
        cur.execute("select 1 from events_mailbox where person_id = %s for update", (person,))
        assert phoned.watch_once(world.raw) == 0
    assert phoned.watch_once(world.raw) == 1


def test_the_operator_whose_telephone_rings_is_told_and_else_all_who_can_take_it(world: World) -> None:
    has_phone(world)
    with world.writing() as cur:
        one = staff.create_account(cur, world.shop_id, "one@staff.test", "One", "operator", SYSTEM)
        two = staff.create_account(cur, world.shop_id, "two@staff.test", "Two", "operator", SYSTEM)
        staff.set_extension(cur, world.shop_id, one, "101", SYSTEM)
        for account in (one, two):
            shifts.begin(cur, world.shop_id, account, world.now)
    delivered(world, fact(world, state="ringing", extension="101"), kind="calls")
    subject = f"call:{call(world)['id']}"
    assert world.rows("select account_id, kind, subject, is_urgent from staff_notice") == [
        (one, "call_incoming", subject, True)
    ]
    delivered(world, fact(world, "c2", state="ringing"), kind="calls")
    rung = f"call:{call(world, 'c2')['id']}"
    assert world.rows("select account_id from staff_notice where subject = %s order by 1", rung) == [(one,), (two,)]
    assert world.one("select account_id from talks_call where external_id = 'c1'") == one


def test_an_event_of_the_api_is_the_same_call(world: World) -> None:
    person = has_phone(world)
    at = world.now.isoformat()
    event = {"id": "e1", "kind": "call.incoming", "occurred_at": at, "person": {"phone": "+7 (916) 123-45-67"}}
    more = {"call": "c1", "line": LINE, "extension": "101"}
    results = delivered(
        world, {**event, "data": more}, {**event, "id": "e2", "kind": "call.missed", "data": more}, kind="events"
    )
    assert results == [{"taken": 1}, {"taken": 1}]
    assert (call(world)["person_id"], call(world)["state"], call(world)["extension"]) == (person, "missed", "101")
    assert told(world) == ["call.incoming", "call.missed"]
    delivered(
        world, {**event, "id": "e9", "kind": "call.missed", "person": {"email": "new@example.test"}}, kind="events"
    )
    known = world.one("select person_id from people_contact_point where value = 'new@example.test'")
    assert (call(world, "e9")["person_id"], call(world, "e9")["certainty"]) == (known, "certain")
    bad = delivered(world, {**event, "id": "e3", "data": {"ring_seconds": -1}}, kind="events")
    assert bad[0]["problem"]["pointer"] == "/data/ring_seconds"


def test_two_normalisers_the_watch_and_a_conductor_at_once_make_one_task(world: World) -> None:
    person = has_phone(world)
    for n in range(40):
        deliver(world, fact(world, f"c{n}", after=n, state="ringing"), kind="calls")
        deliver(world, fact(world, f"c{n}", after=n + 20, state="missed"), kind="calls")
    failures: list[BaseException] = []

    def work(turn: Any) -> None:
        try:
            with db.loop_connection("worker") as raw:
                for _ in range(60):
                    turn(raw)
        except BaseException as error:
            failures.append(error)

    from regulars.journeys import conductor

    turns = [normaliser.run_once, normaliser.run_once, phoned.watch_once, conductor.run_once]
    threads = [threading.Thread(target=work, args=(turn,)) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    take_in(world)
    assert failures == []
    assert [(t[0], t[1]) for t in tasks(world)] == [(person, "open")]
    assert world.one("select count(*) from talks_call where state = 'missed' and task_id is not null") == 40
    assert told(world).count("call.missed") == 40


def history(world: World, person: int) -> list[str]:
    from regulars.people.queries import ids_of

    with db.open_cursor(world.raw) as cur:
        ids = ids_of(cur, world.shop_id, person)
    return [
        k for (k,) in world.rows("select kind from events_event where person_id = any(%s) order by id", ids)
        if k.startswith(("call.", "task."))
    ]  # fmt: skip


def test_whoever_settles_a_doubtful_call_gives_it_its_task_and_its_events_to_the_one_who_was_meant(
    world: World,
) -> None:
    one, other = has_phone(world), has_phone(world)
    delivered(world, fact(world, state="missed"), fact(world, "c2", after=60, state="missed"), kind="calls")
    stands_in, id_ = call(world)["person_id"], call(world, "c2")["id"]
    assert history(world, other) == []
    with world.writing() as cur:
        call_choice.choose(cur, world.shop_id, id_, other, SYSTEM, world.now)
    for name in ("c1", "c2"):
        assert (call(world, name)["person_id"], call(world, name)["certainty"]) == (other, "certain")
    assert [t[0] for t in tasks(world)] == [other]
    assert history(world, other) == ["call.incoming", "call.missed"] * 2 + ["task.opened"]
    assert history(world, one) == []
    with world.writing() as cur, pytest.raises(call_choice.ChoiceError, match="settled"):
        call_choice.choose(cur, world.shop_id, id_, one, SYSTEM, world.now)
    with world.writing() as cur:
        call_choice.take_back(cur, world.shop_id, id_, SYSTEM, world.now)
    assert (call(world)["person_id"], call(world)["certainty"]) == (stands_in, "maybe")
    assert [t[0] for t in tasks(world)] == [stands_in]
    assert history(world, other) == []
    with world.writing() as cur, pytest.raises(call_choice.ChoiceError, match="not_settled"):
        call_choice.take_back(cur, world.shop_id, id_, SYSTEM, world.now)
    delivered(world, fact(world, "c3", after=90, state="ringing"), kind="calls")
    assert call(world, "c3")["person_id"] == stands_in


def test_it_may_have_been_somebody_new(world: World) -> None:
    has_phone(world)
    has_phone(world)
    delivered(world, fact(world, state="missed"), kind="calls")
    stands_in, id_ = call(world)["person_id"], call(world)["id"]
    with world.writing() as cur:
        call_choice.choose(cur, world.shop_id, id_, None, SYSTEM, world.now)
    assert (call(world)["person_id"], call(world)["certainty"]) == (stands_in, "certain")
    delivered(world, fact(world, "c2", after=60, state="ringing"), kind="calls")
    assert stands_in in call(world, "c2")["candidates"]
    with world.writing() as cur:
        call_choice.take_back(cur, world.shop_id, id_, SYSTEM, world.now)
    assert call(world)["certainty"] == "maybe"


def test_only_a_candidate_can_have_called(world: World) -> None:
    has_phone(world)
    has_phone(world)
    stranger = world.person()
    delivered(world, fact(world, state="missed"), kind="calls")
    with world.writing() as cur, pytest.raises(call_choice.ChoiceError, match="not_candidate"):
        call_choice.choose(cur, world.shop_id, call(world)["id"], stranger, SYSTEM, world.now)
    with world.writing() as cur, pytest.raises(call_choice.ChoiceError, match="not_found"):
        call_choice.choose(cur, world.shop_id + 1, call(world)["id"], stranger, SYSTEM, world.now)


def test_a_call_back_to_a_number_of_several_answers_the_missed_call(world: World) -> None:
    has_phone(world)
    has_phone(world)
    delivered(world, fact(world, state="missed"), kind="calls")
    world.later(minutes=2)
    delivered(world, fact(world, "c2", state="answered", direction="out"), kind="calls")
    assert [t[1] for t in tasks(world)] == ["closed"]


def test_facts_that_come_while_somebody_settles_are_not_lost(world: World) -> None:
    one, _ = has_phone(world), has_phone(world)
    delivered(world, fact(world, state="ringing"), kind="calls")
    id_ = call(world)["id"]
    deliver(world, fact(world, after=20, state="missed"), kind="calls")
    done: list[int] = []

    def take() -> None:
        with db.loop_connection("normaliser") as raw:
            for _ in range(200):
                done.append(normaliser.run_once(raw))

    with world.writing() as cur:
        call_choice.choose(cur, world.shop_id, id_, one, SYSTEM, world.now)
        taking = threading.Thread(target=take)
        taking.start()
        taking.join(0.2)
        assert world.one("select count(*) from intake_pending") == 1
    taking.join()
    take_in(world)
    assert (call(world)["state"], call(world)["person_id"], call(world)["certainty"]) == ("missed", one, "certain")
    assert [t[0] for t in tasks(world)] == [one]


def test_the_routing_rules_say_who_calls_back_and_who_is_told(world: World) -> None:
    with world.writing() as cur:
        shops.create_team(cur, world.shop_id, "sales", {"en": "Sales", "ru": "Продажи"}, SYSTEM)
        rules = "if task.what == 'lead' then sales\n"
        assert routing.save_rules(cur, world.shop_id, rules, 0, SYSTEM) == (1, [])
        one = staff.create_account(cur, world.shop_id, "one@staff.test", "One", "operator", SYSTEM)
        two = staff.create_account(cur, world.shop_id, "two@staff.test", "Two", "operator", SYSTEM)
        for account, team in ((one, "sales"), (two, "order-desk")):
            staff.set_role(cur, world.shop_id, account, "operator", [team], SYSTEM)
            shifts.begin(cur, world.shop_id, account, world.now)
    delivered(world, fact(world, state="missed"), kind="calls")
    assert world.rows("select team from desk_task") == [("sales",)]
    assert world.rows("select account_id, kind from staff_notice") == [(one, "call_missed")]
