"""The schemes of a shop beside the one that is checked: those that are live, and those whose texts are checked with it.

Read only.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from regulars.base.db import Cursor
from regulars.core.read import read_scheme
from regulars.core.scheme import Scheme
from regulars.journeys.versions import live_versions

__all__ = ["Beside", "beside_of"]


@dataclass(frozen=True, slots=True)
class Beside:
    """By name, the schemes that are `live`, and `all`: with those that are checked together, as if they were live."""

    live: Mapping[str, Scheme]
    all: Mapping[str, Scheme]


def beside_of(cur: Cursor, shop_id: int, texts: Collection[str] = ()) -> Beside | None:
    """What stands beside a text of this shop; None where a live text can't be read by this release."""
    try:
        live = {version.scheme.name: version.scheme for version in live_versions(cur, shop_id)}
    except ValueError:
        return None
    return Beside(live, {**live, **{found.name: found for text in texts if (found := read_scheme(text).scheme)}})
