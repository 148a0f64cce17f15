"""Messages for messengers: cut at a graceful place, nothing lost, and links that can't be buttons stand in the text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.outbox.answer import reply_subject
from regulars.outbox.chat import call, parts_of, read_call


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(st.text(alphabet="ab .\n\U0001f600ё", max_size=400), st.integers(8, 60))
@settings(max_examples=300, deadline=None)
def test_a_long_text_is_cut_into_pieces_that_fit_and_loses_no_word(text: str, longest: int) -> None:
    parts = parts_of(text, longest)
    assert all(units(part) <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_it_is_cut_between_paragraphs_else_sentences_else_words() -> None:
    assert parts_of("One two.\n\nThree four.", 12) == ["One two.", "Three four."]
    assert parts_of("One two three. Four five.", 18) == ["One two three.", "Four five."]
    assert parts_of("one two three four", 10) == ["one two", "three four"]
    assert parts_of("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_a_link_to_this_machine_is_no_button() -> None:
    found = read_call(call("7", "Hello", [("Open", "https://shop.example/o"), ("Here", "http://127.0.0.1:8000/o")]))
    assert found["buttons"] == [["Open", "https://shop.example/o"]]
    assert found["parts"] == ["Hello\n\nHere: http://127.0.0.1:8000/o"]


def test_a_reply_has_one_mark_whatever_the_question_had() -> None:
    for subject in (
        "Order 7",
        "Re: Order 7",
        "RE: Fwd: Order 7",
        "Re[2]: Order 7",
        "Ответ: Order 7",
        "НА: Re: Order 7",
    ):
        assert reply_subject(subject) == "Re: Order 7"
    assert reply_subject("") == ""
