"""What the scheme that is played has itself changed of a person: laid over what was known of him, as the conductor's
handlers would have written it, and told by the events that they would have recorded.

Owns the order in which such changes count: all that was decided in one round (a happening, for whoever it moves) is
decided by what was known before, and counts from the next one on. Only schemes that ask for such facts, or change what
they listen to, have a `Deeds`. What a code is called nobody can know: it gets a name of its own, made of its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from regulars.core import past
from regulars.core.effects import EnrolPerson, GivePoints, IssueCode, SetPersonFields, TagPerson
from regulars.core.enrolment import Enrolment
from regulars.core.entry import may_enter
from regulars.core.needs import listens
from regulars.core.record import moment_text, parse_moment
from regulars.core.replayed import Event
from regulars.core.replayed_beside import Beside, Change, GoodCode, HappenedBy, Lot, OtherRun
from regulars.core.scheme import Scheme

__all__ = ["FOLLOWED", "Deeds", "asks_beside"]

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_ROOTS = ("points", "code", "past", "winner", "entry")
FOLLOWED = frozenset({"person.tagged", "person.untagged", "person.field_set", "points.earned", "code.issued"})
"""What the handlers record of a scheme's own deeds."""
Deed = TagPerson | SetPersonFields | GivePoints | IssueCode | EnrolPerson


def asks_beside(scheme: Scheme, names: frozenset[str]) -> bool:
    """Whether a scheme that may ask for these facts needs more than cards and orders, or hears what it does itself."""
    return bool(_groups(names)) or not FOLLOWED.isdisjoint(listens(scheme))


@lru_cache(maxsize=4096)
def _groups(names: frozenset[str]) -> frozenset[str]:
    """What of this module's facts is asked for: 'tags', 'fields', a root, or `entry.<scheme>`."""
    found = set()
    for name in names:
        root = name.split(".", 1)[0]
        if root == "entry":
            found.add(name)
        elif root in _ROOTS:
            found.add(root)
        elif name == "person.tags":
            found.add("tags")
        elif name == "person.fields" or name.startswith("person.fields."):
            found.add("fields")
    return frozenset(found)


class Deeds:
    """One person's, in one replay of `scheme`."""

    __slots__ = ("_beside", "_codes", "_done", "_fields", "_lots", "_runs", "_scheme", "_tags", "_waiting")

    def __init__(self, scheme: Scheme, beside: Beside) -> None:
        self._scheme, self._beside = scheme, beside
        self._tags: list[Change] = []
        self._fields: list[Change] = []
        self._lots: list[Lot] = []
        self._codes: list[GoodCode] = []
        self._runs = [r for r in beside.runs if r.by_scheme != scheme.name]
        self._done: dict[str, list[datetime]] = {}
        self._waiting: list[tuple[Enrolment, Deed]] = []

    # -- what is known -------------------------------------------------------------------------------------------------
    def facts(self, state: Enrolment, names: frozenset[str], known: dict[str, Any], at: datetime) -> dict[str, Any]:
        """`known`, with what of these names is asked here."""
        groups = _groups(names)
        if not groups:
            return known
        found = dict(known)
        person: dict[str, Any] = {}
        for group in groups:
            match group:
                case "tags":
                    person["tags"] = sorted(self._tags_at(at))
                case "fields":
                    person["fields"] = self._fields_at(at)
                case "points":
                    found["points"] = self._points_at(at)
                case "code":
                    if (code := self._code_at(at)) is not None:
                        found["code"] = code
                case "past":
                    found["past"] = past.Answers(self._past_at(at), self._beside.setting, at)
                case "winner":
                    decided = self._beside.winners.get(self._scheme.name, {})
                    found["winner"] = {step: target for step, (since, target) in decided.items() if since <= at}
                case _:
                    other = group.partition(".")[2]
                    if (refusal := self._refusal(other, state, at)) is not None:
                        found["entry"] = {**found.get("entry", {}), other: refusal}
        if person:
            found["person"] = {**found.get("person", {}), **person}
        return found

    def _tags_at(self, at: datetime) -> set[str]:
        out: set[str] = set()
        for since, tag, is_on in (*self._beside.tags, *self._tags):
            if since <= at:
                out = out | {tag} if is_on else out - {tag}
        return out

    def _fields_at(self, at: datetime) -> dict[str, Any]:
        changes = sorted((*self._beside.fields, *self._fields), key=lambda change: change[0])
        found = {name: value for since, name, value in changes if since <= at}
        return {name: found[name] for name in sorted(found) if found[name] is not None}

    def _points_at(self, at: datetime) -> Mapping[str, Any]:
        lots = sorted((*self._beside.lots, *self._lots), key=lambda lot: lot.earned_at)
        return self._beside.points([(x.points, x.valid_until, x.left(at)) for x in lots if x.earned_at <= at])

    def _code_at(self, at: datetime) -> Mapping[str, Any] | None:
        good = [c for c in (*self._beside.codes, *self._codes) if c.issued_at <= at <= c.valid_until]
        good.sort(key=lambda code: code.issued_at)
        return good[-1].facts if good else None

    def _past_at(self, at: datetime) -> past.Past:
        purchases = [one for order in self._beside.orders if (one := order.at(at)) is not None]
        return past.Past(HappenedBy(self._beside.events, self._done, at), purchases)

    def _refusal(self, name: str, state: Enrolment, at: datetime) -> str | None:
        """Why he may not begin another scheme then: by its rules as they are now, and by how he was in it."""
        if name == self._scheme.name:
            return "active"
        other = self._beside.others.get(name)
        if other is None:
            return "not_live"
        if other.per == "order" and state.order_id is None:
            return "no_order"
        own = state.order_id if other.per == "order" else None
        runs = [r for r in self._runs if r.scheme == name and r.order_id == own and r.started_at <= at]
        # What ends at this very moment is still there for whoever is moved by the same.
        over = [r.ended_at for r in runs if r.ended_at is not None and r.ended_at < at]
        return may_enter(
            other,
            is_active=len(over) < len(runs),
            last_ended_at=max(over, default=None),
            last_started_at=max((r.started_at for r in runs), default=None),
            now=at,
        )

    # -- what is done --------------------------------------------------------------------------------------------------
    def happened(self, kind: str, at: datetime) -> None:
        """The replay made this happen: from then on the person has done it."""
        self._done.setdefault(kind, []).append(at)

    def take(self, state: Enrolment, effect: Deed) -> None:
        """Keep it until the round is over."""
        self._waiting.append((state, effect))

    def settle(self, at: datetime) -> list[Event]:
        """The round is over: what was decided counts. The events that tell of it, as the handlers record them."""
        if not self._waiting:
            return []
        waiting, self._waiting = self._waiting, []
        told = [*self._settle_tags(waiting, at), *self._settle_fields(waiting, at)]
        for state, effect in waiting:
            if type(effect) is GivePoints:
                until = effect.valid_until
                self._lots.append(Lot(effect.points, effect.at, until, [(effect.at, effect.points)]))
                data = {"points": effect.points, "valid_until": until and moment_text(until)}
                told.append(_event("points.earned", state.order_id, data, at))
        for state, effect in waiting:
            if type(effect) is IssueCode:
                self._codes.append(
                    GoodCode(effect.at, effect.valid_until, self._beside.issued(effect, self._name_of(state, effect)))
                )
                data = {n: getattr(effect, n) for n in ("gives", "percent", "amount", "currency")}
                told.append(
                    _event("code.issued", state.order_id, {**data, "valid_until": moment_text(effect.valid_until)}, at)
                )
            elif type(effect) is EnrolPerson:
                self._runs.append(self._begun(state, effect))
        for event in told:
            self.happened(event["kind"], at)
        return told

    def _settle_tags(self, waiting: list[tuple[Enrolment, Deed]], at: datetime) -> list[Event]:
        last: dict[str, bool] = {}
        for _, effect in waiting:
            if type(effect) is TagPerson:
                last |= dict.fromkeys(effect.add, True) | dict.fromkeys(effect.remove, False)
        had = self._tags_at(at) if last else set()
        new = [(tag, is_on) for tag, is_on in last.items() if is_on != (tag in had)]
        self._tags += [(at, tag, is_on) for tag, is_on in new]
        return [_event("person.tagged" if is_on else "person.untagged", None, {"tag": tag}, at) for tag, is_on in new]

    def _settle_fields(self, waiting: list[tuple[Enrolment, Deed]], at: datetime) -> list[Event]:
        last: dict[str, Any] = {}
        for _, effect in waiting:
            if type(effect) is SetPersonFields:
                last |= dict(effect.values)
        had = self._fields_at(at) if last else {}
        new = [name for name, value in last.items() if name not in had or had[name] != value]
        self._fields += [(at, name, _kept(value)) for name, value in last.items()]
        return [_event("person.field_set", None, {"field": name}, at) for name in new]

    def _begun(self, state: Enrolment, effect: EnrolPerson) -> OtherRun:
        """Of the other scheme only his real run is known; where it wasn't begun so, he is in it until the end."""
        other = self._beside.others.get(effect.scheme)
        own = state.order_id if other is not None and other.per == "order" else None
        for run in self._beside.runs:
            if (run.scheme, run.order_id, run.started_at) == (effect.scheme, own, effect.at):
                return run
        return OtherRun(effect.scheme, own, effect.at, None, self._scheme.name)

    def _name_of(self, state: Enrolment, effect: IssueCode) -> str:
        place = f"{self._scheme.name}:{state.person_id}:{state.order_id}:{effect.at}:{effect.step}:{effect.visit}"
        return "".join(_LETTERS[b % len(_LETTERS)] for b in blake2b(place.encode(), digest_size=10).digest())


def _event(kind: str, order_id: int | None, data: Mapping[str, Any], at: datetime) -> Event:
    return {"kind": kind, "occurred_at": at, "order_id": order_id, "data": data}


def _kept(value: Any) -> Any:
    """As it is read again once it was stored."""
    match value:
        case datetime():
            return parse_moment(moment_text(value))
        case bool() | date():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else Decimal(repr(float(value)))
        case _:
            return value
