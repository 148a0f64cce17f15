"""The motivation rule: what operators earn, from which day on; each version is kept for the days on which it held."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.reports import operators
from regulars.reports.actions import set_motivation
from regulars.rules.earnings import Rule, rule_on
from regulars.rules.money import MoneyError, to_minor, to_text
from regulars.web import words
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.actors import actors
from regulars.web.page import say_for
from regulars.web.say import Say
from regulars.web.settings.form import Field, Form
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["page", "save"]

KINDS = ("call", "case", "task", "promise")


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The rule that holds today, and all that were written down."""
    return _show(request, seat, None)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A new version."""
    form = Form(request.POST)
    currency = seat.shop.currency
    rule = Rule(
        _day(form),
        currency,
        _amount(form, "per_confirmed", currency),
        _share(form),
        {kind: _amount(form, f"per_{kind}", currency) for kind in KINDS},
    )
    if not form.is_good:
        return _show(request, seat, form, 422)
    with db.transact() as cur:
        set_motivation(cur, seat.shop.id, rule, seat.actor)
        now = clock.now_from(cur)
    say_saved(request, seat, now)
    return redirect("web:settings_motivation")


def _day(form: Form) -> date:
    try:
        found = date.fromisoformat(form.raw("effective_from", 10))
    except ValueError:
        found = date.min
    if not 2000 <= found.year < 2200:
        form.refuse("effective_from", _("Choose a day."))
    return found


def _amount(form: Form, name: str, currency: str) -> int:
    """An amount as people write one; nothing is none."""
    text = form.raw(name, 30).replace("\u00a0", "").replace(" ", "").replace(",", ".") or "0"
    try:
        minor = to_minor(text, currency)
        if minor >= 0:
            return minor
    except MoneyError:
        pass
    form.refuse(name, _("An amount, please, such as 150 or 99.50."))
    return 0


def _share(form: Form) -> int:
    """Hundredths of a per cent."""
    text = form.raw("revenue_share", 10).replace(",", ".").rstrip("%").strip() or "0"
    whole, _dot, part = text.partition(".")
    if whole.isascii() and whole.isdecimal() and len(part) <= 2 and (part or "0").isdecimal() and part.isascii():
        share = int(whole) * 100 + int(part.ljust(2, "0") or "0")
        if share <= 100_00:
            return share
    form.refuse("revenue_share", _("A share from 0 to 100, two decimals at most, such as 1.5."))
    return 0


def _show(request: HttpRequest, seat: Seat, form: Form | None, status: int = 200) -> HttpResponse:
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        today = say.here(say.now).date()
        found = operators.versions(cur, seat.shop.id)
        context: dict[str, Any] = {
            "rows": _fields(say, seat, rule_on([v.rule for v in found], today), today),
            "today": today.isoformat(),
            "day": today.isoformat() if form is None else form.raw("effective_from", 10),
            "day_problem": "" if form is None else form.problems.get("effective_from", ""),
            "versions": _versions(cur, seat, say, found),
        }
    if form is not None:
        form.shown(field for row in context["rows"] for field in row)
    return show_settings(request, seat, "settings_motivation", "settings_motivation", context, status)


def _fields(say: Say, seat: Seat, rule: Rule | None, today: date) -> list[list[Field]]:
    currency = seat.shop.currency
    now = rule or Rule(today, currency)
    share = say.number(Decimal(now.revenue_share) / 100) if now.revenue_share else ""
    return [
        [
            Field(
                "per_confirmed", _("For a confirmed order"), _typed(say, now.per_confirmed, currency), is_short=True,
                unit=currency, is_optional=True, hint=_("To whoever was the first to confirm it by telephone."),
            )
        ],
        [
            Field(
                "revenue_share", _("Share of revenue"), share, is_short=True, unit="%", is_optional=True,
                hint=_("Of the confirmed orders that are fully paid, on the day of the confirmation."),
            )
        ],
        [
            Field(
                f"per_{kind}", _("For a task: %(kind)s") % {"kind": words.word(words.KINDS_OF_TASK, kind)},
                _typed(say, now.per_task.get(kind, 0), currency), is_short=True, unit=currency, is_optional=True,
            )
            for kind in KINDS
        ],
    ]  # fmt: skip


def _typed(say: Say, minor: int, currency: str) -> str:
    """An amount as its field holds it; nothing where nothing is earned."""
    text = to_text(minor, currency) if minor else ""
    return text.replace(".", ",") if say.language == "ru" else text


def _versions(cur: Cursor, seat: Seat, say: Say, found: list[operators.Version]) -> list[dict[str, str]]:
    who = actors(cur, seat, [v.made_by for v in found])
    return [
        {
            "day": say.day(v.rule.effective_from),
            "said": _said(say, v.rule),
            "who": who.name(v.made_by),
        }
        for v in reversed(found)
    ]


def _said(say: Say, rule: Rule) -> str:
    """A version in a line."""
    parts = []
    if rule.per_confirmed:
        parts.append(_("%(sum)s for a confirmed order") % {"sum": say.money(rule.per_confirmed, rule.currency)})
    if rule.revenue_share:
        parts.append(_("%(share)s%% of revenue") % {"share": say.number(Decimal(rule.revenue_share) / 100)})
    for kind, minor in rule.per_task.items():
        if minor:
            what = {"kind": words.word(words.KINDS_OF_TASK, kind), "sum": say.money(minor, rule.currency)}
            parts.append(_("%(kind)s: %(sum)s") % what)
    return ", ".join(parts) or _("nothing")
