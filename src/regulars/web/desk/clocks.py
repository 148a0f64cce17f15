"""The running clock of a task: how much working time is left to the target, then to the limit; or why it stands.

Owns when a clock is amber. All spans are working time of the task's team.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.utils.translation import gettext as _

from regulars.desk.queries import TaskRow
from regulars.rules.localtime import in_hours, local
from regulars.rules.worktime import NoWorkingTime, WorkTime
from regulars.shop.settings import ShopSettings
from regulars.web.say import Say, span
from regulars.web.words import in_language

__all__ = ["Clock", "clock_of", "stands_since_night", "waiting_title"]

SOON_SHARE = 0.2
SOON_LEAST = timedelta(minutes=3)
_SECONDS = 5
"""Within its last minute a clock goes in steps of so many seconds."""


@dataclass(frozen=True, slots=True)
class Clock:
    """`tone` (ok, soon, late, stop) and `icon` say the same as `text`; `to` what it runs to; `passed` percent of the way
    to the limit; `title` gives both moments in full, when it is shown: a desk asks for its clocks every two seconds, and
    mostly nothing has changed."""

    tone: str
    icon: str
    text: str
    to: str = ""
    title: Callable[[], str] = str
    passed: int = 0


def stands_since_night(task: TaskRow, zone: str, shop: ShopSettings, now: datetime) -> bool:
    """Whether a call may not be made yet because of the hour at the buyer's."""
    return task.not_before > now and not in_hours(local(now, zone).time(), *shop.day)


def waiting_title(shop: ShopSettings, key: str | None, language: str) -> str:
    """What the shop calls a waiting state; its key where it is none of them any more."""
    found = next((s for s in shop.waiting_states if s.key == key), None)
    return in_language(found.title, language) if found is not None else key or ""


def clock_of(task: TaskRow, worktime: WorkTime | None, say: Say) -> Clock:
    """The task's clock now."""
    now, target, due = say.now, task.target_at, task.due_at
    if due is None:
        return Clock("", "", "")
    title = partial(_title, task, say)
    if task.not_before > now:
        if task.why_next in ("asked", "retry") and task.pause is None:
            return Clock("ok", "timer", say.when(task.not_before), title=title)
        return Clock(
            "stop", "pause", _("stands"), to=_("until %(at)s") % {"at": say.when(task.not_before)}, title=title
        )
    if now < due and worktime is not None and not worktime.is_open(now):
        opens = _next_start(worktime, now)
        to = _("until %(at)s") % {"at": say.when(opens)} if opens else ""
        return Clock("stop", "pause", _("stands"), to=to, title=title)
    begins = max(task.opened_at, task.not_before)
    whole, gone = _between(worktime, begins, due), _between(worktime, begins, now)
    passed = 100 if gone >= whole else round(100 * gone / whole)
    if now >= due:
        late = _("%(span)s late") % {"span": span(_between(worktime, due, now))}
        return Clock("late", "alarm-clock", late, _("limit %(at)s") % {"at": say.when(due)}, title, 100)
    if target is None or now >= target:
        left = _between(worktime, now, due)
        is_soon = (target is not None and target < due) or left <= max(whole * SOON_SHARE, SOON_LEAST)
        to = _("to the limit, %(at)s") % {"at": say.when(due)}
        return Clock(*(("soon", "hourglass") if is_soon else ("ok", "timer")), _span(left), to, title, passed)
    left = _between(worktime, now, target)
    is_soon = left <= max(_between(worktime, begins, target) * SOON_SHARE, SOON_LEAST)
    to = _("to the target, %(at)s") % {"at": say.when(target)}
    return Clock(*(("soon", "hourglass") if is_soon else ("ok", "timer")), _span(left), to, title, passed)


def _title(task: TaskRow, say: Say) -> str:
    limit = _("limit %(at)s") % {"at": say.when(task.due_at)}
    if task.target_at is None or task.target_at == task.due_at:
        return limit
    return _("target %(at)s") % {"at": say.when(task.target_at)} + ", " + limit


def _span(length: timedelta) -> str:
    seconds = length.total_seconds()
    if seconds >= 60:
        return span(length)
    return _("%(n)d s") % {"n": max(int(seconds) // _SECONDS, 1) * _SECONDS}


def _between(worktime: WorkTime | None, a: datetime, b: datetime) -> timedelta:
    """Working time; plain time for whoever works outside his hours (a call asked for in the evening)."""
    if worktime is None:
        return b - a
    working = worktime.between(a, b)
    return working if working > timedelta(0) or b <= a else b - a


def _next_start(worktime: WorkTime, now: datetime) -> datetime | None:
    try:
        return worktime.next_start(now)
    except NoWorkingTime:
        return None
