"""People at a step, moved, let go on or taken out by hand, and put back within some seconds.

Owns the form on the list of those who wait at a step; what becomes of each is journeys'. All of them at once are
all_by_hand.py's.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.base import clock, db
from regulars.core.moving import release_target
from regulars.core.scheme import Scheme
from regulars.journeys import move_actions
from regulars.journeys import scheme_queries as queries
from regulars.journeys.move_actions import MoveRefused
from regulars.web import paging
from regulars.web.access import LEADS, Seat, staff
from regulars.web.scheme_names import read
from regulars.web.schemes.steps import Speaker
from regulars.web.undo import offer

__all__ = ["deed", "deeds", "put_back"]

MOST = 200
REASONS = {
    "ended_by_hand": gettext_lazy("no reason given"),
    "asked_not_to": gettext_lazy("the person asked"),
    "settled_otherwise": gettext_lazy("settled otherwise"),
    "by_mistake": gettext_lazy("was here by mistake"),
}


def deeds(scheme: Scheme, speaker: Speaker, step: str) -> dict[str, Any]:
    """What may be done with those who wait at a step."""
    return {
        "can_release": release_target(scheme.steps.get(step)) is not None,
        "targets": [(name, speaker.title(name)) for name in scheme.steps if name != step],
        "reasons": list(REASONS.items()),
    }


@staff("POST", roles=LEADS)
def deed(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Do it to those who were ticked."""
    ids = [i for text in request.POST.getlist("who")[:MOST] if (i := paging.our_id(text)) is not None]
    do, to = request.POST.get("do", ""), request.POST.get("to", "").replace("\x00", "")
    step, n = request.POST.get("step", ""), request.POST.get("n", "")
    if request.POST.get("whom") == "all":
        asked = {"step": step, "n": n, "do": do, "to": to, "reason": request.POST.get("reason", "")}
        return redirect(reverse("web:scheme_all", args=[name]) + "?" + urlencode(asked))
    back = reverse("web:scheme_who", args=[name]) + "?" + urlencode({"what": "waiting", "step": step, "n": n})
    try:
        with db.transact() as cur:
            version = queries.version(cur, seat.shop.id, name)
            if version is None:
                raise Http404
            mine = queries.of_scheme(cur, version.scheme_id, ids)
            reason = request.POST.get("reason", "ended_by_hand")
            now = clock.now_from(cur)
            done = move_actions.by_hand(cur, seat.shop.id, mine, do, seat.actor, now, to=to, reason=reason)
    except MoveRefused as refused:
        messages.error(
            request,
            _("Say what is to be done, and where to.")
            if refused.code != "step"
            else _("This version has no such step."),
        )
        return redirect(back)
    if not ids:
        messages.info(request, _("Tick those whom it is about first."))
    elif not done:
        messages.info(request, _("Nobody of them is waiting here any more."))
    else:
        scheme = read(version.text)
        waits = scheme is not None and release_target(scheme.steps.get(step)) is not None
        _tell(request, name, do, done, can_undo=do != "leave" and waits)
    return redirect(back)


def _tell(request: HttpRequest, name: str, do: str, done: list[int], *, can_undo: bool) -> None:
    n = len(done)
    said = {
        "release": ngettext("%(n)d goes on now.", "%(n)d go on now.", n),
        "move": ngettext("%(n)d is moved.", "%(n)d are moved.", n),
        "leave": ngettext("%(n)d is out of the scheme.", "%(n)d are out of the scheme.", n),
    }[do] % {"n": n}
    if not can_undo:  # a task that was put down is not taken up again
        messages.success(request, said)
    else:
        query = urlencode({"who": ".".join(map(str, done))})
        offer(request, said, reverse("web:scheme_put_back", args=[name]) + "?" + query)


@staff("POST", roles=LEADS)
def put_back(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Put back whoever hasn't begun his step yet."""
    asked = request.GET.get("who", "").split(".")[:MOST]
    ids = [i for text in asked if (i := paging.our_id(text)) is not None]
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name)
        if version is None:
            raise Http404
        mine = queries.of_scheme(cur, version.scheme_id, ids)
        done = move_actions.put_back(cur, seat.shop.id, mine, seat.actor, clock.now_from(cur))
    if done:
        messages.success(
            request,
            ngettext("%(n)d stands where he stood.", "%(n)d stand where they stood.", len(done)) % {"n": len(done)},
        )
    else:
        messages.warning(request, _("Too late: the step has begun. Move them by hand if need be."))
    return redirect("web:scheme", name=name)
