"""Whose order is it, and what is known of him: matching, descriptions by version, consents that stand."""

from datetime import timedelta
from typing import Any

import pytest

from regulars.base.actor import SYSTEM
from regulars.people import actions, queries
from regulars.people.first_names import first_name_of
from regulars.people.points import email_address, phone_number
from tests.apps.intake_world import delivered, kinds, order
from tests.apps.world import World


def buyers(
    world: World, *snapshots: dict[str, Any] | None, together: bool = True, source: str = "api"
) -> list[int | None]:
    """The person of an order by each of these buyers; the orders come together or one after the other."""
    first = world.one("select count(*) from orders_order")
    orders = [order(world, f"{first + i}", buyer=b) for i, b in enumerate(snapshots)]
    if together:
        delivered(world, *orders, source=source)
    else:
        for one in orders:
            delivered(world, one, source=source)
    found = dict(world.rows("select external_id, person_id from orders_order"))  # type: ignore[arg-type]
    return [found[f"{first + i}"] for i in range(len(snapshots))]


def after(world: World, **time: float) -> str:
    return (world.now + timedelta(**time)).isoformat()


@pytest.mark.parametrize("together", [True, False])
def test_the_shops_number_counts_before_the_address(world: World, together: bool) -> None:
    one, again, other = buyers(
        world,
        {"id": "c-1", "email": "one@example.test"},
        {"id": "c-1", "email": "new@example.test"},
        {"id": "c-2", "email": "other@example.test"},
        together=together,
    )
    assert one == again != other


@pytest.mark.parametrize("together", [True, False])
def test_a_guest_who_opens_an_account_is_the_same_person(world: World, together: bool) -> None:
    guest, account = buyers(
        world, {"email": "Guest@Example.Test"}, {"id": "c-9", "email": "guest@example.test"}, together=together
    )
    assert guest == account


def test_numbers_of_two_shops_are_two_things(world: World) -> None:
    assert buyers(world, {"id": "7"}, source="api") != buyers(world, {"id": "7"}, source="other")


@pytest.mark.parametrize("together", [True, False])
def test_people_who_share_a_telephone_stay_two(world: World, together: bool) -> None:
    first, second, third = buyers(
        world,
        {"id": "c-1", "name": "Anna Berg", "phone": "+79141234567"},
        {"id": "c-2", "name": "Anna Berg", "phone": "8 914 123 45 67"},
        {"email": "x@example.test", "name": "Anna Berg", "phone": "+7 914 1234567"},
        together=together,
    )
    assert len({first, second, third}) == 3


@pytest.mark.parametrize("together", [True, False])
def test_a_telephone_alone_leads_to_the_one_who_has_it_if_the_names_agree(world: World, together: bool) -> None:
    known, caller, stranger = buyers(
        world,
        {"email": "a@example.test", "name": "Anna Berg", "phone": "+79141234567"},
        {"name": "A. Berg", "phone": "+79141234567"},
        {"name": "Ivan Novak", "phone": "+79141234567"},
        together=together,
    )
    assert known == caller != stranger


def test_what_cannot_be_read_loses_no_order(world: World) -> None:
    [person] = buyers(
        world, {"id": "c-1", "email": "no address", "phone": "12", "time_zone": "Mars/Olympus", "birthday": "soon"}
    )
    assert person is not None
    assert world.rows("select kind from people_contact_point") == []


def test_an_older_description_never_overwrites_though_the_newest_said_nothing_new(world: World) -> None:
    def said(name: str, days: int) -> dict[str, Any]:
        return {"id": "c-1", "name": name, "updated_at": after(world, days=days)}

    delivered(world, said("Anna Berg", 1), kind="people")
    delivered(world, said("Anna Berg", 3), kind="people")
    delivered(world, said("Anna Novak", 2), kind="people")
    assert world.rows("select name from people_person") == [("Anna Berg",)]


def test_the_zone_is_the_given_one_else_the_addresss_else_the_telephones(world: World) -> None:
    address = {"country": "RU", "region": "Хабаровский край", "city": "Хабаровск"}
    given, by_address, by_phone, unknown = buyers(
        world,
        {"id": "1", "time_zone": "Europe/Paris", "address": address, "phone": "+74212123456"},
        {"id": "2", "address": address},
        {"id": "3", "phone": "+74212300000"},
        {"id": "4", "phone": "+79141234567"},
    )
    zones = {i: (z, s) for i, z, s in world.rows("select id, time_zone, zone_source from people_person")}
    assert zones[given] == ("Europe/Paris", "given")
    assert zones[by_address] == ("Asia/Vladivostok", "address")
    assert zones[by_phone] == ("Asia/Vladivostok", "phone")
    assert zones[unknown] == (None, None)


def consent(world: World, hours: int, given: bool) -> None:
    buyer = {"id": "c-1", "email": "a@example.test", "consents": {"email.advertising": given}}
    delivered(world, order(world, "1", updated_at=after(world, hours=hours), buyer=buyer))


def consents_now(world: World) -> bool:
    with world.writing() as cur:
        [(person,)] = world.rows("select id from people_person")
        return queries.reach(cur, world.shop_id, [person])[person].consents_to("email")


def unsubscribe(world: World, hours: int) -> None:
    with world.writing() as cur:
        [(person,)] = world.rows("select id from people_person")
        actions.say_consent(
            cur, world.shop_id, person, "email", "advertising", False, SYSTEM, world.now + timedelta(hours=hours), {}
        )


def test_a_shop_that_repeats_its_old_tick_signs_nobody_up_again(world: World) -> None:
    consent(world, 0, True)
    assert consents_now(world)
    unsubscribe(world, 1)
    consent(world, 2, True)
    assert not consents_now(world)
    consent(world, 3, False)
    consent(world, 4, True)
    assert consents_now(world)


def test_a_first_tick_of_the_shop_does_not_override_an_own_no(world: World) -> None:
    delivered(world, order(world, "1", buyer={"id": "c-1", "email": "a@example.test"}))
    unsubscribe(world, 1)
    consent(world, 2, True)
    assert not consents_now(world)


def test_consents_from_snapshots_are_told_as_events(world: World) -> None:
    consent(world, 0, True)
    consent(world, 1, False)
    assert [k for k, _ in kinds(world) if k.startswith("consent.")] == ["consent.given", "consent.withdrawn"]


def test_a_person_told_by_himself_is_a_lead_and_a_paid_order_makes_a_customer(world: World) -> None:
    delivered(world, {"id": "c-1", "email": "a@example.test"}, kind="people")
    assert kinds(world) == [("lead.created", True)]
    buyer = {"id": "c-1", "email": "a@example.test"}
    delivered(world, order(world, "1", buyer=buyer, payment={"status": "paid"}))
    assert [k for k, _ in kinds(world)].count("person.became_customer") == 1


def test_new_orders_of_a_merged_person_are_his_who_answers_for_him(world: World) -> None:
    keep, other = buyers(world, {"id": "c-1", "email": "a@example.test"}, {"id": "c-2", "email": "b@example.test"})
    assert keep is not None and other is not None
    with world.writing() as cur:
        actions.merge(cur, world.shop_id, keep, other, SYSTEM, world.now)
    assert buyers(world, {"id": "c-2"}) == [keep]
    # News of an order from before the merge wakes him too.
    delivered(world, order(world, "1", updated_at=after(world, hours=1), buyer=None, status="processing"))
    assert world.rows("select person_id from events_event where kind = 'order.processing'") == [(keep,)]
    with world.writing() as cur:
        assert len(queries.timeline(cur, world.shop_id, keep)) == 5
        assert actions.unmerge(cur, world.shop_id, other, SYSTEM, world.now)
    assert buyers(world, {"id": "c-2"}) == [other]


def test_a_suppressed_address_gives_way_to_another(world: World) -> None:
    [person] = buyers(world, {"id": "c-1", "email": "old@example.test"})
    assert buyers(world, {"id": "c-1", "email": "new@example.test"}) == [person]
    assert person is not None
    with world.writing() as cur:
        assert queries.reach(cur, world.shop_id, [person])[person].points["email"].value == "new@example.test"
        actions.suppress(cur, world.shop_id, "email", ["new@example.test"], "bounce", SYSTEM, world.now)
        assert queries.reach(cur, world.shop_id, [person])[person].points["email"].value == "old@example.test"
        actions.suppress(cur, world.shop_id, "email", ["old@example.test"], "complaint", SYSTEM, world.now)
        assert queries.reach(cur, world.shop_id, [person])[person].points["email"].suppressed is not None


def test_a_person_is_found_by_address_telephone_and_the_beginning_of_a_name(world: World) -> None:
    [person] = buyers(world, {"id": "c-1", "name": "Пётр Семёнов", "email": "p@example.test", "phone": "+79141234567"})
    with world.writing() as cur:
        for text in ("P@example.test", "8 914 123-45-67", "семен", "ПЁТР", "петр"):
            assert queries.search(cur, world.shop_id, "RU", text) == [person], text
        for text in ("емен", "q@example.test", "%", "'"):
            assert queries.search(cur, world.shop_id, "RU", text) == [], text


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (" Anna.Berg+x@Example.TEST ", "anna.berg+x@example.test"),
        ("иван@почта.рф", "иван@xn--80a1acny.xn--p1ai"),
        ("a@b", None),
        ("a@b.test, c@d.test", None),
        ("a b@c.test", None),
        ("a@c.test\nBcc: x@y.test", None),
        ("<a@c.test>", None),
        ("a..b@c.test", None),
        ("@c.test", None),
        ("a@-c.test", None),
        ("a@127.0.0.1", None),
        ("x" * 65 + "@c.test", None),
    ],
)
def test_an_address_is_exactly_one_mailbox(written: str, address: str | None) -> None:
    assert email_address(written) == address


def test_a_telephone_has_one_written_form() -> None:
    assert phone_number("8 (914) 123-45-67", "RU") == phone_number("+7 914 1234567", "GB") == "+79141234567"
    assert phone_number("call me", "RU") is None


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Андрей Петров", "Андрей"),
        ("Петров Андрей Иванович", "Андрей"),
        ("Петрова Анна", "Анна"),
        ("Яков Петров", "Яков"),
        ("Anna Berg", "Anna"),
        ("Анна", "Анна"),
        ("", ""),
    ],
)
def test_a_first_name_is_guessed_with_care(name: str, first: str) -> None:
    assert first_name_of(name) == first
