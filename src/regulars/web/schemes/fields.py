"""A form made from the published schema: which fields a value has.

Owns the way from schema and data to fields; `filled` is the way back. It knows kinds of values, never verbs: what the schema
gains, the form has. The words of labels and choices come from whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from regulars.core.rendering import inline
from regulars.core.schema_walk import resolved, short_key
from regulars.core.source import Path

__all__ = ["ABSENT", "Choices", "Field", "Maker", "flat", "item_of", "items_of", "pairs_of", "shape_of", "shown"]

ABSENT: Any = object()
"""What a form says that was left empty."""
LONG = 60
"""A text longer than this gets a field of several lines."""
Choices = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Field:
    """A field, or several under one heading. `kind`: 'line', 'lines', 'code', 'select', 'group', 'rows'; `path` leads from the
    form's data to the value, `name` is the form's; `main`: the field that a value in its short form stands in."""

    kind: str
    name: str
    path: Path
    label: str
    hint: str = ""
    value: str = ""
    choices: Choices = ()
    list_of: str = ""
    lang: str = ""
    example: str = ""
    fields: list[Field] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    main: Field | None = None
    is_open: bool = True
    is_filled: bool = False


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes fields. `languages` of texts; `label` and `hint` say a key and a description in the reader's language;
    `choices(key, schema)`: what may be chosen there, None for anything; `blank`: the words for
    choosing nothing; `lists`: keys with suggestions; `least`: by key, so many rows are offered at least."""

    languages: Sequence[str]
    label: Callable[[str], str]
    hint: Callable[[str], str]
    choices: Callable[[str, Mapping[str, Any]], Choices | None]
    blank: Callable[[str, Mapping[str, Any]], str]
    lists: frozenset[str] = frozenset()
    least: Mapping[str, int] = field(default_factory=dict)

    def field(self, schema: Mapping[str, Any], value: Any, name: str, path: Path, key: str) -> Field:
        """The field of one value; ABSENT for none."""
        found, kind = shape_of(schema, value)
        called = self.label(f"{path[0]}.{key}" if len(path) > 1 else key)
        made = Field("line", name, path, called, self.hint(found.get("description", "")))
        made.is_filled = value is not ABSENT
        examples = [str(one) for one in found.get("examples", ())]
        if not (
            examples and examples[0] in found.get("description", "")
        ):  # whoever reads it there needn't read it twice
            made.example = ", ".join(examples)
        if kind == "texts":
            return self._texts(made, value, key)
        if kind in ("either", "group"):
            return self._group(made, found, value)
        if kind in ("rows", "items"):
            return self._rows(made, found, value, key)
        made.value = shown(value)
        choices = self.choices(key, schema)
        if choices is None and "enum" in found:
            choices = [(shown(one), shown(one)) for one in found["enum"]]
        if choices is not None:
            self._choose(made, choices, self.blank(key, schema))
        elif kind in ("code", "raw"):
            made.kind = "code"
        elif len(made.value) > LONG or "\n" in made.value:
            made.kind = "lines"
        made.list_of = key if key in self.lists else ""
        return made

    def _texts(self, made: Field, value: Any, key: str) -> Field:
        made.kind = "group"
        given: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        one = value if isinstance(value, str) else None
        for lang in ["all"] if one is not None else list(dict.fromkeys([*self.languages, *given])):
            text = shown(one if one is not None else given.get(lang, ABSENT))
            kind = "lines" if key == "text" or len(text) > LONG or "\n" in text else "line"
            path = made.path if lang == "all" else (*made.path, lang)
            label = _("in every language") if lang == "all" else self.label(lang)
            made.fields.append(
                Field(kind, f"{made.name}.{lang}", path, label, value=text, lang="" if lang == "all" else lang)
            )
        return made

    def _group(self, made: Field, found: Mapping[str, Any], value: Any) -> Field:
        made.kind = "group"
        then = found["then"] if "if" in found else found
        short = short_key(then, found.get("else", {}))
        given: Mapping[Any, Any] = {short: value} if short and value is not ABSENT else {}
        given = value if isinstance(value, Mapping) else given
        for key, inner in then["properties"].items():
            part = self.field(inner, given.get(key, ABSENT), f"{made.name}.{key}", (*made.path, key), key)
            made.fields.append(part)
            if key == short and not isinstance(value, Mapping):
                made.main = part
        return made

    def _rows(self, made: Field, found: Mapping[str, Any], value: Any, key: str) -> Field:
        """Each item, and an empty one to add another by; more of these where fewer would be refused."""
        made.kind = "rows"
        item = item_of(found)
        pairs = pairs_of(value) if kind_of_found(found) == "rows" else items_of(value)
        new = [("", ABSENT)] * max(1, self.least.get(key, 1) - len(pairs))
        for at, (name, inner) in enumerate([*pairs, *new]):
            is_new = inner is ABSENT
            where = (*made.path, "" if is_new else name if kind_of_found(found) == "rows" else at)
            row = Field("group", f"{made.name}.{at}", where, "")
            row.is_filled = not is_new
            if kind_of_found(found) == "rows":
                row.fields.append(
                    self._key(found.get("propertyNames", {}), name, row.name, (*where, "+key"), f"{key}+key")
                )
            body = self.field(item, inner, f"{row.name}.value", where, f"{key}+value")
            row.main = body.main or body
            row.fields += body.fields if body.kind == "group" else [body]
            made.fields.append(row)
        return made

    def _key(self, schema: Mapping[str, Any], value: str, row: str, path: Path, key: str) -> Field:
        """The field of a row's key: what the schema says of names is said of it."""
        made = Field("line", f"{row}.key", path, self.label(key), value=value)
        choices = self.choices(key, schema)
        if choices is None:
            made.list_of = key
        else:
            self._choose(made, choices, "—")
        return made

    @staticmethod
    def _choose(made: Field, choices: Choices, blank: str) -> None:
        """One of these; what stands there stays, if it is none of them."""
        made.kind = "select"
        is_known = any(made.value == one for one, _said in choices)
        stays = [] if is_known or not made.value else [(made.value, made.value)]
        made.choices = [("", blank), *choices, *stays]


def kind_of(schema: Mapping[str, Any]) -> str:
    """What kind of value the schema speaks of."""
    found = resolved(schema)
    if "#/$defs/texts" in found["refs"]:
        return "texts"
    if "#/$defs/condition" in found["refs"]:
        return "code"
    return kind_of_found(found)


def shape_of(schema: Mapping[str, Any], value: Any) -> tuple[Mapping[str, Any], str]:
    """The schema with its references followed, and its kind; of shapes told apart by a key, the one that the value has."""
    found = resolved(schema)
    if "required" not in found.get("if", {}):
        return found, kind_of(schema)
    while "required" in found.get("if", {}):
        has_it = isinstance(value, Mapping) and all(key in value for key in found["if"]["required"])
        found = resolved(found["then"] if has_it else found["else"])
    return found, kind_of_found(found)


def kind_of_found(found: Mapping[str, Any]) -> str:
    """The same, of a schema whose references are followed."""
    branch = found.get("if", {}).get("type")
    if branch == "object":
        return "either" if "properties" in found["then"] else "raw"
    if branch == "array" or found.get("type") == "array":
        return "words" if kind_of(item_of(found)) in ("line", "code") else "items"
    if branch is not None:
        return "line"
    kind = found.get("type", "string" if "enum" in found or "pattern" in found else "")
    if kind == "object":
        more = found.get("additionalProperties")
        return "group" if "properties" in found else "rows" if isinstance(more, Mapping) else "raw"
    return "line" if kind else "raw"


def item_of(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of one item of a list, or of one row of a mapping with names of the owner's own."""
    then = found["then"] if "if" in found else found
    return dict(then.get("items") or then.get("additionalProperties") or {})


def pairs_of(value: Any) -> list[tuple[str, Any]]:
    """The rows of a value: name or place, and what stands there."""
    if value is ABSENT or value is None:
        return []
    if isinstance(value, Mapping):
        return [(str(key), inner) for key, inner in value.items()]
    return [(str(at), inner) for at, inner in enumerate(value if isinstance(value, list) else [value])]


def items_of(value: Any) -> list[tuple[str, Any]]:
    """The items of a list; a group of keys that stands there alone is the only one."""
    return pairs_of([value] if isinstance(value, Mapping) else value)


def shown(value: Any) -> str:
    """A value as it stands in its field."""
    if value is ABSENT or value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(shown(inner) for inner in value)
    return inline(value) if isinstance(value, Mapping | bool) else str(value)


def flat(fields: Sequence[Field]) -> Iterator[Field]:
    """All fields, each before those within it."""
    for one in fields:
        yield one
        yield from flat(one.fields)
