"""Feeds: addresses to which the shop's own program sends its orders, with what to do on the shop's side.

The address is as secret as a password, so the owner alone sees it; a secret is shown in the one answer that made it.
"""

import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.intake import actions, feed_registry, queries
from regulars.intake import keys as door
from regulars.intake.queries import FeedNews, FeedRow
from regulars.orders import way_back
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.page import say_for
from regulars.web.say import Say
from regulars.web.settings import telephones
from regulars.web.settings.form import Choice, Field, Form
from regulars.web.settings.page import said, say_saved, show_settings
from regulars.web.settings.telephones import TELEPHONES

__all__ = [
    "KINDS",
    "address_of",
    "create",
    "drop_secret",
    "is_local_only",
    "new_secret",
    "one",
    "page",
    "pause",
    "remove",
    "resume",
    "save",
    "settings_of",
    "source_for",
]

KINDS = {
    "woocommerce": (gettext_lazy("WooCommerce"), gettext_lazy("its own webhooks, no plugin needed")),
    "mailgun": ("Mailgun", gettext_lazy("mails of buyers, by its routes")),
    "postmark": ("Postmark", gettext_lazy("mails of buyers, by its inbound stream")),
    "sendgrid": ("SendGrid", gettext_lazy("mails of buyers, by Inbound Parse")),
    "generic": (gettext_lazy("Another program"), gettext_lazy("signed as Standard Webhooks say")),
    **TELEPHONES,
}
"""Kinds that this page can explain; others that are installed are offered by their own name."""
OF_ACCOUNTS = frozenset({"imap", "telegram"})
"""Feeds that belong to an account of the channels' page."""
OF_TALKS = frozenset({"mailgun", "postmark", "sendgrid", *TELEPHONES})
"""Feeds that bring mails and calls, never orders: there is nothing to write back."""
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@staff("GET", roles=OWNER)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The feeds that there are."""
    return _show(request, seat)


@staff("POST", roles=OWNER)
def create(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Open a feed; its secret is in this one answer."""
    form = Form(request.POST)
    kind = form.one_of("kind", feed_registry.kinds())
    with db.transact() as cur:
        source = form.text("source", longest=40, required=False).lower() or source_for(cur, seat.shop.id, kind)
        if not _SOURCE.fullmatch(source):
            form.refuse("source", _("Small Latin letters, figures, dots and dashes, please."))
        given = telephones.read(form, kind, seat, is_new=True)
        if not form.is_good:
            return _show(request, seat, form, status=422)
        secret = given.secret or actions.new_secret()
        own = {**settings_of(form, kind), **given.settings}
        slug = actions.open_feed(
            cur, seat.shop.id, kind, seat.actor, source=source, secrets=[secret], settings=own,
            credentials=given.credentials,
        )  # fmt: skip
        feed_id = next(f.id for f in queries.feeds(cur, seat.shop.id) if f.slug == slug)
    door.forget()
    return _show_one(request, seat, feed_id, secret="" if given.secret else secret, is_new=True)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """Change what is said of a telephone's account."""
    form = Form(request.POST)
    with db.transact() as cur:
        feed = _own(cur, seat, feed_id)
        given = telephones.read(form, feed.kind, seat, is_new=False)
        if form.is_good and telephones.is_telephone(feed.kind):
            actions.set_feed_settings(cur, seat.shop.id, feed_id, given.settings, given.credentials, seat.actor)
        now = clock.now_from(cur)
    if not form.is_good:
        return _show_one(request, seat, feed_id, form=form, status=422)
    door.forget()
    say_saved(request, seat, now)
    return redirect("web:settings_feed", feed_id)


@staff("GET", roles=OWNER)
def one(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """One feed: its address, what to do in the shop, what came of it."""
    return _show_one(request, seat, feed_id)


@staff("POST", roles=OWNER)
def pause(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """Take nothing at this address for now."""
    with db.transact() as cur:
        _own(cur, seat, feed_id)
        actions.close_feed(cur, seat.shop.id, feed_id, seat.actor)
    door.forget()
    said(request, _("The feed is paused: its address takes nothing."))
    return redirect("web:settings_feed", feed_id)


@staff("POST", roles=OWNER)
def resume(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """Take deliveries again."""
    with db.transact() as cur:
        _own(cur, seat, feed_id)
        actions.reopen_feed(cur, seat.shop.id, feed_id, seat.actor)
    door.forget()
    said(request, _("The feed takes deliveries again."))
    return redirect("web:settings_feed", feed_id)


@staff("POST", roles=OWNER)
def new_secret(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """Another secret, made up or the vendor's own; the one before it stays good until it is dropped."""
    form = Form(request.POST)
    with db.transact() as cur:
        feed = _own(cur, seat, feed_id)
        typed = form.text("secret", longest=200) if feed.kind in telephones.GIVEN else ""
        if form.is_good:
            secret = actions.add_secret(cur, seat.shop.id, feed_id, seat.actor, typed or None)
    if not form.is_good:
        return _show_one(request, seat, feed_id, form=form, status=422)
    door.forget()
    if typed:
        said(request, _("The new secret is good, and the one before it until you drop it."))
        return redirect("web:settings_feed", feed_id)
    return _show_one(request, seat, feed_id, secret=secret or "")


@staff("POST", roles=OWNER)
def drop_secret(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """The old secret is good no longer."""
    with db.transact() as cur:
        _own(cur, seat, feed_id)
        actions.drop_old_secret(cur, seat.shop.id, feed_id, seat.actor)
    door.forget()
    said(request, _("Only the new secret is good from now on."))
    return redirect("web:settings_feed", feed_id)


@staff("POST", roles=OWNER)
def remove(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """The address is gone for good; what came by it stays."""
    with db.transact() as cur:
        _own(cur, seat, feed_id)
        actions.remove_feed(cur, seat.shop.id, feed_id, seat.actor)
    door.forget()
    said(request, _("The feed is removed. What came by it is still here."))
    return redirect("web:settings_feeds")


def settings_of(form: Form, kind: str) -> dict[str, str]:
    """What the feed is to be told of the shop's ways."""
    if kind == "woocommerce" and form.raw("completed", 20) == "shipped":
        return {"completed": "shipped"}
    return {}


def source_for(cur: Cursor, shop_id: int, kind: str) -> str:
    """A name for a new feed's ids that no other feed of the shop has: the kind, or the kind with a number."""
    taken = {f.source for f in queries.feeds(cur, shop_id)}
    name, n = kind, 1
    while name in taken:
        n += 1
        name = f"{kind}-{n}"
    return name


def address_of(request: HttpRequest, slug: str) -> str:
    """Where the shop sends to."""
    base = settings.REGULARS_PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return f"{base}/in/{slug}"


def is_local_only() -> bool:
    """Whether links lead to this machine alone, as nobody has said by which address others reach it."""
    return not settings.REGULARS_PUBLIC_URL


def _own(cur: Cursor, seat: Seat, feed_id: int) -> FeedRow:
    found = next((f for f in queries.feeds(cur, seat.shop.id) if f.id == feed_id), None)
    if found is None:
        raise Http404
    return found


def _kind_name(kind: str) -> str:
    return str(KINDS[kind][0]) if kind in KINDS else kind


def _shown(feed: FeedRow, news: FeedNews, say: Say) -> dict[str, Any]:
    return {
        "id": feed.id,
        "kind": feed.kind,
        "kind_name": _kind_name(feed.kind),
        "source": feed.source,
        "is_active": feed.active,
        "secrets": feed.secrets,
        "last": say.when(news.last_at) if news.last_at else "",
        "quarantined": news.quarantined,
        "opened": say.when(feed.created_at),
    }


def _show(request: HttpRequest, seat: Seat, form: Form | None = None, status: int = 200) -> HttpResponse:
    kinds = [k for k in KINDS if feed_registry.feed(k)] + [k for k in feed_registry.kinds() if k not in KINDS]
    kinds = [k for k in kinds if k not in OF_ACCOUNTS]
    asked = (form.raw("kind", 60) if form is not None else "") or request.GET.get("kind", "")
    kind = asked if asked in kinds else kinds[0]
    fields = [*_of_kind(kind), *telephones.secret_field(kind), *telephones.fields(kind, seat, {})]
    fields.append(
        Field(
            "source",
            _("Name of the source"),
            is_optional=True,
            is_short=True,
            hint=_("Whose calls these are: two feeds of one name speak of the same calls.")
            if telephones.is_telephone(kind)
            else _("Whose numbers these are: two feeds of one name speak of the same orders."),
            longest=40,
        )
    )
    if form is not None:
        form.shown(fields)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        news = queries.feed_news(cur, seat.shop.id)
        feeds = [_shown(f, news[f.id], say) for f in queries.feeds(cur, seat.shop.id) if f.kind not in OF_ACCOUNTS]
        told = way_back.sources(cur, seat.shop.id)
    sources = dict.fromkeys(["api", *(str(f["source"]) for f in feeds if f["kind"] not in OF_TALKS)])
    ways_back = [{"source": s, "name": words.word(words.SOURCES, s), "way": told.get(s, "")} for s in sources]
    offered = [
        {"key": k, "name": _kind_name(k), "note": str(KINDS[k][1]) if k in KINDS else "", "on": k == kind}
        for k in kinds
    ]
    context = {"feeds": feeds, "fields": fields, "kinds": offered, "kind": kind, "ways_back": ways_back}
    return show_settings(request, seat, "settings_feeds", "settings_feeds", context, status)


def _of_kind(kind: str) -> list[Field]:
    if kind != "woocommerce":
        return []
    return [
        Field(
            "completed",
            _("In WooCommerce “completed” means"),
            kind="select",
            choices=[
                Choice("delivered", _("delivered to the buyer"), True),
                Choice("shipped", _("handed to the carrier")),
            ],
        )
    ]


def _show_one(
    request: HttpRequest,
    seat: Seat,
    feed_id: int,
    *,
    secret: str = "",
    is_new: bool = False,
    form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    with db.transact() as cur:
        feed = _own(cur, seat, feed_id)
        say = say_for(seat, clock.now_from(cur))
        news = queries.feed_news(cur, seat.shop.id)[feed_id]
    fields = telephones.fields(feed.kind, seat, feed.settings, frozenset(feed.credentials))
    given = telephones.secret_field(feed.kind)
    if form is not None:
        form.shown([*fields, *given])
    context = {
        "feed": _shown(feed, news, say),
        "is_telephone": telephones.is_telephone(feed.kind),
        "is_of_talks": feed.kind in OF_TALKS,
        "fields": fields,
        "given": given,
        "template": telephones.template_of(feed.kind),
        "address": address_of(request, feed.slug),
        "is_local_only": is_local_only(),
        "secret": secret,
        "is_new": is_new,
        "ask": request.GET.get("ask", ""),
    }
    return show_settings(request, seat, "settings_feeds", "settings_feed", context, status)
