"""The ledger of promises: presets with counts, what comes first, the honest share, and the search."""

import re
from datetime import datetime, timedelta

import pytest

from regulars.effects.danger import watch_once
from regulars.promises import queries
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def _promise(
    web: WebShop, due_at: datetime, state: str = "open", kind: str = "call", closed_at: datetime | None = None
) -> int:
    person = web.world.person()
    id_ = web.outbox.promise(web.outbox.queue(person), person, due_at, kind)
    with web.world.writing() as cur:
        cur.execute(
            "update promises_promise set state = %s, told_at = %s, closed_at = %s where id = %s",
            (state, web.world.now, closed_at, id_),
        )
    return id_


def _page(web: WebShop, **query: str) -> str:
    return web.clients["operator"].get("/promises/", query).content.decode()


def _dues(text: str) -> list[str]:
    return re.findall(r'</td>\s*<td class="more nowrap">([^<]+)</td>', text)


def test_what_stands_is_listed_by_when_it_is_due_with_a_clock(web: WebShop) -> None:
    now = web.world.now
    for minutes in (50, 5, 20):
        _promise(web, now + timedelta(minutes=minutes))
    text = _page(web, state="open")
    assert _dues(text) == ["12:05", "12:20", "12:50"]
    assert "r-clock soon" in text and "in 5 min" in text and "r-clock ok" in text
    web.world.later(minutes=6)
    late = _page(web, state="open")
    assert "r-clock late" in late and "1 min late" in late


def test_the_share_kept_is_rounded_down_and_counts_what_was_settled(web: WebShop) -> None:
    now = web.world.now
    assert "settled in the last 30 days" not in _page(web)
    for _ in range(2):
        _promise(web, now, "kept", closed_at=now - timedelta(minutes=40))
    _promise(web, now - timedelta(hours=1), "broken", closed_at=now)
    _promise(web, now, "void", closed_at=now)
    _promise(web, now, "broken", closed_at=now - timedelta(days=31))
    text = _page(web)
    assert re.search(r'r-share">66%</b>.*were kept: 2 of 3\.', text, re.S)
    assert re.search(r'state=broken">broken <b class="num">2</b>', text) and re.search(r"void.>[^<]* <b[^>]*>1<", text)
    assert "40 min before its time" in _page(web, state="kept")
    assert "60 min late" in _page(web, state="broken") or "1 h late" in _page(web, state="broken")


def test_a_promise_that_is_broken_by_the_watch_says_so(web: WebShop) -> None:
    due = web.world.now + timedelta(minutes=10)
    _promise(web, due)
    web.world.later(hours=2)
    while watch_once(web.world.raw):
        pass
    assert "broken" in _page(web, state="broken") and "1 h late" in _page(web, state="broken")
    assert "No promise was broken" not in _page(web, state="broken")


def test_filters_by_kind_person_and_order(web: WebShop) -> None:
    person, order = web.buy()
    web.outbox.gate()
    name = web.world.one("select name from people_person where id = %s", person)
    number = web.world.one("select number from orders_order where id = %s", order)
    _promise(web, web.world.now + timedelta(hours=4), kind="ship")
    assert len(_dues(_page(web))) == 2
    assert _dues(_page(web, kind="ship")) == ["16:00"]
    for query in ({"q": name}, {"q": number}, {"order": number}):
        text = _page(web, **query)
        assert len(_dues(text)) == 1 and f'/people/{person}/"' in text, query
        assert f'/letters/{web.message_of(order)}/"' in text, "the letter that told it"
    assert "Nothing matches" in _page(web, q="nowhere") and "Nothing matches" in _page(web, order="nowhere")
    assert "Nothing matches" in _page(web, order=number, kind="ship")


@pytest.mark.parametrize("state", ["", "open", "kept"])
def test_pages_of_the_ledger_go_on_where_the_last_one_ended(web: WebShop, state: str) -> None:
    now = web.world.now
    with web.world.writing() as cur:
        cur.execute(
            "insert into promises_promise (shop_id, person_id, key, kind, state, due_at, told_at, closed_at)"
            " select %s, %s, 'k' || n, 'call', %s, %s::timestamptz + n / 2 * interval '1 minute', %s,"
            " %s::timestamptz + n / 2 * interval '1 minute' from generate_series(1, 120) n",
            (web.shop_id, web.world.person(), state or "kept", now, now, now),
        )
    seen, path = [], f"/promises/?state={state}"
    for _ in range(3):
        text = web.clients["operator"].get(path).content.decode()
        seen += _dues(text)
        following = re.search(r'href="(/promises/\?[^"]*)" rel="next"', text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == 120 and path == ""
    assert seen == sorted(seen, reverse=state != "open")


def test_a_rare_kind_is_looked_for_piece_by_piece(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "SCANNED", 3)
    now = web.world.now
    rare = _promise(web, now + timedelta(hours=9), kind="ship")
    for i in range(7):
        _promise(web, now + timedelta(minutes=i))
    for state in ("", "open"):
        after, rounds, found = None, 0, []
        while True:
            with web.world.writing() as cur:
                page = queries.page(cur, web.shop_id, state=state, kind="ship", after=after)
            found += [p.id for p in page.rows]
            rounds += 1
            if page.following is None:
                break
            after = page.following
        assert found == [rare] and rounds == 3, state
    assert "Look further" in _page(web, kind="ship", state="open")
