"""Do they work? All schemes with a hold-out, one scheme's effect, the people behind each figure, and how it is counted.

Owns these looks; nothing is reckoned here, and nothing is written.
"""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.journeys import scheme_queries as queries
from regulars.journeys.scheme_queries import VersionRow
from regulars.reports.uplift import WHOLE_SHOP
from regulars.reports.uplift_cards import BEHIND, Effect, Listed, effects, people_behind
from regulars.reports.uplift_races import split_tests
from regulars.reports.uplift_sums import marked_day
from regulars.web import paging, rows, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.exports.asking import ask
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.scheme_names import read
from regulars.web.schemes import effect_splits
from regulars.web.schemes.effect_asked import LEASTS, Asked, asked
from regulars.web.schemes.effect_chart import percent
from regulars.web.schemes.effect_shown import ARMS, card, line, list_of, looks, page_of, whole_shop
from regulars.web.schemes.head import shared_head
from regulars.web.schemes.pausing import paused
from regulars.web.schemes.split_told import told

__all__ = ["explained", "export", "one", "overview", "who"]

MOST_CARDS = 4


def _choices(say: Say, by: Asked, seat: Seat) -> dict[str, Any]:
    """What both pages offer to choose."""
    return {
        "metric": by.metric,
        "has_revenue": seat.sight.shows("sums"),
        "least": by.percent,
        "leasts": [(f"{round(v * 100)}", percent(say, v)) for v in LEASTS],
    }


def _shop_share(seat: Seat) -> int:
    """Permille of all people whom the shop itself holds out of every scheme."""
    return int(getattr(seat.shop, "hold_out", 0))


@staff("GET", roles=LEADS)
def overview(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All schemes with a hold-out: the cards of those with most people, and a table of all."""
    by = asked(request.GET, seat)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = effects(cur, seat.shop.id, by.metric, by.least, shop_share=_shop_share(seat))
        any_scheme = bool(found) or bool(queries.cards(cur, seat.shop.id, say.now))
        context = {
            **_choices(say, by, seat),
            "cards": [card(e, say, is_owner=seat.is_owner) for e in found[:MOST_CARDS]],
            "lines": [line(e, say) for e in found],
            "has_schemes": any_scheme,
            "day": say.day(marked_day(cur, seat.shop.id)),
            "query": request.GET.urlencode(),
        }
    return show(request, seat, "effect", "effect", context)


@staff("GET", roles=LEADS)
def one(request: HttpRequest, seat: Seat, name: str = "") -> HttpResponse:
    """One scheme's effect, or the whole shop's, with the days behind the curve, whom it leaves out, and its split tests."""
    by = asked(request.GET, seat)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        head = _head(cur, seat, name)
        if head["version"] is not None:
            head |= shared_head(cur, seat, say, head["version"], "effect")
        effect = next(iter(effects(cur, seat.shop.id, by.metric, by.least, name, _shop_share(seat))), None)
        context = {
            **_choices(say, by, seat),
            **head,
            "card": card(effect, say, is_owner=seat.is_owner) if effect else None,
            "looks": looks(effect, say) if effect else [],
            "left_out": _left_out(effect, say) if effect else [],
            "tests": _tests(cur, seat, say, head["version"], by),
            "pause": paused(cur, seat, say, name) if name else None,
            "day": say.day(marked_day(cur, seat.shop.id)),
        }
    return show(request, seat, "schemes" if name else "effect", "scheme_effect", context)


def _head(cur: db.Cursor, seat: Seat, name: str) -> dict[str, Any]:
    """What both pages of one scheme, or of the whole shop, begin with. Raises Http404 for a name that no scheme has."""
    version = queries.version(cur, seat.shop.id, name) if name else None
    if name and version is None:
        raise Http404
    scheme = read(version.text) if version else None
    title = words.in_language(scheme.title, seat.language) if scheme else name or whole_shop()
    return {
        "name": name, "title": title, "version": version, "page": page_of(name), "list": list_of(name),
    }  # fmt: skip


def _tests(cur: db.Cursor, seat: Seat, say: Say, version: VersionRow | None, by: Asked) -> list[dict[str, Any]]:
    """The split tests of the scheme."""
    scheme = read(version.text) if version else None
    if version is None or scheme is None:
        return []
    found = split_tests(cur, seat.shop.id, version.scheme_id, scheme, by.metric, by.least)
    if not found:
        return []
    said = told(cur, seat, say, version.scheme_id, scheme, {test.step: test.ways for test in found})
    return [effect_splits.shown(test, scheme, say, said[test.step]) | {"is_live": version.is_live} for test in found]


def _left_out(effect: Effect, say: Say) -> list[dict[str, str]]:
    """Who is not counted, or was counted anew: a line each, where there is anybody."""
    names = {
        "waiting": _("still within their days"),
        "crossed": _("left out: one and the same as somebody of the other group"),
        "corrected": _("whose figures changed after they were counted: refunds, cancellations, merged records"),
        "others": _("were in another scheme that advertises, meanwhile"),
    }
    counts = {"waiting": effect.waiting, **{k: effect.sums.count(k) for k in ("crossed", "corrected", "others")}}
    return [{"what": k, "name": names[k], "n": say.number(n)} for k, n in counts.items() if n]


@staff("GET", roles=LEADS)
def who(request: HttpRequest, seat: Seat, name: str = "") -> HttpResponse:
    """The people whom a figure counts."""
    what = paging.text_of(request, "what", BEHIND) or "n"
    arm = paging.text_of(request, "arm", ARMS)
    with db.transact() as cur:
        head = _head(cur, seat, name)
        scheme_id = head["version"].scheme_id if head["version"] else WHOLE_SHOP
        say = say_for(seat, clock.now_from(cur))
        found = people_behind(cur, seat.shop.id, scheme_id, what, arm, _after(request), paging.PAGE + 1)
        page, mark = paging.split(found, _mark)
        names = rows.names_of(cur, seat, (p.person_id for p in page), ())
        context = {
            **head,
            "what": what,
            "arm": arm,
            "arms": ["", *ARMS],
            "has_revenue": seat.sight.shows("sums"),
            "rows": [
                {
                    "person_id": p.person_id,
                    "person": names.called(p.person_id, say),
                    "arm": p.arm,
                    "entered": say.day(p.entered),
                    "day": say.day(p.day),
                    "orders": say.number(p.orders),
                    "revenue": say.money(p.revenue, say.currency),
                    "other": p.other,
                    "corrected": p.corrected,
                }
                for p in page
            ],
            "next": paging.next_query(request, mark),
        }
    return show(request, seat, "schemes" if name else "effect", "scheme_effect_who", context)


def _mark(one: Listed) -> str:
    return f"{one.day.isoformat()}.{one.person_id}"


def _after(request: HttpRequest) -> tuple[date, int] | None:
    """Where the page before ended; a mark that isn't ours begins at the first page."""
    day, _dot, person = request.GET.get("after", "").partition(".")
    found = paging.our_id(person)
    try:
        return None if found is None else (date.fromisoformat(day), found)
    except ValueError:
        return None


@staff("GET", roles=LEADS)
def explained(request: HttpRequest, seat: Seat) -> HttpResponse:
    """How it is counted, in plain words."""
    return show(request, seat, "effect", "effect_how", {})


@staff("POST", roles=LEADS)
def export(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Every day's look at every scheme as a file."""
    return ask(request, seat, "effect", request.POST.get("filter", ""), None)
