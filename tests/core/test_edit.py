"""A scheme changed on its picture: the text says what it should, and all that the change doesn't touch stays as it was."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from regulars.core import edit
from regulars.core.changes import changes
from regulars.core.laid import EditRefused, laid
from regulars.core.read import read_scheme
from regulars.core.rendering import is_plain
from regulars.core.scheme import END
from regulars.schemes import ready
from tests.extent import WHOLE

NAMES = ("confirm", "pay", "pay-wait", "thanks", "ask_again", "review", "rescue")
WORDS = ("Hello", "Ваш заказ", "Are you happy?", "paid: yes", "a, b", "it's", 'say "x"', "{{ order.number }}", "# no remark",
         "12", "true", "5%", "- dash", "x #y", "null", "Здравствуйте, {{ person.first_name }}!", " blank ")  # fmt: skip
SHARES = {2: ("30%", "70%"), 3: ("33.3%", "50%", "16.7%"), 4: ("12.5%", "12.5%", "25%", "50%")}
PLAIN = re.compile(r"[A-Za-zА-я][A-Za-zА-я ?%.!_-]*(?<! )|\d+[mhd]")
FEW = settings(
    max_examples=60 if WHOLE else 10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
"""Shrinking a text of a scheme takes minutes and tells little."""

texts = st.fixed_dictionaries({"en": st.sampled_from(WORDS), "ru": st.sampled_from(WORDS)})
delays = st.sampled_from(("15m", "2h", "1d", "1h working", "next morning", "11:00 local"))


def splits(to: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """A split between two to four of these, which somebody or nobody is said to decide."""
    ways = st.lists(to, min_size=2, max_size=4, unique=True)
    shared = ways.map(lambda names: dict(zip(names, SHARES[len(names)], strict=True)))
    return st.fixed_dictionaries({"split": shared}, optional={"winner": st.sampled_from(("ask", "auto"))})


@st.composite
def steps(draw: st.DrawFn, names: tuple[str, ...]) -> dict[str, Any]:
    """A step's data; its roads lead to these names or to the end."""
    to = st.sampled_from((*names, END))
    step: dict[str, Any] = {}
    if draw(st.booleans()):
        step["title"] = draw(texts)
    verb = draw(st.sampled_from(("wait", "send", "letter", "if", "call", "wait_for", "end", "split")))
    if verb == "wait":
        step["wait"] = draw(st.one_of(delays, st.fixed_dictionaries({"for": delays})))
    elif verb == "send":
        step["send"] = draw(st.sampled_from(("paid", {"template": "paid", "by": ["email", "sms"]})))
    elif verb == "letter":
        step["send"] = {"subject": draw(texts), "text": draw(texts), "by": ["email"]}
    elif verb == "if":
        asked = {"if": st.just("order.payment.status == 'paid'")}
        step |= draw(st.fixed_dictionaries(asked, optional={"yes": to, "no": to}))
    elif verb == "call":
        step["call"] = draw(st.sampled_from(({"within": "1h working"}, {"script": "unpaid", "target": "15m"})))
        outcome = st.one_of(to, st.fixed_dictionaries({"again": st.just(["15m", "2h"]), "then": to}))
        if draw(st.booleans()):
            step["outcomes"] = draw(
                st.dictionaries(st.sampled_from(("done", "no_answer", "refused")), outcome, min_size=1)
            )
    elif verb == "wait_for":
        step["wait_for"] = {"event": "order.paid", "up_to": draw(delays)}
        if draw(st.booleans()):
            step["on_timeout"] = draw(to)
    elif verb == "split":
        step |= draw(splits(to))
    else:
        step["end"] = draw(st.sampled_from((None, "enough")))
    if verb not in ("end", "split") and draw(st.booleans()):
        step["then"] = draw(to)
    return step


class Writer:
    """Data as somebody writes it: in one line or in several, in quotes or without, with remarks and empty lines."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.remarks = 0

    def yes(self) -> bool:
        return bool(self.draw(st.booleans()))

    def remark(self) -> str:
        self.remarks += 1
        return f"# remark {self.remarks}"

    def scalar(self, value: Any) -> str:
        if value is None:
            return "null"
        if PLAIN.fullmatch(value) and value not in ("true", "null") and self.yes():
            return str(value)
        if "'" not in value and PLAIN.fullmatch(value) and value not in ("true", "null") and self.yes():
            return f"'{value}'"
        return json.dumps(value, ensure_ascii=False)

    def flow(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {self.flow(inner)}" for key, inner in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(inner) for inner in value) + "]"
        return self.scalar(value)

    def lines(self, data: dict[str, Any], indent: int) -> list[str]:
        found = []
        for key, value in data.items():
            if self.draw(st.integers(0, 5)) == 0:
                found.append(" " * indent + self.remark())
            tail = f"   {self.remark()}" if self.draw(st.integers(0, 4)) == 0 else ""
            head = " " * indent + key + ":"
            if isinstance(value, dict) and self.yes():
                found += [head + tail, *self.lines(value, indent + 2)]
            elif isinstance(value, list) and self.yes():
                found += [head + tail, *(" " * indent + "  - " + self.flow(item) for item in value)]
            else:
                found.append((head + (f" {self.flow(value)}" if value is not None else "")) + tail)
        return found


@st.composite
def schemes(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A scheme's text, and the data that it says."""
    names = tuple(draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True)))
    head: dict[str, Any] = {
        "scheme": "test",
        "per": "order",
        "starts": draw(st.sampled_from(("order.placed", ["order.placed"]))),
    }
    if draw(st.booleans()):
        head["title"] = draw(texts)
    if draw(st.booleans()):
        head["goal"] = {"event": "order.paid", "within": "90d"}
    body = {name: draw(steps(names)) for name in names}
    writer = Writer(draw)
    lines = [writer.remark()] if writer.yes() else []
    lines += [*writer.lines(head, 0), *([""] if writer.yes() else []), "steps:"]
    is_spaced = writer.yes()
    for name, step in body.items():
        if draw(st.integers(0, 3)) == 0:
            lines.append("  " + writer.remark())
        key = f'"{name}"' if draw(st.integers(0, 5)) == 0 else name
        tail = f"  {writer.remark()}" if draw(st.integers(0, 4)) == 0 else ""
        lines += ["  " + key + ":" + tail, *writer.lines(step, 4)]
        if draw(st.integers(0, 5)) == 0:
            lines.append("    " + writer.remark())
        lines += [""] * (draw(st.integers(1, 2)) if is_spaced else int(draw(st.integers(0, 4)) == 0))
        if draw(st.integers(0, 6)) == 0:
            lines += ["  " + writer.remark(), ""]
    end = "\r\n" if draw(st.integers(0, 5)) == 0 else "\n"
    return end.join([*lines, *([""] if writer.yes() else [])]), {**head, "steps": body}


def remarks(text: str) -> list[str]:
    return re.findall(r"# remark \d+", text)


def same(data: Any, wanted: Any) -> bool:
    return json.dumps(data) == json.dumps(wanted)


def key_line(text: str, name: str) -> int:
    """Where the line of a step begins."""
    return next(found.start() for found in re.finditer(rf'^  "?{name}"?:', text, re.M))


def outside(text: str, name: str, names: list[str]) -> tuple[str, str]:
    """What stands before a step, and what from the next one on."""
    at = names.index(name)
    return text[: key_line(text, name)], text[key_line(text, names[at + 1]) :] if at + 1 < len(names) else ""


@FEW
@given(schemes())
def test_a_generated_text_says_its_data(made: tuple[str, dict[str, Any]]) -> None:
    assert same(laid(made[0]).data, made[1])


@FEW
@given(schemes(), st.data())
def test_a_step_becomes_another_and_the_rest_stays(made: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    text, wanted = made
    names = list(wanted["steps"])
    name = data.draw(st.sampled_from(names))
    new = data.draw(steps(tuple(names)))
    after = edit.set_step(text, name, new)
    found = laid(after).data
    assert found["steps"][name] == new
    assert same({**found, "steps": {**found["steps"], name: 0}}, {**wanted, "steps": {**wanted["steps"], name: 0}})
    assert outside(after, name, names) == outside(text, name, names)
    assert edit.set_step(after, name, new) == after, "what is the same is not written anew"


@FEW
@given(schemes(), st.data())
def test_a_changed_value_and_the_old_one_again_give_the_same_text(
    made: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, wanted = made
    name = data.draw(st.sampled_from(list(wanted["steps"])))
    step = wanted["steps"][name]
    leaves = list(_leaves(step))
    assume(leaves)
    path, word = data.draw(st.sampled_from(leaves)), data.draw(st.sampled_from(WORDS))
    assume(is_plain(word, in_flow=True))  # else it brings quotes, which stay
    after = edit.set_step(text, name, _with(step, path, word))
    assert len(after.split("\n")) == len(text.split("\n"))
    assert sum(a != b for a, b in zip(after.split("\n"), text.split("\n"), strict=True)) <= 1
    assert remarks(after) == remarks(text)
    assert edit.set_step(after, name, step) == text


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, str):
        yield path


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    return new if not path else {**value, path[0]: _with(value[path[0]], path[1:], new)}


@FEW
@given(schemes(), st.data())
def test_a_field_more_and_the_same_less_give_the_same_text(
    made: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, wanted = made
    name = data.draw(st.sampled_from(list(wanted["steps"])))
    step = wanted["steps"][name]
    key = data.draw(st.sampled_from(("title", "then", "on_timeout", "tell")))
    assume(key not in step)
    value = (
        data.draw(texts) if key == "title" else {"by": ["email"], "text": data.draw(texts)} if key == "tell" else END
    )
    after = edit.set_step(text, name, {key: value, **step} if key == "title" else {**step, key: value})
    assert remarks(after) == remarks(text)
    assert edit.set_step(after, name, step) == text


@FEW
@given(schemes(), st.data())
def test_the_head_changes_and_changes_back(made: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    text, wanted = made
    share = data.draw(st.sampled_from(("5%", "10%")))
    after = edit.set_head(text, {**wanted, "hold_out": share, "scheme": "other"})
    assert laid(after).data == {**wanted, "hold_out": share, "scheme": "other"}
    assert list(laid(after).data["steps"]) == list(wanted["steps"])
    assert edit.set_head(after, wanted) == text


@FEW
@given(schemes(), st.data())
def test_a_new_name_is_followed_by_all_roads_and_can_be_taken_back(
    made: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, wanted = made
    name = data.draw(st.sampled_from(list(wanted["steps"])))
    after = edit.rename_step(text, name, "another-name")
    assert [n if n != "another-name" else name for n in laid(after).steps] == list(wanted["steps"])
    led, was = edit.roads(after), edit.roads(text)
    assert {
        n if n != "another-name" else name: [t if t != "another-name" else name for t in to] for n, to in led.items()
    } == {n: list(to) for n, to in was.items()}
    assert remarks(after) == remarks(text)
    assert edit.rename_step(after, "another-name", name) == text


@FEW
@given(schemes(), st.data())
def test_a_step_moved_down_and_up_again_stands_where_it_stood(
    made: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, wanted = made
    names = list(wanted["steps"])
    name = data.draw(st.sampled_from(names[:-1]))
    by = data.draw(st.integers(1, len(names) - 1 - names.index(name)))
    after = edit.move_step(text, name, by)
    order = [n for n in names if n != name]
    order.insert(names.index(name) + by, name)
    assert same(laid(after).data, {**wanted, "steps": {n: wanted["steps"][n] for n in order}})
    assert sorted(remarks(after)) == sorted(remarks(text))
    assert sorted(after.split()) == sorted(text.split())
    assert edit.move_step(after, name, -by) == text
    was, now = edit.roads(text), edit.roads(after)
    told = edit.roads_led_otherwise(text, after)
    assert {(step, old) for step, old, _ in told if step} == {
        (step, old) for step, led in was.items() for old, new in zip(led, now[step], strict=True) if old != new
    }
    assert (next(iter(was)) == next(iter(now))) is not any(step == "" for step, _, _ in told)
    back = edit.roads_led_otherwise(after, text)
    assert sorted((step, new, old) for step, old, new in back) == sorted(told)


@FEW
@given(schemes(), st.data())
def test_a_step_put_in_and_taken_out_leaves_the_text_as_it_was(
    made: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, wanted = made
    names = list(wanted["steps"])
    after = data.draw(st.sampled_from([None, *names]))
    elsewhere = {"if", "outcomes", "on_timeout", "then", "end", "split"}
    step = data.draw(steps(tuple(names)).filter(lambda s: not elsewhere & set(s)))
    more = edit.insert_step(text, "new-one", step, after)
    assert more.replace("\r", "").count("\n  new-one:\n") == 1
    order = names[:]
    order.insert(0 if after is None else names.index(after) + 1, "new-one")
    assert same(laid(more).data, {**wanted, "steps": {n: {**wanted["steps"], "new-one": step}[n] for n in order}})
    assert edit.delete_step(more, "new-one") == text


@FEW
@given(schemes(), st.data())
def test_a_step_between_two_takes_that_road_and_no_other(made: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    text, _ = made
    before = edit.roads(text)
    lines = [(tail, head) for tail, led in before.items() for head in led]
    assume(lines)
    tail, head = data.draw(st.sampled_from(lines))
    step = data.draw(st.sampled_from(({"wait": "1d"}, {"if": "order.total > 5"}, {"send": "paid"})))
    after = edit.insert_step(text, "new-one", step, None, (tail, head))
    found = edit.roads(after)
    assert set(found.pop("new-one")) == {head}
    assert found == {**before, tail: tuple("new-one" if to == head else to for to in before[tail])}
    assert set(remarks(after)) == set(remarks(text))
    assert edit.roads(edit.delete_step(after, "new-one")) == before


@FEW
@given(schemes(), st.data())
def test_the_roads_to_a_step_that_is_taken_out_go_on_to_where_it_led(
    made: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, _ = made
    before = edit.roads(text)
    name = data.draw(st.sampled_from(list(before)))
    to = data.draw(st.sampled_from([n for n in (*before, END) if n != name]))
    wanted = {}
    for other, led in before.items():
        split = made[1]["steps"][other].get("split", {})
        if name in split and to in split:  # the two ways are one
            wanted[other] = tuple(t for t in led if t != name)
        else:
            wanted[other] = tuple(to if t == name else t for t in led)
    del wanted[name]
    if any(len(led) == 1 and "split" in made[1]["steps"][other] for other, led in wanted.items()):
        with pytest.raises(EditRefused, match="one_way"):
            edit.delete_step(text, name, to)
        return
    after = edit.delete_step(text, name, to)
    assert edit.roads(after) == wanted
    for step in laid(after).steps.values():
        assert "split" not in step or sum(round(float(share[:-1]) * 10) for share in step["split"].values()) == 1000


SPLIT = """\
scheme: test
per: order
starts: order.placed
steps:
  which:  # by lot
    split:
      # the short one first
      short: 33.3%   # a third
      "long": 16.7%
      end: 50%       # nothing at all
    winner: ask
  short: {send: paid, then: end}   # three lines
  long:
    send: paid
    then: end
  last: {wait: 1d}
"""


def test_a_way_of_a_split_gets_the_new_name_of_its_step_and_nothing_else_changes() -> None:
    after = edit.rename_step(SPLIT, "short", "shorter")
    assert after == SPLIT.replace("  short:", "  shorter:")
    assert edit.rename_step(SPLIT, "long", "longest") == SPLIT.replace('"long"', '"longest"').replace(
        "long:", "longest:"
    )
    in_braces = SPLIT.replace("winner: ask", "winner: auto").replace(
        SPLIT[SPLIT.index("    split:") : SPLIT.index("    winner")], "    split: {short: 50%, 'long': 50%}  # two\n"
    )
    assert "split: {short: 50%, 'longest': 50%}  # two\n" in edit.rename_step(in_braces, "long", "longest")


def test_a_way_of_a_split_is_led_on_and_two_to_the_same_step_are_one_with_both_shares() -> None:
    assert '      "last": 16.7%\n' in edit.delete_step(SPLIT, "long", "last")
    after = edit.delete_step(SPLIT, "short")
    assert laid(after).steps["which"]["split"] == {"long": "16.7%", "end": "83.3%"}
    assert "      # the short one first\n" in after and "end: 83.3%       # nothing at all\n" in after
    assert edit.leads_on(SPLIT, "which") == "short"
    with pytest.raises(EditRefused, match="one_way"):
        edit.delete_step(after, "long", END)
    between = edit.insert_step(SPLIT, "pause", {"wait": "1d"}, None, ("which", "long"))
    assert edit.roads(between)["which"] == ("short", "pause", END) and edit.roads(between)["pause"] == ("long",)


def test_a_place_that_only_a_person_should_change_is_refused() -> None:
    text = "scheme: s\nper: order\nstarts: order.placed\nsteps: {a: {wait: 1d}, b: {wait: 2d}}\n"
    with pytest.raises(EditRefused, match="written_otherwise"):
        edit.insert_step(text, "c", {"wait": "3d"}, "a")
    assert "wait: 5d" in edit.set_step(text, "a", {"wait": "5d"})
    assert "a: {wait: 1d}, c:" in edit.rename_step(text, "b", "c")


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("unreadable", lambda text: edit.set_step(text + "\n  - x", "pay", {})),
        ("no_step", lambda text: edit.set_step(text, "nowhere", {})),
        ("name_taken", lambda text: edit.rename_step(text, "pay", "thanks")),
        ("name_taken", lambda text: edit.insert_step(text, END, {"wait": "1d"}, None)),
        ("no_move", lambda text: edit.move_step(text, "confirm", -1)),
        ("roads", lambda text: edit.insert_step(text, "x", {"wait": "1d"}, None, ("confirm", "review"))),
        ("no_step", lambda text: edit.delete_step(text, "pay", "pay")),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(code: str, change: Any) -> None:
    with pytest.raises(EditRefused, match=code):
        change(ready("after-order", "en"))


def test_the_last_step_stays() -> None:
    with pytest.raises(EditRefused, match="last_step"):
        edit.delete_step("scheme: s\nper: order\nstarts: order.placed\nsteps:\n  a:\n    wait: 1d\n", "a")


def test_the_last_two_keys_of_a_file_without_a_last_break_may_both_go() -> None:
    text = "scheme: test\nper: order\nstarts: order.placed\nsteps:\n  a:\n    title: A\n    if: order.total > 1\n    no: end"
    after = edit.set_step(text, "a", {"title": "A", "send": "paid"})
    assert after.rstrip("\n").endswith("    title: A\n    send: paid")


def test_the_last_item_goes_and_a_key_comes_after_it() -> None:
    text = (
        "scheme: x\nper: order\nstarts: order.placed\nsteps:\n"
        "  a:\n    send:\n      template: paid\n      by:\n        - email\n        - sms  # soon\n\n  b:\n    end:\n"
    )
    after = edit.set_step(text, "a", {"send": {"template": "paid", "by": ["email"]}, "then": "b"})
    assert after == text.replace("        - sms  # soon\n", "    then: b\n")


def test_a_new_name_of_a_way_is_no_other_share() -> None:
    text = SPLIT.replace("      end: 50%", "      last: 50%")  # a step that nobody comes to is an error
    before, after = (read_scheme(one).scheme for one in (text, edit.rename_step(text, "short", "shorter")))
    assert before is not None and after is not None
    assert [(c.kind, c.step, c.before) for c in changes(before, after)] == [("renamed", "shorter", "short")]
