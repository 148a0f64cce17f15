"""What begins or stops a scheme, and who may come again, in words: for the map, the table and the list.

Owns the words of triggers and of the head's terms. Steps are `steps`'s; what a trigger means is core's.
"""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from regulars.core.clocks import DATES, DateClock, SinceClock
from regulars.core.delays import LocalHour
from regulars.core.scheme import Again, Budget, Scheme, Trigger
from regulars.rules.budgets import amount_text
from regulars.web import words
from regulars.web.say import Say
from regulars.web.scheme_names import spoken
from regulars.web.schemes.spans import delay, elapsed

__all__ = ["again", "budget", "trigger"]

_DAYS: words.Words = {
    "person.birthday": pgettext_lazy("before or after what", "the birthday"),
    "person.customer_since": pgettext_lazy("before or after what", "the first paid order"),
    "order.placed_at": pgettext_lazy("before or after what", "the order was placed"),
    "order.window.from": pgettext_lazy("before or after what", "the delivery window opens"),
    "order.window.to": pgettext_lazy("before or after what", "the delivery window closes"),
    "order.payment.paid_at": pgettext_lazy("before or after what", "the payment"),
    "order.delivery.shipped_at": pgettext_lazy("before or after what", "the dispatch"),
    "order.delivery.delivered_at": pgettext_lazy("before or after what", "the delivery"),
    "order.cancelled_at": pgettext_lazy("before or after what", "the cancellation"),
}
_ON_DAYS: words.Words = {
    "person.birthday": gettext_lazy("on the birthday"),
    "person.customer_since": gettext_lazy("on the day of the first paid order"),
    "order.placed_at": gettext_lazy("on the day of the order"),
    "order.window.from": gettext_lazy("on the day of delivery"),
    "order.window.to": gettext_lazy("when the delivery window closes"),
    "order.payment.paid_at": gettext_lazy("on the day of the payment"),
    "order.delivery.shipped_at": gettext_lazy("on the day of dispatch"),
    "order.delivery.delivered_at": gettext_lazy("on the day of delivery"),
    "order.cancelled_at": gettext_lazy("on the day of the cancellation"),
}


def trigger(found: Trigger, language: str) -> str:
    """What is meant, as a sentence of its own: `7 days before the birthday, 10:00 at the buyer’s`, `An order was placed`."""
    match found.clock:
        case DateClock():
            said = _date(found.clock)
        case SinceClock():
            said = _since(found.clock, language)
        case None if found.segment is not None:
            name = {"name": spoken(found.segment)}
            came = found.event == "segment.entered"
            said = (
                _("entry into the segment “%(name)s”") % name if came else _("exit from the segment “%(name)s”") % name
            )
        case _:
            return words.event(found.event, language)
    return said[:1].upper() + said[1:]


def _date(clock: DateClock) -> str:
    own = clock.fact.rpartition(".")[2]
    day = words.word(_DAYS, clock.fact) if clock.fact in _DAYS else _("the day “%(name)s”") % {"name": own}
    terms = {"span": elapsed(abs(clock.shift)), "day": day}
    if clock.shift < timedelta(0):
        said = _("%(span)s before %(day)s") % terms
    elif clock.shift:
        said = _("%(span)s after %(day)s") % terms
    else:
        said = (
            words.word(_ON_DAYS, clock.fact) if clock.fact in _ON_DAYS else _("on the day “%(name)s”") % {"name": own}
        )
    hour = [delay(LocalHour(clock.at))] if clock.at else []
    yearly = [_("every year")] if clock.yearly and not DATES.get(clock.fact) else []
    return ", ".join([said, *hour, *yearly])


def _since(clock: SinceClock, language: str) -> str:
    said = _("%(span)s since the last time: %(event)s") % {
        "span": elapsed(clock.span),
        "event": words.in_sentence(words.event(clock.kind, language)),
    }
    return ", ".join([said, *([delay(LocalHour(clock.at))] if clock.at else [])])


def again(scheme: Scheme) -> str:
    """Who may come again, of a scheme per person; '' where nobody may."""
    rule: Again = scheme.again
    if scheme.per == "order" or rule.after is None:
        return ""
    if rule.yearly:
        return _("Once a year at most.")
    if not rule.after:
        return _("Again as soon as somebody is through.")
    return _("Again %(span)s after the end of the last time.") % {"span": elapsed(rule.after)}


def budget(found: Budget, used: int, spent: int, say: Say) -> str:
    """How much of it is spent: `Advertising this month: 312 of 1,000.`, and of money `Advertising this month: ₽940 of ₽5,000.`"""
    limits: list[tuple[str, str]] = []
    if found.messages is not None:
        limits.append((say.number(used), say.number(found.messages)))
    if found.cost is not None:
        money = [say.exact(amount_text(counted), found.currency) for counted in (spent, found.cost)]
        limits.append((money[0], money[1]))
    said = {"spent": "; ".join(_("%(used)s of %(limit)s") % {"used": u, "limit": limit} for u, limit in limits)}
    match found.every:
        case "day":
            return _("Advertising today: %(spent)s.") % said
        case "week":
            return _("Advertising this week: %(spent)s.") % said
        case _:
            return _("Advertising this month: %(spent)s.") % said
