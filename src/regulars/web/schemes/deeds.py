"""What the steps that do something by themselves are in words: splits, tags, fields, other schemes; and waits until a day.

Owns these words for the map and the table; the other steps' are `steps`'s, which asks here.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from django.utils import formats
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from regulars.core.deeds import Code, Enrol, FieldValue, FromFact, Points, SetFields, Split, Tag, Webhook
from regulars.core.scheme import Step, WaitUntil
from regulars.core.splitting import share_text
from regulars.loyalty.words import gives
from regulars.web import words
from regulars.web.scheme_names import spoken

__all__ = ["ICONS", "term", "what", "when"]

ICONS = {
    "split": "flask-conical",
    "tag": "tag",
    "set": "pencil-line",
    "enrol": "log-in",
    "webhook": "webhook",
    "points": "coins",
    "code": "ticket-percent",
}
_DAYS: words.Words = {
    "person.birthday": gettext_lazy("the birthday"),
    "person.customer_since": gettext_lazy("the first purchase"),
    "order.placed_at": gettext_lazy("the day of the order"),
    "order.window.from": gettext_lazy("the delivery window"),
    "order.window.to": gettext_lazy("the end of the delivery window"),
}


def term(step: Step) -> str:
    """The line below the title on the map."""
    match step:
        case WaitUntil():
            return _until(step)
        case Split():
            return _("split test: %(shares)s") % {"shares": " / ".join(share_text(s) for s in step.ways.values())}
        case Tag():
            return _tags(step)
        case SetFields():
            return ", ".join(step.values)
        case Enrol():
            return _("scheme %(name)s") % {"name": spoken(step.scheme)}
        case Webhook():
            return urlsplit(step.url).hostname or ""
        case Points():
            return _points(step)
        case Code():
            return _("code · %(gives)s") % {"gives": _gives(step)}
        case _:
            return ""


def when(step: WaitUntil) -> str:
    """Until when, in full."""
    at = [_("%(hour)s at the buyer’s") % {"hour": f"{step.at.at:%H:%M}"}] if step.at else []
    return ", ".join([_until(step), *at])


def what(step: Step) -> str:
    """What is done, in full."""
    match step:
        case WaitUntil():
            return _("Time passes")
        case Split():
            decided = _("the winner is chosen by the figures") if step.winner == "auto" else _("a person decides")
            return _("Split test: people are shared out; %(decided)s") % {"decided": decided}
        case Tag():
            return _("Tags: %(tags)s") % {"tags": _tags(step)}
        case SetFields():
            return _("Fields: %(fields)s") % {"fields": _fields(step.values)}
        case Enrol():
            return _("Begins the scheme “%(name)s”") % {"name": spoken(step.scheme)}
        case Points():
            good = _("good for %(span)s") % {"span": _span(step.valid.total_seconds())} if step.valid else _("for good")
            return f"{_points(step)}, {good}"
        case Code():
            good = _("good for %(span)s") % {"span": _span(step.valid.total_seconds())}
            return _("Code: %(gives)s, %(good)s") % {"gives": _gives(step), "good": good}
        case Webhook():
            return _("Tells another system: %(host)s") % {"host": urlsplit(step.url).hostname or ""}
        case _:
            return ""


def _points(step: Points) -> str:
    return ngettext("%(n)d point", "%(n)d points", step.give) % {"n": step.give}


def _gives(step: Code) -> str:
    return gives(step.percent, step.amount, step.currency, get_language())


def _tags(step: Tag) -> str:
    return " ".join([*(f"+{name}" for name in step.add), *(f"−{name}" for name in step.remove)])


def _fields(values: Mapping[str, FieldValue | FromFact]) -> str:
    return ", ".join(f"{name} = {_value(value)}" for name, value in values.items())


def _value(value: FieldValue | FromFact) -> str:
    match value:
        case FromFact(fact):
            return fact
        case bool():
            return _("yes") if value else _("no")
        case Decimal():
            return f"{value:f}"
        case date():
            return _day(value)
        case _:
            return f"“{value}”"


def _day(value: date) -> str:
    return formats.date_format(value, "SHORT_DATE_FORMAT" if isinstance(value, datetime) else "DATE_FORMAT")


def _until(step: WaitUntil) -> str:
    """`until 24 December 2026`, `until 7 days before the birthday`."""
    named = _day(step.until) if isinstance(step.until, date) else words.word(_DAYS, step.until)
    if not step.shift:
        return _("until: %(day)s") % {"day": named}
    span = _span(abs(step.shift.total_seconds()))
    said = _("until: %(span)s before %(day)s") if step.shift.days < 0 else _("until: %(span)s after %(day)s")
    return said % {"span": span, "day": named}


def _span(seconds: float) -> str:
    days, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    parts = [ngettext("%(n)d day", "%(n)d days", days) % {"n": days}] if days else []
    parts += [_("%(n)d h") % {"n": hours}] if hours else []
    parts += [_("%(n)d min") % {"n": rest // 60}] if rest >= 60 else []
    return " ".join(parts)
