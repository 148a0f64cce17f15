"""A form made from the published schema: which fields a value has, and the value that a filled form says.

Owns the way from schema and data to fields and back. It knows kinds of values, never verbs: what the schema gains, the form
has. The words of labels and choices come from whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from regulars.core.rendering import inline
from regulars.core.schema_walk import resolved, short_key
from regulars.core.source import Path

__all__ = ["ABSENT", "Asked", "Field", "Maker", "flat", "read"]

ABSENT: Any = object()
"""What a form says that was left empty."""
LONG = 60
"""A text longer than this gets a field of several lines."""
MOST_ROWS = 40
Choices = Sequence[tuple[str, str]]
Asked = Mapping[str, str]
"""A filled form: by the names of its fields."""


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
            made.kind = "select"
            is_known = any(made.value == one for one, _said in choices)
            made.choices = [
                ("", self.blank(key, schema)),
                *choices,
                *([] if is_known or not made.value else [(made.value, made.value)]),
            ]
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
        item = _item_of(found)
        pairs = _pairs(value)
        new = [("", ABSENT)] * max(1, self.least.get(key, 1) - len(pairs))
        for at, (name, inner) in enumerate([*pairs, *new]):
            is_new = inner is ABSENT
            where = (*made.path, "" if is_new else name if kind_of_found(found) == "rows" else at)
            row = Field("group", f"{made.name}.{at}", where, "")
            row.is_filled = not is_new
            if kind_of_found(found) == "rows":
                row.fields.append(
                    Field("line", f"{row.name}.key", (*where, "+key"), self.label(f"{key}+key"), value=name)
                )
                row.fields[0].list_of = f"{key}+key"
            body = self.field(item, inner, f"{row.name}.value", where, f"{key}+value")
            row.main = body.main or body
            row.fields += body.fields if body.kind == "group" else [body]
            made.fields.append(row)
        return made


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
        return "words" if kind_of(_item_of(found)) in ("line", "code") else "items"
    if branch is not None:
        return "line"
    kind = found.get("type", "string" if "enum" in found or "pattern" in found else "")
    if kind == "object":
        more = found.get("additionalProperties")
        return "group" if "properties" in found else "rows" if isinstance(more, Mapping) else "raw"
    return "line" if kind else "raw"


def _item_of(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of one item of a list, or of one row of a mapping with names of the owner's own."""
    then = found["then"] if "if" in found else found
    return dict(then.get("items") or then.get("additionalProperties") or {})


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if value is ABSENT or value is None:
        return []
    if isinstance(value, Mapping):
        return [(str(key), inner) for key, inner in value.items()]
    return [(str(at), inner) for at, inner in enumerate(value if isinstance(value, list) else [value])]


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


# the way back


def read(schema: Mapping[str, Any], asked: Asked, name: str, old: Any) -> Any:
    """The value that the form says, ABSENT for nothing; what is as it was is `old` itself."""
    found, kind = shape_of(schema, old)
    if kind == "texts":
        return _read_texts(asked, name, old)
    if kind in ("either", "group"):
        return _read_group(found, asked, name, old)
    if kind == "rows":
        return _read_rows(found, asked, name, old)
    if kind == "items":
        return _read_items(found, asked, name, old)
    text = _text(asked, name)
    if text is None or text == shown(old):
        return old
    if not text.strip():
        return ABSENT
    if kind == "words":
        words = [word.strip() for word in text.split(",") if word.strip()]
        may_be_one = "if" in found and not isinstance(old, list)
        return words[0] if may_be_one and len(words) == 1 else words
    if kind == "raw":
        return _yaml(text)
    return _scalar(found, text.strip())


def _text(asked: Asked, name: str) -> str | None:
    found = asked.get(name)
    return None if found is None else found.replace("\r\n", "\n").replace("\x00", "")


def _scalar(found: Mapping[str, Any], text: str) -> Any:
    for one in found.get("enum", ()):
        if shown(one) == text:
            return one
    kind = found.get("type", found.get("if", {}).get("type", ""))
    wants = set(kind) if isinstance(kind, list) else {kind}
    if wants & {"integer", "number"} and text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    if "number" in wants:
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _yaml(text: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError):
        return text


def _read_texts(asked: Asked, name: str, old: Any) -> Any:
    if isinstance(old, str):
        text = _text(asked, f"{name}.all")
        return old if text is None or text == old else text if text.strip() else ABSENT
    given = old if isinstance(old, Mapping) else {}
    languages = dict.fromkeys([*given, *(key.removeprefix(f"{name}.") for key in asked if key.startswith(f"{name}."))])
    made = {lang: _text(asked, f"{name}.{lang}") for lang in languages}
    kept = {lang: given[lang] if text is None else text for lang, text in made.items() if text is None or text.strip()}
    return kept or ABSENT


def _read_group(found: Mapping[str, Any], asked: Asked, name: str, old: Any) -> Any:
    then = found["then"] if "if" in found else found
    short = short_key(then, found.get("else", {}))
    was = old if isinstance(old, Mapping) else {short: old} if short and old is not ABSENT else {}
    made = {key: inner for key, inner in was.items() if key not in then["properties"]}
    for key, inner in then["properties"].items():
        value = read(inner, asked, f"{name}.{key}", was.get(key, ABSENT))
        if value is not ABSENT:
            made[key] = value
    if not made:
        return old if isinstance(old, Mapping) and not old else ABSENT
    return made[short] if short and set(made) == {short} and not isinstance(old, Mapping) else made


def _read_rows(found: Mapping[str, Any], asked: Asked, name: str, old: Any) -> Any:
    item, pairs = _item_of(found), _pairs(old)
    if f"{name}.0.key" not in asked:
        return old
    made = {}
    for at in range(MOST_ROWS):
        key = (_text(asked, f"{name}.{at}.key") or "").strip()
        value = read(item, asked, f"{name}.{at}.value", pairs[at][1] if at < len(pairs) else ABSENT)
        if key:
            made[key] = "" if value is ABSENT else value
    return made or ABSENT


def _read_items(found: Mapping[str, Any], asked: Asked, name: str, old: Any) -> Any:
    item, pairs = _item_of(found), _pairs(old)
    if not any(key.startswith(f"{name}.0.") for key in asked):
        return old
    rows = (
        read(item, asked, f"{name}.{at}.value", pairs[at][1] if at < len(pairs) else ABSENT) for at in range(MOST_ROWS)
    )
    made = [value for value in rows if value is not ABSENT]
    if not made:
        return ABSENT
    return made[0] if "if" in found and len(made) == 1 and not isinstance(old, list) else made
