"""`/api/docs`: the OpenAPI document as a page, made here. No script and no file of anybody else's."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.views.decorators.http import require_safe

__all__ = ["page"]

_TEMPLATE = """{% autoescape on %}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} API</title><link rel="stylesheet" href="/static/web.css"></head>
<body><main class="page" id="main"><h1>{{ title }} API, version {{ version }}</h1>
{% for paragraph in description %}<p>{{ paragraph }}</p>{% endfor %}
<p><a href="/api/v1/openapi.json">openapi.json</a></p>
<nav aria-label="Parts"><ul>{% for tag in tags %}<li><a href="#{{ tag.name }}">{{ tag.name }}</a>: {{ tag.description }}</li>{% endfor %}</ul></nav>
{% for tag in tags %}<section id="{{ tag.name }}"><h2>{{ tag.name }}</h2>
{% for one in tag.operations %}<article class="card" id="{{ one.id }}"><h3><code>{{ one.method }} {{ one.path }}</code></h3>
<p>{{ one.description }}</p>
{% if one.parameters %}<table><caption>Parameters</caption><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Required</th><th scope="col">Meaning</th></tr></thead>
<tbody>{% for p in one.parameters %}<tr><td><code>{{ p.name }}</code></td><td>{{ p.in }}</td><td>{% if p.required %}yes{% else %}no{% endif %}</td><td>{{ p.description|default:"" }}</td></tr>{% endfor %}</tbody></table>{% endif %}
{% if one.body %}<p>Body: {{ one.body }}</p>{% endif %}
<p>Answers: {% for status, meaning in one.answers %}<code>{{ status }}</code> {{ meaning }}{% if not forloop.last %}, {% endif %}{% endfor %}</p>
</article>{% endfor %}</section>{% endfor %}
<section id="shapes"><h2>Shapes</h2>{% for shape in shapes %}<article class="card" id="shape-{{ shape.name }}"><h3>{{ shape.name }}</h3><p>{{ shape.description }}</p>
<ul>{% for name, kind in shape.fields %}<li><code>{{ name }}</code> {{ kind }}</li>{% endfor %}</ul></article>{% endfor %}</section>
</main></body></html>{% endautoescape %}"""


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
        "description": document["info"]["description"].split(". "),
        "tags": list(tags.values()),
        "shapes": [_shape(n, s) for n, s in sorted(document["components"]["schemas"].items())],
    }
    return HttpResponse(Engine().from_string(_TEMPLATE).render(Context(context)))


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
