"""What operators say in this shop: its own scripts, questions and closing phrases, else the ready ones.

Reads, and the two writes that there are: another version, and the ready text again (a version too, so that it can be
undone). Whoever saves a content has read it with spoken_text.read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.outbox import starter

__all__ = ["ABOUT", "ALL", "Saved", "Version", "about", "closing", "content", "keep", "questions", "ready", "saved",
           "script", "scripts", "versions"]  # fmt: skip

ALL, ABOUT = "all", "about"
"""The key of what there is one of; the kind of what texts may say of the shop."""
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Version:
    """A version; without content it gave the ready text back."""

    version: int
    content: Any
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Saved:
    """The newest version of something."""

    kind: str
    key: str
    version: int
    is_own: bool
    title: Mapping[str, str]
    at: datetime


_NEWEST = (
    "select content from outbox_spoken where shop_id = %s and kind = %s and key = %s order by version desc limit 1"
)


def ready(kind: str, key: str) -> Any:
    """The text that comes with the product, None where there is none."""
    texts = starter.scripts()
    if kind == "script":
        return texts["scripts"].get(key)
    if kind == "questions":
        return [{"question": q["question"], "answer": {"en": q["en"], "ru": q["ru"]}} for q in texts["questions"]]
    return [dict(one) for one in texts["closing"]] if kind == "closing" else {}


def content(cur: Cursor, shop_id: int, kind: str, key: str) -> Any:
    """What counts now; None where neither the shop nor the product has it."""
    row = cur.execute(_NEWEST, (shop_id, kind, key)).fetchone()
    return row[0] if row is not None and row[0] is not None else ready(kind, key)


def script(cur: Cursor, shop_id: int, key: str) -> Any:
    """The script of that name; None where there is none."""
    return content(cur, shop_id, "script", key)


def questions(cur: Cursor, shop_id: int) -> list[dict[str, Any]]:
    """The frequent questions."""
    return list(content(cur, shop_id, "questions", ALL))


def closing(cur: Cursor, shop_id: int) -> list[dict[str, str]]:
    """The closing phrases."""
    return list(content(cur, shop_id, "closing", ALL))


def about(cur: Cursor, shop_id: int) -> dict[str, Any]:
    """What texts may say of the shop, as its owner filled it in."""
    return dict(content(cur, shop_id, ABOUT, ALL))


def saved(cur: Cursor, shop_id: int) -> dict[tuple[str, str], Saved]:
    """The newest version of all that the shop has touched, by kind and key."""
    rows = cur.execute(
        "select distinct on (kind, key) kind, key, version, content is not null,"
        " case when kind = 'script' then content->'title' end, at"
        " from outbox_spoken where shop_id = %s order by kind, key, version desc",
        (shop_id,),
    )
    return {(r[0], r[1]): Saved(r[0], r[1], r[2], r[3], r[4] or {}, r[5]) for r in rows}


def scripts(cur: Cursor, shop_id: int) -> dict[str, Mapping[str, str]]:
    """All scripts that there are, ready ones first: key → title."""
    own = {key: one for (kind, key), one in saved(cur, shop_id).items() if kind == "script" and one.is_own}
    found: dict[str, Mapping[str, str]] = {key: made["title"] for key, made in starter.scripts()["scripts"].items()}
    return found | {key: one.title for key, one in own.items()}


def versions(cur: Cursor, shop_id: int, kind: str, key: str) -> list[Version]:
    """The versions, newest first."""
    rows = cur.execute(
        "select version, content, actor, at from outbox_spoken where shop_id = %s and kind = %s and key = %s"
        " order by version desc limit %s",
        (shop_id, kind, key, SHOWN),
    )
    return [Version(*r) for r in rows]


def keep(
    cur: Cursor, shop_id: int, kind: str, key: str, made: Any, actor: Actor, now: datetime, base: int | None = None
) -> int | None:
    """Save another version, or with None give the ready text back; its number.

    None when somebody has saved meanwhile and `base` is no longer the newest: nothing is overwritten unseen.
    """
    cur.execute("select from shop_shop where id = %s for no key update", (shop_id,))  # two savers, one after the other
    row = cur.execute(
        "select coalesce(max(version), 0) from outbox_spoken where shop_id = %s and kind = %s and key = %s",
        (shop_id, kind, key),
    ).fetchone()
    newest = int(row[0]) if row else 0
    if base is not None and base != newest:
        return None
    cur.execute(
        "insert into outbox_spoken (shop_id, kind, key, version, content, actor, at) values (%s, %s, %s, %s, %s::jsonb, %s, %s)",
        (shop_id, kind, key, newest + 1, None if made is None else db.dumps(made), str(actor), now),
    )
    audit.write(cur, shop_id, actor, "spoken.save", "spoken", None, kind=kind, key=key, version=newest + 1)
    return newest + 1
