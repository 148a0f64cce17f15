"""The gate: what it must never let through, whatever the facts; and each of its reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules import gate
from regulars.rules.gate import Ahead, Budget, Channel, Cost, GateFacts, GateMessage, Verdict, judge, next_channel
from regulars.rules.quiet import quiet_until

NOON = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 12:00 in Vladivostok
NIGHT = datetime(2026, 3, 2, 14, tzinfo=UTC)  # midnight there
MORNING = datetime(2026, 3, 2, 23, tzinfo=UTC)  # 09:00 of 3 March there
HOUR = timedelta(hours=1)
OPEN = Channel(contact=True, consent=True)
FACTS = GateFacts(OPEN, "Asia/Vladivostok")


def service(channel: str = "email", **changes: Any) -> GateMessage:
    return GateMessage(purpose="service", channel=channel, due_at=NOON, **changes)


def advert(channel: str = "email", **changes: Any) -> GateMessage:
    return GateMessage(purpose="advertising", channel=channel, due_at=NOON, **changes)


def said(verdict: Verdict) -> tuple[str, str]:
    return verdict.action, verdict.code


instants = st.integers(-90 * 1440, 90 * 1440).map(lambda minutes: NOON + timedelta(minutes=minutes))
maybe = st.one_of(st.none(), instants)
channels = st.builds(
    Channel, st.booleans(), st.sampled_from([None, None, "bounce", "complaint", "asked"]), maybe, maybe, st.booleans()
)
messages = st.builds(
    GateMessage,
    purpose=st.sampled_from(["service", "advertising"]),
    channel=st.sampled_from(["email", "sms", "telegram"]),
    due_at=instants,
    late_action=st.sampled_from(["drop", "wait", "send"]),
    late_after=st.one_of(st.none(), st.integers(0, 100).map(lambda n: n * HOUR)),
    late_approved=st.booleans(),
    drop_at=maybe,
    cancelled=st.sampled_from([None, None, "left_scheme", "stopped_by"]),
)
costs = st.builds(Cost, st.integers(1, 3), st.integers(0, 4), st.integers(0, 4), st.just("EUR"))
facts = st.builds(
    GateFacts,
    channel=channels,
    zone=st.sampled_from(["Asia/Vladivostok", "UTC", "Australia/Lord_Howe", "No/Where"]),
    erased=st.booleans(),
    merged=st.booleans(),
    held_out=st.booleans(),
    quiet=st.sampled_from([(time(21), time(9)), (time(12), time(14)), (time(0), time(0))]),
    advertised_at=st.lists(instants, max_size=4).map(tuple),
    cap=st.integers(0, 3),
    held_by_shop=st.booleans(),
    ahead=st.lists(st.builds(Ahead, st.sampled_from(["birthday", "win-back"]), instants), max_size=3).map(tuple),
    budget=st.one_of(
        st.none(),
        st.builds(Budget, st.integers(1, 3), st.integers(0, 3), st.just("month")),
        st.builds(Budget, st.none(), st.integers(0, 3), st.just("month"), costs),
        st.builds(Budget, st.integers(1, 3), st.integers(0, 3), st.just("month"), costs),
    ),
    still_true=st.sampled_from([None, True, False]),
)


@given(messages, facts, instants)
def test_never_without_leave(message: GateMessage, known: GateFacts, now: datetime) -> None:
    verdict = judge(message, known, now)
    if verdict.action != "send":
        return
    assert message.cancelled is None
    assert not known.erased
    assert not known.merged
    assert known.channel.contact
    assert known.channel.suppressed is None
    assert known.still_true is not False
    assert message.drop_at is None or now <= message.drop_at
    if message.purpose == "advertising":
        assert known.channel.consent
        assert known.channel.unsubscribed_at is None
        assert not known.held_out and not known.held_by_shop
        if (budget := known.budget) is not None:
            assert budget.limit is None or budget.used < budget.limit
            assert budget.cost is None or budget.cost.used + budget.cost.price <= budget.cost.limit
        first = {a.scheme for a in known.ahead if a.at >= now}
        assert sum(at > now - timedelta(days=30) for at in known.advertised_at) + len(first) < known.cap
        assert sum(at > now - timedelta(days=30) for at in known.advertised_at) < known.cap
    if message.purpose == "advertising" or message.channel != "email":
        assert quiet_until(now, known.zone, known.quiet) is None
    if message.late_action == "drop" and message.late_after is not None and not message.late_approved:
        assert now - message.due_at <= message.late_after


@given(messages, facts, instants)
def test_a_verdict_tells_every_check_and_decides_once(message: GateMessage, known: GateFacts, now: datetime) -> None:
    verdict = judge(message, known, now)
    assert tuple(check.name for check in verdict.checks) == gate.CHECKS
    decided = [check for check in verdict.checks if check.result == "decided"]
    assert [check.detail for check in decided] == ([] if verdict.action == "send" else [verdict.code])
    if decided:
        after = verdict.checks[verdict.checks.index(decided[0]) + 1 :]
        assert all(check.result == "not_asked" for check in after)
    assert judge(message, known, now) == verdict


@given(messages, facts, instants)
def test_waiting_for_the_morning_ends_in_the_morning(message: GateMessage, known: GateFacts, now: datetime) -> None:
    verdict = judge(message, known, now)
    if verdict.code == gate.QUIET_HOURS:
        assert verdict.until is not None
        assert verdict.until > now
        assert judge(message, known, verdict.until).code != gate.QUIET_HOURS
    elif verdict.code == gate.PRIORITY:
        assert verdict.until is not None
        assert verdict.until > now
        soonest = min(a.at for a in known.ahead if a.at + gate.STILL_AHEAD > now)
        assert verdict.until == max(soonest, now) + gate.STILL_AHEAD
    else:
        assert verdict.until is None


@given(messages, facts, instants)
def test_service_needs_no_consent_and_knows_no_cap(message: GateMessage, known: GateFacts, now: datetime) -> None:
    message = replace(message, purpose="service")
    poor = replace(known, channel=replace(known.channel, consent=False, unsubscribed_at=NOON), held_out=True, cap=0)
    rich = replace(known, channel=replace(known.channel, consent=True, unsubscribed_at=None), held_out=False, cap=9)
    assert said(judge(message, poor, now)) == said(judge(message, rich, now))


@pytest.mark.parametrize(
    ("message", "known", "expected"),
    [
        (service(), FACTS, ("send", "clear")),
        (advert(), FACTS, ("send", "clear")),
        (service(cancelled="left_scheme"), FACTS, ("refuse", "left_scheme")),
        (service(cancelled="stopped_by"), FACTS, ("refuse", "stopped_by")),
        (service(drop_at=NOON - HOUR), FACTS, ("refuse", "promise_passed")),
        (service(drop_at=NOON), FACTS, ("send", "clear")),
        (service(), replace(FACTS, cap=0, advertised_at=(NOON, NOON, NOON)), ("send", "clear")),
        (advert(), replace(FACTS, cap=0), ("refuse", "cap")),
        (service(), replace(FACTS, erased=True), ("refuse", "erased")),
        (service(), replace(FACTS, merged=True), ("refuse", "merged")),
        (service(), replace(FACTS, channel=Channel(contact=False)), ("refuse", "no_contact")),
        (service(), replace(FACTS, channel=replace(OPEN, suppressed="bounce")), ("refuse", "bounced")),
        (service(), replace(FACTS, channel=replace(OPEN, suppressed="complaint")), ("refuse", "complained")),
        (service(), replace(FACTS, channel=replace(OPEN, suppressed="asked")), ("refuse", "unsubscribed")),
        (service(), replace(FACTS, channel=replace(OPEN, unsubscribed_at=NOON)), ("send", "clear")),
        (service(), replace(FACTS, channel=replace(OPEN, consent=False)), ("send", "clear")),
        (advert(), replace(FACTS, channel=replace(OPEN, unsubscribed_at=NOON)), ("refuse", "unsubscribed")),
        (advert(), replace(FACTS, channel=replace(OPEN, consent=False)), ("refuse", "no_consent")),
        (advert(), replace(FACTS, held_out=True), ("refuse", "held_out")),
        (service(), replace(FACTS, held_out=True), ("send", "clear")),
        (advert(), replace(FACTS, held_out=True, held_by_shop=True), ("refuse", "held_out_shop")),
        (service(), replace(FACTS, held_by_shop=True), ("send", "clear")),
        (advert(), replace(FACTS, cap=1, ahead=(Ahead("birthday", NOON + HOUR),)), ("wait", "priority")),
        (advert(), replace(FACTS, cap=1, ahead=(Ahead("birthday", NOON - HOUR),)), ("send", "clear")),
        (advert(), replace(FACTS, cap=2, ahead=(Ahead("birthday", NOON + HOUR),)), ("send", "clear")),
        (advert(), replace(FACTS, cap=2, ahead=(Ahead("a", NOON), Ahead("b", NOON + HOUR))), ("wait", "priority")),
        (advert(), replace(FACTS, cap=2, ahead=(Ahead("a", NOON), Ahead("a", NOON + HOUR))), ("send", "clear")),
        (service(), replace(FACTS, cap=1, ahead=(Ahead("birthday", NOON + HOUR),)), ("send", "clear")),
        (advert(), replace(FACTS, budget=Budget(5, 5, "month")), ("refuse", "budget_spent")),
        (advert(), replace(FACTS, budget=Budget(5, 4, "month")), ("send", "clear")),
        (service(), replace(FACTS, budget=Budget(5, 5, "month")), ("send", "clear")),
        (
            advert(),
            replace(FACTS, budget=Budget(None, 9, "month", Cost(50_000, 15_000, 35_000, "EUR"))),
            ("send", "clear"),
        ),
        (
            advert(),
            replace(FACTS, budget=Budget(None, 9, "month", Cost(50_000, 15_001, 35_000, "EUR"))),
            ("refuse", "budget_spent"),
        ),
        (advert(), replace(FACTS, budget=Budget(None, 9, "month", Cost(50_000, 50_000, 0, "EUR"))), ("send", "clear")),
        (advert(), replace(FACTS, budget=Budget(5, 5, "month", Cost(50_000, 0, 1, "EUR"))), ("refuse", "budget_spent")),
        (
            advert(),
            replace(FACTS, budget=Budget(5, 4, "month", Cost(50_000, 50_000, 1, "EUR"))),
            ("refuse", "budget_spent"),
        ),
        (service(), replace(FACTS, budget=Budget(None, 9, "month", Cost(1, 1, 1, "EUR"))), ("send", "clear")),
        (advert(), replace(FACTS, advertised_at=(NOON - 24 * HOUR,)), ("send", "clear")),
        (advert(), replace(FACTS, advertised_at=(NOON - HOUR, NOON - 24 * 30 * HOUR)), ("send", "clear")),
        (advert(), replace(FACTS, advertised_at=(NOON, NOON - 24 * 30 * HOUR + HOUR)), ("refuse", "cap")),
        (service(), replace(FACTS, still_true=False), ("refuse", "no_longer_true")),
        (service(), replace(FACTS, still_true=True), ("send", "clear")),
    ],
)
def test_each_reason(message: GateMessage, known: GateFacts, expected: tuple[str, str]) -> None:
    assert said(judge(message, known, NOON)) == expected


def test_a_budget_of_money_says_what_is_spent_of_what_and_what_it_would_cost() -> None:
    budget = Budget(None, 1428, "month", Cost(50_000_000, 49_980_000, 35_000, "RUB"))
    verdict = judge(advert(), replace(FACTS, budget=budget), NOON)
    assert verdict.params == {"used": "4998", "limit": "5000", "price": "3.5", "currency": "RUB", "every": "month"}


def test_quiet_hours_hold_all_but_a_service_letter() -> None:
    assert said(judge(replace(service(), due_at=NIGHT), FACTS, NIGHT)) == ("send", "clear")
    for message in (service("sms"), service("telegram"), advert(), advert("sms")):
        verdict = judge(replace(message, due_at=NIGHT), FACTS, NIGHT)
        assert said(verdict) == ("wait", "quiet_hours")
        assert verdict.until == MORNING
        assert said(judge(replace(message, due_at=NIGHT), FACTS, MORNING)) == ("send", "clear")


def test_by_default_service_dies_after_a_day_and_advertising_after_four_hours() -> None:
    assert said(judge(service(), FACTS, NOON + 24 * HOUR)) == ("send", "clear")
    late = judge(service(), FACTS, NOON + 24 * HOUR + HOUR)
    assert said(late) == ("refuse", "late")
    assert late.params == {"hours": 24, "since": NOON}
    assert said(judge(advert(), FACTS, NOON + 4 * HOUR)) == ("send", "clear")
    assert said(judge(advert(), FACTS, NOON + 4 * HOUR + timedelta(minutes=1))) == ("refuse", "late")


def test_what_quiet_hours_held_is_not_late_by_default() -> None:
    message = replace(advert(), due_at=NIGHT - 3 * HOUR - timedelta(minutes=1))  # 20:59
    assert said(judge(message, FACTS, NIGHT)) == ("wait", "quiet_hours")
    assert said(judge(message, FACTS, MORNING)) == ("send", "clear")
    assert said(judge(message, FACTS, MORNING + 4 * HOUR)) == ("refuse", "late")


def test_an_owners_rule_is_taken_by_the_clock() -> None:
    message = replace(advert(late_after=6 * HOUR), due_at=NIGHT)
    assert said(judge(message, FACTS, MORNING)) == ("refuse", "late")
    assert said(judge(replace(message, late_action="send"), FACTS, MORNING)) == ("send", "clear")
    held = judge(replace(message, late_action="wait"), FACTS, MORNING)
    assert (said(held), held.until) == (("wait", "late_held"), None)
    assert said(judge(replace(message, late_action="wait", late_approved=True), FACTS, MORNING)) == ("send", "clear")


class _Broken(tuple[datetime, ...]):
    def __iter__(self) -> Any:
        raise RuntimeError("fault put in on purpose")


@pytest.mark.parametrize(
    ("message", "known", "now", "error"),
    [
        (advert(), replace(FACTS, advertised_at=_Broken()), NOON, "RuntimeError"),
        (advert(), replace(FACTS, zone="No/Where"), NOON, "UnknownZone"),
        (service(), FACTS, NOON.replace(tzinfo=None), "ValueError"),
        (replace(service(), purpose="news"), FACTS, NOON, "ValueError"),
        (service(late_action="perhaps"), FACTS, NOON, "ValueError"),
        (service(), replace(FACTS, channel=None), NOON, "AttributeError"),  # type: ignore[arg-type]
    ],
)
def test_an_error_inside_means_not_sent(message: GateMessage, known: GateFacts, now: datetime, error: str) -> None:
    verdict = judge(message, known, now)
    assert said(verdict) == ("refuse", "gate_error")
    assert verdict.params == {"error": error}


def test_only_a_plain_yes_is_consent() -> None:
    known = replace(FACTS, channel=replace(OPEN, consent="revoked"))  # type: ignore[arg-type]
    assert said(judge(advert(), known, NOON)) == ("refuse", "no_consent")


def test_the_first_channel_that_reaches_him() -> None:
    known = {"telegram": Channel(contact=False), "email": OPEN, "sms": replace(OPEN, consent=False)}
    by = ("telegram", "sms", "email")
    assert next_channel(by, "service", known) == "sms"
    assert next_channel(by, "advertising", known) == "email"
    assert next_channel(("telegram", "viber"), "service", known) is None


def test_the_next_channel_after_a_failure_and_none_after_an_unknown_advertisement() -> None:
    known = {"email": OPEN, "sms": OPEN}
    by = ("email", "sms")
    assert next_channel(by, "advertising", known, {"email": "failed"}) == "sms"
    assert next_channel(by, "service", known, {"email": "unknown"}) == "sms"
    assert next_channel(by, "advertising", known, {"email": "unknown"}) is None
    assert next_channel(by, "service", known, {"email": "sent"}) is None
    assert next_channel(by, "service", known, {"email": "failed", "sms": "failed"}) is None


@given(st.lists(st.sampled_from(["email", "sms", "telegram"]), unique=True), st.data())
def test_a_chosen_channel_passes_the_gate(by: list[str], data: st.DataObject) -> None:
    known = {name: data.draw(channels) for name in by}
    purpose = data.draw(st.sampled_from(["service", "advertising"]))
    chosen = next_channel(by, purpose, known)
    for name in by:
        message = GateMessage(purpose=purpose, channel=name, due_at=NOON)
        action = judge(message, replace(FACTS, channel=known[name]), NOON).action
        assert (action == "send") == (name == chosen)
        if name == chosen:
            break
