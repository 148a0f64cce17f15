"""Two sides change one record: each field is judged by itself, and the shop's own later word is never overwritten."""

from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.changes import UNSAID, Wanted, judge, merged, same

VALUES = st.one_of(
    st.none(), st.booleans(), st.sampled_from(["1", "2", "3", "Old Street 1", "New Street 2"]),
    st.fixed_dictionaries({}, optional={"city": st.sampled_from(["Riga", "Tartu"]), "street": st.sampled_from(["A 1", "B 2"])}),
)  # fmt: skip
FIELDS = st.sampled_from(["address", "note", "window", "cancelled", "line:KETTLE", "line:CUP"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, object], dict[str, object], list[Wanted]]:
    """The order as it was shown, as the shop has it now, and what is wanted of it."""
    shown = {f: draw(VALUES) for f in draw(st.lists(FIELDS, unique=True, min_size=1))}
    shop = {f: draw(st.one_of(st.just(v), VALUES)) for f, v in shown.items()}
    changed = draw(st.lists(st.sampled_from(sorted(shown)), unique=True))
    return shown, shop, [Wanted(f, shown[f], draw(VALUES)) for f in changed]


@given(cases())
def test_what_the_shop_changed_meanwhile_stays(case: tuple[dict[str, object], dict[str, object], list[Wanted]]) -> None:
    shown, shop, changes = case
    out, _, _ = merged(shop, changes)
    for field, value in shop.items():
        if not same(value, shown[field]):
            assert same(out[field], value)


@given(cases())
def test_every_other_field_becomes_what_is_wanted(
    case: tuple[dict[str, object], dict[str, object], list[Wanted]],
) -> None:
    shown, shop, changes = case
    out, conflicts, _ = merged(shop, changes)
    wanted = {c.field: c.after for c in changes}
    for field, value in shop.items():
        if field not in wanted:
            assert same(out[field], value)
        elif same(value, shown[field]):
            assert same(out[field], wanted[field])
            assert field not in conflicts


@given(cases())
def test_written_once_more_nothing_changes_and_nothing_is_contested(
    case: tuple[dict[str, object], dict[str, object], list[Wanted]],
) -> None:
    _, shop, changes = case
    out, conflicts, _ = merged(shop, changes)
    again, more_conflicts, done = merged(out, changes)
    assert again == out
    assert more_conflicts == conflicts
    assert {c.field for c in changes} == {*done, *conflicts}


@given(cases(), st.randoms())
def test_the_order_of_the_changes_does_not_matter(
    case: tuple[dict[str, object], dict[str, object], list[Wanted]], chance: object
) -> None:
    _, shop, changes = case
    shuffled = list(changes)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = merged(shop, changes), merged(shop, shuffled)
    assert one[0] == other[0]
    assert sorted(one[1]) == sorted(other[1])


@given(VALUES, VALUES, VALUES)
def test_a_second_change_of_ours_is_no_news_of_the_shop_s(first: object, second: object, third: object) -> None:
    """The shop is seen before, between and after two changes of one field: never is the shop said to contradict."""
    later = Wanted("note", second, third, known=(first, second))
    for seen in (first, second, third):
        assert judge(later, seen) in ("waiting", "written")


def test_silence_is_no_word() -> None:
    assert judge(Wanted("address", {"city": "Riga"}, {"city": "Tartu"}), UNSAID) == "waiting"


def test_spaces_and_empty_parts_are_no_difference() -> None:
    assert same({"city": " Riga ", "region": ""}, {"city": "Riga"})
    assert same("a  b", "a b")
    assert not same("1", "2")
