"""WooCommerce: the recorded deliveries, and the traps that the vendor sets."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import regulars.feeds
from regulars.feeds.woocommerce import parse as woocommerce
from regulars.intake.feed_registry import Accept, Delivered, Ignored, Item, Request
from regulars.orders.snapshot import OrderSnapshot, decode_order
from tests.feeds.senders import captured

regulars.feeds.register_all()
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RECORDED = captured()


def parsed(body: dict[str, Any], topic: str = "order.updated", **settings: Any) -> Item | Ignored:
    [found] = woocommerce.parse(Delivered({"x-wc-webhook-topic": topic}, json.dumps(body).encode(), settings))
    assert isinstance(found, Item | Ignored)
    return found


def order(change: dict[str, Any] | None = None, n: int = 7, **settings: Any) -> OrderSnapshot:
    found = parsed(json.loads(RECORDED[n]["body"]) | (change or {}), **settings)
    assert isinstance(found, Item)
    return decode_order(found.body)


@pytest.mark.parametrize("secret", ['s3cr&t"x', "s3cr&amp;t&quot;x", "s3cr&#038;t&#x22;x"])
@pytest.mark.parametrize("n", range(len(RECORDED)))
def test_the_recorded_signatures_hold_however_the_owner_wrote_the_secret(n: int, secret: str) -> None:
    headers = {name.lower(): value for name, value in RECORDED[n]["headers"].items()}
    request = Request("POST", headers, "", RECORDED[n]["body"].encode())
    assert isinstance(woocommerce.check(request, [secret], NOW), Accept)


def test_two_orders_of_one_second_share_the_vendors_delivery_number_and_are_not_taken_for_one() -> None:
    fifth, second = (RECORDED[n]["headers"]["X-WC-Webhook-Delivery-ID"] for n in (5, 2))
    assert fifth == second
    headers = {name.lower(): value for name, value in RECORDED[5]["headers"].items()}
    assert woocommerce.identity(Request("POST", headers, "", b"")) is None


def test_the_recorded_deliveries_say_what_happened_in_the_shop() -> None:
    told: list[Any] = []
    for delivery in RECORDED:
        headers = {name.lower(): value for name, value in delivery["headers"].items()}
        [found] = woocommerce.parse(Delivered(headers, delivery["body"].encode()))
        if isinstance(found, Item) and found.kind == "orders":
            one = decode_order(found.body)
            told.append((one.id, one.status, one.payment.status, one.total))
        else:
            told.append(getattr(found, "reason", None) or getattr(found, "kind", None))
    assert told == [
        ("17", "new", "unpaid", 8270),
        ("17", "new", "unpaid", 8270),
        "gone_meanwhile",
        "gone_meanwhile",
        "products",
        ("15", "new", "unpaid", 3890),
        ("15", "new", "unpaid", 3890),
        ("15", "processing", "paid", 3890),
        ("15", "processing", "part_refunded", 3890),
        ("15", "delivered", "part_refunded", 3890),
        "deleted",
    ]


def test_a_guest_with_cash_on_delivery() -> None:
    one = order(n=0)
    assert one.buyer is not None
    assert (one.buyer.id, one.buyer.name, one.buyer.email) == (None, "Anna Beispiel", "anna@example.test")
    assert one.buyer.address == {
        "country": "DE", "region": "DE-BE", "city": "Berlin", "street": "Weg 1", "postcode": "10115",
    }  # fmt: skip
    assert one.placed_at.isoformat() == "2026-11-24T12:16:57+01:00"
    assert one.updated_at.isoformat() == "2026-11-24T11:16:57+00:00"
    assert (one.payment.method, one.payment.pay_url is not None, one.note) == ("cod", True, "after 18")
    assert [(line.sku, str(line.quantity), line.price) for line in one.lines] == [("TK-1", "2", Decimal("38.9"))]
    assert one.delivery.method == "Standard"


def test_a_refund_leaves_the_version_and_moves_the_payment() -> None:
    paid, refunded = order(n=7), order(n=8)
    assert paid.updated_at == refunded.updated_at
    assert refunded.payment.rest["refunded_total"] == "5.00"
    full = order({"refunds": [{"id": 1, "total": "-38.90"}]})
    assert (full.payment.status, full.status) == ("refunded", "processing")


@pytest.mark.parametrize(
    ("change", "status", "payment"),
    [
        ({"status": "pending", "date_paid_gmt": None}, "new", "unpaid"),
        ({"status": "failed", "date_paid_gmt": None}, "new", "failed"),
        ({"status": "cancelled", "date_paid_gmt": None}, "cancelled", None),
        ({"status": "processing", "date_paid_gmt": None, "payment_method": "cod"}, "processing", "unpaid"),
        ({"status": "processing", "date_paid_gmt": None, "payment_method": "bacs"}, "processing", None),
        ({"status": "refunded"}, "cancelled", "refunded"),
        ({"status": "refunded", "date_completed_gmt": "2026-11-24T12:00:00"}, "returned", "refunded"),
        ({"status": "trash"}, "cancelled", "paid"),
        ({"status": "trash", "date_completed_gmt": "2026-11-24T12:00:00"}, "delivered", "paid"),
        ({"status": "wc-packed"}, "processing", "paid"),
        ({"status": "wc-packed", "date_paid_gmt": None}, "new", None),
    ],
)
def test_states(change: dict[str, Any], status: str, payment: str | None) -> None:
    one = order(change)
    assert (one.status, one.payment.status) == (status, payment)
    assert (one.cancelled_at is not None) == (status == "cancelled")


def test_a_shop_says_what_completed_and_its_own_statuses_mean() -> None:
    done = {"status": "completed", "date_completed_gmt": "2026-11-24T12:00:00"}
    shipped = order(done, completed="shipped")
    assert (shipped.status, shipped.delivery.delivered_at) == ("shipped", None)
    assert shipped.delivery.shipped_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert order(done).delivery.delivered_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert order({"status": "packed"}, statuses={"packed": "ready"}).status == "ready"


def test_fees_coupons_and_endless_prices_lose_no_order() -> None:
    line = json.loads(RECORDED[7]["body"])["line_items"][0]
    one = order(
        {
            "fee_lines": [{"name": "Gift wrap", "total": "2.00"}, {"name": "Loyalty", "total": "-1.00"}],
            "coupon_lines": [{"code": "SPRING"}],
            "line_items": [line | {"price": 12.966666666666667, "sku": ""}, line | {"quantity": 0}],
        }
    )
    assert one.codes == ("SPRING",)
    assert one.rest["fees"] == [{"name": "Gift wrap", "total": "2.00"}, {"name": "Loyalty", "total": "-1.00"}]
    assert [(x.sku, str(x.price)) for x in one.lines] == [("wc-10", "12.966667")]


@pytest.mark.parametrize(
    ("body", "topic", "reason"),
    [
        ({"id": 7}, "order.deleted", "deleted"),
        ({"id": 7}, "product.deleted", "deleted"),
        ({"action": "my_hook", "arg": 7}, "action.my_hook", "custom_action"),
        ({"id": 7, "code": "SPRING"}, "coupon.created", "not_needed"),
        ({"id": 7, "status": "checkout-draft", "line_items": []}, "order.created", "not_placed_yet"),
        (
            {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}},
            "order.updated",
            "gone_meanwhile",
        ),
    ],
)
def test_what_needs_nothing_says_why(body: dict[str, Any], topic: str, reason: str) -> None:
    assert parsed(body, topic) == Ignored(reason)


def test_a_customer_and_a_product() -> None:
    person = parsed(
        {"id": 5, "email": "o@example.test", "first_name": "Olga", "billing": {"phone": "+49"}}, "customer.updated"
    )
    assert isinstance(person, Item)
    assert (person.kind, json.loads(person.body)["phone"]) == ("people", "+49")
    found = parsed({"id": 10, "sku": "", "name": "Kettle", "stock_quantity": -2}, "product.updated")
    assert isinstance(found, Item)
    assert json.loads(found.body) == {"sku": "wc-10", "name": "Kettle"}
