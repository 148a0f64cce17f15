"""The past of many persons at once, as a replay reads it: events, orders as of then, how each was reached. Reads only.

Owns the statements (a few a batch, never one a person) and what of the log counts as the past: what buyers and shops did.
What followed from schemes (letters, tasks, promises, answers) is left out; the replay makes it anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars.base import facts as registry
from regulars.base.db import Cursor
from regulars.core.entry import is_held_by_shop
from regulars.core.needs import listens
from regulars.core.replay import asked_for, has_conditions_on_events
from regulars.core.replayed import Event, Past, Profile
from regulars.core.replayed_deeds import FOLLOWED
from regulars.core.scheme import ADVERTISING, Scheme
from regulars.journeys import backtest_clocks
from regulars.journeys.backtest_beside import Around, own_runs, read_around
from regulars.journeys.backtest_beside import load as load_beside
from regulars.journeys.clock_values import Kept
from regulars.journeys.fact_loading import shop_facts
from regulars.orders import past as order_past
from regulars.people.past import PersonPast, PointPast, load_past
from regulars.rules import gate
from regulars.shop import queries as shops

__all__ = ["LOOK_BACK", "World", "is_consequence", "pasts", "read_world"]

CONSEQUENCES = ("message.", "task.", "promise.", "enrolment.", "answer.", "calendar.")
OWN_DOING = frozenset({"message.received"})
LOOK_BACK = timedelta(days=120)
"""So much earlier an order may have been placed, or an event have happened, that still counts for whoever enters."""
AS_OF_THEN = frozenset({
    "order", "product", "person", "shop", "worktime", "history", "promise", "points", "code", "past", "winner", "entry",
})  # fmt: skip
"""The roots that are known as of then; facts of all others count as they are today."""
CHANNELS = {"email": "email", "phone": "sms", "telegram": "telegram"}
_EVENTS = """
select person_id, id, kind, occurred_at, order_id, {data}
from events_event where shop_id = %(shop)s and person_id = any(%(persons)s) and kind = any(%(kinds)s)
  and occurred_at < %(until)s and occurred_at >= %(since)s {own} order by person_id, occurred_at, id
"""
_NOT_OWN = "and not coalesce(cause = any(%(causes)s), false)"
_HELD = """
select s.name, h.person_id, h.held from journeys_scheme s
join journeys_hold_out h on h.shop_id = s.shop_id and h.scheme_id = s.id
where s.shop_id = %s and s.name = any(%s) and h.person_id = any(%s)
"""
_HELD_BY_SHOP = "select person_id, held from people_hold_out where person_id = any(%s)"
_MERGED = "select id, merged_into from people_person where shop_id = %s and merged_into is not null"


@dataclass(slots=True)
class World:
    """What is so for everybody: the shop's facts and hours, what the schemes ask, and who was merged into whom."""

    shop_id: int
    shop: Mapping[str, Any]
    worktime: Mapping[str, Any]
    time_zone: str
    names: frozenset[str]
    kinds: list[str]
    with_data: bool
    with_advertising: bool
    members: Mapping[int, Sequence[int]]
    since: datetime
    until: datetime
    schemes: list[str]
    hold_out: int
    around: Around | None
    clocks: list[Kept]


def read_world(cur: Cursor, shop_id: int, schemes: Sequence[Scheme], since: datetime, until: datetime) -> World:
    """Read it once; `schemes` are those that will be played."""
    kinds = {k for s in schemes for k in listens(s)}
    own = shop_facts(cur, shop_id)
    clocks = backtest_clocks.clocks_of(schemes, since)
    names = frozenset().union(*(asked_for(s) for s in schemes), backtest_clocks.needs(clocks))
    if clocks:  # what tells of their moments is wound up anew, from what may move them
        kinds = (kinds | backtest_clocks.kinds(clocks)) - backtest_clocks.CLOCK_KINDS
    letters = [letter for s in schemes for step in s.steps.values() if (letter := getattr(step, "letter", None))]
    return World(
        shop_id=shop_id,
        shop=own,
        worktime=dict(shops.worktimes(cur, shop_id)),
        time_zone=str(own["time_zone"]),
        names=names,
        kinds=sorted(k for k in kinds if not is_consequence(k)),
        with_data=any(has_conditions_on_events(s) for s in schemes),
        with_advertising=any(letter.purpose == ADVERTISING for letter in letters),
        members=_members(cur, shop_id),
        since=since,
        until=until,
        schemes=[s.name for s in schemes],
        hold_out=shops.settings_of(cur, shop_id).hold_out,
        around=read_around(cur, shop_id, schemes, names, (since, until)),
        clocks=clocks,
    )


def is_consequence(kind: str) -> bool:
    """Whether such an event follows from schemes, so that the replay makes it anew."""
    return kind not in OWN_DOING and kind.startswith(CONSEQUENCES)


def _members(cur: Cursor, shop_id: int) -> dict[int, list[int]]:
    """Who was merged into whom, at whatever remove: the one who answers → the others."""
    into: dict[int, int] = dict(cur.execute(_MERGED, (shop_id,)).fetchall())
    out: dict[int, list[int]] = {}
    for person in into:
        root, steps = person, 0
        while root in into and steps < 100:
            root, steps = into[root], steps + 1
        out.setdefault(root, []).append(person)
    return out


def pasts(cur: Cursor, world: World, persons: Sequence[int]) -> Iterator[Past]:
    """The past of each of these persons, each of whom answers for himself."""
    who = {p: p for p in persons}
    for root in persons:
        for member in world.members.get(root, ()):
            who[member] = root
    everybody, back = list(who), world.since - max(LOOK_BACK, backtest_clocks.look_back(world.clocks))
    names = world.names
    hears_deeds = not FOLLOWED.isdisjoint(world.kinds)
    is_done = hears_deeds or world.around is not None or world.clocks
    own = own_runs(cur, world.shop_id, world.schemes, everybody) if is_done else []
    events = _events(cur, world, everybody, who, back, own if hears_deeds else [])
    people = load_past(
        cur,
        world.shop_id,
        who,
        with_card=any(n.startswith("person.") and n != "person.time_zone" for n in names),
        with_consents=world.with_advertising,
    )
    needs_orders = any(n.startswith("order.") for n in names)
    orders = order_past.load_between(cur, world.shop_id, everybody, back, world.until, names) if needs_orders else {}
    order_ids = sorted({e["order_id"] for found in events.values() for _, e in found if e["order_id"] is not None})
    products = order_past.products_between(cur, world.shop_id, order_ids, names)
    more = _as_today(cur, world, events)
    beside = load_beside(cur, world.around, who, own) if world.around is not None else {}
    held, by_shop = _held(cur, world, everybody, persons)
    reader = _Reader(world, orders, products, more)
    wind = _winder(cur, world, who, own, orders) if world.clocks else None
    for root in events if wind is None else persons:
        if (person := people.get(root)) is not None:
            past = reader.past(person, events.get(root, []))
            past.beside, past.held_out, past.held_by_shop = beside.get(root), held, root in by_shop
            if wind is not None:
                wind(past)
            yield past


def _winder(
    cur: Cursor, world: World, who: Mapping[int, int], own: Sequence[int], orders: Mapping[int, order_past.OrderPast]
) -> Callable[[Past], None]:
    """What adds the moments of the schemes' clocks to a past."""
    clocks = backtest_clocks.load(cur, world.shop_id, world.clocks, who, world.until, own)
    of_person: dict[int, list[order_past.OrderPast]] = {}
    for order in orders.values():
        of_person.setdefault(who[order.person_id], []).append(order)

    def wind(past: Past) -> None:
        backtest_clocks.wind(clocks, past, of_person.get(past.person_id, ()), world.time_zone, world.until)

    return wind


def _held(
    cur: Cursor, world: World, everybody: list[int], persons: Sequence[int]
) -> tuple[dict[tuple[str, int], bool], set[int]]:
    """Who was drawn at his first entry, as it was kept; and who belongs to the hold-out of the whole shop."""
    rows = cur.execute(_HELD, (world.shop_id, world.schemes, everybody)).fetchall()
    held = {(scheme, person): is_held for scheme, person, is_held in rows}
    if world.hold_out <= 0:
        return held, set()
    known: dict[int, bool] = dict(cur.execute(_HELD_BY_SHOP, (list(persons),)).fetchall())
    return held, {p for p in persons if known.get(p, is_held_by_shop(p, world.hold_out))}


def _events(
    cur: Cursor, world: World, everybody: list[int], who: Mapping[int, int], back: datetime, without: Sequence[int]
) -> dict[int, list[tuple[datetime, Event]]]:
    sql = _EVENTS.format(data="data" if world.with_data else "null", own=_NOT_OWN if without else "")
    asked = {
        "shop": world.shop_id, "persons": everybody, "kinds": world.kinds, "since": back, "until": world.until,
        "causes": [f"enrolment:{id_}" for id_ in without],
    }  # fmt: skip
    out: dict[int, list[tuple[datetime, Event]]] = {}
    placed: dict[int, datetime] = {}
    is_merged = len(everybody) > len(set(who.values()))
    nothing: Mapping[str, Any] = {}
    for person, id_, kind, at, order_id, data in cur.execute(sql, asked, binary=True).fetchall():
        event = {"id": id_, "kind": kind, "occurred_at": at, "order_id": order_id, "data": data or nothing}
        if order_id is not None:
            if kind == "order.placed":
                placed[order_id] = at
            elif order_id not in placed and at < world.until:
                placed.setdefault(order_id, at)
        root = who[person]
        if root != person:
            event["person_id"] = person
        taken = max(at, placed.get(order_id, at)) if order_id is not None else at
        if root in out:
            out[root].append((taken, event))
        else:
            out[root] = [(taken, event)]
    if is_merged:
        for found in out.values():
            found.sort(key=lambda one: (one[0], one[1]["id"]))
    return out


def _as_today(
    cur: Cursor, world: World, events: Mapping[int, list[tuple[datetime, Event]]]
) -> dict[tuple[int, int | None], dict[str, Any]]:
    """Facts of roots that keep no past, as they are now."""
    names = [n for n in world.names if n.split(".", 1)[0] not in AS_OF_THEN]
    if not names:
        return {}
    subjects = sorted({(p, e["order_id"]) for p, found in events.items() for _, e in found}, key=str)
    asked = [registry.Subject(p, o) for p, o in subjects]
    return dict(zip(subjects, registry.load(cur, world.shop_id, asked, names, world.until), strict=True))


class _Reader:
    """Makes a past out of what was read; whatever is alike for many is one object."""

    def __init__(
        self,
        world: World,
        orders: Mapping[int, order_past.OrderPast],
        products: Mapping[int, dict[str, Any]],
        more: Mapping[tuple[int, int | None], dict[str, Any]],
    ) -> None:
        self._world = world
        self._orders = orders
        self._products = products
        self._more = more
        self._shared: dict[tuple[int, int, int], dict[str, Any]] = {}
        self._profiles: dict[tuple[Any, ...], Profile] = {}

    def past(self, person: PersonPast, events: list[tuple[datetime, Event]]) -> Past:
        world, orders, products, more, shared = self._world, self._orders, self._products, self._more, self._shared
        is_plain = person.customer_since is None and not more

        def facts(order_id: int | None, at: datetime) -> dict[str, Any]:
            order = orders.get(order_id) if order_id is not None else None
            known = None if order is None else order.facts(at)
            product = products.get(order_id) if order_id is not None else None
            own = person.card if is_plain else person.facts(at)
            key = (id(known), id(product), id(own))
            found = shared.get(key) if is_plain else None
            if found is None:
                found = {"shop": world.shop, "worktime": world.worktime, "person": own}
                if known is not None:
                    found["order"] = known
                if product is not None:
                    found["product"] = product
                if more:
                    found = {**more.get((person.id, order_id), {}), **found}
                elif is_plain:
                    shared[key] = found
            return found

        changes = self._changes(person)
        profile = self._profile(person, world.until)
        at_of = (lambda at: self._profile(person, at)) if changes else None
        return Past(person.id, events, facts, profile, at_of, person.erased_at)

    def _changes(self, person: PersonPast) -> bool:
        """Whether he was reached otherwise at some time of the past than at its end."""
        since = self._world.since
        times: list[datetime | None] = [t for p in person.points for t in (p.suppressed_at, p.unsubscribed_at)]
        return any(t is not None and t > since for t in (*times, *(c[1] for c in person.consents)))

    def _profile(self, person: PersonPast, at: datetime) -> Profile:
        yes = {channel: given for channel, since, given in person.consents if since <= at}
        zone = person.time_zone or self._world.time_zone
        points = tuple(_stands(p, at) for p in person.points)
        key = (zone, points, tuple(sorted(yes.items())))
        found = self._profiles.get(key)
        if found is None:
            channels: dict[str, gate.Channel] = {}
            for kind, suppressed, since, unsubscribed in points:
                name = CHANNELS.get(kind)
                if name is not None and (name not in channels or channels[name].suppressed is not None):
                    channels[name] = gate.Channel(True, suppressed, since, unsubscribed, yes.get(name, False))
            self._profiles[key] = found = Profile(channels, zone)
        return found


_WHY: Mapping[str | None, str | None] = {None: None, "bounce": gate.HARD_BOUNCE, "complaint": gate.COMPLAINT}


def _stands(p: PointPast, at: datetime) -> tuple[str, str | None, datetime | None, datetime | None]:
    is_shut = p.suppressed_at is not None and p.suppressed_at <= at
    is_unsubscribed = p.unsubscribed_at is not None and p.unsubscribed_at <= at
    return (
        p.kind,
        _WHY.get(p.suppressed, gate.HARD_BOUNCE) if is_shut else None,
        p.suppressed_at if is_shut else None,
        p.unsubscribed_at if is_unsubscribed else None,
    )
