"""What the editor offers while one writes: the schema with its words in the reader's language, and what this shop has.

Owns gathering it. What may stand where is the schema's; the editor works it out.
"""

from typing import Any

from django.http import HttpRequest, JsonResponse

from regulars.base import db, facts
from regulars.core.shape import json_schema
from regulars.journeys.fact_loading import SHOP_FIELDS
from regulars.web.access import OWNER, Seat, staff
from regulars.web.schemes.labels import hint, lists, named

__all__ = ["vocabulary"]


@staff("GET", roles=OWNER)
def vocabulary(request: HttpRequest, seat: Seat) -> JsonResponse:
    """`schema`: the published one, translated; `lists`: by key, pairs of a value and what it means."""
    with db.transact() as cur:
        shop = {key: list(found()) for key, found in named(cur, seat).items()}
    suggested = lists(seat.language)
    return JsonResponse(
        {
            "schema": _said(json_schema()),
            "lists": {
                **shop,
                "event": suggested["event"],
                "by": suggested["by"],
                "outcomes": suggested["outcomes+key"],
                "facts": [(fact, "") for fact in sorted(facts.known() | SHOP_FIELDS)],
            },
        }
    )


def _said(part: Any) -> Any:
    """The schema with its descriptions in the reader's language."""
    if isinstance(part, dict):
        return {
            key: hint(inner) if key == "description" and isinstance(inner, str) else _said(inner)
            for key, inner in part.items()
        }
    return [_said(inner) for inner in part] if isinstance(part, list) else part
