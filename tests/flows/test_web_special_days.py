"""Holidays, calendar files and days by hand on the page of working hours: switched one by one, moved openly, never silently."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from regulars.base.actor import SYSTEM
from regulars.journeys import calendars
from regulars.shop import actions, day_queries, days, public_holidays
from regulars.shop import queries as shop_queries
from regulars.shop.public_holidays import Holiday
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

HOURS = "/settings/hours/"
SATURDAY = date(2027, 2, 20)
ICS = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260310
SUMMARY:Founders' day
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20260311T090000Z
SUMMARY:Meeting
END:VEVENT
END:VCALENDAR
"""


def _text(answer: Any) -> str:
    return str(answer.content.decode()).replace("\u00a0", " ").replace("&#x27;", "'")


def _stored(web: WebShop) -> dict[str, Any]:
    return dict(web.world.one("select hours from shop_calendar where shop_id = %s and key = 'main'", web.shop_id))


def _id(web: WebShop, day: str, source: str = "holidays") -> int:
    return int(
        web.world.one(
            "select id from shop_special_day where shop_id = %s and calendar_key = 'main' and day = %s and source = %s",
            web.shop_id, day, source,
        )
    )  # fmt: skip


def _take_russia(web: WebShop) -> None:
    done = web.clients["owner"].post(HOURS + "holidays", {"calendar": "main", "country": "RU"})
    assert done.status_code == 302, _text(done)


def test_a_countrys_holidays_become_days_off_with_moved_days_and_working_saturdays(web: WebShop) -> None:
    _take_russia(web)
    hours = _stored(web)
    assert "2026-03-09" in hours["days_off"] and "2027-02-22" in hours["days_off"]
    assert "2026-01-01" not in hours["days_off"], "what is past is left as it was"
    assert hours["extra"] == {"2027-02-20": ["09:00-18:00"]}, "a working Saturday has Friday's hours"
    owner = web.clients["owner"]
    owner.post("/language", {"language": "ru"})
    page = _text(owner.get(HOURS + "?year=2027"))
    assert "Выходной (перенесено с 20.02.2027)" in page and "День России" in page
    owner.post("/language", {"language": "en"})
    page = _text(owner.get(HOURS + "?year=2027&source=holidays"))
    assert "Day off (substituted from 2027-02-20)" in page and "Working day in place of another" in page
    assert "The holidays of this year and the next are kept for: Russia" in page


def test_a_year_that_the_library_does_not_know_is_said(web: WebShop) -> None:
    _take_russia(web)
    assert "isn’t known yet" not in _text(web.clients["owner"].get(HOURS))
    web.world.at(datetime(2027, 3, 2, 12, tzinfo=UTC))
    assert "Which days are moved in 2028 isn’t known yet" in _text(web.clients["owner"].get(HOURS))


def test_each_day_is_switched_off_and_on_and_other_days_stay(web: WebShop) -> None:
    _take_russia(web)
    owner, id_ = web.clients["owner"], _id(web, "2026-03-09")
    assert owner.post(f"{HOURS}day/{id_}/switch", {"on": "no"}).status_code == 302
    assert "2026-03-09" not in _stored(web)["days_off"] and "2026-05-01" in _stored(web)["days_off"]
    assert "switched off" in _text(owner.get(HOURS))
    assert owner.post(f"{HOURS}day/{id_}/switch", {"on": "yes"}).status_code == 302
    assert "2026-03-09" in _stored(web)["days_off"]
    assert owner.post(f"{HOURS}day/0/switch", {"on": "yes"}).status_code == 404


def test_a_day_by_hand_decides_before_a_holiday_and_its_removal_gives_it_back(web: WebShop) -> None:
    _take_russia(web)
    owner = web.clients["owner"]
    form = {"day": "2026-03-09", "what": "open", "special_from": "10", "special_to": "14", "title": "Sale"}
    assert owner.post(HOURS + "day", form).status_code == 302
    assert _stored(web)["extra"]["2026-03-09"] == ["10:00-14:00"]
    page = _text(owner.get(HOURS))
    assert "a day by hand decides" in page and "Sale" in page and "10–14" in page
    assert owner.post(HOURS + "day", {"day": "2026-03-09", "do": "remove"}).status_code == 302
    assert "2026-03-09" in _stored(web)["days_off"]


def test_a_week_that_changes_takes_its_working_saturdays_along(web: WebShop) -> None:
    _take_russia(web)
    week = {f"{d}_from": "8" for d in ("mon", "tue", "wed", "thu", "fri")}
    week |= {f"{d}_to": "17" for d in ("mon", "tue", "wed", "thu", "fri")}
    assert web.clients["owner"].post(HOURS + "save", week).status_code == 302
    assert _stored(web)["extra"] == {"2027-02-20": ["08:00-17:00"]}


def test_what_the_library_has_new_is_shown_and_not_done_until_it_is_taken_over(
    web: WebShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _take_russia(web)
    owner = web.clients["owner"]
    owner.post(f"{HOURS}day/{_id(web, '2026-06-12')}/switch", {"on": "no"})
    before = _stored(web)
    known = public_holidays.days

    def newer(place: str, year: int) -> tuple[Holiday, ...]:
        """A later edition: one day more, two days less, of which somebody has switched one."""
        if (place, year) != ("RU", 2026):
            return known(place, year)
        kept = [h for h in known(place, year) if h.day not in (date(2026, 5, 11), date(2026, 6, 12))]
        return (*kept, Holiday(date(2026, 5, 4), "off", {"en": "Bridge day"}))

    monkeypatch.setattr(public_holidays, "days", newer)
    page = _text(owner.get(HOURS))
    assert "2 days are new or no longer holidays." in page
    assert "4 May: Bridge day" in page and "11 May: Victory Day (observed) (no longer)" in page
    assert calendars.take_new_years() == 0 and _stored(web) == before, "a known year is never changed silently"
    assert owner.post(HOURS + "news").status_code == 302
    after = _stored(web)
    assert "2026-05-04" in after["days_off"] and "2026-05-11" not in after["days_off"]
    assert web.world.one("select is_on from shop_special_day where id = %s", _id(web, "2026-06-12")) is False
    assert "new or no longer" not in _text(owner.get(HOURS))


def test_a_new_year_is_taken_over_by_itself_a_year_ahead(web: WebShop) -> None:
    _take_russia(web)
    web.world.at(datetime(2027, 1, 2, 12, tzinfo=UTC))
    assert calendars.take_new_years() == 1
    assert "2028-01-01" in _stored(web)["days_off"]
    assert calendars.take_new_years() == 0


def test_holidays_that_move_open_tasks_are_shown_before_they_count(web: WebShop) -> None:
    web.world.publish(
        """\
scheme: after-order
per: order
starts: order.placed
steps:
  confirm:
    call: {script: confirm-order, target: 15m working, within: 1h working, team: order-desk}
    outcomes: {confirmed: end}
"""
    )
    web.world.at(datetime(2026, 3, 6, 17, 30, tzinfo=UTC))  # Friday evening; Monday the 9th is a holiday
    _, order = web.buy()
    task = web.task_of(order)
    due = "select due_at from desk_task where id = %s"
    assert web.world.one(due, task) == datetime(2026, 3, 9, 9, 30, tzinfo=UTC)
    form = {"calendar": "main", "country": "RU"}
    shown = _text(web.clients["owner"].post(HOURS + "holidays", form))
    assert "Not saved yet" in shown and "1 open task gets another deadline." in shown
    assert _stored(web)["days_off"] == [] and web.world.one("select count(*) from shop_special_day") == 0
    assert web.clients["owner"].post(HOURS + "holidays", {**form, "sure": "yes"}).status_code == 302
    assert web.world.one(due, task) == datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def test_a_region_has_its_own_holidays_and_no_country_none(web: WebShop) -> None:
    owner = web.clients["owner"]
    assert owner.post(HOURS + "holidays", {"country": "GB", "region": "SCT"}).status_code == 302
    assert "2026-11-30" in _stored(web)["days_off"], "St Andrew's day"
    assert "Scotland" in _text(owner.get(HOURS))
    assert owner.post(HOURS + "holidays", {"country": ""}).status_code == 302
    assert _stored(web)["days_off"] == []
    assert owner.post(HOURS + "holidays", {"country": "XX"}).status_code == 422


class _Calendar(BaseHTTPRequestHandler):
    body, status = ICS.encode(), 200

    def do_GET(self) -> None:
        self.send_response(type(self).status)
        self.send_header("content-length", str(len(type(self).body)))
        self.end_headers()
        self.wfile.write(type(self).body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[tuple[str, type[_Calendar]]]:
    handler = type("Handler", (_Calendar,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/company.ics?key=secret", handler
    server.shutdown()
    server.server_close()


def test_a_calendar_file_is_fetched_kept_up_and_survives_a_failure(
    web: WebShop, served: tuple[str, type[_Calendar]]
) -> None:
    url, handler = served
    owner = web.clients["owner"]
    assert owner.post(HOURS + "feed", {"url": url, "name": "Company"}).status_code == 302
    assert _stored(web)["days_off"] == ["2026-03-10"]
    page = _text(owner.get(HOURS))
    assert "Founders' day" in page and "entries with an hour, left out: 1" in page
    assert "secret" not in page and b"secret" not in web.world.one("select url from shop_calendar_feed")
    assert calendars.fetch_due() == 0, "it was fetched just now"

    later = "update shop_calendar_feed set tried_at = machine_now() - interval '7 hours'"
    handler.body = ICS.replace("20260310", "20260312").encode()
    _sql(web, later)
    assert calendars.fetch_due() == 1
    assert _stored(web)["days_off"] == ["2026-03-12"]

    handler.status = 503
    _sql(web, later)
    assert calendars.fetch_due() == 1
    assert _stored(web)["days_off"] == ["2026-03-12"], "its days stay"
    page = _text(owner.get(HOURS))
    assert "The other side answered with 503." in page and "Its days stay as they are." in page
    handler.status, handler.body = 200, b"<html>log in</html>"
    id_ = web.world.one("select id from shop_calendar_feed")
    assert owner.post(f"{HOURS}feed/{id_}/fetch").status_code == 302
    assert "That is no calendar file" in _text(owner.get(HOURS))

    assert owner.post(f"{HOURS}feed/{id_}/remove").status_code == 302
    assert _stored(web)["days_off"] == []


def _sql(web: WebShop, text: str) -> None:
    with web.world.writing() as cur:
        cur.execute(text)


def test_a_day_of_a_file_that_somebody_switched_stays_so_when_it_is_fetched_anew(
    web: WebShop, served: tuple[str, type[_Calendar]]
) -> None:
    owner = web.clients["owner"]
    owner.post(HOURS + "feed", {"url": served[0]})
    owner.post(f"{HOURS}day/{_id(web, '2026-03-10', 'feed')}/switch", {"on": "no"})
    assert owner.post(f"{HOURS}feed/{web.world.one('select id from shop_calendar_feed')}/fetch").status_code == 302
    assert _stored(web)["days_off"] == []


def test_an_address_within_is_not_called(web: WebShop) -> None:
    owner = web.clients["owner"]
    for url in ("http://10.0.0.1/a.ics", "http://169.254.169.254/latest", "file:///etc/passwd", "nonsense"):
        answer = owner.post(HOURS + "feed", {"url": url})
        assert answer.status_code == 422 and "An address on the internet is needed" in _text(answer), url
    assert web.world.one("select count(*) from shop_calendar_feed") == 0


def test_a_file_is_put_in_once_and_what_it_moves_is_confirmed_without_sending_it_again(web: WebShop) -> None:
    owner = web.clients["owner"]
    sent = SimpleUploadedFile("days.ics", ICS.replace("20260310", "20260302").encode())
    web.world.publish(
        "scheme: after-order\nper: order\nstarts: order.placed\nsteps:\n  confirm:\n"
        "    call: {script: confirm-order, within: 1h working, team: order-desk}\n    outcomes: {confirmed: end}\n"
    )
    web.buy()
    shown = _text(owner.post(HOURS + "feed", {"file": sent, "name": "Days"}))
    assert "Not saved yet" in shown and 'name="found"' in shown
    found = shown.partition('name="found" value="')[2].partition('"')[0].replace("&quot;", '"')
    assert owner.post(HOURS + "feed", {"found": found, "name": "Days", "sure": "yes"}).status_code == 302
    assert _stored(web)["days_off"] == ["2026-03-02"]
    wrong = owner.post(HOURS + "feed", {"file": SimpleUploadedFile("x.ics", b"no calendar")})
    assert wrong.status_code == 422 and "That is no calendar file" in _text(wrong)
    assert owner.post(HOURS + "feed", {"found": "[[1,2]]"}).status_code == 422


def test_hours_that_are_set_whole_become_days_by_hand_and_a_teams_own_calendar_has_the_shops_days(web: WebShop) -> None:
    _take_russia(web)
    with web.world.writing() as cur:
        whole = {**_stored(web), "days_off": ["2026-04-01"], "extra": {"2026-03-09": ["10:00-12:00"]}}
        actions.set_hours(cur, web.shop_id, "main", whole, SYSTEM)
        assert day_queries.in_force(cur, web.shop_id, "main").to_json()["extra"]["2026-03-09"] == ["10:00-12:00"]
        assert date(2026, 4, 1) in day_queries.in_force(cur, web.shop_id, "main").days_off
        assert date(2026, 5, 1) not in day_queries.in_force(cur, web.shop_id, "main").days_off
        actions.set_team(cur, web.shop_id, "care", {"en": "Care"}, True, SYSTEM)
        ours, theirs = (day_queries.in_force(cur, web.shop_id, key).to_json() for key in ("main", "care"))
        assert ours == theirs
        assert day_queries.holidays_of(cur, web.shop_id, "care").place == "RU"
        days.choose_holidays(cur, web.shop_id, "care", "", SYSTEM, date(2026, 3, 2))
        assert day_queries.holidays_of(cur, web.shop_id, "main").place == "RU"
        shop_queries.forget()
