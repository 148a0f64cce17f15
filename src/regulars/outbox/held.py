"""Letters of paused schemes: which versions are held, what is put off at the gate, and its release.

Owns that a held letter costs nothing while it waits: it is looked at once, at its time, and then lies far ahead. It must
not know what a scheme is: whoever pauses one names its versions.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from regulars.base.db import Cursor
from regulars.outbox.decide import Decided
from regulars.outbox.gate_facts import Claimed

__all__ = ["SCHEME_PAUSED", "hold_versions", "put_off", "release_versions"]

SCHEME_PAUSED = "scheme_paused"
_FAR = timedelta(days=3660)
_STILL = "select version_id from outbox_held_version where version_id = any(%s) order by version_id for key share"


def hold_versions(cur: Cursor, shop_id: int, version_ids: Sequence[int]) -> None:
    """No letter of these versions goes from now on."""
    cur.execute(
        "insert into outbox_held_version (version_id, shop_id) select v, %s from unnest(%s::bigint[]) v"
        " on conflict do nothing",
        (shop_id, list(version_ids)),
    )


def release_versions(cur: Cursor, shop_id: int, version_ids: Sequence[int], now: datetime) -> int:
    """They may go again: what was put off is judged now, by its own lateness. Returns how many."""
    cur.execute(
        "delete from outbox_held_version where shop_id = %s and version_id = any(%s)", (shop_id, list(version_ids))
    )
    return cur.execute(
        "update outbox_message set send_after = %s, reason = null where shop_id = %s and state = 'queued' and reason = %s"
        " and version_id = any(%s)",
        (now, shop_id, SCHEME_PAUSED, list(version_ids)),
    ).rowcount


def put_off(cur: Cursor, rows: Sequence[Claimed], now: datetime) -> tuple[list[Claimed], list[Decided]]:
    """What may be judged, and what is put off since its scheme is paused.

    The pause of what is put off can't end before the caller's transaction does: `release_versions` would not see it.
    """
    held = {v for (v,) in cur.execute("select version_id from outbox_held_version")} if rows else set()
    if not held:
        return list(rows), []
    of: dict[int, int] = dict(
        cur.execute(
            "select id, version_id from outbox_message where id = any(%s) and version_id = any(%s)",
            ([r.id for r in rows], sorted(held)),
        ).fetchall()
    )
    still = {v for (v,) in cur.execute(_STILL, (sorted(set(of.values())),))} if of else set()
    of = {id_: version for id_, version in of.items() if version in still}
    late = [Decided(r, "queued", SCHEME_PAUSED, "{}", now + _FAR) for r in rows if r.id in of]
    return [r for r in rows if r.id not in of], late
