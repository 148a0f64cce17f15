"""What is done from the board: a task given to somebody, taken back, given to another team; somebody called in.

Each says what it did and offers to undo it; what it means is desk/handing.py's.
"""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base import clock, db
from regulars.base.actor import Actor
from regulars.desk import forecasting, handing
from regulars.desk import queries as desk
from regulars.desk.actions import DeskError
from regulars.shop import queries as shops
from regulars.staff import queries as staff_queries
from regulars.web import paging, undo
from regulars.web.access import LEADS, Seat, staff
from regulars.web.settings.page import said

__all__ = ["call_in", "give", "move", "take_back"]

MOST = 200


def _asked(request: HttpRequest, name: str) -> str:
    """A field, or what an undo has in its path."""
    return (request.POST.get(name) or request.GET.get(name) or "").replace("\x00", "")[:4000]


def _refused(request: HttpRequest, error: DeskError) -> HttpResponse:
    if error.code == "not_found":
        raise Http404
    words = {
        "not_on_shift": _("He is not on shift any more: choose somebody else."),
        "not_claimed": _("Nobody has this task any more."),
        "team_unknown": _("There is no such team."),
    }
    messages.warning(request, words.get(error.code, _("This task is done already.")))
    return redirect("web:board")


@staff("POST", roles=LEADS)
def give(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Give a task to somebody on shift."""
    to = paging.our_id(_asked(request, "to")) or 0
    try:
        with db.transact() as cur:
            before = _holder(cur, seat, task_id)
            handing.give(cur, seat.shop.id, task_id, to, seat.actor, clock.now_from(cur))
            name = staff_queries.names(cur, seat.shop.id, [to]).get(to, "")
    except DeskError as error:
        return _refused(request, error)
    back = reverse("web:board_back", kwargs={"task_id": task_id})
    if before:
        back = reverse("web:board_give", kwargs={"task_id": task_id}) + "?" + urlencode({"to": before})
    undo.offer(request, _("%(who)s has the task now.") % {"who": name}, back)
    return redirect("web:board")


def _holder(cur: db.Cursor, seat: Seat, task_id: int) -> int | None:
    found = desk.task(cur, seat.shop.id, task_id)
    actor = Actor.read(found.claimed_by) if found and found.state == "claimed" and found.claimed_by else None
    return actor.id if actor is not None and actor.kind == "staff" else None


@staff("POST", roles=LEADS)
def take_back(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Take a task out of somebody's hands."""
    try:
        with db.transact() as cur:
            before = _holder(cur, seat, task_id)
            handing.take_back(cur, seat.shop.id, task_id, seat.actor, clock.now_from(cur))
    except DeskError as error:
        return _refused(request, error)
    text = _("The task is back in the queue.")
    if before:
        path = reverse("web:board_give", kwargs={"task_id": task_id}) + "?" + urlencode({"to": before})
        undo.offer(request, text, path)
    else:
        said(request, text)
    return redirect("web:board")


@staff("POST", roles=LEADS)
def move(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Give tasks to another team."""
    ids = [i for part in _asked(request, "tasks").split(",")[:MOST] if (i := paging.our_id(part)) is not None]
    team = _asked(request, "team")
    try:
        with db.transact() as cur:
            moved = handing.move(cur, seat.shop.id, ids, team, seat.actor, clock.now_from(cur))
            titles = shops.team_titles(cur, seat.shop.id).get(team, {})
    except DeskError as error:
        return _refused(request, error)
    if not moved:
        messages.warning(request, _("Nothing is left to move."))
        return redirect("web:board")
    name = titles.get(seat.language) or next(iter(titles.values()), team)
    if len({t.team for t in moved}) > 1:
        said(request, _("The tasks are with “%(team)s” now.") % {"team": name})
        return redirect("web:board")
    text = ngettext("%(n)d task is with “%(team)s” now.", "%(n)d tasks are with “%(team)s” now.", len(moved))
    path = (
        reverse("web:board_move")
        + "?"
        + urlencode({"team": moved[0].team, "tasks": ",".join(str(t.id) for t in moved)})
    )
    undo.offer(request, text % {"n": len(moved), "team": name}, path)
    return redirect("web:board")


@staff("POST", roles=LEADS)
def call_in(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """Ask somebody to come."""
    with db.transact() as cur:
        name = staff_queries.names(cur, seat.shop.id, [account_id]).get(account_id)
        if name is None:
            raise Http404
        late = len((forecasting.latest(cur, seat.shop.id) or {}).get("late", ()))
        is_new = handing.call_in(cur, seat.shop.id, account_id, seat.actor, clock.now_from(cur), late)
    said(
        request,
        (_("%(who)s is asked to come.") if is_new else _("%(who)s was asked already, within the hour."))
        % {"who": name},
    )
    return redirect("web:board")
