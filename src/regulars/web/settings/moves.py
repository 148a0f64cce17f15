"""Hours are changed openly: what would move is shown first, and done only when the owner has seen it.

Owns that second question, whichever page changes the hours. What moves is journeys/hours.py's to say.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base.db import Cursor
from regulars.journeys import actions as journeys
from regulars.journeys.hours import Moves, moves_between
from regulars.rules.worktime import WorkTime
from regulars.shop import actions
from regulars.shop import queries as shops
from regulars.web.access import Seat
from regulars.web.page import say_for
from regulars.web.rows import names_of

__all__ = ["ahead", "change", "is_sure", "kept", "with_calendars", "words"]

SHOWN = 12
_SURE = "sure"


def is_sure(request: HttpRequest) -> bool:
    """Whether the owner has seen what moves."""
    return request.POST.get(_SURE) == "yes"


def kept(request: HttpRequest) -> list[tuple[str, str]]:
    """The form's own fields, to be sent once more together with the yes."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", _SURE)
    ]


def with_calendars(cur: Cursor, shop_id: int, hours: Mapping[str, WorkTime]) -> dict[str, WorkTime]:
    """Working time by team, were these calendars in force."""
    shops.forget()
    calendar_of = {t.key: t.calendar_key for t in shops.teams(cur, shop_id)} | {shops.SHOP_TEAM: shops.MAIN}
    now_in_force = shops.worktimes(cur, shop_id)
    return {team: hours.get(calendar_of.get(team, ""), known) for team, known in now_in_force.items()}


def ahead(
    cur: Cursor, seat: Seat, after: Mapping[str, WorkTime], now: datetime, zone: str | None = None
) -> dict[str, Any] | None:
    """What would move, for the page; None when nothing does. `zone`: the shop's new one."""
    moves = moves_between(cur, seat.shop.id, shops.worktimes(cur, seat.shop.id), after, now, zone)
    if not moves.any:
        return None
    say = say_for(seat, now)
    shown = moves.tasks[:SHOWN]
    names = names_of(cur, seat, (m.task.person_id for m in shown), (m.task.order_id for m in shown))
    return {
        "sentence": " ".join(words(moves)),
        "tasks": [
            {
                "id": m.task.id,
                "person": names.called(m.task.person_id, say),
                "order": names.order(m.task.order_id),
                "before": say.when(m.task.due_at),
                "after": say.when(m.limits.due_at),
            }
            for m in shown
        ],
        "more": max(len(moves.tasks) - SHOWN, 0),
        "kept_tasks": moves.kept,
    }


def change(cur: Cursor, seat: Seat, hours: Mapping[str, WorkTime], now: datetime) -> Moves:
    """Put these calendars in force, and move what they move."""
    before = shops.worktimes(cur, seat.shop.id)
    for key, worktime in hours.items():
        actions.set_hours(cur, seat.shop.id, key, worktime.to_json(), seat.actor)
    return journeys.hours_changed(cur, seat.shop.id, before, seat.actor, now)


def words(moves: Moves) -> list[str]:
    """What moves, as sentences; none when nothing does."""
    said = []
    if moves.tasks:
        n = len(moves.tasks)
        said.append(
            ngettext("%(n)d open task gets another deadline.", "%(n)d open tasks get another deadline.", n) % {"n": n}
        )
    if moves.waits:
        said.append(
            ngettext(
                "The wait of %(n)d person is reckoned anew.",
                "The waits of %(n)d people are reckoned anew.",
                moves.waits,
            )
            % {"n": moves.waits}
        )
    if moves.kept and said:
        said.append(_("Tasks that the new hours leave no time for keep their deadline: %(n)d.") % {"n": moves.kept})
    return said
