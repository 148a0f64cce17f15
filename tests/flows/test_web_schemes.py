"""The scheme's page: the map and the table, the numbers and who is behind them, checking, drafts, changes, publishing."""

import re
from html import unescape
from itertools import combinations, pairwise
from typing import Any

import pytest

from regulars.base import clock, db
from regulars.core.changes import changes
from regulars.core.read import read_scheme
from regulars.core.scheme import Scheme
from regulars.journeys import scheme_queries
from regulars.schemes import ready
from regulars.web.schemes.drawing import plan
from regulars.web.schemes.picture import GOAL, HOLD, START, Box, Plan, Road, lay_out
from regulars.web.schemes.steps import Speaker
from tests.flows.web_shop import SCHEME, WebShop, web_fixture  # noqa: F401

WRONG = SCHEME.replace("confirmed: thanks", "confirmed: thank")
SLOWER = SCHEME.replace("within: 1h", "within: 2h")


def scheme_of(text: str) -> Scheme:
    found = read_scheme(text).scheme
    assert found is not None
    return found


def ready_plan(language: str = "en") -> Plan:
    scheme = scheme_of(ready("after-order", "en"))
    ends = dict.fromkeys(("confirm", "pay-call", "review"), "end")
    return plan(Speaker(scheme, language, {}), ends)


# the picture


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_ready_schemes_map_has_each_step_once_and_nothing_lies_on_another(language: str) -> None:
    picture = lay_out(ready_plan(language))
    scheme = scheme_of(ready("after-order", "en"))
    ends = {"+end:confirm", "+end:pay-call", "+end:review"}
    assert set(picture.boxes) == {*scheme.steps, START, HOLD, GOAL, *ends}
    for (one, a), (other, b) in combinations(picture.boxes.items(), 2):
        assert not a.meets(b), (one, other)
    labels = [line.label for line in picture.lines if line.label]
    for name, box in picture.boxes.items():
        assert not any(box.meets(label) for label in labels), name
    for a, b in combinations(labels, 2):
        assert not a.meets(b), "two names of ways lie on each other"


def test_the_maps_lines_are_the_schemes_ways_and_end_where_they_should() -> None:
    picture = lay_out(ready_plan())
    lines = {(line.tail, line.head): line for line in picture.lines}
    assert set(lines) == {
        (START, "confirm"), (START, HOLD), ("confirm", "pay"), ("confirm", "+end:confirm"), ("pay", "thanks"),
        ("pay", "pay-how"), ("pay-how", "pay-wait"), ("pay-how", "enjoy"), ("pay-wait", "thanks"), ("pay-wait", "pay-remind"),
        ("pay-remind", "pay-wait-again"), ("pay-wait-again", "thanks"), ("pay-wait-again", "pay-call"),
        ("pay-call", "pay-wait-again"), ("pay-call", "+end:pay-call"), ("thanks", "enjoy"), ("enjoy", "happy"),
        ("happy", "review"), ("happy", "rescue"), ("happy", "courtesy"), ("rescue", "review"), ("courtesy", "review"),
        ("review", "+end:review"),
    }  # fmt: skip
    assert lines["confirm", "pay"].words == ("confirmed", "no answer", "out of stock")
    for line in picture.lines:
        points = [float(number) for number in re.findall(r"-?[\d.]+", line.path)]
        assert _near(points[:2], picture.boxes[line.tail]), line
        assert _near(points[-2:], picture.boxes[line.head]), line


def _near(point: list[float], box: Box) -> bool:
    """Whether the point is on the box's edge, give or take the room that an arrow keeps."""
    return box.meets(Box(point[0], point[1], 0, 0), 8)


def test_the_main_road_goes_straight_down_in_the_first_column() -> None:
    boxes = lay_out(ready_plan()).boxes
    road = [boxes[name] for name in (START, "confirm", "pay", "thanks", "enjoy", "happy", "review", "+end:review")]
    assert max(b.x for b in road) - min(b.x for b in road) < 2
    assert [b.y for b in road] == sorted(b.y for b in road)
    assert all(b.left >= road[0].left - 1 for b in boxes.values()), "nothing stands left of it"


def test_a_scheme_of_one_step_and_one_that_goes_in_a_ring_can_be_drawn() -> None:
    assert set(lay_out(Plan(("only",), (Road("only", "+end:only"),), (("only", 50.0),))).boxes) == {
        START,
        "only",
        "+end:only",
    }
    ring = Plan(("a", "b"), (Road("a", "b"), Road("b", "a", ("again",)), Road("b", "b", ("once more",))))
    assert {(line.tail, line.head) for line in lay_out(ring).lines} == {
        (START, "a"),
        ("a", "b"),
        ("b", "a"),
        ("b", "b"),
    }


@pytest.mark.parametrize("size", [2, 40, 200])
def test_the_longest_scheme_is_drawn(size: int) -> None:
    names = tuple(f"step-{n}" for n in range(size))
    roads = tuple(Road(a, b, ("yes",)) for a, b in pairwise(names)) + tuple(
        Road(names[n], names[min(n + 7, size - 1)], ("no",)) for n in range(0, size - 8, 3)
    )
    assert len(lay_out(Plan(names, roads)).boxes) == size + 1


# the page

# names of people, shops, schemes and steps, and values as they stand in the text
LATIN = frozenset({
    "Regulars", "Test", "shop", "Owner", "Buyer", "English", "Telegram", "SMS", "Ctrl", "Confirm", "Thanks", "confirm", "thanks",
    "after", "order", "yaml", "Paid", "call", "CSV", "XLSX",
})  # fmt: skip


def _page(web: WebShop, path: str, role: str = "owner") -> str:
    found = web.clients[role].get(path)
    assert found.status_code == 200, path
    return str(found.content.decode())


def test_the_map_the_table_and_the_text_say_the_same(web: WebShop) -> None:
    web.buy()
    for path in ("/schemes/of/after-order/", "/schemes/of/after-order/?view=table"):
        text = _page(web, path, "operator")
        assert "Confirm" in text and ("call · 15" in text or "target 15" in text), path
        assert "who/?what=waiting&amp;n=1&amp;step=confirm" in text, path
    operator = _page(web, "/schemes/of/after-order/?view=text", "operator")
    assert 'id="L5"' in operator and "<textarea" not in operator, "who may not write, reads"
    assert "<textarea" in _page(web, "/schemes/of/after-order/?view=text")


def test_the_numbers_on_the_steps_are_the_databases(web: WebShop) -> None:
    finished, _ = web.buy()
    for _n in range(3):
        web.buy()
    _, aside = web.buy()
    web.set_aside(aside)
    task = int(web.world.one("select id from desk_task where person_id = %s", finished))
    operator = web.clients["operator"]
    operator.post(f"/tasks/{task}/claim")
    operator.post(f"/tasks/{task}/finish", {"outcome": "confirmed"})
    web.settle()
    version = int(web.world.one("select id from journeys_version"))
    with db.transact() as cur:
        numbers = scheme_queries.numbers(cur, version, ["confirm", "thanks"], clock.now_from(cur))
    standing = dict(web.world.rows("select step, count(*) from journeys_enrolment where status = 1 group by step"))
    assert numbers.waiting == standing == {"confirm": 3}
    left = dict(
        web.world.rows(
            "select r->>'step', count(distinct d.enrolment_id) from journeys_decision d, jsonb_array_elements(d.reasons) r"
            " where r->>'step' is not null and r->>'next' is not null group by 1"
        )
    )
    assert numbers.passed == left == {"confirm": 1, "thanks": 1}
    assert numbers.ended == {"thanks": 1} and numbers.looked_at == numbers.entered == 5
    page = _page(web, "/schemes/of/after-order/")
    assert "Waiting: 3, Confirm: call" in page and "Passed: 1, Thanks: e-mail" in page and "end · 1" in page


def test_behind_each_number_are_as_many_people(web: WebShop) -> None:
    buyers = [web.buy() for _n in range(4)]
    task = web.task_of(buyers[0][1])
    web.clients["operator"].post(f"/tasks/{task}/claim")
    web.clients["operator"].post(f"/tasks/{task}/finish", {"outcome": "refused"})
    web.settle()

    def listed(query: str) -> list[str]:
        return re.findall(
            r'<td><a class="r-row-link" href="/people/(\d+)/"', _page(web, f"/schemes/of/after-order/who/?{query}")
        )

    assert listed("what=waiting&step=confirm") == [str(p) for p, _ in reversed(buyers[1:])], "who came last first"
    assert listed("what=passed&step=confirm") == listed("what=ended&step=confirm") == [str(buyers[0][0])]
    assert listed("what=passed&step=thanks") == listed("what=held") == listed("what=goal") == []
    assert "Nobody is here right now" in _page(web, "/schemes/of/after-order/who/?what=waiting&step=thanks")
    assert "went through to the end" in _page(web, "/schemes/of/after-order/who/?what=passed&step=confirm")
    for bad in ("step=nowhere", "n=9", "n=x", "n=99999999999999999999"):
        assert web.clients["owner"].get(f"/schemes/of/after-order/who/?{bad}").status_code == 404, bad


def test_lists_behind_a_number_go_on_page_by_page(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regulars.web.paging.PAGE", 2)
    for _n in range(5):
        web.buy()
    for query in ("what=waiting&step=confirm", "what=passed&step=confirm"):
        if "passed" in query:
            with web.world.writing() as cur:
                cur.execute("update journeys_enrolment set step = 'thanks'")
        seen: list[str] = []
        path: str | None = f"/schemes/of/after-order/who/?{query}"
        while path:
            text = _page(web, path)
            seen += re.findall(r'class="r-row-link" href="/people/(\d+)/', text)
            more = re.search(r'href="(\?[^"]*after=[^"]*)"', text)
            path = f"/schemes/of/after-order/who/{more[1].replace('&amp;', '&')}" if more else None
        assert len(seen) == len(set(seen)) == 5, query


def test_a_list_that_is_cut_says_so_and_the_number_above_it_is_whole(
    web: WebShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheme_queries, "WINDOW", 2)
    for _n in range(4):
        web.buy()
    with web.world.writing() as cur:
        cur.execute("update journeys_enrolment set step = 'thanks'")
    assert "of all 4 who entered" in _page(web, "/schemes/of/after-order/")
    text = _page(web, "/schemes/of/after-order/who/?what=passed&step=confirm")
    assert "Of the newest 2 who entered" in text and len(re.findall(r'class="r-row-link"', text)) == 2


# checking


def _check(web: WebShop, text: str) -> dict[str, Any]:
    found = web.clients["owner"].post("/schemes/check", {"text": text, "name": "after-order"})
    assert found.status_code == 200
    return dict(found.json())


def test_a_problem_says_its_line_its_place_and_what_was_meant(web: WebShop) -> None:
    found = _check(web, WRONG)
    (problem,) = found["problems"]
    line = WRONG.splitlines()[problem["line"] - 1]
    assert line[problem["from"] : problem["to"]] == "thank" and problem["meant"] == "thanks" and problem["can_mend"]
    assert problem["step"] == "confirm" and problem["is_error"] and "doesn't exist" in unescape(problem["said"])
    assert found["errors"] == 1 and found["map"] is None, "no map of what can't be read"
    mended = WRONG[: WRONG.index(line)] + line[: problem["from"]] + problem["meant"] + line[problem["to"] :]
    mended += WRONG[WRONG.index(line) + len(line) :]
    good = _check(web, mended)
    assert good["errors"] == 0 and 'data-step="confirm"' in good["map"] and good["changes"] == 0
    assert _check(web, SLOWER)["changes"] == 1
    assert web.world.one("select count(*) from journeys_version") == 1
    assert web.world.one("select count(*) from journeys_draft") == 0, "a check keeps nothing"


@pytest.mark.parametrize(
    "text", ["", ":", "scheme: [", "\x00", "steps: {a: {}}", "scheme: x\nper: order\n" + "é" * 300]
)
def test_any_text_at_all_has_an_answer(web: WebShop, text: str) -> None:
    assert _check(web, text)["errors"] >= 1
    for do in ("check", "preview", "publish"):
        assert web.clients["owner"].post("/schemes/publish", {"text": text, "do": do}).status_code in (200, 422)


def test_a_text_that_is_too_long_is_refused_and_kept(web: WebShop) -> None:
    long = SCHEME + "#" * 200_001
    assert web.clients["owner"].post("/schemes/check", {"text": long}).status_code == 422
    assert web.clients["owner"].post("/schemes/draft", {"text": long, "name": ""}).status_code == 422


def test_without_scripts_a_text_is_checked_by_a_button(web: WebShop) -> None:
    owner = web.clients["owner"]
    checked = owner.post("/schemes/publish", {"text": WRONG, "do": "check", "name": "after-order", "base": "1"})
    text = checked.content.decode()
    assert "Did you mean “thanks”?" in text and "line 16" in text and "confirmed: thank" in text
    refused = owner.post("/schemes/publish", {"text": WRONG, "do": "publish"})
    assert refused.status_code == 422 and web.world.one("select count(*) from journeys_version") == 1
    assert "No problems" in owner.post("/schemes/publish", {"text": SCHEME, "do": "check"}).content.decode()


# drafts


def test_a_draft_is_kept_for_its_account_alone_and_gone_when_published(web: WebShop) -> None:
    owner = web.clients["owner"]
    saved = owner.post("/schemes/draft", {"text": SLOWER, "name": "after-order", "base": "1"})
    assert saved.json()["saved"].startswith("saved ")
    assert "within: 2h" in _page(web, "/schemes/of/after-order/?view=text")
    assert "within: 2h" not in _page(web, "/schemes/of/after-order/?view=text", "supervisor")
    assert "draft, from version 1" in _page(web, "/schemes/of/after-order/")
    assert ">draft</a>" in _page(web, "/schemes/")
    owner.post("/schemes/publish", {"text": SLOWER, "do": "publish", "name": "after-order", "base": "1"})
    assert web.world.one("select count(*) from journeys_draft") == 0


def test_a_draft_is_dropped_and_one_that_equals_the_version_is_none(web: WebShop) -> None:
    owner = web.clients["owner"]
    owner.post("/schemes/draft", {"text": SLOWER, "name": "after-order", "base": "1"})
    owner.post("/schemes/draft", {"text": SCHEME, "name": "after-order", "base": "1"})
    assert web.world.one("select count(*) from journeys_draft") == 0
    owner.post("/schemes/draft", {"text": SLOWER, "name": "after-order", "base": "1"})
    assert owner.post("/schemes/drop", {"name": "after-order"}).status_code == 302
    assert web.world.one("select count(*) from journeys_draft") == 0
    assert web.world.one("select text from journeys_version") == SCHEME


def test_a_refused_text_is_the_draft_so_that_nothing_typed_is_lost(web: WebShop) -> None:
    web.clients["owner"].post("/schemes/publish", {"text": WRONG, "do": "publish", "name": "after-order", "base": "1"})
    assert web.world.one("select text from journeys_draft") == WRONG


# what changes, and publishing


def test_what_changes_is_said_field_by_field() -> None:
    before = scheme_of(SCHEME)
    text = (
        SCHEME.replace("within: 1h", "within: 2h")
        .replace("refused: end", "refused: sorry")
        .replace("again: [15m, 2h]", "again: [15m]")
        .replace("stops: [order.cancelled]", "stops: [order.cancelled]\nhold_out: 5%")
        .replace("en: Paid", "en: Paid in full")
    ) + "  sorry:\n    task: {kind: task, within: 1d working}\n"
    said = {(c.kind, c.step, c.path): (c.before, c.after) for c in changes(before, scheme_of(text))}
    assert said == {
        ("changed", None, ("hold_out",)): (None, "5%"),
        ("changed", "confirm", ("call", "within")): ("1h", "2h"),
        ("changed", "confirm", ("outcomes", "no_answer", "again")): ("15m, 2h", "15m"),
        ("changed", "confirm", ("outcomes", "refused")): ("end", "sorry"),
        ("changed", "thanks", ("send", "subject", "en")): ("Paid", "Paid in full"),
        ("changed", "thanks", ("then",)): ("end", "sorry"),
        ("added", "sorry", ()): (None, "sorry"),
    }, "a road that leads elsewhere since a step was put behind it is a change too"
    assert [(c.kind, c.step) for c in changes(scheme_of(text), before)][-1] == ("removed", "sorry")
    renamed = SCHEME.replace("thanks", "thank-you")
    assert [(c.kind, c.before, c.after) for c in changes(before, scheme_of(renamed))] == [
        ("renamed", "thanks", "thank-you")
    ]
    assert changes(before, scheme_of(SCHEME + "# a remark\n")) == []


def test_publishing_begins_with_what_changes_and_how_many_are_inside(web: WebShop) -> None:
    web.buy()
    owner = web.clients["owner"]
    form = {"text": SLOWER, "name": "after-order", "base": "1"}
    text = owner.post("/schemes/publish", {**form, "do": "preview"}).content.decode()
    assert "What changes against version 1" in text and "<dt>limit</dt>" in text
    assert re.search(r"<del>1h</del> → <ins>2h</ins>", text)
    assert "1 is on the way in versions that were published before" in text and "Publish version 2" in text
    assert web.world.one("select count(*) from journeys_version") == 1, "a look publishes nothing"
    done = owner.post("/schemes/publish", {**form, "do": "publish"})
    assert done["Location"] == "/schemes/of/after-order/"
    assert "Version 2 of after-order is live." in _page(web, done["Location"])
    assert web.world.rows("select n, text, published_by from journeys_version order by n")[1] == (
        2, SLOWER, f"staff:{web.accounts['owner']}",
    )  # fmt: skip
    assert web.world.one("select version_id = (select id from journeys_version where n = 1) from journeys_enrolment")
    assert (
        web.world.one("select count(*) from base_audit where action = 'scheme.published' and actor_kind = 'staff'") == 1
    )


def test_a_version_that_came_meanwhile_is_said_and_not_overwritten(web: WebShop) -> None:
    owner = web.clients["owner"]
    web.world.publish(SCHEME.replace("target: 15m", "target: 20m"))
    form = {"text": SLOWER, "do": "publish", "name": "after-order", "base": "1"}
    refused = owner.post("/schemes/publish", form)
    text = refused.content.decode()
    assert refused.status_code == 409 and "Version 2 was published meanwhile" in text
    assert "<dt>target</dt>" in text and "<dt>limit</dt>" in text, "what it would change against the new one"
    assert web.world.one("select max(n) from journeys_version") == 2
    assert web.world.one("select text from journeys_draft") == SLOWER, "the text is kept"
    again = re.search(r'name="base" value="(\d+)"', text)
    assert again
    assert owner.post("/schemes/publish", {**form, "base": again[1]}).status_code == 302
    assert web.world.one("select text from journeys_version where n = 3") == SLOWER


def test_a_new_scheme_whose_name_is_taken_is_not_put_over_the_old_one(web: WebShop) -> None:
    refused = web.clients["owner"].post("/schemes/publish", {"text": SLOWER, "do": "publish", "name": "", "base": "0"})
    assert refused.status_code == 409 and web.world.one("select max(n) from journeys_version") == 1


def test_the_versions_are_kept_compared_and_taken_again(web: WebShop) -> None:
    owner = web.clients["owner"]
    owner.post("/schemes/publish", {"text": SLOWER, "do": "publish", "name": "after-order", "base": "1"})
    text = _page(web, "/schemes/of/after-order/versions/?n=2", "operator")
    assert "From version 1 to 2" in text and "<del>1h</del>" in text and "Owner" in text
    assert "<ins>1h</ins>" in _page(web, "/schemes/of/after-order/versions/?n=1&with=2")
    assert "There is nothing before it" in _page(web, "/schemes/of/after-order/versions/?n=1")
    assert web.clients["owner"].get("/schemes/of/after-order/versions/?n=7").status_code == 404
    old = _page(web, "/schemes/of/after-order/?view=text&n=1")
    assert "within" in old and "<textarea" not in old and "Take this text again" in old
    taken = owner.post("/schemes/of/after-order/take", {"n": "1"})
    assert taken["Location"] == "/schemes/of/after-order/?view=changes"
    assert web.world.rows("select text, base_n from journeys_draft") == [(SCHEME, 2)]
    assert "<ins>1h</ins>" in _page(web, taken["Location"])
    for bad in ("7", "x", "", "99999999999"):
        assert owner.post("/schemes/of/after-order/take", {"n": bad}).status_code == 404


def test_a_new_shop_publishes_a_ready_scheme_after_a_look(web: WebShop) -> None:
    stranger = web.clients["stranger"]
    text = _page(web, "/schemes/", "stranger")
    assert 'class="r-empty"' in text and 'href="/schemes/ready/goods/"' in text
    preview = stranger.post("/schemes/publish", {"ready": "after-order", "do": "preview"}).content.decode()
    assert "“after-order” is new: 13 steps" in preview
    ready_text = ready("after-order", "en")
    done = stranger.post("/schemes/publish", {"text": ready_text, "do": "publish", "name": "", "base": "0"})
    assert done["Location"] == "/schemes/of/after-order/"
    assert web.world.one("select text from journeys_version where shop_id = %s", web.other_shop) == ready_text
    assert "scheme: after-order" in _page(web, "/schemes/edit/?ready=after-order", "stranger")
    assert stranger.get("/schemes/edit/?of=after-order")["Location"] == "/schemes/of/after-order/"
    assert stranger.get("/schemes/edit/?of=nothing").status_code == 404


def test_a_ready_scheme_of_ones_trade_is_taken_as_a_draft_and_never_over_what_is_written(web: WebShop) -> None:
    owner = web.clients["owner"]
    drafts = "select name, text from journeys_draft order by name"
    live = "select count(*) from journeys_version"
    before = web.world.one(live)
    assert "/schemes/ready/furniture/" in _page(web, "/schemes/ready/")
    page = _page(web, "/schemes/ready/goods/")
    assert "yours already" in page and 'value="after-order"' not in page and "Why is it so?" in page
    assert owner.get("/schemes/ready/nothing/").status_code == 404
    taken = owner.post("/schemes/ready/take", {"ready": "win-back"})
    assert taken["Location"] == "/schemes/edit/" and web.world.one(live) == before
    assert web.world.rows(drafts) == [("", ready("win-back", "en"))]
    assert 'class="g-map"' in _page(web, taken["Location"]) and "scheme: win-back" in _page(web, taken["Location"])
    owner.post("/schemes/ready/take", {"ready": "visit"})  # another in the place of an untouched one
    assert web.world.rows(drafts) == [("", ready("visit", "en"))]
    mine = ready("visit", "en").replace("18:00", "19:00")
    owner.post("/schemes/draft", {"text": mine, "name": "", "base": "0"})
    assert "half written" in owner.post("/schemes/ready/take", {"ready": "course"}, follow=True).content.decode()
    assert web.world.rows(drafts) == [("", mine)]
    assert owner.post("/schemes/ready/take", {"ready": "after-order"})["Location"] == "/schemes/of/after-order/"
    assert owner.post("/schemes/ready/take", {"ready": "no-such"}).status_code == 404


def test_the_list_says_who_published_and_how_many_are_on_their_way(web: WebShop) -> None:
    web.buy()
    _, aside = web.buy()
    web.set_aside(aside)
    owner = web.clients["owner"]
    owner.post("/schemes/publish", {"text": SLOWER, "do": "publish", "name": "after-order", "base": "1"})
    text = _page(web, "/schemes/")
    assert (
        "running, version 2" in text and ">Owner<" in text and 'href="/schemes/of/after-order/?view=table">1<' in text
    )
    assert re.search(r'<td class="end more">2</td>', text), "of all versions"
    assert re.search(r'class="red"[^>]*>1<', text)


# what was set aside


def test_an_enrolment_that_was_set_aside_goes_on_or_ends(web: WebShop) -> None:
    lead = web.clients["supervisor"]
    _, first = web.buy()
    _, second = web.buy()
    goes_on, ends = web.set_aside(first), web.set_aside(second)
    text = lead.get("/schemes/aside/").content.decode()
    assert "the team has no working hours (Order desk)" in text and "<b>Confirm</b>" in text
    assert lead.post(f"/schemes/aside/{goes_on}/retry").status_code == 302
    assert lead.post(f"/schemes/aside/{ends}/end").status_code == 302
    states = dict(web.world.rows("select id, status from journeys_enrolment"))
    assert states == {goes_on: 1, ends: 2}
    assert lead.post(f"/schemes/aside/{ends}/end").status_code == 404
    assert "Nobody is set aside" in lead.get("/schemes/aside/").content.decode()


def test_the_page_is_there_in_russian_without_a_word_of_english_of_ours(web: WebShop) -> None:
    web.buy()
    owner = web.clients["owner"]
    owner.post("/language", {"language": "ru"})
    owner.post("/schemes/draft", {"text": SLOWER, "name": "after-order", "base": "1"})
    for path in (
        "/schemes/", "/schemes/of/after-order/", "/schemes/of/after-order/?view=table", "/schemes/of/after-order/?view=changes",
        "/schemes/of/after-order/versions/?n=1", "/schemes/of/after-order/who/?step=confirm", "/schemes/aside/",
    ):  # fmt: skip
        text = re.sub(
            r"<textarea.*?</textarea>|<pre.*?</pre>|<script.*?</script>|<[^>]+>", " ", _page(web, path), flags=re.S
        )
        words = set(re.findall(r"[A-Za-z]{3,}", text)) - LATIN
        assert words == set(), path
