"""Ready schemes as YAML, delivered as package data, with their comments in the owner's language.

Owns which there are, by trade, and the text of each; the reasons behind them are `reasons.yaml`. Must not know a shop.
"""

from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

__all__ = ["READY", "SETS", "in_language", "page", "ready", "reasons"]

SETS: dict[str, tuple[str, ...]] = {
    "goods": ("after-order", "parcel", "lost-cart", "second-order", "refill", "birthday", "win-back"),
    "furniture": ("made-to-order", "at-home"),
    "courses": ("course", "next-course"),
    "appointments": ("visit", "next-visit"),
}
"""Trade → its schemes, in the order in which a shop would take them."""

READY = tuple(name for names in SETS.values() for name in names)
_FILES = {name: f"{trade}/{name}.yaml" for trade, names in SETS.items() for name in names} | {
    "after-order": "after-order.yaml"
}


def ready(name: str, language: str) -> str:
    """The text of a ready scheme; `name` is one of READY, `language` that of its comments."""
    text = resources.files(__name__).joinpath(_FILES[name]).read_text(encoding="utf-8")
    return in_language(text, language)


def in_language(text: str, language: str) -> str:
    """A scheme that comes with the product, its comments in this language where comments.yaml has them, else in English."""
    for english, own in _yaml("comments.yaml").items():
        text = text.replace(f"# {english}\n", f"# {own.get(language, english)}\n")
    return text


def reasons() -> dict[str, Any]:
    """Trade → `{title, about, schemes: {name: {about, reasons: [{of, why}]}}}`; every text is `{en, ru}`."""
    return _yaml("reasons.yaml")


@cache
def _yaml(file: str) -> dict[str, Any]:
    found = YAML(typ="safe", pure=True).load(resources.files(__name__).joinpath(file).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def page(language: str) -> str:
    """The reasons of all ready schemes as Markdown: docs/ready-schemes.md and its Russian fellow."""
    head = {
        "en": "# The ready schemes, and why they are so\n\nThis page is made from `src/regulars/schemes/reasons.yaml`.",
        "ru": "# Готовые схемы и почему они такие\n\nСтраница сделана из `src/regulars/schemes/reasons.yaml`.",
    }
    out = [head[language]]
    for trade in reasons().values():
        out += [f"## {trade['title'][language]}", trade["about"][language]]
        for name, one in trade["schemes"].items():
            out += [f"### `{name}`", one["about"][language]]
            out.append("\n".join(f"- **{r['of'][language]}.** {r['why'][language]}" for r in one["reasons"]))
    return "\n\n".join(out) + "\n"
