"""All tasks as a plain list: those that wait, those that are finished, those no longer needed; found by whom or what for."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import queries
from regulars.desk.queries import TaskRow
from regulars.orders import queries as orders
from regulars.people import queries as people
from regulars.shop import queries as shops
from regulars.web import paging, rows
from regulars.web.access import Seat, only_teams, staff
from regulars.web.page import say_for, show

__all__ = ["listing"]

STATES = ("waiting", "finished", "closed")
MOST_PEOPLE = 50
"""So many persons of a name are looked through; whoever needs more writes more of the name."""


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A page of tasks: waiting ones by their limit, ended ones the latest first."""
    state = paging.text_of(request, "state", STATES) or "waiting"
    team, text = paging.text_of(request, "team"), paging.text_of(request, "q")
    with db.transact() as cur:
        now = clock.now_from(cur)
        say = say_for(seat, now)
        mine = only_teams(cur, seat)
        team = "" if mine and team not in mine else team
        found = _page(cur, seat, request, now, state, [team] if team else mine, text)
        page, mark = paging.split(found, lambda t: paging.moment_mark(_place(t), t.id))
        context = {
            "tasks": rows.tasks(cur, seat, say, page),
            "next": paging.next_query(request, mark),
            "teams": [t for t in _teams(cur, seat, now) if not mine or t[0] in mine],
            "team": team,
            "state": state,
            "q": text,
            "is_filtered": bool(team or text),
        }
    return show(request, seat, "tasks", "tasks", context)


def _place(task: TaskRow) -> datetime | None:
    return task.due_at if task.state in queries.WAITING else task.finished_at


def _page(
    cur: Cursor, seat: Seat, request: HttpRequest, now: datetime, state: str, teams: list[str], text: str
) -> list[TaskRow]:
    mark = paging.after_moment(request)
    limit = paging.PAGE + 1
    persons: list[int] | None = None
    order_id: int | None = None
    if text:
        order = orders.page(cur, seat.shop.id, text=text, limit=1)
        order_id = order[0].id if order else None
        if order_id is None:
            persons = people.search(cur, seat.shop.id, seat.shop.country, text, limit=MOST_PEOPLE)
    if state == "waiting":
        # 'infinity' is where PostgreSQL puts the tasks without a deadline.
        after: Any = None if mark is None else (mark[0] or "infinity", mark[1])
        return queries.tasks(
            cur, seat.shop.id, now=now, teams=teams or None, order_id=order_id, person_ids=persons, hidden=True,
            after=after, limit=limit,
        )  # fmt: skip
    ended = None if mark is None or mark[0] is None else (mark[0], mark[1])
    return queries.ended(
        cur, seat.shop.id, state=state, teams=teams or None, order_id=order_id, person_ids=persons,
        after=ended, limit=limit,
    )  # fmt: skip


def _teams(cur: Cursor, seat: Seat, now: datetime) -> list[tuple[str, str, int]]:
    """Key, name and number of waiting tasks."""
    counts, titles = queries.counts(cur, seat.shop.id, now), shops.team_titles(cur, seat.shop.id)
    return [
        (key, titles.get(key, {}).get(seat.language, key), counts.get(key, 0)) for key in sorted({*titles, *counts})
    ]
