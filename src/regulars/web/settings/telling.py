"""When those above are warned of limits, how careful the forecast is, and what may leave to the services of the staff."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.shop import actions
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.settings.form import Choice, Field, Form
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["page", "save"]


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """As it stands."""
    with db.transact() as cur:
        fields = _fields(shops.own_settings(cur, seat.shop.id))
    return show_settings(request, seat, "settings_telling", "settings_telling", {"fields": fields})


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """It holds for whatever is looked at from now on."""
    form = Form(request.POST)
    changes = {
        "escalate_share": form.number("escalate_share", 1, 90),
        "late_every_hours": form.number("late_every_hours", 1, 48),
        "forecast_margin_minutes": form.number("forecast_margin_minutes", 0, 60),
        "services_see_contacts": form.one_of("services_see_contacts", ("no", "yes")) == "yes",
    }
    with db.transact() as cur:
        if not form.is_good:
            fields = _fields(shops.own_settings(cur, seat.shop.id))
            form.shown(fields)
            return show_settings(request, seat, "settings_telling", "settings_telling", {"fields": fields}, 422)
        actions.set_settings(cur, seat.shop.id, changes, seat.actor)
        now = clock.now_from(cur)
    say_saved(request, seat, now)
    return redirect("web:settings_telling")


def _fields(shop: ShopSettings) -> list[Field]:
    whole = shop.services_see_contacts
    return [
        Field(
            "escalate_share", _("A limit is near when so much of the time from target to limit is left"),
            shop.escalate_share, kind="number", is_short=True, unit="%",
            hint=_("Then the supervisors are told, and whoever has the task. At the limit they are told again."),
        ),
        Field(
            "late_every_hours", _("A late task is told of again every"), int(shop.late_every.total_seconds() // 3600),
            kind="number", is_short=True, unit=_("working hours"),
        ),
        Field(
            "forecast_margin_minutes", _("The forecast warns when so little time would be left"),
            int(shop.forecast_margin.total_seconds() // 60), kind="number", is_short=True, unit=_("min"),
        ),
        Field(
            "services_see_contacts", _("Telephones and addresses of buyers in messages by services"), kind="radios",
            hint=_("Services such as Telegram keep what they carry. Who may see them at all is set under “Who sees what”."),
            choices=[Choice("no", _("masked"), not whole), Choice("yes", _("whole"), whole)],
        ),
    ]  # fmt: skip
