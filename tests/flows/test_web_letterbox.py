"""The letterbox: presets and filters, live rows, a letter with its reasons, and one word on many messages."""

import re
from datetime import timedelta
from typing import Any

import pytest

from regulars.outbox import queries
from regulars.outbox.queries import Filters
from regulars.staff import notice_queries, telling
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def _letters(text: str) -> list[int]:
    """The ids of the list, in its order."""
    return [int(i) for i in re.findall(r'href="/letters/(\d+)/[^"]*" data-item', text)]


def _get(web: WebShop, who: str = "operator", **query: Any) -> str:
    return web.clients[who].get("/letters/", query).content.decode()


def _letter(web: WebShop, subject: str = "Hello", person: int | None = None, **fields: Any) -> int:
    content = {"inline": {"subject": {"en": subject}, "text": {"en": "Good day."}}}
    made = web.outbox.queue(person or web.world.person(), content=content, **fields)
    web.outbox.gate()
    return made


def _set(web: WebShop, message: int, state: str, reason: str | None = None) -> None:
    with web.world.writing() as cur:
        cur.execute(
            "update outbox_message set state = %s, reason = %s, closed_at = %s where id = %s",
            (state, reason, web.world.now, message),
        )


def test_what_was_sent_last_stands_first_though_it_was_queued_before(web: WebShop) -> None:
    late = web.outbox.queue(web.world.person(), send_after=web.world.now + timedelta(hours=2))
    early = _letter(web)
    web.world.later(hours=3)
    web.outbox.gate()
    assert _letters(_get(web)) == [late, early]


def test_each_state_has_its_list_and_its_count(web: WebShop) -> None:
    sent, failed, unknown = (_letter(web) for _ in range(3))
    _set(web, failed, "failed", "rejected")
    _set(web, unknown, "unknown", "unknown")
    refused = _letter(web, purpose="advertising")
    held = web.outbox.queue(web.world.person(), late={"action": "wait", "after_seconds": 60})
    web.world.later(hours=2)
    web.outbox.gate()
    waiting = web.outbox.queue(web.world.person(), send_after=web.world.now + timedelta(hours=9))
    expected = {
        "sent": [sent], "failed": [failed], "unknown": [unknown], "refused": [refused], "held": [held],
        "queued": sorted([held, waiting]), "cancelled": [],
        "all": sorted([sent, failed, unknown, refused, held, waiting], reverse=True),
    }  # fmt: skip
    for state, ids in expected.items():
        found = _letters(_get(web, state=state))
        assert (sorted(found) if state == "queued" else found) == ids, state
    text = _get(web)
    assert re.search(r'state=failed">failed <b class="num">1</b>', text) and "sent today: 1" in text
    assert "every channel refused it for good" in _get(web, state="failed")
    assert "no consent" in _get(web, state="refused")


def test_filters_pick_by_channel_purpose_template_and_time(web: WebShop) -> None:
    person = web.world.person()
    web.outbox.agree(person)
    advert = _letter(web, "Sale", person, purpose="advertising")
    plain = web.outbox.queue(web.world.person(), content={"template": "order-received"}, by=("email",))
    web.outbox.gate()
    if web.outbox.state(plain)[0] != "sent":
        _set(web, plain, "sent")
        with web.world.writing() as cur:
            cur.execute("update outbox_message set sent_at = closed_at, channel = 'email' where id = %s", (plain,))
    web.world.later(days=8)
    new = _letter(web, "New")
    assert _letters(_get(web, purpose="advertising")) == [advert]
    assert _letters(_get(web, template="order-received")) == [plain]
    assert _letters(_get(web, period="today")) == _letters(_get(web, period="7")) == [new]
    assert len(_letters(_get(web, period="30"))) == 3
    assert _letters(_get(web, channel="sms")) == [] and "Remove the filter" in _get(web, channel="sms")
    assert _letters(_get(web, purpose="advertising", template="order-received")) == []


def test_it_is_found_by_person_address_order_and_subject(web: WebShop) -> None:
    person, order = web.buy()
    web.outbox.gate()
    theirs, other = web.message_of(order), _letter(web, "Ёлки по 100%")
    number = web.world.one("select number from orders_order where id = %s", order)
    email = web.world.one("select value from people_contact_point where person_id = %s and kind = 'email'", person)
    name = web.world.one("select name from people_person where id = %s", person)
    for text in (number, email, name):
        assert _letters(_get(web, q=text)) == [theirs], text
    assert _letters(_get(web, q="ЁЛКИ ПО 100%")) == [other]
    assert _letters(_get(web, q=name, **{"in": "subject"})) == []
    assert _letters(_get(web, person=person)) == [theirs] and f"{name}<svg" in _get(web, person=person)
    assert _letters(_get(web, order=number)) == [theirs]
    assert _letters(_get(web, order="no such")) == [] == _letters(_get(web, q="nowhere to be found"))
    assert _letters(_get(web, who="stranger", person=person)) == []


def test_pages_go_on_where_the_last_one_ended(web: WebShop) -> None:
    people = [web.world.person() for _ in range(4)]
    ids = [web.outbox.queue(people[i % 4]) for i in range(60)]
    web.outbox.gate()
    for state in ("sent", "all"):
        first = _get(web, state=state)
        following = re.search(r'href="/letters/\?([^"]*after=[^"]*)" rel="next"', first)
        assert following is not None
        second = web.clients["operator"].get("/letters/?" + following[1].replace("&amp;", "&")).content.decode()
        assert _letters(first) + _letters(second) == sorted(ids, reverse=True)


def test_a_rare_letter_is_looked_for_piece_by_piece(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "SCANNED", 5)
    rare = _letter(web, "Needle")
    web.world.later(minutes=1)
    for _ in range(12):
        _letter(web)
    for filters in (Filters(state="sent", subject="needle"), Filters(subject="needle")):
        after, rounds, found = None, 0, []
        while True:
            with web.world.writing() as cur:
                page = queries.page(cur, web.shop_id, filters, after=after)
            found += [m.id for m in page.rows]
            rounds += 1
            if page.following is None:
                break
            assert page.is_cut
            after = page.following
        assert found == [rare] and rounds == 3, filters
    assert "Look further back" in _get(web, q="needle", **{"in": "subject"})


def test_new_letters_come_by_themselves_and_nothing_is_204(web: WebShop) -> None:
    first = _letter(web)
    text = _get(web)
    news = re.search(r'hx-get="(/letters/news\?[^"]+)"', text)
    assert news is not None
    client = web.clients["operator"]
    path = news[1].replace("&amp;", "&")
    assert client.get(path).status_code == 204
    web.world.later(minutes=1)
    second = _letter(web, "Second")
    came = client.get(path)
    rows = came.content.decode()
    assert came.status_code == 200 and _letters(rows) == [second] and "Second" in rows and str(first) not in rows
    again = re.search(r'hx-get="(/letters/news\?[^"]+)"', rows)
    assert again is not None and client.get(again[1].replace("&amp;", "&")).status_code == 204
    assert web.clients["stranger"].get(path).status_code == 204
    looks = "select count(*) from base_audit where action = 'person.viewed'"
    assert web.world.one(looks) == 0, "a poll is a look at nobody"


def test_a_letter_stands_beside_the_list_with_all_that_is_known_of_it(web: WebShop) -> None:
    person, order = web.buy()
    web.outbox.gate()
    message = web.message_of(order)
    with web.world.writing() as cur:
        cur.execute("update outbox_delivery set code = '250', reply = '2.0.0 queued' where message_id = %s", (message,))
    text = web.clients["operator"].get(f"/letters/{message}/").content.decode()
    for part in (
        f'/people/{person}/"', f'/orders/{order}/"', "/schemes/of/after-order/?step=confirm", "Why?", "2.0.0 queued",
        "accepted", f'src="/letters/{message}/html"', f'href="/letters/{message}/" data-item', "b···@example.test",
    ):  # fmt: skip
        assert part in text, part
    assert f"/letters/{message}/source" not in text, "the bytes name the whole address: not for operators"
    lead = web.clients["supervisor"].get(f"/letters/{message}/").content.decode()
    assert f'hx-get="/letters/{message}/source"' in lead


def test_the_bytes_are_there_for_leads_as_text_and_as_a_file(web: WebShop) -> None:
    message = _letter(web)
    lead = web.clients["supervisor"]
    text = lead.get(f"/letters/{message}/source").content.decode()
    assert "MIME-Version: 1.0" in text and "<html" not in text.split("<pre")[0]
    file = lead.get(f"/letters/{message}/source?file=yes")
    assert file["Content-Disposition"] == f'attachment; filename="message-{message}.eml"'
    assert file["Content-Type"] == "message/rfc822" and file.content == web.outbox.detail(message).raw


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@example.test", "Eve\nX-Evil: 1", 'Eve" <x@example.test>', "Eve\x0bBcc: y"]
)
def test_a_name_puts_no_header_into_a_letter(web: WebShop, name: str) -> None:
    person = web.world.person()
    with web.world.writing() as cur:
        cur.execute(
            "update people_person set name = %(n)s, first_name = %(n)s where id = %(id)s", {"n": name, "id": person}
        )
    content = {"inline": {"subject": {"en": "Hi {{ person.first_name }}"}, "text": {"en": "Good day."}}}
    message = web.outbox.queue(person, content=content)
    web.outbox.gate()
    raw = web.outbox.detail(message).raw
    if raw is None:
        assert web.outbox.state(message)[0] in ("refused", "failed")
    else:
        head = raw.partition(b"\r\n\r\n")[0].decode()
        assert not re.search(r"^(bcc|x-evil):", head, re.I | re.M)
    shown = web.clients["supervisor"].get(f"/letters/{message}/").content.decode()
    names = re.findall(r'<dt lang="en">([^<]+)</dt>', shown)
    assert set(names) <= {
        "Subject", "From", "To", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "X-Regulars-Purpose",
    }  # fmt: skip


@pytest.mark.parametrize(("verdict", "state"), [("was_sent", "sent"), ("send_again", "queued"), ("leave", "failed")])
def test_one_word_decides_on_many_of_unknown_fate(web: WebShop, verdict: str, state: str) -> None:
    orders = [web.buy()[1] for _ in range(3)]
    web.outbox.gate()
    ids = [web.unknown(order) for order in orders]
    lead = web.clients["supervisor"]
    page = lead.get("/letters/waiting/").content.decode()
    assert page.count('name="message"') == 3 and "gets it twice" in page
    lead.post("/letters/decide", {"verdict": verdict, "message": ids[:2]})
    assert [web.outbox.state(i)[0] for i in ids] == [state, state, "unknown"]
    detail = web.world.rows("select object_id, detail from base_audit where action = 'message.resolved'")
    assert detail == [(None, {"verdict": verdict, "messages": [str(i) for i in sorted(ids[:2])]})]
    told = lead.post("/letters/decide", {"verdict": "leave", "message": ids}, follow=True).content.decode()
    assert "somebody had decided already: 2" in told and web.outbox.state(ids[0])[0] == state


@pytest.mark.parametrize(("verdict", "state"), [("send", "sent"), ("drop", "refused")])
def test_one_word_decides_on_many_that_were_late(web: WebShop, verdict: str, state: str) -> None:
    held = [web.outbox.queue(web.world.person(), late={"action": "wait", "after_seconds": 60}) for _ in range(2)]
    web.world.later(hours=2)
    web.outbox.gate()
    lead = web.clients["supervisor"]
    assert "though late" in lead.get("/letters/waiting/").content.decode()
    assert web.clients["stranger"].post("/letters/decide", {"verdict": verdict, "message": held}).status_code == 302
    assert {web.outbox.state(i) for i in held} == {("queued", "late_held")}, "another shop's word is none"
    lead.post("/letters/decide", {"verdict": verdict, "message": held})
    web.outbox.gate()
    assert {web.outbox.state(i)[0] for i in held} == {state}


def test_a_word_on_nothing_or_of_nonsense_changes_nothing(web: WebShop) -> None:
    lead = web.clients["supervisor"]
    assert "Tick the messages first" in lead.post("/letters/decide", {"verdict": "leave"}, follow=True).content.decode()
    assert lead.post("/letters/decide", {"verdict": "leave", "message": ["x", "9" * 30]}).status_code == 302
    assert lead.post("/letters/decide", {"verdict": "nonsense", "message": ["1"]}).status_code == 404


def test_lists_find_their_index(web: WebShop) -> None:
    """The planner takes the partial indexes; which one, for each state."""
    with web.world.writing() as cur:
        cur.execute("set local enable_seqscan = off")
        cur.execute("set local enable_sort = off")
        for state, index in (("sent", "sent"), ("failed", "closed"), ("refused", "closed")):
            column = "sent_at" if state == "sent" else "closed_at"
            plan = cur.execute(
                f"explain select id from outbox_message m where m.shop_id = {web.shop_id} and m.state = '{state}'"
                f" order by m.{column} desc, m.id desc limit 51"
            ).fetchall()
            text = "\n".join(r[0] for r in plan)
            assert "Index" in text and f"{column}" in text and "Sort" not in text, (index, text)


def _told(web: WebShop, name: str, way: str, state: str, reason: str = "", tries: int = 1) -> None:
    """Something that was told to this one outside the product."""
    task = web.task_of(web.buy()[1])
    notice = web.notice(name, "task_late", subject=f"task:{task}")
    with web.world.writing() as cur:
        account = web.accounts[name]
        way_id = telling.email_way(cur, account) if way == "email" else web.service(name)
        cur.execute(
            "insert into staff_telling (shop_id, account_id, notice_id, way_id, state, reason, tries, due_at, expires_at)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (notice_id, way_id) do update"
            " set state = excluded.state, reason = excluded.reason, tries = excluded.tries",
            (web.shop_id, account, notice, way_id, state, reason, tries, web.world.now, web.world.now),
        )
        cur.execute("delete from staff_telling where notice_id = %s and way_id <> %s", (notice, way_id))


def test_what_was_told_to_the_staff_says_to_whom_which_way_and_why_it_did_not_go(web: WebShop) -> None:
    lead = web.clients["supervisor"]
    assert "Nobody has been told anything outside yet" in lead.get("/letters/told/").content.decode()
    _told(web, "operator", "email", "kept", "no_server")
    _told(web, "supervisor", "service", "failed", "service", tries=3)
    names = {n: web.world.one("select name from staff_account where id = %s", web.accounts[n]) for n in web.accounts}

    def rows(query: str = "") -> list[str]:
        page = lead.get(f"/letters/told/{query}").content.decode()
        return re.findall(r"<tr><td>(?:<a[^>]*>)?([^<]*)", page.partition("<tbody>")[2])

    page = lead.get("/letters/told/").content.decode()
    assert "no mail server is connected" in page and "the service did not take it" in page and "3 attempts" in page
    assert "tgram://" in page and "Late since" in page
    assert rows() == [names["supervisor"], names["operator"]], "the newest first"
    assert rows("?state=kept") == rows("?way=email") == rows(f"?who={web.accounts['operator']}") == [names["operator"]]
    assert "Nothing matches this filter" in lead.get("/letters/told/?state=dropped").content.decode()
    assert lead.get("/letters/told/?state=x&who=%00&after=%00&way=y").status_code == 200
    assert "/letters/told/" in lead.get("/letters/").content.decode()
    assert "/letters/told/" not in web.clients["operator"].get("/letters/").content.decode()
    assert web.clients["stranger"].get("/letters/told/").content.decode().count("<tbody>") == 0


def test_a_filter_that_matches_little_looks_no_further_than_five_thousand(
    web: WebShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice_queries, "LOOKED_AT", 2)
    _told(web, "operator", "email", "failed", "refused")
    for _ in range(2):
        _told(web, "operator", "email", "kept", "no_server")
    lead = web.clients["supervisor"]
    page = lead.get("/letters/told/?state=failed").content.decode()
    assert "Nothing among the newest five thousand" in page
    further = re.search(r'href="/letters/told/\?([^"]*after[^"]*)"', page)
    assert further
    assert (
        "the mail server refused it" in lead.get("/letters/told/?" + further[1].replace("&amp;", "&")).content.decode()
    )
