"""The value that a filled form says: the way back from the fields that `fields` made.

Owns reading what was sent; what wasn't touched stays the old value itself. It knows kinds of values, never verbs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from regulars.core.schema_walk import short_key
from regulars.web.schemes.fields import ABSENT, item_of, items_of, pairs_of, shape_of, shown

__all__ = ["read"]

MOST_ROWS = 40
Asked = Mapping[str, str]
"""A filled form: by the names of its fields."""


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
    item, pairs = item_of(found), pairs_of(old)
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
    item, pairs = item_of(found), items_of(old)
    if not any(key.startswith(f"{name}.0.") for key in asked):
        return old
    rows = (
        read(item, asked, f"{name}.{at}.value", pairs[at][1] if at < len(pairs) else ABSENT) for at in range(MOST_ROWS)
    )
    made = [value for value in rows if value is not ABSENT]
    if not made:
        return ABSENT
    return made[0] if "if" in found and len(made) == 1 and not isinstance(old, list) else made
