"""The frame of every screen: menu with counts, the clock of a playground, who sits here.

Owns what the frame needs; a view gives its own context and says which menu item it belongs to.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import queries as desk
from regulars.intake import queries as intake
from regulars.journeys import queries as journeys
from regulars.outbox import command_queries
from regulars.outbox import queries as outbox
from regulars.staff.notice_queries import unseen_state
from regulars.talks import threads_queries as talks
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.menu import MOST_COUNTED
from regulars.web.menu import menu as menu_of
from regulars.web.playground.band import band
from regulars.web.say import Say

__all__ = ["say_for", "show"]


def say_for(seat: Seat, now: datetime) -> Say:
    """The seat's words at this moment."""
    return Say(seat.language, seat.shop.time_zone, seat.shop.currency, now, not seat.sight.shows("sums"))


def show(
    request: HttpRequest, seat: Seat, menu: str, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A screen in its frame."""
    with db.transact() as cur:
        frame = _frame(cur, seat, menu)
    return render(request, f"web/{template}.html", {**frame, "seat": seat, "menu": menu, **context}, status=status)


def _frame(cur: Cursor, seat: Seat, menu: str) -> dict[str, Any]:
    shop_id = seat.shop.id
    now = clock.now_from(cur)
    counts: dict[str, int] = {
        "tasks": desk.waiting_count(cur, shop_id, now, MOST_COUNTED),
        "talks": talks.waiting_count(cur, shop_id),
        "notices": unseen_state(cur, shop_id, seat.account.pk, now).count,
    }
    if seat.is_lead:
        counts |= {
            "waiting": outbox.waiting_for_word_count(cur, shop_id),
            "commands": command_queries.stuck_count(cur, shop_id),
            "quarantine": intake.quarantined_count(cur, shop_id),
            "aside": len(journeys.set_aside(cur, shop_id, 100)),
        }
    say = say_for(seat, now)
    return {
        "menu_items": menu_of(seat, menu, counts),
        "role_name": words.word(words.ROLES, seat.role),
        "playground": band(cur, say),
        "troubles": [
            {
                "kind": words.word(words.CHANNELS, c.kind),
                "until": "" if c.trouble == outbox.HELD_BY_STAFF else say.when(c.paused_until),
                "trouble": words.word(words.TROUBLES, c.trouble),
            }
            for c in outbox.channels(cur, shop_id)
            if c.trouble and c.paused_until and c.paused_until > now
        ],
        "shop_time": f"{now.astimezone(ZoneInfo(seat.shop.time_zone)):%H:%M}",
    }
