"""Segments are kept up: by events and by time, person by person, and say the same as asking everybody anew."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from regulars.base.actor import SYSTEM
from regulars.core.conditions import ConditionError
from regulars.loyalty.actions import NewPoints, give_points
from regulars.loyalty.expiring import expire_once
from regulars.people import actions as people
from regulars.people import marks
from regulars.segments import actions, conditions, keeping, pasts, sql
from regulars.segments.families import family_of
from regulars.segments.filling import Filler
from regulars.segments.keeping import keep_once
from tests.apps.world import World


class Kept:
    """A world with its segments' loops."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.filler = Filler()

    def segment(self, name: str, condition: str, *, tells: bool = False) -> int:
        with self.world.writing() as cur:
            return actions.make(cur, self.world.shop_id, name, {}, condition, SYSTEM, self.world.now, tells=tells)

    def fill(self) -> None:
        """Until every segment is filled: one that is to be filled anew waits for older transactions, too."""
        for _ in range(100):
            self.world.wait_for_older()
            while self.filler.turn(self.world.raw):
                pass
            if not self.world.one(
                "select count(*) from segments_segment where state = 'filling' and removed_at is null"
            ):
                return
        raise AssertionError("the filling never came to rest")

    def keep(self) -> int:
        asked = 0
        for _ in range(100):
            n = keep_once(self.world.raw)
            if n == 0:
                return asked
            asked += n
        raise AssertionError("the keeping never came to rest")

    def members(self, segment: int) -> set[int]:
        return {
            row[0]
            for row in self.world.rows(
                "select person_id from segments_member where segment_id = %s and since is not null", segment
            )
        }

    def told(self) -> list[tuple[str, int, str, bool]]:
        return self.world.rows(
            "select kind, person_id, data->>'segment', live from events_event where kind like 'segment.%%' order by id"
        )

    def asked_anew(self, segment: int) -> set[int]:
        """Who is in by asking everybody."""
        with self.world.writing() as cur:
            (text,) = cur.execute("select condition from segments_segment where id = %s", (segment,)).fetchone()
            setting = pasts.setting_of(cur, self.world.shop_id)
            family = family_of(cur, self.world.shop_id)
            said = sql.people(conditions.read(text), self.world.shop_id, setting, self.world.now, family)
            return {row[0] for row in cur.execute(said.some(1000), said.params)}

    def size(self, segment: int) -> int:
        return int(self.world.one("select members from segments_segment where id = %s", segment))


@pytest.fixture
def kept(world: World) -> Kept:
    return Kept(world)


def test_who_was_in_at_the_first_filling_is_told_to_nobody_unless_the_owner_wants_it(kept):
    anna, boris = kept.world.person(), kept.world.person()
    kept.world.happens("order.placed", anna)
    quiet = kept.segment("buyers", "happened('order.placed')")
    loud = kept.segment("loud", "happened('order.placed')", tells=True)
    kept.fill()
    assert kept.members(quiet) == kept.members(loud) == {anna}
    assert kept.told() == [("segment.entered", anna, "loud", True)]
    assert kept.size(quiet) == 1 and boris not in kept.members(quiet)


def test_an_event_moves_its_person_and_wakes_the_scheme_that_waits_for_it(kept):
    world, anna, boris = kept.world, kept.world.person(), kept.world.person()
    segment = kept.segment("regulars", "count('order.placed', 90d) >= 2")
    kept.fill()
    world.publish(
        "scheme: welcome\ntitle: Welcome\nper: person\nstarts: segment.entered\nsteps:\n  think:\n    wait: 5d\n"
    )
    world.happens("order.placed", anna)
    world.happens("order.placed", boris)
    assert kept.keep() == 2 and kept.members(segment) == set()
    world.later(hours=1)
    world.happens("order.placed", anna)
    assert kept.keep() == 1 and kept.members(segment) == {anna}
    world.conduct()
    assert world.rows("select person_id from journeys_enrolment") == [(anna,)]
    world.happens("message.opened", anna)  # no segment depends on it: nobody is asked
    assert kept.keep() == 0
    assert kept.told() == [("segment.entered", anna, "regulars", True)]


def test_a_tag_brings_people_in_and_out(kept):
    world, anna, boris = kept.world, kept.world.person(), kept.world.person()
    segment = kept.segment("awake", "happened('order.placed') and 'quiet' not in person.tags")
    kept.fill()
    for person in (anna, boris):
        world.happens("order.placed", person)
    kept.keep()
    assert kept.members(segment) == {anna, boris} == kept.asked_anew(segment)
    with world.writing() as cur:
        marks.tag_by_hand(cur, world.shop_id, anna, "quiet", True, SYSTEM, world.now)
    assert kept.keep() == 1 and kept.members(segment) == {boris} == kept.asked_anew(segment)
    with world.writing() as cur:
        marks.tag_by_hand(cur, world.shop_id, anna, "quiet", False, SYSTEM, world.now)
    assert kept.keep() == 1 and kept.members(segment) == {anna, boris}


def test_a_field_that_is_set_brings_people_in_and_out_and_nobody_else_is_asked(kept):
    world, anna, boris = kept.world, kept.world.person(), kept.world.person()
    segment = kept.segment("tea", "person.fields.drink == 'tea' or person.fields.cups >= 3")
    other = kept.segment("buyers", "happened('order.placed')")
    kept.fill()

    def set_to(person: int, **values: object) -> None:
        with world.writing() as cur:
            fields = [marks.FieldSet(person, name, value, "command") for name, value in values.items()]
            marks.set_fields(cur, world.shop_id, fields, world.now)

    set_to(anna, drink="tea")
    set_to(boris, cups=Decimal(2))
    assert kept.keep() == 2 and kept.members(segment) == {anna} == kept.asked_anew(segment)
    set_to(boris, cups=Decimal(3))
    assert kept.keep() == 1, "whose field it is, and nobody else"
    assert kept.members(segment) == {anna, boris} == kept.asked_anew(segment)
    set_to(anna, drink=True)
    assert kept.keep() == 1 and kept.members(segment) == {boris} == kept.asked_anew(segment)
    assert kept.members(other) == set()
    assert [(kind, person) for kind, person, *_ in kept.told()] == [
        ("segment.entered", anna), ("segment.entered", boris), ("segment.left", anna),
    ]  # fmt: skip


def test_points_bring_people_in_and_their_end_takes_them_out(kept):
    world, anna, boris = kept.world, kept.world.person(), kept.world.person()
    rich = kept.segment("rich", "points.balance >= 500")
    soon = kept.segment("soon", "points.expires_at exists and not happened('message.opened')")
    kept.fill()

    def give(key: str, person: int, points: int, days: int | None) -> None:
        until = None if days is None else world.now + timedelta(days=days)
        given = NewPoints(
            key=key, person_id=person, points=points, earned_at=world.now, valid_until=until, cause="command"
        )
        with world.writing() as cur:
            give_points(cur, world.shop_id, [given], world.now)

    give("a", anna, 300, 30)
    give("b", boris, 400, None)
    kept.keep()
    assert kept.members(rich) == set() and kept.members(soon) == {anna} == kept.asked_anew(soon)
    give("c", anna, 250, None)
    assert kept.keep() == 1 and kept.members(rich) == {anna} == kept.asked_anew(rich)
    world.later(days=31)
    assert kept.asked_anew(rich) == set(), "what is past its day is no balance"
    assert expire_once(world.raw) == 1
    assert kept.keep() == 1 and kept.members(rich) == kept.members(soon) == set() == kept.asked_anew(soon)
    with world.writing() as cur:
        people.merge(cur, world.shop_id, anna, boris, SYSTEM, world.now)
    kept.keep()
    assert kept.members(rich) == {anna} == kept.asked_anew(rich), "whoever is one has the points of both"


def test_time_alone_lets_people_in_and_out_and_only_those_who_are_due_are_asked(kept):
    world, anna, boris = kept.world, kept.world.person(), kept.world.person()
    active = kept.segment("active", "happened('order.placed', 30d)")
    asleep = kept.segment("asleep", "last('order.placed') < 60d ago")
    kept.fill()
    begun = world.now
    world.happens("order.placed", anna)
    kept.keep()
    world.later(days=10)
    world.happens("order.placed", boris)
    kept.keep()
    assert kept.members(active) == {anna, boris}
    world.at(begun + timedelta(days=30))
    assert kept.keep() == 0 and kept.members(active) == {anna, boris}  # the period holds both its ends
    with world.writing() as cur:
        assert keeping.next_recheck(cur) == begun + timedelta(days=30, microseconds=1)
    world.later(microseconds=1)
    assert kept.keep() == 1 and kept.members(active) == {boris}
    world.at(begun + timedelta(days=60, microseconds=1))
    kept.keep()
    assert (kept.members(active), kept.members(asleep)) == (set(), {anna})
    assert [(kind, person, name) for kind, person, name, _ in kept.told()] == [
        ("segment.entered", anna, "active"),
        ("segment.entered", boris, "active"),
        ("segment.left", anna, "active"),
        *sorted([("segment.entered", anna, "asleep"), ("segment.left", boris, "active")]),
    ]


def test_history_moves_people_and_tells_it_as_history(kept):
    anna = kept.world.person()
    segment = kept.segment("buyers", "happened('order.placed')")
    kept.fill()
    kept.world.happens("order.placed", anna, live=False)
    assert kept.world.one("select due_at from events_mailbox where person_id = %s", anna) is None  # nobody is woken
    kept.keep()
    assert kept.members(segment) == {anna}
    assert kept.told() == [("segment.entered", anna, "buyers", False)]


def test_a_turn_that_dies_changes_nothing_and_the_next_does_it_once(kept, monkeypatch):
    anna = kept.world.person()
    segment = kept.segment("buyers", "happened('order.placed')")
    kept.fill()
    kept.world.happens("order.placed", anna)

    def dies(point: str) -> None:
        if point == "segments.before_commit":
            raise RuntimeError(point)

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "hit", dies)
        with pytest.raises(RuntimeError):
            keep_once(kept.world.raw)
    assert kept.told() == [] and kept.members(segment) == set()
    kept.keep()
    assert kept.told() == [("segment.entered", anna, "buyers", True)] and kept.size(segment) == 1


def test_a_filling_that_dies_is_begun_again(kept, monkeypatch):
    from regulars.base import db
    from regulars.segments import filling

    monkeypatch.setattr(filling, "BATCH", 1)
    who = {kept.world.person() for _ in range(3)}
    segment = kept.segment("all", "person.is_customer == false")
    dying = db.loop_connection("dying")
    first = Filler()
    kept.world.wait_for_older()
    assert first.turn(dying) and first.turn(dying)
    assert kept.filler.turn(kept.world.raw) == 0  # another is at it
    assert len(kept.members(segment)) == 1
    dying.close()
    for _ in range(50):
        if kept.filler.turn(kept.world.raw):
            break
    kept.fill()
    assert kept.members(segment) == who and kept.size(segment) == 3


def test_a_product_that_comes_into_another_category_brings_its_buyers(kept, monkeypatch):
    from regulars.catalog import taking
    from regulars.catalog.snapshot import read_product
    from regulars.segments import filling

    monkeypatch.setattr(filling, "SETTLED", timedelta(0))
    world, anna = kept.world, kept.world.person()
    order = world.order(anna)
    with world.writing() as cur:
        cur.execute(
            "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price) values (%s, %s, 0, 'T', '', 1, 1)",
            (world.shop_id, order),
        )
    tea = kept.segment("tea", "bought('category', 'Tea')")
    other = kept.segment("other", "bought('sku', 'U')")
    kept.fill()
    assert kept.members(tea) == set()
    for category, expected in (("Tea", {anna}), ("Tea", {anna}), ("Cups", set())):
        round_ = world.one("select round from segments_segment where id = %s", tea)
        with world.writing() as cur:
            taking.take(
                cur, world.shop_id, [read_product({"sku": "T", "name": "Tea", "category": category})], world.now
            )
        kept.fill()
        assert kept.members(tea) == expected and kept.told() == []
        is_other = world.one("select round from segments_segment where id = %s", tea) > round_
        assert is_other is (category == "Cups" or round_ == 1)  # the same category again asks nobody
    assert world.one("select round from segments_segment where id = %s", other) == 1


def test_what_cannot_be_kept_is_refused(kept):
    kept.segment("buyers", "happened('order.placed')")
    for name, code in (("buyers", "name_taken"), ("Not good", "name_form"), ("", "name_form")):
        with pytest.raises(actions.SegmentRefused) as refused:
            kept.segment(name, "happened('order.placed')")
        assert refused.value.code == code
    for condition, code in (
        ("order.total > 5", "condition_fact"),
        ("happened('segment.entered', 3d)", "condition_circular"),
        ("", "condition_syntax"),
    ):
        with pytest.raises(ConditionError) as wrong:
            kept.segment("other", condition)
        assert wrong.value.code == code


TEXTS = [
    "count('order.placed', 30d) >= 2",
    "not happened('message.opened', 20d)",
    "last('order.placed') < 15d ago",
    "bought('category', 'Tea', 40d) or person.language == 'en'",
    "spent(60d) >= 1000 and happened('message.opened')",
    "person.customer_since > 10d ago",
    "person.fields.n >= 2 or person.fields.day > 10d ago",
    "points.balance >= 100 and points.expires_at > 12d ago",
]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_kept_segments_are_those_of_asking_everybody(kept, seed):
    world, dice = kept.world, random.Random(seed)
    with world.writing() as cur:
        cur.execute("update shop_shop set currency = 'RUB' where id = %s", (world.shop_id,))
        cur.execute(
            "insert into catalog_product (shop_id, sku, name, category, version_at) values (%s, 'T', 'Tea', 'Tea', %s)",
            (world.shop_id, world.now),
        )
    persons = [world.person() for _ in range(5)]
    segments = [kept.segment(f"s{n}", text) for n, text in enumerate(TEXTS)]
    kept.fill()
    seen: dict[int, set[int]] = {segment: kept.members(segment) for segment in segments}
    for _ in range(45):
        _something(kept, dice, persons, segments)
        kept.keep()
        for segment in segments:
            assert kept.members(segment) == kept.asked_anew(segment)
            assert kept.size(segment) == len(kept.members(segment))
    story = world.rows(
        "select kind, coalesce((data->>'other')::bigint, person_id), data->>'segment' from events_event"
        " where kind like 'segment.%%' or kind = 'person.merged' order by id"
    )
    for n, segment in enumerate(segments):  # the events tell the whole of it; who was merged is in none
        for kind, person, name in story:
            if name in (None, f"s{n}"):
                (seen[segment].add if kind == "segment.entered" else seen[segment].discard)(person)
        assert seen[segment] == kept.members(segment)


def _something(kept: Kept, dice: random.Random, persons: list[int], segments: list[int]) -> None:
    world, person = kept.world, dice.choice(persons)
    match dice.choice(
        [
            "time",
            "time",
            "event",
            "event",
            "event",
            "order",
            "card",
            "merge",
            "unmerge",
            "change",
            "new",
            "field",
            "points",
        ]
    ):
        case "time":
            world.later(days=dice.choice([1, 5, 11]), seconds=dice.choice([0, 0, 7]))
            while expire_once(world.raw):
                pass
        case "field":
            name, value = dice.choice(
                [("n", Decimal(1)), ("n", Decimal(2)), ("n", "2"), ("day", world.now), ("day", 1)]
            )
            with world.writing() as cur:
                marks.set_fields(cur, world.shop_id, [marks.FieldSet(person, name, value, "command")], world.now)
        case "points":
            until = None if dice.random() < 0.3 else world.now + timedelta(days=dice.choice([2, 6]))
            given = NewPoints(
                key=f"k{next(world.numbers)}", person_id=person, points=dice.choice([50, 100]), earned_at=world.now,
                valid_until=until, cause="command",
            )  # fmt: skip
            with world.writing() as cur:
                give_points(cur, world.shop_id, [given], world.now)
        case "event":
            world.happens(dice.choice(["order.placed", "message.opened"]), person, live=dice.random() < 0.8)
        case "order":
            order = world.order(person, total=dice.choice([5000, 90_000]), status=dice.choice(["new", "cancelled"]))
            with world.writing() as cur:
                cur.execute(
                    "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price)"
                    " values (%s, %s, 0, %s, '', 1, 1)",
                    (world.shop_id, order, dice.choice(["T", "U"])),
                )
            world.happens("order.placed", person, order)
        case "card":
            with world.writing() as cur:
                cur.execute(
                    "update people_person set language = %s, customer_since = %s where id = %s",
                    (dice.choice(["en", "ru", None]), world.now - timedelta(days=dice.choice([1, 9])), person),
                )
            world.happens("person.changed", person)
        case "merge":
            other = dice.choice(persons)
            with world.writing() as cur:
                if world_can_merge(cur, person, other):
                    people.merge(cur, world.shop_id, person, other, SYSTEM, world.now)
        case "unmerge":
            with world.writing() as cur:
                people.unmerge(cur, world.shop_id, person, SYSTEM, world.now)
        case "change":
            n = dice.randrange(len(segments))
            with world.writing() as cur:
                actions.change(cur, world.shop_id, segments[n], {}, dice.choice(TEXTS), SYSTEM, world.now, tells=True)
            kept.filler.turn(world.raw)
            world.happens("order.placed", person)  # in the midst of the filling
            kept.keep()
            kept.fill()
        case "new":
            persons.append(world.person())
            world.happens("lead.created", persons[-1])


def world_can_merge(cur, person, other):
    rows = cur.execute("select id, merged_into from people_person where id = any(%s)", ([person, other],)).fetchall()
    return person != other and len(rows) == 2 and all(merged is None for _, merged in rows)
