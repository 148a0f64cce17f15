"""Recordings that a vendor tells by a name of his: which can be fetched, and a link for one listening. Reads only.

The link expires and is never kept. The vendor is asked outside any transaction, by the guarded way of all calls
(base/calling.py); nothing leaves a playground. Who may listen is the screens' matter.
"""

from collections.abc import Iterable
from typing import Any

from regulars.base import calling
from regulars.base.calling import FateUnknown, NotHandedOver
from regulars.base.db import Cursor
from regulars.base.ssrf import Forbidden, Reach
from regulars.intake.dialling import account_of
from regulars.vendors import telephones
from regulars.vendors.telephones import Account

__all__ = ["NO_FEED", "NO_KEY", "RecordingError", "account", "is_link", "link", "missing"]

SECONDS = 10.0
NO_FEED, NO_KEY = "no_feed", "no_key"
_FEEDS = """
select distinct on (source) source, kind, slug, settings, credentials, secrets from intake_feed
where shop_id = %s and source = any(%s) and active and removed_at is null and kind = any(%s) order by source, id desc
"""


class RecordingError(Exception):
    """No link; `code` is a word of COMMAND_ANSWERS or `not_ready`, `text` the vendor's own."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code, self.text = code, text


def is_link(recording: str) -> bool:
    """Whether it can be opened as it is; else it is the vendor's name of it."""
    return recording.startswith("https://")


def missing(cur: Cursor, shop_id: int, sources: Iterable[str]) -> dict[str, str]:
    """By source, what is missing to fetch its recordings: NO_FEED, NO_KEY; '' where nothing is."""
    asked = sorted(set(sources))
    if not asked:
        return {}
    known = {row[0]: row for row in _feeds(cur, shop_id, asked)}
    out = {}
    for source in asked:
        row = known.get(source)
        out[source] = NO_FEED if row is None else "" if telephones.can_fetch(row[1], row[4]) else NO_KEY
    return out


def account(cur: Cursor, shop_id: int, source: str) -> Account | None:
    """The account at the vendor of this source; None where its recordings can't be fetched."""
    for _source, kind, *rest in _feeds(cur, shop_id, [source]):
        if telephones.can_fetch(kind, rest[2]):
            return account_of(kind, *rest)
    return None


def _feeds(cur: Cursor, shop_id: int, sources: list[str]) -> list[tuple[Any, ...]]:
    return cur.execute(_FEEDS, (shop_id, sources, list(telephones.RECORDERS))).fetchall()


def link(at: Account, recording: str, reach: Reach) -> str:
    """Ask the vendor for a link that is good for a few minutes. Raises RecordingError."""
    asked = telephones.ask_recording(at, recording)
    try:
        answer = calling.call(
            asked.method, asked.url, reach, headers=asked.headers, body=asked.body, auth=asked.auth, seconds=SECONDS
        )
    except Forbidden as error:
        raise RecordingError("playground" if reach == "machine" else f"address_{error.code}") from error
    except NotHandedOver as error:
        raise RecordingError("unreachable") from error
    except FateUnknown as error:
        raise RecordingError("no_answer") from error
    found, why = telephones.link_of(
        at.kind, answer.status, answer.headers.get("location", ""), answer.json(), answer.text(200)
    )
    if found:
        return found
    codes = {"denied": "denied", "busy": "server", "odd": "odd_answer"}
    raise RecordingError(codes.get(why.kind, "not_ready"), why.text)
