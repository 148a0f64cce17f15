"""The API as a whole: its parts under `/api/v1`, its OpenAPI document, and the page that shows it.

Owns nothing but the putting together. Every path's bare refusals become problem documents.
"""

from typing import Any

from django.urls import URLPattern, path
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from regulars import __version__
from regulars.api import (
    desk,
    health,
    intake,
    messages,
    order_changes,
    orders,
    people,
    products,
    reference,
    schemes,
    segments,
    talks,
)
from regulars.api.problems import MEDIA_TYPE, handled, in_form

__all__ = ["api", "urls"]

DESCRIPTION = (
    "Everything under `/api/v1` takes `Authorization: Bearer KEY`. Errors are RFC 9457 problem documents with a JSON"
    " pointer to each bad field. Lists answer `{items, next}`; `next` is the `cursor` of the following page. Times carry"
    " an offset, money is decimal text with an ISO 4217 currency, our own ids are strings."
)


class Api(NinjaAPI):
    """Ninja's, whose document says of each problem that it is one."""

    def get_openapi_schema(self, **how: Any) -> OpenAPISchema:
        """OpenAPI 3.1."""
        document = super().get_openapi_schema(**how)
        for methods in document["paths"].values():
            for operation in methods.values():
                for answer in operation["responses"].values():
                    plain = answer.get("content", {}).get("application/json")
                    if plain and plain["schema"].get("$ref", "").endswith("/ProblemDocument"):
                        answer["content"] = {MEDIA_TYPE: plain}
        return document


api = Api(
    title="Regulars",
    version=__version__,
    description=DESCRIPTION,
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
    openapi_extra={
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "tags": [
            {"name": "intake", "description": "Orders, people and events in; what became of them"},
            {"name": "orders", "description": "Reading orders"},
            {"name": "people", "description": "Reading people, and why a message went or didn't"},
            {"name": "products", "description": "Reading products, found by code, name, or how it sounds"},
            {"name": "desk", "description": "Tasks for people, with their deadlines"},
            {"name": "messages", "description": "What was sent and what was promised"},
            {"name": "schemes", "description": "Schemes and who stands where in them"},
            {"name": "segments", "description": "People of whom a condition holds: who is in, and what is asked"},
            {"name": "health", "description": "For machines that watch"},
        ],
    },
)
handled(api)
# Before the orders: whose address would swallow theirs.
for part in (order_changes, orders, people, products, intake, desk, messages, talks, schemes, segments, health):
    api.add_router("", part.router)


def _patterns() -> list[Any]:
    found: list[Any] = []
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name == "api-root":
            # ninja finds its own prefix by this name; nothing is read there
            found.append(pattern)
            continue
        if isinstance(pattern, URLPattern):
            pattern.callback = in_form(pattern.callback)
        found.append(pattern)
    return found


urls = (_patterns(), "api", "api")
docs = path("api/docs", reference.page, name="api-docs")
