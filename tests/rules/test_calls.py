"""A call is the same whatever order its facts come in, and however often."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.rules.calls import (
    DIRECTIONS,
    LEGS_OVER,
    RINGS_LONGEST,
    STATES,
    TALKS_LONGEST,
    VERDICTS,
    CallFacts,
    Leg,
    fold,
    merge,
    outcome,
    read,
    written,
)
from tests.examples import examples

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
moments = st.integers(0, 600).map(lambda s: NOON + timedelta(seconds=s))
maybe = st.none() | moments
legs = st.builds(Leg, st.sampled_from(["", "101", "102"]), maybe, maybe, maybe)
facts = st.builds(
    CallFacts,
    direction=st.sampled_from(["", *DIRECTIONS]),
    party=st.none() | st.tuples(st.integers(0, 3), moments, st.sampled_from(["+79161234567", "+79161234568"])),
    line=st.none() | st.tuples(moments, st.sampled_from(["+74951112233", "+74951112234"])),
    started_at=maybe,
    answered_at=maybe,
    ended_at=maybe,
    verdict=st.sampled_from(["", *VERDICTS]),
    is_over=st.booleans(),
    ring_seconds=st.none() | st.integers(0, 600),
    talk_seconds=st.none() | st.integers(0, 600),
    legs=st.dictionaries(st.sampled_from("abc"), legs, max_size=3),
    recordings=st.lists(st.sampled_from("xyz"), max_size=2, unique=True).map(lambda r: tuple(sorted(r))),
    command=st.sampled_from(["", "c1"]),
    last_at=maybe,
)


@given(a=facts, b=facts, c=facts)
@settings(max_examples=examples(400), deadline=None)
def test_facts_merge_in_any_order_and_grouping_and_any_number_of_times(
    a: CallFacts, b: CallFacts, c: CallFacts
) -> None:
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, a) == a
    assert merge(CallFacts(), a) == a


@given(a=facts, seconds=st.integers(0, 30_000))
@settings(max_examples=examples(300), deadline=None)
def test_any_facts_have_an_outcome_and_a_silent_call_ends_at_the_moment_that_was_named(
    a: CallFacts, seconds: int
) -> None:
    now = NOON + timedelta(seconds=seconds)
    out = outcome(a, now)
    assert out.state in STATES
    if out.check_at is not None:
        assert out.check_at > now
        assert out.state in ("ringing", "answered")
        assert outcome(a, out.check_at).state in ("ended", "missed", "failed")
        assert outcome(a, out.check_at - timedelta(seconds=1)).state in ("ringing", "answered")
    assert outcome(read(written(a)), now) == out


@given(many=st.lists(st.sampled_from([f"leg{n:03}" for n in range(120)]), max_size=120))
@settings(max_examples=examples(60), deadline=None)
def test_a_call_of_endlessly_many_legs_keeps_the_same_ones_in_every_order(many: list[str]) -> None:
    each = [CallFacts(legs={key: Leg(rang_at=NOON)}, recordings=(key,)) for key in many]
    whole = fold(each)
    assert whole == fold(reversed(each))
    assert len(whole.legs) <= 50
    assert len(whole.recordings) <= 20


def ringing(**more: object) -> CallFacts:
    return CallFacts(direction="in", party=(0, NOON, "+79161234567"), started_at=NOON, last_at=NOON, **more)  # type: ignore[arg-type]


def test_a_call_rings_until_it_is_answered_and_then_until_it_ends() -> None:
    rings = ringing()
    assert outcome(rings, NOON).state == "ringing"
    assert outcome(rings, NOON).check_at == NOON + RINGS_LONGEST
    assert outcome(rings, NOON + RINGS_LONGEST).state == "missed"
    answered = merge(rings, CallFacts(legs={"1": Leg("101", answered_at=NOON + timedelta(seconds=9))}, last_at=NOON))
    talk = outcome(answered, NOON + RINGS_LONGEST)
    assert (talk.state, talk.extension, talk.ring_seconds) == ("answered", "101", 9)
    assert talk.check_at == NOON + TALKS_LONGEST
    ended = merge(answered, CallFacts(is_over=True, ended_at=NOON + timedelta(seconds=69)))
    assert (outcome(ended, NOON).state, outcome(ended, NOON).talk_seconds) == ("ended", 60)


def test_when_all_legs_are_over_and_none_follows_the_call_is_over() -> None:
    gone = ringing(legs={"1": Leg("101", rang_at=NOON, ended_at=NOON)})
    assert outcome(gone, NOON).state == "ringing"
    assert outcome(gone, NOON + LEGS_OVER).state == "missed"
    passed_on = merge(gone, CallFacts(legs={"2": Leg("102", rang_at=NOON)}, last_at=NOON + timedelta(seconds=30)))
    assert outcome(passed_on, NOON + LEGS_OVER).state == "ringing"


def test_a_vendor_who_tells_of_long_ago_has_more_to_tell() -> None:
    gone = ringing(legs={"1": Leg("", rang_at=NOON, ended_at=NOON)})
    later = NOON + timedelta(hours=1)
    assert outcome(gone, later, later).state == "ringing"
    assert outcome(gone, later + LEGS_OVER, later).state == "missed"


def test_the_vendors_last_word_counts_more_than_a_leg_that_was_picked_up() -> None:
    ivr = ringing(legs={"1": Leg("", answered_at=NOON)}, is_over=True, verdict="missed", ended_at=NOON)
    assert outcome(ivr, NOON).state == "missed"


def test_a_leg_between_colleagues_is_a_part_of_the_buyers_call() -> None:
    one = CallFacts(direction="internal", party=(2, NOON, "+74950000101"))
    both = merge(one, ringing())
    assert (both.direction, both.party and both.party[2]) == ("in", "+79161234567")


def test_who_answered_last_has_the_call_and_before_that_whom_it_rings() -> None:
    later = NOON + timedelta(seconds=40)
    rings = ringing(legs={"1": Leg("101", rang_at=NOON), "2": Leg("102", rang_at=later)})
    assert outcome(rings, later).extension == "102"
    first = merge(rings, CallFacts(legs={"1": Leg("101", answered_at=NOON + timedelta(seconds=5))}))
    assert outcome(first, later).extension == "101"
    passed_on = merge(first, CallFacts(legs={"2": Leg("102", answered_at=later)}))
    assert outcome(passed_on, later).extension == "102"


def test_a_call_out_that_nobody_answers_has_failed_and_was_not_missed() -> None:
    out = CallFacts(direction="out", started_at=NOON, is_over=True, verdict="missed", last_at=NOON)
    assert outcome(out, NOON).state == "failed"
