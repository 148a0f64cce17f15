"""People inside a scheme that changes: who stands where, what is chosen for each step, and the list of whom that means.

Owns the form of the choices and their words; the rules that come of them are journeys'.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core.moving import GONE, SAME, Difference, differences, is_kept, lost_outcomes
from regulars.core.scheme import Scheme
from regulars.journeys import move_actions, move_queries
from regulars.journeys import scheme_queries as queries
from regulars.journeys.checking import read_for_shop
from regulars.journeys.move_queries import Inhabited
from regulars.journeys.moving import LEAVE, MOVE, Rule
from regulars.web import paging, rows, words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.actors import actors
from regulars.web.exports.sheets import FORMS, open_sheet
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.scheme_names import read
from regulars.web.schemes.all_by_hand import progress_of
from regulars.web.schemes.page import FILE, speaker_of

__all__ = ["Choice", "choices", "moving", "progress", "rules_of", "shown", "stop"]

STAY = "stay"
FINISH, ASKED = "finish", "move"
MOST_IN_FILE = 50_000
LEFT = "left_on_change"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen for those inside: `moves` False: all finish their version; `by`: (version's number, step) → STAY,
    LEAVE or 'to.<step>', where it isn't what is proposed."""

    moves: bool
    by: Mapping[tuple[int, str], str]

    def record(self) -> dict[str, Any]:
        """As it is kept beside the draft."""
        return {"moves": self.moves, "by": [[n, step, do] for (n, step), do in self.by.items()]}

    @staticmethod
    def of(data: Mapping[str, Any] | None) -> "Choice":
        """As it was kept; nothing chosen yet means that all finish."""
        if not data:
            return Choice(False, {})
        return Choice(bool(data.get("moves")), {(int(n), str(step)): str(do) for n, step, do in data.get("by", ())})


def choices(request: HttpRequest) -> Choice:
    """The choices that a form sent: `inside`, and `rule.<n>.<step>` each."""
    by: dict[tuple[int, str], str] = {}
    for key, do in request.POST.items():
        if key.startswith("rule."):
            n, _dot, step = key.removeprefix("rule.").partition(".")
            if n.isascii() and n.isdigit() and len(n) < 10:
                by[int(n), step.replace("\x00", "")] = str(do).replace("\x00", "")
    return Choice(request.POST.get("inside") == ASKED, by)


def _proposed(found: Difference) -> str:
    return STAY if found.to is None else f"to.{found.to}"


def rules_of(inhabited: list[Inhabited], new: Scheme, choice: Choice) -> list[Rule]:
    """The rules for those who don't finish their version. Raises MoveRefused for a choice that can't be."""
    if not choice.moves:
        return []
    out = []
    for place in inhabited:
        old = read(place.version.text)
        if old is None or old.per != new.per:
            continue
        became = differences(old, new)
        for step in _steps(old, place):
            do = choice.by.get((place.version.n, step)) or _proposed(became.get(step, Difference(GONE, None)))
            if do == LEAVE:
                out.append(Rule(place.version.id, step, LEAVE, reason=LEFT))
            elif do.startswith("to."):
                out.append(Rule(place.version.id, step, MOVE, do.removeprefix("to.")))
            elif do != STAY:
                raise move_actions.MoveRefused("deed", do)
    return out


def _steps(old: Scheme, place: Inhabited) -> list[str]:
    """The steps at which somebody stands, in the order of the text; one that it doesn't name last."""
    return [*(s for s in old.steps if s in place.waiting), *(s for s in place.waiting if s not in old.steps)]


def shown(cur: Cursor, seat: Seat, say: Say, name: str, new: Scheme, choice: Choice) -> dict[str, Any]:
    """The versions with people, and for each step what may be chosen, for the template."""
    found = move_queries.inhabited(cur, seat.shop.id, name)
    speaker = speaker_of(cur, seat, new)
    targets = [(f"to.{step}", speaker.title(step)) for step in new.steps]
    places = []
    for place in found:
        old = read(place.version.text)
        if old is None:
            continue
        was = speaker_of(cur, seat, old)
        became = differences(old, new) if old.per == new.per else {}
        steps = []
        for step in _steps(old, place):
            difference = became.get(step, Difference(GONE, None))
            chosen = choice.by.get((place.version.n, step)) or _proposed(difference)
            steps.append(
                {
                    "name": step,
                    "title": was.title(step) if step in old.steps else step,
                    "icon": was.icon(old.steps[step]) if step in old.steps else "circle-question-mark",
                    "n": say.number(place.waiting[step]),
                    "became": _became(difference),
                    "is_same": difference.kind == SAME,
                    "lost": _lost(old, new, step, chosen),
                    "chosen": chosen,
                    "targets": _offered(targets, old, new, step),
                }
            )
        places.append({"n": place.version.n, "steps": steps, "can_move": old.per == new.per})
    total = sum(sum(p.waiting.values()) for p in found)
    return {
        "places": places,
        "can_move": any(p["can_move"] for p in places),
        "moves": choice.moves,
        "inside": total,
        "inside_words": say.number(total),
    }


def _lost(old: Scheme, new: Scheme, step: str, chosen: str) -> str:
    """The outcomes of open tasks that the chosen step doesn't know, by their names."""
    lost = lost_outcomes(old, new, step, chosen.removeprefix("to."))
    return ", ".join(words.word(words.OUTCOMES, outcome) for outcome in lost)


def _became(found: Difference) -> str:
    said = {
        SAME: pgettext("step", "as it was"),
        GONE: pgettext("step", "gone"),
        "changed": pgettext("step", "changed"),
        "renamed": pgettext("step", "renamed"),
    }
    return said[found.kind]


def _offered(targets: list[tuple[str, str]], old: Scheme, new: Scheme, step: str) -> list[tuple[str, str]]:
    """Each step of the new version; which of them he would not have to begin anew is said."""
    out: list[tuple[str, str, bool]] = []
    for key, title in targets:
        to = key.removeprefix("to.")
        kept = step in old.steps and is_kept(old, new, step, to)
        said = _("“%(step)s”, keeping the place") if kept else _("“%(step)s”, from its beginning")
        out.append((key, said % {"step": title}, kept))
    return [(key, said) for key, said, _kept in sorted(out, key=lambda one: not one[2])]


# the list of whom it means


@staff("GET", roles=OWNER)
def moving(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Everybody inside with what happens to him by the choices kept beside the draft; with `file`, as a file."""
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name)
        draft = queries.draft(cur, seat.shop.id, seat.account.pk, name)
        if version is None:
            raise Http404
        new = read_for_shop(cur, seat.shop.id, draft.text, FILE).scheme if draft else None
        if new is None:
            messages.info(request, _("There is no draft without errors, so nothing would change for anybody."))
            return redirect("web:scheme", name=name)
        say = say_for(seat, clock.now_from(cur))
        choice = Choice.of(move_queries.draft_rules(cur, seat.shop.id, seat.account.pk, name))
        found = move_queries.inhabited(cur, seat.shop.id, name)
        fates = _fates(cur, seat, found, new, choice)
        if request.GET.get("file") in FORMS:
            return _file(cur, seat, say, name, fates, str(request.GET["file"]))
        at = paging.text_of(request, "at") or next(iter(fates), "")
        listed, following = _page(cur, seat, say, request, fates[at]) if at in fates else ([], None)
        context = {
            "name": name,
            "title": words.in_language(new.title, seat.language),
            "version": version,
            "at": at,
            "places": [{"key": k, "title": f.title, "n": say.number(f.n), "v": f.version_n} for k, f in fates.items()],
            "fate": fates[at].said if at in fates else "",
            "rows": listed,
            "next": following,
        }
    return show(request, seat, "schemes", "scheme_moving", context)


@dataclass(frozen=True, slots=True)
class _Fate:
    """What happens to those at one step, in words."""

    version_id: int
    version_n: int
    step: str
    title: str
    n: int
    said: str


def _fates(cur: Cursor, seat: Seat, found: list[Inhabited], new: Scheme, choice: Choice) -> dict[str, _Fate]:
    speaker = speaker_of(cur, seat, new)
    rules = {(r.version_id, r.step): r for r in rules_of(found, new, choice)}
    out = {}
    for place in found:
        old = read(place.version.text)
        if old is None:
            continue
        was = speaker_of(cur, seat, old)
        for step in _steps(old, place):
            rule = rules.get((place.version.id, step))
            if rule is None:
                said = _("finishes version %(n)d") % {"n": place.version.n}
            elif rule.do == LEAVE:
                said = _("leaves the scheme")
            elif step in old.steps and is_kept(old, new, step, rule.to):
                said = _("moves along, keeping the place at “%(step)s”") % {"step": speaker.title(rule.to)}
            else:
                said = _("begins “%(step)s” anew") % {"step": speaker.title(rule.to)}
            title = was.title(step) if step in old.steps else step
            out[f"{place.version.n}.{step}"] = _Fate(
                place.version.id, place.version.n, step, title, place.waiting[step], said
            )
    return out


def _page(
    cur: Cursor, seat: Seat, say: Say, request: HttpRequest, fate: _Fate
) -> tuple[list[dict[str, Any]], str | None]:
    found = move_queries.standing(
        cur, seat.shop.id, fate.version_id, fate.step, paging.after_id(request), paging.PAGE + 1
    )
    page, mark = paging.split(found, lambda row: paging.id_mark(row.id))
    listed = rows.enrolments(cur, seat, say, page)
    shown_rows = [{**r, "since": say.when(row.entered_at)} for r, row in zip(listed, page, strict=True)]
    return shown_rows, paging.next_query(request, mark)


def _file(cur: Cursor, seat: Seat, say: Say, name: str, fates: Mapping[str, _Fate], form: str) -> HttpResponse:
    file = io.BytesIO()
    sheet = open_sheet(form, file, seat.language)
    sheet.row([_("Who"), _("Order"), _("Version"), _("Step"), _("Here since"), _("What happens")])
    left = MOST_IN_FILE
    for fate in fates.values():
        for batch in _batches(cur, seat, fate):
            listed = rows.enrolments(cur, seat, say, batch[:left])
            for row, found in zip(listed, batch, strict=False):
                since = say.here(found.entered_at) if found.entered_at else None
                sheet.row([row["person"], row["order"], fate.version_n, fate.title, since, fate.said])
            left -= len(listed)
            if left <= 0:
                break
    sheet.close()
    response = HttpResponse(file.getvalue(), content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{name}-moving.{form}"'
    return response


def _batches(cur: Cursor, seat: Seat, fate: _Fate) -> Iterator[list[Any]]:
    after: int | None = None
    while True:
        found = list(move_queries.standing(cur, seat.shop.id, fate.version_id, fate.step, after, 1000))
        if not found:
            return
        yield found
        after = found[-1].id


# how far it is


def progress(cur: Cursor, seat: Seat, say: Say, name: str) -> dict[str, Any] | None:
    """The newest move for the scheme's page: while it runs, and for a day after."""
    found = move_queries.latest(cur, seat.shop.id, name)
    if found is None or (found.finished_at is not None and (say.now - found.finished_at).days >= 1):
        return None
    done = found.moved + found.gone + found.kept
    total = max(found.total, done)
    return {
        "id": found.id,
        "hand": progress_of(cur, seat, say, name, found),
        "n": found.to_n,
        "back_n": found.from_n,
        "is_running": found.state == "running",
        "is_stopped": found.state == "stopped",
        "done": done,
        "total": total,
        "done_words": say.number(done),
        "total_words": say.number(total),
        "moved": say.number(found.moved),
        "gone": say.number(found.gone) if found.gone else "",
        "kept": say.number(found.kept) if found.kept else "",
        "by": actors(cur, seat, [found.started_by]).name(found.started_by),
        "at": say.when(found.started_at),
    }


@staff("POST", roles=OWNER)
def stop(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Move nobody else."""
    id_ = paging.our_id(request.POST.get("move", ""))
    with db.transact() as cur:
        if queries.version(cur, seat.shop.id, name) is None:
            raise Http404
        now = clock.now_from(cur)
        done = id_ is not None and move_actions.stop(cur, seat.shop.id, id_, seat.actor, now)
    if done:
        messages.success(request, _("Nobody else is moved; whoever was moved stays where he is now."))
    return redirect("web:scheme", name=name)
