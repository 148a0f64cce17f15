"""What the fields of a step and of a scheme's head are called, and what may be chosen in them.

Owns these words and choices for the forms on the picture; which fields there are is the schema's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from regulars.base.db import Cursor
from regulars.core.described import described
from regulars.core.known import CHANNELS
from regulars.core.schema_walk import is_target, resolved
from regulars.core.scheme import END
from regulars.core.vocabulary import EVENT_KINDS
from regulars.outbox import starter
from regulars.outbox.catalogue import letters_of
from regulars.shop import queries as shops
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.schemes.differences import FIELDS, LANGUAGES
from regulars.web.schemes.fields import Choices, Maker, shown

__all__ = ["label", "lists", "maker", "named"]

_MORE: words.Words = {
    "outcomes": gettext_lazy("outcomes"),
    "answers": gettext_lazy("answers"),
    "outcomes+key": gettext_lazy("outcome"),
    "answers+key": gettext_lazy("answer"),
    "answers+value": gettext_lazy("goes on to"),
    "split+key": gettext_lazy("step"),
    "split+value": gettext_lazy("share"),
    "outcomes.again": gettext_lazy("tries"),
    "set+key": pgettext_lazy("of a person", "field"),
    "set+value": gettext_lazy("value"),
    "scheme": gettext_lazy("name of the scheme"),
    "end+verb": gettext_lazy("end"),
    "if+verb": gettext_lazy("branch"),
}
_WORDS: Mapping[str, words.Words] = {
    "purpose": words.PURPOSES,
    "per": {"order": pgettext_lazy("once for each", "order"), "person": pgettext_lazy("once for each", "person")},
    "of": {"order": gettext_lazy("of this order"), "person": gettext_lazy("any of this person")},
    "since": {"start": gettext_lazy("the start of the scheme"), "step": gettext_lazy("this step")},
    "call_again": {"asked": gettext_lazy("at the hour that was asked for")},
    "kind": {**words.KINDS_OF_TASK, **words.PROMISE_KINDS},
    "winner": {"ask": gettext_lazy("a person"), "auto": gettext_lazy("the figures, once they are sure")},
    "every": {
        "day": pgettext_lazy("each", "day"), "week": pgettext_lazy("each", "week"), "month": pgettext_lazy("each", "month"),
        "year": pgettext_lazy("each", "year"), "once": pgettext_lazy("each", "once only"),
    },
    "free_shipping": {"true": gettext_lazy("yes")},
}  # fmt: skip
"""Words of the schema's own values, by key."""
_LEAST = {"split": 2}
"""Rows that a form offers at least, by key."""


def label(key: str) -> str:
    """What a key is called; the key itself where nobody gave it words. `+verb`: as the kind of a step, `+key` and `+value`: as a
    part of a row, `outcomes.`: within such a field."""
    part = key.rpartition(".")[2]
    plain = part.partition("+")[0]
    found = _MORE.get(key) or _MORE.get(part) or FIELDS.get(plain) or _MORE.get(plain) or LANGUAGES.get(plain)
    said = str(found) if found else plain.replace("_", " ")
    return said[:1].upper() + said[1:]


def maker(cur: Cursor, seat: Seat, titles: Mapping[str, str], follows: str) -> Maker:
    """Makes fields for a scheme whose steps have these titles; `follows`: the title of the step after the one in question."""
    of_shop = named(cur, seat)

    def choices(key: str, schema: Mapping[str, Any]) -> Choices | None:
        if is_target(schema):
            return [*titles.items(), (END, _("end"))]
        known = _WORDS.get(key)
        values = resolved(schema).get("enum")
        if known is not None and values:
            return [(shown(one), words.word(known, shown(one))) for one in values]
        found = of_shop.get(key)
        return found() if found else None

    def blank(key: str, schema: Mapping[str, Any]) -> str:
        return _("the next one: %(step)s") % {"step": follows} if is_target(schema) and follows else "—"

    return Maker(seat.shop.languages, label, hint, choices, blank, frozenset({"event", "by", "outcomes+key"}), _LEAST)


def hint(description: str) -> str:
    """A description of the language's schema, in the reader's language."""
    return described({"description": description}, get_language() or "en")


def named(cur: Cursor, seat: Seat) -> dict[str, Callable[[], Choices]]:
    """Keys whose value names something of this shop."""
    teams = shops.team_titles(cur, seat.shop.id)
    letters = letters_of(cur, seat.shop.id, seat.shop.languages)
    return {
        "team": lambda: [
            *((key, words.in_language(title, seat.language)) for key, title in teams.items()),
            (shops.SHOP_TEAM, _("the whole shop")),
        ],
        "template": lambda: [(key, words.letter(key)) for key in letters],
        "script": lambda: [(key, words.script(key, seat.language)) for key in starter.scripts()["scripts"]],
        "question": lambda: [(key, words.word(words.QUESTIONS, key)) for key in words.QUESTIONS],
    }


def lists(language: str) -> dict[str, Sequence[tuple[str, str]]]:
    """What fields suggest without asking for it, by key."""
    return {
        "event": [(kind, words.event(kind, language)) for kind in sorted(EVENT_KINDS)],
        "by": [(channel, str(words.CHANNELS.get(channel, ""))) for channel in CHANNELS],
        "outcomes+key": [(key, str(said)) for key, said in words.OUTCOMES.items()],
    }
