"""What an installation knows, and a scheme is checked against: facts, templates, teams, channels.

Owns the shape only; whoever reads a scheme fills it in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from regulars.core.scheme import Scheme

CHANNELS = ("email", "sms", "telegram", "whatsapp", "viber", "vk", "max", "push")
"""The channels of messages."""

OPEN_FACTS = ("event.", "answer.", "outcome.", "person.fields.")
"""Facts under these are always known: the event that woke it, own answers, own outcomes, a person's own fields."""

FACT_ROOTS = ("answer", "code", "event", "order", "outcome", "person", "points", "product", "promise", "shop")
"""What a dotted name begins with where it may be a fact or a text of its own: 'example.com' is none."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the installation knows, for the checks; None (or empty) means: not checked.

    `facts`: dotted names for conditions and letters. `templates`: template name -> the dotted fields it uses, None when
    there is no such template; `template_names` serves 'did you mean'. `inline_fields`: the fields of words written in
    the scheme; it raises ValueError with what is wrong. `teams`, `schemes`, `channels`, `segments`, `secrets` and `scripts`
    (the words of calls): their names. `address`: why an address may not be called (a stable word), None when it may.
    `values`: fact -> all that it can be. `purposes`: template name -> 'service' or 'advertising', as its author declared.
    `missing_languages`: template name -> languages of the shop in which it isn't written. `cap`: so many advertisements
    a person may get in so many days. `usual`: event of an order -> how long after the order half of them have come.
    `unsent`: scheme and the templates that it would send -> the shop's own templates that no live scheme sends then, and
    whether this scheme sends each until now. `beside`: the schemes that are live, or checked together with it.
    `currency`: of the shop's prices; `priced`: the channels whose messages cost something.
    """

    facts: Collection[str] | None = None
    templates: Callable[[str], Collection[str] | None] | None = None
    template_names: Collection[str] = ()
    inline_fields: Callable[[str], Collection[str]] | None = None
    teams: Collection[str] | None = None
    schemes: Collection[str] | None = None
    channels: Collection[str] = CHANNELS
    values: Mapping[str, Collection[str]] = field(default_factory=dict)
    purposes: Callable[[str], str | None] | None = None
    missing_languages: Callable[[str], Collection[str]] | None = None
    cap: tuple[int, int] | None = None
    usual: Mapping[str, timedelta] = field(default_factory=dict)
    secrets: Collection[str] | None = None
    address: Callable[[str], str | None] | None = None
    segments: Collection[str] | None = None
    scripts: Collection[str] | None = None
    unsent: Callable[[str, Collection[str]], Mapping[str, bool]] | None = None
    currency: str = ""
    priced: Collection[str] | None = None
    beside: Collection[Scheme] = ()
