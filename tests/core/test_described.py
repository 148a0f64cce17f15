"""The words about the language itself, in both languages."""

from regulars.core.described import RUSSIAN, described, descriptions
from regulars.core.shape import json_schema


def test_every_key_of_the_schema_is_described_in_russian():
    words = set(descriptions(json_schema()))
    assert sorted(words - RUSSIAN.keys()) == []
    assert sorted(RUSSIAN.keys() - words) == [], "nothing is described any more by these"


def test_a_description_comes_in_the_language_that_is_asked_for():
    node = json_schema()["properties"]["starts"]
    assert described(node, "en").startswith("What begins it: events")
    assert described(node, "ru").startswith("Что её начинает: события")
    assert described({"type": "object"}, "ru") == ""
