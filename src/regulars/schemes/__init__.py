"""Ready schemes as YAML, delivered as package data, with their comments in the owner's language."""

from importlib import resources

from ruamel.yaml import YAML

__all__ = ["READY", "in_language", "ready"]

READY = ("after-order",)


def ready(name: str, language: str) -> str:
    """The text of a ready scheme; `name` is one of READY, `language` that of its comments."""
    text = resources.files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return in_language(text, language)


def in_language(text: str, language: str) -> str:
    """A scheme that comes with the product, its comments in this language where comments.yaml has them, else in English."""
    file = resources.files(__name__).joinpath("comments.yaml").read_text(encoding="utf-8")
    for english, own in YAML(typ="safe", pure=True).load(file).items():
        text = text.replace(f"# {english}\n", f"# {own.get(language, english)}\n")
    return text
