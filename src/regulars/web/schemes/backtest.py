"""The backtest of a scheme on the screen: choose a period and versions, see how far it is, read what came out, fetch it.

Owns the requests; what the figures look like is backtest_shown.py's. A small run is made at once, a larger one by the jobs.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core.read import read_scheme
from regulars.journeys import backtest_prices as prices
from regulars.journeys import backtest_runs as runs
from regulars.journeys import scheme_queries as queries
from regulars.journeys.backtest_runs import Run, Wish
from regulars.web import paging
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.scheme_names import read
from regulars.web.schemes import backtest_words as said
from regulars.web.schemes.backtest_shown import shown
from regulars.web.schemes.head import shared_head

__all__ = ["AT_ONCE", "cancel", "page", "progress", "set_prices", "start"]

AT_ONCE = 500
"""So many beginnings are played while the browser waits."""
PERIODS = (30, 90, 365)
FIRST_SEED = "1"
_VERSIONS = 10


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """The form, the runs of before, and the newest result or the one asked for."""
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name, None)
        if version is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        before = runs.runs(cur, seat.shop.id, name)
        asked = paging.id_of(request, "run")
        chosen = runs.one(cur, seat.shop.id, asked or before[0].id) if asked or before else None
        if asked and (chosen is None or chosen.name != name):
            raise Http404
        choices = _choices(cur, seat, name)
        context = {
            **shared_head(cur, seat, say, version, "backtest"),
            "sides": choices,
            "periods": PERIODS,
            "runs": [_run(r, say) for r in before],
            "run": _run(chosen, say) if chosen else None,
            "chosen": _chosen(chosen, choices),
            "found": shown(cur, seat, say, chosen.result, read(chosen.asked["sides"][-1]["text"]))
            if chosen and chosen.result
            else None,
            "prices": [(w, prices.prices_of(cur, seat.shop.id).get(w, "")) for w in prices.PRICED],
            "currency": seat.shop.currency,
        }
    return show(request, seat, "schemes", "scheme_backtest", context)


def _choices(cur: Cursor, seat: Seat, name: str) -> list[tuple[str, str]]:
    """What may be run: the account's draft, and the newest versions."""
    out = []
    if seat.is_owner and queries.draft(cur, seat.shop.id, seat.account.pk, name) is not None:
        out.append(("draft", _("My draft")))
    for version, _inside in queries.versions(cur, seat.shop.id, name, None, _VERSIONS):
        label = _("Version %(n)s, running") if version.is_live else _("Version %(n)s")
        out.append((str(version.n), label % {"n": version.n}))
    return out


def _chosen(run: Run | None, choices: list[tuple[str, str]]) -> dict[str, str]:
    """What the form begins with: what was run last, or the newest against the one before."""
    if run is not None:
        codes = [s["label"].removeprefix("v") for s in run.asked["sides"]]
        return {"side": codes[-1], "against": codes[0] if len(codes) > 1 else "", "seed": run.asked["seed"]}
    side, against = [*(key for key, _label in choices[:2]), "", ""][:2]
    return {"side": side, "against": against, "seed": FIRST_SEED}


def _run(run: Run, say: Say) -> dict[str, Any]:
    return {
        "id": run.id,
        "state": run.state,
        "is_over": run.is_over,
        "at": say.when(run.created_at),
        "labels": [said.label(s["label"]) for s in run.asked["sides"]],
        "since": say.day(datetime.fromisoformat(run.asked["since"])),
        "until": say.day(datetime.fromisoformat(run.asked["until"])),
        "done": say.number(run.done),
        "total": say.number(run.total),
        "percent": 100 * run.done // max(run.total, 1),
        "has_rows": run.has_rows,
        "seed": run.asked["seed"],
    }


@staff("POST", roles=LEADS)
def start(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Begin a run, unless one is under way."""
    here = reverse("web:scheme_backtest", args=[name])
    with db.transact() as cur:
        now = clock.now_from(cur)
        wish = _wish(cur, request, seat, name, now)
        if isinstance(wish, str):
            messages.warning(request, wish)
            return redirect(here)
        if (other := runs.busy(cur, seat.shop.id)) is not None:
            messages.warning(request, _("Another backtest of this shop is running; wait for it, or call it off."))
            busy = runs.one(cur, seat.shop.id, other)
            return redirect(f"{reverse('web:scheme_backtest', args=[busy.name if busy else name])}?run={other}")
        kinds = {t.event for _label, text in wish.sides if (s := read_scheme(text).scheme) for t in s.starts}
        total = runs.begun_in(cur, seat.shop.id, sorted(kinds), wish.since, wish.until)
        run_id = runs.ask(cur, seat.shop.id, seat.account.pk, wish, total, seat.actor)
        if total > AT_ONCE:
            app.configure_task(runs.JOB).defer(run_id=run_id)
    if total <= AT_ONCE:
        runs.make(run_id)
    return redirect(f"{here}?run={run_id}")


def _wish(cur: Cursor, request: HttpRequest, seat: Seat, name: str, now: datetime) -> Wish | str:
    """What the form asks for, or what is wrong with it."""
    if queries.version(cur, seat.shop.id, name, None) is None:
        raise Http404
    sides = []
    for field in ("against", "side"):
        value = request.POST.get(field, "")
        if field == "against" and (not value or value == request.POST.get("side")):
            continue
        side = _side(cur, seat, name, value)
        if side is None:
            return _("This version isn’t there any more; choose another.")
        if read_scheme(side[1]).scheme is None:
            return _("The text of %(version)s has errors; mend them first.") % {"version": said.label(side[0])}
        sides.append(side)
    zone = ZoneInfo(seat.shop.time_zone)
    days = request.POST.get("days", "")
    until, since = now, None
    if not days:
        last, since = (_day(request.POST.get(field, ""), zone) for field in ("until", "since"))
        until = now if last is None else min(now, last + timedelta(days=1))
    if since is None:
        since = until - timedelta(days=int(days) if days in map(str, PERIODS) else 365)
    if since >= until or until - since > timedelta(days=3660):
        return _("The period must begin before it ends, and last ten years at most.")
    return Wish(name, sides, since, until, request.POST.get("seed", "").strip()[:20] or FIRST_SEED)


def _side(cur: Cursor, seat: Seat, name: str, value: str) -> tuple[str, str] | None:
    if value == "draft" and seat.is_owner:
        draft = queries.draft(cur, seat.shop.id, seat.account.pk, name)
        return (said.DRAFT, draft.text) if draft else None
    if not (value.isascii() and value.isdigit() and int(value[:9])):
        return None
    version = queries.version(cur, seat.shop.id, name, int(value[:9]))
    return (f"v{version.n}", version.text) if version else None


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=zone)
    except ValueError:
        return None


@staff("GET", roles=LEADS)
def progress(request: HttpRequest, seat: Seat, backtest_id: int) -> HttpResponse:
    """How far a run is; the page asks by itself, and is loaded anew when it is over."""
    with db.transact() as cur:
        run = runs.one(cur, seat.shop.id, backtest_id)
        say = say_for(seat, clock.now_from(cur))
    if run is None:
        raise Http404
    here = f"{reverse('web:scheme_backtest', args=[run.name])}?run={run.id}"
    if not request.headers.get("HX-Request"):
        return redirect(here)
    if run.is_over:
        return HttpResponse(status=204, headers={"HX-Redirect": here})
    return render(request, "web/part_backtest_progress.html", {"run": _run(run, say)})


@staff("POST", roles=LEADS)
def cancel(request: HttpRequest, seat: Seat, backtest_id: int) -> HttpResponse:
    """Call a run off."""
    with db.transact() as cur:
        run = runs.one(cur, seat.shop.id, backtest_id)
        if run is None:
            raise Http404
        done = runs.cancel(cur, seat.shop.id, backtest_id, seat.actor)
    if done:
        messages.success(request, _("The backtest was called off."))
    return redirect(f"{reverse('web:scheme_backtest', args=[run.name])}?run={run.id}")


@staff("POST", roles=OWNER)
def set_prices(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Keep what a message and a call cost."""
    name = request.POST.get("name", "")[:200]
    with db.transact() as cur:
        back = reverse("web:scheme_backtest", args=[name]) if queries.version(cur, seat.shop.id, name, None) else ""
        try:
            found = {what: prices.read_price(request.POST.get(what, "")) for what in prices.PRICED}
        except prices.PriceError as error:
            text = _("“%(price)s” is no price; write a number like 3.50.") % {"price": str(error)[:40]}
            messages.warning(request, text)
        else:
            prices.set_prices(cur, seat.shop.id, found, seat.actor)
            messages.success(request, _("The prices are kept; budgets by cost and the next backtest reckon with them."))
    return redirect(back or "web:schemes")
