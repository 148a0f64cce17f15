"""What texts may say of the shop: days for returns, prices of delivery, windows of delivery."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.outbox import spoken
from regulars.web.access import OWNER, Seat, staff
from regulars.web.desk.windows import spans
from regulars.web.settings.form import Field, Form
from regulars.web.settings.page import say_saved

__all__ = ["fields", "save"]

_MONEY = ("price", "free_from", "lift_price", "return_price")
_DAYS = ("return_days", "refund_days")
MOST_MONEY, MOST_DAYS, MOST_WINDOWS = 10_000_000, 366, 8


def fields(known: Mapping[str, Any], currency: str) -> list[Field]:
    """The form's fields with what is known; what is empty stays a gap in the texts."""
    included = known.get("included") or {}

    def number(name: str, label: str, unit: str) -> Field:
        return Field(name, label, known.get(name, ""), kind="number", is_short=True, is_optional=True, unit=unit)

    return [
        number("price", _("Delivery costs"), currency),
        number("free_from", _("Free from"), currency),
        number("lift_price", _("A floor without a lift"), currency),
        number("return_price", _("Return of what didn’t suit"), currency),
        number("return_days", _("Days to return it"), _("days")),
        number("refund_days", _("Money is back within"), _("days")),
        Field("windows", _("Delivery windows"), ", ".join(known.get("windows") or ()), is_optional=True,
              hint=_("From–to with commas: 10-14, 14-18, 18-22. Operators offer them in the call.")),
        Field("included_ru", _("What the price includes, in Russian"), included.get("ru", ""), lang="ru", is_optional=True),
        Field("included_en", _("What the price includes, in English"), included.get("en", ""), lang="en", is_optional=True),
    ]  # fmt: skip


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Keep them: the next card says so."""
    from regulars.web.settings.scripts import show_list  # noqa: PLC0415 - the page that this form stands on

    form = Form(request.POST)
    made: dict[str, Any] = {}
    for names, most in ((_MONEY, MOST_MONEY), (_DAYS, MOST_DAYS)):
        made |= {name: form.number(name, 0, most) for name in names if form.raw(name)}
    windows = [w.strip() for w in form.text("windows", required=False).split(",") if w.strip()]
    if len(spans({"windows": windows})) != len(windows) or len(windows) > MOST_WINDOWS:
        form.refuse("windows", _("A window looks like 14-18 or 14:00-18:30; eight at most."))
    included = {k: t for k in ("en", "ru") if (t := form.text(f"included_{k}", longest=300, required=False))}
    if not form.is_good:
        return show_list(request, seat, form, "about", 422)
    made |= ({"windows": windows} if windows else {}) | ({"included": included} if included else {})
    with db.transact() as cur:
        now = clock.now_from(cur)
        spoken.keep(cur, seat.shop.id, spoken.ABOUT, spoken.ALL, made, seat.actor, now)
    say_saved(request, seat, now)
    return redirect("web:settings_scripts")
