"""What stands in for a product: the score is fair, and every difference that is said is one."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.instead import Traits, differences, fit

values = st.one_of(
    st.sampled_from(["24 см", "26 см", "чугун", "сталь", "Чугун", "1,5 л"]), st.integers(1, 50), st.booleans()
)
features = st.dictionaries(st.sampled_from(["диаметр", "материал", "крышка", "объём"]), values, max_size=4)
prices = st.one_of(st.none(), st.decimals(1, 100_000, places=2))
things = st.builds(
    Traits,
    prices,
    st.sampled_from(["RUB", "EUR", None]),
    st.sampled_from(["Литейка", "Tefal", "tefal", None]),
    features,
)


def pan(**other: object) -> Traits:
    return replace(Traits(Decimal(2990), "RUB", "Литейка", {"диаметр": "24 см", "материал": "чугун"}), **other)


@given(things, things)
def test_nothing_fits_better_than_the_thing_itself(wanted: Traits, other: Traits) -> None:
    assert 0 <= fit(wanted, other) <= 1
    if wanted.price is not None or wanted.brand or wanted.features:
        assert fit(wanted, wanted) == 1 >= fit(wanted, other)
    assert differences(wanted, wanted) == []


@given(things, st.decimals(1, 1000, places=2), st.decimals(0, 1000, places=2), st.decimals(0, 1000, places=2))
def test_the_nearer_price_never_fits_worse(wanted: Traits, price: Decimal, near: Decimal, more: Decimal) -> None:
    wanted = replace(wanted, price=price)
    nearer, farther = replace(wanted, price=price + near), replace(wanted, price=price + near + more)
    assert fit(wanted, nearer) >= fit(wanted, farther) - 1e-9


@given(things, things)
def test_one_feature_more_in_common_never_fits_worse(wanted: Traits, other: Traits) -> None:
    for name, value in wanted.features.items():
        assert fit(wanted, replace(other, features={**other.features, name: value})) >= fit(wanted, other) - 1e-9


@given(things, things)
def test_each_difference_that_is_said_is_one(wanted: Traits, other: Traits) -> None:
    said = differences(wanted, other)
    for d in said:
        if d.kind == "price":
            assert d.more and wanted.price is not None and wanted.price + d.more == other.price
        else:
            assert d.before and d.after and d.before != d.after
    assert len(said) <= 4 and len({(d.kind, d.name) for d in said}) == len(said)


def test_the_nearer_size_of_the_same_stuff_wins() -> None:
    two_more = pan(features={"диаметр": "26 см", "материал": "чугун"})
    four_more = pan(features={"диаметр": "28 см", "материал": "чугун"})
    steel = pan(features={"диаметр": "24 см", "материал": "сталь"})
    assert fit(pan(), two_more) > fit(pan(), four_more) > fit(pan(), steel)
    assert fit(pan(), pan(price=Decimal(3290))) > fit(pan(), pan(price=Decimal(9990)))
    assert fit(pan(), pan(brand="ЛИТЕЙКА")) == 1 > fit(pan(), pan(brand="Tefal"))


def test_prices_of_two_currencies_are_never_compared() -> None:
    dear = pan(price=Decimal(30), currency="EUR")
    assert differences(pan(), dear) == []
    assert fit(pan(), dear) == 1, "what can't be compared counts nothing"
