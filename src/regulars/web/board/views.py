"""The supervisor's board: what will be late as a sentence, as bars, and what would help; today's figures; who is at work.

Owns the page and its refresh, which answers 204 while nothing that is shown has changed. Deeds are deeds.py's.
"""

from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base import clock, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk import board, extending, forecasting
from regulars.desk import queries as desk
from regulars.desk.queries import TaskRow
from regulars.shop import queries as shops
from regulars.staff import presence
from regulars.staff import queries as staff_queries
from regulars.web import paging, rows, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.board.chart import bars
from regulars.web.desk.clocks import clock_of
from regulars.web.desk.queue import hours_words
from regulars.web.desk.shift import REASONS
from regulars.web.page import say_for, show
from regulars.web.say import Say, span

__all__ = ["live", "page"]

WEEK = timedelta(days=7)
SHOWN_LATE = 3


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The board."""
    with db.transact() as cur:
        context = _context(cur, seat, request)
    return show(request, seat, "board", "board", context)


@staff("GET", roles=LEADS)
def live(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The board anew; 204 while `v` still names what is shown."""
    with db.transact() as cur:
        context = _context(cur, seat, request)
    if request.GET.get("v") == context["version"]:
        return HttpResponse(status=204)
    return render(request, "web/board_live.html", {"seat": seat, **context})


def _context(cur: Cursor, seat: Seat, request: HttpRequest) -> dict[str, Any]:
    say = say_for(seat, clock.now_from(cur))
    titles = {t.key: _title(t.title, t.key, say) for t in shops.teams(cur, seat.shop.id)}
    team = paging.text_of(request, "team", tuple(titles))
    hours, tone = hours_words(shops.worktimes(cur, seat.shop.id).get(team or shops.SHOP_TEAM), say)
    people = _people(cur, seat, say, team)
    here = [p for p in people if p["is_here"]]
    shown = {
        "team": team,
        "teams": list(titles.items()),
        "forecast": _forecast(cur, seat, say, team, titles),
        "figures": _figures(cur, seat, say, team),
        "missed": _missed(cur, seat, say),
        "queues": _queues(cur, seat, say, titles),
        "people": people,
        "here": here,
        "on_shift": {"here": len(here), "all": len(people)},
        "late": _tasks(cur, seat, say, board.late_now(cur, seat.shop.id, say.now, team or None)),
        "hours": hours,
        "hours_tone": tone,
    }
    version = blake2s(repr((say.language, shown)).encode(), digest_size=8).hexdigest()
    return {**shown, "version": version}


def _title(title: dict[str, str], key: str, say: Say) -> str:
    return title.get(say.language) or next(iter(title.values()), key)


def _forecast(cur: Cursor, seat: Seat, say: Say, team: str, titles: dict[str, str]) -> dict[str, Any] | None:
    found = forecasting.latest(cur, seat.shop.id)
    if found is None:
        return None
    by_id = desk.tasks_by_id(cur, seat.shop.id, [int(x["id"]) for x in found["late"]])
    waiting = [t for t in by_id.values() if t.state in ("open", "claimed") and (not team or t.team == team)]
    waiting.sort(key=lambda t: (t.due_at or say.now, t.id))
    n = len(waiting)
    by = say.when(max((t.due_at for t in waiting if t.due_at), default=say.now))
    return {
        "at": say.when(datetime.fromisoformat(found["at"])),
        "is_old": say.now - datetime.fromisoformat(found["at"]) > timedelta(minutes=5),
        "title": ngettext("%(n)d will be late by %(at)s", "%(n)d will be late by %(at)s", n) % {"n": n, "at": by}
        if n else _("Nobody will be late, as far as can be seen"),
        "n": n,
        "waiting": ngettext("%(n)d task waits", "%(n)d tasks wait", found["waiting"]) % {"n": found["waiting"]},
        "pace": ngettext(
            "%(hands)d person takes %(n)s in half an hour", "%(hands)d people take %(n)s in half an hour", found["hands"]
        ) % {"hands": found["hands"], "n": say.number(found["taken"])}
        if found["hands"] else _("nobody is on shift"),
        "chart": bars(found["chart"], say),
        "late": _tasks(cur, seat, say, waiting[:SHOWN_LATE]),
        "more": max(0, n - SHOWN_LATE),
        "offers": _offers(cur, seat, found["offers"], titles) if n else [],
    }  # fmt: skip


def _offers(cur: Cursor, seat: Seat, found: list[dict[str, Any]], titles: dict[str, str]) -> list[dict[str, Any]]:
    names = staff_queries.names(cur, seat.shop.id, [int(o["account"]) for o in found if o["do"] == "call_in"])
    out = []
    for offer in found:
        left = ngettext("only %(n)d is late", "only %(n)d are late", offer["left"]) % {"n": offer["left"]}
        left = left if offer["left"] else _("nobody is late")
        if offer["do"] == "call_in" and int(offer["account"]) in names:
            who = names[int(offer["account"])]
            back = offer["state"] in ("break", "away")
            text = _("If %(who)s comes back, %(left)s.") if back else _("If %(who)s comes, %(left)s.")
            out.append(
                {**offer, "text": text % {"who": who, "left": left}, "label": _("Call in %(who)s") % {"who": who}}
            )
        elif offer["do"] == "move":
            team = titles.get(offer["to"], offer["to"])
            text = _("If “%(team)s” takes these tasks, %(left)s.") % {"team": team, "left": left}
            out.append(
                {
                    **offer,
                    "text": text,
                    "tasks": ",".join(offer["tasks"]),
                    "label": _("Give to “%(team)s”") % {"team": team},
                }
            )
    return out


def _figures(cur: Cursor, seat: Seat, say: Say, team: str) -> dict[str, Any]:
    midnight = _midnight(say)
    today = board.figures(cur, seat.shop.id, midnight, say.now, team or None)
    before = board.figures(cur, seat.shop.id, midnight - WEEK, say.now - WEEK, team or None)
    queues = [q for q in board.team_queues(cur, seat.shop.id, say.now) if not team or q.team == team]
    oldest = min((q.oldest for q in queues if q.oldest), default=None)
    return {
        "share": _percent(today.met, today.targeted, say),
        "met": _("%(met)s of %(n)s") % {"met": say.number(today.met), "n": say.number(today.targeted)},
        "before": _percent(before.met, before.targeted, say),
        "done": say.number(today.done),
        "p50": _length(today.p50),
        "p90": _length(today.p90),
        "waiting": say.number(sum(q.waiting for q in queues)),
        "late": sum(q.late for q in queues),
        "oldest": span(say.now - oldest) if oldest else "",
    }


def _missed(cur: Cursor, seat: Seat, say: Say) -> dict[str, Any]:
    """Missed calls of today, and how soon they were called back."""
    found = board.missed_calls(cur, seat.shop.id, _midnight(say), _midnight(say) + timedelta(days=1))
    within = _length(found.slowest)
    if not found.missed:
        text = ""
    elif found.called_back == found.missed:
        text = _("all called back, within %(span)s") % {"span": within}
    elif found.called_back:
        text = _("%(n)s called back, within %(span)s") % {"n": say.number(found.called_back), "span": within}
    else:
        text = _("nobody called back yet")
    return {"n": say.number(found.missed), "text": text, "is_open": found.called_back < found.missed,
            "day": say.here(say.now).date().isoformat()}  # fmt: skip


def _queues(cur: Cursor, seat: Seat, say: Say, titles: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "team": q.team,
            "title": titles.get(q.team, q.team),
            "waiting": say.number(q.waiting),
            "late": q.late,
            "oldest": span(say.now - q.oldest) if q.oldest else "",
        }
        for q in board.team_queues(cur, seat.shop.id, say.now)
    ]


def _people(cur: Cursor, seat: Seat, say: Say, team: str) -> list[dict[str, Any]]:
    """Those on shift, and those who come later today."""
    at_work = presence.on_shift(cur, seat.shop.id, team or None)
    here = {p.account_id for p in at_work}
    tonight = _midnight(say) + timedelta(days=1)
    later = [
        (account, starts)
        for account, teams, starts, _ends in presence.planned(cur, seat.shop.id, say.now, tonight)
        if account not in here and starts > say.now and (not team or not teams or team in teams)
    ]
    names = staff_queries.names(cur, seat.shop.id, [*here, *(a for a, _ in later)])
    done = board.done_by(cur, seat.shop.id, _midnight(say), say.now, team or None)
    hands = board.in_hand(cur, seat.shop.id)
    of = rows.names_of(cur, seat, (), [h[0].order_id for h in hands.values()])
    out = []
    for p in at_work:
        actor = str(Actor("staff", p.account_id))
        mine = hands.get(actor, [])
        out.append({**_did(done.get(actor), say), **_state(p, mine, of, say), "id": p.account_id, "is_here": True,
                    "name": names.get(p.account_id, f"№ {p.account_id}")})  # fmt: skip
    nothing = {"dot": "", "now": "", "load": "", "tasks": []}
    for account, starts in later:
        name, state = names.get(account, f"№ {account}"), _("from %(at)s") % {"at": say.when(starts)}
        out.append({**_did(None, say), **nothing, "id": account, "is_here": False, "name": name, "state": state})
    return out


def _state(p: presence.OnShift, mine: list[board.InHand], names: rows.Names, say: Say) -> dict[str, Any]:
    if p.state == "break":
        state = _("break until %(at)s") % {"at": say.when(p.break_until)} if p.break_until else _("on a break")
    elif p.state == "away":
        state = _("away since %(at)s") % {"at": say.when(p.since)}
    else:
        state = _("at work") if mine else _("free")
    first = mine[0] if mine else None
    number = names.order(first.order_id) if first else ""
    what = (
        (_("Order %(n)s") % {"n": number}) if number else words.word(words.KINDS_OF_TASK, first.kind) if first else ""
    )
    since = span(say.now - first.since) if first and first.since else ""
    return {
        "state": state,
        "reason": str(REASONS.get(p.reason, "")) if p.state == "break" else "",
        "dot": {"on": "on", "break": "away"}.get(p.state, ""),
        "now": ", ".join(x for x in (what, since) if x),
        "tasks": [{"id": h.task_id} for h in mine],
        "load": _("%(n)d of %(most)d") % {"n": p.load, "most": p.most},
        "full": p.load >= p.most,
        "share": round(100 * p.load / p.most) if p.most else 0,
    }


def _did(done: board.Of | None, say: Say) -> dict[str, Any]:
    if done is None:
        return {"done": "", "p50": "", "p90": "", "in_time": ""}
    return {
        "done": say.number(done.done),
        "p50": _length(done.p50),
        "p90": _length(done.p90),
        "in_time": _percent(done.in_time, done.limited, say),
    }


def _tasks(cur: Cursor, seat: Seat, say: Say, found: list[TaskRow]) -> list[dict[str, Any]]:
    shown = rows.tasks(cur, seat, say, found)
    hours = shops.worktimes(cur, seat.shop.id)
    clocks = [clock_of(task, hours.get(task.team), say) for task in found]
    return [
        {
            **row,
            "clock": clock.text,
            "tone": clock.tone,
            "who_has": row["claimed_by"],
            "team_key": task.team,
            "can_extend": extending.can_extend(task, say.now),
        }
        for row, clock, task in zip(shown, clocks, found, strict=True)
    ]


def _midnight(say: Say) -> datetime:
    return say.here(say.now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=ZoneInfo(say.zone))


def _length(seconds: float | None) -> str:
    return span(timedelta(seconds=max(seconds, 0))) if seconds is not None else ""


def _percent(part: int, whole: int, say: Say) -> str:
    return say.share(round(100 * part / whole)) if whole else ""
