"""Talks on the screens: a message's card, the answer and its undo, the list, files, what is foreign stays text."""

import re

import pytest

from regulars.shop.clocks import KINDS
from regulars.talks import threads_accounts as accounts
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401
from tests.sinks.telegram import TOKEN, stub


def test_an_answer_is_given_on_the_card_and_the_next_is_taken(web: WebShop) -> None:
    thread, task, _ = web.written()
    web.written("Another question")
    client = web.clients["operator"]
    shown = client.get(f"/tasks/{task}/").content.decode()
    assert "Where is my parcel?" in shown
    assert "Ready answers" in shown
    answered = client.post(f"/tasks/{task}/answer", {"note": "On its way."})
    assert answered.status_code == 302
    assert re.fullmatch(r"/tasks/\d+/\?ended=1", answered["Location"])
    assert "goes out in" in client.get(f"/talks/{thread}/").content.decode()
    web.settle()
    web.outbox.gate()
    page = client.get(f"/talks/{thread}/").content.decode()
    assert "On its way." in page
    assert ">sent<" in page.replace("\n", "")


def test_nothing_is_sent_without_words_and_the_draft_stays(web: WebShop) -> None:
    _, task, _ = web.written()
    client = web.clients["operator"]
    client.post(f"/tasks/{task}/draft", {"note": "Half an ans"})
    refused = client.post(f"/tasks/{task}/answer", {"note": "  "})
    assert refused.status_code == 422
    assert "nothing to send" in refused.content.decode()
    assert web.world.rows("select 1 from outbox_message") == []


def test_an_answer_is_taken_back_with_its_words(web: WebShop) -> None:
    _, task, _ = web.written()
    client = web.clients["operator"]
    client.post(f"/tasks/{task}/answer", {"note": "Wrong words", "then": "stop"})
    assert client.post(f"/tasks/{task}/undo").status_code == 302
    assert "Wrong words" in client.get(f"/tasks/{task}/").content.decode()
    assert web.world.rows("select state, reason from outbox_message") == [("cancelled", "taken_back")]


def test_whoever_comes_second_keeps_what_he_wrote(web: WebShop) -> None:
    _, task, _ = web.written()
    web.clients["supervisor"].post(f"/tasks/{task}/claim")
    refused = web.clients["operator"].post(f"/tasks/{task}/answer", {"note": "My answer"})
    assert refused.status_code == 409
    assert "My answer" in refused.content.decode()


def test_what_buyers_write_is_text_and_never_markup(web: WebShop) -> None:
    thread, task, _ = web.written("<script>alert(1)</script><img src=x onerror=alert(2)>")
    for path in (f"/tasks/{task}/", f"/talks/{thread}/", "/talks/", "/tasks/"):
        page = web.clients["operator"].get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_file_is_for_keeping_and_runs_nowhere(web: WebShop) -> None:
    _, _, message = web.written()
    answer = web.clients["operator"].get(f"/talks/files/{message}/0")
    assert answer.content == b"jpg"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert web.clients["operator"].get(f"/talks/files/{message}/1").status_code == 404


def test_the_list_shows_who_waits_longest_first_and_filters(web: WebShop) -> None:
    first, task, _ = web.written("The first")
    web.world.later(minutes=5)
    web.written("The second")
    client = web.clients["operator"]
    page = client.get("/talks/").content.decode()
    assert page.index("The first") < page.index("The second")
    client.post(f"/tasks/{task}/answer", {"note": "Done.", "then": "stop"})
    assert "The first" not in client.get("/talks/").content.decode()
    everything = client.get("/talks/?show=all").content.decode()
    assert "Done." in everything
    assert "The second" in everything
    assert "Nothing matches" in client.get("/talks/?channel=telegram").content.decode()
    assert f"/talks/{first}/" in everything


def test_a_talk_is_taken_up_to_write_first(web: WebShop) -> None:
    thread, task, _ = web.written()
    client = web.clients["operator"]
    assert client.post(f"/talks/{thread}/write")["Location"] == f"/tasks/{task}/"
    assert web.clients["supervisor"].post(f"/talks/{thread}/write").status_code == 409
    client.post(f"/tasks/{task}/answer", {"note": "Hello", "then": "stop"})
    web.settle()
    again = client.post(f"/talks/{thread}/write")["Location"]
    assert again != f"/tasks/{task}/"


def test_the_thread_stands_on_the_person_s_page(web: WebShop) -> None:
    thread, _, _ = web.written("Where is my parcel?")
    person = web.world.one("select person_id from talks_thread where id = %s", thread)
    assert f"/talks/{thread}/" in web.clients["operator"].get(f"/people/{person}/").content.decode()


def test_the_reaction_clock_is_set_in_the_settings(web: WebShop) -> None:
    own = {"target": "10", "limit": "60", "team": "order-desk"}
    page = {f"{part}_{kind}": value for kind in KINDS for part, value in own.items()} | {"unknown_zone": "shop"}
    client = web.clients["owner"]
    assert client.post("/settings/clocks/save", page | {"target_message": "90"}).status_code == 422
    assert client.post("/settings/clocks/save", page).status_code == 302
    web.written()
    assert web.world.rows("select team, due_at - opened_at = interval '1 hour' from desk_task") == [
        ("order-desk", True)
    ]


def test_a_mailbox_that_can_t_be_read_is_not_kept_and_says_why(web: WebShop) -> None:
    form = {
        "host": "127.0.0.1", "port": "1", "security": "plain", "user": "shop@example.test", "password": "secret word",
        "folder": "INBOX", "do": "save",
    }  # fmt: skip
    refused = web.clients["owner"].post("/settings/channels/mailbox", form)
    assert refused.status_code == 422
    assert "There is no connection" in refused.content.decode()
    far = web.clients["owner"].post("/settings/channels/mailbox", form | {"host": "mail.example.test"})
    assert "This is a playground" in far.content.decode()
    assert web.world.rows("select 1 from talks_account") == []


def test_a_bot_is_connected_and_its_token_lies_encrypted(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    with stub() as telegram:
        monkeypatch.setattr(settings, "REGULARS_TELEGRAM_API", telegram.base)
        monkeypatch.setattr(settings, "REGULARS_PUBLIC_URL", "https://desk.example")
        telegram.answer = lambda _method, _params: (200, {"ok": True, "result": {"username": "warm_bot"}})
        owner = web.clients["owner"]
        assert owner.post("/settings/channels/bot", {"token": "nonsense"}).status_code == 422
        assert owner.post("/settings/channels/bot", {"token": TOKEN}).status_code == 302
    hooked = dict(telegram.calls)["setWebhook"]
    assert hooked["url"].startswith("https://desk.example/in/")
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,}", hooked["secret_token"])
    page = owner.get("/settings/channels/").content.decode()
    assert "@warm_bot" in page
    assert TOKEN not in page
    ((secret, polled),) = web.world.rows("select secret, polled from talks_account")
    assert TOKEN not in secret
    assert not polled
    assert owner.post("/settings/channels/bot/remove").status_code == 302
    with web.world.writing() as cur:
        assert accounts.shown(cur, web.shop_id) == {}
    assert web.world.rows("select secret from talks_account") == [("",)]


SET_UP = {"mailgun": "Match recipient", "postmark": "Default Inbound Stream", "sendgrid": "Inbound Parse"}


@pytest.mark.parametrize("kind", sorted(SET_UP))
def test_a_mail_provider_is_set_up_in_the_words_of_its_screens(web: WebShop, kind: str) -> None:
    owner = web.clients["owner"]
    asked = 'name="secret"' in owner.get(f"/settings/feeds/?kind={kind}").content.decode()
    assert asked is (kind == "mailgun")  # it alone signs with a key of its own
    opened = owner.post("/settings/feeds/new", {"kind": kind, "secret": "key-1"}).content.decode()
    assert SET_UP[kind] in opened
    assert "https://regulars:SECRET@" in opened or kind == "mailgun"
    assert web.world.one("select kind from intake_feed order by id desc limit 1") == kind
    ways_back = owner.get("/settings/feeds/").content.decode()
    assert f"/settings/feeds/back/{kind}/" not in ways_back  # mails bring no order that could be changed there
