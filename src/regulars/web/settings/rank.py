"""The order of calls as a list that leads edit: moved by buttons, with who would be next before it is saved, and undo.

What is being changed stands in the address until it is saved, so that it needs no script and the back button works.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import order_of_calls, ranking
from regulars.desk.order_of_calls import NEAR_MOST, OrderRefused
from regulars.desk.ranking import Order
from regulars.rules import rank as rules
from regulars.shop import actions as shop_actions
from regulars.shop import queries as shops
from regulars.web import rows
from regulars.web import undo as toasts
from regulars.web.access import LEADS, Seat, staff
from regulars.web.desk.why import RULES, rule_sentence, why_here
from regulars.web.page import say_for
from regulars.web.say import Say
from regulars.web.settings.form import Field, Form
from regulars.web.settings.page import said, say_saved, show_settings

__all__ = ["page", "save", "save_limits", "undo"]

PREVIEWED = 10


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The list as it stands, or as it would be."""
    with db.transact() as cur:
        asked, problem = _asked(request, _stands(cur, seat))
    return _show(request, seat, asked, problem)


@staff("POST", roles=LEADS)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The new order holds."""
    form = Form(request.POST)
    near = form.number("near", 0, NEAR_MOST)
    order = request.POST.get("order", "").split(",")
    with db.transact() as cur:
        stands = _stands(cur, seat)
        if not form.is_good:
            return _show(request, seat, stands, form.problems["near"], status=422)
        try:
            order_of_calls.set_order(cur, seat.shop.id, order, near, seat.actor)
        except OrderRefused as error:
            return _show(request, seat, stands, _refusal(error.code, error.rule), status=422)
    toasts.offer(
        request, _("The order of calls is changed; it holds at every desk."), reverse("web:settings_rank_undo")
    )
    return redirect("web:settings_rank")


@staff("POST", roles=LEADS)
def undo(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The order before the last change holds again."""
    with db.transact() as cur:
        done = order_of_calls.undo_order(cur, seat.shop.id, seat.actor)
    said(request, _("The order is as it was before.") if done else _("There is no change to take back."))
    return redirect("web:settings_rank")


@staff("POST", roles=LEADS)
def save_limits(request: HttpRequest, seat: Seat) -> HttpResponse:
    """How much work is given to somebody, and when it goes back."""
    form = Form(request.POST)
    changes = {
        "most_tasks": form.number("most_tasks", 1, 100),
        "silent_minutes": form.number("silent_minutes", 2, 240),
        "break_minutes": form.number("break_minutes", 0, 240),
    }
    with db.transact() as cur:
        stands, now = _stands(cur, seat), clock.now_from(cur)
        if form.is_good:
            shop_actions.set_settings(cur, seat.shop.id, changes, seat.actor)
    if not form.is_good:
        return _show(request, seat, stands, "", form, 422)
    say_saved(request, seat, now, where="limits")
    return redirect("web:settings_rank")


def _stands(cur: Cursor, seat: Seat) -> Order:
    own = shops.own_settings(cur, seat.shop.id)
    return Order(rules.DEFAULT if rules.problem(own.rank) else own.rank, own.near)


def _asked(request: HttpRequest, stands: Order) -> tuple[Order, str]:
    """The order in the address, and why it may not be if so: then as much of it as may."""
    near, problem = stands.near, ""
    if "near" in request.GET:
        form = Form(request.GET)
        minutes = form.number("near", 0, NEAR_MOST)
        near, problem = (timedelta(minutes=minutes), "") if form.is_good else (near, form.problems["near"])
    order: Sequence[str] = stands.rules
    if "order" in request.GET:
        wanted = request.GET["order"].split(",")
        wrong = rules.problem(wanted)
        if wrong is None:
            order = wanted
        else:
            problem = problem or _refusal(*wrong)
    return Order(tuple(order), near), problem


def _refusal(code: str, rule: str) -> str:
    if code == "asked_behind":
        return _(
            "A call-back that the buyer asked for never loses its rank: only a lost incoming call may stand before it, so"
            " “%(rule)s” can’t."
        ) % {"rule": RULES[rule]}
    return _("The list must hold each of its rules once.")


def _show(
    request: HttpRequest, seat: Seat, asked: Order, problem: str, limits: Form | None = None, status: int = 200
) -> HttpResponse:
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        own = shops.own_settings(cur, seat.shop.id)
        stands = _stands(cur, seat)
        context: dict[str, Any] = {
            "rules": _rules(asked, stands),
            "near": int(asked.near.total_seconds() // 60),
            "near_most": NEAR_MOST,
            "order": ",".join(asked.rules),
            "is_changed": asked != stands,
            "preview": _preview(cur, seat, say, asked, stands),
            "problem": problem,
            "is_default": tuple(asked.rules) == rules.DEFAULT,
            "default": _address(rules.DEFAULT, asked),
            "fields": [
                Field(
                    "most_tasks", _("Tasks at once"), own.most_tasks, kind="number", is_short=True,
                    hint=_("So many a person may have; paused ones don’t count. One person may have a number of his own."),
                ),
                Field(
                    "silent_minutes", _("Silent means away after"), int(own.silent.total_seconds() // 60), kind="number",
                    is_short=True, unit=_("minutes"),
                    hint=_("When a desk gives no sign of life so long, its tasks go back to the queue."),
                ),
                Field(
                    "break_minutes", _("A break keeps tasks for"), int(own.break_keeps.total_seconds() // 60),
                    kind="number", is_short=True, unit=_("minutes"),
                    hint=_("At the longest; then they go back to the queue."),
                ),
            ],
        }  # fmt: skip
    if limits is not None:
        limits.shown(context["fields"])
    context["may_change"] = True
    return show_settings(request, seat, "settings_rank", "settings_rank", context, status)


def _rules(asked: Order, stands: Order) -> list[dict[str, Any]]:
    """Each rule as a sentence, with the ways up and down and why one is barred."""
    out = []
    for at, rule in enumerate(asked.rules):
        ways: dict[str, Any] = {}
        for name, to in (("up", at - 1), ("down", at + 1)):
            if not 0 <= to < len(asked.rules):
                ways |= {name: "", f"{name}_barred": ""}
                continue
            moved = list(asked.rules)
            moved[at], moved[to] = moved[to], moved[at]
            wrong = rules.problem(moved)
            ways |= {
                name: "" if wrong else _address(moved, asked),
                f"{name}_barred": _refusal(*wrong) if wrong else "",
            }
        out.append(
            {"key": rule, "n": at + 1, "sentence": rule_sentence(rule, asked), "was": stands.rules[at] != rule, **ways}
        )
    return out


def _address(order: Sequence[str], asked: Order) -> str:
    return "?" + urlencode([("order", ",".join(order)), ("near", str(int(asked.near.total_seconds() // 60)))])


def _preview(cur: Cursor, seat: Seat, say: Say, asked: Order, stands: Order) -> list[dict[str, Any]]:
    """The next ten, each with the rule by which, and where it stands by the order that holds."""
    found = ranking.shown_first(cur, seat.shop.id, say.now, asked, limit=PREVIEWED)
    before = ranking.next_ids(cur, seat.shop.id, say.now, limit=3 * PREVIEWED, order=stands)
    names = rows.names_of(cur, seat, [t.person_id for t in found], [t.order_id for t in found])
    out = []
    for at, task in enumerate(found):
        was = before.index(task.id) if task.id in before else None
        out.append(
            {
                "id": task.id,
                "who": names.called(task.person_id, say),
                "order": names.order(task.order_id),
                "why": why_here(task, asked, say),
                "was": "" if was == at else (str(was + 1) if was is not None else f"> {3 * PREVIEWED}"),
            }
        )
    return out
