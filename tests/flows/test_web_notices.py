"""What somebody is told on his screens: the poll, bubbles and their links, the page, and how he wants to be told."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from regulars.base.secrets import SecretBox, split_keys
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def _poll(client: Client, version: str = "") -> tuple[int, str, str]:
    found = client.get("/notices/poll", {"v": version})
    text = found.content.decode()
    return found.status_code, text.partition('data-version="')[2].partition('"')[0], text


def test_a_poll_is_empty_until_something_changes_and_costs_few_queries(web: WebShop) -> None:
    operator = web.clients["operator"]
    status, version, text = _poll(operator)
    assert status == 200 and 'data-unseen="0"' in text
    assert _poll(operator, version)[0] == 204
    notice = web.notice("operator")
    status, newer, text = _poll(operator, version)
    assert status == 200 and newer != version and f'id="notice-{notice}"' in text and 'data-unseen="1"' in text
    assert _poll(web.clients["supervisor"])[2].count("r-bubble") == 0, "it is nobody else's"
    operator.post(f"/notices/{notice}/seen", headers={"X-Quiet": "1"})
    status, _, text = _poll(operator, newer)
    assert status == 200 and "r-bubble" not in text


def test_a_bubble_says_whom_and_leads_there(web: WebShop) -> None:
    person, order = web.buy()
    task = web.task_of(order)
    web.notice("operator", "task_soon", subject=f"task:{task}")
    web.notice("operator", "call_incoming", subject="call:7", params={"person_id": str(person)}, is_urgent=True)
    web.notice("operator", "call_incoming", subject="call:8", is_urgent=True)
    text = _poll(web.clients["operator"])[2]
    name, number = (
        web.world.one("select name from people_person where id = %s", person),
        web.world.one("select number from orders_order where id = %s", order),
    )
    assert f"left: {name}, order {number}" in text and f'href="/tasks/{task}/"' in text
    assert f"Incoming call: {name}" in text and 'href="/calls/7/"' in text
    assert "Incoming call: somebody unknown" in text and text.count("data-urgent") == 2
    assert 'data-does="screen sound browser"' in text


def test_every_page_names_how_many_wait_and_a_notice_that_is_over_counts_no_more(web: WebShop) -> None:
    web.notice("operator")
    assert "<span>Notifications</span><b>1</b>" in web.clients["operator"].get("/orders/").content.decode()
    web.world.later(hours=13)
    assert "<span>Notifications</span><b>" not in web.clients["operator"].get("/orders/").content.decode()
    page = web.clients["operator"].get("/notices/").content.decode()
    assert "Late" in page or "somebody unknown" in page


def test_the_page_filters_and_marks_all_as_seen(web: WebShop) -> None:
    client = web.clients["operator"]
    assert "Nothing to tell yet" in client.get("/notices/").content.decode()
    web.notice("operator", "task_returned", subject="")
    web.notice("operator", "call_missed", subject="")
    assert "Missed call" not in client.get("/notices/", {"kind": "task_returned"}).content.decode().partition("<ul")[2]
    client.post("/notices/seen", {"kind": "call_missed"})
    page = client.get("/notices/", {"state": "unseen"}).content.decode().partition('<ul class="r-notices"')[2]
    assert "Back in the queue" in page and "Missed call: " not in page
    client.post("/notices/seen")
    assert web.world.one("select count(*) from staff_notice where seen_at is null") == 0


def _wishes(**more: Any) -> dict[str, Any]:
    return {
        "kind_task_late": ["screen", "email"], "when": "always", "bundle": "15", "quiet_from": "22", "quiet_until": "8:30",
        "volume": "40", **more,
    }  # fmt: skip


def test_wishes_are_kept_and_hold(web: WebShop) -> None:
    client = web.clients["operator"]
    assert client.post("/me/telling/save", _wishes()).status_code == 302
    page = client.get("/me/telling/").content.decode()
    assert 'value="22:00"' in page and 'value="08:30"' in page and 'value="40"' in page
    assert page.count(" checked") == 3, "two ways of one kind, and 'always'"
    web.notice("operator", "task_late")
    assert 'data-does="screen"' in _poll(client)[2]
    assert web.world.rows("select w.kind, t.state from staff_telling t join staff_way w on w.id = t.way_id") == [
        ("email", "waiting")
    ]


@pytest.mark.parametrize(
    "bad", [{"quiet_from": "25"}, {"bundle": "7"}, {"volume": "101"}, {"kind_task_late": ["pigeon"]}]
)
def test_what_cannot_be_is_refused_with_the_form_as_it_was(web: WebShop, bad: dict[str, Any]) -> None:
    assert web.clients["operator"].post("/me/telling/save", _wishes(**bad)).status_code == 422
    assert web.world.one("select count(*) from staff_telling_choice") == 0


def test_a_service_is_kept_encrypted_and_removed_with_undo(web: WebShop) -> None:
    client, url = web.clients["operator"], "tgram://123456:SECRET/998877/"
    refused = client.post("/me/telling/add", {"url": "json://127.0.0.1/"})
    assert refused.status_code == 422 and "isn’t on the list" in refused.content.decode()
    assert client.post("/me/telling/add", {"url": url}).status_code == 302
    way, secret = web.world.rows("select id, secret from staff_way where kind = 'service'")[0]
    assert b"SECRET" not in bytes(secret) and SecretBox(split_keys(settings.SECRET_KEY)).decrypt(bytes(secret)) == url
    page = client.get("/me/telling/").content.decode()
    assert "SECRET" not in page and "tgram://…" in page
    assert client.post(f"/me/telling/{way}/trial").status_code == 302
    assert "a trial is on its way" in client.get("/me/telling/ways").content.decode()
    removed = client.post(f"/me/telling/{way}/remove", follow=True).content.decode()
    assert f"/me/telling/{way}/restore" in removed
    assert web.world.one("select state from staff_telling") == "dropped"
    client.post(f"/me/telling/{way}/restore")
    assert "tgram://…" in client.get("/me/telling/").content.decode()
    assert "r-bubble" not in _poll(client)[2], "a trial is no notice"
