"""Calls on the screens: who rings leads to his card, a doubtful one is settled and taken back, telephones are connected."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from regulars.base.actor import SYSTEM
from regulars.intake import actions as intake
from regulars.intake import keys as door
from regulars.shop.clocks import KINDS
from regulars.staff import actions as staff
from tests.apps.intake_world import deliver, take_in
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

NUMBER = "+79161112233"


def text(response: Any) -> str:
    return response.content.decode()


def facts(web: WebShop, *said: dict[str, Any]) -> None:
    deliver(web.world, *said, kind="calls")
    take_in(web.world)


def fact(web: WebShop, id_: str, **said: Any) -> dict[str, Any]:
    at = (web.world.now + timedelta(seconds=said.pop("after", 0))).isoformat()
    return {"id": id_, "at": at, "direction": "in", "number": NUMBER, "line": "+74951112233", **said}


def test_the_list_shows_calls_by_what_is_asked(web: WebShop) -> None:
    (known,) = web.phone(NUMBER)
    name = web.world.one("select name from people_person where id = %s", known)
    facts(
        web,
        fact(web, "c1", state="missed"),
        fact(
            web,
            "c2",
            after=-86400 * 2,
            state="ended",
            answered=True,
            talk_seconds=125,
            recording="https://pbx.test/r/1",
        ),
        fact(web, "c3", direction="out", state="failed", number="+79169998877"),
        fact(web, "c4", state="ringing", number="anonymous"),
        fact(web, "c5", direction="internal", state="ended"),
    )
    owner = web.clients["owner"]

    def shown(query: str = "") -> list[str]:
        return re.findall(r'r-row-link" href="/calls/(\d+)/"', text(owner.get(f"/calls/{query}")))

    ids = {e: str(i) for e, i in web.world.rows("select external_id, id from talks_call")}
    assert sorted(shown()) == sorted(ids[c] for c in ("c1", "c2", "c3", "c4"))
    assert shown()[-1] == ids["c2"]
    assert shown("?state=missed") == [ids["c1"]]
    assert shown("?direction=out") == [ids["c3"]]
    assert shown("?day=2026-02-28") == [ids["c2"]]
    assert sorted(shown(f"?person={known}")) == sorted([ids["c1"], ids["c2"]])
    assert shown("?person=1") == []
    page = text(owner.get("/calls/"))
    assert name in page and "2 min 5 s" in page and "https://pbx.test/r/1" in page and "hidden number" in page
    assert 'rel="noreferrer noopener"' in page
    assert "Nothing matches this filter" in text(owner.get("/calls/?day=2020-01-01"))
    assert owner.get("/calls/?day=9999-12-31").status_code == 200
    assert owner.get("/calls/?day=x&state=y&person=z&after=%00").status_code == 200


def test_a_number_in_a_list_is_masked_to_whoever_does_not_lead_and_has_not_the_call(web: WebShop) -> None:
    with web.world.writing() as cur:
        staff.set_extension(cur, web.shop_id, web.accounts["operator"], "101", SYSTEM)
    facts(
        web, fact(web, "c1", state="missed", number="+79161234567"), fact(web, "c2", state="ringing", extension="101")
    )
    whole = {name: text(web.clients[name].get("/calls/")) for name in ("owner", "operator")}
    assert "123-45-67" in whole["owner"] and "111-22-33" in whole["owner"]
    assert "123-45-67" not in whole["operator"] and "111-22-33" in whole["operator"]


def test_a_call_of_somebody_known_leads_to_his_card_or_to_himself(web: WebShop) -> None:
    (person,) = web.phone(NUMBER)
    facts(web, fact(web, "c1", state="ringing"))
    operator, id_ = web.clients["operator"], web.world.one("select id from talks_call")
    assert operator.get(f"/calls/{id_}/")["Location"] == f"/people/{person}/"
    facts(web, fact(web, "c1", after=30, state="missed"))
    task = web.world.one("select id from desk_task where why_next = 'missed'")
    assert operator.get(f"/calls/{id_}/")["Location"] == f"/tasks/{task}/"
    assert operator.get("/calls/7/").status_code == 404


def test_an_unknown_caller_has_a_lead_with_the_words_for_him(web: WebShop) -> None:
    facts(web, fact(web, "c1", state="ringing"))
    operator, id_ = web.clients["operator"], web.world.one("select id from talks_call")
    page = text(operator.get(f"/calls/{id_}/"))
    lead = web.world.one("select person_id from talks_call")
    assert f'href="/people/{lead}/"' in page
    assert "Somebody is calling" in page and "How can I help?" in page


def test_a_doubtful_call_is_settled_with_a_button_and_taken_back(web: WebShop) -> None:
    one, other = web.phone(NUMBER, NUMBER)
    id_ = web.call(NUMBER, state="missed")
    operator = web.clients["operator"]
    page = text(operator.get(f"/calls/{id_}/"))
    assert page.count('name="who"') == 3
    answer = operator.post(f"/calls/{id_}/who", {"who": other}, follow=True)
    assert f"/calls/{id_}/undo" in text(answer)
    assert web.world.one("select person_id from talks_call where id = %s", id_) == other
    assert operator.post(f"/calls/{id_}/who", {"who": one}).status_code == 409
    assert operator.post(f"/calls/{id_}/undo").status_code == 302
    assert web.world.one("select certainty from talks_call where id = %s", id_) == "maybe"
    assert operator.post(f"/calls/{id_}/undo").status_code == 409
    for wrong in ("", "7", "x", "9" * 40):
        assert operator.post(f"/calls/{id_}/who", {"who": wrong}).status_code == 422
    assert operator.post(f"/calls/{id_}/who", {"who": "nobody"}).status_code == 302


def test_the_card_and_the_queue_say_how_often_he_rang_and_that_it_is_not_certain_who(web: WebShop) -> None:
    web.call(NUMBER)
    web.world.later(minutes=3)
    facts(web, fact(web, "again", state="missed"))
    operator = web.clients["operator"]
    task = web.world.one("select id from desk_task where why_next = 'missed'")
    page = text(operator.get(f"/tasks/{task}/"))
    assert "Missed 2 times, last 12:03" in page
    assert "It isn’t certain who called." in page
    assert "rang and was not answered" in text(operator.get("/tasks/all/"))
    queue = text(operator.get("/tasks/queue"))
    assert "Missed 2 times, last 12:03" in queue and "··· " in queue


def test_calls_stand_in_a_persons_history_and_beside_it(web: WebShop) -> None:
    (person,) = web.phone(NUMBER)
    facts(web, fact(web, "c1", state="ended", answered=True, talk_seconds=75, ring_seconds=9))
    page = text(web.clients["owner"].get(f"/people/{person}/"))
    assert "A call was answered" in page and "answered after 9 s" in page and "talked 1 min 15 s" in page
    assert f"/calls/?person={person}" in page


def test_a_colleagues_extension_is_his_alone(web: WebShop) -> None:
    owner, spare = web.clients["owner"], web.spare()
    assert owner.post(f"/team/{spare}/save", {"role": "operator", "extension": "101"}).status_code == 302
    other = web.spare()
    answer = owner.post(f"/team/{other}/save", {"role": "supervisor", "extension": "101"})
    assert answer.status_code == 422 and "Somebody else has this extension." in text(answer)
    assert web.world.rows("select role, extension from staff_membership where account_id = %s", other) == [
        ("operator", "")
    ]
    assert 'value="101"' in text(owner.get(f"/team/{spare}/"))


def test_the_owner_says_whose_a_line_is_and_the_clocks_say_how_soon_it_is_called_back(web: WebShop) -> None:
    facts(web, fact(web, "c1", state="ringing"))
    team = web.team()
    owner = web.clients["owner"]
    assert 'name="line +74951112233"' in text(owner.get("/settings/telephone/"))
    body = {"line +74951112233": team, "new_line": "+49 30 901820", "new_team": "order-desk"}
    own = {"target": "10", "limit": "60", "team": "order-desk"}
    clocks = {f"{part}_{kind}": value for kind in KINDS for part, value in own.items()} | {"unknown_zone": "shop"}
    assert owner.post("/settings/clocks/save", clocks).status_code == 302
    assert "within 10 min of working time, at the latest within 60 min" in text(owner.get("/settings/telephone/"))
    assert owner.post("/settings/telephone/save", body).status_code == 302
    kept = web.world.one("select settings from shop_shop where id = %s", web.shop_id)
    assert kept["lines"] == {"+74951112233": team, "+4930901820": "order-desk"}
    facts(web, fact(web, "c1", after=20, state="missed"))
    ((found, length),) = web.world.rows("select team, due_at - not_before from desk_task where why_next = 'missed'")
    assert (found, length) == (team, timedelta(hours=1))
    wrong = owner.post("/settings/telephone/save", {**body, "new_line": "nonsense"})
    assert wrong.status_code == 422 and "not a telephone number" in text(wrong)


TYPED: dict[str, dict[str, str]] = {
    "mango": {"secret": "salt", "api_key": "key-1"},
    "zadarma": {"secret": "zd", "time_zone": "Europe/Moscow"},
    "twilio": {"secret": "token", "goes_on": "dial", "dial": "+49 30 901820, +4930901821", "line": "+4930901822"},
    "uis": {"time_zone": "Europe/Moscow"},
}


@pytest.mark.parametrize("kind", sorted(TYPED))
def test_a_telephone_is_connected_and_the_page_says_what_to_do_there(web: WebShop, kind: str) -> None:
    owner = web.clients["owner"]
    form = text(owner.get(f"/settings/feeds/?kind={kind}"))
    assert f'value="{kind}"' in form
    page = text(owner.post("/settings/feeds/new", {"kind": kind, **TYPED[kind]}))
    found = re.search(r'id="address" value="http[^"]+/in/([0-9a-f]{32})"', page)
    assert found is not None
    opened = door.feed_at(found[1])
    assert opened is not None
    assert "r-howto" in page
    if kind == "uis":
        assert opened.secrets[0] in page and "{{call_session_id}}" in page.replace("&quot;", '"')
        assert opened.settings == {"time_zone": "Europe/Moscow"}
    else:
        assert opened.secrets == (TYPED[kind]["secret"],)
        assert TYPED[kind]["secret"] not in re.findall(r'value="([^"]+)"', page)
    if kind == "twilio":
        assert opened.settings == {"dial": "+4930901820,+4930901821", "line": "+4930901822"}
    if kind == "mango":
        kept = web.world.one("select credentials->>'api_key' from intake_feed")
        assert kept and "key-1" not in kept and "key-1" not in text(owner.get(f"/settings/feeds/{opened.id}/"))


def test_a_telephones_account_is_changed_and_a_credential_left_empty_stays(web: WebShop) -> None:
    owner = web.clients["owner"]
    owner.post("/settings/feeds/new", {"kind": "uis", "time_zone": "Europe/Moscow", "token": "t-1"})
    feed, before = web.world.rows("select id, credentials from intake_feed")[0]
    path = f"/settings/feeds/{feed}"
    body = {"time_zone": "Asia/Tomsk", "line": "+74951112233", "token": ""}
    assert owner.post(f"{path}/save", body).status_code == 302
    assert web.world.rows("select settings, credentials from intake_feed") == [
        ({"time_zone": "Asia/Tomsk", "line": "+74951112233"}, before)
    ]
    assert owner.post(f"{path}/save", {"time_zone": "Nowhere/Else"}).status_code == 422
    owner.post(f"{path}/remove")
    assert web.world.rows("select credentials, secrets from intake_feed") == [({}, [])]


def test_a_vendors_new_secret_is_typed_and_the_old_one_stays_for_now(web: WebShop) -> None:
    owner = web.clients["owner"]
    owner.post("/settings/feeds/new", {"kind": "zadarma", "secret": "old", "time_zone": "UTC"})
    feed, slug = web.world.rows("select id, slug from intake_feed")[0]
    assert owner.post(f"/settings/feeds/{feed}/secret").status_code == 422
    assert owner.post(f"/settings/feeds/{feed}/secret", {"secret": "new"}).status_code == 302
    opened = door.feed_at(slug)
    assert opened is not None and opened.secrets == ("new", "old")


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("mango", {"secret": ""}),
        ("zadarma", {"secret": "s", "time_zone": "x"}),
        ("twilio", {"secret": "s", "goes_on": "dial", "dial": ""}),
        ("twilio", {"secret": "s", "goes_on": "dial", "dial": "nonsense"}),
        ("twilio", {"secret": "s", "goes_on": "redirect", "redirect": "http://plain.test"}),
    ],
)
def test_what_a_telephone_lacks_is_asked_for(web: WebShop, kind: str, wrong: dict[str, str]) -> None:
    assert web.clients["owner"].post("/settings/feeds/new", {"kind": kind, **wrong}).status_code == 422
    assert web.world.rows("select 1 from intake_feed") == []


def test_all_of_it_is_there_in_russian(web: WebShop) -> None:
    web.call(NUMBER)
    with web.world.writing() as cur:
        staff.set_language(cur, web.accounts["owner"], "ru")
        intake.open_feed(cur, web.shop_id, "uis", SYSTEM, source="uis", secrets=["s"])
    owner: Client = web.clients["owner"]
    call = web.world.one("select max(id) from talks_call")
    assert "Кто это?" in text(owner.get(f"/calls/{call}/"))
    assert "пропущен" in text(owner.get("/calls/"))
    assert "Пропущенный звонок" in text(owner.get("/settings/telephone/"))


def test_the_button_of_a_card_asks_for_the_call_and_shows_what_becomes_of_it(web: WebShop) -> None:
    web.phone(NUMBER)
    facts(web, fact(web, "c1", state="missed"))
    operator, task = web.clients["operator"], web.world.one("select id from desk_task where why_next = 'missed'")
    assert operator.post(f"/tasks/{task}/dial").status_code == 404
    operator.post(f"/tasks/{task}/claim")
    assert f'href="tel:{NUMBER}" data-key="KeyC"' in text(operator.get(f"/tasks/{task}/"))
    assert "can’t be asked for a call" in text(operator.post(f"/tasks/{task}/dial", headers={"HX-Request": "true"}))
    with web.world.writing() as cur:
        intake.open_feed(cur, web.shop_id, "mango", SYSTEM, source="m", secrets=["s"], credentials={"api_key": "k"})
        staff.set_extension(cur, web.shop_id, web.accounts["operator"], "101", SYSTEM)
    page = text(operator.get(f"/tasks/{task}/"))
    assert f'hx-post="/tasks/{task}/dial"' in page and f'href="tel:{NUMBER}" data-key' not in page
    asked = text(operator.post(f"/tasks/{task}/dial", headers={"HX-Request": "true"}))
    assert "The call is being asked for." in asked and f'hx-get="/tasks/{task}/dialled"' in asked
    for state, answer, words, goes_on in (
        ("done", {}, "Your telephone rings", False),
        ("given_up", {"code": "denied", "text": "Not authorized"}, "No call: it doesn’t let us in", False),
        ("queued", {"code": "server"}, "could not be asked for yet: its server fails", True),
        ("kept", {"code": "playground"}, "Nothing leaves a playground", False),
    ):
        with web.world.writing() as cur:
            cur.execute("update outbox_command set state = %s, answer = %s::jsonb", (state, json.dumps(answer)))
        shown = text(operator.get(f"/tasks/{task}/dialled"))
        assert words in shown, state
        assert ("hx-get" in shown) is goes_on
    assert operator.post(f"/tasks/{task}/dial").status_code == 302
    assert web.clients["stranger"].get(f"/tasks/{task}/dialled").status_code == 404
