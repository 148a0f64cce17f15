"""How much is run of the tests that take longest: a short form in the suite, the whole in `make long`."""

import os

import pytest

WHOLE = os.environ.get("REGULARS_WHOLE") == "on"


def told_in(short: str) -> pytest.MarkDecorator:
    """A story that is told in English and in Russian; in the suite only in the language `short`.

    Words that are missing in the other are found by the crawl, which opens every page in both.
    """
    return pytest.mark.parametrize("language", ["en", "ru"] if WHOLE else [short])
