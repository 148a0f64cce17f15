"""How one of the staff wants to be told: which kinds by which ways, when, and the services that reach him.

Owns the page and what may be shown of a service's address. A trial takes the way of all notices; its answer appears here.
"""

from datetime import time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.base.secrets import SecretBox, split_keys
from regulars.rules.telling import BUNDLES, WAYS, Choice
from regulars.staff import notice_queries, telling
from regulars.staff.notice_queries import WayRow
from regulars.staff.notices import KINDS
from regulars.vendors.apprise import address
from regulars.vendors.apprise.address import ServiceRefused
from regulars.web import undo
from regulars.web.access import Seat, staff
from regulars.web.notices.rows import KIND_WORDS
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.settings.form import Choice as Option
from regulars.web.settings.form import Field, Form
from regulars.web.settings.page import said, say_saved

__all__ = ["add", "page", "remove", "restore", "save", "trial", "trial_email", "ways"]

MOST_SERVICES = 5


@staff("GET")
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The wishes as they stand."""
    with db.transact() as cur:
        context = _context(cur, seat, telling.choices(cur, [seat.account.pk])[seat.account.pk])
    return show(request, seat, "me", "telling", context)


@staff("GET")
def ways(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The ways alone, while a trial is on its way."""
    with db.transact() as cur:
        context = _ways(cur, seat)
    return render(request, "web/telling_ways.html", {"seat": seat, **context})


@staff("POST")
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Change them; they hold for what is told from now on."""
    form = Form(request.POST)
    kinds = {kind: form.some_of(f"kind_{kind}", WAYS) for kind in KINDS}
    always = form.one_of("when", ("shift", "always")) == "always"
    quiet = (time.fromisoformat(form.clock("quiet_from")), time.fromisoformat(form.clock("quiet_until")))
    bundle = form.one_of("bundle", [str(b) for b in BUNDLES])
    volume = form.number("volume", 0, 100)
    choice = Choice({k: tuple(v) for k, v in kinds.items()}, always, quiet, timedelta(minutes=int(bundle)), volume)
    with db.transact() as cur:
        if not form.is_good:
            context = _context(cur, seat, choice)
            form.shown(context["fields"])
            return show(request, seat, "me", "telling", context, 422)
        telling.choose(
            cur, seat.account.pk, kinds, seat.actor, always=always, quiet=quiet, bundle=choice.bundle, volume=volume
        )
        now = clock.now_from(cur)
    say_saved(request, seat, now)
    return redirect("web:telling")


@staff("POST")
def add(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Another service, by its address in apprise's form."""
    form = Form(request.POST)
    text = form.text("url", longest=500)
    with db.transact() as cur:
        known = notice_queries.ways(cur, seat.account.pk)
        if sum(w.kind == "service" for w in known) >= MOST_SERVICES:
            form.refuse("url", _("Five services are enough: remove one first."))
        if form.is_good:
            try:
                found = address.read(text, machine=clock.read(cur).playground)
                secret = SecretBox(split_keys(settings.SECRET_KEY)).encrypt(found.url)
                telling.add_service(cur, seat.account.pk, found.label, secret, seat.actor)
            except ServiceRefused as refused:
                form.refuse("url", _refused(refused))
        if not form.is_good:
            context = _context(cur, seat, telling.choices(cur, [seat.account.pk])[seat.account.pk])
            form.shown([context["url"]])
            return show(request, seat, "me", "telling", context, 422)
    said(request, _("The service is added. Send a trial to see whether it reaches you."))
    return redirect("web:telling")


@staff("POST")
def trial(request: HttpRequest, seat: Seat, way_id: int) -> HttpResponse:
    """Tell oneself something by a service."""
    with db.transact() as cur:
        if notice_queries.way(cur, seat.account.pk, way_id) is None:
            raise Http404
        telling.trial(cur, seat.shop.id, seat.account.pk, way_id, clock.now_from(cur))
    return redirect(reverse("web:telling") + "#ways")


@staff("POST")
def trial_email(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Tell oneself something by one's own e-mail."""
    with db.transact() as cur:
        way = telling.email_way(cur, seat.account.pk)
        telling.trial(cur, seat.shop.id, seat.account.pk, way, clock.now_from(cur))
    return redirect(reverse("web:telling") + "#ways")


@staff("POST")
def remove(request: HttpRequest, seat: Seat, way_id: int) -> HttpResponse:
    """No more by this service."""
    with db.transact() as cur:
        if not telling.remove_service(cur, seat.account.pk, way_id, seat.actor):
            raise Http404
    undo.offer(request, _("The service is removed."), reverse("web:telling_restore", kwargs={"way_id": way_id}))
    return redirect("web:telling")


@staff("POST")
def restore(request: HttpRequest, seat: Seat, way_id: int) -> HttpResponse:
    """By this service again."""
    with db.transact() as cur:
        is_back = telling.restore_service(cur, seat.account.pk, way_id, seat.actor)
        if not is_back and notice_queries.way(cur, seat.account.pk, way_id) is None:
            raise Http404
    messages.success(request, _("The service is back."))
    return redirect("web:telling")


def _context(cur: Cursor, seat: Seat, choice: Choice) -> dict[str, Any]:
    labels = {
        "screen": _("on the page"), "sound": _("sound"), "browser": _("browser"), "email": _("e-mail"), "service": _("services"),
    }  # fmt: skip
    bundles = {0: _("at once"), 5: _("every 5 minutes"), 15: _("every 15 minutes"), 60: _("every hour")}
    return {
        "labels": [labels[w] for w in WAYS],
        "kinds": [
            {
                "name": kind,
                "label": KIND_WORDS[kind],
                "ways": [{"name": w, "label": labels[w], "is_on": w in choice.ways(kind)} for w in WAYS],
            }
            for kind in KINDS
        ],
        "fields": [
            Field(
                "when", _("E-mail and services"), kind="radios",
                choices=[Option("shift", _("only on shift"), not choice.always), Option("always", _("always"), choice.always)],
            ),
            Field(
                "bundle", _("They come"), kind="select", is_short=True,
                choices=[Option(str(b), bundles[b], choice.bundle == timedelta(minutes=b)) for b in BUNDLES],
            ),
            Field("quiet_from", _("My quiet hours from"), f"{choice.quiet[0]:%H:%M}", kind="clock", is_short=True),
            Field(
                "quiet_until", _("until"), f"{choice.quiet[1]:%H:%M}", kind="clock", is_short=True,
                hint=_("Then only the page tells. Two equal times: never quiet."),
            ),
        ],
        "volume": choice.volume,
        "url": Field(
            "url", _("Address of the service"),
            hint=_(
                "In the form of Apprise, such as `tgram://bot-token/chat` or `ntfys://ntfy.example.com/topic`."
                " It is kept encrypted."
            ),
            longest=500,
        ),
        **_ways(cur, seat),
    }  # fmt: skip


def _ways(cur: Cursor, seat: Seat) -> dict[str, Any]:
    say = say_for(seat, clock.now_from(cur))
    known = notice_queries.ways(cur, seat.account.pk)
    email = next((w for w in known if w.kind == "email"), None)
    return {
        "email": _way(email, say) if email else {"answer": "", "tone": ""},
        "services": [{"id": w.id, "label": w.label, **_way(w, say)} for w in known if w.kind == "service"],
        "is_on_its_way": notice_queries.is_on_its_way(cur, seat.account.pk),
        "has_server": bool(settings.REGULARS_EMAIL_URL),
        "may_see_contacts": seat.shop.services_see_contacts,
    }


def _way(way: WayRow, say: Say) -> dict[str, str]:
    """What came of the last attempt, in words; the service's own answer stays as it is."""
    if way.answered_at is None or (not way.answer and way.failures):
        return {"answer": "", "tone": "", "said": ""}
    codes = {"no_server": _("it stays in the letterbox"), "playground": _("nothing leaves a playground")}
    if way.answer in codes:
        return {"answer": codes[way.answer], "tone": "", "said": ""}
    if way.failures:
        return {"answer": _("did not get through"), "tone": "late", "said": way.answer}
    return {"answer": _("got through"), "tone": "ok", "said": ""}


def _refused(refused: ServiceRefused) -> str:
    words = {
        "form": _("This is not an address of a service. It looks like tgram://bot-token/chat."),
        "scheme": _("“%(scheme)s” isn’t on the list of services that may be told.") % {"scheme": refused.scheme},
        "plain": _("Without TLS anybody on the way could read it: write %(scheme)ss:// instead.")
        % {"scheme": refused.scheme},
        "host": _("The address names no host."),
        "verify": _("An address that switches off checks isn’t taken."),
    }
    return words[refused.code]
