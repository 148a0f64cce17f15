"""The ledger of promises: what stands, what was kept and what was broken, with the share of the last thirty days."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.orders import queries as orders
from regulars.people import queries as people
from regulars.promises import queries
from regulars.promises.queries import PromisePage, PromiseRow
from regulars.web import paging, rows, words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.say import Say, span

__all__ = ["listing"]

DAYS = 30
MOST_PEOPLE = 200
PRESETS = ("open", "warned", "broken", "kept", "intended", "void")


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All that was promised to buyers, and what became of it."""
    state = paging.text_of(request, "state", list(words.PROMISE_STATES))
    kind = paging.text_of(request, "kind", list(words.PROMISE_KINDS))
    number, text = paging.text_of(request, "order"), paging.text_of(request, "q")
    shop_id = seat.shop.id
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        named = orders.page(cur, shop_id, text=number or text, limit=1) if number or text else []
        whom = [] if named or not text else people.search(cur, shop_id, seat.shop.country, text, limit=MOST_PEOPLE)
        is_nothing = bool((number and not named) or (text and not named and not whom))
        mark = paging.after_moment(request)
        page = (
            PromisePage([], None, False)
            if is_nothing
            else queries.page(
                cur,
                shop_id,
                state=state,
                kind=kind,
                order_id=named[0].id if named else None,
                person_ids=whom,
                after=mark,
                limit=paging.PAGE,
            )
        )
        shown = rows.promises(cur, seat, say, page.rows)
        chips = _chips(request, text, number, kind)
        context = {
            "promises": [{**one, **_ledger(say, row)} for one, row in zip(shown, page.rows, strict=True)],
            "next": paging.next_query(request, None if page.following is None else paging.moment_mark(*page.following)),
            "is_cut": page.is_cut,
            "is_first": mark is None,
            "state": state,
            "asked": {"q": text, "order": number, "kind": kind},
            "kinds": words.PROMISE_KINDS.items(),
            "is_filtered": bool(state or number or kind or text),
            "presets": _presets(cur, seat, say, request, state),
            "chips": chips,
            "kept": None if mark or chips else _kept(cur, seat, say),
        }
    return show(request, seat, "promises", "promises", context)


def _ledger(say: Say, row: PromiseRow) -> dict[str, Any]:
    """How it stands with a promise, in words and as a clock."""
    tone, how = "stop", ""
    if row.state in ("open", "warned"):
        deadline = say.deadline(row.due_at)
        return {"clock": deadline.tone or "ok", "how": deadline.text, "warned": say.when(row.warned_at)}
    if row.state == "kept" and row.closed_at:
        left = row.due_at - row.closed_at
        tone, how = "ok", _("%(span)s before its time") % {"span": span(left)} if left > timedelta(minutes=1) else ""
    elif row.state == "broken" and row.closed_at:
        over = row.closed_at - row.due_at
        tone, how = "late", _("%(span)s late") % {"span": span(over)} if over > timedelta(minutes=1) else ""
    return {"clock": tone, "how": how, "warned": say.when(row.warned_at) if row.warned_at else ""}


def _presets(cur: db.Cursor, seat: Seat, say: Say, request: HttpRequest, state: str) -> list[dict[str, Any]]:
    counted = queries.counts(cur, seat.shop.id)
    base = _without(request, "state")
    here = reverse("web:promises")
    out = [{"text": _("all"), "href": f"{here}?{base}", "n": "", "on": not state, "key": ""}]
    for key in PRESETS:
        n = say.number(counted[key]) + ("+" if counted[key] >= queries.MOST_COUNTED else "")
        href = f"{here}?{base}{'&' if base else ''}state={key}"
        out.append(
            {"text": words.word(words.PROMISE_STATES, key), "href": href, "n": n, "on": key == state, "key": key}
        )
    return out


def _without(request: HttpRequest, *names: str) -> str:
    query = request.GET.copy()
    for name in (*names, "after"):
        query.pop(name, None)
    return query.urlencode()


def _chips(request: HttpRequest, text: str, number: str, kind: str) -> list[dict[str, str]]:
    told = {
        "q": _("with “%(q)s”") % {"q": text} if text else "",
        "order": _("Order %(id)s") % {"id": number} if number else "",
        "kind": words.word(words.PROMISE_KINDS, kind) if kind else "",
    }
    return [{"text": shown, "href": "?" + _without(request, name)} for name, shown in told.items() if shown]


def _kept(cur: db.Cursor, seat: Seat, say: Say) -> dict[str, Any] | None:
    """The share of the last thirty days, with its numbers; None while none has come due."""
    found = queries.kept_since(cur, seat.shop.id, say.now - timedelta(days=DAYS))
    due = found.kept + found.broken
    if not due:
        return None
    # Rounded down: with one broken among a thousand it isn't a hundred.
    share = found.kept * 100 // due
    return {
        "share": f"{share}\u00a0%" if say.language == "ru" else f"{share}%",
        "percent": share,
        "kept": say.number(found.kept),
        "due": say.number(due),
        "broken": found.broken,
        "tone": "teal" if found.broken == 0 else "amber",
    }
