"""How somebody is told: his ways, his quiet hours, bundles; and which fields a role sees."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.quiet import quiet_until
from regulars.rules.telling import Choice, moment
from regulars.rules.visibility import FIELDS, LEVELS, read, sight
from regulars.vendors.apprise.address import ServiceRefused
from regulars.vendors.apprise.address import read as read_address

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EMAIL = {"task_late": ("screen", "email")}


def test_off_shift_nothing_leaves_unless_he_wants_it_always() -> None:
    assert moment(Choice(EMAIL), "task_late", "email", NOON, "UTC", on_shift=False) is None
    assert moment(Choice(EMAIL, always=True), "task_late", "email", NOON, "UTC", on_shift=False) == NOON
    assert moment(Choice(EMAIL), "task_late", "service", NOON, "UTC", on_shift=True) is None, "not chosen"
    assert moment(Choice(EMAIL), "task_late", "screen", NOON, "UTC", on_shift=True) is None, "it does not leave"


@given(
    at=st.integers(0, 3 * 24 * 3600),
    start=st.integers(0, 23),
    end=st.integers(0, 23),
    bundle=st.sampled_from([0, 5, 15, 60]),
)
def test_it_leaves_never_before_it_is_told_and_never_in_quiet_hours(at: int, start: int, end: int, bundle: int) -> None:
    now = NOON + timedelta(seconds=at)
    choice = Choice(EMAIL, quiet=(time(start), time(end)), bundle=timedelta(minutes=bundle))
    leaves = moment(choice, "task_late", "email", now, "Europe/Moscow", on_shift=True)
    assert leaves is not None and leaves >= now
    assert quiet_until(leaves, "Europe/Moscow", choice.quiet) is None
    if start == end and bundle:
        assert leaves - now < timedelta(minutes=bundle) and leaves.timestamp() % (bundle * 60) == 0


def test_an_owner_sees_all_and_an_operator_a_phone_in_hand() -> None:
    rule = read({"owner": {"phone": "hidden"}, "operator": {"sums": "hidden", "notes": "nonsense"}, "boss": {}})
    assert all(sight(rule, "owner").shows(f) for f in FIELDS)
    operator = sight(rule, "operator")
    assert operator.of("phone") == "masked" and operator.of("phone", holds=True) == "shown"
    assert operator.of("sums", holds=True) == "hidden" and operator.of("notes") == "shown"
    assert sight(rule, "nobody").of("phone") == "masked"
    assert all(levels[0] == "shown" for levels in LEVELS.values())


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", "scheme"),
        ("json://127.0.0.1/x", "scheme"),
        ("jsons://example.com/x", "scheme"),
        ("xml://example.com", "scheme"),
        ("form://example.com", "scheme"),
        ("syslog://", "scheme"),
        ("mailto://user:pass@example.com", "scheme"),
        ("apprise://example.com/token", "scheme"),
        ("http://example.com", "scheme"),
        ("ntfy://example.com/topic", "plain"),
        ("ntfys://example.com/topic?verify=no", "verify"),
        ("ntfys:///topic", "host"),
        ("tgram", "form"),
        ("tgram://a b", "form"),
        ("TGRAM://" + "x" * 600, "form"),
    ],
)
def test_addresses_that_reach_inside_are_refused(url: str, code: str) -> None:
    with pytest.raises(ServiceRefused) as refused:
        read_address(url, machine=False)
    assert refused.value.code == code


def test_an_address_is_shown_without_its_secrets() -> None:
    found = read_address("tgram://123456:SECRETTOKEN/987654321/", machine=False)
    assert found.host == "" and "SECRET" not in found.label and found.label.startswith("tgram://")
    assert read_address("ntfys://user:pass@ntfy.example.com/topic", machine=False).label == "ntfys://ntfy.example.com/…"
    assert read_address("ntfy://127.0.0.1:8080/topic", machine=True).host == "127.0.0.1"
