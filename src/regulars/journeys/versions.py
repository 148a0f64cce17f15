"""Published versions, compiled once a process; which of them take newcomers.

Owns the cache. A version never changes, so an entry is good for ever; which version is live is read anew each time.
"""

import contextlib
from dataclasses import dataclass
from functools import lru_cache

from regulars.base.db import Cursor
from regulars.core.read import read_scheme
from regulars.core.scheme import Scheme

__all__ = ["CompiledVersion", "compiled", "live_versions", "names", "readable_versions"]


@dataclass(frozen=True, slots=True)
class CompiledVersion:
    """A version with its scheme ready for `advance`. `templates`: letter key → version, as published."""

    id: int
    scheme_id: int
    scheme: Scheme
    templates: dict[str, int]


_kept: dict[int, CompiledVersion] = {}


@lru_cache(maxsize=512)
def _compile(text: str) -> Scheme:
    scheme = read_scheme(text).scheme
    if scheme is None:
        raise ValueError("a published scheme no longer compiles: it was published by a newer release")
    return scheme


def compiled(cur: Cursor, version_ids: set[int]) -> dict[int, CompiledVersion]:
    """The versions by id; one query for those not compiled yet."""
    missing = [v for v in version_ids if v not in _kept]
    if missing:
        rows = cur.execute("select id, scheme_id, text, templates from journeys_version where id = any(%s)", (missing,))
        for id_, scheme_id, text, templates in rows.fetchall():
            _kept[id_] = CompiledVersion(id_, scheme_id, _compile(text), templates)
    return {v: _kept[v] for v in version_ids if v in _kept}


def live_versions(cur: Cursor, shop_id: int) -> list[CompiledVersion]:
    """The versions of this shop that take newcomers, oldest scheme first."""
    ids = [
        r[0]
        for r in cur.execute(
            "select live_version_id from journeys_scheme where shop_id = %s and live_version_id is not null order by id",
            (shop_id,),
        )
    ]
    by_id = compiled(cur, set(ids))
    return [by_id[i] for i in ids]


def readable_versions(cur: Cursor, shop_id: int, scheme_id: int | None = None) -> list[CompiledVersion]:
    """All versions there have been of a scheme, or of all, oldest first; without those that this release can't read any
    more: they take nobody in."""
    rows = cur.execute(
        "select id from journeys_version where shop_id = %s and (%s::bigint is null or scheme_id = %s) order by id",
        (shop_id, scheme_id, scheme_id),
    )
    found = []
    for (version_id,) in rows.fetchall():
        with contextlib.suppress(ValueError):
            found.append(compiled(cur, {version_id})[version_id])
    return found


def names(cur: Cursor, shop_id: int) -> list[str]:
    """The names of all schemes that this shop has published."""
    return [r[0] for r in cur.execute("select name from journeys_scheme where shop_id = %s order by name", (shop_id,))]
