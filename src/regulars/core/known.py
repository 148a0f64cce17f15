"""What an installation knows, and a scheme is checked against: facts, templates, teams, channels.

Owns the shape only; whoever reads a scheme fills it in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

CHANNELS = ("email", "sms", "telegram", "whatsapp", "viber", "vk", "max", "push")
"""The channels of messages."""

OPEN_FACTS = ("event.", "answer.", "outcome.")
"""Facts under these are always known: the event that woke it, own answers, own outcomes."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the installation knows, for the checks; None (or empty) means: not checked.

    `facts`: dotted names for conditions and letters. `templates`: template name -> the dotted fields it uses, None when
    there is no such template; `template_names` serves 'did you mean'. `inline_fields`: the fields of words written in
    the scheme; it raises ValueError with what is wrong. `teams`, `channels` and `segments`: their names.
    """

    facts: Collection[str] | None = None
    templates: Callable[[str], Collection[str] | None] | None = None
    template_names: Collection[str] = ()
    inline_fields: Callable[[str], Collection[str]] | None = None
    teams: Collection[str] | None = None
    channels: Collection[str] = CHANNELS
    segments: Collection[str] | None = None
