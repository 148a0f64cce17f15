"""Writes of what staff keep for themselves: saved views of lists, and lists asked for as files.

A view that was deleted stays for a day, so that deleting can be undone. A file is made once and kept for a day.
"""

from datetime import timedelta
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.blobs import PostgresBlobs
from regulars.base.db import Cursor

__all__ = [
    "KEPT_FOR",
    "NAME_LONGEST",
    "QUERY_LONGEST",
    "ask_export",
    "begin_export",
    "delete_view",
    "fail_export",
    "finish_export",
    "forget_old",
    "progress",
    "restore_view",
    "save_view",
]

NAME_LONGEST = 60
QUERY_LONGEST = 2000
KEPT_FOR = timedelta(days=1)


def save_view(
    cur: Cursor, shop_id: int, account_id: int, page: str, name: str, query: str, shared: bool, actor: Actor
) -> int:
    """Keep filters under a name; the account's own view of that name is replaced. Its id."""
    row = cur.execute(
        "insert into staff_saved_view (shop_id, account_id, page, name, query, shared) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (shop_id, account_id, page, name) where deleted_at is null"
        " do update set query = excluded.query, shared = excluded.shared returning id",
        (shop_id, account_id, page, name[:NAME_LONGEST], query[:QUERY_LONGEST], shared),
    ).fetchone()
    assert row is not None
    audit.write(cur, shop_id, actor, "view.saved", "view", row[0], page=page, shared=shared)
    return int(row[0])


# An account's own, or with `any_of_shop` any shared one.
_MINE = "shop_id = %s and id = %s and (account_id = %s or (%s and shared))"


def delete_view(
    cur: Cursor, shop_id: int, view_id: int, account_id: int, any_of_shop: bool, actor: Actor
) -> str | None:
    """Put a view away; its name, or None when it isn't there or not the account's to delete."""
    row = cur.execute(
        f"update staff_saved_view set deleted_at = machine_now() where {_MINE} and deleted_at is null returning name",  # noqa: S608
        (shop_id, view_id, account_id, any_of_shop),
    ).fetchone()
    if row is None:
        return None
    audit.write(cur, shop_id, actor, "view.deleted", "view", view_id)
    return str(row[0])


def restore_view(
    cur: Cursor, shop_id: int, view_id: int, account_id: int, any_of_shop: bool, actor: Actor
) -> str | None:
    """Undo the deleting of a view; its page, or None when there is nothing to undo or its name was taken again."""
    row = cur.execute(
        "update staff_saved_view v set deleted_at = null"  # noqa: S608
        f" where {_MINE} and deleted_at is not null and not exists (select 1 from staff_saved_view o"
        " where o.shop_id = v.shop_id and o.account_id = v.account_id and o.page = v.page and o.name = v.name"
        " and o.deleted_at is null) returning page",
        (shop_id, view_id, account_id, any_of_shop),
    ).fetchone()
    if row is None:
        return None
    audit.write(cur, shop_id, actor, "view.restored", "view", view_id)
    return str(row[0])


def ask_export(
    cur: Cursor,
    shop_id: int,
    account_id: int,
    page: str,
    form: str,
    asked: dict[str, Any],
    whole_contacts: bool,
    total: int,
    actor: Actor,
) -> int:
    """Ask for a list as a file; its id. The audit says who asked, how many rows, and whether contacts stand in it."""
    row = cur.execute(
        "insert into staff_export (shop_id, account_id, page, form, asked, whole_contacts, total)"
        " values (%s, %s, %s, %s, %s::jsonb, %s, %s) returning id",
        (shop_id, account_id, page, form, db.dumps(asked), whole_contacts, total),
    ).fetchone()
    assert row is not None
    audit.write(
        cur, shop_id, actor, f"{page}.exported", "export", row[0], form=form, rows=total, contacts=whole_contacts
    )
    return int(row[0])


def begin_export(cur: Cursor, export_id: int) -> int | None:
    """Take an export that waits, to make it; its shop. None when it is being made or made already."""
    row = cur.execute(
        "update staff_export set state = 'making' where id = %s and state = 'waiting' returning shop_id", (export_id,)
    ).fetchone()
    return None if row is None else int(row[0])


def progress(cur: Cursor, export_id: int, done: int) -> None:
    """So many rows are written."""
    cur.execute("update staff_export set done = %s where id = %s and state = 'making'", (done, export_id))


def finish_export(
    cur: Cursor, shop_id: int, export_id: int, body: bytes, media_type: str, rows: int, is_cut: bool
) -> None:
    """The file is made. Raises BlobTooLarge."""
    digest = PostgresBlobs().put(cur, shop_id, body, media_type)
    cur.execute(
        "update staff_export set state = 'ready', done = %s, total = %s, is_cut = %s, digest = %s,"
        " finished_at = machine_now() where id = %s",
        (rows, rows, is_cut, digest, export_id),
    )


def fail_export(cur: Cursor, export_id: int) -> None:
    """The file could not be made."""
    cur.execute(
        "update staff_export set state = 'failed', finished_at = machine_now() where id = %s and state <> 'ready'",
        (export_id,),
    )


def forget_old(cur: Cursor) -> None:
    """Drop the files of a day ago, and views deleted so long ago."""
    cur.execute(
        "with gone as (delete from staff_export where created_at < machine_now() - %s returning shop_id, digest)"
        " delete from base_blob b using gone where b.shop_id = gone.shop_id and b.digest = gone.digest"
        # the same bytes may have been asked for once more
        " and not exists (select 1 from staff_export e where e.shop_id = b.shop_id and e.digest = b.digest"
        " and e.created_at >= machine_now() - %s)",
        (KEPT_FOR, KEPT_FOR),
    )
    cur.execute("delete from staff_saved_view where deleted_at < machine_now() - %s", (KEPT_FOR,))
