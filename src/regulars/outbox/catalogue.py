"""Which letters a shop has, and what each would be lost without; for checking schemes before they are published."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from regulars.base.db import Cursor
from regulars.outbox import starter
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.texts import Texts

__all__ = ["Letters", "letters_of"]

_OF_THE_PRODUCT = ("promise-", "running-late")
"""How letters are called that no scheme names: of a promise that is late or moved (effects/danger.py, new_times.py)."""


class Letters(Mapping[str, Collection[str]]):
    """Letter key → the fields that it can't be written without. Compiled when asked, since few of many are."""

    def __init__(self, own: Mapping[tuple[str, int | None], object], languages: tuple[str, ...]) -> None:
        self._own, self._languages = own, languages
        self._texts = Texts(own, languages)
        self._keys = sorted({*starter.letters()["letters"], *(key for key, _ in own)})

    def __getitem__(self, key: str) -> Collection[str]:
        if key not in self._keys:
            raise KeyError(key)
        try:
            return self._texts.letter({"template": key}, "service").bare
        except TemplateProblem:
            return frozenset()

    def purpose(self, key: str) -> str | None:
        """'service' or 'advertising', where its author has declared it."""
        found = self._content(key).get("purpose")
        return str(found) if found else None

    def missing_languages(self, key: str) -> list[str]:
        """The languages of the shop in which the letter isn't written; none if it has one text for all."""
        words = self._content(key).get("text")
        return [one for one in self._languages if one not in words] if isinstance(words, Mapping) else []

    @property
    def written_here(self) -> list[str]:
        """The letters that the shop has written itself for its schemes: not what the product sends of its own accord."""
        return sorted({key for key, _ in self._own if not key.startswith(_OF_THE_PRODUCT)})

    def _content(self, key: str) -> Mapping[str, Any]:
        found = self._own.get((key, None)) or starter.letters()["letters"].get(key)
        return found if isinstance(found, Mapping) else {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def letters_of(cur: Cursor, shop_id: int, languages: tuple[str, ...]) -> Letters:
    """The starter letters and the shop's own, whose newest version wins."""
    own: dict[tuple[str, int | None], object] = {}
    rows = cur.execute(
        "select key, version, content from outbox_template where shop_id = %s order by version", (shop_id,)
    )
    for key, version, content in rows:
        own[key, version] = own[key, None] = content
    return Letters(own, languages)
