"""What somebody asks of the list of people: read from an address or a form, said in words, and turned into a filter.

Owns the parameters' names (q, kind, city, language, consent); a value that isn't known is ignored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base.db import Cursor
from regulars.people import listing
from regulars.people.listing import PeopleFilter
from regulars.shop.settings import ShopSettings
from regulars.web import words
from regulars.web.filters import Choice, Condition, Query, choice, text_in
from regulars.web.say import Say

__all__ = ["Asked", "asked", "chips", "conditions", "count", "page", "where"]

MOST_NAMED = 200
"""Persons of one name are counted no further: a screen says '200+'."""
KINDS: words.Words = {"customer": gettext_lazy("Customers"), "lead": gettext_lazy("Leads")}
LANGUAGES: words.Words = {"ru": gettext_lazy("Russian"), "en": gettext_lazy("English")}


@dataclass(frozen=True, slots=True)
class Asked:
    """'' asks for nothing. `consent`: a channel by which the person takes advertising."""

    text: str
    kind: str
    city: str
    language: str
    consent: str

    @property
    def query(self) -> Query:
        """The conditions as an address has them."""
        return Query(
            {"q": self.text, "kind": self.kind, "city": self.city, "language": self.language, "consent": self.consent}
        )

    @property
    def is_text_alone(self) -> bool:
        """Only a text, or nothing at all."""
        return not (self.kind or self.city or self.language or self.consent)


def asked(params: Mapping[str, Any]) -> Asked:
    """What an address or a form asks for."""
    return Asked(
        text=text_in(params, "q"),
        kind=text_in(params, "kind", KINDS),
        city=text_in(params, "city"),
        language=text_in(params, "language")[:20],
        consent=text_in(params, "consent", words.CHANNELS),
    )


def _filter(wanted: Asked) -> PeopleFilter:
    return PeopleFilter(
        text=wanted.text, kind=wanted.kind, city=wanted.city, language=wanted.language, consent=wanted.consent
    )


def page(cur: Cursor, shop: ShopSettings, wanted: Asked, before: int | None, limit: int) -> Sequence[int]:
    """Person ids, newest first; `before`: the last one seen."""
    if wanted.is_text_alone:
        return listing.search(cur, shop.id, shop.country, wanted.text, before=before, limit=limit)
    return listing.page(cur, shop.id, shop.country, _filter(wanted), before, limit)


def count(cur: Cursor, shop: ShopSettings, wanted: Asked, most: int) -> tuple[int, bool]:
    """How many, counted up to `most` (of a name alone up to MOST_NAMED), and whether there are more."""
    if wanted.text and wanted.is_text_alone:
        most = min(most, MOST_NAMED)
        n = len(listing.search(cur, shop.id, shop.country, wanted.text, limit=most + 1))
        return min(n, most), n > most
    return listing.count(cur, shop.id, shop.country, _filter(wanted), most)


def where(cur: Cursor, shop: ShopSettings, wanted: Asked) -> tuple[str, Sequence[Any]]:
    """The same as a condition over `people_person p`, for a list of some of the people."""
    return listing.where(cur, shop.id, shop.country, _filter(wanted))


def chips(cur: Cursor, shop: ShopSettings, wanted: Asked) -> dict[str, Any]:
    """What the row of chips and the field of the search need (part_people_chips.html, part_find.html)."""
    query = wanted.query
    return {
        "asked": wanted,
        "query": str(query),
        "choices": _choices(query, listing.languages(cur, shop.id)),
        "without_text": query.having(q=""),
        "without_city": query.having(city=""),
        "hidden": [(k, v) for k, v in query.values.items() if v and k != "q"],
        "city_hidden": [(k, v) for k, v in query.values.items() if v and k != "city"],
    }


def _choices(query: Query, languages: Sequence[str]) -> list[Choice]:
    """The chips of the list; the city has a field of its own."""
    known = sorted({*languages, query.values["language"]} - {""})
    found = [choice(query, "kind", _("Lead or customer"), "user-check", [(k, str(v)) for k, v in KINDS.items()])]
    if len(known) > 1 or query.values["language"]:
        found.append(
            choice(query, "language", _("Language"), "languages", [(k, words.word(LANGUAGES, k)) for k in known])
        )
    consents = [(k, _("by %(channel)s") % {"channel": name}) for k, name in words.CHANNELS.items()]
    found.append(choice(query, "consent", _("Takes advertising"), "shield-check", consents))
    return found


def conditions(say: Say, wanted: Asked) -> list[Condition]:
    """What is in force, in words."""
    by = words.word(words.CHANNELS, wanted.consent)
    said = (
        ("q", wanted.text and (f"«{wanted.text}»" if say.language == "ru" else f"“{wanted.text}”")),
        ("kind", wanted.kind and words.word(KINDS, wanted.kind)),
        ("city", wanted.city),
        ("language", wanted.language and words.word(LANGUAGES, wanted.language)),
        ("consent", wanted.consent and _("takes advertising by %(channel)s") % {"channel": by}),
    )
    return [Condition((name,), text, wanted.query.having(**{name: ""})) for name, text in said if text]
