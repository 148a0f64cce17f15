"""The head that the pages about one scheme share: its title and state, its forms with the draft's changes, its figures.

Owns what must be read for it where a page shows no text of the scheme; page.py makes the same for those that do.
"""

from typing import Any

from regulars.base.db import Cursor
from regulars.journeys import scheme_queries as queries
from regulars.journeys.scheme_queries import VersionRow
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.say import Say
from regulars.web.scheme_names import read
from regulars.web.schemes.page import head_of, numbers_of, paper, said_changes, views
from regulars.web.schemes.pausing import paused

__all__ = ["shared_head"]


def shared_head(cur: Cursor, seat: Seat, say: Say, version: VersionRow, view: str) -> dict[str, Any]:
    """For the page `view` of the scheme; `version`: the live one, else the newest."""
    draft = queries.draft(cur, seat.shop.id, seat.account.pk, version.name) if seat.is_owner else None
    sheet = paper(cur, seat, say, version, draft)
    published = read(version.text)
    is_changed = sheet.is_draft and sheet.scheme is not None and published is not None
    changed = said_changes(cur, seat, published, sheet.scheme) if is_changed and sheet.scheme else []
    return {
        "view": view,
        "views": views(version.name, None, len(changed) if seat.is_owner else None, has_draft=sheet.is_draft),
        "name": version.name,
        "title": words.in_language(published.title, seat.language) if published else version.name,
        "version": version,
        "paper": sheet,
        "live": {"pause": paused(cur, seat, say, version.name)},
        "head": head_of(say, numbers_of(cur, version, published)),
    }
