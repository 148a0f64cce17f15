"""The documentation of the scheme language is what the code says of itself."""

from pathlib import Path

import pytest

from regulars.core.language_page import page
from regulars.journeys.checking import facts_of_schemes

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("language", "file"), [("en", "scheme-language.md"), ("ru", "ru/scheme-language.md")])
def test_the_documentation_is_made_from_the_code(language: str, file: str) -> None:
    made = page(language, facts_of_schemes())
    assert (DOCS / file).read_text(encoding="utf-8") == made, (
        f"run: regulars scheme language --language {language} > docs/{file}"
    )
