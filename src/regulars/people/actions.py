"""Writes of people beside taking them in (taking.py): consents, suppressions, merges and their undoing, customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, lock_mailboxes, open_mailboxes, record
from regulars.people.first_names import first_name_of
from regulars.people.matching import Buyer, match
from regulars.people.reach import canonical
from regulars.people.snapshot import PersonSnapshot
from regulars.people.taking import take

__all__ = [
    "MergeRefused",
    "add_point",
    "become_customers",
    "lead_by_email",
    "lead_by_point",
    "lift_bounce",
    "merge",
    "say_consent",
    "stand_in",
    "suppress",
    "unmerge",
    "unsuppress",
]


class MergeRefused(ValueError):
    """These two can't be merged; the text says why."""


def say_consent(
    cur: Cursor,
    shop_id: int,
    person_id: int,
    channel: str,
    purpose: str,
    given: bool,
    actor: Actor,
    now: datetime,
    proof: Mapping[str, Any],
) -> None:
    """Keep a word on a consent, with its proof. Records consent.given or consent.withdrawn."""
    lock_mailboxes(cur, [person_id])
    cur.execute(
        "insert into people_consent (shop_id, person_id, channel, purpose, given, at, proof)"
        " values (%s, %s, %s, %s, %s, %s, %s::jsonb)",
        (shop_id, person_id, channel, purpose, given, now, db.dumps(dict(proof))),
    )
    kind = "consent.given" if given else "consent.withdrawn"
    data = {"channel": channel, "purpose": purpose}
    record(cur, shop_id, [NewEvent(kind, now, True, person_id, None, data, str(actor))], now)


def lead_by_email(
    cur: Cursor, shop_id: int, country: str, email: str, name: str, language: str, actor: Actor, now: datetime
) -> int:
    """The person with this address; where there is none, a new lead. He comes in as history: no scheme wakes for him."""
    snapshot = PersonSnapshot(name=name or None, email=email, language=language)
    buyer = Buyer("staff", snapshot, now, str(actor), live=False, lead=True)
    matched = match(cur, shop_id, country, [buyer])
    known = matched.existing()
    if known:
        return known.pop()
    (person_id,) = take(cur, shop_id, [buyer], matched, now)
    return person_id


def lead_by_point(
    cur: Cursor, shop_id: int, kind: str, value: str, name: str, language: str, actor: Actor, now: datetime
) -> int:
    """A new lead who is known by one address alone. Records lead.created; the caller has looked that nobody has it."""
    (person_id,) = db.ids(cur, 1)
    cur.execute(
        "insert into people_person (id, shop_id, name, first_name, language) values (%s, %s, %s, %s, %s)",
        (person_id, shop_id, name, first_name_of(name), language or None),
    )
    open_mailboxes(cur, shop_id, [person_id])
    add_point(cur, shop_id, person_id, kind, value)
    lock_mailboxes(cur, [person_id])
    record(cur, shop_id, [NewEvent("lead.created", now, True, person_id, None, {}, str(actor))], now)
    return person_id


def add_point(cur: Cursor, shop_id: int, person_id: int, kind: str, value: str) -> None:
    """One more address by which a person is reached; one that he has already changes nothing."""
    cur.execute(
        "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, %s, %s) on conflict do nothing",
        (shop_id, person_id, kind, value),
    )


def suppress(
    cur: Cursor,
    shop_id: int,
    kind: str,
    values: Sequence[str],
    reason: str,
    actor: Actor,
    now: datetime,
    *,
    scope: str = "all",
    detail: str = "",
) -> None:
    """Write to these addresses no more ('all'), or no advertising ('advertising'); the first reason stays."""
    cur.execute(
        "insert into people_suppression (shop_id, kind, value, reason, scope, detail, at)"
        " select %s, %s, v, %s, %s, %s, %s from unnest(%s::text[]) v on conflict do nothing",
        (shop_id, kind, reason, scope, detail[:500], now, sorted(set(values))),
    )
    if actor.kind in ("staff", "key"):
        audit.write(cur, shop_id, actor, "address.suppressed", "suppression", None, kind=kind, scope=scope)


def lift_bounce(cur: Cursor, shop_id: int, kind: str, value: str) -> bool:
    """Somebody writes from an address that was held for dead: it lives. Complaints and wishes stand."""
    return (
        cur.execute(
            "delete from people_suppression where shop_id = %s and kind = %s and value = %s and reason = 'bounce'",
            (shop_id, kind, value),
        ).rowcount
        > 0
    )


def unsuppress(cur: Cursor, shop_id: int, kind: str, value: str, actor: Actor) -> bool:
    """Let an address be written to again; False when nothing forbade it."""
    gone = cur.execute(
        "delete from people_suppression where shop_id = %s and kind = %s and value = %s", (shop_id, kind, value)
    ).rowcount
    if gone:
        audit.write(cur, shop_id, actor, "address.unsuppressed", "suppression", None, kind=kind)
    return gone > 0


def become_customers(cur: Cursor, shop_id: int, paid: Mapping[int, datetime]) -> set[int]:
    """Who pays his first order is a lead no longer; `paid`: person → when.

    Returns who became a customer just now; the caller records person.became_customer among his events.
    """
    if not paid:
        return set()
    rows = cur.execute(
        "update people_person p set customer_since = t.at"
        " from unnest(%s::bigint[], %s::timestamptz[]) as t(i, at) join people_person q on q.id = t.i"
        " where p.id = t.i and p.shop_id = %s and (p.customer_since is null or p.customer_since > t.at)"
        " returning p.id, q.customer_since is null",
        (list(paid), list(paid.values()), shop_id),
    )
    return {person for person, first in rows if first}


def merge(cur: Cursor, shop_id: int, keep: int, other: int, actor: Actor, now: datetime) -> None:
    """Two spellings of one person: `other` points to `keep` from now on; nothing is rewritten.

    Raises MergeRefused for strangers, the same person, or one that is merged already.
    """
    lock_mailboxes(cur, [keep, other])
    who = canonical(cur, shop_id, [keep, other])
    if keep not in who or other not in who:
        raise MergeRefused("one of the two is not a person of this shop")
    if who[keep] == who[other]:
        raise MergeRefused("these are one person already")
    if who[other] != other:
        raise MergeRefused("the other one was merged into somebody else: undo that first")
    cur.execute("update people_person set merged_into = %s, merged_at = %s where id = %s", (who[keep], now, other))
    data = {"other": str(other)}
    record(cur, shop_id, [NewEvent("person.merged", now, True, who[keep], None, data, str(actor))], now)
    audit.write(cur, shop_id, actor, "person.merged", "person", who[keep], other=str(other))


def stand_in(cur: Cursor, shop_id: int, person_id: int, is_one: bool) -> None:
    """He stands in for whichever of several was meant, or is somebody of his own. The caller holds his mailbox."""
    cur.execute(
        "update people_person set data = case when %s then data || '{\"stand_in\": true}' else data - 'stand_in' end"
        " where shop_id = %s and id = %s",
        (is_one, shop_id, person_id),
    )


def unmerge(cur: Cursor, shop_id: int, other: int, actor: Actor, now: datetime) -> bool:
    """Undo a merge; False when `other` isn't merged."""
    lock_mailboxes(cur, [other])
    row = cur.execute(
        "update people_person p set merged_into = null, merged_at = null from people_person q"
        " where q.id = p.id and p.id = %s and p.shop_id = %s and p.merged_into is not null returning q.merged_into",
        (other, shop_id),
    ).fetchone()
    if row is None:
        return False
    data = {"other": str(other)}
    record(cur, shop_id, [NewEvent("person.unmerged", now, True, row[0], None, data, str(actor))], now)
    audit.write(cur, shop_id, actor, "person.unmerged", "person", row[0], other=str(other))
    return True
