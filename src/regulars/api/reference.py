"""`/api/docs`: the OpenAPI document as a page, made here. No script and no file of anybody else's."""

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.views.decorators.http import require_safe

from regulars.api import keys

__all__ = ["page"]

_TEMPLATE = Path(__file__).with_name("reference.html")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The whole API on one page, without a key."""
    from regulars.api.app import api  # noqa: PLC0415 - the API names this page among its own

    document: dict[str, Any] = api.get_openapi_schema()
    tags = {t["name"]: {**t, "operations": []} for t in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tags[operation["tags"][0]]["operations"].append(_operation(path, method, operation))
    context = {
        "title": document["info"]["title"],
        "version": document["info"]["version"],
        "description": document["info"]["description"].replace("`", "").split(". "),
        "tags": list(tags.values()),
        "shapes": [_shape(n, s) for n, s in sorted(document["components"]["schemas"].items())],
    }
    return HttpResponse(Engine().from_string(_TEMPLATE.read_text(encoding="utf-8")).render(Context(context)))


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schemas = [c.get("schema", {}) for c in content.values()]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "description": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "body": ", ".join(f"{_kind(s)} ({m})" for s, m in zip(schemas, content, strict=True)),
        "scope": " or ".join(
            scope for security in operation.get("security", []) for n in security for scope in getattr(keys, n).scopes
        ),
        "answers": [(s, r.get("description", "")) for s, r in operation["responses"].items()],
    }


def _shape(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    fields = [(n, _kind(s)) for n, s in schema.get("properties", {}).items()]
    return {"name": name, "description": schema.get("description", ""), "fields": fields}


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(s) for s in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any JSON")
