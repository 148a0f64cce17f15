"""What is wrong with something that came from outside, in words: by the code of the reason, in the reader's language.

Owns a heading, what was wanted, and how to mend it for each code; a code without words is shown as it is.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.web import words

__all__ = ["ALWAYS", "heading", "item_name", "wanted"]

ALWAYS = frozenset({"internal", "conflict", "nobody"})
"""Reasons that a reading of the body alone can't see: they show when it is taken in."""

_HEADINGS: Mapping[str, Any] = {
    "missing": gettext_lazy("Something required is missing"),
    "empty": gettext_lazy("A required text is empty"),
    "wrong_type": gettext_lazy("Not the kind of value that is wanted"),
    "too_long": gettext_lazy("The text is too long"),
    "unknown_value": gettext_lazy("A word that isn’t known here"),
    "unknown_currency": gettext_lazy("Unknown currency"),
    "not_a_time": gettext_lazy("Not a time"),
    "no_offset": gettext_lazy("Time without a zone"),
    "out_of_range": gettext_lazy("Out of bounds"),
    "not_an_amount": gettext_lazy("Not an amount of money"),
    "negative": gettext_lazy("Below zero"),
    "not_a_number": gettext_lazy("Not a number"),
    "too_precise": gettext_lazy("Too many decimals"),
    "too_many": gettext_lazy("Too many at once"),
    "not_json": gettext_lazy("Not readable as JSON"),
    "not_utf8": gettext_lazy("Not UTF-8 text"),
    "too_deep": gettext_lazy("Nested too deeply"),
    "bad_number": gettext_lazy("A number that JSON doesn’t have"),
    "bad_text": gettext_lazy("A broken character in a text"),
    "duplicate_key": gettext_lazy("The same key twice"),
    "unknown_kind": gettext_lazy("Of an unknown kind"),
    "unknown_feed": gettext_lazy("The feed is gone"),
    "unknown_topic": gettext_lazy("Of an unknown topic"),
    "nobody": gettext_lazy("Nobody is named"),
    "conflict": gettext_lazy("Came before with other content"),
    "internal": gettext_lazy("Our own fault"),
    "bounce_unclear": gettext_lazy("A letter came back, in words for people only"),
    "no_sender": gettext_lazy("A mail without a sender"),
    "not_this_provider": gettext_lazy("Not from this mail provider"),
    "too_big": gettext_lazy("Too large"),
}
_WANTED: Mapping[str, Any] = {
    "missing": gettext_lazy("Without it we can’t take this in. Add it here, or where it is sent from."),
    "empty": gettext_lazy("Without it we can’t take this in. Fill it in here, or where it is sent from."),
    "wrong_type": gettext_lazy("Another kind of value is wanted: text, a number, a list or an object."),
    "too_long": gettext_lazy("Shorten it."),
    "unknown_value": gettext_lazy("One of the known words is wanted."),
    "unknown_currency": gettext_lazy("Three letters of ISO 4217 are wanted, such as RUB."),
    "not_a_time": gettext_lazy("A time with its zone is wanted, such as 2026-03-02T10:15:00+03:00."),
    "no_offset": gettext_lazy("Add the zone at its end, such as +03:00; we never guess it."),
    "out_of_range": gettext_lazy("Such a value can’t be right. Compare it with the shop."),
    "not_an_amount": gettext_lazy(
        "A decimal number as text is wanted, such as 12480.00: without spaces, with a point, without the currency."
    ),
    "negative": gettext_lazy("Nothing below zero is taken here. Discounts and returns have fields of their own."),
    "not_a_number": gettext_lazy("A number with a decimal point is wanted, such as 1.5."),
    "too_precise": gettext_lazy("Round it in the shop, so that we don’t have to guess."),
    "too_many": gettext_lazy("Send it in several parts."),
    "not_json": gettext_lazy("From the marked place on it isn’t JSON: often a comma, a quote or a bracket is missing."),
    "not_utf8": gettext_lazy("The sender has to write UTF-8. It can be taken in again once that is mended there."),
    "too_deep": gettext_lazy("At most 64 levels are read. The sender’s program most likely repeats itself."),
    "bad_number": gettext_lazy("NaN, Infinity, minus zero and endless digits are no numbers. Put a plain one."),
    "bad_text": gettext_lazy("Take the broken character out."),
    "duplicate_key": gettext_lazy("We don’t guess which of the two counts. Take one of them out."),
    "unknown_kind": gettext_lazy("We know orders, people, products and events."),
    "unknown_feed": gettext_lazy("This installation has no feed of that kind. Put it back, then take this in again."),
    "unknown_topic": gettext_lazy("Switch the webhook off in the shop, or leave this aside."),
    "nobody": gettext_lazy("Add an id, an e-mail address or a telephone, so that we know who it is about."),
    "conflict": gettext_lazy("The first one stands. Compare the two; then take this in, or leave it aside."),
    "bounce_unclear": gettext_lazy("Read it, and mend the address in the shop if it is wrong; then leave this aside."),
    "no_sender": gettext_lazy("Nobody could be answered. Leave it aside."),
    "not_this_provider": gettext_lazy(
        "Check which address was given to which provider, and that it sends received mails."
    ),
    "too_big": gettext_lazy("Let the provider send parsed fields with files, not the raw mail."),
    "internal": gettext_lazy("We stumbled over it, and nothing is lost. Take it in again after the next update."),
}
_KINDS: Mapping[str, Any] = {
    "orders": gettext_lazy("Order %(id)s"),
    "people": gettext_lazy("Person %(id)s"),
    "products": gettext_lazy("Product %(id)s"),
    "events": gettext_lazy("Event %(id)s"),
    "messages": gettext_lazy("Message %(id)s"),
}
_ID = re.compile(r'"(number|id|sku)"\s*:\s*(?:"([^"\\]{1,40})"|(\d{1,20}))')
_LISTED = re.compile(r"must be one of ([\w, ]{1,300})")
_COUNTED = re.compile(r"(?:has|holds) (\d+) .*at most (\d+)")


def heading(code: str) -> str:
    """What is wrong, in a few words."""
    found = words.word(_HEADINGS, code)
    return found[:1].upper() + found[1:]


def wanted(code: str, detail: str) -> str:
    """What was wanted instead, and how to mend it; '' when we can't say. `detail`: the reader's own English sentence."""
    text = str(_WANTED.get(code, ""))
    listed, counted = _LISTED.search(detail), _COUNTED.search(detail)
    if listed and code == "unknown_value":
        text = _("Known here: %(words)s.") % {"words": listed[1]}
    elif counted and code in ("too_long", "too_many"):
        numbers = {"given": counted[1], "most": counted[2]}
        text = _("There are %(given)s, and at most %(most)s are taken.") % numbers + " " + text
    return text


def item_name(kind: str, key: str | None, excerpt: str, delivery_id: int) -> str:
    """What it is about: 'Order 1053' by its own id, where the beginning of the body tells one."""
    told = {found[1]: found[2] or found[3] for found in reversed(list(_ID.finditer(excerpt)))}
    name = key or told.get("number") or told.get("id") or told.get("sku")
    if name is None:
        return _("Delivery %(id)s") % {"id": f"…{delivery_id % 1_000_000:06d}"}
    if kind not in _KINDS and '"line_items"' in excerpt:
        kind = "orders"
    return str(_KINDS.get(kind, gettext_lazy("Delivery %(id)s"))) % {"id": name}
