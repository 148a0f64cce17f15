"""Names: what sorts together and what may be one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.names import compatible, sort_key, tokens

names = st.text(alphabet="абёе АБ.-zé", max_size=20)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Андрей Петров", "Петров Андрей", True),
        ("Андрей Петров", "андрей", True),
        ("Андрей Петров", "А. Петров", True),
        ("А. П.", "Петров Андрей Ильич", True),
        ("Алёна", "АЛЕНА", True),
        ("Анна-Мария Кюри", "Мария Кюри", True),
        ("Андрей", "", True),
        ("", "", True),
        ("Андрей Петров", "Анна Петрова", False),
        ("Андрей Петров", "Андрей Сидоров", False),
        ("А. Петров", "Борис Петров", False),
        ("А. А. Петров", "Андрей Петров", True),
        ("А. Б. Петров", "Андрей Петров", True),
        ("А. Б. Петров", "Андрей Ильич Петров", False),
    ],
)
def test_names_that_may_be_one_person(one: str, other: str, same: bool) -> None:
    assert compatible(one, other) is same


@given(names, names)
def test_it_does_not_matter_who_is_first(one: str, other: str) -> None:
    assert compatible(one, other) == compatible(other, one)


@given(names, names)
def test_a_part_goes_with_the_whole(one: str, other: str) -> None:
    assert compatible(one, one)
    assert compatible(one, f"{one} {other}") or tokens(f"{one} {other}") != tuple(
        sorted({*tokens(one), *tokens(other)})
    )


def test_sorting_folds_case_and_yo() -> None:
    assert sorted(["Жуков", "Ёлкин", "еж", "Дуб"], key=sort_key) == ["Дуб", "еж", "Ёлкин", "Жуков"]
