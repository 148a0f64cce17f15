"""Settings: what is saved holds, what is wrong is said with the value kept, and who may what."""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from regulars.base.actor import SYSTEM
from regulars.intake import keys as door
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401
from tests.sinks.smtp_sink import sink_thread

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHOP = {
    "name": "Печь и дом", "country": "RU", "time_zone": "UTC", "currency": "RUB", "language": "ru",
    "languages": ["ru", "en"], "email": "Hello@Stove.test", "phone": "8 (495) 123-45-67", "hours_ru": "с 9 до 18",
}  # fmt: skip
MESSAGES = {
    "cap_count": "3", "cap_days": "20", "quiet_from": "22", "quiet_until": "8:30", "day_from": "10:00",
    "day_until": "20", "hold_out_percent": "5", "satisfaction_days": "10", "history_after_hours": "48",
}  # fmt: skip


def week(**days: str) -> dict[str, list[str]]:
    """The form of a week: `mon="9-13,14-18"`; days not named are 9 to 18."""
    form: dict[str, list[str]] = {"calendar": ["main"]}
    for day in WEEK:
        text = days.get(day, "9:00-18:00")
        pairs = [p.split("-") for p in text.split(",") if p]
        form[f"{day}_from"] = [p[0] for p in pairs]
        form[f"{day}_to"] = [p[1] for p in pairs]
    return form


def text(answer: HttpResponse) -> str:
    return answer.content.decode().replace("\u00a0", " ")


def hours(web: WebShop, key: str = "main") -> Any:
    return web.world.one("select hours from shop_calendar where shop_id = %s and key = %s", web.shop_id, key)


# -- the shop ----------------------------------------------------------------------------------------------------------
def test_the_shop_is_described_and_says_when_it_was_saved(web: WebShop) -> None:
    owner = web.clients["owner"]
    saved = owner.post("/settings/save", SHOP, follow=True)
    assert saved.status_code == 200 and "Saved 12:00" in text(saved)
    name, country, brand = web.world.rows("select name, country, brand from shop_shop where id = %s", web.shop_id)[0]
    assert (name, country) == ("Печь и дом", "RU")
    assert brand["email"] == "hello@stove.test" and brand["phone"] == "+74951234567"
    assert brand["hours"] == {"ru": "с 9 до 18"}
    assert web.world.one("select count(*) from base_audit where action = 'shop.described'") == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "left empty"),
        ("name", "x" * 101, "too long"),
        ("time_zone", "Mars/Base", "of the list"),
        ("time_zone", "../../etc/passwd", "of the list"),
        ("country", "XX", "of the list"),
        ("currency", "12", "of the list"),
        ("language", "de", "of the list"),
        ("email", "nobody", "not an e-mail"),
        ("phone", "123", "not a telephone"),
    ],
)
def test_what_is_wrong_with_the_shop_is_said_and_kept(web: WebShop, field: str, value: str, words: str) -> None:
    answer = web.clients["owner"].post("/settings/save", {**SHOP, field: value})
    assert answer.status_code == 422 and words in text(answer)
    assert "Hello@Stove.test" in text(answer) or field == "email"
    if field != "currency":
        assert '<option value="RUB" selected>' in text(answer), "what was chosen stays chosen"
    if field in ("email", "phone"):
        assert f'value="{value}"' in text(answer)
    assert web.world.one("select name from shop_shop where id = %s", web.shop_id) == "Test shop"


def test_a_new_zone_takes_the_calendars_along_and_moves_openly(web: WebShop) -> None:
    web.world.publish(SCHEME_WORKING)
    order = _working_order(web)
    due = _due(web, order)
    owner = web.clients["owner"]
    shown = owner.post("/settings/save", {**SHOP, "time_zone": "Asia/Vladivostok"})
    assert shown.status_code == 200 and "Not saved yet" in text(shown)
    assert hours(web)["zone"] == "UTC"
    assert owner.post("/settings/save", {**SHOP, "time_zone": "Asia/Vladivostok", "sure": "yes"}).status_code == 302
    assert hours(web)["zone"] == "Asia/Vladivostok"
    assert due == datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    assert _due(web, order) == datetime(2026, 3, 3, 0, 0, tzinfo=UTC), "ten in the morning over there"


# -- working hours -----------------------------------------------------------------------------------------------------
def test_a_week_with_breaks_is_kept_in_order(web: WebShop) -> None:
    saved = web.clients["owner"].post("/settings/hours/save", week(mon="14-18:30,9.00-1300", sun=""))
    assert saved.status_code == 302
    assert hours(web)["hours"]["mon"] == ["09:00-13:00", "14:00-18:30"]
    assert "sun" not in hours(web)["hours"]
    assert web.world.one("select version from shop_calendar where shop_id = %s and key = 'main'", web.shop_id) == 2


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"mon": "9-13,12:30-18"}, "12:30–18:00 overlaps with 09:00–13:00."),
        ({"mon": "9-18,9-18"}, "overlaps"),
        ({"fri": "22-2,23-24"}, "overlaps"),
        ({"tue": "9-25"}, "“25” is not a time of day"),
        ({"tue": "abc-10"}, "“abc” is not a time of day"),
        ({"wed": "9-"}, "a beginning and an end"),
        ({"wed": "9-9"}, "begins and ends at 09:00"),
        (dict.fromkeys(WEEK, ""), "one working interval a week"),
    ],
)
def test_hours_that_make_no_sense_are_refused_in_words(web: WebShop, bad: dict[str, str], words: str) -> None:
    before = hours(web)
    answer = web.clients["owner"].post("/settings/hours/save", week(**bad))
    assert answer.status_code == 422 and words in text(answer)
    for typed in [t for pair in bad.values() for t in re.split("[-,]", pair) if t]:
        assert f'value="{typed}"' in text(answer)
    assert hours(web) == before


SCHEME_WORKING = """\
scheme: working
per: order
starts: order.placed
steps:
  confirm:
    call: {script: confirm-order, target: 15m working, within: 1h working, team: order-desk}
    outcomes: {confirmed: pause}
  pause:
    wait: 2h working
"""


def _working_order(web: WebShop) -> int:
    """An order whose call is due in an hour of working time."""
    _, order = web.buy()
    return order


def _task(web: WebShop, order: int) -> int:
    found = "select max(t.id) from desk_task t join journeys_version v on v.id = t.version_id where t.order_id = %s"
    return int(web.world.one(found + " and v.text like 'scheme: working%%'", order))


def _due(web: WebShop, order: int) -> datetime:
    found = web.world.one("select due_at from desk_task where id = %s", _task(web, order))
    assert isinstance(found, datetime)
    return found


def test_other_hours_move_open_tasks_and_waits_and_say_so_first(web: WebShop) -> None:
    web.world.publish(SCHEME_WORKING)
    web.world.at(datetime(2026, 3, 2, 17, 30, tzinfo=UTC))
    first, second = _working_order(web), _working_order(web)
    due = _due(web, first)
    assert due == datetime(2026, 3, 3, 9, 30, tzinfo=UTC), "half an hour on Monday, half an hour on Tuesday"
    web.clients["owner"].post(f"/tasks/{_task(web, second)}/finish", {"outcome": "confirmed"})
    web.settle()
    wait = "select due_at from journeys_enrolment where order_id = %s and step = 'pause'"
    assert web.world.one(wait, second) == datetime(2026, 3, 3, 10, 30, tzinfo=UTC)

    longer = week(**dict.fromkeys(WEEK, "9-21"))
    shown = text(web.clients["owner"].post("/settings/hours/save", longer))
    assert "Not saved yet" in shown and "1 open task gets another deadline." in shown
    assert "The wait of 1 person is reckoned anew." in shown and "18:30" in shown
    assert _due(web, first) == due and hours(web)["hours"]["mon"] == ["09:00-18:00"], "nothing is done before the yes"

    saved = web.clients["owner"].post("/settings/hours/save", {**longer, "sure": "yes"}, follow=True)
    assert "1 open task gets another deadline." in text(saved)
    assert _due(web, first) == datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
    web.world.conduct()
    assert web.world.one(wait, second) == datetime(2026, 3, 2, 19, 30, tzinfo=UTC)
    assert web.world.one("select count(*) from events_event where kind = 'calendar.changed'") == 1


def test_a_task_in_somebodys_hands_is_not_hidden_and_a_promise_stays(web: WebShop) -> None:
    web.world.publish(SCHEME_WORKING)
    task = _task(web, _working_order(web))
    promised = web.world.rows("select due_at from promises_promise order by id")
    web.clients["operator"].post(f"/tasks/{task}/claim")
    later = week(**dict.fromkeys(WEEK, "16-20"))
    web.clients["owner"].post("/settings/hours/save", {**later, "sure": "yes"})
    row = web.world.rows("select not_before, due_at from desk_task where id = %s", task)[0]
    assert row == (web.world.now, datetime(2026, 3, 2, 17, 0, tzinfo=UTC))
    assert web.world.rows("select due_at from promises_promise order by id") == promised


def test_a_limit_that_a_lead_has_set_stands_whatever_becomes_of_the_hours(web: WebShop) -> None:
    web.world.publish(SCHEME_WORKING)
    web.world.at(datetime(2026, 3, 2, 17, 30, tzinfo=UTC))
    set_, taken_back = _working_order(web), _working_order(web)
    lead, given = web.clients["supervisor"], datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    for order in (set_, taken_back):
        path = f"/board/tasks/{_task(web, order)}/limit"
        moved = lead.post(path, {"until": "2026-03-03T12:00", "reason": "no_hands"}, follow=True)
        assert _due(web, order) == given
    (undo,) = re.findall(r'action="(/board/tasks/\d+/limit/undo[^"]*)"', text(moved))
    lead.post(undo.replace("&amp;", "&"))
    longer = week(**dict.fromkeys(WEEK, "9-21"))
    assert "1 open task gets another deadline." in text(web.clients["owner"].post("/settings/hours/save", longer))
    web.clients["owner"].post("/settings/hours/save", {**longer, "sure": "yes"})
    assert _due(web, set_) == given
    assert _due(web, taken_back) == datetime(2026, 3, 2, 18, 30, tzinfo=UTC), "not moved any more: as all others"


def test_days_off_and_extra_days_are_put_in_changed_and_taken_out(web: WebShop) -> None:
    owner, path = web.clients["owner"], "/settings/hours/day"
    form: dict[str, Any] = {"calendar": "main", "day": "2026-03-09", "what": "off"}
    assert owner.post(path, form).status_code == 302
    assert hours(web)["days_off"] == ["2026-03-09"]
    shown = text(owner.get("/settings/hours/"))
    assert "9 March" in shown and "day off" in shown
    form |= {"what": "open", "special_from": ["10", "14"], "special_to": ["12", "16"]}
    assert owner.post(path, form).status_code == 302
    assert hours(web)["days_off"] == [] and hours(web)["extra"] == {"2026-03-09": ["10:00-12:00", "14:00-16:00"]}
    assert "10–12, 14–16" in text(owner.get("/settings/hours/?day=2026-03-09"))
    assert owner.post(path, {"calendar": "main", "day": "2026-03-09", "do": "remove"}).status_code == 302
    assert hours(web)["extra"] == {}
    for bad, words in (
        ({"day": "yesterday"}, "Choose a day"),
        ({"day": "2026-03-01"}, "from today on"),
        ({"day": "2036-03-01"}, "three years"),
        ({"day": "2026-03-09", "what": "open"}, "at least one interval"),
        ({"day": "2026-03-09", "what": "open", "special_from": ["9", "10"], "special_to": ["12", "16"]}, "overlaps"),
        ({"day": "2026-03-09", "what": "perhaps"}, "of the list"),
    ):
        answer = owner.post(path, {"calendar": "main", "what": "off", **bad})
        assert answer.status_code == 422 and words in text(answer), bad
    assert owner.post(path, {**form, "calendar": "nowhere"}).status_code == 404


# -- messages ----------------------------------------------------------------------------------------------------------
def test_the_rules_of_messages_are_saved_and_read_by_the_gate(web: WebShop) -> None:
    owner = web.clients["owner"]
    assert owner.post("/settings/messages/save", MESSAGES).status_code == 302
    with web.world.writing() as cur:
        shop_queries.forget()
        found = shop_queries.settings_of(cur, web.shop_id)
    assert (found.cap_count, found.cap_days, found.satisfaction_days) == (3, 20, 10)
    assert found.hold_out == 50
    assert found.history_after == timedelta(hours=48)
    assert [f"{t:%H:%M}" for t in found.quiet] == ["22:00", "08:30"]
    assert [f"{t:%H:%M}" for t in found.day] == ["10:00", "20:00"]
    for name, bad in (
        ("cap_count", "-1"),
        ("cap_days", "0"),
        ("hold_out_percent", "51"),
        ("quiet_from", "25:00"),
        ("day_from", ""),
        ("satisfaction_days", "many"),
    ):
        answer = owner.post("/settings/messages/save", {**MESSAGES, name: bad})
        assert answer.status_code == 422 and f'value="{bad}"' in text(answer), name
    assert owner.post("/settings/messages/save", {}).status_code == 422


# -- teams -------------------------------------------------------------------------------------------------------------
def test_a_team_gets_a_name_and_hours_of_its_own(web: WebShop) -> None:
    owner = web.clients["owner"]
    form = {"title_ru": "Забота", "title_en": "Care for buyers", "hours": "own"}
    assert owner.post("/settings/teams/of/care/save", form).status_code == 302
    row = web.world.rows("select title, calendar_key from shop_team where shop_id = %s and key = 'care'", web.shop_id)
    assert row == [({"ru": "Забота", "en": "Care for buyers"}, "care")]
    assert hours(web, "care") == hours(web)
    evening = {**week(**dict.fromkeys(WEEK, "12-20")), "calendar": ["care"]}
    assert owner.post("/settings/hours/save", evening).status_code == 302
    assert hours(web, "care")["hours"]["mon"] == ["12:00-20:00"] != hours(web)["hours"]["mon"]
    assert owner.post("/settings/teams/of/care/save", {"title_ru": "", "title_en": ""}).status_code == 422
    assert owner.post("/settings/teams/of/nobody/save", form).status_code == 404


def test_a_new_team_is_named_by_a_key_for_schemes(web: WebShop) -> None:
    owner = web.clients["owner"]
    new = {"title_en": "Night shift!", "title_ru": "Ночная смена"}
    assert owner.post("/settings/teams/new", new).status_code == 302
    assert web.world.one("select title->>'ru' from shop_team where key = 'night-shift'") == "Ночная смена"
    again = owner.post("/settings/teams/new", {"title_en": "Night shift"})
    assert again.status_code == 422 and 'value="Night shift"' in text(again)
    assert owner.post("/settings/teams/new", {"title_en": "Main"}).status_code == 422, "that is the shop's calendar"
    assert owner.post("/settings/teams/new", {"title_ru": "Курьеры"}).status_code == 302


# -- keys --------------------------------------------------------------------------------------------------------------
def test_a_key_works_after_it_was_made_and_no_longer_after_it_was_revoked(web: WebShop) -> None:
    owner = web.clients["owner"]
    made = owner.post("/settings/keys/new", {"name": "the till", "scopes": ["read"]})
    secret = re.search(r'id="secret" value="(rg_[\w-]+)"', text(made))
    assert secret and made["Cache-Control"] == "no-store"
    assert secret[1] not in text(owner.get("/settings/keys/")), "shown once"
    call = {"HTTP_AUTHORIZATION": f"Bearer {secret[1]}"}
    assert Client().get("/api/v1/promises", **call).status_code == 200
    assert "not yet" not in text(owner.get("/settings/keys/")), "it says when it was used"
    key = web.world.one("select id from shop_api_key where name = 'the till'")
    assert f'<dialog id="revoke-{key}" class="r-dialog" open' in text(owner.get(f"/settings/keys/?revoke={key}"))
    assert owner.post(f"/settings/keys/{key}/revoke").status_code == 302
    assert Client().get("/api/v1/promises", **call).status_code == 401
    actions = [r[0] for r in web.world.rows("select action from base_audit where object_kind = 'api_key' order by id")]
    assert actions == ["key.created", "key.revoked"]


def test_a_key_needs_a_name_and_something_to_do(web: WebShop) -> None:
    owner = web.clients["owner"]
    for body, words in (
        ({"name": "", "scopes": ["read"]}, "left empty"),
        ({"name": "a till"}, "Tick one"),
        ({"name": "a till", "scopes": ["root"]}, "from the list"),
    ):
        answer = owner.post("/settings/keys/new", body)
        assert answer.status_code == 422 and words in text(answer)
    assert web.world.one("select count(*) from shop_api_key") == 0


# -- feeds -------------------------------------------------------------------------------------------------------------
def _made(web: WebShop, kind: str, **fields: str) -> tuple[int, str, str]:
    """A feed's id, slug and secret, as the owner reads them off the page."""
    answer = web.clients["owner"].post("/settings/feeds/new", {"kind": kind, **fields})
    assert answer.status_code == 200, text(answer)
    address = re.search(r'id="address" value="http://testserver/in/([\w-]+)"', text(answer))
    secret = re.search(r'id="secret" value="(whsec_[^"]+)"', text(answer))
    assert address and secret
    return int(web.world.one("select max(id) from intake_feed")), address[1], secret[1]


def _signed(secret: str, body: bytes) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"x-wc-webhook-signature": signature, "x-wc-webhook-topic": "order.created"}


def test_a_feeds_secret_verifies_what_the_shop_signs_and_nothing_else(web: WebShop) -> None:
    from regulars.intake import feed_registry

    feed_id, slug, secret = _made(web, "woocommerce", completed="shipped")
    found = door.feed_at(slug)
    assert found is not None and found.settings == {"completed": "shipped"} and found.source == "woocommerce"
    feed = feed_registry.feed("woocommerce")
    assert feed is not None

    def verdict(key: str) -> str:
        door.forget()
        open_feed = door.feed_at(slug)
        if open_feed is None:
            return "unknown"
        body = b'{"id": 1}'
        request = feed_registry.Request("POST", _signed(key, body), "", body)
        return type(feed.check(request, open_feed.secrets, datetime.now(UTC))).__name__

    assert (verdict(secret), verdict("another")) == ("Accept", "Refuse")
    owner = web.clients["owner"]
    page = text(owner.get(f"/settings/feeds/{feed_id}/"))
    assert slug in page and secret not in page, "the secret is shown once"
    second = re.search(r'id="secret" value="(whsec_[^"]+)"', text(owner.post(f"/settings/feeds/{feed_id}/secret")))
    assert second and second[1] != secret
    assert (verdict(secret), verdict(second[1])) == ("Accept", "Accept"), "both while the shop is moved over"
    assert owner.post(f"/settings/feeds/{feed_id}/drop").status_code == 302
    assert (verdict(secret), verdict(second[1])) == ("Refuse", "Accept")
    assert owner.post(f"/settings/feeds/{feed_id}/pause").status_code == 302
    assert verdict(second[1]) == "unknown"
    assert owner.post(f"/settings/feeds/{feed_id}/resume").status_code == 302
    assert verdict(second[1]) == "Accept"
    assert owner.post(f"/settings/feeds/{feed_id}/remove").status_code == 302
    assert verdict(second[1]) == "unknown"
    assert owner.get(f"/settings/feeds/{feed_id}/").status_code == 404
    assert web.world.one("select secrets from intake_feed where id = %s", feed_id) == []
    assert owner.post(f"/settings/feeds/{feed_id}/resume").status_code == 404


def test_feeds_say_what_came_and_what_lies_in_quarantine(web: WebShop) -> None:
    feed_id, _, _ = _made(web, "generic")
    page = text(web.clients["owner"].get("/settings/feeds/"))
    assert "nothing yet" in page and "takes deliveries" in page
    with web.world.writing() as cur:
        row = cur.execute(
            "insert into intake_delivery (shop_id, feed_id, source, kind, actor) values (%s, %s, 'generic', 'vendor', 'feed:1')"
            " returning id",
            (web.shop_id, feed_id),
        ).fetchone()
        assert row is not None
        for _ in range(3):
            cur.execute(
                "insert into intake_quarantine (shop_id, delivery_id, source, kind, code, detail, body, at)"
                " values (%s, %s, 'generic', 'vendor', 'x', 'x', '', %s)",
                (web.shop_id, row[0], web.world.now),
            )
    page = text(web.clients["owner"].get("/settings/feeds/"))
    assert "nothing yet" not in page and '<a class="amber" href="/quarantine/">3</a>' in page


def test_a_second_feed_of_a_kind_gets_a_name_of_its_own(web: WebShop) -> None:
    _made(web, "generic")
    _made(web, "generic")
    assert web.world.rows("select source from intake_feed order by id") == [("generic",), ("generic-2",)]
    owner = web.clients["owner"]
    for body in ({"kind": "nobody"}, {"kind": "generic", "source": "Bad name!"}, {}):
        assert owner.post("/settings/feeds/new", body).status_code == 422


# -- channels ----------------------------------------------------------------------------------------------------------
def test_a_test_letter_goes_the_way_of_all_letters_and_its_answer_is_shown(web: WebShop, settings: Any) -> None:
    settings.REGULARS_EMAIL_URL = None
    owner = web.clients["owner"]
    page = text(owner.get("/settings/channels/"))
    assert "No mail server is connected" in page and "Send a test letter to owner@staff.test" in page
    sent = owner.post("/settings/channels/trial")
    waits = text(owner.get(sent["Location"]))
    assert "hx-get" in waits and "waiting" in waits
    web.outbox.gate()
    message = web.world.one("select max(id) from outbox_message")
    over = text(owner.get(f"/settings/channels/trial/{message}/"))
    assert "hx-get" not in over and "kept in the letterbox" in over and "Test letter to owner@staff.test: sent" in over
    assert web.world.one("select subject from outbox_body where id = %s", message) == "A test letter from Test shop"
    assert owner.get("/letters/").status_code == 200 and f"/letters/{message}/" in text(owner.get("/letters/"))
    owner.post("/settings/channels/trial")
    assert web.world.one("select count(*) from people_contact_point where value = 'owner@staff.test'") == 1
    assert web.world.one("select count(*) from journeys_enrolment") == 0, "no scheme takes the owner for a buyer"


def test_the_servers_own_words_are_shown(web: WebShop, settings: Any) -> None:
    from tests.apps.outbox_world import sending, until, url_of

    with sink_thread() as sink:
        settings.REGULARS_EMAIL_URL = url_of(sink)
        owner = web.clients["owner"]
        assert f"127.0.0.1:{sink.smtp_port}" in text(owner.get("/settings/channels/"))
        address = owner.post("/settings/channels/trial")["Location"]
        with sending(settings.REGULARS_EMAIL_URL):
            until(lambda: "accepted" in text(owner.get(address)))
        assert ": sent" in text(owner.get(address)) and "250" in text(owner.get(address))
        assert len(sink.book.messages("owner@staff.test")) == 1


def test_letters_are_held_and_let_go(web: WebShop, settings: Any) -> None:
    settings.REGULARS_EMAIL_URL = None
    owner = web.clients["owner"]
    assert owner.post("/settings/channels/hold").status_code == 302
    assert "stands still: held by the owner" in text(owner.get("/orders/"))
    _, order = web.buy()
    web.outbox.gate()
    message = web.message_of(order)
    assert web.outbox.state(message) == ("queued", "channel_paused")
    assert owner.post("/settings/channels/release").status_code == 302
    web.outbox.gate()
    assert web.outbox.state(message) == ("sent", None)
    assert "held by the owner" not in text(owner.get("/settings/channels/"))


def test_a_password_in_email_url_is_on_no_page(web: WebShop, settings: Any) -> None:
    settings.REGULARS_EMAIL_URL = "smtp://post:very-secret@mail.example.com:587"
    page = text(web.clients["supervisor"].get("/settings/channels/"))
    assert "mail.example.com:587" in page and "very-secret" not in page
    settings.REGULARS_EMAIL_URL = "smtp://mail.example.com:99999"
    assert "be read, so nothing is sent" in text(web.clients["owner"].get("/settings/channels/"))


# -- who ---------------------------------------------------------------------------------------------------------------
def test_a_supervisor_reads_and_changes_nothing(web: WebShop) -> None:
    lead = web.clients["supervisor"]
    for path in ("/settings/", "/settings/hours/", "/settings/messages/", "/settings/teams/"):
        page = text(lead.get(path))
        assert "<fieldset disabled" in page or "disabled>" in page, path
    assert "Send a test letter" not in text(lead.get("/settings/channels/"))
    assert "/settings/keys/" not in text(lead.get("/settings/")) and lead.get("/settings/keys/").status_code == 403
    assert 'href="/settings/"' in text(lead.get("/tasks/"))
    assert 'href="/settings/"' not in text(web.clients["operator"].get("/tasks/"))


def test_another_shops_team_is_not_touched(web: WebShop) -> None:
    with web.world.writing() as cur:
        shops.create_team(cur, web.other_shop, "night", {"en": "Night"}, SYSTEM)
    assert web.clients["owner"].post("/settings/teams/of/night/save", {"title_en": "X"}).status_code == 404
