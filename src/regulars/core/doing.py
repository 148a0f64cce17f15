"""Entering the steps that do something and go on: the effect, its line in the record, and the facts laid over at once.

Owns what the steps of `deeds` mean, but the split. It must not carry anything out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from regulars.core.conditions import lookup
from regulars.core.deeds import BodyValue, Enrol, FieldValue, Filled, FromFact, SetFields, Tag, Webhook
from regulars.core.effects import CallWebhook, EnrolPerson, SetPersonFields, TagPerson
from regulars.core.record import jsonable, moment_text
from regulars.core.walk import Walk
from regulars.rules.money import to_text

LONGEST_TEXT = 500
"""So much of a text is kept in a field."""

LONGEST_CHAIN = 8
"""So many schemes may begin one another at one moment; a ring of them ends there."""


def tag(walk: Walk, step: Tag) -> str:
    """Put tags on and take others off; from the next step on it is a fact."""
    where = (step.name, walk.state.visit, walk.state.attempt)
    walk.effects.append(TagPerson(*where, step.add, step.remove))
    before = lookup(walk.facts, "person.tags") or ()
    _overlay(walk, tags=sorted({*before, *step.add} - set(step.remove)))
    signed = [f"+{name}" for name in step.add] + [f"−{name}" for name in step.remove]
    walk.note("tagged", next_=step.then, tags=" ".join(signed))
    return step.then


def set_fields(walk: Walk, step: SetFields) -> str:
    """Set the fields whose value is known; the record names them, for what they hold may be the buyer's own."""
    known = {name: value for name, given in step.values.items() if (value := _value(walk, given)) is not None}
    unknown = [name for name in step.values if name not in known]
    if known:
        where = (step.name, walk.state.visit, walk.state.attempt)
        walk.effects.append(SetPersonFields(*where, tuple(known.items())))
        _overlay(walk, fields={**(lookup(walk.facts, "person.fields") or {}), **known})
        walk.note("fields_set", next_=step.then, fields=", ".join(known))
    if unknown:
        walk.note("fields_unknown", next_=None if known else step.then, fields=", ".join(unknown))
    return step.then


def _value(walk: Walk, given: FieldValue | FromFact) -> FieldValue | None:
    if not isinstance(given, FromFact):
        return given
    value = lookup(walk.facts, given.fact)
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, bool | Decimal | date):
        return value
    if isinstance(value, int):
        return Decimal(value)
    return value[:LONGEST_TEXT] if isinstance(value, str) else None


def _overlay(walk: Walk, **changed: Any) -> None:
    person = walk.facts.get("person")
    walk.facts["person"] = {**(person if isinstance(person, Mapping) else {}), **changed}


def enrol(walk: Walk, step: Enrol) -> str:
    """Begin the other scheme, unless its rules (the fact `entry.<scheme>`) or a ring of schemes forbid it."""
    state = walk.state
    refusal = lookup(walk.facts, f"entry.{step.scheme}")
    # Only those that begin one another at one and the same moment make a chain: time breaks it.
    chain = int(state.data.get("chain", 0)) if walk.moment == state.started_at else 0
    if refusal is None and chain >= LONGEST_CHAIN:
        refusal = "ring"
    if refusal is not None:
        walk.note("not_enrolled", next_=step.then, scheme=step.scheme, refusal=str(refusal))
        return step.then
    walk.effects.append(EnrolPerson(step.name, state.visit, state.attempt, step.scheme, walk.moment, chain + 1))
    walk.note("enrolled", next_=step.then, scheme=step.scheme)
    return step.then


def webhook(walk: Walk, step: Webhook) -> str:
    """Tell another system; what is told is settled here, so that every repeat says the same. The record names no more of
    the address than its host, for the rest may hold a key."""
    body = _usual_body(walk, step) if step.body is None else _told(walk, step.body)
    state = walk.state
    walk.effects.append(CallWebhook(step.name, state.visit, state.attempt, step.url, body, step.secret))
    walk.note("webhook", next_=step.then, host=urlsplit(step.url).hostname or "")
    return step.then


def _usual_body(walk: Walk, step: Webhook) -> dict[str, Any]:
    told = {"scheme": walk.scheme.name, "step": step.name, "enrolment_id": str(walk.state.id)}
    for root in ("person", "order"):
        found = lookup(walk.facts, f"{root}.id")
        told |= {f"{root}_id": str(found)} if found is not None else {}
    return {"type": "scheme.step", "timestamp": moment_text(walk.moment), "data": told}


def _told(walk: Walk, value: BodyValue) -> Any:
    match value:
        case FromFact(fact):
            return _plain(lookup(walk.facts, fact))
        case Filled(parts):
            said = (_in_words(lookup(walk.facts, p.fact)) if isinstance(p, FromFact) else p for p in parts)
            return "".join(said)
        case Mapping():
            return {key: _told(walk, inner) for key, inner in value.items()}
        case tuple():
            return [_told(walk, inner) for inner in value]
        case _:
            return _plain(value)


def _in_words(value: Any) -> str:
    """A fact within a text; what isn't known is nothing, money is '4990.00 RUB'."""
    if isinstance(value, Mapping):
        minor, currency = value.get("minor"), value.get("currency")
        return f"{to_text(minor, str(currency))} {currency}" if isinstance(minor, int) else ""
    if isinstance(value, list | tuple):
        return ", ".join(_in_words(item) for item in value)
    plain = _plain(value)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return "" if plain is None else str(plain)


def _plain(value: Any) -> Any:
    """A value as JSON has it; a number stays one."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return jsonable(value)
