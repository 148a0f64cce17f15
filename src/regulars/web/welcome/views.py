"""The first steps: the shop, where orders come from, a scheme and an order answered. Left and resumed at will.

Each screen is a plain form; the last one's list is asked for again while something is still to come.
"""

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars import schemes
from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.base.wake import Notifier
from regulars.intake import actions as intake
from regulars.intake import feed_registry
from regulars.intake import keys as door
from regulars.intake import queries as feeds
from regulars.journeys import actions as journeys
from regulars.journeys.queries import schemes as schemes_of
from regulars.people.points import email_address
from regulars.rules.phone import display
from regulars.rules.worktime import WorkTime
from regulars.shop import actions as shop_actions
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.staff import actions as staff_actions
from regulars.staff.actions import StaffError
from regulars.web.access import OWNER, Seat, staff
from regulars.web.page import say_for
from regulars.web.settings import choices, moves, week
from regulars.web.settings.choices import LANGUAGES
from regulars.web.settings.feeds import address_of, is_local_only, settings_of, source_for
from regulars.web.settings.form import Choice, Field, Form
from regulars.web.settings.shop import read_place
from regulars.web.welcome.progress import TRIAL_SOURCE, progress

__all__ = [
    "begin",
    "go_on",
    "leave",
    "open_way",
    "orders",
    "save_shop",
    "scheme",
    "shop",
    "steps",
    "switch_on",
    "try_out",
]

SCHEME = "after-order"
SHOP, ORDERS, LAST, LATER, THROUGH = "shop", "orders", "scheme", "later", ""
WAYS = ("woocommerce", "generic", "api", "file", "test")
OWN_WEEK = "own"

_wake = Notifier()


@staff("GET", roles=OWNER)
def begin(request: HttpRequest, seat: Seat) -> HttpResponse:
    """To the step where the owner stands."""
    at = seat.shop.first_steps
    return redirect(f"web:welcome_{at if at in (ORDERS, LAST) else SHOP}")


@staff("GET", roles=OWNER)
def shop(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The first screen: who and where the shop is, and when it works."""
    with db.transact() as cur:
        fields = _shop_fields(cur, seat)
    return _show(request, seat, SHOP, {"fields": fields})


@staff("POST", roles=OWNER)
def save_shop(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Keep it, and go on; what other hours would move is shown before it is done."""
    form = Form(request.POST)
    name, own_name, own_email = (
        form.text("name", longest=100),
        form.text("own_name", longest=80),
        form.email("own_email"),
    )
    place = read_place(form)
    preset = form.one_of("week", (*week.PRESETS, OWN_WEEK))
    with db.transact() as cur:
        fields = _shop_fields(cur, seat)
        form.shown(fields)
        if not form.is_good:
            return _show(request, seat, SHOP, {"fields": fields}, 422)
        now, calendars = clock.now_from(cur), _calendars(cur, seat, preset, place["time_zone"])
        after = moves.with_calendars(cur, seat.shop.id, calendars)
        ahead = moves.ahead(cur, seat, after, now, place["time_zone"])
        if ahead and not moves.is_sure(request):
            return _show(request, seat, SHOP, {"fields": fields, "ahead": {**ahead, "kept": moves.kept(request)}})
        try:
            staff_actions.set_profile(cur, seat.account.pk, own_name, own_email, seat.language, seat.actor)
        except StaffError:
            form.refuse("own_email", _("Another account has this address."))
            form.shown(fields)
            return _show(request, seat, SHOP, {"fields": fields}, 422)
        known = shops.own_settings(cur, seat.shop.id)
        brand = {} if known.email else {"email": own_email}
        others = [k for k in LANGUAGES if k not in place["languages"]]
        place["languages"] = (*place["languages"], *others)
        shop_actions.describe_shop(cur, seat.shop.id, seat.actor, name=name, brand=brand, **place)
        moves.change(cur, seat, calendars, now)
        _stand_at(cur, seat, known, ORDERS)
    shops.forget()
    return redirect("web:welcome_orders")


@staff("GET", roles=OWNER)
def orders(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The second screen: where orders come from; `?way=` is what is looked at."""
    return _orders(request, seat, request.GET.get("way", ""))


@staff("POST", roles=OWNER)
def open_way(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Make the address or the key for the way chosen; its secret is in this one answer."""
    form = Form(request.POST)
    way = form.one_of("way", WAYS)
    if way in ("test", "file") or not form.is_good:
        return redirect("web:welcome_scheme")
    with db.transact() as cur:
        if way == "api":
            secret = shop_actions.create_key(cur, seat.shop.id, _("The shop’s program"), ["intake", "read"], seat.actor)
            made = {"secret": secret}
        else:
            secret, source = intake.new_secret(), source_for(cur, seat.shop.id, way)
            slug = intake.open_feed(
                cur, seat.shop.id, way, seat.actor, source=source, secrets=[secret], settings=settings_of(form, way)
            )
            made = {"secret": secret, "address": address_of(request, slug)}
    door.forget()
    return _orders(request, seat, way, made)


@staff("POST", roles=OWNER)
def go_on(request: HttpRequest, seat: Seat) -> HttpResponse:
    """From the second screen to the last."""
    with db.transact() as cur:
        _stand_at(cur, seat, shops.own_settings(cur, seat.shop.id), LAST)
    shops.forget()
    return redirect("web:welcome_scheme")


@staff("GET", roles=OWNER)
def scheme(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The last screen: the first scheme, and an order that is answered; `?order=` a test order's number."""
    with db.transact() as cur:
        fields = _trial_fields(seat, shops.own_settings(cur, seat.shop.id))
    return _scheme(request, seat, fields)


@staff("POST", roles=OWNER)
def switch_on(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Make the ready scheme live: from now on orders are answered."""
    text = schemes.ready(SCHEME, seat.language)
    with db.transact() as cur:
        if not _live(cur, seat):
            journeys.publish(cur, seat.shop.id, text, seat.actor, clock.now_from(cur), f"{SCHEME}.yaml")
        _stand_at(cur, seat, shops.own_settings(cur, seat.shop.id), LAST)
    shops.forget()
    return redirect("web:welcome_scheme")


@staff("POST", roles=OWNER)
def try_out(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Send a test order the way that all orders come, and look at what becomes of it."""
    form = Form(request.POST)
    name, email = form.text("name", longest=100), form.email("email")
    with db.transact() as cur:
        known = shops.own_settings(cur, seat.shop.id)
        phone = form.phone("phone", known.country, required=True)
        if not form.is_good:
            fields = _trial_fields(seat, known)
            form.shown(fields)
            return _scheme(request, seat, fields, 422)
        now, number = clock.now_from(cur), f"test-{secrets.token_hex(3)}"
        order = {
            "id": number,
            "number": number,
            "placed_at": now.isoformat(),
            "updated_at": now.isoformat(),
            "currency": known.currency,
            "total": "100",
            "status": "new",
            "buyer": {"name": name, "email": email, "phone": phone, "language": seat.language},
            "lines": [{"sku": "test", "name": _("Test product"), "quantity": 1, "price": "100"}],
            "payment": {"method": "card", "status": "unpaid"},
        }
        intake.keep_trial(cur, seat.shop.id, TRIAL_SOURCE, order, seat.actor)
    _wake.ping()
    return redirect(f"{reverse('web:welcome_scheme')}?order={number}")


@staff("GET", roles=OWNER)
def steps(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What has become of the order by now, as a part of the page."""
    return render(request, "web/part_progress.html", _progress(request, seat))


@staff("POST", roles=OWNER)
def leave(request: HttpRequest, seat: Seat) -> HttpResponse:
    """To the desk: through with it (`do=done`), or for now."""
    is_through = request.POST.get("do") == "done"
    with db.transact() as cur:
        shop_actions.set_settings(cur, seat.shop.id, {"first_steps": THROUGH if is_through else LATER}, seat.actor)
    shops.forget()
    return redirect("web:tasks")


def _stand_at(cur: Cursor, seat: Seat, known: ShopSettings, step: str) -> None:
    """Remember where the owner stands; whoever is through, or has put it off, is not called back."""
    if known.first_steps in (SHOP, ORDERS, LAST) and known.first_steps != step:
        shop_actions.set_settings(cur, seat.shop.id, {"first_steps": step}, seat.actor)


def _calendars(cur: Cursor, seat: Seat, preset: str, zone: str) -> dict[str, WorkTime]:
    """The shop's calendar by the preset chosen, in its zone; hours of its own stay."""
    found = next(c for c in shops.calendars(cur, seat.shop.id) if c.key == shops.MAIN)
    hours = dict(found.hours) | {"zone": zone}
    if preset in week.PRESETS:
        hours["hours"] = week.PRESETS[preset][1]
    return {shops.MAIN: WorkTime.from_json(hours)}


def _shop_fields(cur: Cursor, seat: Seat) -> list[Field]:
    shop_ = shops.own_settings(cur, seat.shop.id)
    hours = WorkTime.from_json(next(c for c in shops.calendars(cur, seat.shop.id) if c.key == shops.MAIN).hours)
    preset = week.preset_of(hours.hours)
    # what an installation begins with is nobody's choice yet
    zone = (choices.only_zone(shop_.country) if shop_.first_steps == SHOP else None) or shop_.time_zone
    weeks = [Choice(k, str(name), k == preset) for k, (name, _week) in week.PRESETS.items()]
    if not preset:
        weeks.append(Choice(OWN_WEEK, _("Your own hours, as they stand in the settings"), True))
    return [
        Field("own_name", _("Your name"), seat.account.name, complete="name", longest=80),
        Field(
            "own_email", _("Your e-mail"), email_address(seat.account.email) or "", kind="email",
            hint=_("You log in with it."), complete="email", longest=320,
        ),
        Field("name", _("The shop’s name"), shop_.name, hint=_("Letters and calls begin with it."), longest=100),
        Field("country", _("Country"), kind="select", choices=choices.countries(shop_.country, seat.language)),
        Field(
            "time_zone", _("Time zone"), kind="select",
            groups=choices.zones(zone, shop_.country, seat.language),
        ),
        Field("currency", _("Currency"), kind="select", choices=choices.currencies(shop_.currency, seat.language)),
        Field(
            "language", _("Main language"), kind="select",
            choices=choices.languages(shop_.languages[0]), hint=_("Whoever orders in the other language gets that one."),
        ),
        Field(
            "week", _("Working hours"), kind="radios", choices=weeks,
            hint=_("Breaks, days off and hours of teams are in the settings."),
        ),
    ]  # fmt: skip


def _trial_fields(seat: Seat, known: ShopSettings) -> list[Field]:
    return [
        Field("name", _("Buyer’s name"), seat.account.name, longest=100),
        Field("email", _("E-mail"), email_address(seat.account.email) or "", kind="email", longest=320),
        Field("phone", _("Phone"), display(known.phone) if known.phone else "", kind="tel", longest=60),
    ]


def _orders(request: HttpRequest, seat: Seat, way: str, made: dict[str, str] | None = None) -> HttpResponse:
    kinds = set(feed_registry.kinds())
    ways = [w for w in WAYS if w not in ("woocommerce", "generic") or w in kinds]
    looked_at = way if way in ways else ways[0]
    return _show(
        request,
        seat,
        ORDERS,
        {
            "ways": ways,
            "way": looked_at,
            "made": made,
            "is_local_only": is_local_only(),
            "base": address_of(request, "")[:-4],
        },
    )


def _scheme(request: HttpRequest, seat: Seat, fields: list[Field], status: int = 200) -> HttpResponse:
    with db.transact() as cur:
        is_on = _live(cur, seat)
    context = {"fields": fields, "is_on": is_on, **(_progress(request, seat) if is_on else {})}
    return _show(request, seat, LAST, context, status)


def _progress(request: HttpRequest, seat: Seat) -> dict[str, Any]:
    number = request.GET.get("order", "").replace("\x00", "")[:40]
    with db.transact() as cur:
        return {"progress": progress(cur, seat, number), "order": number}


def _live(cur: Cursor, seat: Seat) -> list[str]:
    """The schemes that take newcomers."""
    return [s.name for s in schemes_of(cur, seat.shop.id) if s.live_version_id is not None]


def _show(request: HttpRequest, seat: Seat, step: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A screen, with what is known of the others."""
    with db.transact() as cur:
        shop_ = shops.own_settings(cur, seat.shop.id)
        main = next(c for c in shops.calendars(cur, seat.shop.id) if c.key == shops.MAIN)
        preset = week.preset_of(WorkTime.from_json(main.hours).hours)
        opened = [f for f in feeds.feeds(cur, seat.shop.id) if f.active]
        keys = [k for k in shops.keys(cur, seat.shop.id) if k.revoked_at is None]
        news = feeds.feed_news(cur, seat.shop.id)
        live = _live(cur, seat)
        say = say_for(seat, clock.now_from(cur))
    hours = str(week.PRESETS[preset][0]) if preset else _("own working hours")
    last = max((n.last_at for n in news.values() if n.last_at), default=None)
    frame = {
        "step": step,
        "shop_is_done": shop_.first_steps != SHOP,
        "shop_summary": ", ".join(
            (
                shop_.name,
                choices.zone_name(shop_.time_zone, seat.language),
                choices.currency_name(shop_.currency, seat.language),
                hours,
            )
        ),
        "orders_are_done": bool(opened or keys),
        "feeds_open": len(opened),
        "keys_open": len(keys),
        "last_delivery": say.when(last) if last else "",
        "scheme_is_on": bool(live),
    }
    return render(request, "web/welcome.html", {"seat": seat, **frame, **context}, status=status)
