"""Where a JSON pointer points in the text as it came, and the same text laid out in lines."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.base.json_text import error_at, laid_out, line_of, places
from regulars.base.strict_json import pointer_to

TEXT = """{
  "id": "A\\"}1",
  "a/b": {"m~n": [1, 2]},
  "имя": "Анна",
  "lines": [
    {"sku": "x", "sizes": [[1, 2], [3,
      {"deep": "here"}]]},
    {"sku": "y", "note": "}, \\"sku\\": 1"}
  ],
  "twice": 1,
  "twice": 2
}"""


def _at(pointer: str) -> list[tuple[int, str]]:
    return [(line_of(TEXT, p.key_start), TEXT[p.start : p.end]) for p in places(TEXT, pointer)]


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/id", [(2, '"A\\"}1"')]),
        ("/a~1b/m~0n/1", [(3, "2")]),
        ("/имя", [(4, '"Анна"')]),
        ("/lines/0/sizes/1/1/deep", [(7, '"here"')]),
        ("/lines/0/sizes/0", [(6, "[1, 2]")]),
        ("/lines/1/note", [(8, '"}, \\"sku\\": 1"')]),
        ("/twice", [(10, "1"), (11, "2")]),
        ("", [(1, TEXT)]),
    ],
)
def test_a_pointer_leads_to_its_line_and_its_value(pointer: str, found: list[tuple[int, str]]) -> None:
    assert _at(pointer) == found


@pytest.mark.parametrize(
    ("pointer", "line"), [("/lines/1/price", 8), ("/lines/7", 5), ("/lines/0/sku/x", 6), ("/nothing/x", 1)]
)
def test_what_is_missing_leads_to_what_should_hold_it(pointer: str, line: int) -> None:
    (place,) = places(TEXT, pointer)
    assert place.is_parent and line_of(TEXT, place.key_start) == line


def test_an_escaped_key_is_the_same_key() -> None:
    text = '{"\\u0438\\u043c\\u044f": 1, "\\ud83d\\ude00": {"\\/": 2}}'
    assert text[places(text, "/имя")[0].start] == "1"
    assert text[places(text, "/😀/~1")[0].start] == "2"


@pytest.mark.parametrize(
    "text", ["", " ", "[", '{"a', '{"a":', '{"a": [1, }', "<xml/>", "a=b&c=d", '{"a" 1}', "\ufeff"]
)
def test_what_is_no_json_has_no_places_and_no_error(text: str) -> None:
    assert all(p.is_parent for p in places(text, "/a/b"))
    assert laid_out(text) is None and error_at(text) is not None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('{"a": 1,}', 8), ('{"a": 1 "b": 2}', 8), ("[1, 2", 4), ('{"a": tru}', 6), ('{"a": 1} x', 9),
        ('{"a": "open}', 6), ("[01]", 1), ('{"a": 1\n "b": 2}', 9),
    ],
)  # fmt: skip
def test_the_place_where_it_stops_being_json_is_told(text: str, at: int) -> None:
    assert error_at(text) == at
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_places_are_found_before_the_place_where_it_breaks() -> None:
    text = '{"a": 1, "b": 2, "c" 3}'
    assert places(text, "/zzz") == []
    assert [p.start for p in places('{"a": {"b": 1, "c" 3}, "d": 4}', "/d")] == [28]


def test_depth_is_no_error() -> None:
    text = "[" * 20_000 + "]" * 20_000
    assert error_at(text) is None and len(places(text, "/0/0/0")) == 1


def test_laid_out_keeps_every_literal_as_it_came() -> None:
    text = '{"a":1.50,"b":[],"c":{},"d":[1e5,{"x":"\\u0430, \\"{"}],"a":-0}'
    lines = [
        "{",
        '  "a": 1.50,',
        '  "b": [],',
        '  "c": {},',
        '  "d": [',
        "    1e5,",
        "    {",
        '      "x": "\\u0430, \\"{"',
    ]
    assert laid_out(text) == "\n".join([*lines, "    }", "  ],", '  "a": -0', "}"])


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
)


def _all(value: Any, pointer: str = "") -> list[tuple[str, Any]]:
    out = [(pointer, value)]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        out += _all(one, pointer_to(pointer, step))
    return out


@settings(deadline=None)
@given(_values, st.sampled_from([None, 1, 2]), st.booleans())
def test_every_value_of_any_json_is_found(value: Any, indent: int | None, ascii_: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    assert error_at(text) is None
    for pointer, one in _all(value):
        (place,) = places(text, pointer)
        assert not place.is_parent
        assert json.loads(text[place.start : place.end]) == one
    nicer = laid_out(text)
    assert nicer is not None and json.loads(nicer) == value
