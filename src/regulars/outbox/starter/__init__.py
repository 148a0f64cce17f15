"""What a new shop begins with: letters, SMS texts, call scripts and the one layout, as data in both languages.

Owns reading them out of the package. The files are the copy that owners then edit as their own; must not be changed at
run time.
"""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

__all__ = ["layout", "letters", "scripts", "sms"]


def letters() -> dict[str, Any]:
    """`{"footers": {purpose: {en, ru}}, "letters": {name: {purpose, subject, preheader, text, button, …}}}`."""
    return _read("letters.yaml")


def sms() -> dict[str, Any]:
    """Name → `{en, ru}`: the short text of a letter of that name."""
    return _read("sms.yaml")


def scripts() -> dict[str, Any]:
    """`{"scripts": {name: {title, lines}}, "questions": […], "closing": […], "never": {en, ru}}`."""
    return _read("scripts.yaml")


@functools.cache
def layout() -> str:
    """The MJML layout of every letter; `[[ ]]` and `[% %]` are filled when a letter is compiled."""
    return resources.files(__name__).joinpath("letter.mjml.liquid").read_text(encoding="utf-8")


@functools.cache
def _read(name: str) -> dict[str, Any]:
    text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
    found = YAML(typ="safe", pure=True).load(text)
    assert isinstance(found, dict)
    return found
