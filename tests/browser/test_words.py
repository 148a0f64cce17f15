"""The reader of pages that looks for words of the wrong language: what it sees, and what it lets pass."""

import re

import pytest

from regulars.outbox import starter
from regulars.web import words
from regulars.web.settings import choices
from regulars.web.tags import codes
from tests.browser.words import foreign


@pytest.mark.parametrize(
    ("html", "language", "words"),
    [
        ("<p>Заказ paid</p>", "ru", ["paid"]),
        ("<p>Заказ <b>оплачен</b></p>", "ru", []),
        ("<p>Order <b>оплачен</b></p>", "en", ["оплачен"]),
        ("<button aria-label='Close'>Х</button>", "ru", ["Close"]),
        ("<input placeholder='Find'><input type=submit value=Go><input value=typed>", "ru", ["Find", "Go"]),
        ("<td translate=no>Anna Beispiel</td><td>open</td>", "ru", ["open"]),
        ("<form><button lang=en>English</button></form><p>yes", "ru", ["yes"]),
        ("<code>scheme: x</code><script>let x</script><p>Regulars, CSV", "ru", []),
        ("<p>anna@buyers.test https://shop.test/a KETTLE-17 /api/docs</p>", "ru", []),
        ("<ul><li translate=no>Anna<li>sent</ul>", "ru", ["sent"]),
        ("<p>a<br>b<img alt=picture></p>", "ru", ["picture"]),
    ],
)
def test_the_wrong_words_are_seen(html: str, language: str, words: list[str]) -> None:
    assert [line.split(" · ")[0] for line in foreign(html, language)] == words


def test_every_ready_letter_has_a_title_of_its_own() -> None:
    assert set(words.LETTERS) == set(starter.letters()["letters"])
    assert len({words.letter(key) for key in words.LETTERS}) == len(words.LETTERS)
    assert words.letter("our-own") == "our-own"
    assert words.letter(None) == ""


def test_every_time_zone_is_told_in_russian() -> None:
    told = [choice.label for _, group in choices.zones("Europe/Moscow", "RU", "ru") for choice in group]
    assert len(told) > 300
    latin = [name for name in told if re.search("[A-Za-z]", name)]
    assert len(latin) == 1, "UTC alone"
    assert choices.zone_name("Asia/Yangon", "ru") == "Янгон"
    assert choices.zone_name("Asia/Yangon", "en") == "Yangon"


def test_what_stands_between_backticks_is_code_and_nothing_else_is_markup() -> None:
    assert codes("run `a <b>` now & `c`") == "run <code>a &lt;b&gt;</code> now &amp; <code>c</code>"
