"""Coming in: by password, by a link that works once, and how tries are limited."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from regulars.base.actor import SYSTEM
from regulars.staff import actions as staff
from regulars.web.login import views
from tests.flows.web_shop import PASSWORD, WebShop, web_fixture  # noqa: F401


def _link(web: WebShop, name: str) -> str:
    with web.world.writing() as cur:
        return f"/login/link/{staff.login_link(cur, web.accounts[name])}"


def test_a_password_logs_in_and_goes_on_to_where_one_wanted_to(web: WebShop) -> None:
    email = web.with_password("operator")
    client = Client()
    asked = client.get("/orders/?q=1")
    assert asked.status_code == 302 and asked["Location"] == "/login/?next=%2Forders%2F%3Fq%3D1"
    done = client.post("/login/", {"email": f" {email.upper()} ", "password": PASSWORD, "next": "/orders/?q=1"})
    assert done["Location"] == "/orders/?q=1"
    assert client.get("/orders/").status_code == 200


@pytest.mark.parametrize(
    "path", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "\t//evil.test"]
)
def test_nobody_is_sent_to_a_foreign_address(web: WebShop, path: str) -> None:
    email = web.with_password("operator")
    done = Client().post("/login/", {"email": email, "password": PASSWORD, "next": path})
    assert done.status_code == 302 and done["Location"] == "/"


def test_a_session_from_before_is_worth_nothing_after_logging_in(web: WebShop) -> None:
    email = web.with_password("operator")
    client = web.logged_in(web.accounts["operator"])
    before = client.cookies["sessionid"].value
    client.post("/login/", {"email": email, "password": PASSWORD})
    assert client.cookies["sessionid"].value != before


def _text(answer: HttpResponse, name: str) -> str:
    return answer.content.decode().replace(name, "")


def test_wrong_passwords_and_unknown_addresses_are_answered_alike_and_limited(web: WebShop) -> None:
    email = web.with_password("operator")
    answers = {}
    for name in (email, "nobody@staff.test"):
        client = Client()
        found = [client.post("/login/", {"email": name, "password": "wrong"}) for _ in range(views.TRIES + 1)]
        assert [f.status_code for f in found] == [422] * views.TRIES + [429]
        answers[name] = re.sub(r'(csrfmiddlewaretoken" value|csrf-token" content)="\w+"', "", _text(found[0], name))
        assert client.post("/login/", {"email": name, "password": PASSWORD}).status_code == 429
    assert len(set(answers.values())) == 1


def test_a_stranger_at_another_address_locks_nobody_out(web: WebShop) -> None:
    email = web.with_password("operator")
    for _ in range(views.TRIES + 3):
        Client(REMOTE_ADDR="203.0.113.9").post("/login/", {"email": email, "password": "wrong"})
    assert Client(REMOTE_ADDR="198.51.100.7").post("/login/", {"email": email, "password": PASSWORD}).status_code == 302


def test_a_link_is_not_spent_by_opening_it_and_works_once(web: WebShop) -> None:
    path = _link(web, "supervisor")
    for method in ("get", "head", "get"):
        assert getattr(Client(), method)(path).status_code == 200
    shown = Client().get(path)
    assert shown["Referrer-Policy"] == "strict-origin" and shown["Cache-Control"] == "no-store"
    client = Client()
    assert client.post(path)["Location"] == "/password/"
    assert client.get("/tasks/").status_code == 200
    assert Client().post(path).status_code == 422
    assert Client().post("/login/link/nothing").status_code == 422


def test_a_closed_account_is_let_in_by_nothing_and_its_sessions_end(web: WebShop) -> None:
    email, client, path = web.with_password("operator"), web.logged_in(web.accounts["operator"]), _link(web, "operator")
    with web.world.writing() as cur:
        cur.execute("update staff_account set is_active = false where id = %s", (web.accounts["operator"],))
    assert Client().post("/login/", {"email": email, "password": PASSWORD}).status_code == 422
    assert Client().post(path).status_code == 422
    assert client.get("/tasks/").status_code == 302


def test_the_password_is_set_fresh_from_a_link_and_else_only_with_the_present_one(web: WebShop) -> None:
    client = web.logged_in(web.accounts["operator"])
    other = web.logged_in(web.accounts["operator"])
    assert client.post("/password/", {"new": "short", "again": "short"}).status_code == 422
    assert client.post("/password/", {"new": PASSWORD, "again": PASSWORD + "!"}).status_code == 422
    assert client.post("/password/", {"new": PASSWORD, "again": PASSWORD}).status_code == 302
    assert client.get("/tasks/").status_code == 200
    assert other.get("/tasks/").status_code == 302, "other sessions end with the old password"
    new = {"new": "another long sentence", "again": "another long sentence"}
    assert client.post("/password/", new).status_code == 422
    assert client.post("/password/", {**new, "old": "not this"}).status_code == 422
    assert client.post("/password/", {**new, "old": PASSWORD}).status_code == 302


def test_logging_out_ends_the_session_and_needs_a_post(web: WebShop) -> None:
    client = web.clients["operator"]
    key = client.cookies["sessionid"].value
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").status_code == 302
    assert client.get("/tasks/").status_code == 302
    assert web.world.one("select count(*) from django_session where session_key = %s", key) == 0


def test_no_form_works_without_its_token(web: WebShop) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["sessionid"] = web.clients["owner"].cookies["sessionid"].value
    for path in ("/login/", "/logout", "/language", "/schemes/publish", f"/team/{web.accounts['owner']}/link"):
        refused = client.post(path, {})
        assert refused.status_code == 403, path
        assert "The page was open for too long" in refused.content.decode()


def test_the_language_is_kept_with_the_account(web: WebShop) -> None:
    client = web.clients["operator"]
    assert 'lang="en"' in client.get("/tasks/").content.decode()
    assert client.post("/language", {"language": "ru", "next": "/orders/"})["Location"] == "/orders/"
    again = web.logged_in(web.accounts["operator"]).get("/tasks/").content.decode()
    assert 'lang="ru"' in again and "Пульт" in again
    anonymous = Client()
    anonymous.post("/language", {"language": "ru"})
    assert "Войти" in anonymous.get("/login/").content.decode()
    assert Client().post("/language", {"language": "xx"}).status_code == 404


def test_an_account_of_two_shops_goes_over_and_sees_each_alone(web: WebShop) -> None:
    with web.world.writing() as cur:
        staff.create_account(cur, web.other_shop, "owner@staff.test", "Owner", "operator", SYSTEM)
    _, order = web.buy()
    client = web.clients["owner"]
    assert client.get(f"/orders/{order}/").status_code == 200
    assert client.get("/team/").status_code == 200
    assert client.post("/shop", {"shop": web.other_shop}).status_code == 302
    assert client.get(f"/orders/{order}/").status_code == 404
    assert client.get("/team/").status_code == 403, "an operator over there"
    assert client.post("/shop", {"shop": "12345"}).status_code == 404


def test_an_owner_makes_a_link_for_his_staff_but_not_for_one_who_works_elsewhere_too(web: WebShop) -> None:
    owner = web.clients["owner"]
    made = owner.post(f"/team/{web.accounts['operator']}/link")
    path = made.content.decode().partition("/login/link/")[2].partition('"')[0]
    assert Client().post(f"/login/link/{path}").status_code == 302
    assert owner.post(f"/team/{web.accounts['stranger']}/link").status_code == 404
    with web.world.writing() as cur:
        staff.create_account(cur, web.other_shop, "supervisor@staff.test", "Supervisor", "owner", SYSTEM)
    assert owner.post(f"/team/{web.accounts['supervisor']}/link").status_code == 403
