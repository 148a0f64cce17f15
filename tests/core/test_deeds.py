"""Splits, tags, fields and other schemes: which way people go, and what later steps know of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from regulars.core.changes import changes
from regulars.core.doing import LONGEST_CHAIN
from regulars.core.effects import CallWebhook, EnrolPerson, SetPersonFields, TagPerson
from regulars.core.enrolment import Happening
from regulars.core.entry import begin, begin_by_scheme, is_held_out
from regulars.core.explain import explain
from regulars.core.read import Known, read_scheme
from regulars.core.roads import Way, ways
from regulars.core.splitting import drawn

HEAD = "scheme: t\nper: order\nstarts: order.placed\nsteps:\n"
SPLIT = (
    HEAD
    + """\
  test:
    split: {short-letter: 50%, long-letter: 50%}
  short-letter:
    send: short
    then: pause
  long-letter:
    send: long
  pause:
    wait: 1d
    then: test
"""
)


def problems(text: str, known: Known | None = None) -> list[tuple[str, int]]:
    return [(p.code, p.line) for p in read_scheme(HEAD + text, known=known).problems]


# -- split


def test_the_shares_are_kept_by_the_hash_and_a_person_always_goes_the_same_way() -> None:
    shares = {"a": 500, "b": 333, "c": 167}
    found = Counter(drawn("after-order", "test", person, shares) for person in range(60_000))
    for way, share in shares.items():
        assert abs(found[way] / 60_000 - share / 1000) < 0.008  # four standard deviations of the rarest
    assert all(drawn("s", "t", p, shares) == drawn("s", "t", p, dict(shares)) for p in range(100))
    # A wider share takes people from others, and moves nobody within what stays.
    wider = {"a": 600, "b": 233, "c": 167}
    assert all(drawn("s", "t", p, wider) == "a" for p in range(5000) if drawn("s", "t", p, shares) == "a")


def test_splits_are_independent_of_each_other_and_of_the_hold_out() -> None:
    half = {"a": 500, "b": 500}
    both = Counter((drawn("s", "one", p, half), drawn("s", "two", p, half)) for p in range(40_000))
    assert all(abs(n - 10_000) < 400 for n in both.values()) and len(both) == 4
    held = [p for p in range(40_000) if is_held_out("s", p, 100)]
    assert abs(sum(drawn("s", "one", p, half) == "a" for p in held) / len(held) - 0.5) < 0.035


def test_the_way_is_remembered_and_outlives_a_winner(journey) -> None:
    road = journey(SPLIT)
    road.starts()
    way = road.state.data["splits"]["test"]
    other = {"short-letter": "long-letter", "long-letter": "short-letter"}[way]
    road.facts["winner"] = {"test": other}
    road.wakes()
    assert road.letters() == [way.removesuffix("-letter")] * 2
    assert road.codes().count("split") == 1 and road.codes().count("split_before") == 1
    said = explain([r for d in road.decisions for r in d.reasons], "ru")
    assert f"test: Сравнение вариантов: так идут 50%. → {way}" in said


def test_everybody_new_goes_the_way_of_the_winner(journey) -> None:
    for winner in ("short-letter", "long-letter"):
        road = journey(SPLIT, winner={"test": winner})
        road.starts()
        assert road.state.data["splits"] == {"test": winner} and "split_won" in road.codes()


def test_a_way_that_is_gone_is_drawn_anew(journey) -> None:
    road = journey(SPLIT)
    road.starts()
    road.state.data["splits"] = {"test": "gone"}
    road.wakes()
    assert road.codes().count("split") == 2


def test_a_split_has_its_ways_out_and_a_difference_names_the_share(journey) -> None:
    before, after = (
        read_scheme(SPLIT).scheme,
        read_scheme(SPLIT.replace("50%, long-letter: 50%", "20%, long-letter: 80%")).scheme,
    )
    assert before is not None and after is not None
    assert ways(before.steps["test"]) == (Way("share", "short-letter", "50%"), Way("share", "long-letter", "50%"))
    found = [(c.step, c.path, c.before, c.after) for c in changes(before, after)]
    assert found == [
        ("test", ("split", "short-letter"), "50%", "20%"),
        ("test", ("split", "long-letter"), "50%", "80%"),
    ]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("  a:\n    split: {b: 50%, end: 40%}\n  b:\n    send: x\n", [("split_sum", 6)]),
        ("  a:\n    split: {b: 100%}\n  b:\n    send: x\n", [("split_one_way", 6)]),
        ("  a:\n    split: {b: 50%, end: half}\n  b:\n    send: x\n", [("share_unknown", 6)]),
        ("  a:\n    split: {b: 50%, ende: 50%}\n  b:\n    send: x\n", [("step_unknown", 6)]),
        ("  a:\n    split: {b: 40%, c: 30%, end: 30%}\n  b:\n    send: x\n  c:\n    send: x\n", [("split_many", 6)]),
        ("  a:\n    split: {b: 50%, end: 50%}\n    then: b\n  b:\n    send: x\n", [("key_not_here", 7)]),
        ("  a:\n    split: {b: 50%, end: 50%}\n    winner: dice\n  b:\n    send: x\n", [("not_one_of", 7)]),
        ("  a:\n    send: x\n    winner: auto\n", [("key_not_here", 7)]),
        ("  a:\n    tag: {add: vip, remove: [vip]}\n", [("tag_both", 6)]),
        ("  a:\n    tag: {}\n", [("tag_nothing", 6)]),
        ("  a:\n    tag: Very Important\n", [("bad_name", 6)]),
        ("  a:\n    set: {Colour: red}\n", [("bad_name", 6)]),
        ("  a:\n    set: {day: 2026-02-30}\n", [("day_unknown", 6)]),
        ("  a:\n    set: {}\n", [("too_few", 6)]),
        ("  a:\n    enrol: {}\n", [("key_missing", 6)]),
    ],
)
def test_what_is_wrong_is_said_at_its_line(text: str, codes: list[tuple[str, int]]) -> None:
    assert problems(text) == codes


def test_a_fact_or_a_scheme_that_nobody_knows_is_named_with_what_was_meant() -> None:
    known = Known(facts=["order.number", "person.tags"], schemes=["birthdays"])
    found = read_scheme(
        HEAD + "  a:\n    set: {n: order.numbr, site: example.com}\n  b:\n    enrol: birthday\n", known=known
    ).problems
    assert [(p.code, p.severity, p.did_you_mean) for p in found] == [
        ("fact_unknown", "error", "order.number"),
        ("scheme_unknown", "warning", "birthdays"),
    ]


# -- tag and set


def test_a_tag_is_known_to_the_very_next_step(journey) -> None:
    text = HEAD + (
        "  mark:\n    tag: {add: vip, remove: [new, never]}\n"
        "  asks:\n    if: \"'vip' in person.tags and 'new' not in person.tags and 'old' in person.tags\"\n    yes: yes-letter\n"
        "    no: end\n  yes-letter:\n    send: right\n"
    )
    road = journey(text, person={"time_zone": "UTC", "tags": ["new", "old"]})
    road.starts()
    assert road.letters() == ["right"]
    assert road.effects[0] == TagPerson("mark", 1, 1, ("vip",), ("new", "never"))
    assert explain(road.decisions[0].reasons)[1] == "mark: Tags: +vip −new −never. → asks"


def test_fields_take_values_and_facts_and_the_record_holds_only_their_names(journey) -> None:
    text = HEAD + (
        "  keep:\n    set: {colour: red, n: 5, ok: true, on: 2026-03-01, how: order.payment.method, "
        "who: person.name, no: order.x}\n"
        "  asks:\n    if: person.fields.colour == 'red' and person.fields.how == 'card' and person.fields.on < 2026-03-02\n"
        "    yes: yes-letter\n    no: end\n  yes-letter:\n    send: right\n"
    )
    road = journey(text, person={"time_zone": "UTC", "name": "Anna Petrova"})
    road.starts()
    assert road.letters() == ["right"]
    (effect,) = [e for e in road.effects if isinstance(e, SetPersonFields)]
    assert dict(effect.values)["n"] == Decimal(5) and dict(effect.values)["who"] == "Anna Petrova"
    kept = str([r.record() for r in road.decisions[0].reasons if r.step == "keep"])
    assert "Anna" not in kept and "colour, n, ok, on, how, who" in kept and "'fields': 'no'" in kept


# -- enrol

ENROL = HEAD + "  other:\n    enrol: {scheme: birthdays}\n  last:\n    send: x\n"


def test_another_scheme_begins_and_a_refusal_is_in_the_record(journey) -> None:
    road = journey(ENROL)
    road.starts()
    (effect,) = [e for e in road.effects if isinstance(e, EnrolPerson)]
    assert (effect.scheme, effect.at, effect.chain) == ("birthdays", road.now, 1)
    refused = journey(ENROL, entry={"birthdays": "too_soon"})
    refused.starts()
    assert not [e for e in refused.effects if isinstance(e, EnrolPerson)] and refused.letters() == ["x"]
    assert explain(refused.decisions[0].reasons)[1] == (
        "other: The scheme birthdays doesn't begin: too little time has passed since the last time. → last"
    )


def test_who_was_enrolled_by_a_scheme_begins_at_that_moment_and_says_so(journey) -> None:
    road = journey(ENROL)
    begin_by_scheme(road.state, "after-order", road.now, 3, 50)
    decision = road.take(Happening("due", road.now))
    assert decision.reasons[0].code == "started_by_scheme" and road.letters() == ["x"]
    assert explain(decision.reasons, "ru")[0] == "Началось по схеме after-order. → other"
    (effect,) = [e for e in road.effects if isinstance(e, EnrolPerson)]
    assert effect.chain == 4


def test_a_ring_of_schemes_ends_and_time_breaks_the_chain(journey) -> None:
    scheme = read_scheme(ENROL).scheme
    assert scheme is not None
    road = journey(scheme)
    begin_by_scheme(road.state, "t", road.now, 1, 50)
    for _ in range(100):
        road.take(Happening("due", road.now))
        began = [e for d in road.decisions[-1:] for e in d.effects if isinstance(e, EnrolPerson)]
        if not began:
            break
        state = begin(scheme, road.state.id + 1, person_id=5, order_id=7, event_at=road.now, now=road.now)
        begin_by_scheme(state, "t", road.now, began[0].chain, 50)
        road.state = state
    assert road.codes().count("enrolled") == LONGEST_CHAIN - 1
    assert road.decisions[-1].reasons[1].params["refusal"] == "ring"
    late = journey(scheme)
    late.state = replace(late.state, step="other", due_at=late.now + timedelta(hours=1), data={"chain": LONGEST_CHAIN})
    late.wakes()
    assert "enrolled" in late.codes()


# -- webhook

WEBHOOK = (
    HEAD
    + """\
  tell:
    webhook:
      url: https://example.com/hooks/a?key=hidden
      body:
        {event: ordered, n: 5, order: {number: order.number, paid: order.payment.status}, who: [person.name, person.city],
         on: 2026-03-01}
      secret: crm
  plain:
    webhook: https://example.com/b
"""
)


def test_what_another_system_is_told_is_settled_at_that_moment(journey) -> None:
    road = journey(
        WEBHOOK,
        person={"time_zone": "UTC", "name": "Anna", "id": "5"},
        order={"number": "17", "payment": {"status": "paid"}},
    )
    road.starts()
    first, second = (e for e in road.effects if isinstance(e, CallWebhook))
    assert (first.url, first.secret) == ("https://example.com/hooks/a?key=hidden", "crm")
    assert first.body == {
        "event": "ordered", "n": 5, "order": {"number": "17", "paid": "paid"}, "who": ["Anna", None], "on": "2026-03-01",
    }  # fmt: skip
    assert second.body == {
        "type": "scheme.step",
        "timestamp": "2026-03-02T00:15:00+00:00",
        "data": {"scheme": "t", "step": "plain", "enrolment_id": "1", "person_id": "5"},
    }
    said = explain(road.decisions[0].reasons)
    assert said[1] == "tell: Another system is told (example.com). → plain"
    assert "hidden" not in str([r.record() for r in road.decisions[0].reasons])


def test_a_text_that_is_told_has_facts_in_it(journey) -> None:
    text = 'body: {text: "Order {{ order.number }}: {{order.total}}, {{ order.paid_at }}{{ person.phone }}; {{ person.tags }}"}'
    road = journey(
        HEAD + f"  a:\n    webhook: {{url: 'https://a.example/', {text}}}\n",
        order={
            "number": "17",
            "total": {"minor": 499000, "currency": "RUB"},
            "paid_at": datetime(2026, 3, 1, tzinfo=UTC),
        },
        person={"time_zone": "UTC", "tags": ["a", "b"]},
    )
    road.starts()
    (effect,) = (e for e in road.effects if isinstance(e, CallWebhook))
    assert effect.body == {"text": "Order 17: 4990.00 RUB, 2026-03-01T00:00:00+00:00; a, b"}


@pytest.mark.parametrize(
    "gap", ["{{ order.total | money }}", "{{ }}", "{% if order.paid %}", "{{ order.number", "{{ number }}"]
)
def test_only_facts_stand_in_the_braces_of_what_is_told(gap: str) -> None:
    text = f"  a:\n    webhook: {{url: 'https://a.example/', body: {{text: 'x {gap}'}}}}\n"
    assert problems(text) == [("gap_unknown", 6)]


def test_a_scheme_that_would_begin_itself_is_worth_a_look() -> None:
    assert problems("  a:\n    enrol: t\n") == [("enrol_itself", 6)]


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("https://example.com/x", []),
        ("http://example.com/x", ["url_plain"]),
        ("ftp://example.com/x", ["url_unknown"]),
        ("example.com/x", ["url_unknown"]),
        ("https://", ["url_unknown"]),
        ("https://user:password@example.com/x", ["url_unsafe"]),
        ("https://[::1", ["url_unknown"]),
        ("https://10.0.0.1/x", ["url_unsafe"]),
    ],
)
def test_an_address_that_is_seen_to_be_unsafe_is_refused(url: str, codes: list[str]) -> None:
    known = Known(address=lambda given: "address" if "10.0.0.1" in given else None, secrets=["crm"])
    assert [c for c, _ in problems(f"  a:\n    webhook: {{url: '{url}', secret: crm}}\n", known)] == codes
    assert problems("  a:\n    webhook: {url: 'https://a.example/', secret: cmr}\n", known) == [("secret_unknown", 6)]
