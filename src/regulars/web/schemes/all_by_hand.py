"""Everybody who waits at a step, let go on, moved or taken out: what it would do is said first, then it goes in slices.

Owns that page, its words, and how such a deed is stopped and taken back; the deed is journeys'.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core.moving import release_target
from regulars.core.scheme import END, Ask, Call, Scheme, Send, Step, Task
from regulars.journeys import counts, move_actions, move_all_actions, move_queries
from regulars.journeys import scheme_queries as queries
from regulars.journeys.move_actions import MoveRefused
from regulars.journeys.move_queries import MoveRow
from regulars.journeys.moving import BACK, LEAVE, MOVE, RELEASE, Rule
from regulars.journeys.scheme_queries import VersionRow
from regulars.web import paging, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.scheme_names import read
from regulars.web.schemes.by_hand import REASONS
from regulars.web.schemes.page import speaker_of
from regulars.web.schemes.steps import Speaker

__all__ = ["ask", "progress_of", "put_back", "stop"]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A deed on all at a step of a version, as it was asked for."""

    version: VersionRow
    scheme: Scheme
    step: str
    do: str
    to: str
    reason: str

    @property
    def target(self) -> str | None:
        """The step that comes next for them; END, or None where they leave."""
        if self.do == LEAVE:
            return None
        return self.to if self.do == MOVE else release_target(self.scheme.steps[self.step])

    @property
    def can_be_put_back(self) -> bool:
        """Whether it can be taken back."""
        return move_all_actions.can_be_put_back(
            self.scheme, Rule(self.version.id, self.step, self.do, self.to, self.reason)
        )


@staff("GET", "POST", roles=LEADS)
def ask(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """GET says how many it would be and what would happen to them; POST has it done."""
    with db.transact() as cur:
        wish = _wish(cur, seat, name, request)
        if wish is None:
            messages.error(request, _("Say what is to be done, and where to."))
            return redirect("web:scheme", name=name)
        if request.method == "GET":
            return show(request, seat, "schemes", "scheme_all", _page(cur, seat, wish))
    try:
        with db.transact() as cur:
            move_all_actions.begin_all(
                cur, seat.shop.id, wish.version.scheme_id, wish.version.id, wish.step, wish.do, seat.actor,
                clock.now_from(cur), to=wish.to, reason=wish.reason,
            )  # fmt: skip
    except MoveRefused as refused:
        messages.error(
            request,
            _("This is going on already with all at this step.")
            if refused.code == "busy"
            else _("Say what is to be done, and where to."),
        )
    return redirect("web:scheme", name=name)


def _wish(cur: Cursor, seat: Seat, name: str, request: HttpRequest) -> _Wish | None:
    """What was asked for; None where it can't be done. Raises Http404 where there is no such version."""
    asked = request.POST if request.method == "POST" else request.GET

    def text(key: str) -> str:
        return str(asked.get(key, "")).replace("\x00", "")

    given = text("n")
    n = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
    version = queries.version(cur, seat.shop.id, name, n)
    scheme = read(version.text) if version else None
    if version is None or scheme is None:
        raise Http404
    step, do, to, reason = text("step"), text("do"), text("to"), text("reason")
    fits = {
        RELEASE: release_target(scheme.steps.get(step)) is not None,
        MOVE: to in scheme.steps and to != step,
        LEAVE: reason in move_actions.REASONS,
    }
    if step not in scheme.steps or not fits.get(do):
        return None
    return _Wish(version, scheme, step, do, to if do == MOVE else "", reason if do == LEAVE else "")


def _page(cur: Cursor, seat: Seat, wish: _Wish) -> dict[str, Any]:
    say = say_for(seat, clock.now_from(cur))
    speaker = speaker_of(cur, seat, wish.scheme)
    n = counts.numbers(cur, {wish.version.id})[wish.version.id].waiting.get(wish.step, 0)
    return {
        "name": wish.version.name,
        "title": words.in_language(wish.scheme.title, seat.language) or wish.version.name,
        "n": wish.version.n,
        "step": wish.step,
        "step_title": speaker.title(wish.step),
        "do": wish.do,
        "to": wish.to,
        "reason": wish.reason,
        "people": n,
        "people_words": say.number(n),
        "said": _said(wish, speaker, say.number(n), n),
        "comes": _comes(wish, speaker),
        "why": str(REASONS[wish.reason]) if wish.reason else "",
        "can_be_put_back": wish.can_be_put_back,
    }


def _said(wish: _Wish, speaker: Speaker, n_words: str, n: int) -> str:
    """The deed in a sentence."""
    step = speaker.title(wish.step)
    if wish.do == RELEASE:
        said = ngettext(
            "%(n)s person who waits at “%(step)s” goes on, as if the time had run out.",
            "%(n)s people who wait at “%(step)s” go on, as if the time had run out.",
            n,
        )
    elif wish.do == MOVE:
        said = ngettext(
            "%(n)s person who waits at “%(step)s” is moved to “%(to)s”.",
            "%(n)s people who wait at “%(step)s” are moved to “%(to)s”.",
            n,
        )
    else:
        said = ngettext(
            "%(n)s person who waits at “%(step)s” is taken out of the scheme.",
            "%(n)s people who wait at “%(step)s” are taken out of the scheme.",
            n,
        )
    return said % {"n": n_words, "step": step, "to": speaker.title(wish.to) if wish.to else ""}


def _comes(wish: _Wish, speaker: Speaker) -> list[str]:
    """What that brings each of them, and calls off."""
    out = []
    here = wish.scheme.steps[wish.step]
    if wish.do == LEAVE:
        out.append(_("Their open tasks are closed, their unsent letters called off, and open promises have no object."))
    elif isinstance(here, Call | Task):
        out.append(_("Their open tasks of this step are closed."))
    target = wish.target
    if target == END:
        out.append(_("With that the scheme is over for them."))
    elif target is not None:
        out.append(_next(wish.scheme.steps[target]) % {"step": speaker.title(target)})
    return out


def _next(step: Step) -> str:
    match step:
        case Send() | Ask():
            return _("Then comes “%(step)s”: each gets this message, unless consent, cap or quiet hours hold it back.")
        case Call() | Task():
            return _("Then comes “%(step)s”: a task opens for each of them.")
        case _:
            return _("Then comes “%(step)s”.")


@staff("POST", roles=LEADS)
def stop(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Let it meet nobody else."""
    with db.transact() as cur:
        id_ = _running(cur, seat, name, request)
        done = id_ is not None and move_actions.stop(cur, seat.shop.id, id_, seat.actor, clock.now_from(cur))
    if done:
        messages.success(request, _("Stopped: all others stay where they are."))
    return redirect("web:scheme", name=name)


@staff("POST", roles=LEADS)
def put_back(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Stop it, and put back whoever hasn't begun his step yet."""
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name)
        id_ = _running(cur, seat, name, request)
        done = version is not None and id_ is not None
        if version is not None and id_ is not None:
            now = clock.now_from(cur)
            done = move_all_actions.put_all_back(cur, seat.shop.id, version.scheme_id, id_, seat.actor, now) is not None
    if not done:
        messages.warning(request, _("Too late: the step has begun. Move them by hand if need be."))
    return redirect("web:scheme", name=name)


def _running(cur: Cursor, seat: Seat, name: str, request: HttpRequest) -> int | None:
    """The deed that the button was of, if it is the scheme's newest and by hand."""
    if queries.version(cur, seat.shop.id, name) is None:
        raise Http404
    found = move_queries.latest(cur, seat.shop.id, name)
    id_ = paging.our_id(request.POST.get("move", ""))
    return id_ if found is not None and found.id == id_ and found.by_hand is not None else None


def progress_of(cur: Cursor, seat: Seat, say: Say, name: str, found: MoveRow) -> dict[str, Any] | None:
    """Of a deed by hand on all at a step: what is done, and whether it can be taken back now; None of any other move."""
    rule = found.by_hand
    version = queries.version(cur, seat.shop.id, name, found.to_n) if rule else None
    scheme = read(version.text) if version else None
    if rule is None or scheme is None:
        return None
    speaker = speaker_of(cur, seat, scheme)
    titles = {
        RELEASE: _("All at “%(step)s” go on"),
        MOVE: _("All at “%(step)s” are moved to “%(to)s”"),
        LEAVE: _("All at “%(step)s” are taken out"),
        BACK: _("All are put back to “%(to)s”"),
    }
    is_time = found.finished_at is None or say.now < move_all_actions.put_back_until(found.finished_at)
    return {
        "title": titles[rule.do] % {"step": speaker.title(rule.step), "to": speaker.title(rule.to) if rule.to else ""},
        "done": say.number(found.moved + found.gone),
        "can_be_put_back": is_time and move_all_actions.can_be_put_back(scheme, rule),
    }
