"""By what an order counts as a test, and how near the same order placed twice is pointed out; tried on orders of late first.

Owns how the rules are read out of a form and what is shown of a trial; what they do stands in orders/mark_rules.py.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.orders import mark_rules, queries
from regulars.orders.mark_rules import MarkRules
from regulars.people.points import email_address, phone_number
from regulars.rules.names import sort_key, tokens
from regulars.rules.phone import display
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.web import rows, words
from regulars.web import undo as toasts
from regulars.web.access import LEADS, Seat, staff
from regulars.web.page import say_for
from regulars.web.say import Say, span
from regulars.web.settings.form import Choice, Field, Form, chosen
from regulars.web.settings.page import said, show_settings

__all__ = ["page", "save", "undo"]

MOST = 50
"""Words of a rule, at most; and so many orders of a trial are shown."""
LONGEST = 2000
MANY_PERCENT, MANY = 10, 5
"""Where rules find a greater share of all orders, something is amiss."""
_UNITS: Mapping[str, tuple[Any, timedelta]] = {
    "days": (gettext_lazy("days"), timedelta(days=1)),
    "hours": (gettext_lazy("hours"), timedelta(hours=1)),
    "minutes": (gettext_lazy("minutes"), timedelta(minutes=1)),
}


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The rules that hold."""
    with db.transact() as cur:
        rules = MarkRules.of(shops.own_settings(cur, seat.shop.id))
    return _show(request, seat, _groups(rules), {})


@staff("POST", roles=LEADS)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Show what the rules as typed would find, or let them hold."""
    form = Form(request.POST)
    with db.transact() as cur:
        shop = shops.own_settings(cur, seat.shop.id)
        rules = _read(form, shop.country)
        groups = _groups(rules)
        form.shown(f for _title, _intro, fields in groups for f in fields)
        if not form.is_good:
            return _show(request, seat, groups, {}, 422)
        if request.POST.get("do") == "check":
            return _show(request, seat, groups, _trial(cur, seat, shop, rules))
        mark_rules.set_rules(cur, seat.shop.id, rules, seat.actor, clock.now_from(cur))
    toasts.offer(request, _("The rules are changed."), reverse("web:settings_unmeant_undo"))
    return redirect("web:settings_unmeant")


@staff("POST", roles=LEADS)
def undo(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The rules before the last change hold again."""
    with db.transact() as cur:
        done = mark_rules.undo_rules(cur, seat.shop.id, seat.actor, clock.now_from(cur))
    said(request, _("The rules are as they were before.") if done else _("There is no change to take back."))
    return redirect("web:settings_unmeant")


def _read(form: Form, country: str) -> MarkRules:
    unit = _UNITS[form.one_of("unit", _UNITS)][1]
    most = mark_rules.LONGEST_SPAN // unit
    return MarkRules(
        names=_listed(form, "names", _name, _("“%(word)s” is not a word of a name: only letters are compared.")),
        emails=_listed(form, "emails", _address, _("“%(word)s” is neither an address nor what stands behind its @.")),
        phones=_listed(form, "phones", lambda text: phone_number(text, country),
                       _("“%(word)s” is not a telephone number. Begin with + and the country’s code.")),
        methods=_listed(form, "methods", lambda text: text.lower() if len(text) <= 40 else None,
                        _("“%(word)s” is too long for a way of paying.")),
        zero="on" in form.data.getlist("zero"),
        within=form.number("within", 1, most) * unit,
    )  # fmt: skip


def _listed(form: Form, name: str, read: Callable[[str], str | None], problem: str) -> tuple[str, ...]:
    """What stands between commas, each once; the first that can't be read is named."""
    found: dict[str, None] = {}
    for typed in form.raw(name, LONGEST).replace(";", ",").replace("\n", ",").split(","):
        text = " ".join(typed.split())
        value = read(text) if text else None
        if value is not None:
            found[value] = None
        elif text:
            form.refuse(name, problem % {"word": text})
    if len(found) > MOST:
        form.refuse(name, _("That is too many: %(n)d at most.") % {"n": MOST})
    return tuple(found)


def _name(text: str) -> str | None:
    return text.lower() if tokens(text) == (sort_key(text),) else None


def _address(text: str) -> str | None:
    """An address in its written form, or a domain."""
    if "@" in text.lstrip("@"):
        return email_address(text)
    found = email_address("x@" + text.lstrip("@"))
    return None if found is None else found.partition("@")[2]


Groups = list[tuple[str, str, list[Field]]]


def _groups(rules: MarkRules) -> Groups:
    unit = next(key for key, (_label, size) in _UNITS.items() if not rules.within % size)
    several = _("Several are divided by commas.")
    return [
        (
            _("What counts as a test or a joke"),
            _("An order that fits one of these is marked as it comes: no calls, no letters, and no figure counts it."
              " Orders that are here already stay as they are."),
            [
                Field("names", _("A word of the buyer’s name"), ", ".join(rules.names), is_optional=True,
                      longest=LONGEST, hint=several),
                Field("emails", _("His e-mail, or its domain"), ", ".join(rules.emails), is_optional=True,
                      longest=LONGEST, hint=_("A whole address, or only what follows the @ for everybody there.")),
                Field("phones", _("His telephone"), ", ".join(display(p) for p in rules.phones), is_optional=True,
                      longest=LONGEST, hint=several),
                Field("methods", _("The way of paying"), ", ".join(rules.methods), is_optional=True, longest=LONGEST,
                      hint=_("As the shop’s system calls it.")),
                Field("zero", _("The total"), kind="checks",
                      choices=[Choice("on", _("an order of nothing is a test"), rules.zero)]),
            ],
        ),
        (
            _("The same order placed twice"),
            _("An order that looks like an earlier one of the same buyer is pointed out; a person decides."),
            [
                Field("within", _("How near to one another"), rules.within // _UNITS[unit][1], kind="number",
                      is_short=True, hint=_("Thirty days at most. It holds for the orders of late at once.")),
                Field("unit", _("Unit"), kind="select", is_short=True,
                      choices=chosen([(key, str(label)) for key, (label, _size) in _UNITS.items()], unit)),
            ],
        ),
    ]  # fmt: skip


def _show(
    request: HttpRequest, seat: Seat, groups: Groups, trial: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    context = {"groups": groups, "trial": trial}
    return show_settings(request, seat, "settings_unmeant", "settings_unmeant", context, status)


def _trial(cur: Cursor, seat: Seat, shop: ShopSettings, rules: MarkRules) -> dict[str, Any]:
    """What the rules find among the orders of late, the newest of each as links."""
    say = say_for(seat, clock.now_from(cur))
    found = mark_rules.tried(cur, shop, rules, say.now)
    tests, twins = list(found.tests)[:MOST], list(found.twins)[:MOST]
    listed = _orders(cur, seat, say, {*tests, *twins})
    return {
        "orders": found.orders,
        "orders_text": say.number(found.orders),
        "is_cut": found.is_cut,
        "is_many": len(found.tests) >= MANY and len(found.tests) * 100 > found.orders * MANY_PERCENT,
        "tests": [
            listed[i] | {"why": words.word(words.TEST_RULES, found.tests[i][0]), "is_new": found.tests[i][1]}
            for i in tests
        ],
        "tests_n": len(found.tests),
        "tests_more": len(found.tests) - len(tests),
        "twins": [listed[i] | {"other": found.twins[i].of, "apart": span(found.twins[i].apart)} for i in twins],
        "twins_n": len(found.twins),
        "twins_more": len(found.twins) - len(twins),
    }


def _orders(cur: Cursor, seat: Seat, say: Say, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    found = queries.by_id(cur, seat.shop.id, list(ids))
    return {row["id"]: row for row in rows.orders_list(cur, seat, say, list(found.values()))}
