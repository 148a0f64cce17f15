"""A week of a shop in Moscow, reckoned by hand: twenty orders, with the times that a calendar on the wall gives them.

The team works Monday to Friday 9–13 and 14–18 (eight hours), and on Saturday the 7th (by hand: a working Saturday, 10–14).
Monday the 9th is a holiday. Calls may be made from 9 to 21 by the buyer's clock. Moscow is UTC+3 the whole year, Kaliningrad
an hour behind it, Kamchatka nine hours ahead, Novosibirsk four. Target 15 minutes, limit one hour, of working time.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from regulars.core.deadlines import OpenedTask, limits_anew
from regulars.core.delays import Working, WorkingDays
from regulars.core.pauses import gone_on, left_of, longest_end
from regulars.core.read import read_scheme
from regulars.core.scheme import Call
from regulars.core.waits import callable_from
from regulars.rules.special_days import FEED, HAND, HOLIDAYS, OFF, OPEN, Special, layered
from regulars.rules.worktime import Spans

MOSCOW = ZoneInfo("Europe/Moscow")
DAY: Spans = ((time(9), time(13)), (time(14), time(18)))
HOURS = layered(
    "Europe/Moscow",
    dict.fromkeys(range(5), DAY),
    [
        Special(date(2026, 3, 7), HAND, OPEN, ((time(10), time(14)),)),
        Special(date(2026, 3, 9), HOLIDAYS, OFF),
        Special(date(2026, 3, 4), FEED, OFF),  # the company's own day off …
        Special(date(2026, 3, 4), HAND, OPEN, DAY),  # … which somebody took back by hand
    ],
)
SCHEME = """\
scheme: t
per: order
starts: order.placed
steps:
  call:
    call: {script: confirm-order, target: 15m working, within: 1h working, team: desk}
    outcomes: {ok: end}
"""


def _at(text: str) -> datetime:
    """`Mo 12:50` of the week of Monday, 2 March 2026; `Mo+1` is the Monday after it."""
    day, clock = text.split()
    name, _, weeks = day.partition("+")
    at = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su").index(name) + 7 * int(weeks or 0)
    hour, minute = clock.split(":")
    return datetime(2026, 3, 2, int(hour), int(minute), tzinfo=MOSCOW) + timedelta(days=at)


MSK, KAL, KAM, NSK = "Europe/Moscow", "Europe/Kaliningrad", "Asia/Kamchatka", "Asia/Novosibirsk"
WEEK = [
    # placed     buyer  called from  target      limit
    ("Mo 10:00", MSK, "Mo 10:00", "Mo 10:15", "Mo 11:00"),  # 1: plain
    ("Mo 12:50", MSK, "Mo 12:50", "Mo 14:05", "Mo 14:50"),  # 2: 10 minutes before lunch, 5 and 50 after it
    ("Mo 13:20", MSK, "Mo 14:00", "Mo 14:15", "Mo 15:00"),  # 3: in the lunch break
    ("Mo 17:55", MSK, "Mo 17:55", "Tu 09:10", "Tu 09:55"),  # 4: 5 minutes today, 10 and 55 tomorrow
    ("Mo 18:00", MSK, "Tu 09:00", "Tu 09:15", "Tu 10:00"),  # 5: the closing moment is no working time any more
    ("Mo 23:30", MSK, "Tu 09:00", "Tu 09:15", "Tu 10:00"),  # 6: at night: first thing next morning
    ("Tu 03:00", MSK, "Tu 09:00", "Tu 09:15", "Tu 10:00"),  # 7: after midnight
    ("Tu 09:20", KAL, "Tu 10:00", "Tu 10:15", "Tu 11:00"),  # 8: 8:20 in Kaliningrad; day there begins at 10 of Moscow
    ("Tu 09:20", KAM, "Tu 09:20", "Tu 09:35", "Tu 10:20"),  # 9: 18:20 in Kamchatka
    ("Tu 11:55", KAM, "Tu 11:55", "Tu 12:10", "Tu 12:55"),  # 10: 20:55 there, five minutes before its evening
    ("Tu 12:00", KAM, "We 09:00", "We 09:15", "We 10:00"),  # 11: 21:00 there; next common moment is tomorrow at 9
    ("We 09:30", MSK, "We 09:30", "We 09:45", "We 10:30"),  # 12: the company's day off was taken back by hand
    ("We 17:10", NSK, "Th 09:00", "Th 09:15", "Th 10:00"),  # 13: 21:10 in Novosibirsk
    ("We 16:50", NSK, "We 16:50", "We 17:05", "We 17:50"),  # 14: 20:50 there
    ("Fr 17:30", MSK, "Fr 17:30", "Fr 17:45", "Sa 10:30"),  # 15: half an hour on Friday, half on the working Saturday
    ("Fr 20:00", KAM, "Sa 10:00", "Sa 10:15", "Sa 11:00"),  # 16: on Saturday at 10 it is 19 there
    ("Sa 13:30", MSK, "Sa 13:30", "Sa 13:45", "Tu+1 09:30"),  # 17: closes at 14; Monday is a holiday, so Tuesday
    ("Sa 14:00", MSK, "Tu+1 09:00", "Tu+1 09:15", "Tu+1 10:00"),  # 18: after closing on Saturday
    ("Su 12:00", KAL, "Tu+1 10:00", "Tu+1 10:15", "Tu+1 11:00"),  # 19: Sunday; Kaliningrad's day begins at 10
    ("Mo+1 12:00", KAM, "Tu+1 09:00", "Tu+1 09:15", "Tu+1 10:00"),  # 20: on the holiday
]


def _facts(zone: str) -> dict[str, object]:
    shop = {"time_zone": "Europe/Moscow", "day": (time(9), time(21))}
    return {"worktime": {"desk": HOURS}, "shop": shop, "person": {"time_zone": zone}}


@pytest.mark.parametrize(("placed", "zone", "begins", "target", "limit"), WEEK)
def test_an_order_is_called_when_the_calendar_on_the_wall_says(
    placed: str, zone: str, begins: str, target: str, limit: str
) -> None:
    scheme = read_scheme(SCHEME).scheme
    assert scheme is not None
    step = scheme.steps["call"]
    assert isinstance(step, Call)
    opened = _at(placed)
    first = callable_from(opened, _facts(zone), "desk")
    found = limits_anew(step, OpenedTask("fresh", opened, first), _facts(zone))
    assert [found.not_before, found.target_at, found.due_at] == [_at(begins), _at(target), _at(limit)]


PAUSES = [
    # taken up   paused      longest               goes on       target        limit
    # 1: 5 minutes gone; the supplier has two working days; 10 and 55 minutes left
    ("Mo 10:00", "Mo 10:05", WorkingDays(2), "We 10:05", "We 10:15", "We 11:00"),
    # 2: four working hours from 12:05 are 55 minutes before lunch, 3 h 5 min after it
    ("Mo 12:00", "Mo 12:05", Working(timedelta(hours=4)), "Mo 17:05", "Mo 17:15", "Mo 18:00"),
    # 3: paused on Friday at 17:00 for four hours: one on Friday, three on Saturday; 15 minutes past the target
    ("Fr 16:30", "Fr 17:00", Working(timedelta(hours=4)), "Sa 13:00", "Sa 12:45", "Sa 13:30"),
    # 4: one working day from Saturday 10:30 is Tuesday, at the same hour; Monday is a holiday
    ("Sa 10:20", "Sa 10:30", WorkingDays(1), "Tu+1 10:30", "Tu+1 10:35", "Tu+1 11:20"),
    # 5: the clock stops at night: nothing of the hour is gone
    ("Tu 09:00", "Mo 22:00", Working(timedelta(hours=1)), "Tu 10:00", "Tu 10:15", "Tu 11:00"),
]


@pytest.mark.parametrize(("taken", "paused", "longest", "goes_on", "target", "limit"), PAUSES)
def test_a_clock_that_stood_goes_on_as_one_reckons_it_by_hand(
    taken: str, paused: str, longest: Working | WorkingDays, goes_on: str, target: str, limit: str
) -> None:
    began, stopped = _at(taken), _at(paused)
    hoped, most = HOURS.add(began, timedelta(minutes=15)), HOURS.add(began, timedelta(hours=1))
    left = left_of(HOURS, max(began, stopped), hoped, most)
    ends = longest_end(HOURS, stopped, longest)
    assert ends == _at(goes_on)
    assert gone_on(HOURS, ends, left) == (_at(target), _at(limit))
