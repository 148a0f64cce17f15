"""Reads of the list of people: found by a text, and by what is known of them.

Owns which persons a text means. Whoever was merged into another is found as that other one. A search costs the same in
a shop of any size.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from regulars.base.db import Cursor
from regulars.people.points import email_address, phone_number
from regulars.people.reach import canonical
from regulars.rules.names import sort_key

__all__ = ["PeopleFilter", "count", "languages", "page", "search", "where", "with_merged"]

_FEW = 2000
"""A name that no more persons have is rare: all are read at once and sorted."""
_WINDOW, _FURTHER, _WALKS = 5000, 20_000, 10
"""How many persons are walked first, then each time, and how often: a commoner name is met on the way."""
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What a list shows; '' and None: all.

    `kind`: 'lead' or 'customer'. `consent`: a channel by which he takes advertising (by the newest word of this very
    record). `text`: as for `search`.
    """

    text: str = ""
    kind: str = ""
    city: str = ""
    language: str = ""
    consent: str = ""


def where(cur: Cursor, shop_id: int, country: str, wanted: PeopleFilter) -> tuple[str, list[Any]]:
    """The filter as a condition over `people_person p`, with its values."""
    sql = "p.shop_id = %s and p.merged_into is null"
    more: list[Any] = [shop_id]
    if wanted.text:
        exact, words = _meaning(cur, shop_id, country, wanted.text)
        sql += " and name_words(p.name) @@ to_tsquery('simple', %s)" if words else " and p.id = any(%s)"
        more.append(_tsquery(words) if words else exact)
    if wanted.kind:
        sql += f" and p.customer_since is {'not ' if wanted.kind == 'customer' else ''}null"
    if wanted.city:
        sql += " and city_key(p.address) = %s"
        more.append(sort_key(wanted.city))
    if wanted.language:
        sql += " and p.language = %s"
        more.append(wanted.language)
    if wanted.consent:
        sql += (
            " and p.id in (select c.person_id from people_consent c where c.shop_id = %s and c.channel = %s"
            " and c.purpose = 'advertising' and c.given and not exists (select 1 from people_consent n"
            " where n.person_id = c.person_id and n.channel = c.channel and n.purpose = c.purpose"
            " and (n.at, n.id) > (c.at, c.id)))"
        )
        more += [shop_id, wanted.consent]
    return sql, more


def page(cur: Cursor, shop_id: int, country: str, wanted: PeopleFilter, before: int | None, limit: int) -> list[int]:
    """Person ids, newest first; `before`: the last one seen."""
    sql, values = where(cur, shop_id, country, wanted)
    if before is not None:
        sql += " and p.id < %s"
        values.append(before)
    rows = cur.execute(f"select p.id from people_person p where {sql} order by p.id desc limit %s", [*values, limit])  # noqa: S608
    return [r[0] for r in rows]


def count(cur: Cursor, shop_id: int, country: str, wanted: PeopleFilter, most: int) -> tuple[int, bool]:
    """How many, counted up to `most`, and whether there are more."""
    sql, values = where(cur, shop_id, country, wanted)
    row = cur.execute(
        f"select count(*) from (select 1 from people_person p where {sql} limit %s) few",  # noqa: S608
        [*values, most + 1],
    ).fetchone()
    n = int(row[0]) if row else 0
    return min(n, most), n > most


_LANGUAGES = """
with recursive step as (
  (select language from people_person where shop_id = %(shop)s and language is not null order by language limit 1)
  union all
  select (select p.language from people_person p where p.shop_id = %(shop)s and p.language > step.language
          order by p.language limit 1)
  from step where step.language is not null
)
select language from step where language is not null limit 50
"""


def languages(cur: Cursor, shop_id: int) -> list[str]:
    """The languages that the shop's people have, by code."""
    return [r[0] for r in cur.execute(_LANGUAGES, {"shop": shop_id})]


_MERGED = """
with recursive down as (
  select id from people_person where shop_id = %s and id = any(%s)
  union all
  select p.id from people_person p join down on p.merged_into = down.id
)
select id from down
"""


def with_merged(cur: Cursor, shop_id: int, person_ids: Sequence[int]) -> list[int]:
    """The persons and all who were merged into them."""
    return [r[0] for r in cur.execute(_MERGED, (shop_id, list(person_ids)))] if person_ids else []


def search(
    cur: Cursor, shop_id: int, country: str, text: str = "", *, before: int | None = None, limit: int = 50
) -> list[int]:
    """Person ids, newest first; all when `text` is empty.

    By e-mail, by telephone in any spelling, by the shop's own customer number, or by the beginnings of words of the name.
    """
    text = text.strip()
    if not text:
        return page(cur, shop_id, country, PeopleFilter(), before, limit)
    exact, words = _meaning(cur, shop_id, country, text)
    if words:
        return _by_name(cur, shop_id, words, before, limit)
    return sorted((i for i in exact if before is None or i < before), reverse=True)[:limit]


def _meaning(cur: Cursor, shop_id: int, country: str, text: str) -> tuple[list[int], list[str]]:
    """Persons whom a text names exactly; if it names none, the words of a name."""
    exact = _by_points(cur, shop_id, country, text) | _by_number(cur, shop_id, text)
    if exact:
        return sorted(set(canonical(cur, shop_id, exact).values())), []
    return [], _WORD.findall(sort_key(text)) if any(c.isalpha() for c in text) else []


def _tsquery(words: Sequence[str]) -> str:
    """Each word as a beginning; they are letters and digits alone, so nothing in them is the query language's."""
    return " & ".join(f"{word}:*" for word in words)


def _by_points(cur: Cursor, shop_id: int, country: str, text: str) -> set[int]:
    email, phone = email_address(text), phone_number(text, country)
    found: set[int] = set()
    for kind, value in (("email", email), ("phone", phone)):
        if value:
            rows = cur.execute(
                "select person_id from people_contact_point where shop_id = %s and kind = %s and value = %s limit %s",
                (shop_id, kind, value, _FEW),
            )
            found |= {r[0] for r in rows}
    return found


# One probe a source: the index begins with the shop and the source.
_BY_NUMBER = """
with recursive step as (
  (select source from people_identity where shop_id = %(shop)s order by source limit 1)
  union all
  select (select i.source from people_identity i where i.shop_id = %(shop)s and i.source > step.source
          order by i.source limit 1)
  from step where step.source is not null
)
select i.person_id from step join people_identity i
  on i.shop_id = %(shop)s and i.source = step.source and i.external_id = %(text)s
"""


def _by_number(cur: Cursor, shop_id: int, text: str) -> set[int]:
    return {r[0] for r in cur.execute(_BY_NUMBER, {"shop": shop_id, "text": text})}


def _by_name(cur: Cursor, shop_id: int, words: Sequence[str], before: int | None, limit: int) -> list[int]:
    """Common names are met soon among the newest; of a rare one all are read and sorted; the rest is walked further."""
    found, last = _walk(cur, shop_id, words, before, _WINDOW, limit)
    if len(found) >= limit or last is None:
        return found
    rows = cur.execute(
        "select id from people_person where name_words(name) @@ to_tsquery('simple', %s) and shop_id = %s"
        " and merged_into is null limit %s",
        (_tsquery(words), shop_id, _FEW + 1),
    ).fetchall()
    if len(rows) <= _FEW:
        return sorted((r[0] for r in rows if before is None or r[0] < before), reverse=True)[:limit]
    for _ in range(_WALKS):
        more, last = _walk(cur, shop_id, words, last, _FURTHER, limit - len(found))
        found += more
        if len(found) >= limit or last is None:
            break
    return found


# The inner limit keeps the walk to the index of ids, whatever the planner thinks of the names.
_NEWEST = """
with newest as materialized (
  select id, ' ' || translate(lower(name), 'ё', 'е') as name from people_person
  where shop_id = %s and merged_into is null and (%s::bigint is null or id < %s) order by id desc limit %s
)
select id, false from newest where {words}
union all (select min(id), true from newest having count(*) = %s) order by 2, 1 desc
"""


def _walk(
    cur: Cursor, shop_id: int, words: Sequence[str], before: int | None, window: int, limit: int
) -> tuple[list[int], int | None]:
    """Persons of the name among the next `window`, newest first, and where the walk stopped; None at its end."""
    # \\m is the beginning of a word
    condition = " and ".join(["strpos(name, %s) > 0 and name ~ %s"] * len(words))
    values = [value for word in words for value in (word, rf"\m{word}")]
    rows = cur.execute(_NEWEST.format(words=condition), [shop_id, before, before, window, *values, window]).fetchall()
    found = [i for i, is_end in rows if not is_end]
    return found[:limit], next((i for i, is_end in rows if is_end), None)
