"""Whose turn it is: what the gate must know of the other advertising to a person, and of a scheme's budget.

Owns reading that off what was loaded for a round, and keeping it true from one message of the round to the next.
Judging is rules/gate.py's.
"""

from datetime import datetime, timedelta

from regulars.outbox.budgets import Counted, Used
from regulars.outbox.gate_facts import Claimed, Known, Waiting, period_of
from regulars.people.queries import Reach
from regulars.rules import gate
from regulars.rules.money import CurrencyMismatch

__all__ = ["ahead_of", "budget_of", "remember", "went_before"]


def went_before(known: Known, who: Reach, now: datetime) -> tuple[list[datetime], list[str]]:
    """When advertising went to him, and of which schemes within the days of the cap."""
    sent = known.advertised.get(who.person_id, [])
    since = now - timedelta(days=known.shop.cap_days)
    return [at for at, _ in sent], [scheme for at, scheme in sent if scheme is not None and at > since]


def ahead_of(row: Claimed, known: Known, who: Reach) -> list[gate.Ahead]:
    """Who goes before this one: what was due soon when it was written, and what is queued."""
    soon = [gate.Ahead(a["scheme"], datetime.fromisoformat(a["at"])) for a in (row.terms or {}).get("ahead", ())]
    queued = known.waiting.get(who.person_id, {}).values()
    return soon + [gate.Ahead(w.scheme, w.at) for w in queued if w.priority > row.priority]


def budget_of(row: Claimed, known: Known, channel: str, now: datetime) -> gate.Budget | None:
    """The budget that it would count in if it went by this channel; None without one, or when it was counted before.

    Raises CurrencyMismatch where the shop's prices are in another currency by now: what can't be compared isn't sent.
    """
    period = period_of(row, known.shop, now) if row.counted_in is None else None
    if period is None or row.terms is None:
        return None
    terms, used, cost = row.terms["budget"], known.spent.get(period, Used()), None
    if "cost" in terms:
        if terms["currency"] != known.shop.currency:
            raise CurrencyMismatch(terms["currency"], known.shop.currency)
        cost = gate.Cost(terms["cost"], used.cost, known.prices.get(channel, 0), terms["currency"])
    return gate.Budget(terms.get("messages"), used.messages, period[1], cost)


def remember(
    row: Claimed,
    state: str,
    reason: str | None,
    send_after: datetime | None,
    channel: str | None,
    known: Known,
    now: datetime,
) -> Counted | None:
    """What the next of the same round must know of an advertisement; if it goes, in which period it is counted, and what it
    costs."""
    who = known.reach.get(row.person_id)
    if row.purpose != gate.ADVERTISING or who is None:
        return None
    waiting = known.waiting.get(who.person_id, {})
    waiting.pop(row.id, None)
    if state == "queued" and reason != gate.LATE_HELD and row.scheme is not None:
        waiting[row.id] = Waiting(row.scheme, row.priority, send_after or now)
    if state != "sending":
        return None
    known.advertised.setdefault(who.person_id, []).append((now, row.scheme))
    period = period_of(row, known.shop, now) if row.counted_in is None else None
    if period is None:
        return None
    price = known.prices.get(channel or "", 0)
    known.spent[period] = known.spent.get(period, Used()).and_one(price)
    return period, price
