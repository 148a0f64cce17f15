"""What a ready scheme says can be read before it is taken: every letter, SMS and call script, in both languages."""

import re
from html import unescape

import pytest

from regulars.base import db
from regulars.core.deeds import Code
from regulars.core.letters import letters
from regulars.core.read import read_scheme
from regulars.core.scheme import Call, Scheme, Task
from regulars.outbox import starter
from regulars.schemes import SETS, ready
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def scheme(name: str) -> Scheme:
    found = read_scheme(ready(name, "en")).scheme
    assert found is not None
    return found


def page(web: WebShop, trade: str) -> str:
    found = web.clients["owner"].get(f"/schemes/ready/{trade}/")
    assert found.status_code == 200
    return str(found.content.decode())


def folds(html: str) -> list[str]:
    return re.findall(r'<details class="r-sheets">.*?(?=<div class="row-flex wrap">(?:<form|<a))', html, re.DOTALL)


@pytest.mark.parametrize("trade", sorted(SETS))
def test_each_letter_stands_there_in_both_languages_with_nothing_left_open(web: WebShop, trade: str) -> None:
    found = folds(page(web, trade))
    assert len(found) == len(SETS[trade])
    for name, html in zip(SETS[trade], found, strict=True):
        sent = [letter for _path, letter in letters(scheme(name))]
        subjects = re.findall(r'<div lang="(\w+)"><p class="r-subject">([^<]+)</p>', html)
        assert [language for language, _said in subjects] == ["en", "ru"] * len(sent), name
        for language, said in subjects:
            assert bool(re.search("[А-Яа-яё]", said)) == (language == "ru"), said
        assert html.count(">SMS</span>") == 2 * sum("sms" in letter.by for letter in sent), name
        assert html.count(">advertising</span>") == sum(letter.purpose == "advertising" for letter in sent), name
        assert not re.search(r"\{\{|\{%|None|class=\"gap|r-gap", html), name
        steps = scheme(name).steps.values()
        keys = {step.script for step in steps if isinstance(step, Call | Task) and step.script}
        for key in keys:
            made = starter.scripts()["scripts"][key]
            assert made["title"]["en"] in unescape(html), (name, key)
        assert html.count('<ol class="r-readout">') == len(keys), name


def test_no_letter_shows_a_code_that_the_scheme_does_not_give(web: WebShop) -> None:
    assert not any(isinstance(step, Code) for name in SETS["goods"] for step in scheme(name).steps.values())
    assert "ANNA-10" not in page(web, "goods")


def test_a_template_of_the_shops_own_is_what_is_read(web: WebShop) -> None:
    own = {"subject": {"en": "Ours is here", "ru": "Наше здесь"}, "text": {"en": "Our <own> words", "ru": "Наши слова"}}
    with db.transact() as cur:
        cur.execute(
            "insert into outbox_template (shop_id, key, version, content) values (%s, 'delivered', 1, %s)",
            (web.shop_id, db.dumps(own)),
        )
    html = page(web, "goods")
    assert "Ours is here" in html and "Our &lt;own&gt; words" in html and "Наше здесь" in html
    assert "You have 14 days to return it" not in html
