"""Looking a product up while talking: by its code, by words of its name in any order and form, or by how it sounds.

Reads only. First the words of the shop that may be meant are found, each with how surely; then the products that have
one of them for each word that was typed; the likeliest first, of equals what is in stock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.base.db import Cursor
from regulars.rules.sounds import Word, code_of, likeness, mark, other_layout, words_of

__all__ = ["Found", "Meant", "search"]

MOST_WORDS = 8
MOST_MEANT = 150
"""So many words of the shop stand for one that was typed, the surest ones."""
JUDGED = 1500
"""Of a word that fits more products than that, so many are put in order: who types one word more sees the rest."""
LEAST_LIKE = 0.3
"""Words that share a smaller part of their sound are not the same word misheard."""
EXACT, FORM, BEGINNING, SOUND, LIKE = 1.0, 0.95, 0.9, 0.8, 0.75
CODE, CODE_BEGINNING = 3.0, 1.6
OTHER_LAYOUT = 0.97

_WORDS = """
select n, id, text, max(sure) from (
  select q.n, w.id, w.text, 1.0 as sure from unnest(%(n)s::int[], %(text)s::text[]) as q(n, text)
  join catalog_word w on w.shop_id = %(shop)s and w.text = q.text
  union all
  select q.n, w.id, w.text, 0.95 from unnest(%(n)s::int[], %(stem)s::text[]) as q(n, stem)
  join catalog_word w on w.shop_id = %(shop)s and w.stem = q.stem
  union all
  select q.n, w.id, w.text, 0.9 from unnest(%(n)s::int[], %(text)s::text[]) as q(n, text)
  cross join lateral (select id, text from catalog_word c where c.shop_id = %(shop)s
    and c.text ~>=~ q.text and c.text ~<~ (q.text || chr(1114111)) order by c.text using ~<~ limit %(most)s) w
  union all
  select q.n, w.id, w.text, 0.8 from unnest(%(sn)s::int[], %(sound)s::bigint[]) as q(n, sound)
  join catalog_word w on w.shop_id = %(shop)s and w.sounds @> array[q.sound]
) found group by n, id, text
"""
_ALIKE = """
select id, text from (
  select w.id, w.text, count(*) as shared from unnest(%s::bigint[]) as q(gram)
  join catalog_word w on w.shop_id = %s and w.grams @> array[q.gram] group by w.id, w.text
  order by shared desc, w.text limit %s
) alike
"""
_OF_CODE = """
select id, code = %(code)s from catalog_product where shop_id = %(shop)s
  and code ~>=~ %(code)s and code ~<~ (%(code)s::text || chr(1114111)) order by code using ~<~ limit %(most)s
"""
_NARROW = "select id, word_ids, stock > 0, length(name) from catalog_product where shop_id = %s"


@dataclass(frozen=True, slots=True)
class Meant:
    """A word of the shop that a typed one may mean, and how surely (0 to 1)."""

    id: int
    text: str
    sure: float


@dataclass(frozen=True, slots=True)
class Found:
    """A product by our own id, how well it fits, and the words by which it was found."""

    id: int
    score: float
    words: tuple[str, ...]


def search(cur: Cursor, shop_id: int, text: str, limit: int = 20) -> list[Found]:
    """The products that may be meant, the likeliest first."""
    by_code = _by_code(cur, shop_id, text, limit)
    typed = words_of(text, MOST_WORDS)
    found = _by_words(cur, shop_id, typed, _meant(cur, shop_id, text, typed)) if typed else []
    best = {one.id: one for one in found}
    for id_, is_whole in by_code.items():
        best[id_] = Found(id_, CODE if is_whole else CODE_BEGINNING, (text,))
    order = {one.id: i for i, one in enumerate(found)}
    ranked = sorted(best.values(), key=lambda one: (-one.score, order.get(one.id, -1)))
    return ranked[:limit]


def _by_code(cur: Cursor, shop_id: int, text: str, limit: int) -> dict[int, bool]:
    """Products whose code is that or begins so; a code has a figure in it, or is typed whole."""
    found: dict[int, bool] = {}
    for typed in (text, other_layout(text)):
        code = code_of(typed)
        if len(code) > 1:
            rows = cur.execute(_OF_CODE, {"shop": shop_id, "code": code, "most": limit}).fetchall()
            has_figure = any(c.isdigit() for c in code)
            found |= {id_: is_whole for id_, is_whole in rows if (is_whole or has_figure) and id_ not in found}
    return found


def _meant(cur: Cursor, shop_id: int, text: str, typed: Sequence[Word]) -> list[list[Meant]]:
    """For each typed word, what of the shop it may mean; in the other layout where so it fits better."""
    switched = words_of(other_layout(text), MOST_WORDS)
    asked = [*typed, *switched]
    known = _known(cur, shop_id, asked)
    here, there = known[: len(typed)], known[len(typed) :]
    if _surely(there) * OTHER_LAYOUT > _surely(here):
        typed, here = switched, there
    return [
        _shortened(found if found and found[0].sure > LIKE else [*found, *_alike(cur, shop_id, word, found)])
        for word, found in zip(typed, here, strict=True)
    ]


def _surely(known: Sequence[Sequence[Meant]]) -> float:
    """How surely all of what was typed is known, on average."""
    return sum(found[0].sure for found in known if found) / len(known) if known else 0.0


def _shortened(found: Sequence[Meant]) -> list[Meant]:
    return sorted(found, key=lambda m: (-m.sure, m.text))[:MOST_MEANT]


def _known(cur: Cursor, shop_id: int, asked: Sequence[Word]) -> list[list[Meant]]:
    """Words that are the same, another form, begin so or sound so; the surest first. What only sounds so is surer the
    more of its vowels are the same, too."""
    numbered = list(enumerate(asked))
    sounds = [(n, mark(shop_id, sound)) for n, word in numbered for sound in word.sounds]
    rows = cur.execute(
        _WORDS,
        {
            "shop": shop_id,
            "most": MOST_MEANT,
            "n": [n for n, _ in numbered],
            "text": [w.text for w in asked],
            "stem": [w.stem for w in asked],
            "sn": [n for n, _ in sounds],
            "sound": [s for _, s in sounds],
        },
    )
    out: list[list[Meant]] = [[] for _ in asked]
    for n, id_, text, sure in rows:
        surely = float(sure)
        if surely == SOUND:
            surely += (FORM - SOUND) * 0.9 * likeness(asked[n].text, text) - 0.04
        out[n].append(Meant(id_, text, surely))
    for found in out:
        found.sort(key=lambda m: (-m.sure, m.text))
    return out


def _alike(cur: Cursor, shop_id: int, word: Word, known: Sequence[Meant]) -> list[Meant]:
    """Words that share much of their sound with one that nothing else was found for."""
    if not word.grams:
        return []
    seen = {m.id for m in known}
    rows = cur.execute(_ALIKE, ([mark(shop_id, gram) for gram in word.grams], shop_id, MOST_MEANT)).fetchall()
    alike = [(id_, text, likeness(word.text, text)) for id_, text in rows if id_ not in seen]
    return [Meant(id_, text, LIKE * share) for id_, text, share in alike if share >= LEAST_LIKE]


def _by_words(cur: Cursor, shop_id: int, typed: Sequence[Word], meant: Sequence[Sequence[Meant]]) -> list[Found]:
    """Products that have a meant word for each that was typed; where there is none, for as many as may be."""
    groups = [{m.id: m for m in found} for found in meant if found]
    if not groups:
        return []
    rows = _narrow(cur, shop_id, [list(g) for g in groups])
    if not rows and len(groups) > 1:
        rows = _narrow(cur, shop_id, [sorted({i for g in groups for i in g})])
    judged = [(_judged(groups, id_, set(ids), len(typed)), has_stock, length) for id_, ids, has_stock, length in rows]
    judged.sort(key=lambda j: (-round(j[0].score, 2), not j[1], j[2], -j[0].id))
    return [found for found, _, _ in judged]


def _narrow(cur: Cursor, shop_id: int, groups: Sequence[Sequence[int]]) -> list[tuple[int, list[int], bool, int]]:
    wanted = "".join(" and word_ids && %s::bigint[]" for _ in groups)
    rows = cur.execute(f"{_NARROW}{wanted} limit {JUDGED}", (shop_id, *groups))  # a number of our own
    return rows.fetchall()


def _judged(groups: Sequence[Mapping[int, Meant]], id_: int, ids: set[int], typed: int) -> Found:
    """How well a product fits: of each typed word the surest that the product has, over all that were typed."""
    score, words = 0.0, []
    for group in groups:
        best = max((group[i] for i in ids & group.keys()), key=lambda m: m.sure, default=None)
        if best is not None:
            score += best.sure
            words.append(best.text)
    return Found(id_, score / typed, tuple(words))
