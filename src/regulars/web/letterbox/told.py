"""What was told to the staff outside the product, by mail and by services: to whom, which way, and what became of it.

Owns the page and its filters. What a message said is written when it goes and kept nowhere, so only its notice is shown.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk.notice_words import abouts, title, told_context
from regulars.staff import notice_queries
from regulars.staff import queries as staff_queries
from regulars.staff.notice_queries import NoticeRow, TellingRow
from regulars.web import paging, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.notices.rows import KIND_WORDS, href
from regulars.web.page import say_for, show
from regulars.web.say import Say

__all__ = ["listing"]

TRIAL = "trial"
STATES: Mapping[str, Any] = {
    "waiting": gettext_lazy("waits to go"),
    "sent": gettext_lazy("gone"),
    "kept": gettext_lazy("kept here"),
    "failed": gettext_lazy("did not get through"),
    "dropped": gettext_lazy("not sent"),
}
_TONES = {"sent": "ok", "failed": "late", "kept": "line", "dropped": "line"}
WAYS: Mapping[str, Any] = {"email": gettext_lazy("e-mail"), "service": gettext_lazy("a service")}
_REASONS: Mapping[str, Any] = {
    "no_server": gettext_lazy("no mail server is connected"),
    "playground": gettext_lazy("nothing leaves a playground"),
    "expired": gettext_lazy("its time was over"),
    "way_removed": gettext_lazy("the service was removed"),
    "not_here": gettext_lazy("works here no longer"),
    "not_written": gettext_lazy("it could not be written; the log says why"),
    "refused": gettext_lazy("the mail server refused it"),
    "address": gettext_lazy("the address of the service can’t be used"),
    "service": gettext_lazy("the service did not take it"),
    "rejected_temporary": gettext_lazy("the mail server asks to come later"),
    "not_handed_over": gettext_lazy("the mail server can’t be reached"),
    "tls_refused": gettext_lazy("the mail server has no safe connection"),
    "auth_refused": gettext_lazy("the mail server refused the login"),
    "unknown": gettext_lazy("the connection broke; it goes once more"),
}


@staff("GET", roles=LEADS)
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All of it, the newest first."""
    state, way = paging.text_of(request, "state", list(STATES)), paging.text_of(request, "way", list(WAYS))
    account = paging.id_of(request, "who")
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = notice_queries.tellings(
            cur, seat.shop.id, account_id=account, way=way or None, before=paging.after_id(request), limit=paging.PAGE,
            states=["waiting", "sending"] if state == "waiting" else [state] if state else [],
        )  # fmt: skip
        people = [(c.account_id, c.name or c.email) for c in staff_queries.colleagues(cur, seat.shop.id)]
        context = {
            "tellings": _rows(cur, seat, say, found.rows),
            "next": paging.next_query(request, None if found.following is None else paging.id_mark(found.following)),
            "is_cut": found.is_cut,
            "states": [_preset(request, "", _("all"), state), *(_preset(request, k, str(w), state) for k, w in STATES.items())],
            "ways": WAYS.items(),
            "people": people,
            "asked": {"state": state, "way": way, "who": account},
            "is_filtered": bool(state or way or account),
        }  # fmt: skip
    return show(request, seat, "letters", "letters_told", context)


def _preset(request: HttpRequest, key: str, text: str, chosen: str) -> dict[str, Any]:
    query = {k: v for k in ("way", "who") if (v := request.GET.get(k, "")[:40])} | ({"state": key} if key else {})
    here = reverse("web:letters_told")
    return {"text": text, "href": f"{here}?{urlencode(query)}" if query else here, "on": key == chosen}


def _rows(cur: Cursor, seat: Seat, say: Say, found: list[TellingRow]) -> list[dict[str, Any]]:
    names = staff_queries.names(cur, seat.shop.id, {t.account_id for t in found})
    told = [NoticeRow(t.id, t.kind, t.subject, t.params, False, t.due_at, t.due_at, None) for t in found]
    context = told_context(say.language, say.zone, say.currency, say.now)
    about = abouts(cur, seat.shop.id, told, say.language) if told else []
    return [
        {
            "who": names.get(t.account_id) or _("a colleague"),
            "way": words.word(WAYS, t.way),
            "is_service": t.way == "service",
            "label": t.label,
            "kind": "" if t.kind == TRIAL else words.word(KIND_WORDS, t.kind),
            "what": _("A trial") if t.kind == TRIAL else title(n, a, context),
            "href": "" if t.kind == TRIAL else href(n, seat),
            "state": words.word(STATES, "waiting" if t.state == "sending" else t.state),
            "tone": _TONES.get(t.state, "soon" if t.tries else ""),
            "reason": words.word(_REASONS, t.reason) if t.reason else "",
            "tries": t.tries,
            "at": say.when(t.due_at),
        }
        for t, n, a in zip(found, told, about, strict=True)
    ]
