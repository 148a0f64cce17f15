"""How a source of orders is told what was changed at the desk: by WooCommerce's own interface, or by a signed webhook.

The owner alone sees it; secrets are written only, a webhook's is shown in the one answer that made it.
"""

import base64
import secrets as chance
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.calling import reach
from regulars.base.db import Cursor
from regulars.base.ssrf import Forbidden, Unresolved, place
from regulars.intake import queries as intake
from regulars.orders import way_back
from regulars.orders.way_back import Way
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.settings.form import Choice, Field, Form
from regulars.web.settings.page import said, show_settings

__all__ = ["API", "page", "remove", "save"]

API = "api"
LONGEST_MINUTES = 7 * 24 * 60


@staff("GET", roles=OWNER)
def page(request: HttpRequest, seat: Seat, source: str) -> HttpResponse:
    """The way of one source."""
    return _show(request, seat, source)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat, source: str) -> HttpResponse:
    """Set it; a fresh webhook's secret is in this one answer."""
    form = Form(request.POST)
    way = form.one_of("way", way_back.WAYS)
    url = form.text("url", longest=500)
    own = {}
    if "confirm_minutes" in request.POST:
        own["confirm_minutes"] = form.number("confirm_minutes", 1, LONGEST_MINUTES)
    secret = ""
    with db.transact() as cur:
        _known(cur, seat, source)
        before = way_back.way_of(cur, seat.shop.id, source)
        is_same = before is not None and before.way == way
        given = {"key": form.raw("key", 200), "secret": form.raw("secret", 200)} if way == "woocommerce" else {}
        if way == "woocommerce" and not is_same:
            for name in ("key", "secret"):
                if not given[name]:
                    form.refuse(name, _("This can’t be left empty."))
        if way == "webhook" and (not is_same or request.POST.get("renew")):
            secret = "whsec_" + base64.b64encode(chance.token_bytes(24)).decode()
            given = {"secret": secret}
        _check_address(form, way, url, is_playground=clock.read(cur).playground)
        if form.is_good:
            own = {**before.settings, **own} if before is not None else own
            way_back.set_way(cur, seat.shop.id, Way(source, way, url, given, own), seat.actor)
    if not form.is_good:
        return _show(request, seat, source, form, status=422)
    if secret:
        return _show(request, seat, source, secret=secret)
    said(request, _("Saved: changes made at the desk go to the shop from now on."))
    return redirect("web:settings_way_back", source)


@staff("POST", roles=OWNER)
def remove(request: HttpRequest, seat: Seat, source: str) -> HttpResponse:
    """Tell the shop nothing any more."""
    with db.transact() as cur:
        _known(cur, seat, source)
        way_back.drop_way(cur, seat.shop.id, source, seat.actor)
    said(request, _("The shop is told nothing any more: changes are entered there by hand."))
    return redirect("web:settings_way_back", source)


def _check_address(form: Form, way: str, url: str, *, is_playground: bool) -> None:
    """Only its form: who answers there is asked when it is called. From a playground nobody outside is."""
    if not form.is_good or is_playground:
        return
    if way == "woocommerce" and not url.startswith("https://"):
        form.refuse("url", _("WooCommerce lets programs in by https:// alone."))
        return
    try:
        place(url, reach(False), lambda _host, _port: [])
    except Unresolved:
        return
    except Forbidden as error:
        form.refuse("url", words.word(words.COMMAND_ANSWERS, f"address_{error.code}").capitalize() + ".")


def _known(cur: Cursor, seat: Seat, source: str) -> str:
    """The source's kind; 404 for one that no feed of this shop has."""
    if source == API:
        return API
    found = next((f for f in intake.feeds(cur, seat.shop.id) if f.source == source), None)
    if found is None:
        raise Http404
    return found.kind


def _show(
    request: HttpRequest, seat: Seat, source: str, form: Form | None = None, *, secret: str = "", status: int = 200
) -> HttpResponse:
    with db.transact() as cur:
        kind = _known(cur, seat, source)
        way = way_back.way_of(cur, seat.shop.id, source)
    picked = way.way if way else "woocommerce" if kind == "woocommerce" else "webhook"
    fields = _fields(way, picked)
    if form is not None:
        form.shown(fields)
        for one in fields:
            if one.name in ("key", "secret"):
                one.value = ""
    context: dict[str, Any] = {
        "source": source,
        "source_name": words.word(words.SOURCES, source),
        "fields": fields,
        "way": way.way if way else "",
        "secret": secret,
        "ask": request.GET.get("ask", ""),
    }
    return show_settings(request, seat, "settings_feeds", "settings_way_back", context, status)


def _fields(way: Way | None, picked: str) -> list[Field]:
    return [
        Field(
            "way",
            _("How the shop is told"),
            kind="radios",
            choices=[
                Choice(
                    "woocommerce",
                    _("WooCommerce"),
                    picked == "woocommerce",
                    _("by its own interface, with keys that may write"),
                ),
                Choice("webhook", _("Another program"), picked == "webhook", _("by a signed message to its address")),
            ],
        ),
        Field(
            "url",
            _("Address"),
            way.url if way else "",
            longest=500,
            hint=_("Of the shop for WooCommerce, as https://shop.example.com; else where the messages go."),
        ),
        Field(
            "key",
            _("Consumer key"),
            is_optional=True,
            longest=200,
            hint=_("For WooCommerce; it begins with `ck_`. Left empty it stays as it is."),
        ),
        Field(
            "secret",
            _("Consumer secret"),
            kind="password",
            is_optional=True,
            longest=200,
            hint=_("For WooCommerce; it begins with `cs_`. Left empty it stays as it is."),
        ),
        Field(
            "confirm_minutes",
            _("The shop shows it within"),
            way.settings.get("confirm_minutes", way_back.CONFIRM_MINUTES) if way else way_back.CONFIRM_MINUTES,
            kind="number",
            is_short=True,
            unit=_("minutes"),
            hint=_(
                "A change that was told and is not in the shop’s order by then is shown on the card, and you hear of it."
            ),
        ),
    ]
