"""One person by two spellings: found when he arrives, merged and parted again without a trace, and never written to wrongly."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.base import due
from regulars.base.actor import Actor
from regulars.people import actions as people
from regulars.people import doubles, queries
from regulars.people.actions import MergeRefused
from regulars.people.reach import canonical
from tests.apps.intake_world import delivered
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

ANNA = Actor("staff", 1)


def arrive(world: World, *persons: dict[str, Any]) -> list[int]:
    """Persons told by the shop, and their doubles looked for; their ids."""
    for n, person in enumerate(persons):
        delivered(
            world, {"id": f"p{n}-{next(world.numbers)}", "updated_at": world.now.isoformat(), **person}, kind="people"
        )
    while doubles.look_once(world.raw):
        pass
    return [i for (i,) in world.rows("select id from people_person order by id")]


def pairs(world: World) -> list[tuple[int, int, int, list[str]]]:
    return [
        tuple(r) for r in world.rows("select one_id, other_id, score, reasons from people_double where state = 'open'")
    ]  # type: ignore[misc]


IVAN = {"name": "Иван Иванов", "email": "ivan@gmail.com", "phone": "+79141234567"}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Ivanov Ivan", "email": "other@example.com", "phone": "+79141234567"},
        {"name": "Иван Иванов", "email": "ivan@gmial.com"},
        {"name": "И. Иванов", "email": "i.van@gmail.com"},
        {"name": "Ivan Ivanoff", "email": "ivan+shop@gmail.com", "phone": "+79140000001"},
    ],
)
def test_another_spelling_is_found_when_it_arrives(world: World, other: dict[str, Any]) -> None:
    one, two = arrive(world, IVAN, other)
    ((a, b, _, _),) = pairs(world)
    assert (a, b) == (one, two)


def test_a_family_with_one_telephone_is_left_alone(world: World) -> None:
    arrive(world, IVAN, {"name": "Ольга Иванова", "email": "olga@example.com", "phone": "+79141234567"})
    assert pairs(world) == []


def test_a_number_that_many_share_is_nobodys(world: World) -> None:
    many = [{"name": "Иван Иванов", "email": f"i{n}@example.com", "phone": "+79141234567"} for n in range(25)]
    arrive(world, *many)
    before = len(pairs(world))
    arrive(world, {"name": "Иван Иванов", "email": "new@example.com", "phone": "+79141234567"})
    assert len(pairs(world)) == before


def test_told_apart_they_are_never_asked_about_again(world: World) -> None:
    one, two = arrive(world, IVAN, {"name": "Ivanov Ivan", "email": "other@example.com", "phone": "+79141234567"})
    (double,) = [i for (i,) in world.rows("select id from people_double")]
    with world.writing() as cur:
        assert doubles.tell_apart(cur, world.shop_id, double, ANNA, world.now)
    with world.writing() as cur:
        cur.execute(
            "insert into people_recheck (person_id, shop_id) values (%s, %s), (%s, %s)",
            (one, world.shop_id, two, world.shop_id),
        )
    with world.writing() as cur:
        assert "doubles" in due.look(cur, world.now)[0], "a playground's clock waits for it"
    assert doubles.look_once(world.raw) == 2
    with world.writing() as cur:
        assert "doubles" not in due.look(cur, world.now)[0]
    assert world.rows("select state from people_double") == [("different",)]


def test_merged_the_stricter_consent_wins_until_a_later_yes(world: World) -> None:
    outbox = Outbox(world)
    one, two = world.person("one@example.com"), world.person("two@example.com")
    outbox.agree(one)
    world.later(minutes=1)
    outbox.agree(two, given=False)
    with world.writing() as cur:
        assert queries.reach(cur, world.shop_id, [one])[one].consents_to("email")
        people.merge(cur, world.shop_id, one, two, ANNA, world.now)
        assert not queries.reach(cur, world.shop_id, [one])[one].consents_to("email")
    world.later(minutes=1)
    outbox.agree(one)
    with world.writing() as cur:
        assert queries.reach(cur, world.shop_id, [two])[two].consents_to("email")


def test_where_the_one_who_stays_has_no_address_the_other_s_serves(world: World) -> None:
    one, two = world.person("one@example.com"), world.person("two@example.com")
    with world.writing() as cur:
        cur.execute("delete from people_contact_point where person_id = %s", (one,))
        people.merge(cur, world.shop_id, one, two, ANNA, world.now)
        assert queries.reach(cur, world.shop_id, [one])[one].points["email"].value == "two@example.com"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=6),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_merges_in_chains_and_their_undoing_leave_everything_as_it_was(
    world: World, merges: list[tuple[int, int]], wants_no: bool, chance: random.Random
) -> None:
    outbox = Outbox(world)
    persons = [world.person() for _ in range(5)]
    outbox.agree(persons[0])
    outbox.agree(persons[1], given=not wants_no)

    def state() -> tuple[Any, ...]:
        with world.writing() as cur:
            return (
                queries.reach(cur, world.shop_id, persons),
                queries.cards(cur, world.shop_id, persons),
                [queries.ids_of(cur, world.shop_id, p) for p in persons],
            )

    before = state()
    done: list[int] = []
    for keep, other in merges:
        try:
            with world.writing() as cur:
                people.merge(cur, world.shop_id, persons[keep], persons[other], ANNA, world.now)
            done.append(persons[other])
        except MergeRefused:
            continue
    assert len(done) == len(set(done))
    chance.shuffle(done)
    for other in done:
        with world.writing() as cur:
            assert people.unmerge(cur, world.shop_id, other, ANNA, world.now)
    assert state() == before


def test_a_pair_is_merged_undone_and_asked_about_again(world: World) -> None:
    one, two = arrive(world, IVAN, {"name": "Ivanov Ivan", "email": "other@example.com", "phone": "+79141234567"})
    double = world.one("select id from people_double")
    with world.writing() as cur:
        doubles.merge_pair(cur, world.shop_id, double, two, ANNA, world.now)
        assert queries.canonical(cur, world.shop_id, [one, two]) == {one: two, two: two}
        with pytest.raises(LookupError):
            doubles.merge_pair(cur, world.shop_id, double, two, ANNA, world.now)
    with world.writing() as cur:
        assert doubles.undo(cur, world.shop_id, double, ANNA, world.now)
        assert queries.canonical(cur, world.shop_id, [one, two]) == {one: one, two: two}
    assert len(pairs(world)) == 1


def test_merged_in_the_middle_of_a_letter_nothing_more_goes_to_the_old_address(world: World) -> None:
    outbox = Outbox(world)
    one, two = world.person("one@example.com"), world.person("two@example.com")
    waiting, sending = outbox.queue(two), outbox.queue(two)
    with world.writing() as cur:
        cur.execute("update outbox_message set state = 'sending' where id = %s", (sending,))
        people.merge(cur, world.shop_id, one, two, ANNA, world.now)
        # the sender died in the middle: it goes once more
        cur.execute("update outbox_message set state = 'queued' where id = %s", (sending,))
    outbox.gate()
    addresses = world.rows("select address from outbox_message where id = any(%s)", [waiting, sending])
    assert addresses == [("one@example.com",)] * 2


def test_who_answers_for_a_claim_is_asked_without_reading_everybody(world: World) -> None:
    scans = "select seq_scan from pg_stat_xact_user_tables where relname = 'people_person'"
    with world.writing() as cur:
        cur.execute(
            "insert into people_person (shop_id, name, first_name, language)"
            " select %s, 'n', 'n', 'en' from generate_series(1, 30000)",
            (world.shop_id,),
        )
        cur.execute("analyze people_person")
        ids = [i for (i,) in cur.execute("select id from people_person where shop_id = %s limit 500", (world.shop_id,))]
        cur.execute("update people_person set merged_into = %s where id = %s", (ids[1], ids[0]))
        before = cur.execute(scans).fetchone()
        assert canonical(cur, world.shop_id, ids) == {i: i for i in ids} | {ids[0]: ids[1]}
        assert cur.execute(scans).fetchone() == before
