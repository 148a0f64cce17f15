"""Calendar files: whole days are days off; what isn't understood is left out and counted; nothing keeps the reader busy."""

import time
from datetime import date
from textwrap import dedent

import pytest

from regulars.shop.calendar_files import LARGEST, CalendarFileError, Found, read

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)


def _read(*entries: str, first: date = FIRST, last: date = LAST) -> Found:
    events = "\n".join(f"BEGIN:VEVENT\nUID:{n}\n{dedent(e).strip()}\nEND:VEVENT" for n, e in enumerate(entries))
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//\n{events}\nEND:VCALENDAR\n"
    return read(text.replace("\n", "\r\n").encode(), first, last)


def _days(found: Found) -> list[str]:
    return [d.strftime("%m-%d") for d in sorted(found.days)]


def test_whole_days_and_several_days() -> None:
    found = _read(
        "DTSTART;VALUE=DATE:20260601\nSUMMARY:День фирмы",
        "DTSTART;VALUE=DATE:20260701\nDTEND;VALUE=DATE:20260704\nSUMMARY:Summer",
        "DTSTART;VALUE=DATE:20260801\nDURATION:P2D",
    )
    assert _days(found) == ["06-01", "07-01", "07-02", "07-03", "08-01", "08-02"]
    assert found.days[date(2026, 6, 1)] == "День фирмы"
    assert found.left_out == 0


def test_an_entry_with_an_hour_is_left_out_and_a_cancelled_one_is_none() -> None:
    found = _read(
        "DTSTART:20260601T090000Z\nDTEND:20260601T100000Z\nSUMMARY:Meeting",
        "DTSTART;VALUE=DATE:20260602\nSTATUS:CANCELLED",
        "SUMMARY:no beginning",
    )
    assert (found.days, found.left_out) == ({}, 2)


def test_repeated_days_within_the_window_with_exceptions_and_moved_ones() -> None:
    found = _read(
        "DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY\nSUMMARY:May",
        "DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=MONTHLY;BYDAY=1MO;UNTIL=20260501T000000Z\nEXDATE;VALUE=DATE:20260202",
    )
    assert _days(found) == ["01-05", "03-02", "04-06", "05-01", "05-01"]
    text = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:20260601\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID;VALUE=DATE:20260602\r\nDTSTART;VALUE=DATE:20260610\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID;VALUE=DATE:20260603\r\nDTSTART;VALUE=DATE:20260603\r\nSTATUS:CANCELLED\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert _days(read(text.encode(), FIRST, LAST)) == ["06-01", "06-10"]


def test_days_that_began_before_the_window_reach_into_it() -> None:
    found = _read("DTSTART;VALUE=DATE:20251229\nDTEND;VALUE=DATE:20260103")
    assert _days(found) == ["01-01", "01-02"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=DAILY;BYHOUR=3", "FREQ=WEEKLY;BYSETPOS=400", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    ],
)  # fmt: skip
def test_a_rule_that_never_comes_true_keeps_nobody_busy(rule: str) -> None:
    begun = time.monotonic()
    found = _read(f"DTSTART;VALUE=DATE:20260106\nRRULE:{rule}")
    assert set(found.days) <= {date(2026, 1, 6)}
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"BEGIN:VCALENDAR", b"\x00\xff" * 50, b"BEGIN:VCARD\r\nEND:VCARD\r\n", b"END:VCALENDAR"]
)
def test_what_is_no_calendar_is_said(data: bytes) -> None:
    with pytest.raises(CalendarFileError, match="not_a_calendar"):
        read(data, FIRST, LAST)


def test_a_file_has_a_largest_size_and_a_most_entries() -> None:
    with pytest.raises(CalendarFileError, match="too_large"):
        read(b" " * (LARGEST + 1), FIRST, LAST)
    many = b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 5001 + b"END:VCALENDAR\r\n"
    with pytest.raises(CalendarFileError, match="too_many"):
        read(many, FIRST, LAST)


def test_broken_entries_are_left_out_and_the_others_read() -> None:
    found = _read(
        "DTSTART;VALUE=DATE:20269901\nSUMMARY:?",
        "DTSTART;VALUE=DATE:20260601\nDTEND;VALUE=DATE:29990101",
        "DTSTART;VALUE=DATE:20260602\nRRULE:nonsense",
        "DTSTART;VALUE=DATE:20260603",
    )
    assert "06-03" in _days(found)
    assert found.left_out >= 1
