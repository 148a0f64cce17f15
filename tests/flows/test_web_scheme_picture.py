"""A scheme changed on its map by forms: the draft's text, what is refused and where it says so, taking it back."""

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from regulars.base import db
from regulars.base.actor import Actor
from regulars.core.schema_walk import verbs
from regulars.journeys import winners
from tests.browser.words import foreign
from tests.flows.web_shop import SCHEME, WebShop, web_fixture  # noqa: F401

AT = "/schemes/of/after-order/"


def draft(web: WebShop) -> str | None:
    """The owner's draft."""
    with db.transact() as cur:
        found = cur.execute(
            "select text from journeys_draft where shop_id = %s and name = 'after-order'", (web.shop_id,)
        ).fetchone()
    return found[0] if found else None


def change(web: WebShop, expected: int = 302, **form: str) -> Any:
    """A form of the panel, sent as the page without scripts does."""
    answer = web.clients["owner"].post("/schemes/change", {"name": "after-order", **form})
    assert answer.status_code == expected, answer.content.decode()[-2000:]
    return answer


def fields(page: str) -> dict[str, str]:
    """The fields of the panel's form as they came."""
    found: dict[str, str] = {}

    class Reader(HTMLParser):
        inside, select, area = False, "", ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            name = given.get("name") or ""
            if tag == "section" and given.get("id") == "panel":
                self.inside = True
            if not self.inside or (tag in ("input", "select", "textarea") and not name.startswith(("f.", "new_name"))):
                return
            if tag == "input":
                found[name] = given.get("value") or ""
            elif tag == "select":
                self.select = name
                found[name] = ""
            elif tag == "option" and self.select and "selected" in given:
                found[self.select] = given.get("value") or ""
            elif tag == "textarea":
                self.area = name
                found[name] = ""

        def handle_data(self, data: str) -> None:
            if self.area:
                found[self.area] += data

        def handle_endtag(self, tag: str) -> None:
            if tag == "textarea" and self.area:
                found[self.area] = found[self.area].removeprefix("\n")
                self.area = ""
            elif tag == "select":
                self.select = ""
            elif tag == "section":
                self.inside = False

    Reader().feed(page)
    return found


def form_of(web: WebShop, step: str) -> dict[str, str]:
    page = web.clients["owner"].get(f"{AT}?view=map&do=step&step={step}")
    assert page.status_code == 200
    return fields(page.content.decode())


def test_a_form_sent_as_it_came_changes_nothing(web: WebShop) -> None:
    for step in ("confirm", "thanks"):
        form = form_of(web, step)
        assert form["new_name"] == step and len(form) > 8
        change(web, change="set", step=step, **form)
    head = fields(web.clients["owner"].get(f"{AT}?view=map&do=head").content.decode())
    assert head["f.starts.0.value.event"] == "order.placed" and head["f.stops.0.value.event"] == "order.cancelled"
    change(web, change="head", **head)
    assert draft(web) is None


def test_a_changed_field_is_one_line_of_the_text_and_can_be_taken_back(web: WebShop) -> None:
    form = form_of(web, "confirm") | {
        "f.call.target": "20m",
        "f.outcomes.4.key": "busy",
        "f.outcomes.4.value.then": "thanks",
    }
    change(web, change="set", step="confirm", **form)
    after = SCHEME.replace("target: 15m", "target: 20m").replace(
        "      refused: end\n", "      refused: end\n      busy: thanks\n"
    )
    assert draft(web) == after
    change(web, change="undo", step="confirm")
    assert draft(web) == SCHEME
    change(web, change="redo", step="confirm")
    assert draft(web) == after
    change(web, 422, change="redo", step="confirm")
    # whoever has typed since takes it back in the editor
    web.clients["owner"].post("/schemes/draft", {"name": "after-order", "text": after + "# more\n"})
    change(web, 422, change="undo")
    assert draft(web) == after + "# more\n"


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("f.call.within", "soon", "f.call.within"),
        ("f.outcomes.2.value.again", "15m, later", "f.outcomes.2.value.again"),
        ("f.tell.subject.en", "{{ order.nuber }}", "f.tell.subject.en"),
        ("new_name", "Confirm it", "new_name"),
        ("new_name", "thanks", "new_name"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(
    web: WebShop, field: str, value: str, where: str
) -> None:
    answer = change(web, 422, change="set", step="confirm", **(form_of(web, "confirm") | {field: value}))
    page = answer.content.decode()
    assert f'id="{where}-error"' in page
    assert fields(page)[field] == value
    assert draft(web) is None


def test_a_step_is_put_in_renamed_moved_and_taken_out(web: WebShop) -> None:
    owner = web.clients["owner"]
    choice = owner.get(f"{AT}?view=map&do=insert&tail=confirm&head=thanks").content.decode()
    assert "verb=wait_for" in choice
    form = fields(owner.get(f"{AT}?view=map&do=insert&tail=confirm&head=thanks&verb=wait").content.decode())
    assert form["new_name"] == "wait" and "f.then" not in form
    change(
        web,
        change="insert",
        tail="confirm",
        head="thanks",
        verb="wait",
        **(form | {"f.wait.for": "1d", "f.title.en": "A day"}),
    )
    text = draft(web) or ""
    assert "confirmed: wait\n" in text and "then: wait}" in text
    assert "  wait:\n    title: {en: A day}\n    wait: 1d\n  thanks:" in text
    change(web, change="set", step="wait", **(form_of(web, "wait") | {"new_name": "a-day"}))
    assert "confirmed: a-day\n" in (draft(web) or "")
    change(web, 422, change="up", step="confirm")
    warned = owner.get(f"{AT}?view=map&do=delete&step=a-day").content.decode()
    assert 'value="thanks" selected' in warned and "<del>a-day</del>" in warned
    change(web, change="delete", step="a-day", to="thanks")
    assert draft(web) == SCHEME


SPLIT = SCHEME.replace("confirmed: thanks", "confirmed: which").replace("  thanks:\n", """\
  which:
    split:
      thanks: 50%   # as ever
      brief: 30%
      end: 20%
  brief:
    send: {subject: {en: Paid, ru: Оплачено}, text: {en: "Thanks.", ru: "Спасибо."}, by: [email]}
    then: end
  thanks:
""")  # fmt: skip


def test_a_step_that_a_split_names_is_renamed_and_taken_out(web: WebShop) -> None:
    owner = web.clients["owner"]
    change(web, change="down", step="brief", text=SPLIT)
    change(web, change="up", step="brief")
    assert draft(web) == SPLIT
    page = owner.get(f"{AT}?view=map&do=step&step=which").content.decode()
    assert '<select class="form-select" id="f.split.0.key"' in page, "a way leads to one of the steps"
    form = form_of(web, "which")
    assert [form[f"f.split.{n}.key"] for n in range(3)] == ["thanks", "brief", "end"]
    change(web, change="set", step="which", **form)
    assert draft(web) == SPLIT
    change(web, change="set", step="brief", **(form_of(web, "brief") | {"new_name": "short"}))
    assert draft(web) == SPLIT.replace("brief", "short")
    warned = owner.get(f"{AT}?view=map&do=delete&step=short").content.decode()
    assert 'value="end" selected' in warned
    change(web, change="delete", step="short", to="end")
    text = draft(web) or ""
    assert "      thanks: 50%   # as ever\n      end: 50%\n" in text and "short" not in text
    refused = change(web, 422, change="delete", step="thanks", to="end").content.decode()
    assert "A split test would have one way left" in refused
    assert draft(web) == text


def test_a_decided_split_test_is_marked_on_the_map_in_the_table_and_in_its_form(web: WebShop) -> None:
    owner = web.clients["owner"]
    owner.post("/schemes/publish", {"name": "after-order", "base": "1", "text": SPLIT, "do": "publish"})
    which = f"{AT}?view=map&do=step&step=which"
    live = owner.get(f"{AT}live").json()
    assert "g-decided" not in live["map"] and "Decided for" not in owner.get(which).content.decode()
    with web.world.writing() as cur:
        at, who = web.world.now, Actor("staff", web.accounts["supervisor"])
        winners.decide(cur, web.shop_id, "after-order", "which", "brief", who, at)
    page = owner.get(which).content.decode()
    assert page.count('class="g-decided"') == 1
    assert page.count("decided: everybody new goes to “Brief”") == 2, "the step's name for whoever sees no map"
    assert re.search(r"<b>Decided for “Brief”</b> since .*, by Supervisor: everybody new goes that way", page)
    assert "Decided for" not in owner.get(f"{AT}?view=map&do=step&step=confirm").content.decode()
    assert "Decided: everybody new goes to “Brief”." in owner.get(f"{AT}?view=table").content.decode()
    assert "g-decided" in web.clients["operator"].get(f"{AT}?view=map").content.decode()
    told = owner.get(f"{AT}live?v={live['v']}")
    assert told.status_code == 200 and "g-decided" in told.json()["map"], "whoever looks sees it by himself"
    checked = owner.post("/schemes/check", {"name": "after-order", "text": SPLIT + "# more\n"}).json()
    assert "g-decided" in checked["map"]
    other = owner.post("/schemes/check", {"name": "after-order", "text": SPLIT.replace("brief", "short")}).json()
    assert "g-decided" not in other["map"], "in this text nobody goes that way"


def test_a_form_offers_as_much_as_the_language_wants_and_says_back_what_was_chosen(web: WebShop) -> None:
    owner = web.clients["owner"]
    at = f"{AT}?view=map&do=insert&tail=confirm&head=thanks&verb="
    form = fields(owner.get(f"{at}split").content.decode())
    assert {"f.split.0.key", "f.split.1.key"} <= form.keys() and "f.split.2.key" not in form
    form = fields(owner.get(f"{at}code").content.decode()) | {"f.code.free_shipping": "true"}
    change(web, change="insert", tail="confirm", head="thanks", verb="code", **form)
    assert "free_shipping: true" in (draft(web) or "")
    assert form_of(web, "code")["f.code.free_shipping"] == "true"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_form_of_the_map_speaks_its_readers_language(web: WebShop, language: str) -> None:
    owner = web.clients["owner"]
    owner.post("/language", {"language": language, "next": "/"})
    forms = [f"do=insert&tail=confirm&head=thanks&verb={verb}" for verb in ("", *verbs())]
    for form in (*forms, "do=head", "do=step&step=confirm", "do=delete&step=thanks"):
        panel = owner.get(f"/schemes/panel/?name=after-order&{form}").content.decode()
        for title in ("Confirm", "Thanks", "confirm", "thanks"):  # the shop's own words
            panel = panel.replace(title, "1")
        assert foreign(panel, language) == [], form


def test_the_pages_script_gets_the_text_the_map_and_the_panel(web: WebShop) -> None:
    owner = web.clients["owner"]
    form = {"name": "after-order", "change": "down", "step": "confirm", "text": SCHEME + "# typed\n"}
    found = owner.post("/schemes/change", form, headers={"Accept": "application/json"}).json()
    assert found["text"].index("  thanks:") < found["text"].index("  confirm:")
    assert found["text"].endswith("# typed\n") and "<svg" in found["map"] and "new_name" in found["panel"]
    panel = owner.get("/schemes/panel/?name=after-order&do=step&step=confirm").content.decode()
    assert "Undo: “confirm” stands one place lower" in panel


def test_a_step_that_is_moved_tells_which_roads_lead_elsewhere_and_goes_back(web: WebShop) -> None:
    owner = web.clients["owner"]
    form = {"name": "after-order", "change": "down", "step": "confirm"}
    found = owner.post("/schemes/change", form, headers={"Accept": "application/json"}).json()
    said = (
        "Roads that lead elsewhere now: everybody enters at “Thanks” instead of “Confirm”; "
        "from “Thanks” to “Confirm” instead of “end”."
    )
    assert found["said"] == f"“confirm” stands one place lower. {said}"
    assert said in found["panel"], "it stays to be read after the message is gone"
    undone = owner.post("/schemes/change", form | {"change": "undo"}, headers={"Accept": "application/json"}).json()
    assert undone["text"] == SCHEME and undone["said"] == "Undone: “confirm” stands one place lower"
    assert "Roads that lead" not in undone["panel"]
    owner.post("/language", {"language": "ru", "next": "/"})
    change(web, change="down", step="confirm")
    page = owner.get(f"{AT}?view=map&do=step&step=confirm").content.decode().replace("\xa0", " ")
    assert "Пути, которые теперь ведут иначе: все начинают с «Thanks» вместо «Confirm»" in page
    # where every road names its step, the place in the file alone changes
    named = SCHEME.replace("  thanks:\n", "  thanks:\n    then: end\n") + "  rest:\n    end: done\n"
    owner.post("/language", {"language": "en", "next": "/"})
    named = named.replace("refused: end", "refused: rest")
    found = owner.post(
        "/schemes/change", form | {"step": "rest", "change": "up", "text": named},
        headers={"Accept": "application/json"},
    ).json()  # fmt: skip
    assert found["said"] == "“rest” stands one place higher. All roads lead where they led."


def test_a_text_with_errors_is_to_be_mended_first(web: WebShop) -> None:
    owner = web.clients["owner"]
    owner.post("/schemes/draft", {"name": "after-order", "text": SCHEME.replace("then: thanks", "then: thank")})
    assert 'href="?view=text"' in owner.get("/schemes/panel/?name=after-order&do=step&step=confirm").content.decode()
    change(web, 422, change="set", step="nowhere")
    assert (
        owner.post("/schemes/change", {"name": "after-order", "change": "what", "step": "confirm"}).status_code == 404
    )
    assert owner.post("/schemes/change", {"name": "no-such", "change": "undo"}).status_code == 404


def test_a_warning_is_kept_with_its_reason_and_counts_again(web: WebShop) -> None:
    owner = web.clients["owner"]
    warned = SCHEME.replace("stops:", "hold_out: 5%\nstops:")
    owner.post("/schemes/draft", {"name": "after-order", "text": warned})
    counted, kept = "1 warning", "Kept: an advertisement comes next week"
    page = owner.get(f"{AT}?view=text").content.decode()
    assert counted in page and 'value="|hold_out_idle"' in page
    owner.post("/schemes/keep", {"name": "after-order", "keep": "|hold_out_idle", "text": warned})
    assert counted in owner.get(f"{AT}?view=text").content.decode(), "without a reason it isn't kept"
    form = {
        "name": "after-order",
        "keep": "|hold_out_idle",
        "reason||hold_out_idle": kept.removeprefix("Kept: "),
        "text": warned,
    }
    owner.post("/schemes/keep", form)
    for view in ("text", "changes"):
        page = owner.get(f"{AT}?view={view}").content.decode()
        assert kept in page and counted not in page, view
    found = owner.post("/schemes/check", {"name": "after-order", "text": warned}).json()
    assert kept in found["list"] and counted not in found["counts"]
    owner.post("/schemes/keep", {"name": "after-order", "count": "|hold_out_idle"})
    assert counted in owner.get(f"{AT}?view=text").content.decode()
    assert web.world.rows("select action from base_audit where action like 'scheme.warning%%' order by id") == [
        ("scheme.warning_kept",), ("scheme.warning_counts",),
    ]  # fmt: skip


def test_two_versions_stand_side_by_side(web: WebShop) -> None:
    owner = web.clients["owner"]
    other = SCHEME.replace("within: 1h", "within: 2h").replace(
        "  thanks:", "  later:\n    wait: 1d\n  thanks:"
    ).replace("confirmed: thanks", "confirmed: later")  # fmt: skip
    owner.post("/schemes/publish", {"name": "after-order", "base": "1", "text": other, "do": "publish"})
    where = f"{AT}compare/?a=1&b=2&view="
    pages = {view: owner.get(where + view).content.decode() for view in ("words", "map", "table", "text")}
    assert "<del>1h</del> → <ins>2h</ins>" in pages["words"]
    left, right, merged = re.findall(
        r'<svg [^>]*class="g-map".*?role="group".*?(?=<section|</main>)', pages["map"], re.DOTALL
    )
    assert merged.count("g-node person is-changed") == 1 and merged.count("is-added") >= 3
    # apart: what is another is marked in both (the road from the call to the thanks has lost an outcome), what came in the
    # new one alone
    assert left.count("g-node person is-changed") == right.count("g-node person is-changed") == 1
    assert 'data-step="later"' not in left and 'data-step="later"' in right
    assert left.count("is-added") == right.count("is-removed") == 0
    assert left.count("g-e is-changed") == right.count("g-e is-changed") == 1 and right.count("is-added") >= 3
    assert len(set(re.findall(r'<marker id="([^"]+)"', pages["map"]))) == 3, "each map has its own arrow"
    table = pages["table"].replace("\xa0", " ")
    assert 'class="is-added"' in table and "within 1 h</del> → <ins>target 15 min, within 2 h" in table
    assert (
        "<mark>1h</mark>" in pages["text"]
        and "<mark>2h</mark>" in pages["text"]
        and "lines are the same" in pages["text"]
    )
    assert "fold" not in owner.get(where + "text&all=1").content.decode().split("<table", 1)[1]
    assert "word for word" in owner.get(f"{AT}compare/?a=2&b=2").content.decode()
    for bad in ("a=9&b=1", "a=x&b=1", "a=1&b=draft"):
        assert owner.get(f"{AT}compare/?{bad}").status_code == 404
    owner.post("/schemes/draft", {"name": "after-order", "text": other + "  broken"})
    assert owner.get(f"{AT}compare/?view=text").status_code == owner.get(f"{AT}compare/?view=map").status_code == 200
    assert web.clients["operator"].get(f"{AT}compare/?a=1&b=draft").status_code == 404, "a draft is its author's alone"


def test_the_table_and_the_map_are_files(web: WebShop) -> None:
    lines = web.clients["operator"].get(f"{AT}table/").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Step,Name in the text,When") and len(lines) == 3 and "confirm" in lines[1]
    assert web.clients["operator"].get(f"{AT}table/?form=xlsx").content[:2] == b"PK"
    svg = web.clients["operator"].get(f"{AT}map.svg")
    root = ElementTree.fromstring(svg.content)
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and b"href" not in svg.content
    said = "".join(root.itertext())
    assert "Confirm" in said and "Thanks" in said and "no answer" in said
