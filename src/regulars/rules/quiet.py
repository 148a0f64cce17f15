"""Quiet hours: when a buyer is left alone, in his own zone, across midnight.

Owns: until when it is quiet, and how much unquiet time has passed between two moments. Which messages quiet hours hold
is the gate's matter. Must not read a clock.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from regulars.rules.localtime import in_hours, local, next_local_hour, utc

Window = tuple[time, time]
QUIET: Window = (time(21), time(9))
"""From nine in the evening until nine in the morning, unless the shop says otherwise."""


def quiet_until(t: datetime, zone: str, window: Window = QUIET) -> datetime | None:
    """The instant, in UTC, at which the quiet hours around `t` end; None if it is not quiet.

    The window is local time [start, end) and may cross midnight; start equal to end means that it is never quiet.
    """
    start, end = window
    if start == end or not in_hours(local(t, zone).time(), start, end):
        return None
    return next_local_hour(t, end, zone)


def awake_between(a: datetime, b: datetime, zone: str, window: Window = QUIET, *, enough: timedelta) -> timedelta:
    """How much time that was not quiet passed from `a` to `b`, counted no further than a little past `enough`.

    Zero if `b` is not after `a`.
    """
    start, end = window
    moment, last = utc(a), utc(b)
    if start == end:
        return max(last - moment, timedelta(0))
    total = timedelta(0)
    while moment < last and total <= enough:
        woken = quiet_until(moment, zone, window)
        if woken is not None:
            moment = woken
            continue
        sleeps = min(next_local_hour(moment, start, zone, strictly=True), last)
        total += sleeps - moment
        moment = sleeps
    return total
