"""Who would have got what: the list behind a figure of a backtest, and all of it as a file.

Owns the filter and the columns; the rows are those that the run has packed.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core.backtest_rows import REFUSED, Row
from regulars.journeys import backtest_runs as runs
from regulars.journeys.backtest_runs import Run
from regulars.shop import queries as shops
from regulars.web import paging, rows, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.exports.sheets import FORMS, open_sheet
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.scheme_names import read, title_of
from regulars.web.schemes import backtest_words as said

__all__ = ["file", "who"]

_NAMED = 1000
"""Names are looked up for so many rows of the file at once."""
_MOST = 300_000


@staff("GET", roles=LEADS)
def who(request: HttpRequest, seat: Seat, backtest_id: int) -> HttpResponse:
    """The rows of a run: those of a reason, those of a person, those that crowd the desk, or all."""
    start = _number(request.GET.get("from", ""))
    with db.transact() as cur:
        run = _run(cur, seat, backtest_id)
        say = say_for(seat, clock.now_from(cur))
        found = _chosen(request, run, cur)
        page: list[tuple[int, Row]] = []
        more = False
        for place, row in enumerate(found):
            if place < start:
                continue
            if len(page) == paging.PAGE:
                more = True
                break
            page.append(row)
        lines = _lines(cur, seat, say, run, page)
    query = {k: v for k, v in request.GET.items() if k in ("side", "reason", "person", "crowded")}
    return show(
        request,
        seat,
        "schemes",
        "scheme_backtest_who",
        {
            "run": run,
            "back": f"{reverse('web:scheme_backtest', args=[run.name])}?run={run.id}",
            "title": _title(request, run),
            "lines": lines,
            "next": urlencode({**query, "from": start + paging.PAGE}) if more else "",
        },
    )


@staff("GET", roles=LEADS)
def file(request: HttpRequest, seat: Seat, backtest_id: int) -> HttpResponse:
    """All of it as a file."""
    form = paging.text_of(request, "form", list(FORMS)) or "csv"
    with db.transact() as cur, tempfile.TemporaryFile() as target:
        run = _run(cur, seat, backtest_id)
        say = say_for(seat, clock.now_from(cur))
        sheet = open_sheet(form, target, seat.language)
        sheet.row(
            [
                _("Version"),
                _("When"),
                _("Person"),
                _("Order"),
                _("Step"),
                _("What"),
                _("By, or team"),
                _("Outcome"),
                _("Why"),
            ]
        )
        for some in _in_pages(runs.rows(cur, run.id)):
            for line in _lines(cur, seat, say, run, some):
                sheet.row(
                    [
                        line["version"], line["moment"], line["person"], line["order"], line["step"], line["what"],
                        line["detail"], line["fate"], line["reason"],
                    ]
                )  # fmt: skip
        sheet.close()
        target.seek(0)
        body = target.read()
    name = f"backtest-{run.name}-{run.created_at:%Y-%m-%d}.{form}"
    response = HttpResponse(body, content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _run(cur: Cursor, seat: Seat, run_id: int) -> Run:
    run = runs.one(cur, seat.shop.id, run_id)
    if run is None or run.result is None or not run.has_rows:
        raise Http404
    return run


def _chosen(request: HttpRequest, run: Run, cur: Cursor) -> Iterator[tuple[int, Row]]:
    """The rows that the query asks for."""
    side, reason = request.GET.get("side", ""), request.GET.get("reason", "")[:40]
    person = paging.id_of(request, "person")
    hours = _crowded(run) if request.GET.get("crowded") else None
    for at, row in runs.rows(cur, run.id):
        if side and str(at) != side:
            continue
        if reason and (row.fate != REFUSED or row.reason != reason):
            continue
        if person and row.person_id != person:
            continue
        if hours is not None and not hours(row):
            continue
        yield at, row


def _crowded(run: Run) -> Any:
    """Whether a row is work that begins in the hours that are beyond the desk's means."""
    first = (run.result or {})["first"]
    if first["code"] != "crowded":
        raise Http404
    zone = ZoneInfo((run.result or {})["zone"])

    def holds(row: Row) -> bool:
        if row.what != first["kind"] or row.detail != first["team"]:
            return False
        there = row.at.astimezone(zone)
        return bool(
            there.weekday() == first["hours_weekday"] and first["hours_from"] <= there.hour < first["hours_until"]
        )

    return holds


def _title(request: HttpRequest, run: Run) -> str:
    if reason := request.GET.get("reason", "")[:40]:
        return said.reason(reason)
    if request.GET.get("crowded"):
        return _("In the hours that are too full")
    return _("Who would have got what")


def _number(text: str) -> int:
    return int(text[:9]) if text[:9].isascii() and text[:9].isdigit() else 0


def _in_pages(found: Iterator[tuple[int, Row]]) -> Iterator[list[tuple[int, Row]]]:
    held: list[tuple[int, Row]] = []
    for place, row in enumerate(found):
        if place >= _MOST:
            break
        held.append(row)
        if len(held) == _NAMED:
            yield held
            held = []
    if held:
        yield held


def _lines(cur: Cursor, seat: Seat, say: Say, run: Run, found: list[tuple[int, Row]]) -> list[dict[str, Any]]:
    """Rows in words, with names and numbers loaded together."""
    names = rows.names_of(cur, seat, (r.person_id for _s, r in found), (r.order_id for _s, r in found))
    labels = [said.label(s["label"]) for s in run.asked["sides"]]
    schemes = [read(s["text"]) for s in run.asked["sides"]]
    titles = shops.team_titles(cur, seat.shop.id)
    teams = {key: words.in_language(title, seat.language) for key, title in titles.items()}
    zone = ZoneInfo(seat.shop.time_zone)
    return [
        {
            "version": labels[side],
            "at": say.when(row.at),
            "moment": datetime.combine(row.at.astimezone(zone).date(), row.at.astimezone(zone).time()),
            "person_id": row.person_id,
            "person": names.called(row.person_id, say),
            "order_id": row.order_id,
            "order": names.order(row.order_id),
            "step": title_of(schemes[side], row.step, seat.language),
            "what": said.what(row.what),
            "detail": said.by(row.what, row.detail, teams),
            "fate": said.fate(row.fate),
            "reason": said.reason(row.reason)
            if row.fate == REFUSED
            else words.word(words.OUTCOMES, row.reason)
            if row.reason
            else "",
        }
        for side, row in found
    ]
