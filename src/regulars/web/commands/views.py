"""What other systems are told: what waits, what failed and why; tried again or given up by hand.

Owns the list and its two deeds. What a command does is its handler's matter.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.orders import queries as orders
from regulars.outbox import command_queries as queries
from regulars.outbox import commands
from regulars.outbox.command_queries import CommandRow
from regulars.outbox.commands import CommandError
from regulars.web import paging, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.actors import actors
from regulars.web.page import say_for, show
from regulars.web.say import Say

__all__ = ["again", "give_up", "listing"]

VIEWS = {
    "stuck": (gettext_lazy("ask for a person"), queries.STUCK),
    "open": (gettext_lazy("waiting"), ("queued", "sending")),
    "done": (gettext_lazy("told"), ("done",)),
    "all": (gettext_lazy("all"), None),
}
TONES = {"failed": "late", "unknown": "late", "done": "ok", "kept": "line", "queued": "soon", "sending": "soon"}


@staff("GET", roles=LEADS)
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The commands, newest first."""
    with db.transact() as cur:
        stuck = queries.stuck_count(cur, seat.shop.id)
        view = paging.text_of(request, "state", list(VIEWS)) or ("stuck" if stuck else "all")
        say = say_for(seat, clock.now_from(cur))
        mark = paging.after_id(request)
        rows, following = paging.split(
            queries.listing(cur, seat.shop.id, states=VIEWS[view][1], before=mark, limit=paging.PAGE + 1),
            lambda row: paging.id_mark(row.id),
        )
        here = reverse("web:commands")
        context = {
            "commands": _shown(cur, seat, say, list(rows)),
            "views": [
                {
                    "href": f"{here}?state={key}",
                    "on": key == view,
                    "text": label,
                    "n": stuck if key == "stuck" and stuck else "",
                }
                for key, (label, _states) in VIEWS.items()
            ],
            "view": view,
            "targets": [
                {
                    "name": _target(t.target),
                    "why": words.word(words.COMMAND_ANSWERS, t.trouble),
                    "until": say.when(t.paused_until) if t.paused_until else "",
                }
                for t in queries.targets(cur, seat.shop.id)
            ],
            "next": paging.next_query(request, following),
            "is_first": mark is None,
        }
    return show(request, seat, "commands", "commands", context)


@staff("POST", roles=LEADS)
def again(request: HttpRequest, seat: Seat, command_id: int) -> HttpResponse:
    """Try it again now."""
    try:
        with db.transact() as cur:
            commands.try_again(cur, seat.shop.id, command_id, seat.actor, clock.now_from(cur))
    except CommandError as error:
        return _refused(request, error)
    messages.success(request, _("It is tried again now."))
    return redirect("web:commands")


@staff("POST", roles=LEADS)
def give_up(request: HttpRequest, seat: Seat, command_id: int) -> HttpResponse:
    """Never tell it."""
    try:
        with db.transact() as cur:
            commands.give_up(cur, seat.shop.id, command_id, seat.actor, clock.now_from(cur))
    except CommandError as error:
        return _refused(request, error)
    messages.success(request, _("Given up: it is not told any more."))
    return redirect("web:commands")


def _refused(request: HttpRequest, error: CommandError) -> HttpResponse:
    if error.code == "not_found":
        raise Http404
    messages.warning(request, _("It is on its way or done already."))
    return redirect("web:commands")


def _target(target: str) -> str:
    kind, _colon, name = target.partition(":")
    return _("the shop (%(source)s)") % {"source": words.word(words.SOURCES, name)} if kind == "shop" else name or kind


def _shown(cur: Cursor, seat: Seat, say: Say, rows: list[CommandRow]) -> list[dict[str, Any]]:
    who = actors(cur, seat, [r.actor for r in rows])
    known = orders.by_id(cur, seat.shop.id, [r.order_id for r in rows if r.order_id])
    return [
        {
            "id": r.id,
            "what": words.word(words.COMMANDS, r.kind),
            "target": _target(r.target),
            "order": known.get(r.order_id or 0),
            "who": who.name(r.actor),
            "at": say.when(r.asked_at),
            "state": words.word(words.COMMAND_STATES, r.state),
            "tone": TONES.get(r.state, ""),
            "tries": r.tries,
            "why": words.word(words.COMMAND_ANSWERS, r.answer.get("code")) if r.answer.get("code") else "",
            "text": r.answer.get("text", ""),
            "retry": say.when(r.retry_at) if r.state == "queued" and r.tries and r.retry_at else "",
            "can_retry": r.state in queries.STUCK or (r.state == "queued" and r.tries > 0),
            "can_give_up": r.state in ("queued", "failed", "unknown") and (r.tries > 0 or r.state != "queued"),
        }
        for r in rows
    ]
