"""The list of talks, one talk, its files, and taking a talk up to write. Answers are given on the desk's card."""

from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import answering, message_tasks
from regulars.desk import queries as desk
from regulars.desk.actions import DeskError
from regulars.people import queries as people
from regulars.shop import queries as shops
from regulars.talks import threads_queries as talks
from regulars.talks.threads_models import CHANNELS
from regulars.web import contacts, paging, words
from regulars.web.access import Seat, staff, unseen
from regulars.web.actors import actors
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.talks.shown import address, bubbles, listed

__all__ = ["file", "listing", "one", "take_up"]

WAITING = "waiting"


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Who waits for an answer, longest first; or all talks, newest first."""
    is_all = paging.text_of(request, "show", ("all",)) == "all"
    channel, team = paging.text_of(request, "channel", CHANNELS), paging.text_of(request, "team")
    mark = paging.after_moment(request)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = talks.listing(
            cur, seat.shop.id, channel=channel, team=team, waiting=not is_all,
            after=None if mark is None or mark[0] is None else (mark[0], mark[1]), limit=paging.PAGE + 1,
        )  # fmt: skip
        page, following = paging.split(
            found, lambda t: paging.moment_mark(t.last_at if is_all else t.waits_since, t.id)
        )
        titles = shops.team_titles(cur, seat.shop.id)
        context = {
            "threads": listed(cur, seat, say, page),
            "is_all": is_all,
            "channel": channel,
            "team": team,
            "channels": [(c, words.word(words.CHANNELS, c)) for c in CHANNELS],
            "teams": [(key, title.get(seat.language, key)) for key, title in titles.items()],
            "waiting": talks.waiting_count(cur, seat.shop.id),
            "is_filtered": bool(channel or team),
            "has_any": bool(page) or bool(talks.listing(cur, seat.shop.id, limit=1)),
            "next": paging.next_query(request, following),
            "is_first": mark is None,
        }
    return show(request, seat, "talks", "talks", context)


@staff("GET")
def one(request: HttpRequest, seat: Seat, thread_id: int) -> HttpResponse:
    """A talk whole; the task that waits for it, if one does."""
    return _one(request, seat, thread_id)


def _one(request: HttpRequest, seat: Seat, thread_id: int, problem: str = "", status: int = 200) -> HttpResponse:
    with db.transact() as cur:
        thread = talks.thread(cur, seat.shop.id, thread_id)
        person = people.card(cur, seat.shop.id, thread.person_id) if thread else None
        if thread is None or person is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        contacts.look(cur, seat, person.id, "thread", whole=seat.is_lead)
        context = {
            "thread": {
                "id": thread.id,
                "subject": thread.subject,
                "order_id": thread.order_id,
                "channel": thread.channel,
            },
            "channel_name": words.word(words.CHANNELS, thread.channel),
            "person": person,
            "address": address(seat, thread, whole=seat.is_lead),
            "bubbles": bubbles(cur, seat, say, thread),
            "task": _task(cur, seat, say, thread_id),
            "problem": problem,
        }
    return show(request, seat, "talks", "talk", context, status)


def _task(cur: Cursor, seat: Seat, say: Say, thread_id: int) -> dict[str, Any] | None:
    task_id = message_tasks.waiting_task(cur, seat.shop.id, thread_id)
    found = desk.task(cur, seat.shop.id, task_id) if task_id else None
    if found is None or unseen(cur, seat, [found.id]):
        return None
    who = actors(cur, seat, [found.claimed_by]).name(found.claimed_by)
    is_mine = found.claimed_by == str(seat.actor)
    return {"id": found.id, "who": "" if is_mine else who, "limit": say.when(found.due_at)}


@staff("POST")
def take_up(request: HttpRequest, seat: Seat, thread_id: int) -> HttpResponse:
    """Write into this talk: its task is taken, and its card opens."""
    try:
        with db.transact() as cur:
            if unseen(cur, seat, [message_tasks.waiting_task(cur, seat.shop.id, thread_id)]):
                raise Http404
            task_id = answering.take_up(cur, seat.shop, thread_id, seat.actor, clock.now_from(cur))
    except DeskError as error:
        if error.code == "not_found":
            raise Http404 from None
        with db.transact() as cur:
            who = actors(cur, seat, [error.params.get("by")]).name(error.params.get("by"))
        return _one(request, seat, thread_id, _("%(who)s is answering this talk.") % {"who": who}, 409)
    return redirect("web:task", task_id=task_id)


@staff("GET")
def file(request: HttpRequest, seat: Seat, message_id: int, n: int) -> HttpResponse:
    """A file that came with a message: to be kept, never to be shown as a page of ours."""
    with db.transact() as cur:
        found = talks.file(cur, seat.shop.id, message_id, n)
    if found is None:
        raise Http404
    name, blob = found
    response = HttpResponse(blob.body, content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
