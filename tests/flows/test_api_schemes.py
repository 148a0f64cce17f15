"""Schemes, set-aside enrolments and the quarantine by API."""

from regulars.base.actor import Actor
from regulars.journeys import winners
from tests.flows.api_shop import SCHEME, ApiShop

SPLIT = """\
scheme: two-letters
per: order
starts: order.placed
steps:
  which:
    split: {short: 50%, long: 50%}
  short:
    send: {subject: {en: Short, ru: Коротко}, text: {en: "Thank you.", ru: "Спасибо."}, by: [email]}
    then: end
  long:
    send: {subject: {en: Long, ru: Длинно}, text: {en: "Thank you all.", ru: "Спасибо вам."}, by: [email]}
"""


def test_a_scheme_is_checked_published_and_read(api: ApiShop) -> None:
    text = SCHEME.replace("after-order", "second")
    assert api.call("POST", "/schemes:check", {"text": text}, scope="read").json()["valid"] is True
    done = api.call("PUT", "/schemes/second", {"text": text}, scope="admin")
    assert (done.status_code, done.json()["version"], done.json()["new"]) == (200, 1, True)
    assert api.call("PUT", "/schemes/second", {"text": text}, scope="admin").json()["new"] is False
    assert api.get("/schemes/second")["text"] == text
    assert [s["name"] for s in api.get("/schemes")["items"]] == ["after-order", "second"]
    assert api.call("GET", "/schemes/second?version=7").status_code == 404


def test_a_scheme_with_errors_names_each_line(api: ApiShop) -> None:
    text = SCHEME.replace("confirmed: end", "confirmed: nowhere")
    verdict = api.call("POST", "/schemes:check", {"text": text}).json()
    assert verdict["valid"] is False
    refused = api.call("PUT", "/schemes/after-order", {"text": text})
    assert refused.status_code == 422
    (problem,) = [p for p in refused.json()["problems"] if p["severity"] == "error"]
    assert problem["line"] == text.splitlines().index("      confirmed: nowhere") + 1
    assert problem["message"]["ru"]
    assert api.get("/schemes/after-order")["version"] == 1


def test_a_scheme_of_another_name_is_not_put_there(api: ApiShop) -> None:
    refused = api.call("PUT", "/schemes/other-name", {"text": SCHEME})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/text"


def test_a_decided_split_test_is_told_with_the_text_in_which_it_holds(api: ApiShop) -> None:
    assert api.call("PUT", "/schemes/two-letters", {"text": SPLIT}, scope="admin").status_code == 200
    assert api.get("/schemes/two-letters")["decided"] == []
    with api.world.writing() as cur:
        winners.decide(cur, api.shop_id, "two-letters", "which", "long", Actor("staff", 7), api.world.now)
    (told,) = api.get("/schemes/two-letters", scope="read")["decided"]
    assert (told["step"], told["way"], told["by"]) == ("which", "long", "staff:7")
    assert told["at"].startswith(f"{api.world.now:%Y-%m-%dT%H:%M}")
    other = SPLIT.replace("long: 50%", "other: 50%").replace("  long:", "  other:")
    assert api.call("PUT", "/schemes/two-letters", {"text": other}, scope="admin").status_code == 200
    assert api.get("/schemes/two-letters")["decided"] == [], "in this text nobody goes that way"
    assert len(api.get("/schemes/two-letters?version=1")["decided"]) == 1
    with api.world.writing() as cur:
        winners.take_back(cur, api.shop_id, "two-letters", "which", Actor("staff", 7), api.world.now)
    assert api.get("/schemes/two-letters?version=1")["decided"] == []


def test_an_enrolment_that_was_set_aside_is_taken_back_or_ended(api: ApiShop) -> None:
    api.buys()
    id_ = api.set_aside()
    assert api.get("/enrolments")["items"][0]["problem"]["code"] == "step_gone"
    assert api.call("POST", f"/enrolments/{id_}:retry", scope="admin").status_code == 200
    again = api.call("POST", f"/enrolments/{id_}:retry", scope="admin")
    assert (again.status_code, again.json()["code"]) == (409, "not_set_aside")
    api.set_aside()
    assert api.call("POST", f"/enrolments/{id_}:end", scope="admin").status_code == 200
    assert api.get("/enrolments")["items"][0]["end_reason"] == "ended_by_staff"


def test_the_quarantine_is_mended_or_dismissed_once(api: ApiShop) -> None:
    first, second = api.broken(), api.broken()
    (newest, _) = api.get("/quarantine")["items"]
    assert (newest["id"], newest["pointer"], newest["excerpt"]) == (
        str(second),
        "/total",
        '{"id": "x1", "total": "NaN"}',
    )
    replayed = api.call("POST", f"/quarantine/{first}:replay", {"body": '{"id": "x1"}'}, scope="admin")
    assert replayed.status_code == 202
    assert api.get(replayed.json()["delivery"].removeprefix("/api/v1"))["kind"] == "orders"
    assert api.call("POST", f"/quarantine/{first}:dismiss").status_code == 409
    assert api.call("POST", f"/quarantine/{second}:dismiss", scope="admin").status_code == 200
    assert api.call("POST", f"/quarantine/{second}:replay").status_code == 409
    assert api.get("/quarantine")["items"] == []
    assert {q["state"] for q in api.get("/quarantine?state=all")["items"]} == {"mended", "dismissed"}


def test_two_schemes_that_advertise_at_once_are_told_of_one_another(api: ApiShop) -> None:
    offer = "{send: {subject: {en: New, ru: Новое}, text: {en: New, ru: Новое}, purpose: advertising}}"
    head, steps = "per: order\nstarts: order.delivered\n", f"steps:\n  pause: {{wait: 14d}}\n  offer: {offer}\n"
    one, two = (f"scheme: {name}\n{head}{steps}" for name in ("one", "two"))
    assert api.call("PUT", "/schemes/one", {"text": one}).json()["warnings"] == []
    verdict = api.call("POST", "/schemes:check", {"text": two}).json()
    (problem,) = verdict["problems"]
    assert verdict["valid"] is True
    assert (problem["code"], problem["severity"], problem["line"], problem["step"]) == (
        "advertising_beside", "warning", 6, "offer",
    )  # fmt: skip
    assert "one (offer)" in problem["message"]["ru"] and "не больше 2" in problem["mend"]["ru"]
    assert [w["code"] for w in api.call("PUT", "/schemes/two", {"text": two}).json()["warnings"]] == [
        "advertising_beside"
    ]
    raised = two.replace("per:", "priority: 7\nper:")
    assert api.call("POST", "/schemes:check", {"text": raised}).json()["problems"] == []
