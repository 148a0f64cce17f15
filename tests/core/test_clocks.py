"""Days, anniversaries and 'so long since': which moment is meant, and how the owner writes it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.clocks import DateClock, SinceClock, next_reach
from regulars.core.entry import may_enter, starting_trigger
from regulars.core.known import Known
from regulars.core.needs import listens
from regulars.core.read import read_scheme
from regulars.core.scheme import Budget
from regulars.rules.localtime import local
from tests.core.conftest import compiled

DAY = timedelta(days=1)
ZONES = ("Europe/Berlin", "Asia/Vladivostok", "America/New_York", "Pacific/Apia", "UTC")
HEAD = """
scheme: greeting
per: {per}
{head}
steps:
  hello: {{send: {{template: hello, purpose: advertising}}}}
"""


def scheme(head: str, per: str = "person"):
    return compiled(HEAD.format(per=per, head=head))


def problems(head: str, per: str = "person", known: Known | None = None) -> list[tuple[str, int, str | None]]:
    found = read_scheme(HEAD.format(per=per, head=head), known=known).problems
    return [(p.code, p.line, p.did_you_mean) for p in found]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def birthday(shift: int = 0, hour: int | None = 10) -> DateClock:
    return DateClock("person.birthday", shift * DAY, None if hour is None else time(hour), True)


# -- the moments -------------------------------------------------------------------------------------------------------
def test_a_birthday_a_week_before_at_the_buyers_hour() -> None:
    found = next_reach(birthday(-7), date(1990, 3, 14), "Asia/Vladivostok", at("2026-01-01"))
    assert found is not None and found.day == date(2026, 3, 14)
    assert found.at == at("2026-03-07T00:00")  # 10:00 there
    after = next_reach(birthday(-7), date(1990, 3, 14), "Asia/Vladivostok", found.at, 2026)
    assert after is not None and after.day == date(2027, 3, 14)


def test_a_leap_day_is_kept_on_the_28th_of_a_short_year() -> None:
    days, after, year = [], at("2026-01-01"), None
    for _ in range(3):
        found = next_reach(birthday(), date(2000, 2, 29), "UTC", after, year)
        assert found is not None
        days.append(found.day)
        after, year = found.at, found.day.year
    assert days == [date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]


def test_an_hour_that_the_clock_skips_moves_on_and_one_that_comes_twice_is_the_first() -> None:
    spring = next_reach(
        DateClock("person.birthday", 0 * DAY, time(2, 30), True), date(1990, 3, 29), "Europe/Berlin", at("2026-01-01")
    )
    autumn = next_reach(
        DateClock("person.birthday", 0 * DAY, time(2, 30), True), date(1990, 10, 25), "Europe/Berlin", at("2026-09-01")
    )
    assert spring is not None and spring.at == at("2026-03-29T01:30")
    assert autumn is not None and autumn.at == at("2026-10-25T00:30")


def test_days_after_a_moment_keep_its_hour_across_a_change_of_the_clock_and_hours_are_plain_time() -> None:
    placed = "2026-03-28T10:00:00+01:00"
    three = next_reach(DateClock("order.placed_at", 3 * DAY, None, False), placed, "Europe/Berlin", at("2026-03-01"))
    hours = next_reach(
        DateClock("order.window.from", timedelta(hours=-26), None, False), placed, "Europe/Berlin", at("2026-03-01")
    )
    assert three is not None and three.at == at("2026-03-31T08:00")
    assert hours is not None and hours.at == at("2026-03-27T07:00")


def test_a_moment_is_no_anniversary_of_itself_and_a_day_may_be_its_first() -> None:
    placed = DateClock("order.placed_at", 0 * DAY, time(10), True)
    found = next_reach(placed, at("2026-03-02T07:00"), "UTC", at("2026-03-02T07:00"))
    assert found is not None and found.day == date(2027, 3, 2)
    own = DateClock("person.fields.wedding", 0 * DAY, None, True)
    found = next_reach(own, date(2026, 8, 1), "UTC", at("2026-03-02"))
    assert found is not None and found.day == date(2026, 8, 1)


def test_so_long_since_the_last_one() -> None:
    clock = SinceClock("order.placed", 90 * DAY, time(11))
    found = next_reach(clock, at("2026-01-10T20:00"), "UTC", at("2026-01-10T20:00"))
    assert found is not None and found.at == at("2026-04-11T11:00")
    assert next_reach(clock, at("2026-01-10T20:00"), "UTC", found.at) is None
    assert next_reach(clock, None, "UTC", found.at) is None


@given(
    born=st.dates(date(1930, 1, 1), date(2026, 1, 1)),
    shift=st.integers(-364, 364),
    hour=st.integers(0, 23),
    zone=st.sampled_from(ZONES),
    days=st.integers(0, 730),
    minutes=st.integers(0, 1439),
)
def test_each_year_once_and_none_left_out(
    born: date, shift: int, hour: int, zone: str, days: int, minutes: int
) -> None:
    clock, start = birthday(shift, hour), at("2026-01-01") + timedelta(days=days, minutes=minutes)
    after, year, seen = start, None, []
    for _ in range(5):
        found = next_reach(clock, born, zone, after, year)
        assert found is not None and found.at > after
        assert (found.day.month, found.day.day) in {(born.month, born.day), (2, 28)}
        seen.append(found.day.year)
        after, year = found.at, found.day.year
    assert seen == list(range(seen[0], seen[0] + 5))
    assert next_reach(clock, born, zone, after - timedelta(seconds=1), None) is not None
    first = next_reach(clock, born, zone, start)
    assert first is not None and first.at - start <= timedelta(days=368)


# -- how it is written -------------------------------------------------------------------------------------------------
def test_the_owners_words_become_a_trigger_by_our_event() -> None:
    way = scheme("starts: {date: person.birthday, before: 7d, at: '10:00 local', where: person.is_customer}")
    (trigger,) = way.starts
    assert (trigger.event, trigger.about) == ("date.reached", "person")
    assert trigger.clock == birthday(-7) and way.clocks == (birthday(-7),)
    assert "date.reached" in listens(way)
    event = {
        "id": 1, "kind": "date.reached", "occurred_at": at("2026-03-07"), "order_id": None,
        "data": {"scheme": "greeting", "trigger": trigger.clock.key},
    }  # fmt: skip
    mine, known = {"person": {"is_customer": True}}, {"person": {"is_customer": False}}
    now = at("2026-03-07")
    assert starting_trigger(way, event, mine, now) is trigger
    assert starting_trigger(way, event, known, now) is None
    others = {**event, "data": {**event["data"], "scheme": "other"}}
    assert starting_trigger(way, others, mine, now) is None


def test_since_and_segments() -> None:
    way = scheme("starts: [{since: order.placed, for: 90d}, {enters: big-spenders}]\nstops: {leaves: big-spenders}")
    since, enters = way.starts
    assert since.clock == SinceClock("order.placed", 90 * DAY, None) and since.event == "time.passed"
    assert (enters.event, enters.segment) == ("segment.entered", "big-spenders")
    assert way.stops[0].event == "segment.left"
    came = {"id": 1, "kind": "segment.entered", "occurred_at": at("2026-03-07"), "data": {"segment": "big-spenders"}}
    assert starting_trigger(way, came, {}, at("2026-03-07")) is enters
    assert starting_trigger(way, {**came, "data": {"segment": "small"}}, {}, at("2026-03-07")) is None


def test_waiting_for_a_segment() -> None:
    text = HEAD.format(per="person", head="starts: lead.created") + "  join: {wait_for: {enters: buyers, up_to: 30d}}\n"
    step = compiled(text).steps["join"]
    assert step.trigger.event == "segment.entered" and step.trigger.segment == "buyers"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("head", "per", "found"),
    [
        ("starts: {date: person.birthdy}", "person", ("date_unknown", 4, "person.birthday")),
        ("starts: {date: person.birthday, before: 2h}", "person", ("date_days", 4, None)),
        ("starts: {date: person.birthday, before: 400d}", "person", ("date_year", 4, None)),
        ("starts: {date: person.birthday, before: 1d, after: 1d}", "person", ("date_two", 4, None)),
        ("starts: {date: person.birthday, befor: 7d}", "person", ("key_unknown", 4, "before")),
        ("starts: {dat: person.birthday}", "person", ("key_unknown", 4, "date")),
        ("starts: {date: person.birthday}", "order", ("clock_per_person", 4, None)),
        ("starts: {date: order.window.from, before: 2h}", "person", ("clock_per_order", 4, None)),
        ("starts: {since: order.plced, for: 90d}", "person", ("event_unknown", 4, "order.placed")),
        ("starts: {since: order.placed}", "person", ("key_missing", 4, None)),
        ("starts: {since: order.placed, for: 0d}", "person", ("since_nothing", 4, None)),
        ("starts: {enters: vip, event: order.placed}", "person", ("key_not_here", 4, None)),
        ("starts: {enters: vip}", "order", ("starts_person", 4, None)),
        ("starts: lead.created\nagain: allways", "person", ("again_unknown", 5, "always")),
        ("starts: {date: person.birthday}\nagain: never", "person", ("again_yearly", 5, None)),
        ("starts: lead.created\npriority: 10", "person", ("out_of_range", 5, None)),
        ("starts: lead.created\nbudget: {messages: 10, every: moth}", "person", ("not_one_of", 5, "month")),
        ("starts: lead.created\nbudget: {every: month}", "person", ("budget_empty", 5, None)),
        ("starts: lead.created\nbudget: {cost: 5000, every: month}", "person", ("cost_currency", 5, None)),
        ("starts: lead.created\nbudget: {cost: 5000 rub, every: month}", "person", ("currency_unknown", 5, "RUB")),
        ("starts: lead.created\nbudget: {cost: 0 RUB, every: month}", "person", ("amount_unknown", 5, None)),
        ("starts: lead.created\nbudget: {cost: 5 000 RUB, every: month}", "person", ("amount_unknown", 5, None)),
        ("starts: lead.created\nbudget: {cost: 0.001 RUB, every: month}", "person", ("amount_unknown", 5, None)),
        ("starts: lead.created\nbudget: {cost: 999999999999 RUB, every: month}", "person", ("out_of_range", 5, None)),
        ("starts: lead.created\nbudget: {cost: [1], every: month}", "person", ("wrong_type", 5, None)),
    ],
)
def test_what_is_wrong_is_said_at_its_line(head: str, per: str, found: tuple[str, int, str | None]) -> None:
    assert found in problems(head, per)


def test_a_budget_by_cost_is_in_the_currency_of_the_shops_prices_and_something_costs() -> None:
    head = "starts: lead.created\nbudget:\n  every: month\n  cost: 5000 RUB"
    assert problems(head, known=Known(currency="EUR")) == [("cost_other_currency", 7, None)]
    assert problems(head, known=Known(currency="RUB", priced=["email"])) == []
    assert problems(head, known=Known(currency="RUB", priced=["sms"])) == [("budget_free", 7, None)]
    found = scheme(head.replace("5000 RUB", "0.5 RUB")).budget
    assert found == Budget(None, "month", 5_000, "RUB")
    both = scheme("starts: lead.created\nbudget: {messages: 10, cost: 1000 JPY, every: day}").budget
    assert both == Budget(10, "day", 10_000_000, "JPY")


def test_segments_are_checked_where_they_are_known() -> None:
    known = Known(segments=("big-spenders", "sleepers"))
    assert problems("starts: {enters: big-spender}", known=known) == [("segment_unknown", 4, "big-spenders")]
    assert problems("starts: {enters: big-spenders}", known=known) == []


def test_a_condition_of_the_owners_keeps_its_place_and_its_length() -> None:
    long = " or ".join(f"person.city == 'Town {n:03}'" for n in range(60))
    way = scheme(f'starts: {{date: person.birthday, where: "{long}"}}')
    assert "person.city" in (way.starts[0].where.names if way.starts[0].where else ())


# -- again -------------------------------------------------------------------------------------------------------------
def test_rules_of_reentry() -> None:
    now = at("2027-03-07")
    ended, begun = at("2027-03-06"), at("2026-03-08")

    def says(head: str) -> str | None:
        way = scheme("starts: lead.created\n" + head)
        return may_enter(way, is_active=False, last_ended_at=ended, last_started_at=begun, now=now)

    assert says("again: always") is None
    assert says("again: never") == "once"
    assert says("again: after 30d") == "too_soon"
    assert says("again: once a year") is None
    yearly = scheme("starts: {date: person.birthday}")
    assert may_enter(yearly, is_active=False, last_ended_at=ended, last_started_at=begun, now=now) is None
    soon = may_enter(yearly, is_active=False, last_ended_at=ended, last_started_at=at("2026-12-01"), now=now)
    assert soon == "too_soon"


def test_local_hours_are_the_buyers() -> None:
    for zone in ZONES:
        found = next_reach(birthday(-3, 9), date(1985, 6, 20), zone, at("2026-01-01"))
        assert found is not None and local(found.at, zone).strftime("%m-%d %H:%M") == "06-17 09:00"


def test_a_condition_of_the_exit_stands_with_its_event(journey) -> None:
    text = """
scheme: care
per: order
starts: order.placed
stops: [{event: order.changed, where: order.amount < 50000}]
steps:
  pause: {wait: 3d}
"""
    small, large = (journey(text, order={"amount": amount}) for amount in (40000, 90000))
    for road in (small, large):
        road.starts()
        road.gets("order.changed")
    assert (small.state.end_reason, large.state.end_reason) == ("stopped", None)
