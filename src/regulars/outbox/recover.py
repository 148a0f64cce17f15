"""What dead senders left behind: put back, or shown to a person, by the rule of each kind of message.

A service message goes back into the queue with its stored bytes, for it may have arrived. An advertisement goes back if
it was surely not handed over (phase 0); else its fate is unknown, and a person judges.
"""

from typing import Any

import psycopg

from regulars.base import clock, db, process
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record

__all__ = ["ROLE", "recover"]

ROLE = "sender"

_ORPHANS = """
select distinct m.process_id from outbox_message m where m.state = 'sending'
and not exists (select 1 from base_process p where p.id = m.process_id)
"""
_MAY_HAVE_GONE = """
select id, person_id from outbox_message
where state = 'sending' and process_id = any(%s) and purpose = 'advertising' and phase = 1
"""
_HOLD = "select person_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked"
# What a frozen holder's own transaction still locks is left for the next time; the server ends that one soon.
_UNKNOWN = """
update outbox_message set state = 'unknown', reason = 'unknown', closed_at = %s
where id in (select id from outbox_message where id = any(%s) and state = 'sending' and process_id = any(%s)
  for update skip locked)
returning id, shop_id, person_id, order_id, step, channel
"""
_BACK = """
update outbox_message set state = 'queued', phase = case when purpose = 'service' then 1 else 0 end,
  process_id = null, claim = null
where id in (select id from outbox_message where state = 'sending' and process_id = any(%s)
  and (purpose = 'service' or phase = 0) for update skip locked)
"""
_STILL_HELD = "select distinct process_id from outbox_message where state = 'sending' and process_id = any(%s)"


def recover(raw: "psycopg.Connection[Any]") -> int:
    """Take back what dead holders hold; how many messages. One process recovers a holder, the others pass it by."""
    with db.transaction_on(raw) as cur:
        gone = process.dead(cur, ROLE)
        holders = gone + [r[0] for r in cur.execute(_ORPHANS)]
        if not holders:
            return 0
        shown = _show_unknown(cur, holders)
        back = cur.execute(_BACK, (holders,)).rowcount
        left = {r[0] for r in cur.execute(_STILL_HELD, (holders,))}
        process.bury(cur, [holder for holder in gone if holder not in left])
        return shown + back


def _show_unknown(cur: Cursor, holders: list[int]) -> int:
    found = cur.execute(_MAY_HAVE_GONE, (holders,)).fetchall()
    if not found:
        return 0
    held = {r[0] for r in cur.execute(_HOLD, (sorted({person for _, person in found}),))}
    now = clock.now_from(cur)
    rows = cur.execute(_UNKNOWN, (now, [i for i, person in found if person in held], holders)).fetchall()
    shops: dict[int, list[NewEvent]] = {}
    for id_, shop_id, person_id, order_id, step, channel in sorted(rows):
        data = {"message_id": str(id_), "step": step, "channel": channel, "purpose": "advertising"}
        event = NewEvent("message.unknown", now, True, person_id, order_id, data, f"message:{id_}")
        shops.setdefault(shop_id, []).append(event)
    for shop_id, events in shops.items():
        record(cur, shop_id, events, now)
    return len(rows)
