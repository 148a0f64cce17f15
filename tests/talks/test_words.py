"""Own words: a corpus of real shapes, and what must hold for any text."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.talks.threads_words import own_words
from tests.talks.replies import REPLIES


@pytest.mark.parametrize("name", REPLIES)
def test_the_own_words_are_cut_from_what_is_quoted(name: str) -> None:
    whole, own = REPLIES[name]
    assert own_words(whole).text == own


def test_what_was_cut_is_said_to_be() -> None:
    assert own_words(REPLIES["gmail, russian"][0]).cut
    assert not own_words(REPLIES["plain question"][0]).cut
    assert not own_words(REPLIES["nothing but a quotation is shown whole"][0]).cut


LINES = st.sampled_from(
    [
        "Да, верно.", "> цитата", "", "-- ", "С уважением,", "Анна", "On Mon, 2 Mar 2026, Shop <s@a.test> wrote:",
        "02.03.2026, 12:00, Магазин <s@a.test>:", "From: x", "Sent: Monday", "To: y", "Subject: z", "Sent from my iPhone",
        "_" * 32, "-----Original Message-----", "Когда привезёте?",
    ]
) | st.text(max_size=40)  # fmt: skip


@given(st.lists(LINES, max_size=14))
@settings(max_examples=300, deadline=None)
def test_nothing_is_invented_and_a_text_never_vanishes(lines: list[str]) -> None:
    whole = "\n".join(lines)
    found = own_words(whole)
    words = found.text.split()
    everything = iter(re.sub(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad]", "", whole).split())
    assert all(word in everything for word in words)  # in their order
    bare = re.sub(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad]", "", whole).strip()
    assert bool(found.text) == bool(bare)
    if not found.cut:
        assert words == bare.split()


@given(
    st.lists(
        st.sampled_from(["Да, верно.", "Когда привезёте?", "Red, please.", "И ещё крышку"]), min_size=1, max_size=4
    )
)
def test_a_quotation_below_changes_nothing(lines: list[str]) -> None:
    own = "\n".join(lines)
    for quoted in (
        "\n\n> Здравствуйте!\n> Верно?\n",
        "\n\nOn Mon, 2 Mar 2026 at 12:00, Shop <s@a.test> wrote:\n\n> Hello\n",
    ):
        assert own_words(own + quoted).text == own


@pytest.mark.parametrize(
    "text", ["On " * 30_000, "On 2 Mar wrote " * 8_000, "> " * 60_000, "\n" * 100_000, "From: " * 30_000, "a" * 200_000]
)
def test_no_text_makes_it_slow(text: str) -> None:
    started = time.monotonic()
    own_words(text)
    assert time.monotonic() - started < 5
