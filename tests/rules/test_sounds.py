"""Words that sound alike meet; what is typed on the wrong keys is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.sounds import Word, code_of, likeness, other_layout, words_of

ALIKE = """
тефаль tefal | тифаль tefal | сковоротка сковородка | айфон iphone | сквоорода сковорода | бош bosch | филипс philips
эппл apple | хуавей huawei | сяоми xiaomi | ксиоми xiaomi | мулинекс moulinex | керхер karcher | делонги delonghi
дольче dolce | найк nike | дайсон dyson | електролюкс electrolux | пицца pizza | ланч lunch | джамбо jumbo | ровента rowenta
жилет gillette | чайнек чайник | мультеварка мультиварка | каструля кастрюля | винтаж vintage | лестница лесница
"""
texts = st.text(alphabet="абвгежийкртсшщьёюябвxyzchsgeou0123456789 -.,éЖ", max_size=40)


@pytest.mark.parametrize("pair", [pair.strip() for pair in ALIKE.replace("\n", "|").split("|") if pair.strip()])
def test_what_is_heard_is_what_was_meant(pair: str) -> None:
    heard, meant = pair.split()
    assert set(Word(heard).sounds) & set(Word(meant).sounds)


@pytest.mark.parametrize("pair", ["чайник утюг", "tefal bosch", "казан кастрюля", "айфон телефон", "nike lego"])
def test_what_sounds_otherwise_does_not(pair: str) -> None:
    one, other = pair.split()
    assert not set(Word(one).sounds) & set(Word(other).sounds)


@given(texts)
def test_any_text_has_words_and_each_is_like_itself(text: str) -> None:
    for word in words_of(text):
        assert word.text and word.text == word.text.casefold()
        assert word.text.startswith(word.stem)
        assert likeness(word.text, word.text) == (1.0 if word.grams else 0.0)
        assert len(word.sounds) <= 8


@given(texts, texts)
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    for a in words_of(one):
        for b in words_of(other):
            assert 0 <= likeness(a.text, b.text) == likeness(b.text, a.text) <= 1


@given(st.text(alphabet="йцукенгшщзхъфывапролджэячсмитьбю", min_size=1, max_size=20))
def test_the_other_layout_and_back_is_the_same(text: str) -> None:
    assert other_layout(other_layout(text)) == text


@given(st.text(alphabet="ABCXYZ0123456789", min_size=1, max_size=12), st.sampled_from(["-", " ", ".", "/", "_"]))
def test_a_code_is_the_same_with_and_without_separators(code: str, between: str) -> None:
    assert code_of(between.join(code)) == code_of(code.lower()) == code
