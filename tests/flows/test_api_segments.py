"""Segments by API: made, tried out, filled, read, changed, refused and removed."""

from typing import Any

from regulars.segments import keeping
from regulars.segments.filling import Filler
from tests.flows.api_shop import ApiShop

BUYERS = {"title": {"en": "Buyers", "ru": "Покупатели"}, "condition": "happened('order.placed')"}


def fill(api: ApiShop) -> None:
    api.world.wait_for_older()
    filler = Filler()
    while filler.turn(api.world.raw):
        pass


def put(api: ApiShop, body: Any, name: str = "buyers") -> Any:
    return api.call("PUT", f"/segments/{name}", body, scope="admin")


def test_a_segment_is_made_filled_read_and_changed(api: ApiShop) -> None:
    for n in range(3):
        api.buys(f"100{n}", buyer={"name": f"Buyer {n}", "email": f"b{n}@example.test"})
    made = put(api, BUYERS)
    assert (made.status_code, made.json()["new"], made.json()["state"], made.json()["percent"]) == (
        200, True, "filling", 0,
    )  # fmt: skip
    fill(api)
    listed = api.get("/segments", scope="read")
    assert [(s["name"], s["state"], s["count"], s["title"]["ru"]) for s in listed["items"]] == [
        ("buyers", "live", 3, "Покупатели")
    ]
    assert put(api, BUYERS).json() | {"new": None} == listed["items"][0] | {"new": None}, "the same changes nothing"
    audited = "select count(*) from base_audit where action like 'segment.%%'"
    assert api.world.one(audited) == 1
    first = api.get("/segments/buyers/people?limit=2", scope="read")
    second = api.get(f"/segments/buyers/people?limit=2&cursor={first['next']}", scope="read")
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    people = {p["id"] for p in first["items"] + second["items"]}
    assert len(people) == 3 and first["items"][0]["since"] and first["items"][0]["emails"]
    one = api.get(f"/people/{min(people)}", scope="read")
    assert [(s["name"], s["title"]["en"]) for s in one["segments"]] == [("buyers", "Buyers")] and one["segments"][0][
        "since"
    ]
    assert all(p["segments"] for p in api.get("/people")["items"])

    changed = put(api, {"condition": "count('order.placed') > 1"}).json()
    assert (changed["new"], changed["title"]["en"], changed["state"]) == (False, "Buyers", "filling")
    fill(api)
    assert api.get("/segments/buyers")["count"] == 0
    api.world.happens("order.placed", int(min(people)))
    keeping.keep_once(api.world.raw)
    assert (api.get("/segments/buyers")["count"], api.get("/segments/buyers")["growth"]) == (1, 1)


def test_a_condition_is_tried_out_and_its_mistakes_are_told_at_their_place(api: ApiShop) -> None:
    api.buys()
    tried = api.call("POST", "/segments:check", {"condition": "orders() >= 1"}, scope="read").json()
    assert (tried["valid"], tried["count"], len(tried["people"]), tried["problems"]) == (True, 1, 1, [])
    assert api.call("POST", "/segments:check", {"condition": "orders() > 9"}).json()["count"] == 0
    wrong = "happened('order.placed')\nand count('order.plced') > 1"
    told = api.call("POST", "/segments:check", {"condition": wrong}).json()
    (problem,) = told["problems"]
    assert (told["valid"], told["count"], problem["line"], problem["did_you_mean"]) == (False, None, 2, "order.placed")
    assert "события" in problem["message"]["ru"] and problem["mend"]["en"]
    refused = put(api, {"condition": wrong})
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/condition", "condition_event")
    assert error["detail"].startswith("line 2, column") and "did you mean 'order.placed'?" in error["detail"]
    assert refused.json()["problems"] == told["problems"]
    assert api.get("/segments")["items"] == []


def test_what_a_segment_may_not_be_is_refused_with_its_mend(api: ApiShop) -> None:
    for name in ("Buyers", "7days", "a" * 41, "с-кириллицей"):
        refused = put(api, BUYERS, name)
        assert (refused.status_code, refused.json()["code"]) == (422, "name_form"), name
        assert "sleeping-regulars" in refused.json()["detail"]
    pointers = {
        "/condition": ({}, {"condition": ""}, {"condition": "x" * 2001}, {"condition": 5}),
        "/title/ru": ({**BUYERS, "title": {"ru": "я" * 101}},),
        "/tells": ({**BUYERS, "tells": "perhaps"},),
    }
    for pointer, bodies in pointers.items():
        for body in bodies:
            refused = put(api, body)
            assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == pointer, body
    assert put(api, b"{").status_code == 400
    assert put(api, {"condition": "happened('segment.left')"}).json()["errors"][0]["code"] == "condition_circular"
    assert api.world.one("select count(*) from segments_segment") == 0


def test_a_segment_that_a_live_scheme_waits_for_is_not_removed(api: ApiShop) -> None:
    put(api, BUYERS)
    text = "scheme: hello\nper: person\nstarts: {enters: buyers}\nsteps:\n  think: {wait: 5d}\n"
    assert api.call("PUT", "/schemes/hello", {"text": text}).status_code == 200
    assert api.get("/segments/buyers")["schemes"] == ["hello"]
    refused = api.call("DELETE", "/segments/buyers", scope="admin")
    assert (refused.status_code, refused.json()["code"], refused.json()["schemes"]) == (409, "in_use", ["hello"])
    put(api, {"condition": "happened('x.never')"}, "others")
    assert api.call("DELETE", "/segments/others", scope="admin").json() == {"done": True}
    assert api.call("DELETE", "/segments/others", scope="admin").status_code == 404
    assert [s["name"] for s in api.get("/segments")["items"]] == ["buyers"]
    assert put(api, BUYERS, "others").json()["new"] is True, "its name is free"
