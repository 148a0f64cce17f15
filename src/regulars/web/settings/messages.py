"""How buyers are written to: caps, quiet hours, defaults for schemes: all that the gate and intake ask of the shop."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.shop import actions
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.settings.form import Field, Form
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["page", "save"]


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The rules as they stand."""
    with db.transact() as cur:
        groups = _groups(shops.own_settings(cur, seat.shop.id))
    return _show(request, seat, groups)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Change them: they hold for whatever is judged from then on (within 5 s)."""
    form = Form(request.POST)
    changes: dict[str, Any] = {
        "cap_count": form.number("cap_count", 0, 100),
        "cap_days": form.number("cap_days", 1, 366),
        "hold_out_percent": form.number("hold_out_percent", 0, 50),
        "quiet_from": form.clock("quiet_from"),
        "quiet_until": form.clock("quiet_until"),
        "day_from": form.clock("day_from"),
        "day_until": form.clock("day_until"),
        "satisfaction_days": form.number("satisfaction_days", 0, 3650),
        "history_after_hours": form.number("history_after_hours", 1, 24 * 366),
    }
    with db.transact() as cur:
        if not form.is_good:
            groups = _groups(shops.own_settings(cur, seat.shop.id))
            form.shown(f for _title, _intro, rows in groups for row in rows for f in row)
            return _show(request, seat, groups, 422)
        actions.set_settings(cur, seat.shop.id, changes, seat.actor)
        now = clock.now_from(cur)
    shops.forget()
    say_saved(request, seat, now)
    return redirect("web:settings_messages")


Groups = list[tuple[str, str, list[list[Field]]]]


def _groups(shop: ShopSettings) -> Groups:
    return [
        (
            _("Never too much advertising"),
            _("Over all schemes together. Letters about an order are never counted and never held back by this."),
            [
                [
                    Field("cap_count", _("At most"), shop.cap_count, kind="number", is_short=True, unit=_("advertisements")),
                    Field("cap_days", _("to a person within"), shop.cap_days, kind="number", is_short=True, unit=_("days")),
                ]
            ],
        ),
        (
            _("What is all of it worth?"),
            _(
                "So many of a hundred people get no advertising, points or codes of any scheme; letters about an order,"
                " calls and promises they get like all others. What they buy is what all schemes together are measured by."
            ),
            [
                [
                    Field(
                        "hold_out_percent",
                        _("Hold-out of the whole shop"),
                        shop.hold_out // 10,
                        kind="number",
                        is_short=True,
                        unit="%",
                        hint=_("0 for none. Drawn once for each person, when advertising would first concern him, and kept."),
                    )
                ]
            ],
        ),
        (
            _("Never at night"),
            _(
                "By the buyer’s own clock. SMS, messengers and all advertising wait until the morning; a letter about"
                " an order goes at once, since it wakes nobody. Two equal times mean: never quiet."
            ),
            [
                [
                    Field("quiet_from", _("Quiet from"), f"{shop.quiet[0]:%H:%M}", kind="clock", is_short=True),
                    Field("quiet_until", _("until"), f"{shop.quiet[1]:%H:%M}", kind="clock", is_short=True),
                ],
                [
                    Field("day_from", _("Calls from"), f"{shop.day[0]:%H:%M}", kind="clock", is_short=True),
                    Field(
                        "day_until",
                        _("until"),
                        f"{shop.day[1]:%H:%M}",
                        kind="clock",
                        is_short=True,
                        hint=_("Holds for calls from now on. Two equal times: at any hour."),
                    ),
                ],
            ],
        ),
        (
            _("Asking whether the buyer is happy"),
            "",
            [
                [
                    Field(
                        "satisfaction_days",
                        _("Days after delivery"),
                        shop.satisfaction_days,
                        kind="number",
                        is_short=True,
                        unit=_("days"),
                        hint=_("For products that say nothing of their own. After so long a buyer knows whether he likes it."),
                    )
                ]
            ],
        ),
        (
            _("Old orders stay quiet"),
            "",
            [
                [
                    Field(
                        "history_after_hours",
                        _("An order is history when older than"),
                        int(shop.history_after.total_seconds() // 3600),
                        kind="number",
                        is_short=True,
                        unit=_("hours"),
                        hint=_("An older order that comes in for the first time is kept, but starts no scheme and mails nobody."),
                    )
                ]
            ],
        ),
    ]  # fmt: skip


def _show(request: HttpRequest, seat: Seat, groups: Groups, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"groups": groups}
    return show_settings(request, seat, "settings_messages", "settings_messages", context, status)
