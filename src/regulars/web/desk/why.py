"""Why a task stands where it stands, in words: 'a missed call, 4 min ago', 'limit in 6 min', 'asked for a call at 14:00'.

Owns the sentences; by which rule a task stands is rules/rank.py's.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.desk.queries import TaskRow
from regulars.desk.ranking import Order
from regulars.web.say import Say, span

__all__ = ["RULES", "moment", "rule_sentence", "why_here", "why_next"]

RULES = {
    "missed": gettext_lazy("a lost incoming call"),
    "asked": gettext_lazy("a call-back that the buyer asked for, once its time has come"),
    "near": gettext_lazy("whoever’s limit is near or past"),
    "message": gettext_lazy("a message from a buyer"),
    "promise": gettext_lazy("a promise that is about to break"),
    "fresh": gettext_lazy("a fresh order"),
    "retry": gettext_lazy("another try after nobody answered"),
}
"""The rules of the order of calls, as one reads them in a list."""


def rule_sentence(rule: str, order: Order) -> str:
    """A rule as the list of the order of calls has it, with its number."""
    if rule == "near":
        n = int(order.near.total_seconds() // 60)
        return ngettext(
            "whoever’s limit is past or less than %(n)d minute away, the nearest first",
            "whoever’s limit is past or less than %(n)d minutes away, the nearest first",
            n,
        ) % {"n": n}
    return str(RULES[rule])


def why_here(task: TaskRow, order: Order, say: Say) -> str:
    """By what the task stands where it stands, in a few words."""
    rule = order.rule(task, say.now)
    ago = {"span": span(say.now - task.opened_at)}
    if rule == "missed":
        return _("a missed call, %(span)s ago") % ago
    if rule == "asked":
        return _("asked for a call %(at)s") % {"at": moment(task.not_before, say)}
    if rule == "near" and task.due_at is not None:
        if task.due_at <= say.now:
            return _("its limit is past")
        return _("limit in %(span)s") % {"span": span(task.due_at - say.now)}
    if rule == "message":
        return _("a message, %(span)s ago") % ago
    if rule == "promise":
        return _("a promise is about to break")
    if rule == "retry":
        return _("another try, attempt %(n)d") % {"n": task.attempt}
    return _("fresh, %(span)s ago") % ago


def why_next(task: TaskRow, order: Order, say: Say) -> str:
    """Why it is the next of all, as a sentence."""
    rule = order.rule(task, say.now)
    if rule == "near":
        past = task.due_at is not None and task.due_at <= say.now
        return _("its limit is past.") if past else _("its limit is the nearest.")
    return {
        "missed": _("a lost incoming call always comes first."),
        "asked": _("a call-back that the buyer asked for is never put off."),
        "message": _("a buyer has written and waits for an answer."),
        "promise": _("a promise to the buyer is about to break."),
        "fresh": _("the oldest of the fresh ones."),
        "retry": _("nothing more urgent is waiting."),
    }[rule]


def moment(at: datetime, say: Say) -> str:
    """`at 9:00`, `tomorrow at 9:00`, `on 5 March at 9:00`: by the shop's clock."""
    there, today = say.here(at), say.here(say.now).date()
    hour = f"{there.hour}:{there.minute:02}"
    if there.date() == today:
        return _("at %(hour)s") % {"hour": hour}
    if there.date() == today + timedelta(days=1):
        return _("tomorrow at %(hour)s") % {"hour": hour}
    return _("on %(day)s at %(hour)s") % {"day": say.day(at), "hour": hour}
