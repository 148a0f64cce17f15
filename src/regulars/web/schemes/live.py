"""What of the scheme's page changes by itself while somebody looks at it: numbers, the progress of a move, the pause.

Owns its making and its mark; the page asks for it again and again, and gets it only when the mark is another.
"""

from hashlib import blake2s
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from regulars.base.db import Cursor
from regulars.core.scheme import Scheme
from regulars.journeys.scheme_queries import VersionRow
from regulars.web.access import Seat
from regulars.web.say import Say
from regulars.web.schemes.inside import progress
from regulars.web.schemes.page import drawn, head_of, numbers_of
from regulars.web.schemes.pausing import paused

__all__ = ["live_parts", "live_state"]


def live_state(cur: Cursor, seat: Seat, say: Say, version: VersionRow) -> dict[str, Any]:
    """What stands above the map: the pause, and how far a move is."""
    return {"pause": paused(cur, seat, say, version.name), "move": progress(cur, seat, say, version.name)}


def live_parts(
    cur: Cursor,
    seat: Seat,
    say: Say,
    version: VersionRow,
    scheme: Scheme,
    request: HttpRequest,
    pinned: int | None = None,
) -> dict[str, str]:
    """The parts of the page, ready to be put in, and the mark `v` of what they say."""
    shown = {"seat": seat, "name": version.name, "version": version, "live": live_state(cur, seat, say, version)}
    parts = {
        "map": render_to_string("web/part_map.html", {"map": drawn(cur, seat, say, scheme, version), "pinned": pinned}),
        "head": render_to_string("web/part_scheme_head.html", {"head": head_of(say, numbers_of(cur, version, scheme))}),
        "state": render_to_string("web/part_scheme_live.html", shown),
    }
    mark = blake2s("".join(parts.values()).encode(), digest_size=8).hexdigest()
    # its forms carry a token, which is another each time and no news
    return {**parts, "state": render_to_string("web/part_scheme_live.html", shown, request), "v": mark}
