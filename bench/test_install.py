"""The rivals send the very letter that we send."""

import pytest

from bench import install


def test_the_rivals_letter_is_ours_with_places_for_what_differs(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "LETTER", tmp_path)
    install.letter()
    for name, numbers in (("order.txt", 2), ("order.html", 4)):
        text = (install.LETTER / name).read_text(encoding="utf-8")
        assert (text.count("[[name]]"), text.count("[[total]]"), text.count("[[number]]")) == (1, 1, numbers)
        assert "{{" not in text and "€" not in text
