"""The one list of events."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from regulars import core
from regulars.core.vocabulary import EVENT_KINDS, is_known, suggest

SOURCE = Path(core.__file__).parents[1]
CONTRACT = [
    "order.placed", "order.changed", "order.processing", "order.ready", "order.shipped", "order.delivered",
    "order.cancelled", "order.returned", "order.paid", "order.part_refunded", "order.refunded", "payment.failed",
    "cart.abandoned", "lead.created", "message.sent", "message.opened", "message.clicked", "message.bounced",
    "message.complained", "answer.given", "call.incoming", "call.missed", "call.answered", "task.finished",
    "review.left",
]  # fmt: skip


def test_the_contract_is_in_it():
    assert [kind for kind in CONTRACT if kind not in EVENT_KINDS] == []


def test_every_kind_has_its_form_and_its_words():
    for kind in EVENT_KINDS.values():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", kind.kind) and kind.en and kind.ru and kind.category


@pytest.mark.parametrize("kind", ["x.visit", "x.showroom.visited", "x.a_1"])
def test_a_shop_may_add_its_own(kind):
    assert is_known(kind)


@pytest.mark.parametrize("kind", ["", "x.", "x", "X.visit", "x.Visit", "order.eaten", "x." + "a" * 99, "x.a\n"])
def test_all_else_is_unknown(kind):
    assert not is_known(kind)


def test_a_slip_of_the_pen_is_understood():
    assert suggest("order.deliverd") == "order.delivered" and suggest("qqqqqq") is None


def test_the_schemes_that_ship_use_only_known_events():
    folder = SOURCE / "schemes"
    kinds = set(re.findall(r"\b(?:order|payment|message|shipment|lead|review)\.[a-z_]+\b", "".join(
        line.split("#")[0] for path in folder.glob("*.yaml") for line in path.read_text().splitlines(keepends=True)
        if re.search(r"event:|starts:|stops:|after:", line))))  # fmt: skip
    assert kinds and all(is_known(kind) for kind in kinds)


def test_whatever_the_product_records_is_in_it():
    recorded = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r'(?:NewEvent\(|record_change\(cur,|event=)\s*"([a-z.]+\.[a-z_]+)"', text):
            recorded.add(match[1])
    assert {"message.sent", "promise.broken"} <= recorded
    assert [kind for kind in sorted(recorded) if not is_known(kind)] == []
