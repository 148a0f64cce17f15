"""Persons taken in from deliveries: new ones written, known ones brought up to date, their addresses and consents kept.

One statement a kind of row for the whole group. An older description never overwrites a newer one. Records
lead.created, person.changed, consent.given and consent.withdrawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, open_mailboxes, record
from regulars.people.first_names import first_name_of
from regulars.people.matching import Buyer, Matched
from regulars.rules.localtime import is_zone
from regulars.rules.phone import certain_zone
from regulars.shop.zones import zone_of

__all__ = ["take"]


@dataclass(slots=True)
class _Card:
    """What is kept of a person, as the database holds it or as it will."""

    name: str
    first_name: str
    language: str | None
    time_zone: str | None
    zone_source: str | None
    birthday: date | None
    address: dict[str, Any]
    data: dict[str, Any]
    version_at: datetime | None


_PERSONS = """
select id, name, first_name, language, time_zone, zone_source, birthday, address, data, version_at
from people_person where id = any(%s)
"""
_FIELDS = (
    "unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::date[], %s::text[],"
    " %s::text[], %s::timestamptz[]) as t(i, n, f, l, z, zs, b, a, d, v)"
)
_INSERT = f"""
insert into people_person (shop_id, id, name, first_name, language, time_zone, zone_source, birthday, address, data,
                           version_at)
select %s, i, n, f, l, z, zs, b, a::jsonb, d::jsonb, v from {_FIELDS}
"""  # noqa: S608 - our own column names
_UPDATE = f"""
update people_person p set name = n, first_name = f, language = l, time_zone = z, zone_source = zs, birthday = b,
  address = a::jsonb, data = d::jsonb, version_at = v
from {_FIELDS} where p.id = t.i
"""  # noqa: S608 - our own column names
_IDENTITIES = """
insert into people_identity (shop_id, source, external_id, person_id)
select distinct on (s, e) %s, s, e, p from unnest(%s::text[], %s::text[], %s::bigint[]) as t(s, e, p)
on conflict do nothing
"""
_POINTS = """
insert into people_contact_point (shop_id, person_id, kind, value)
select distinct %s, p, k, v from unnest(%s::bigint[], %s::text[], %s::text[]) as t(p, k, v) on conflict do nothing
"""
_RECHECK = """
insert into people_recheck (person_id, shop_id) select i, %s from unnest(%s::bigint[]) i on conflict do nothing
"""
_SAID = """
select distinct on (person_id, channel, purpose, source) person_id, channel, purpose, given, at,
  coalesce(proof->>'source', '') as source
from people_consent where shop_id = %s and person_id = any(%s)
order by person_id, channel, purpose, source, at desc, id desc
"""
_CONSENTS = """
insert into people_consent (shop_id, person_id, channel, purpose, given, at, proof)
select %s, p, c, u, g, a, f::jsonb
from unnest(%s::bigint[], %s::text[], %s::text[], %s::bool[], %s::timestamptz[], %s::text[]) as t(p, c, u, g, a, f)
"""


def take(cur: Cursor, shop_id: int, buyers: Sequence[Buyer], matched: Matched, now: datetime) -> list[int]:
    """Write the group and record what follows; the person id of each buyer. The caller holds known persons' mailboxes."""
    ids = dict(zip(matched.new, db.ids(cur, len(matched.new)), strict=True))
    person_of = [ids.get(p, p) for p in matched.person]
    new = set(ids.values())
    cards = {i: _blank() for i in new}
    known = list(matched.existing())
    before: dict[int, _Card] = {}
    if known:
        for row in cur.execute(_PERSONS, (known,)).fetchall():
            before[row[0]] = _Card(*row[1:])
            cards[row[0]] = _Card(*row[1:])
    for buyer, person in zip(buyers, person_of, strict=True):
        _describe(cards[person], buyer, now)
    _write(cur, shop_id, cards, before, new)
    open_mailboxes(cur, shop_id, sorted(new))
    _write_points(cur, shop_id, buyers, person_of)
    told = _leads(buyers, matched, ids) + _changes(buyers, person_of, cards, before)
    told += _write_consents(cur, shop_id, buyers, person_of)
    record(cur, shop_id, told, now)
    return person_of


def _leads(buyers: Sequence[Buyer], matched: Matched, ids: Mapping[int, int]) -> list[NewEvent]:
    """New persons of whom no order speaks."""
    return [
        _event("lead.created", buyers[who[0]], ids[number], {})
        for number, who in matched.new.items()
        if all(buyers[i].lead for i in who)
    ]


def _changes(
    buyers: Sequence[Buyer], person_of: Sequence[int], cards: Mapping[int, _Card], before: Mapping[int, _Card]
) -> list[NewEvent]:
    """What schemes and channels may care for: language, zone, birthday and the addresses in use of persons known before."""
    last = {person: buyer for buyer, person in zip(buyers, person_of, strict=True)}
    told = []
    for person, old in before.items():
        new = cards[person]
        was, now = old.data.get("primary", {}), new.data.get("primary", {})
        what = [name for name in ("language", "time_zone", "birthday") if getattr(old, name) != getattr(new, name)]
        what += [kind for kind in ("email", "phone") if was.get(kind) != now.get(kind)]
        if what:
            told.append(_event("person.changed", last[person], person, {"what": what}))
    return told


def _event(kind: str, buyer: Buyer, person: int, data: dict[str, Any]) -> NewEvent:
    return NewEvent(kind, buyer.at.astimezone(UTC), buyer.live, person, data=data, cause=buyer.cause)


def _blank() -> _Card:
    return _Card("", "", None, None, None, None, {}, {}, None)


def _describe(card: _Card, buyer: Buyer, now: datetime) -> None:
    """Let the buyer's words change the card, unless newer ones are known."""
    if card.version_at is not None and buyer.at < card.version_at:
        return
    said = buyer.snapshot
    card.version_at = buyer.at
    if said.name:
        card.name = said.name
        card.first_name = said.first_name or first_name_of(said.name)
    elif said.first_name:
        card.first_name = said.first_name
    if said.language:
        card.language = said.language.lower().replace("_", "-").split("-")[0]
    if said.birthday:
        card.birthday = _date(said.birthday) or card.birthday
    if said.address:
        card.address = said.address
    if said.rest:
        card.data = {**card.data, **said.rest}
    primary = {k: v for k, v in (("email", buyer.email), ("phone", buyer.phone)) if v}
    if primary:
        card.data = {**card.data, "primary": {**card.data.get("primary", {}), **primary}}
    _place(card, buyer, now)


def _place(card: _Card, buyer: Buyer, now: datetime) -> None:
    """The zone: as given, else by the address, else by the telephone when it is certain."""
    said = buyer.snapshot
    if said.time_zone and is_zone(said.time_zone):
        card.time_zone, card.zone_source = said.time_zone, "given"
    elif said.address and card.zone_source != "given":
        address = said.address
        zone = zone_of(*(_text(address.get(k)) for k in ("country", "region", "city", "postcode")))
        if zone is not None:
            card.time_zone, card.zone_source = zone, "address"
    if card.time_zone is None and buyer.phone:
        zone = certain_zone(buyer.phone, now)
        if zone is not None:
            card.time_zone, card.zone_source = zone, "phone"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _row(id_: int, c: _Card) -> tuple[Any, ...]:
    return (
        id_,
        c.name,
        c.first_name,
        c.language,
        c.time_zone,
        c.zone_source,
        c.birthday,
        db.dumps(c.address),
        db.dumps(c.data),
        c.version_at,
    )


def _write(cur: Cursor, shop_id: int, cards: dict[int, _Card], before: dict[int, _Card], new: set[int]) -> None:
    fresh = [_row(i, c) for i, c in sorted(cards.items()) if i in new]
    changed = [_row(i, c) for i, c in sorted(cards.items()) if i not in new and c != before[i]]
    if fresh:
        cur.execute(_INSERT, (shop_id, *db.columns(fresh, 10)))
    if changed:
        cur.execute(_UPDATE, db.columns(changed, 10))
    if fresh or changed:
        cur.execute(_RECHECK, (shop_id, [row[0] for row in (*fresh, *changed)]))


def _write_points(cur: Cursor, shop_id: int, buyers: Sequence[Buyer], person_of: Sequence[int]) -> None:
    numbers = [(b.source, b.snapshot.id, p) for b, p in zip(buyers, person_of, strict=True) if b.snapshot.id]
    if numbers:
        cur.execute(_IDENTITIES, (shop_id, *db.columns(numbers, 3)))
    points = sorted(
        {
            (p, kind, value)
            for b, p in zip(buyers, person_of, strict=True)
            for kind, value in (("email", b.email), ("phone", b.phone))
            if value
        }
    )
    if points:
        cur.execute(_POINTS, (shop_id, *db.columns(points, 3)))


def _write_consents(cur: Cursor, shop_id: int, buyers: Sequence[Buyer], person_of: Sequence[int]) -> list[NewEvent]:
    """A word counts when the source says something else than it said before, and nobody has spoken since.

    So a buyer who unsubscribed here is not signed up again by each order that repeats the shop's old tick, nor by the
    first tick of a source that never asked him. Returns what is to be told.
    """
    saying = [(b, p) for b, p in zip(buyers, person_of, strict=True) if b.snapshot.consents]
    if not saying:
        return []
    own: dict[tuple[int, str, str, str], bool] = {}
    newest: dict[tuple[int, str, str], tuple[datetime, bool]] = {}
    for person, channel, purpose, given, at, source in cur.execute(
        _SAID, (shop_id, sorted({p for _, p in saying}))
    ).fetchall():
        own[person, channel, purpose, source] = given
        key = (person, channel, purpose)
        if key not in newest or at >= newest[key][0]:
            newest[key] = (at, given)
    rows, told = [], []
    for buyer, person in saying:
        for name, given in sorted(buyer.snapshot.consents.items()):
            channel, purpose = name.split(".")
            key = (person, channel, purpose)
            said, last = own.get((*key, buyer.source)), newest.get(key)
            if said == given or (last is not None and (buyer.at < last[0] or (said is None and given >= last[1]))):
                continue
            own[*key, buyer.source], newest[key] = given, (buyer.at, given)
            proof = db.dumps({"source": buyer.source, "from": buyer.cause})
            rows.append((person, channel, purpose, given, buyer.at, proof))
            if given != (last is not None and last[1]):
                kind = "consent.given" if given else "consent.withdrawn"
                told.append(_event(kind, buyer, person, {"channel": channel, "purpose": purpose}))
    if rows:
        cur.execute(_CONSENTS, (shop_id, *db.columns(rows, 6)))
    return told
