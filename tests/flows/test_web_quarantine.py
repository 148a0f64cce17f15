"""The quarantine's screens: reasons in groups, the very line that is wrong, mending, replaying many, and taking back."""

import json
import re
from typing import Any

import pytest

from regulars.intake import normaliser
from regulars.intake.mending import reading
from regulars.intake.queries import Came
from regulars.web.quarantine import body as bodies
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

GOOD: dict[str, Any] = {
    "id": "1053",
    "number": "1053",
    "placed_at": "2026-03-02T10:15:00+03:00",
    "updated_at": "2026-03-02T10:15:00+03:00",
    "currency": "RUB",
    "total": "12480.00",
    "buyer": {"name": "Анна", "email": "anna@example.test"},
    "lines": [{"sku": "A", "name": "Kettle", "quantity": 1, "price": "12480.00"}],
}


def _bad(**fields: Any) -> bytes:
    return json.dumps({**GOOD, **fields}, ensure_ascii=False, indent=1).encode()


def _sent_in(web: WebShop, *orders: bytes, kind: str = "orders", batch: bool = False) -> list[int]:
    """Deliveries as the door keeps them, taken in by the normaliser; what of them is in quarantine, oldest first."""
    before = web.world.one("select coalesce(max(id), 0) from intake_quarantine")
    with web.world.writing() as cur:
        from regulars.intake.group_commit import NewDelivery, insert

        insert(cur, [NewDelivery(web.shop_id, "api", kind, body, "key:7", batch=batch) for body in orders])
    _take_in(web)
    return [r[0] for r in web.world.rows("select id from intake_quarantine where id > %s order by id", before)]


def _take_in(web: WebShop) -> None:
    while normaliser.run_once(web.world.raw):
        pass


def _states(web: WebShop) -> dict[int, str]:
    return dict(web.world.rows("select id, state from intake_quarantine"))


def test_reasons_are_groups_and_lines_of_orders_fall_into_one(web: WebShop) -> None:
    lines = [dict(GOOD["lines"][0], price=p) for p in ("1.00", "a lot")]
    first = _sent_in(
        web, _bad(total="12 480,00 ₽"), _bad(id="2", total="x"), _bad(id="3", lines=lines), _bad(total="?")
    )
    second = _sent_in(web, _bad(id="4", lines=lines[::-1]))
    text = web.clients["owner"].get("/quarantine/").content.decode()
    assert "2 reasons" in text and "/lines/*/price" in text and "Replay all 5" in text
    assert len(first) == 4 and len(second) == 1
    assert re.search(r"Not an amount of money</b>.{0,120}/total.{0,200}badge late\">3<", text, re.S)
    assert f'/quarantine/{first[3]}/" data-item aria-current="true"' in text, "the newest of the first group is open"
    other = (
        web.clients["owner"].get("/quarantine/", {"code": "not_a_number", "place": "/lines/*/price"}).content.decode()
    )
    assert f'/quarantine/{second[0]}/" data-item aria-current' in other and ">Order 1053</a>" in other


def test_the_very_line_is_marked_with_what_was_wanted(web: WebShop) -> None:
    (item,) = _sent_in(web, _bad(total="12 480,00 ₽"))
    text = web.clients["supervisor"].get(f"/quarantine/{item}/").content.decode()
    assert 'class="bad" id="bad-7"><i>7</i>' in text and "<u>&quot;12 480,00 ₽&quot;</u>" in text
    assert "12480.00: without spaces" in text and ">Line 7</a>" in text
    assert "a program of the shop" in text, "who sent it"
    looks = web.world.rows("select object_id, detail from base_audit where action = 'quarantine.viewed'")
    assert looks == [(item, {"page": "page"})]


def test_every_problem_of_a_body_is_told_not_the_first_alone(web: WebShop) -> None:
    (item,) = _sent_in(web, _bad(total="x", placed_at="2026-03-02T10:15:00", buyer=None, currency="RUB", id=""))
    text = web.clients["supervisor"].get(f"/quarantine/{item}/").content.decode()
    assert text[text.index("<main") : text.index("</main>")].count('role="alert"') == 3
    assert "Time without a zone" in text and "A required text is empty" in text


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"id": "1",\n "id": "2"}', ["bad-1", "bad-2", "The same key twice"]),
        (b'{"id": "1",\n "total": 5,,}', ["bad-2", "Not readable as JSON"]),
        (b"billing%5Bphone%5D=%2B7900&total=12+480&x=", ["billing[phone] = +7900", "It came as a form"]),
        (b"<order/>", ["&lt;order/&gt;", "Not readable as JSON"]),
        (b"\xff\xfe{broken", ["{broken", "Not UTF-8 text"]),
        (b"", ["Not readable as JSON"]),
        (json.dumps({**GOOD, "total": "x"}).encode(), ["It came in one line", 'id="bad-7"']),
        (json.dumps({**GOOD, "note": "я" * 100, "rest": [1] * 500, "total": "x"}, indent=0).encode(), ["lines below"]),
    ],
)
def test_whatever_came_is_shown(web: WebShop, body: bytes, shown: list[str]) -> None:
    (item,) = _sent_in(web, body)
    text = web.clients["supervisor"].get(f"/quarantine/{item}/").content.decode()
    for part in shown:
        assert part in text, part
    whole = web.clients["supervisor"].get(f"/quarantine/{item}/body")
    assert whole.content == body and whole["Content-Disposition"].startswith("attachment")
    assert whole["Content-Type"] == "application/octet-stream"


def test_what_a_form_would_spoil_is_not_offered_for_mending(web: WebShop) -> None:
    (item,) = _sent_in(web, b"\xff\xfe{broken")
    text = web.clients["supervisor"].get(f"/quarantine/{item}/?edit=yes").content.decode()
    assert 'name="body"' not in text and "Mend it" not in text and "Take it in again as it came" in text


def test_a_large_body_is_shown_around_the_place_and_whole_when_asked(web: WebShop) -> None:
    lines = [{"sku": f"S{i}", "name": "x" * 200, "quantity": 1, "price": "1.00"} for i in range(1500)]
    lines[700]["price"] = "a lot"
    (item,) = _sent_in(web, json.dumps({**GOOD, "lines": lines}, indent=1).encode())
    lead = web.clients["supervisor"]
    window = lead.get(f"/quarantine/{item}/").content.decode()
    assert window.count("<i>") < 60 and "Show all of it" in window
    whole = lead.get(f"/quarantine/{item}/?whole=yes").content.decode()
    assert "S1499" in whole and "<u>&quot;a lot&quot;</u>" in whole


def test_a_mended_body_is_read_before_it_is_taken_in(web: WebShop) -> None:
    (item,) = _sent_in(web, _bad(total="12 480,00 ₽"))
    lead = web.clients["supervisor"]
    still = _bad(total="12480.00", placed_at="2026-03-02").decode().replace("\n", "\r\n")
    refused = lead.post(f"/quarantine/{item}/replay", {"mended": "yes", "body": still})
    text = refused.content.decode()
    assert refused.status_code == 422 and "Time without a zone" in text and "&quot;2026-03-02&quot;" in text
    assert _states(web) == {item: "open"}
    mended = _bad(total="12480.00").decode()
    checked = lead.post(f"/quarantine/{item}/replay", {"mended": "yes", "body": mended, "do": "check"})
    assert checked.status_code == 200 and "It is understood now." in checked.content.decode()
    assert _states(web) == {item: "open"}, "a check takes nothing in"
    done = lead.post(f"/quarantine/{item}/replay", {"mended": "yes", "body": mended.replace("\n", "\r\n")})
    assert done["Location"] == f"/quarantine/{item}/" and _states(web) == {item: "mended"}
    assert "It waits to be taken in." in lead.get(f"/quarantine/{item}/").content.decode()
    _take_in(web)
    assert web.world.rows("select external_id, total from orders_order") == [("1053", 1248000)]
    after = lead.get(f"/quarantine/{item}/").content.decode()
    order = web.world.one("select id from orders_order")
    assert f'/orders/{order}/"' in after and "Supervisor" in after
    assert web.world.one("select body from intake_quarantine") == _bad(total="12 480,00 ₽"), "the original stays"
    again = lead.post(f"/quarantine/{item}/replay", {"mended": "yes", "body": mended})
    assert again.status_code == 302 and web.world.one("select count(*) from intake_delivery") == 2


def test_a_group_goes_in_again_in_its_order_and_one_is_still_bad(web: WebShop) -> None:
    items = _sent_in(web, *(_bad(id=str(i), number=str(i), total="x") for i in range(4)), _bad(id="9", lines=3))
    with web.world.writing() as cur:  # three of them were mended where they come from
        for i in (0, 1, 3):
            cur.execute("update intake_quarantine set body = %s where id = %s", (_bad(id=str(i)), items[i]))
    lead = web.clients["supervisor"]
    done = lead.post("/quarantine/group/replay", {"code": "not_an_amount", "place": "/total"})
    page = lead.get(done["Location"]).content.decode()
    assert "4 deliveries go in again." in page and "still waiting: 4" in page
    _take_in(web)
    page = lead.get(done["Location"]).content.decode()
    assert "Taken in: 3, came back: 1, still waiting: 0" in page
    taken = web.world.rows("select external_id from orders_order order by id")
    assert taken == [("0",), ("1",), ("3",)]
    states = _states(web)
    assert [states[i] for i in items] == ["replayed"] * 4 + ["open"] and len(states) == 6
    back = max(states)
    assert f"/quarantine/{items[2]}/" in lead.get(f"/quarantine/{back}/").content.decode(), "the earlier try"
    assert f"/quarantine/{back}/" in lead.get(f"/quarantine/{items[2]}/").content.decode(), "where it came back"
    second = lead.post("/quarantine/group/replay", {"code": "no", "place": "/total"})
    assert second["Location"] == "/quarantine/" and len(_states(web)) == 6
    assert web.world.one("select count(*) from base_audit where action = 'quarantine.replayed'") == 1


def test_all_of_it_goes_in_again(web: WebShop) -> None:
    _sent_in(web, _bad(total="x"), _bad(lines=3), b"{")
    lead = web.clients["supervisor"]
    assert "3 deliveries go in again." in lead.get(lead.post("/quarantine/group/replay")["Location"]).content.decode()


def test_a_broken_batch_goes_in_again_as_a_batch(web: WebShop) -> None:
    (item,) = _sent_in(web, b"[" + _bad() + b",", batch=True)
    assert web.world.one("select position from intake_quarantine") is None
    mended = "[" + _bad().decode() + "," + _bad(id="2").decode() + "]"
    lead = web.clients["supervisor"]
    assert lead.post(f"/quarantine/{item}/replay", {"mended": "yes", "body": mended}).status_code == 302
    _take_in(web)
    assert web.world.one("select count(*) from orders_order") == 2


def test_an_item_of_a_batch_goes_in_again_alone(web: WebShop) -> None:
    (item,) = _sent_in(web, b"[" + _bad() + b"," + _bad(id="2", total="x") + b"]", batch=True)
    lead = web.clients["supervisor"]
    assert "number 2 of its batch" in lead.get(f"/quarantine/{item}/").content.decode()
    lead.post(f"/quarantine/{item}/replay", {"mended": "yes", "body": _bad(id="2").decode()})
    _take_in(web)
    assert web.world.one("select count(*) from orders_order") == 2


@pytest.mark.parametrize("many", [False, True])
def test_what_was_left_aside_comes_back_by_undo(web: WebShop, many: bool) -> None:
    items = _sent_in(web, _bad(total="x"), _bad(id="2", total="x"), _bad(id="3", lines=1))
    lead = web.clients["supervisor"]
    if many:
        done = lead.post("/quarantine/group/dismiss", {"code": "not_an_amount", "place": "/total", "note": "joke"})
    else:
        done = lead.post(f"/quarantine/{items[0]}/dismiss", {"note": "joke"})
    left = {i for i, state in _states(web).items() if state == "dismissed"}
    assert left == set(items[:2] if many else items[:1])
    page = lead.get(done["Location"]).content.decode()
    deed = re.search(r'form="undo" name="deed" value="(\d+)"', page)
    assert deed is not None and 'data-seconds="60"' in page
    shown = lead.get(f"/quarantine/{items[0]}/").content.decode()
    assert "joke" in shown and "Supervisor" in shown
    assert f"/quarantine/{items[0]}/" in lead.get("/quarantine/?state=dismissed").content.decode()
    assert web.clients["stranger"].post("/quarantine/undo", {"deed": deed[1]}).status_code == 302
    assert _states(web)[items[0]] == "dismissed", "another shop's undo changes nothing"
    lead.post("/quarantine/undo", {"deed": deed[1]})
    assert set(_states(web).values()) == {"open"}
    assert "taken this back already" in lead.post("/quarantine/undo", {"deed": deed[1]}, follow=True).content.decode()
    assert lead.post("/quarantine/undo", {"deed": "x"}).status_code == 404


def test_it_is_found_by_what_stands_in_it(web: WebShop) -> None:
    items = _sent_in(web, _bad(total="x"), _bad(id="777", total="x", note="100% _sure_"))
    lead = web.clients["supervisor"]
    for text in ("777", "100% _sure_"):
        page = lead.get("/quarantine/", {"q": text}).content.decode()
        assert f'/quarantine/{items[1]}/" data-item' in page and f'/quarantine/{items[0]}/"' not in page
    assert "Nothing that waits holds this" in lead.get("/quarantine/", {"q": "nowhere"}).content.decode()


def test_a_body_that_is_understood_by_now_says_so(web: WebShop) -> None:
    (item,) = _sent_in(web, _bad(total="x"))
    with web.world.writing() as cur:
        cur.execute("update intake_quarantine set body = %s", (_bad(),))
    assert "Something was mended since." in web.clients["supervisor"].get(f"/quarantine/{item}/").content.decode()


def test_a_long_key_of_a_stranger_breaks_no_index(web: WebShop) -> None:
    name = "".join(chr(0x4E00 + i) for i in range(4000))
    body = b'{"%s": 1, "%s": 2}' % (name.encode(), name.encode())
    (item,) = _sent_in(web, body)
    assert web.clients["supervisor"].get(f"/quarantine/{item}/").status_code == 200


def test_the_first_of_two_windows_shows_the_mark() -> None:
    from regulars.base.errors import Problem

    text = json.dumps({"a": ["x" * 10] * 5, "long": "y" * 2000 + "MARK", "z": 1})
    found = bodies.find(text, Problem("not_a_time", "/long", "is not a time"))
    (line,) = bodies.draw(text, [found], False).lines
    assert len("".join(p.text for p in line.parts)) < 500 and line.is_bad and any(p.is_wrong for p in line.parts)


def test_a_reading_judges_as_the_feed_does() -> None:
    from datetime import UTC, datetime

    from regulars.intake.queries import Quarantined

    at = datetime(2026, 3, 2, tzinfo=UTC)
    item = Quarantined(
        1, 1, None, "woo", "vendor", None, "missing", "/id", "", "", 0, "open", at, None, None, None, "", None, ""
    )
    came = Came(at, "feed:1", False, {"x-wc-webhook-topic": "order.updated"}, "woo", "woocommerce", {})
    assert reading(item, came, b'{"line_items": []}').problems[0].pointer == "/id"
    deleted = Came(at, "feed:1", False, {"x-wc-webhook-topic": "order.deleted"}, "woo", "woocommerce", {})
    assert reading(item, deleted, b'{"id": 5}').ignored == "deleted"
