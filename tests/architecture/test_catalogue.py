"""The Russian catalogue holds nothing that the product no longer says."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

import regulars
from regulars.project.compile_messages import LOCALE

PACKAGE = Path(regulars.__file__).parent
TRANSLATED = re.compile(r"""(?:translate |_\()(?:"([^"]+)"|'([^']+)')""")
BLOCK = re.compile(
    r"{% (?:blocktranslate|plural)\b[^%]*(?:%(?!})[^%]*)*%}(.*?)(?={% (?:plural|endblocktranslate))", re.S
)
FIELD = re.compile(r"{{\s*(\w+)[^}]*}}")


def _leaves(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield str(key)
            yield from _leaves(value)
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value)
    elif isinstance(data, str):
        yield data


def _said() -> set[str]:
    """Every text that code, data and templates of the package hold, as it would stand in the catalogue."""
    said: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        said |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    said |= set(_leaves(json.loads((PACKAGE / "core" / "scheme.schema.json").read_text(encoding="utf-8"))))
    for path in PACKAGE.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        said |= {a or b for a, b in TRANSLATED.findall(text)}
        said |= {FIELD.sub(r"%(\1)s", block) for block in BLOCK.findall(text)}
    return said


def _plain(text: str) -> str:
    return " ".join(text.replace("%%", "%").split())


def test_every_sentence_of_the_catalogue_is_said_somewhere() -> None:
    with (LOCALE / "ru" / "LC_MESSAGES" / "django.po").open("rb") as file:
        asked = [message.id for message in read_po(file, locale="ru") if message.id]
    said = {_plain(text) for text in _said()}
    first = [one if isinstance(one, str) else one[0] for one in asked]
    assert len(first) > 3000
    assert [text for text in first if _plain(text) not in said] == []
