"""Looking a product up while talking, and noting what the buyer said to an offer.

Owns the two routes; how products are found is catalog/search.py's, how an offer counts catalog/offers.py's.
"""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.catalog import offers as answering
from regulars.catalog import queries as catalog
from regulars.catalog.search import search
from regulars.desk import queries
from regulars.desk.queries import TaskRow
from regulars.people import queries as people
from regulars.web.access import Seat, staff, unseen
from regulars.web.desk import goods as wares
from regulars.web.filters import text_in
from regulars.web.page import say_for
from regulars.web.paging import our_id

__all__ = ["find", "offer"]

SHOWN = 8
LONGEST = 100


@staff("GET")
def find(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Products that may be meant; with `task`, what is different from what that order lacks."""
    text = text_in(request.GET, "product")[:LONGEST]
    asked = request.GET.get("task", "")
    task_id = our_id(asked)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        task = queries.task(cur, seat.shop.id, task_id) if task_id and not unseen(cur, seat, [task_id]) else None
        goods = _goods(cur, seat, task, say.now) if task else None
        hits = search(cur, seat.shop.id, text, SHOWN) if text.strip() else []
        found = catalog.products_by_id(cur, seat.shop.id, [hit.id for hit in hits])
        has = [found[hit.id] for hit in hits if hit.id in found]
        supplies = catalog.supplies(cur, seat.shop.id, [p.sku for p in has if not p.stock or p.stock <= 0])
    wanted = list(goods.known.values()) if goods else []
    wanted.sort(key=lambda p: goods is None or p.sku not in goods.missing)
    rows: list[dict[str, Any]] = []
    for product in has:
        place = next((w for w in wanted if w.category == product.category and w.sku != product.sku), None)
        shown = wares.product(product, seat.shop.currency, say, place)
        rows.append({**shown, "supplies": wares.supply_words(supplies.get(product.sku, ()), seat.shop.currency, say)})
    context = {"products": rows, "asked": text, "can_note": task is not None and task.state in ("open", "claimed")}
    return render(request, "web/desk_found.html", context)


@staff("POST")
def offer(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Note that an offer was taken or refused; without an answer the note is taken back."""
    sku, because = text_in(request.POST, "sku"), text_in(request.POST, "because", answering.BECAUSE)
    said = text_in(request.POST, "answer", answering.ANSWERS)
    with db.transact() as cur:
        task = queries.task(cur, seat.shop.id, task_id)
        if task is None or sku not in catalog.products(cur, seat.shop.id, [sku]):
            raise Http404
        now = clock.now_from(cur)
        if said:
            answering.answer(
                cur,
                seat.shop.id,
                task.id,
                task.person_id,
                task.order_id,
                sku,
                because or "asked",
                said,
                seat.actor,
                now,
            )
        else:
            answering.take_back(cur, seat.shop.id, task.id, sku, seat.actor)
        say = say_for(seat, now)
        goods = _goods(cur, seat, task, now)
    if "HX-Request" not in request.headers:
        return redirect("web:task", task_id=task.id)
    shown = wares.offers(goods, say) if goods else []
    return render(request, "web/desk_offers.html", {"offers": shown, "task": {"id": task.id}, "can_finish": True})


def _goods(cur: Cursor, seat: Seat, task: TaskRow, now: datetime) -> wares.Goods | None:
    ids = people.ids_of(cur, seat.shop.id, task.person_id)
    return wares.load(cur, seat.shop.id, task.id, task.order_id, ids, now)
