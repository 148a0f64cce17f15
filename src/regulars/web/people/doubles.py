"""Persons who may be one: the list of them, a comparison with what comes together, merging, telling apart, undoing.

Owns what is shown of a pair; how likely it is stands in rules/doubles.py, what a decision does in people/doubles.py.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.orders import twins
from regulars.orders.sums import sums_of
from regulars.people import doubles, queries
from regulars.people.actions import MergeRefused
from regulars.people.doubles import DoubleRow
from regulars.people.queries import PersonCard
from regulars.web import contacts, paging, undo, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.page import say_for, show
from regulars.web.say import Say

__all__ = ["apart", "bulk", "compare", "listing", "merge", "pairs_of", "take_back"]

MOST = 200
LATELY = timedelta(days=30)


@staff("GET", roles=LEADS)
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All pairs that wait for a decision, the likeliest first."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        mark = paging.after_id(request)
        first = doubles.one(cur, seat.shop.id, mark) if mark else None
        rows, following = paging.split(
            doubles.page(cur, seat.shop.id, after=(first.score, first.id) if first else None, limit=paging.PAGE + 1),
            lambda row: paging.id_mark(row.id),
        )
        context = {
            "pairs": _pairs(cur, seat, say, rows),
            "next": paging.next_query(request, following),
            "is_first": mark is None,
        }
    return show(request, seat, "people", "doubles", context)


@staff("GET")
def compare(request: HttpRequest, seat: Seat, double_id: int) -> HttpResponse:
    """The two side by side, and what they would be together."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        pair = doubles.one(cur, seat.shop.id, double_id)
        if pair is None:
            raise Http404
        known = queries.cards(cur, seat.shop.id, [pair.one_id, pair.other_id])
        for person in known:
            contacts.look(cur, seat, person, "double", whole=seat.is_lead)
        reach = queries.reach(cur, seat.shop.id, list(known))
        sums = sums_of(cur, seat.shop.id, list(known))
        sides = [_side(say, seat, known[i], sums.get(i), reach[i]) for i in (pair.one_id, pair.other_id) if i in known]
        context = {
            "pair": _shown(say, seat, pair, known),
            "sides": sides,
            "consents": _together(say, [reach[i] for i in known]),
            "points": sorted(
                {p["text"] for side in sides for p in side["phones"]} | {e for s in sides for e in s["emails"]}
            ),
            "is_open": pair.state == "open",
        }
    return show(request, seat, "people", "double", context)


@staff("POST")
def merge(request: HttpRequest, seat: Seat, double_id: int) -> HttpResponse:
    """The two are one."""
    keep = paging.our_id(request.POST.get("keep", ""))
    with db.transact() as cur:
        pair = doubles.one(cur, seat.shop.id, double_id)
    if pair is None:
        raise Http404
    try:
        with db.transact() as cur:
            _merge(cur, seat, pair, keep or pair.one_id)
    except (LookupError, MergeRefused):
        messages.warning(request, _("This pair is decided already."))
        return redirect("web:person", pair.one_id)
    undo.offer(request, _("Merged: one person now."), reverse("web:double_undo", args=[double_id]))
    return redirect("web:person", keep or pair.one_id)


@staff("POST")
def apart(request: HttpRequest, seat: Seat, double_id: int) -> HttpResponse:
    """The two are not one, and are never asked about again."""
    with db.transact() as cur:
        pair = doubles.one(cur, seat.shop.id, double_id)
        if pair is None:
            raise Http404
        doubles.tell_apart(cur, seat.shop.id, double_id, seat.actor, clock.now_from(cur))
    undo.offer(
        request, _("Kept apart: nobody is asked about these two again."), reverse("web:double_undo", args=[double_id])
    )
    return redirect("web:person", pair.one_id)


@staff("POST")
def take_back(request: HttpRequest, seat: Seat, double_id: int) -> HttpResponse:
    """Undo either decision."""
    with db.transact() as cur:
        pair = doubles.one(cur, seat.shop.id, double_id)
        if pair is None:
            raise Http404
        is_done = doubles.undo(cur, seat.shop.id, double_id, seat.actor, clock.now_from(cur))
        _look_at_orders(cur, seat, pair)
    if is_done:
        messages.success(request, _("Taken back: two persons, as before."))
    return redirect("web:double", double_id)


@staff("POST", roles=LEADS)
def bulk(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One decision for many pairs; of a merged one the older record stays."""
    ids = [i for text in request.POST.getlist("pair")[:MOST] if (i := paging.our_id(text))]
    n = 0
    for double_id in ids:
        with db.transact() as cur:  # a transaction each: persons are locked in order, and one refusal spoils no other
            n += _one_of_many(cur, seat, double_id, is_merge=request.POST.get("do") == "merge")
    if n:
        messages.success(request, ngettext("%(n)d pair was decided.", "%(n)d pairs were decided.", n) % {"n": n})
    else:
        messages.warning(request, _("Nothing was chosen."))
    return redirect("web:doubles")


def _one_of_many(cur: Cursor, seat: Seat, double_id: int, *, is_merge: bool) -> bool:
    now = clock.now_from(cur)
    pair = doubles.one(cur, seat.shop.id, double_id)
    if pair is None:
        return False
    if not is_merge:
        return doubles.tell_apart(cur, seat.shop.id, double_id, seat.actor, now)
    try:
        _merge(cur, seat, pair, pair.one_id)
    except (LookupError, MergeRefused):
        return False
    return True


def _merge(cur: Cursor, seat: Seat, pair: DoubleRow, keep: int) -> None:
    doubles.merge_pair(cur, seat.shop.id, pair.id, keep, seat.actor, clock.now_from(cur))
    _look_at_orders(cur, seat, pair)


def _look_at_orders(cur: Cursor, seat: Seat, pair: DoubleRow) -> None:
    """What each of the two has ordered of late may be the same order twice, or is so no longer."""
    twins.look_at_persons(cur, seat.shop.id, (pair.one_id, pair.other_id), clock.now_from(cur) - LATELY)


def pairs_of(cur: Cursor, seat: Seat, say: Say, person_id: int) -> dict[str, Any]:
    """For a person's page and the card: with whom he may be one, and who was merged into him."""
    ids = queries.ids_of(cur, seat.shop.id, person_id)
    return {
        "pairs": _pairs(cur, seat, say, doubles.of_persons(cur, seat.shop.id, ids), of=person_id),
        "merged_pairs": _pairs(cur, seat, say, doubles.of_persons(cur, seat.shop.id, ids, "merged"), of=person_id),
    }


def _pairs(cur: Cursor, seat: Seat, say: Say, rows: Sequence[DoubleRow], of: int | None = None) -> list[dict[str, Any]]:
    known = queries.cards(cur, seat.shop.id, [i for r in rows for i in (r.one_id, r.other_id)])
    return [_shown(say, seat, r, known, of) for r in rows if r.one_id in known and r.other_id in known]


def _shown(
    say: Say, seat: Seat, pair: DoubleRow, known: dict[int, PersonCard], of: int | None = None
) -> dict[str, Any]:
    one, other = known[pair.one_id], known[pair.other_id]
    return {
        "id": pair.id,
        "one": _person(say, seat, one),
        "other": _person(say, seat, other),
        "them": _person(say, seat, one if of == other.id else other),
        "why": ", ".join(words.word(words.DOUBLE_REASONS, r) for r in pair.reasons),
        "score": pair.score,
        "state": pair.state,
    }


def _person(say: Say, seat: Seat, card: PersonCard) -> dict[str, Any]:
    return {"id": card.id, **contacts.shown(seat, say, card, seat.is_lead)}


def _side(say: Say, seat: Seat, card: PersonCard, sums: Any, reach: queries.Reach) -> dict[str, Any]:
    return {
        **_person(say, seat, card),
        "since": say.day(card.created_at),
        "is_customer": card.customer_since is not None,
        "city": str(card.address.get("city") or ""),
        "orders": say.number(sums.orders) if sums else "0",
        "total": say.money(sums.total, sums.currency) if sums and sums.total is not None else "",
        "consents": _together(say, [reach]),
    }


def _together(say: Say, reaches: Sequence[queries.Reach]) -> list[dict[str, Any]]:
    """The stricter word of all of them."""
    out: dict[str, bool] = {}
    for reach in reaches:
        for name, said in reach.consents.items():
            out[name] = out.get(name, True) and said.given
    return [
        {
            "name": f"{words.word(words.CHANNELS, name.partition('.')[0])}, {words.word(words.PURPOSES, name.partition('.')[2])}",
            "given": given,
        }
        for name, given in sorted(out.items())
    ]
