"""Reads of message threads: one with what was said, those of a person, the list of talks, files, who an address is."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from regulars.base.blobs import Blob, PostgresBlobs
from regulars.base.db import Cursor

__all__ = [
    "MessageRow",
    "Preview",
    "ThreadRow",
    "at_address",
    "file",
    "listing",
    "messages",
    "of_persons",
    "previews",
    "subject_and_refs",
    "thread",
    "threads_by_id",
    "waiting_count",
]

SHOWN = 200
MOST_COUNTED = 1000
_blobs = PostgresBlobs()


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A talk as it stands."""

    id: int
    shop_id: int
    person_id: int
    channel: str
    address: str
    order_id: int | None
    subject: str
    team: str
    opened_at: datetime
    last_at: datetime
    waits_since: datetime | None
    greeted_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One thing said, by the buyer (`inward`) or by us; see talks.threads_models.Message."""

    id: int
    thread_id: int
    inward: bool
    at: datetime
    text: str
    whole: str
    subject: str
    auto: str
    order_id: int | None
    letter_id: int | None
    outbox_id: int | None
    actor: str | None
    files: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Preview:
    """The last thing said in a thread, for a list."""

    inward: bool
    text: str
    auto: str
    files: int
    outbox_id: int | None


_COLUMNS = ", ".join(f.name for f in fields(ThreadRow))
_SAID = ", ".join(f.name for f in fields(MessageRow))


def thread(cur: Cursor, shop_id: int, thread_id: int) -> ThreadRow | None:
    """One thread of this shop."""
    return threads_by_id(cur, shop_id, [thread_id]).get(thread_id)


def threads_by_id(cur: Cursor, shop_id: int, thread_ids: Sequence[int]) -> dict[int, ThreadRow]:
    """Threads of this shop by their ids."""
    if not thread_ids:
        return {}
    rows = cur.execute(
        f"select {_COLUMNS} from talks_thread where shop_id = %s and id = any(%s)",  # noqa: S608 - our own column names
        (shop_id, list(thread_ids)),
    )
    return {r[0]: ThreadRow(*r) for r in rows}


def at_address(cur: Cursor, shop_id: int, channel: str, address: str) -> ThreadRow | None:
    """The thread with an address."""
    row = cur.execute(
        f"select {_COLUMNS} from talks_thread where shop_id = %s and channel = %s and address = %s",  # noqa: S608
        (shop_id, channel, address),
    ).fetchone()
    return None if row is None else ThreadRow(*row)


def messages(cur: Cursor, shop_id: int, thread_id: int, limit: int = SHOWN) -> list[MessageRow]:
    """What was said last in a thread, oldest first."""
    rows = cur.execute(
        f"select {_SAID} from talks_message where shop_id = %s and thread_id = %s order by id desc limit %s",  # noqa: S608
        (shop_id, thread_id, limit),
    )
    return [MessageRow(*r) for r in rows][::-1]


def of_persons(cur: Cursor, shop_id: int, person_ids: Sequence[int], limit: int = 20) -> list[ThreadRow]:
    """The threads of these persons, the liveliest first."""
    rows = cur.execute(
        f"select {_COLUMNS} from talks_thread where shop_id = %s and person_id = any(%s)"  # noqa: S608
        " order by last_at desc, id desc limit %s",
        (shop_id, list(person_ids), limit),
    )
    return [ThreadRow(*r) for r in rows]


def listing(
    cur: Cursor,
    shop_id: int,
    *,
    channel: str = "",
    team: str = "",
    waiting: bool = False,
    person_ids: Sequence[int] | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[ThreadRow]:
    """Threads: those who wait, longest first, or all, newest first. `after`: the place of the last one seen."""
    column, order = ("waits_since", "") if waiting else ("last_at", " desc")
    where = ["shop_id = %s"]
    values: list[Any] = [shop_id]
    if waiting:
        where.append("waits_since is not null")
    for name, value in (("channel", channel), ("team", team)):
        if value:
            where.append(f"{name} = %s")
            values.append(value)
    if person_ids is not None:
        where.append("person_id = any(%s)")
        values.append(list(person_ids))
    if after is not None:
        where.append(f"({column}, id) {'>' if waiting else '<'} (%s, %s)")
        values += [after[0], after[1]]
    rows = cur.execute(
        f"select {_COLUMNS} from talks_thread where {' and '.join(where)}"  # noqa: S608 - our own column names
        f" order by {column}{order}, id{order} limit %s",
        [*values, limit],
    )
    return [ThreadRow(*r) for r in rows]


def previews(cur: Cursor, shop_id: int, thread_ids: Sequence[int]) -> dict[int, Preview]:
    """The last thing said in each of these threads."""
    if not thread_ids:
        return {}
    rows = cur.execute(
        "select t.i, m.inward, left(m.text, 300), m.auto, jsonb_array_length(m.files), m.outbox_id"
        " from unnest(%s::bigint[]) as t(i) cross join lateral (select * from talks_message"
        " where thread_id = t.i and shop_id = %s order by id desc limit 1) m",
        (list(thread_ids), shop_id),
    )
    return {r[0]: Preview(*r[1:]) for r in rows}


def waiting_count(cur: Cursor, shop_id: int) -> int:
    """How many wait for an answer, counted up to a thousand."""
    row = cur.execute(
        "select count(*) from (select 1 from talks_thread where shop_id = %s and waits_since is not null limit %s) t",
        (shop_id, MOST_COUNTED),
    ).fetchone()
    return int(row[0]) if row else 0


def subject_and_refs(cur: Cursor, thread_id: int) -> tuple[str, str, list[str]]:
    """Of the last mail that came: its subject, its Message-ID, and the ids before it, oldest first."""
    row = cur.execute(
        "select subject, refs from talks_message where thread_id = %s and inward order by id desc limit 1", (thread_id,)
    ).fetchone()
    if row is None:
        return "", "", []
    return row[0], row[1].get("id", ""), list(reversed(row[1].get("answers", [])))


def file(cur: Cursor, shop_id: int, message_id: int, n: int) -> tuple[str, Blob] | None:
    """The n-th file of a message, with its name; None when there is none, or it was not kept."""
    row = cur.execute(
        "select files->%s::int from talks_message where shop_id = %s and id = %s", (n, shop_id, message_id)
    ).fetchone()
    if row is None or row[0] is None or "digest" not in row[0]:
        return None
    blob = _blobs.get(cur, shop_id, bytes.fromhex(row[0]["digest"]))
    return None if blob is None else (row[0]["name"], blob)
