"""What an owner does with special days: holidays of a country, calendar files, days by hand, each switched off and on.

Whatever moves open clocks is shown before it is done: the deed is tried, and taken back until the owner has said yes.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import cast

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.rules.localtime import local_date
from regulars.rules.special_days import OFF, OPEN, USUAL, What
from regulars.shop import calendar_fetch, calendar_files, day_queries, days, public_holidays
from regulars.shop import queries as shops
from regulars.shop.calendar_fetch import FetchError
from regulars.shop.calendar_files import CalendarFileError, Found
from regulars.web.access import OWNER, Seat, staff
from regulars.web.settings import moves, week
from regulars.web.settings.form import Form
from regulars.web.settings.hours import back_to, show_hours
from regulars.web.settings.page import say_saved
from regulars.web.settings.special_list import problem_words

__all__ = ["add_feed", "fetch_feed", "remove_feed", "save_day", "save_holidays", "switch_day", "take_news"]

FURTHEST = timedelta(days=3 * 366)
NAME_LONGEST = 60
_FOUND_MOST = 800


@staff("POST", roles=OWNER)
def save_holidays(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Keep the holidays of a country, or of its region; none when no country is chosen."""
    form = Form(request.POST)
    country, region = form.raw("country", 2).upper(), form.raw("region", 10)
    place = f"{country}-{region}" if region and region in public_holidays.regions(country) else country
    if place and not public_holidays.is_known(place):
        form.refuse("country", _("Choose one of the list."))
        return show_hours(request, seat, _key(form), deed=form, status=422)
    return _do(
        request, seat, form, "holidays",
        lambda cur, today: days.choose_holidays(cur, seat.shop.id, _key(form), place, seat.actor, today),
    )  # fmt: skip


@staff("POST", roles=OWNER)
def take_news(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Take over what the library of holidays knows otherwise."""
    form = Form(request.POST)

    def take(cur: Cursor, today: date) -> None:
        days.take_news(cur, seat.shop.id, _key(form), seat.actor, today)

    return _do(request, seat, form, "holidays", take)


@staff("POST", roles=OWNER)
def switch_day(request: HttpRequest, seat: Seat, day_id: int) -> HttpResponse:
    """Let one day count (`on=yes`) or not."""
    form = Form(request.POST)

    def switch(cur: Cursor, today: date) -> None:
        if not days.switch(cur, seat.shop.id, _key(form), day_id, form.raw("on", 3) == "yes", seat.actor, today):
            raise Http404

    return _do(request, seat, form, "day", switch)


@staff("POST", roles=OWNER)
def save_day(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Make a day special by hand, change it, or (`do=remove`) let it be like others again."""
    form = Form(request.POST)
    key = _key(form)
    try:
        day = date.fromisoformat(form.raw("day", 10))
    except ValueError:
        form.refuse("day", _("Choose a day."))
        return show_hours(request, seat, key, day_form=form, status=422)
    if form.raw("do") == "remove":
        return _do(request, seat, form, "day", lambda cur, _today: _removed(cur, seat, key, day))
    title = form.text("title", longest=NAME_LONGEST, required=False)
    what = cast("What", form.one_of("what", (OFF, OPEN, USUAL)))
    spans = week.read_day(form, "special") if what == OPEN else ()
    if form.is_good and what == OPEN and not spans:
        form.refuse("special", _("When is that day worked? Write at least one interval."))

    def put(cur: Cursor, today: date) -> None:
        if not today <= day <= today + FURTHEST:
            form.refuse("day", _("Choose a day from today on, three years ahead at most."))
        if form.is_good:
            named = {"": title} if title else {}
            days.put_by_hand(cur, seat.shop.id, key, day, what, spans, named, seat.actor)

    return _do(request, seat, form, "day", put, is_day_form=True)


def _removed(cur: Cursor, seat: Seat, key: str, day: date) -> None:
    days.remove(cur, seat.shop.id, key, day, seat.actor)


@staff("POST", roles=OWNER)
def add_feed(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A calendar file from an address, fetched now and every six hours, or one that is put in once."""
    form = Form(request.POST)
    key, url = _key(form), calendar_fetch.address(form.raw("url", 2000))
    name = form.text("name", longest=NAME_LONGEST, required=False)
    today, playground = _today(seat, key)
    try:
        found = _found(request, url, today, playground)
    except (FetchError, CalendarFileError) as error:
        form.refuse("url" if url else "file", problem_words(error.code))
        return show_hours(request, seat, key, deed=form, status=422)
    if not form.is_good:
        return show_hours(request, seat, key, deed=form, status=422)
    host = calendar_fetch.host_of(url)
    stored = calendar_fetch.box().encrypt(url) if url else None

    def add(cur: Cursor, today: date) -> None:
        new = days.add_feed(cur, seat.shop.id, key, name or host or _("Calendar file"), stored, host, seat.actor)
        days.refresh_feed(cur, seat.shop.id, new, found.days, found.left_out, today)

    kept = (
        [] if url else [("found", json.dumps([[d.isoformat(), t] for d, t in found.days.items()], ensure_ascii=False))]
    )
    return _do(request, seat, form, "feed", add, more=kept)


def _found(request: HttpRequest, url: str, today: date, playground: bool) -> Found:
    """The days of the file: fetched, or sent along, or sent before and now confirmed."""
    if url:
        return calendar_fetch.fetch(url, today, playground=playground)
    sent = request.FILES.get("file")
    if sent is not None:
        if (sent.size or 0) > calendar_files.LARGEST:
            raise CalendarFileError("too_large")
        return calendar_files.read(sent.read(), *calendar_fetch.window(today))
    try:
        pairs = json.loads(request.POST.get("found", ""))[:_FOUND_MOST]
        listed = {date.fromisoformat(day): str(title)[: calendar_files.TITLE_LONGEST] for day, title in pairs}
    except (ValueError, TypeError):
        raise CalendarFileError("not_a_calendar") from None
    first, last = calendar_fetch.window(today)
    return Found({d: t.replace("\x00", "") for d, t in listed.items() if first <= d <= last}, 0)


@staff("POST", roles=OWNER)
def fetch_feed(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """Fetch a calendar file now; what can't be read is said, and its days stay."""
    form = Form(request.POST)
    key = _key(form)
    today, playground = _today(seat, key)
    with db.transact() as cur:
        stored = day_queries.feed_address(cur, seat.shop.id, key, feed_id)
    if stored is None:
        raise Http404
    try:
        found = calendar_fetch.fetch_stored(stored, today, playground=playground)
    except FetchError as error:
        with db.transact() as cur:
            days.feed_failed(cur, seat.shop.id, feed_id, error.code)
        return back_to(key, "#feeds")

    def refresh(cur: Cursor, today: date) -> None:
        days.refresh_feed(cur, seat.shop.id, feed_id, found.days, found.left_out, today)

    return _do(request, seat, form, "feed", refresh)


@staff("POST", roles=OWNER)
def remove_feed(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """A calendar file counts no longer."""
    form = Form(request.POST)

    def remove(cur: Cursor, today: date) -> None:
        if not days.remove_feed(cur, seat.shop.id, _key(form), feed_id, seat.actor, today):
            raise Http404

    return _do(request, seat, form, "feed", remove)


_ANCHORS = {"holidays": "#holidays", "feed": "#feeds", "day": "#special"}


def _do(
    request: HttpRequest,
    seat: Seat,
    form: Form,
    where: str,
    deed: Callable[[Cursor, date], None],
    *,
    is_day_form: bool = False,
    more: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    """Do it, unless something is wrong with the form, or it moves what the owner has not seen yet."""
    key = _key(form)
    day_form, other = (form, None) if is_day_form else (None, form)
    ahead = None
    with db.transact() as cur:
        today = _date(cur, seat, key)
        now = clock.now_from(cur)
        if form.is_good:
            deed(cur, today)
        if form.is_good:
            after = {key: day_queries.in_force(cur, seat.shop.id, key)}
            ahead = moves.ahead(cur, seat, moves.with_calendars(cur, seat.shop.id, after), now)
        if not form.is_good or (ahead and not moves.is_sure(request)):
            transaction.set_rollback(True)
        else:
            moved = moves.change(cur, seat, after, now)
    if not form.is_good:
        return show_hours(request, seat, key, day_form=day_form, deed=other, status=422)
    if ahead and not moves.is_sure(request):
        kept = [*moves.kept(request), *(more or [])]
        return show_hours(request, seat, key, day_form=day_form, deed=other, ahead={**ahead, "kept": kept})
    shops.forget()
    say_saved(request, seat, now, moves.words(moved), where)
    return back_to(key, _ANCHORS[where])


def _date(cur: Cursor, seat: Seat, key: str) -> date:
    try:
        return local_date(clock.now_from(cur), day_queries.in_force(cur, seat.shop.id, key).zone)
    except LookupError:
        raise Http404 from None


def _today(seat: Seat, key: str) -> tuple[date, bool]:
    """The day there, and whether this is a playground."""
    with db.transact() as cur:
        return _date(cur, seat, key), clock.read(cur).playground


def _key(form: Form) -> str:
    return form.raw("calendar", 100) or shops.MAIN
