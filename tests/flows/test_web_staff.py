"""Staff: somebody is added, changed, closed and let in again; an owner always stays; one's own account."""

import re
import threading

import pytest
from django.http import HttpResponse
from django.test import Client

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.staff import actions as staff
from regulars.staff.actions import StaffError
from tests.flows.web_shop import PASSWORD, WebShop, web_fixture  # noqa: F401

NEW = {"name": "Anna", "email": "Anna@Staff.test", "role": "operator", "language": "ru", "teams": ["care"]}


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def _membership(web: WebShop, account_id: int) -> tuple[str, list[str], bool]:
    row = web.world.rows(
        "select role, teams, is_active from staff_membership where shop_id = %s and account_id = %s",
        web.shop_id, account_id,
    )[0]  # fmt: skip
    return row[0], row[1], row[2]


def test_a_colleague_is_added_and_the_link_lets_him_in(web: WebShop) -> None:
    added = web.clients["owner"].post("/team/add", NEW)
    link = re.search(r'value="http://testserver(/login/link/[\w-]+)"', text(added))
    assert added.status_code == 200 and link
    account, language = web.world.rows("select id, language from staff_account where email = 'anna@staff.test'")[0]
    assert language == "ru" and _membership(web, account) == ("operator", ["care"], True)
    anna = Client()
    assert anna.post(link[1])["Location"] == "/password/"
    assert 'lang="ru"' in text(anna.get("/tasks/"))
    assert link[1] not in text(web.clients["owner"].get("/team/"))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"name": ""}, "left empty"),
        ({"email": "anna"}, "not an e-mail"),
        ({"email": "operator@staff.test"}, "works here already"),
        ({"role": "king"}, "of the list"),
        ({"language": "xx"}, "of the list"),
        ({"teams": ["nobody"]}, "from the list"),
    ],
)
def test_what_is_wrong_is_said_and_kept(web: WebShop, bad: dict[str, str], words: str) -> None:
    before = web.world.one("select count(*) from staff_account")
    answer = web.clients["owner"].post("/team/add", {**NEW, **bad})
    assert answer.status_code == 422 and words in text(answer)
    assert 'value="Anna"' in text(answer) or "name" in bad
    assert web.world.one("select count(*) from staff_account") == before


def test_somebody_of_another_shop_is_added_without_a_link(web: WebShop) -> None:
    web.with_password("stranger")
    there = web.logged_in(web.accounts["stranger"])
    answer = web.clients["owner"].post("/team/add", {**NEW, "email": "stranger@staff.test"}, follow=True)
    assert "works here too now" in text(answer) and "/login/link/" not in text(answer)
    stranger = web.accounts["stranger"]
    assert _membership(web, stranger)[0] == "operator"
    owner = web.clients["owner"]
    assert owner.post(f"/team/{stranger}/sessions").status_code == 403
    assert owner.post(f"/team/{stranger}/close").status_code == 302, "closed here"
    assert there.get("/tasks/").status_code == 200, "and still at work over there"
    assert there.post("/shop", {"shop": web.shop_id}).status_code == 404


def test_role_and_teams_are_changed(web: WebShop) -> None:
    operator = web.accounts["operator"]
    path = f"/team/{operator}/save"
    assert web.clients["owner"].post(path, {"role": "supervisor", "teams": ["care", "order-desk"]}).status_code == 302
    assert _membership(web, operator) == ("supervisor", ["care", "order-desk"], True)
    assert web.clients["operator"].get("/letters/waiting/").status_code == 200, "at once"
    assert web.clients["owner"].post(path, {"role": "king"}).status_code == 422
    assert web.clients["owner"].post(path, {"role": "operator", "teams": ["nowhere"]}).status_code == 422
    assert _membership(web, operator)[0] == "supervisor"


def test_a_closed_account_is_out_at_once_and_comes_back_when_it_is_opened(web: WebShop) -> None:
    operator, client = web.accounts["operator"], web.clients["operator"]
    email = web.with_password("operator")
    client = Client()
    client.post("/login/", {"email": email, "password": PASSWORD})
    assert client.get("/tasks/").status_code == 200
    assert web.clients["owner"].post(f"/team/{operator}/close").status_code == 302
    assert client.get("/tasks/").status_code == 302
    assert Client().post("/login/", {"email": email, "password": PASSWORD}).status_code == 422
    assert web.clients["owner"].post(f"/team/{operator}/link").status_code == 404
    assert web.clients["owner"].post(f"/team/{operator}/reopen").status_code == 302
    assert client.get("/tasks/").status_code == 302, "a session from before stays ended"
    assert Client().post("/login/", {"email": email, "password": PASSWORD}).status_code == 302


def test_sessions_are_ended_and_unused_links_with_them(web: WebShop) -> None:
    operator = web.accounts["operator"]
    with web.world.writing() as cur:
        secret = staff.login_link(cur, operator)
    assert web.clients["operator"].get("/tasks/").status_code == 200
    assert web.clients["owner"].post(f"/team/{operator}/sessions").status_code == 302
    assert web.clients["operator"].get("/tasks/").status_code == 302
    assert Client().post(f"/login/link/{secret}").status_code == 422
    assert web.clients["owner"].get("/tasks/").status_code == 200


def test_the_last_owner_stays(web: WebShop) -> None:
    owner, me = web.clients["owner"], web.accounts["owner"]
    for path, body in ((f"/team/{me}/close", {}), (f"/team/{me}/save", {"role": "operator"})):
        answer = owner.post(path, body)
        assert answer.status_code == 422 and "only owner" in text(answer)
    assert _membership(web, me) == ("owner", [], True)
    owner.post(f"/team/{web.accounts['supervisor']}/save", {"role": "owner"})
    assert owner.post(f"/team/{me}/save", {"role": "operator"})["Location"] == "/"
    assert owner.get("/team/").status_code == 403


def test_a_closed_owner_does_not_count(web: WebShop) -> None:
    owner, other = web.clients["owner"], web.accounts["supervisor"]
    owner.post(f"/team/{other}/save", {"role": "owner"})
    owner.post(f"/team/{other}/close")
    assert owner.post(f"/team/{web.accounts['owner']}/close").status_code == 422


def test_two_owners_who_close_each_other_at_once_leave_one(web: WebShop) -> None:
    first, second = web.accounts["owner"], web.accounts["supervisor"]
    web.clients["owner"].post(f"/team/{second}/save", {"role": "owner"})
    started = threading.Barrier(2)
    outcomes: list[str] = []

    def close(account_id: int) -> None:
        raw = db.loop_connection("test race")
        try:
            started.wait(5)
            with db.transaction_on(raw) as cur:
                staff.close_account(cur, web.shop_id, account_id, SYSTEM)
            outcomes.append("closed")
        except StaffError as error:
            outcomes.append(error.code)
        finally:
            raw.close()

    threads = [threading.Thread(target=close, args=(i,)) for i in (first, second)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(10)
    assert sorted(outcomes) == ["closed", "last_owner"]


def test_ones_own_account_is_changed(web: WebShop) -> None:
    client = web.clients["operator"]
    form = {"name": "Lena", "email": "lena@staff.test", "language": "ru"}
    saved = client.post("/me/save", form, follow=True)
    assert 'lang="ru"' in text(saved) and "Сохранено" in text(saved)
    row = web.world.rows("select name, email, language from staff_account where id = %s", web.accounts["operator"])
    assert row == [("Lena", "lena@staff.test", "ru")]
    taken = client.post("/me/save", {**form, "email": "owner@staff.test"})
    assert taken.status_code == 422 and 'value="owner@staff.test"' in text(taken)
    assert client.post("/me/save", {}).status_code == 422


def test_ones_other_sessions_end_and_this_one_stays(web: WebShop) -> None:
    other = web.logged_in(web.accounts["operator"])
    assert web.clients["operator"].post("/me/sessions").status_code == 302
    assert web.clients["operator"].get("/tasks/").status_code == 200
    assert other.get("/tasks/").status_code == 302
