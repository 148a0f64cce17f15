"""Reading products: `GET /products` (looked up by code, name, or how it sounds) and `GET /products/{sku}`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from regulars.api.cursors import LIMIT, MOST, after_id, cut
from regulars.api.keys import ReadKey, caller
from regulars.api.problems import not_found
from regulars.api.shapes import Page, ProblemDocument, ProductShape
from regulars.base import db
from regulars.catalog import queries
from regulars.catalog.queries import ProductRow, SupplyRow
from regulars.catalog.search import search

__all__ = ["router"]

router = Router(tags=["products"], auth=ReadKey())
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 422: ProblemDocument}


@router.get("/products/{path:sku}", response={200: ProductShape, **_ERRORS})
def get_product(request: HttpRequest, sku: str) -> Any:
    """A product as it stands, with what other suppliers have of it."""
    who = caller(request)
    with db.transact() as cur:
        found = queries.products(cur, who.shop_id, [sku]).get(sku)
        if found is None:
            raise not_found("product")
        return _shaped(found, queries.supplies(cur, who.shop_id, [sku]).get(sku, ()))


@router.get("/products", response={200: Page[ProductShape], **_ERRORS})
def list_products(
    request: HttpRequest,
    q: str = Query(
        "", alias="search", max_length=100, description="A code, words of the name, or the name as it was heard"
    ),
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """All products; with `search` those that may be meant, the likeliest first, on one page."""
    who = caller(request)
    after = after_id(cursor)
    with db.transact() as cur:
        if q.strip():
            hits = search(cur, who.shop_id, q, limit)
            known = queries.products_by_id(cur, who.shop_id, [hit.id for hit in hits])
            rows: Sequence[ProductRow] = [known[hit.id] for hit in hits if hit.id in known]
            following = None
        else:
            rows, following = cut(queries.page(cur, who.shop_id, after, limit + 1), limit, lambda p: [p.id])
        supplies = queries.supplies(cur, who.shop_id, [p.sku for p in rows])
    return {"items": [_shaped(p, supplies.get(p.sku, ())) for p in rows], "next": following}


def _shaped(p: ProductRow, supplies: Sequence[SupplyRow]) -> dict[str, Any]:
    return {
        "sku": p.sku,
        "name": p.name,
        "stock": _text(p.stock),
        "updated_at": p.version_at,
        "restock_at": p.restock_at,
        "price": _text(p.price),
        "currency": p.currency,
        "category": p.category,
        "brand": p.brand,
        "url": p.url,
        "picture_url": p.picture_url,
        "features": p.features,
        "accessories": p.accessories,
        "alternatives": p.alternatives,
        "offer": p.offer,
        "suppliers": [
            {
                "name": s.supplier,
                "stock": _text(s.stock),
                "price": _text(s.price),
                "currency": s.currency,
                "lead_days": s.lead_days,
                "updated_at": s.updated_at,
            }
            for s in supplies
        ],
    }


def _text(value: Decimal | None) -> str | None:
    """Two places at least where there is a fraction: 2990, 2990.50."""
    if value is None:
        return None
    whole, _, places = f"{value.normalize():f}".partition(".")
    return f"{whole}.{places.ljust(2, '0')}" if places else whole
