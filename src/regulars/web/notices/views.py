"""What one of the staff is told on his screens: the poll of every page, and the page of all notices.

Owns the routes. A poll reads one range of an index and answers 204 while nothing has changed; only a POST marks as seen.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from regulars.base import clock, db
from regulars.staff import notice_queries, notices
from regulars.staff.telling import choices
from regulars.web import paging
from regulars.web.access import Seat, staff
from regulars.web.notices.rows import KIND_WORDS, rows
from regulars.web.page import say_for, show

__all__ = ["listing", "poll", "see", "see_all"]


@staff("GET")
def poll(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What this person has not seen; 204 while `v` still names it."""
    with db.transact() as cur:
        now = clock.now_from(cur)
        state = notice_queries.unseen_state(cur, seat.shop.id, seat.account.pk, now)
        if request.GET.get("v") == state.version:
            return HttpResponse(status=204)
        say = say_for(seat, now)
        choice = choices(cur, [seat.account.pk])[seat.account.pk]
        found = notice_queries.unseen(cur, seat.shop.id, seat.account.pk, now)
        context = {
            "unseen": state,
            "notices": rows(cur, seat, say, found, choice),
            "volume": choice.volume,
        }
    return render(request, "web/notices_live.html", context)


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All of one's notices, the newest first."""
    kind = paging.text_of(request, "kind", notices.KINDS)
    only_unseen = paging.text_of(request, "state", ("unseen",)) == "unseen"
    with db.transact() as cur:
        now = clock.now_from(cur)
        found = notice_queries.listing(
            cur, seat.shop.id, seat.account.pk, kind=kind or None, only_unseen=only_unseen,
            before=paging.after_id(request), limit=paging.PAGE + 1,
        )  # fmt: skip
        page, mark = paging.split(found, lambda n: paging.id_mark(n.id))
        choice = choices(cur, [seat.account.pk])[seat.account.pk]
        context = {
            "notices": rows(cur, seat, say_for(seat, now), page, choice),
            "next": paging.next_query(request, mark),
            "kinds": [(k, KIND_WORDS[k]) for k in notices.KINDS],
            "kind": kind,
            "only_unseen": only_unseen,
        }
    return show(request, seat, "notices", "notices", context)


@staff("POST")
def see(request: HttpRequest, seat: Seat, notice_id: int) -> HttpResponse:
    """One is seen: its bubble was closed or followed, here or without scripts on the page of notices."""
    with db.transact() as cur:
        now = clock.now_from(cur)
        is_new = notices.see(cur, seat.shop.id, seat.account.pk, notice_id, now)
        if not is_new and notice_queries.one(cur, seat.shop.id, seat.account.pk, notice_id) is None:
            raise Http404
    return HttpResponse(status=204) if request.headers.get("X-Quiet") else redirect("web:notices")


@staff("POST")
def see_all(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All are seen, or all of one kind."""
    kind = request.POST.get("kind", "")
    with db.transact() as cur:
        wanted = kind if kind in notices.KINDS else None
        notices.see_all(cur, seat.shop.id, seat.account.pk, clock.now_from(cur), wanted)
    return redirect("web:notices")
