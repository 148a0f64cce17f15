"""What is changed in the talk reaches the shop: once, whatever happens on the way, and never over the shop's own word."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from regulars.base import db, failpoints
from regulars.base.actor import SYSTEM, Actor
from regulars.base.strict_json import decode
from regulars.desk import unconfirmed, write_back
from regulars.desk.order_edits import Asked, EditError, LineAsked, checked
from regulars.feeds.woocommerce.records import order as as_contract
from regulars.orders import edits, way_back
from regulars.orders import queries as orders
from regulars.outbox import commands
from regulars.people import queries as people
from regulars.staff import actions as staff
from tests.apps.intake_world import deliver, take_in
from tests.apps.outbox_world import until
from tests.apps.test_commands import telling
from tests.apps.world import World
from tests.sinks.called import called
from tests.sinks.woocommerce import KEY, SECRET, WooShop, an_order, woo_shop

ANNA = Actor("staff", 1)
NEW_ADDRESS = {"country": "LV", "city": "Riga", "street": "New Street 2-5", "postcode": "LV-1050"}
WINDOW_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Talk:
    """An order of a WooCommerce shop, and somebody who talks to its buyer."""

    world: World
    woo: WooShop

    def seen(self, id_: str = "77") -> None:
        """The shop's webhook tells of the order as it stands there."""
        self.tells(self.woo.order(id_))

    def tells(self, order: dict[str, Any]) -> None:
        """The same of an order as it stood at some time."""
        item = as_contract(decode(json.dumps(order).encode()), {})
        deliver(self.world, item.body, source="woocommerce")
        take_in(self.world)

    @property
    def order_id(self) -> int:
        return int(self.world.one("select id from orders_order where external_id = '77'"))

    def change(self, undo_for: timedelta = timedelta(0), **asked: Any) -> int:
        """As the form does it; the deed's id."""
        with self.world.writing() as cur:
            order = orders.by_id(cur, self.world.shop_id, [self.order_id])[self.order_id]
            lines = orders.lines(cur, self.world.shop_id, [order.id])[order.id]
            card = people.card(cur, self.world.shop_id, order.person_id or 0)
            assert card is not None
            wanted = checked(cur, self.world.shop_id, order, lines, card.address, Asked(**asked), self.world.now)
            deed = write_back.ask(cur, self.world.shop_id, order, wanted, ANNA, self.world.now, undo_for=undo_for)
        assert deed is not None
        return deed

    def states(self) -> dict[str, str]:
        """By field, of the newest change of it."""
        return dict(self.world.rows("select field, state from orders_change order by id"))

    def until_told(self) -> None:
        until(lambda: not self.world.rows("select 1 from outbox_command where state in ('queued', 'sending')"), 30)

    def at_once(self) -> None:
        with self.world.writing() as cur:
            cur.execute("update outbox_command set retry_at = null")
            cur.execute("update outbox_target set paused_until = null")

    def applied(self) -> list[dict[str, Any]]:
        return [entry for entry in self.woo.log() if entry["changed"]]


@pytest.fixture
def talk(world: World) -> Iterator[Talk]:
    with woo_shop() as woo:
        woo.put(an_order(77))
        with world.writing() as cur:
            way = way_back.Way("woocommerce", "woocommerce", woo.url, {"key": KEY, "secret": SECRET})
            way_back.set_way(cur, world.shop_id, way, ANNA)
            for sku, name, stock in (("KETTLE", "Kettle", 3), ("PAN-24", "Pan 24", 5), ("CUP", "Cup", 9)):
                cur.execute(
                    "insert into catalog_product (shop_id, sku, name, stock, version_at) values (%s, %s, %s, %s, %s)",
                    (world.shop_id, sku, name, stock, world.now),
                )
        found = Talk(world, woo)
        found.seen()
        yield found


def test_everything_changed_in_the_talk_stands_in_the_shop_and_is_confirmed_by_it(talk: Talk) -> None:
    friday = talk.world.now + timedelta(days=4)
    talk.change(
        address=NEW_ADDRESS,
        window=(friday, friday + timedelta(hours=4)),
        note="Ring twice",
        lines=[LineAsked("line:CUP", Decimal(5)), LineAsked("line:KETTLE", sku="PAN-24", quantity=Decimal(1))],
    )
    with telling():
        talk.until_told()
    there = talk.woo.order("77")
    assert there["shipping"]["address_1"] == "New Street 2-5"
    assert there["shipping"]["last_name"] == "Buyer"
    assert there["billing"]["address_1"] == "Old Street 1"
    assert there["customer_note"] == "Ring twice"
    assert {(line["sku"], line["quantity"]) for line in there["line_items"]} == {("CUP", 5), ("PAN-24", 1)}
    assert Decimal(there["total"]) == 5 * Decimal("7.5") + Decimal("29.9")
    assert set(talk.states().values()) == {"waiting"}
    talk.seen()
    assert set(talk.states().values()) == {"written"}
    kinds = [
        k for (k,) in talk.world.rows("select kind from events_event where kind like 'order.change\\_%%' order by id")
    ]
    assert kinds == ["order.change_wanted", "order.change_written"]
    (data,) = talk.world.rows("select data from events_event where kind = 'order.change_wanted'")[0]
    assert "Street" not in json.dumps(data)


def test_a_cancellation_reaches_the_shop_and_stops_the_order_s_scheme(talk: Talk) -> None:
    talk.change(cancel=True)
    with telling():
        talk.until_told()
    talk.seen()
    assert talk.states() == {"cancelled": "written"}
    assert talk.world.one("select status from orders_order") == "cancelled"
    assert talk.world.one("select count(*) from events_event where kind = 'order.cancelled'") == 1


@pytest.mark.parametrize("trouble", ["vanish", "slow", 500, 503, 429, 409, "html"])
def test_whatever_happens_on_the_way_it_is_done_once(talk: Talk, trouble: Any) -> None:
    talk.woo.behave(PUT=[trouble, 200])
    talk.change(lines=[LineAsked("line:CUP", Decimal(3))], add=[LineAsked(sku="PAN-24", quantity=Decimal(2))])
    with telling():
        until(lambda: talk.world.one("select tries from outbox_command") >= 1, 30)
        until(lambda: not talk.world.rows("select 1 from outbox_command where state = 'sending'"), 30)
        talk.at_once()
        talk.until_told()
    assert len(talk.applied()) == 1
    lines = {(line["sku"], line["quantity"]) for line in talk.woo.order("77")["line_items"]}
    assert lines == {("KETTLE", 1), ("CUP", 3), ("PAN-24", 2)}
    talk.seen()
    assert set(talk.states().values()) == {"written"}


def test_taken_back_within_the_minute_the_shop_hears_nothing(talk: Talk) -> None:
    deed = talk.change(undo_for=write_back.UNDO, note="Ring twice")
    with telling():
        with talk.world.writing() as cur:
            assert write_back.take_back(cur, talk.world.shop_id, deed, ANNA, talk.world.now)
        talk.world.later(seconds=61)
        other = talk.change(note="Leave it with the neighbour")
        talk.until_told()
        with talk.world.writing() as cur:
            assert not write_back.take_back(cur, talk.world.shop_id, other, ANNA, talk.world.now)
    assert [entry["body"] for entry in talk.applied()] == [{"customer_note": "Leave it with the neighbour"}]


def test_the_shop_s_own_later_word_stays_and_a_person_decides(talk: Talk) -> None:
    talk.change(address=NEW_ADDRESS, note="Ring twice", undo_for=write_back.UNDO)
    there = talk.woo.order("77")
    there["shipping"]["address_1"] = "Third Street 3"
    there["date_modified_gmt"] = "2026-03-02T12:30:00"
    talk.woo.put(there)
    talk.world.later(seconds=61)
    with telling():
        talk.until_told()
    now = talk.woo.order("77")
    assert (now["shipping"]["address_1"], now["customer_note"]) == ("Third Street 3", "Ring twice")
    assert talk.states() == {"address": "conflict", "note": "waiting"}
    task = talk.world.rows("select id, kind, order_id, state from desk_task")
    assert [(kind, order, state) for _, kind, order, state in task] == [("decision", talk.order_id, "open")]
    talk.seen()
    assert talk.states() == {"address": "conflict", "note": "written"}
    assert talk.world.one("select count(*) from desk_task") == 1
    with talk.world.writing() as cur:
        change = next(c for c in edits.of_orders(cur, talk.world.shop_id, [talk.order_id]) if c.field == "address")
        assert change.shop_value["street"] == "Third Street 3"
        assert write_back.redo(cur, talk.world.shop_id, change.id, "ours", ANNA, talk.world.now)
        with pytest.raises(LookupError):
            write_back.redo(cur, talk.world.shop_id, change.id, "shop", ANNA, talk.world.now)
    with telling():
        talk.until_told()
    assert talk.woo.order("77")["shipping"]["address_1"] == "New Street 2-5"


def test_a_conflict_is_seen_in_the_shop_s_next_word_too(talk: Talk) -> None:
    talk.change(note="Ring twice", undo_for=write_back.UNDO)
    there = talk.woo.order("77") | {"customer_note": "Call before", "date_modified_gmt": "2026-03-02T12:30:00"}
    talk.woo.put(there)
    talk.seen()
    assert talk.states() == {"note": "conflict"}
    assert talk.world.rows("select kind, state from desk_task") == [("decision", "open")]
    talk.world.later(seconds=61)
    with telling():
        talk.until_told()
    assert talk.applied() == []


def test_an_older_word_of_the_shop_is_no_word(talk: Talk) -> None:
    old = talk.woo.order("77")
    talk.change(note="Ring twice")
    with telling():
        talk.until_told()
    talk.seen()
    talk.tells(old | {"customer_note": "Something old", "date_modified_gmt": "2026-03-02T10:59:00"})
    assert talk.states() == {"note": "written"}


def test_two_changes_of_one_field_end_in_the_second(talk: Talk) -> None:
    talk.change(note="First")
    with telling():
        talk.until_told()
        talk.change(note="Second")
        talk.until_told()
    assert talk.woo.order("77")["customer_note"] == "Second"
    talk.seen()
    states = [s for (s,) in talk.world.rows("select state from orders_change order by id")]
    assert states == ["replaced", "written"]
    assert talk.world.one("select count(*) from desk_task") == 0


def test_wrong_keys_pause_the_shop_until_they_are_mended(talk: Talk) -> None:
    with talk.world.writing() as cur:
        way = way_back.Way("woocommerce", "woocommerce", talk.woo.url, {"key": "wrong", "secret": "wrong"})
        way_back.set_way(cur, talk.world.shop_id, way, ANNA)
    talk.change(note="Ring twice")
    with telling():
        until(lambda: talk.world.rows("select 1 from outbox_target where paused_until > machine_now()"), 30)
        assert talk.states() == {"note": "waiting"}
        with talk.world.writing() as cur:
            mended = way_back.Way("woocommerce", "woocommerce", talk.woo.url, {"key": KEY, "secret": SECRET})
            way_back.set_way(cur, talk.world.shop_id, mended, ANNA)
            command = cur.execute("select id from outbox_command").fetchone()
            assert command is not None
            commands.try_again(cur, talk.world.shop_id, command[0], ANNA, talk.world.now)
        talk.until_told()
    assert talk.woo.order("77")["customer_note"] == "Ring twice"


def test_an_order_that_is_gone_refuses_its_changes(talk: Talk) -> None:
    talk.change(note="Ring twice")
    with talk.world.writing() as cur:
        cur.execute("update orders_order set external_id = '78' where external_id = '77'")
    with telling():
        talk.until_told()
    assert talk.world.rows("select state, reason from orders_change") == [("refused", "order_gone")]
    assert (
        talk.world.one("select data->>'reason' from events_event where kind = 'order.change_refused'") == "order_gone"
    )


def test_any_other_program_is_told_by_a_signed_webhook(talk: Talk, tmp_path: Path) -> None:
    with called(tmp_path) as other:
        other.behave(hook=[503, 200])
        with talk.world.writing() as cur:
            way = way_back.Way("woocommerce", "webhook", f"{other.url}/hook", {"secret": WINDOW_SECRET})
            way_back.set_way(cur, talk.world.shop_id, way, ANNA)
        deed = talk.change(note="Ring twice", lines=[LineAsked("line:CUP", Decimal(0))])
        with telling():
            until(lambda: len(other.told()) == 1, 30)
            talk.at_once()
            talk.until_told()
        for told in other.told():
            plain = Webhook(WINDOW_SECRET).verify(told["body"], told["headers"])
            assert told["headers"]["webhook-id"] == f"chg_{deed}"
        assert plain["type"] == "order.change_wanted"
        assert plain["data"]["order"]["id"] == "77"
        fields = {c["field"]: c for c in plain["data"]["changes"]}
        assert (fields["line:CUP"]["sku"], fields["line:CUP"]["quantity"]) == ("CUP", "0")
        assert (fields["note"]["before"], fields["note"]["after"]) == ("", "Ring twice")
    assert len(other.told()) == 2


def test_a_repeat_says_the_same_though_the_order_has_moved_on(talk: Talk, tmp_path: Path) -> None:
    with called(tmp_path) as other:
        other.behave(hook=["vanish", 200])
        with talk.world.writing() as cur:
            way = way_back.Way("woocommerce", "webhook", f"{other.url}/hook", {"secret": WINDOW_SECRET})
            way_back.set_way(cur, talk.world.shop_id, way, ANNA)
        talk.change(note="Ring twice")
        with telling():
            until(lambda: len(other.told()) == 1, 30)
            talk.woo.put(talk.woo.order("77") | {"status": "completed", "date_modified_gmt": "2026-03-02T12:30:00"})
            talk.seen()
            talk.at_once()
            talk.until_told()
        first, again = other.told()
    assert first["headers"]["idempotency-key"] == again["headers"]["idempotency-key"]
    assert first["body"] == again["body"]


def test_what_may_have_been_taken_is_repeated_whole_and_its_replacement_follows(talk: Talk, tmp_path: Path) -> None:
    with called(tmp_path) as other:
        other.behave(hook=["vanish", "vanish", 200])
        with talk.world.writing() as cur:
            way = way_back.Way("woocommerce", "webhook", f"{other.url}/hook", {"secret": WINDOW_SECRET})
            way_back.set_way(cur, talk.world.shop_id, way, ANNA)
        talk.change(note="First", lines=[LineAsked("line:CUP", Decimal(0))], address=NEW_ADDRESS)
        with telling():
            until(lambda: len(other.told()) == 1, 30)
            second = talk.change(note="Second")
            talk.at_once()
            until(lambda: len(other.told()) == 2, 30)
            talk.woo.put(
                talk.woo.order("77")
                | {"shipping": {**talk.woo.order("77")["shipping"], "address_1": "New Street 2-5", "city": "Riga",
                                "postcode": "LV-1050"}, "date_modified_gmt": "2026-03-02T12:30:00"}
            )  # fmt: skip
            talk.seen()
            assert talk.states()["address"] == "written"
            talk.at_once()
            talk.until_told()
        first, again, third, replacement = other.told()
    assert first["body"] == again["body"] == third["body"]
    for name in ("webhook-id", "idempotency-key"):
        assert first["headers"][name] == again["headers"][name] == third["headers"][name]
        assert first["headers"][name] != replacement["headers"][name]
    assert {c["field"] for c in json.loads(first["body"])["data"]["changes"]} == {"note", "line:CUP", "address"}
    assert replacement["headers"]["webhook-id"] == f"chg_{second}"
    (said,) = json.loads(replacement["body"])["data"]["changes"]
    assert (said["field"], said["after"]) == ("note", "Second")
    notes = talk.world.rows("select after, state, told from orders_change where field = 'note' order by id")
    assert notes == [("First", "replaced", False), ("Second", "waiting", True)]


def test_where_nobody_can_be_told_a_person_enters_it(talk: Talk) -> None:
    with talk.world.writing() as cur:
        way_back.drop_way(cur, talk.world.shop_id, "woocommerce", ANNA)
    deed = talk.change(note="Ring twice")
    assert talk.world.one("select count(*) from outbox_command") == 0
    with talk.world.writing() as cur:
        assert write_back.is_told_by_hand(cur, talk.world.shop_id, deed)
        assert write_back.entered(cur, talk.world.shop_id, deed, ANNA, talk.world.now)
    talk.woo.put(talk.woo.order("77") | {"customer_note": "Ring twice", "date_modified_gmt": "2026-03-02T12:30:00"})
    talk.seen()
    assert talk.states() == {"note": "written"}


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"address": {"country": "LV", "city": "Riga", "street": ""}}, {"address": "empty"}),
        ({"address": {"country": "Latvia", "city": "Riga", "street": "A"}}, {"address": "country"}),
        ({"note": "x" * 2001}, {"note": "too_long"}),
        ({"lines": [LineAsked("line:CUP", Decimal(-1))]}, {"line:CUP": "quantity"}),
        ({"lines": [LineAsked("line:CUP", Decimal("NaN"))]}, {"line:CUP": "quantity"}),
        ({"lines": [LineAsked("line:CUP", Decimal("0.0001"))]}, {"line:CUP": "quantity"}),
        ({"lines": [LineAsked("line:CUP", Decimal(0)), LineAsked("line:KETTLE", Decimal(0))]}, {"lines": "empty"}),
        ({"lines": [LineAsked("line:SPOON", Decimal(1))]}, {"line:SPOON": "changed"}),
        ({"add": [LineAsked(sku="NOTHING")]}, {"add": "unknown_product"}),
        ({"add": [LineAsked(sku="CUP")]}, {"add": "twice"}),
        ({"note": "x", "seen": {"note": "what it no longer is"}}, {"note": "changed"}),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(talk: Talk, asked: dict[str, Any], problem: dict[str, str]) -> None:
    with pytest.raises(EditError) as refused:
        talk.change(**asked)
    assert refused.value.problems == problem


def test_secrets_of_the_shop_s_interface_lie_encrypted(talk: Talk) -> None:
    stored = talk.world.one("select secrets::text from orders_way_back")
    assert KEY not in stored
    assert SECRET not in stored


def _told(talk: Talk, **asked: Any) -> int:
    deed = talk.change(**asked)
    with telling():
        talk.until_told()
    return deed


def _look(talk: Talk) -> int:
    return unconfirmed.check_once(talk.world.raw)


@pytest.fixture
def lead(talk: Talk) -> int:
    """A supervisor, and an operator who needn't hear of it."""
    with talk.world.writing() as cur:
        staff.create_account(cur, talk.world.shop_id, "o@staff.test", "Olga", "operator", SYSTEM)
        return staff.create_account(cur, talk.world.shop_id, "l@staff.test", "Lea", "supervisor", SYSTEM)


def _notices(talk: Talk) -> list[tuple[Any, ...]]:
    return talk.world.rows("select account_id, kind, subject from staff_notice order by id")


def test_what_the_shop_never_shows_is_told_to_the_lead_once(talk: Talk, lead: int) -> None:
    _told(talk, note="Ring twice", lines=[LineAsked("line:CUP", Decimal(3))])
    talk.world.later(minutes=59)
    assert _look(talk) == 0
    with db.open_cursor(talk.world.raw) as cur:
        assert unconfirmed.next_check(cur) == talk.world.now + timedelta(minutes=1)
    talk.world.later(minutes=1)
    assert _look(talk) == 2
    assert _notices(talk) == [(lead, "change_unconfirmed", f"order:{talk.order_id}")]
    talk.world.later(days=2)
    assert _look(talk) == 0
    assert len(_notices(talk)) == 1
    assert set(talk.states().values()) == {"waiting"}
    talk.seen()
    assert set(talk.states().values()) == {"written"}


def test_a_word_of_the_shop_in_time_leaves_nothing_to_look_at(talk: Talk, lead: int) -> None:
    _told(talk, note="Ring twice")
    talk.seen()
    talk.world.later(hours=2)
    assert _look(talk) == 0
    assert _notices(talk) == []


def test_an_unconfirmed_change_that_the_shop_contradicts_is_a_conflict_as_ever(talk: Talk) -> None:
    _told(talk, note="Ring twice")
    talk.world.later(hours=2)
    assert _look(talk) == 1
    there = talk.woo.order("77") | {"customer_note": "Call before", "date_modified_gmt": "2026-03-02T13:30:00"}
    talk.woo.put(there)
    talk.seen()
    assert talk.states() == {"note": "conflict"}
    assert talk.world.rows("select kind, state from desk_task") == [("decision", "open")]


def test_a_shop_s_own_time_to_show_it_holds(talk: Talk) -> None:
    with talk.world.writing() as cur:
        way = way_back.Way(
            "woocommerce", "woocommerce", talk.woo.url, {"key": KEY, "secret": SECRET}, {"confirm_minutes": 1440}
        )
        way_back.set_way(cur, talk.world.shop_id, way, ANNA)
    _told(talk, note="Ring twice")
    talk.world.later(hours=23)
    assert _look(talk) == 0
    talk.world.later(hours=1)
    assert _look(talk) == 1


def test_told_again_it_is_a_telling_of_its_own(talk: Talk, tmp_path: Path) -> None:
    with called(tmp_path) as other:
        with talk.world.writing() as cur:
            way = way_back.Way("woocommerce", "webhook", f"{other.url}/hook", {"secret": WINDOW_SECRET})
            way_back.set_way(cur, talk.world.shop_id, way, ANNA)
        deed = _told(talk, note="Ring twice")
        talk.world.later(hours=2)
        assert _look(talk) == 1
        with talk.world.writing() as cur:
            again = unconfirmed.tell_again(cur, talk.world.shop_id, deed, ANNA, talk.world.now)
            assert unconfirmed.tell_again(cur, talk.world.shop_id, deed, ANNA, talk.world.now) is None
        with telling():
            talk.until_told()
        assert [t["headers"]["webhook-id"] for t in other.told()] == [f"chg_{deed}", f"chg_{again}"]
        said = [json.loads(t["body"])["data"]["changes"] for t in other.told()]
        assert said[0] == said[1]
    assert [s for (s,) in talk.world.rows("select state from orders_change order by id")] == ["replaced", "waiting"]
    talk.woo.put(talk.woo.order("77") | {"customer_note": "Ring twice", "date_modified_gmt": "2026-03-02T14:30:00"})
    talk.seen()
    assert talk.states() == {"note": "written"}


def test_kept_it_waits_without_a_reminder_and_dropped_it_is_wanted_no_more(talk: Talk, lead: int) -> None:
    deed = _told(talk, note="Ring twice")
    with talk.world.writing() as cur:
        assert not unconfirmed.keep(cur, talk.world.shop_id, deed, ANNA)
    talk.world.later(hours=2)
    assert _look(talk) == 1
    with talk.world.writing() as cur:
        assert unconfirmed.keep(cur, talk.world.shop_id, deed, ANNA)
    talk.world.later(days=2)
    assert _look(talk) == 0
    (kept,) = _changes(talk)
    assert (kept.state, kept.is_kept) == ("waiting", True)
    with talk.world.writing() as cur:
        assert unconfirmed.drop(cur, talk.world.shop_id, deed, ANNA, talk.world.now)
        assert not unconfirmed.drop(cur, talk.world.shop_id, deed, ANNA, talk.world.now)
    assert talk.states() == {"note": "withdrawn"}
    assert len(_notices(talk)) == 1


def test_what_the_shop_does_not_know_of_yet_can_neither_be_told_again_nor_dropped(talk: Talk) -> None:
    deed = talk.change(note="Ring twice", undo_for=write_back.UNDO)
    with talk.world.writing() as cur:
        assert unconfirmed.tell_again(cur, talk.world.shop_id, deed, ANNA, talk.world.now) is None
        assert not unconfirmed.drop(cur, talk.world.shop_id, deed, ANNA, talk.world.now)
    assert talk.states() == {"note": "waiting"}


def test_what_was_entered_by_hand_and_never_seen_is_told_too(talk: Talk, lead: int) -> None:
    with talk.world.writing() as cur:
        way_back.drop_way(cur, talk.world.shop_id, "woocommerce", ANNA)
    deed = talk.change(note="Ring twice")
    with talk.world.writing() as cur:
        assert write_back.entered(cur, talk.world.shop_id, deed, ANNA, talk.world.now)
    talk.world.later(hours=1)
    assert _look(talk) == 1
    assert len(_notices(talk)) == 1


def _changes(talk: Talk) -> list[edits.ChangeRow]:
    with db.open_cursor(talk.world.raw) as cur:
        return edits.of_orders(cur, talk.world.shop_id, [talk.order_id])


def test_a_look_that_dies_before_its_commit_is_made_again(
    talk: Talk, lead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_FAILPOINTS", "on")
    _told(talk, note="Ring twice")
    talk.world.later(hours=1)
    failpoints.arm("unconfirmed.before_commit:raise", None)
    with pytest.raises(failpoints.FailpointRaised):
        _look(talk)
    failpoints.arm("", None)
    assert _notices(talk) == []
    assert _look(talk) == 1
    assert len(_notices(talk)) == 1
