"""By which words products are found: kept by whoever writes products, made anew by a job where the rules have changed.

Writes the words of a shop; each word once, its id in every product that has it. A word that no product has any more
stays: it finds nothing and costs nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.rules.sounds import Word, code_of, mark, words_of

__all__ = ["VERSION", "code_of", "texts_of", "word_ids"]

VERSION = 1
"""Raised when rules/sounds.py changes what it makes: products with an older one are done again."""
_OTHER_NAMES = 10

_NEW = """
insert into catalog_word (shop_id, text, stem, sounds, grams)
select %s, t, s, so::bigint[], gr::bigint[] from unnest(%s::text[], %s::text[], %s::text[], %s::text[]) as w(t, s, so, gr)
on conflict (shop_id, text) do update set stem = excluded.stem, sounds = excluded.sounds, grams = excluded.grams
where (catalog_word.stem, catalog_word.sounds, catalog_word.grams)
  is distinct from (excluded.stem, excluded.sounds, excluded.grams)
"""


def texts_of(name: str, brand: str | None, category: str | None, rest: Mapping[str, Any]) -> str:
    """All that a product may be called: its name in every language that the shop gives (`names`), brand and category."""
    names = rest.get("names")
    others = list(names.values())[:_OTHER_NAMES] if isinstance(names, dict) else []
    return "\n".join(str(text) for text in (name, *others, brand, category) if isinstance(text, str))


def word_ids(cur: Cursor, shop_id: int, texts: Sequence[str], *, anew: bool = False) -> list[list[int]]:
    """The ids of the words of each text, making those that are new; `anew`: make all as the rules are now."""
    found = [words_of(text) for text in texts]
    words = {word.text: word for one in found for word in one}
    known = {} if anew else _known(cur, shop_id, words)
    missing = [words[text] for text in sorted(words.keys() - known.keys())]  # sorted: two writers never wait in a ring
    if missing:
        cur.execute(_NEW, (shop_id, *db.columns([_row(shop_id, word) for word in missing], 4)))
        known = _known(cur, shop_id, words)
    return [sorted(known[word.text] for word in one) for one in found]


def _known(cur: Cursor, shop_id: int, words: Mapping[str, Word]) -> dict[str, int]:
    rows = cur.execute(
        "select text, id from catalog_word where shop_id = %s and text = any(%s)", (shop_id, list(words))
    )
    return dict(rows.fetchall())


def _row(shop_id: int, word: Word) -> tuple[str, str, str, str]:
    return word.text, word.stem, _marks(shop_id, word.sounds), _marks(shop_id, word.grams)


def _marks(shop_id: int, texts: Sequence[str]) -> str:
    return "{" + ",".join(str(mark(shop_id, text)) for text in texts) + "}"
