"""One person by two spellings, one order sent twice: what counts as near, and what doesn't."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regulars.rules.doubles import SHOWN, OrderTraits, Traits, fold_mail, fold_name, keys, score, score_orders


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иванов Иван", "Иван Иванов"),
        ("Иванов Иван", "Ivan Ivanov"),
        ("Алёна Киселёва", "Алена Киселева"),
        ("Алёна Киселёва", "Alena Kiseleva"),
        ("Щукин Юрий", "Shchukin Yuri"),
        ("Щукин Юрий", "Schukin Iurii"),
        ("Пётр Хохлов", "Petr Khokhlov"),
        ("Смирнов Алексей", "Smirnoff Aleksey"),
        ("Наталья Жданова", "Natalya Zhdanova"),
        ("Дмитрий Цветаев", "Dmitriy Tsvetaev"),
        ("ANNA MÜLLER", "Müller, Anna"),
    ],
)
def test_a_name_is_the_same_however_it_is_spelt(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Иван Иванов", "Пётр Иванов"), ("Anna Berg", "Anna Bergman"), ("Ольга", "Олег")]
)
def test_other_names_stay_others(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


def test_a_mistyped_domain_is_the_one_that_was_meant() -> None:
    assert fold_mail("ann@gmial.com") == fold_mail("ann@gmail.com") == fold_mail("a.n.n+shop@gmail.com")
    assert fold_mail("a.nn@example.com") != fold_mail("ann@example.com")


TRAITS = st.builds(
    Traits,
    name=st.sampled_from(["", "Иван Иванов", "Ivanov Ivan", "Ivan", "Anna Berg", "Пётр"]),
    emails=st.lists(st.sampled_from(["a@gmail.com", "a@gmial.com", "b@example.com"]), max_size=2).map(tuple),
    phones=st.lists(st.sampled_from(["+79141234567", "+79140000000"]), max_size=2).map(tuple),
    place=st.sampled_from(["", "Riga Old Street 1", "Old Street 1 Riga", "Tartu Lai 2"]),
    birthday=st.sampled_from([None, date(1980, 5, 1), date(1991, 12, 24)]),
)


@given(TRAITS, TRAITS)
def test_the_score_is_the_same_both_ways_round(one: Traits, other: Traits) -> None:
    assert score(one, other) == score(other, one)


@example(Traits("Ivan", place="Riga Old Street 1"), Traits("Ivan", place="Riga Old Street 1"))
@given(TRAITS, TRAITS)
def test_whoever_is_worth_a_look_is_found_by_a_key(one: Traits, other: Traits) -> None:
    """No comparing of all with all: what scores high shares a key."""
    if score(one, other)[0] >= SHOWN:
        assert keys(one) & keys(other)


def test_one_telephone_and_one_name_are_one_person_and_a_family_is_not() -> None:
    son = Traits("Ivan Ivanov", ("ivan@example.com",), ("+79141234567",))
    assert score(son, Traits("Иванов Иван", ("other@example.com",), ("+79141234567",)))[0] >= SHOWN
    assert score(son, Traits("Olga Ivanova", ("olga@example.com",), ("+79141234567",)))[0] < SHOWN
    assert score(Traits("Ivan Ivanov"), Traits("Ivan Ivanov"))[0] < SHOWN


def test_an_order_sent_twice_is_seen_and_a_second_helping_less_so() -> None:
    kettle = OrderTraits({"KETTLE": "1"}, 4990, "EUR")
    twice, reasons = score_orders(kettle, kettle, timedelta(minutes=6), same_person=True)
    assert (twice, reasons) == (100, ["person", "lines", "total", "soon"])
    assert score_orders(kettle, kettle, timedelta(hours=20), same_person=False)[0] >= SHOWN
    other = OrderTraits({"CUP": "2"}, 1500, "EUR")
    assert score_orders(kettle, other, timedelta(minutes=6), same_person=True)[0] < SHOWN
