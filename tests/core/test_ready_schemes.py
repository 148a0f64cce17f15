"""The schemes that come with the product: the same in each language, but for their comments."""

import re
from importlib import resources
from pathlib import Path

import pytest

from regulars.core.changes import changes
from regulars.core.read import read_scheme
from regulars.schemes import READY, SETS, in_language, page, ready, reasons

DOCS = Path(__file__).parents[2] / "docs"
ALL = {name: ready(name, "en") for name in READY} | {
    file.name: file.read_text(encoding="utf-8")
    for file in resources.files("regulars.cli.playground").joinpath("schemes").iterdir()
}


@pytest.mark.parametrize("name", ALL)
def test_a_russian_owner_reads_every_comment_in_russian_and_the_scheme_is_the_same(name: str) -> None:
    russian = in_language(ALL[name], "ru")
    comments = re.findall(r"(?:^|\s)# (.+)$", russian, re.MULTILINE)
    assert len(comments) == len(re.findall(r"(?:^|\s)# .+$", ALL[name], re.MULTILINE)) > 0
    for comment in comments:
        assert re.search("[а-яё]", comment), comment
    here, there = read_scheme(russian).scheme, read_scheme(ALL[name]).scheme
    assert here is not None and there is not None
    assert not changes(here, there)
    assert in_language(ALL[name], "en") == ALL[name]


def test_each_ready_scheme_has_its_reasons_in_both_languages_and_the_pages_are_made_of_them() -> None:
    assert {trade: tuple(one["schemes"]) for trade, one in reasons().items()} == SETS
    for language, file in (("en", "ready-schemes.md"), ("ru", "ru/ready-schemes.md")):
        made = page(language)
        assert bool(re.search("[а-яё]", made)) == (language == "ru")
        assert (DOCS / file).read_text(encoding="utf-8") == made, "write schemes.page(language) there"
