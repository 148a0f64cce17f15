"""Recordings that lie at the vendor's: a link is fetched for whoever may listen, for this once, and kept nowhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from regulars.base.actor import SYSTEM
from regulars.intake import actions as intake
from tests.apps.intake_world import deliver, take_in
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401
from tests.sinks.telephones import KEYS, Telephones, telephones

LINKS = {"mango": "https://files.mango.test/r?once=1&amp;x=2", "zadarma": "https://api.zadarma.test/record/r-1.mp3"}


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Telephones]:
    with telephones(tmp_path) as found:
        yield found


def _connect(web: WebShop, vendor: Telephones, kind: str, *, key: str = "", secret: str | None = None) -> None:
    with web.world.writing() as cur:
        intake.open_feed(
            cur, web.shop_id, kind, SYSTEM, source=kind, settings={"api": vendor.url},
            credentials={"api_key": key or KEYS[kind][0]} if key != "none" else {},
            secrets=[KEYS[kind][1] if secret is None else secret],
        )  # fmt: skip


def _recorded(web: WebShop, source: str, recording: str = "r-1", **said: Any) -> int:
    """A talk with somebody known, and its recording; the call's id."""
    person, _ = web.buy()
    number = web.world.one("select value from people_contact_point where person_id = %s and kind = 'phone'", person)
    fact = {
        "id": f"c-{person}", "at": web.world.now.isoformat(), "direction": "in", "number": number, "state": "ended",
        "answered": True, "recording": recording, **said,
    }  # fmt: skip
    deliver(web.world, fact, kind="calls", source=source)
    take_in(web.world)
    return int(web.world.one("select max(id) from talks_call"))


@pytest.mark.parametrize("kind", sorted(LINKS))
def test_a_lead_listens_by_a_link_for_this_once(web: WebShop, vendor: Telephones, kind: str) -> None:
    _connect(web, vendor, kind)
    call = _recorded(web, kind)
    lead = web.clients["supervisor"]
    person = web.world.one("select person_id from talks_call where id = %s", call)
    for path in ("/calls/", f"/people/{person}/"):
        page = lead.get(path).content.decode()
        assert f'action="/calls/{call}/listen/0" target="_blank"' in page, path
        assert "r-1" not in page, "the vendor's name of it is no link"
    answer = lead.post(f"/calls/{call}/listen/0")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'content="0;url={LINKS[kind]}"' in text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert [(r["vendor"], r["number"]) for r in vendor.rung()] == [(kind, "r-1")]
    written = web.world.rows(
        "select actor_id, object_id, detail from base_audit where action = 'call.listened' order by id"
    )
    assert written == [(web.accounts["supervisor"], call, {"n": 0})]
    kept = web.world.one("select recordings::text from talks_call where id = %s", call)
    assert kept == "{r-1}"


def test_whoever_had_the_call_listens_and_nobody_else(web: WebShop, vendor: Telephones) -> None:
    _connect(web, vendor, "mango")
    call = _recorded(web, "mango")
    operator = web.clients["operator"]
    assert operator.post(f"/calls/{call}/listen/0").status_code == 403
    assert "/listen/" not in operator.get("/calls/").content.decode()
    assert "recorded" in operator.get("/calls/").content.decode()
    with web.world.writing() as cur:
        cur.execute("update talks_call set account_id = %s where id = %s", (web.accounts["operator"], call))
    assert operator.post(f"/calls/{call}/listen/0").status_code == 200
    assert f"/calls/{call}/listen/0" in operator.get("/calls/").content.decode()
    assert web.clients["stranger"].post(f"/calls/{call}/listen/0").status_code == 404
    assert len(vendor.rung()) == 1


def test_looking_fetches_nothing_and_what_is_no_recording_is_not_found(web: WebShop, vendor: Telephones) -> None:
    _connect(web, vendor, "mango")
    call = _recorded(web, "mango")
    linked = _recorded(web, "mango", "https://files.example/one.mp3")
    lead = web.clients["supervisor"]
    assert lead.get(f"/calls/{call}/listen/0").status_code == 405
    assert lead.post(f"/calls/{call}/listen/1").status_code == 404
    assert lead.post(f"/calls/{linked}/listen/0").status_code == 404, "it is a link already"
    assert 'href="https://files.example/one.mp3"' in lead.get("/calls/").content.decode()
    assert vendor.rung() == []


@pytest.mark.parametrize("kind", sorted(LINKS))
def test_what_is_missing_is_said_on_the_page(web: WebShop, vendor: Telephones, kind: str) -> None:
    lead, text = web.clients["supervisor"], "the key of the vendor’s API is needed"
    call = _recorded(web, kind)
    assert "lies at the vendor’s" in lead.get("/calls/").content.decode()
    _connect(web, vendor, kind, key="none")
    assert text in lead.get("/calls/").content.decode()
    assert "/listen/" not in lead.get("/calls/").content.decode()
    refused = lead.post(f"/calls/{call}/listen/0")
    assert refused.status_code == 409
    assert text in refused.content.decode()
    assert vendor.rung() == []


@pytest.mark.parametrize("kind", sorted(LINKS))
@pytest.mark.parametrize(
    ("recording", "secret", "says"),
    [
        ("r-000", None, "no such recording yet"),
        ("r-777", None, "its server fails"),
        ("r-999", None, "no whole answer came"),
        ("r-1", "wrong", "it doesn’t let us in"),
    ],
)
def test_why_there_is_no_recording_is_said(
    web: WebShop, vendor: Telephones, kind: str, recording: str, secret: str | None, says: str
) -> None:
    _connect(web, vendor, kind, secret=secret)
    call = _recorded(web, kind, recording)
    refused = web.clients["supervisor"].post(f"/calls/{call}/listen/0")
    assert refused.status_code == 409
    assert says in refused.content.decode()
    assert "http-equiv" not in refused.content.decode()


def test_the_vendor_is_asked_by_the_guarded_way_alone(web: WebShop, vendor: Telephones) -> None:
    _connect(web, vendor, "zadarma")
    call = _recorded(web, "zadarma")
    lead = web.clients["supervisor"]
    with web.world.writing() as cur:  # outside a playground this machine may not be called
        cur.execute("update base_clock set playground = false")
    refused = lead.post(f"/calls/{call}/listen/0")
    assert refused.status_code == 409
    with web.world.writing() as cur:  # and from one, nobody else
        cur.execute("update base_clock set playground = true")
        cur.execute('update intake_feed set settings = \'{"api": "https://api.zadarma.test"}\'')
    assert "Nothing leaves a playground" in lead.post(f"/calls/{call}/listen/0").content.decode()
    assert vendor.rung() == []


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "http://files.mango.test/r", "//files.mango.test", "https://a\nb", ""]
)
def test_no_other_link_than_a_secure_one_is_followed(link: str) -> None:
    from regulars.vendors import telephones as vendors

    assert vendors.link_of("mango", 302, link, None, "")[0] == ""
    assert vendors.link_of("zadarma", 200, "", {"status": "success", "link": link}, "")[0] == ""
    assert vendors.link_of("zadarma", 200, "", {"status": "success", "links": [7]}, "")[0] == ""


def test_zadarma_may_name_several_links(web: WebShop) -> None:
    from regulars.vendors import telephones as vendors

    found = vendors.link_of(
        "zadarma", 200, "", {"status": "success", "links": ["https://a.test/1", "https://a.test/2"]}, ""
    )
    assert found[0] == "https://a.test/1"
