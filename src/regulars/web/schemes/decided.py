"""Split tests that are decided, as the scheme's own forms show them: a mark at the step on the map, in the table, in its form.

Owns these words and marks. How a test stands is the page *Effect*'s, and so is deciding it (`deciding`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from regulars.base.db import Cursor
from regulars.core.scheme import Scheme
from regulars.journeys.scheme_queries import VersionRow
from regulars.journeys.split_queries import decided_in
from regulars.web.access import Seat
from regulars.web.actors import actors
from regulars.web.say import Say
from regulars.web.schemes.effect_splits import title_of
from regulars.web.schemes.picture import text_width

__all__ = ["decided", "mark"]


def decided(
    cur: Cursor, seat: Seat, say: Say, version: VersionRow | None, scheme: Scheme | None
) -> dict[str, dict[str, str]]:
    """Step → which way everybody new goes, since when and by whom, as far as it holds in this text."""
    found = decided_in(cur, seat.shop.id, version.scheme_id, scheme) if version and scheme else {}
    if scheme is None or not found:
        return {}
    names = actors(cur, seat, [one.by for one in found.values()])
    return {
        name: {"way": title_of(one.target, scheme, say), "since": say.when(one.at), "by": names.name(one.by)}
        for name, one in found.items()
    }


def mark(rows: Iterable[dict[str, Any]], found: Mapping[str, Mapping[str, str]]) -> None:
    """Put it to the nodes of a map, or to the rows of a table."""
    for row in rows:
        one = found.get(row["name"])
        if one is None:
            continue
        said = _("decided")
        width = round(text_width(said, 11) + 30)
        row["decided"] = {"said": said, "way": one["way"], "width": width}
        if "full" in row:
            row["full"] += "; " + _("decided: everybody new goes to “%(way)s”") % {"way": one["way"]}
