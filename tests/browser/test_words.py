"""The reader of pages that looks for words of the wrong language: what it sees, and what it lets pass."""

import pytest

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
