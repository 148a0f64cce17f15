"""Payloads in every text that somebody outside may write: no page gives one of them to the browser as markup."""

import re
from html.parser import HTMLParser

import pytest

from regulars.base.actor import Actor
from regulars.feedback import actions as feedback
from regulars.outbox.links import ANSWER, PREFERENCES, UNSUBSCRIBE
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

PAYLOADS = (
    "<script>alert('xss')</script>",
    "\"><img src=x onerror=alert('xss')>",
    "'><svg/onload=alert('xss')>",
    "</textarea><script>alert('xss')</script>",
    "</title></style><script>alert('xss')</script>",
    "{{ 7|add:7 }}{% debug %}<b onclick=alert('xss')>",
    "javascript:alert('xss')",
    "<a href=\"javascript:alert('xss')\">x</a>",
)


class Markup(HTMLParser):
    """Whatever could run: scripts of the page, handlers, addresses with a script in them, inline styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_ours = (tag == "script" and re.fullmatch(r"/static/built/\w+-[0-9a-f]{12}\.js", given.get("src") or "")) or (
            tag == "svg" and re.fullmatch(r"(icon|r-|g-|chart)[\w -]*", given.get("class") or "")
        )
        if tag in ("script", "svg", "object", "embed", "base", "style", "img") and not is_ours:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc", "formaction"):
                self.found.append(f"{tag} {name}")
            if name in ("href", "src", "action") and re.match(r"\s*(javascript|data:text|vbscript)", value or "", re.I):
                self.found.append(f"{tag} {name}={value}")


def _plant(web: WebShop, payload: str) -> tuple[int, int, int, list[str]]:
    """Put it everywhere; the paths of all pages that show it."""
    person, order = web.buy()
    web.outbox.gate()
    message, task = web.message_of(order), web.task_of(order)
    asked, open_question = web.ask(person, order), web.ask(person, order)
    with web.world.writing() as cur:
        feedback.answer(cur, web.shop_id, asked, "no", payload, Actor("buyer", person), web.world.now)
        cur.execute(
            "update people_person set name = %(x)s, first_name = %(x)s, address = jsonb_build_object('city', %(x)s::text),"
            " time_zone = %(x)s, language = 'en' where id = %(id)s",
            {"x": payload, "id": person},
        )
        cur.execute("update people_contact_point set value = %s where person_id = %s", (payload, person))
        cur.execute(
            "insert into people_identity (shop_id, source, external_id, person_id) values (%s, 'api', %s, %s)",
            (web.shop_id, payload, person),
        )
        cur.execute(
            "insert into people_consent (shop_id, person_id, channel, purpose, given, at, proof)"
            " values (%s, %s, %s, %s, true, %s, jsonb_build_object('source', %s::text))",
            (web.shop_id, person, payload, payload, web.world.now, payload),
        )
        cur.execute(
            "update orders_order set number = %(x)s, external_id = %(x)s, note = %(x)s, payment_method = %(x)s, source = %(x)s"
            " where id = %(id)s",
            {"x": payload, "id": order},
        )
        cur.execute(
            "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price)"
            " values (%s, %s, 1, %s, %s, 1, 1)",
            (web.shop_id, order, payload, payload),
        )
        cur.execute(
            "insert into orders_version (id, shop_id, order_id, n, version_at, body) values (next_id(), %s, %s, 1, %s,"
            " jsonb_build_object('status', %s::text, 'payment', jsonb_build_object('status', %s::text)))",
            (web.shop_id, order, web.world.now, payload, payload),
        )
        cur.execute(
            "update desk_task set note = %(x)s, title = jsonb_build_object('en', %(x)s::text), outcomes = array[%(x)s::text],"
            " team = %(x)s, why_next = %(x)s where id = %(id)s",
            {"x": payload, "id": task},
        )
        cur.execute(
            "insert into desk_task (id, shop_id, person_id, order_id, kind, team, state, outcome, note, finished_by, not_before,"
            " opened_at, finished_at) values (next_id(), %s, %s, %s, %s, %s, 'finished', %s, %s, %s, %s, %s, %s)",
            (web.shop_id, person, order, payload, payload, payload, payload, payload, *[web.world.now] * 3),
        )
        cur.execute("update outbox_body set subject = %s where id = %s", (payload, message))
        cur.execute(
            "insert into outbox_delivery (shop_id, message_id, channel, outcome, code, reply, at)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            (web.shop_id, message, payload, payload, payload, payload, web.world.now),
        )
        cur.execute(
            "update outbox_message set reason = %s, step = %s, channel = 'email' where id = %s",
            (payload, payload, message),
        )
        cur.execute("update promises_promise set kind = %s where order_id = %s", (payload, order))
        cur.execute("update shop_shop set name = %s where id = %s", (payload, web.shop_id))
        cur.execute("update staff_account set name = %s where id = %s", (payload, web.accounts["owner"]))
        cur.execute(
            "insert into outbox_channel (shop_id, kind, trouble, paused_until) values (%s, %s, %s, %s)"
            " on conflict (shop_id, kind) do nothing",
            (web.shop_id, payload[:50], payload, web.world.now.replace(year=2030)),
        )
    item = web.quarantine(body=payload.encode(), detail=payload)
    _, other = web.buy()
    enrolment = web.set_aside(other)
    with web.world.writing() as cur:
        cur.execute(
            "update journeys_enrolment set problem = jsonb_build_object('code', %s::text, 'params',"
            " jsonb_build_object(%s::text, %s::text)), step = %s where id = %s",
            (payload, payload, payload, payload, enrolment),
        )
    unknown = web.unknown(other)
    return person, order, message, [
        "/tasks/", f"/tasks/{task}/", f"/tasks/queue?card={task}", "/tasks/all/", "/tasks/all/?state=finished",
        "/orders/", f"/orders/{order}/", "/people/",
        f"/people/{person}/", "/letters/", f"/letters/{message}/", f"/letters/{unknown}/", "/letters/waiting/",
        f"/letters/{message}/source", f"/letters/?person={person}", "/letters/?state=all", "/promises/", "/quarantine/",
        f"/quarantine/{item}/", f"/quarantine/{item}/?edit=yes", "/schemes/", "/schemes/aside/", "/team/", "/password/",
        web.link(ANSWER, web.shop_id, open_question, message), web.link(UNSUBSCRIBE, web.shop_id, person, message),
        web.link(PREFERENCES, web.shop_id, person),
    ]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_stays_text_on_every_page(web: WebShop, payload: str) -> None:
    *_, paths = _plant(web, payload)
    shown = 0
    for path in paths:
        found = web.clients["owner"].get(path)
        assert found.status_code == 200, path
        text = found.content.decode()
        markup = Markup()
        markup.feed(text)
        assert markup.found == [], path
        assert "script-src" not in found["Content-Security-Policy"], "nothing is allowed beyond default-src"
        assert (
            "default-src 'self'" in found["Content-Security-Policy"]
            and "unsafe" not in found["Content-Security-Policy"]
        )
        shown += "xss" in text
    assert shown >= len(paths) - 4, "the payload was really on the pages"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_a_query_or_a_form_stays_text(web: WebShop, payload: str) -> None:
    _, order = web.buy()
    task, owner = web.task_of(order), web.clients["owner"]
    pages = [owner.get(p, {"q": payload, "order": payload, "team": payload, "state": payload, "next": payload}) for p in
             ("/tasks/", "/tasks/all/", "/tasks/queue", "/orders/",
              "/people/", "/letters/", "/promises/", "/quarantine/", "/login/")]  # fmt: skip
    pages += [
        owner.post(f"/tasks/{task}/finish", {"outcome": payload, "note": payload, "call_at": payload}),
        owner.post(f"/tasks/{task}/draft", {"outcome": payload, "note": payload, "day": payload, "slot": payload}),
        owner.post("/schemes/publish", {"text": f"scheme: {payload}\n{payload}", "do": "check"}),
        owner.post("/login/", {"email": payload, "password": "x", "next": payload}),
        owner.get(f"/nothing/{payload}"),
    ]
    for page in pages:
        assert page.status_code in (200, 404, 422)
        markup = Markup()
        markup.feed(page.content.decode())
        assert markup.found == []


def test_a_letters_own_markup_stays_in_its_sandbox(web: WebShop) -> None:
    person, _ = web.buy()
    words = {"subject": {"en": "Hi"}, "text": {"en": "<script>alert('xss')</script> {{ person.name }}"}}
    with web.world.writing() as cur:
        cur.execute("update people_person set name = %s where id = %s", (PAYLOADS[1], person))
    letter = web.outbox.queue(person, content={"inline": words})
    web.outbox.gate()
    page = web.clients["owner"].get(f"/letters/{letter}/")
    markup = Markup()
    markup.feed(page.content.decode())
    assert markup.found == []
    assert "sandbox;" in web.clients["owner"].get(f"/letters/{letter}/html")["Content-Security-Policy"]
