"""Russian names in the case that a sentence needs; what isn't known stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.name_cases import CASES, in_case


@pytest.mark.parametrize(
    ("name", "case", "wanted"),
    [
        ("Анна", "dative", "Анне"), ("Любовь", "dative", "Любови"), ("Пётр", "dative", "Петру"), ("Лев", "genitive", "Льва"),
        ("Павел", "dative", "Павлу"), ("Саша", "genitive", "Саши"), ("Саша", "instrumental", "Сашей"),
        ("Наталья", "instrumental", "Натальей"), ("Мария", "prepositional", "Марии"), ("Илья", "accusative", "Илью"),
        ("Семён", "dative", "Семёну"), ("ОЛЬГА", "dative", "ОЛЬГЕ"), ("игорь", "instrumental", "игорем"),
        ("Анна-Мария", "dative", "Анне-Марии"), ("Анна", "nominative", "Анна"),
        ("John", "dative", "John"), ("Джон", "dative", "Джон"), ("Гюзель", "dative", "Гюзель"), ("", "dative", ""),
        ("Ким Чен Ын", "dative", "Ким Чен Ын"), ("ИП Иванов", "genitive", "ИП Иванов"), ("Никак", "dative", "Никак"),
    ],
)  # fmt: skip
def test_a_name_takes_the_case(name: str, case: str, wanted: str) -> None:
    assert in_case(name, case) == wanted


@given(st.text(max_size=30), st.sampled_from(sorted(CASES)))
def test_any_text_goes_through(name: str, case: str) -> None:
    assert in_case(name, "nominative") == name
    found = in_case(name, case)
    assert found.count("-") == name.count("-")
