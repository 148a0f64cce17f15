"""A calendar as a form: a week of intervals, special days, and the coming weeks as one sees them.

Owns reading intervals out of fields and what is wrong with them in words. What working time is, is rules/worktime.py's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from babel.dates import format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.rules.worktime import WEEKDAYS, WorkTime
from regulars.web.settings.form import Form, read_clock

__all__ = [
    "DAY_NAMES", "PRESETS", "SHORT_NAMES", "Spans", "day_rows", "preset_of", "read_day", "read_week", "spans_text", "typed",
    "weeks",
]  # fmt: skip

Spans = tuple[tuple[time, time], ...]

DAY_NAMES = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}
SHORT_NAMES = (
    gettext_lazy("Mo"), gettext_lazy("Tu"), gettext_lazy("We"), gettext_lazy("Th"), gettext_lazy("Fr"),
    gettext_lazy("Sa"), gettext_lazy("Su"),
)  # fmt: skip
_WORKDAYS = WEEKDAYS[:5]
_NINE_SIX, _NINE_NINE = ["09:00-18:00"], ["09:00-21:00"]
PRESETS: dict[str, tuple[Any, dict[str, list[str]]]] = {
    "weekdays": (gettext_lazy("Monday to Friday, 9 to 18"), dict.fromkeys(_WORKDAYS, _NINE_SIX)),
    "six": (gettext_lazy("Monday to Saturday, 9 to 18"), dict.fromkeys(WEEKDAYS[:6], _NINE_SIX)),
    "daily": (gettext_lazy("Every day, 9 to 21"), dict.fromkeys(WEEKDAYS, _NINE_NINE)),
}
"""Hours to begin with: what they are called, and the week."""
SPARE = 1
WEEKS = 6


@dataclass(frozen=True, slots=True)
class DayRow:
    """A weekday in the form. `pairs`: (from, to) as typed; an empty pair at the end is there to be filled."""

    key: str
    name: str
    pairs: Sequence[tuple[str, str]]
    problem: str = ""


def preset_of(hours: Mapping[int, Spans]) -> str:
    """The preset that this week is; '' for hours of one's own."""
    own = {WEEKDAYS[d]: [f"{a:%H:%M}-{b:%H:%M}" for a, b in s] for d, s in hours.items() if s}
    return next((key for key, (_name, week) in PRESETS.items() if week == own), "")


def day_rows(hours: Mapping[int, Spans], form: Form | None = None) -> list[DayRow]:
    """The seven rows: as they stand, or as they were typed."""
    rows = []
    for at, (key, name) in enumerate(DAY_NAMES.items()):
        stand = [(f"{start:%H:%M}", f"{end:%H:%M}") for start, end in hours.get(at, ())]
        pairs = typed(form, key) if form is not None else stand
        problem = form.problems.get(key, "") if form is not None else ""
        rows.append(DayRow(key, str(name), [*pairs, *[("", "")] * SPARE], problem))
    return rows


def read_week(form: Form) -> dict[int, Spans]:
    """The week out of the fields `mon_from`, `mon_to` and so on; problems are noted under the day's key."""
    week = {at: read_day(form, key) for at, key in enumerate(DAY_NAMES)}
    if form.is_good and not any(week.values()):
        form.refuse("mon", _("Without one working interval a week no clock would ever run."))
    return {at: spans for at, spans in week.items() if spans}


def read_day(form: Form, key: str) -> Spans:
    """The intervals of one day in order; nothing typed is a day without work."""
    spans = []
    for start, end in typed(form, key):
        begins, ends = read_clock(start), read_clock(end)
        if begins is None or ends is None:
            bad = start if begins is None else end
            if bad:
                form.refuse(key, _("“%(text)s” is not a time of day such as 09:00.") % {"text": bad})
            else:
                form.refuse(key, _("An interval needs a beginning and an end."))
            return ()
        spans.append((time.fromisoformat(begins), time.fromisoformat(ends)))
    spans.sort()
    problem = _wrong(spans)
    if problem:
        form.refuse(key, problem)
    return tuple(spans)


def _wrong(spans: Sequence[tuple[time, time]]) -> str:
    before: tuple[time, time] | None = None
    for start, end in spans:
        if start == end and start != time(0):
            return _("It begins and ends at %(at)s; a whole day is 00:00–00:00.") % {"at": f"{start:%H:%M}"}
        if before is not None and (start < before[1] or before[1] <= before[0]):
            return _("%(second)s overlaps with %(first)s.") % {
                "second": f"{start:%H:%M}–{end:%H:%M}",
                "first": f"{before[0]:%H:%M}–{before[1]:%H:%M}",
            }
        before = (start, end)
    return ""


def typed(form: Form, key: str) -> list[tuple[str, str]]:
    """The pairs of a day as they were typed, the empty ones left out."""
    starts, ends = form.data.getlist(f"{key}_from"), form.data.getlist(f"{key}_to")
    pairs = [
        (a.replace("\x00", "").strip()[:10], b.replace("\x00", "").strip()[:10])
        for a, b in zip(starts, ends, strict=False)
    ]
    return [p for p in pairs[:12] if any(p)]


def spans_text(spans: Spans) -> str:
    """`9–13, 14–18:30`; '' for none."""
    return ", ".join(f"{_hour(a)}–{'24' if b == time(0) else _hour(b)}" for a, b in spans)


def _hour(at: time) -> str:
    return f"{at.hour}" if at.minute == 0 else f"{at.hour}:{at.minute:02}"


def weeks(worktime: WorkTime, today: date, language: str) -> list[list[dict[str, Any]]]:
    """The coming weeks, from this week's Monday: of each day its hours, and whether it is a special one."""
    monday = today - timedelta(days=today.weekday())
    out = []
    for week in range(WEEKS):
        row = []
        for offset in range(7):
            day = monday + timedelta(days=7 * week + offset)
            special = day in worktime.extra or day in worktime.days_off
            spans = _spans_on(worktime, day)
            row.append(
                {
                    "day": day,
                    "hours": spans_text(spans),
                    "is_special": special,
                    "is_open": bool(spans),
                    "is_today": day == today,
                    "is_past": day < today,
                    "month": _month(day, language) if day.day == 1 or (week == 0 and offset == 0) else "",
                }
            )
        out.append(row)
    return out


def _month(day: date, language: str) -> str:
    return str(format_date(day, "MMM", locale=language)).rstrip(".")


def _spans_on(worktime: WorkTime, day: date) -> Spans:
    found = worktime.extra.get(day)
    if found is None:
        found = () if day in worktime.days_off else worktime.hours.get(day.weekday(), ())
    return tuple(found)
