"""Imports: files as shops write them, over the real normaliser; a second run changes nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.shop import actions as shops
from tests.apps.door_client import ORDER

HEADER = "Номер заказа;Дата;Сумма;Email;Имя;Согласие;Артикул;Товар;Количество;Цена"
ROWS = [
    "7;02.03.2026 10:15;1 290,50;a@example.test;Анна;x;A-1;Чайник;1;990,50",
    "7;02.03.2026 10:15;1 290,50;a@example.test;Анна;x;B-2;Кружка;2;150",
    "8;03.03.2026;500;b@example.test;Борис;;C-3;Ложка;1;500",
]


class Shop:
    """A shop in a fresh database, and the command as a process of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        with db.transact() as cur:
            self.id = shops.create_shop(
                cur, "test", "Test", SYSTEM, time_zone="Asia/Vladivostok", country="RU", currency="RUB"
            )

    def file(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def run(self, *arguments: str | Path, **environ: str) -> tuple[int, Any]:
        """Exit code, and the outcome (or the line on stderr)."""
        call = "import sys; from regulars.cli.main import run; sys.exit(run(sys.argv[1:]))"
        done = subprocess.run(
            [sys.executable, "-c", call, "import", *map(str, arguments), "--json"],
            env=os.environ | {"DATABASE_URL": self.url} | environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else done.stderr

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with db.transact() as cur:
            return cur.execute(statement).fetchall()

    def state(self) -> list[Any]:
        """What a second run must not change."""
        tables = ["orders_order", "orders_line", "orders_version", "people_person", "events_event", "intake_delivery"]
        return [self.rows(f"select count(*), sum(hashtext(t::text)::bigint) from {table} t") for table in tables]


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    yield Shop(database, tmp_path)
    db.close()


def rejects(outcome: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(outcome["rejects"]).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_a_spreadsheets_csv_in_any_encoding(shop: Shop, encoding: str) -> None:
    path = shop.file("orders.csv", "\r\n".join([HEADER, *ROWS]) + "\r\n", encoding)
    code, outcome = shop.run("orders", path)
    assert (code, outcome["rows"], outcome["ok"], outcome["items"]) == (0, 3, 3, 2)
    orders = shop.rows(
        "select external_id, total, currency, live, placed_at::text, placed_offset from orders_order order by 1"
    )
    assert orders == [
        ("7", 129050, "RUB", False, "2026-03-02 00:15:00+00", 600),
        ("8", 50000, "RUB", False, "2026-03-02 14:00:00+00", 600),
    ]
    assert shop.rows("select sku, name, quantity::float, price::float from orders_line order by sku") == [
        ("A-1", "Чайник", 1, 990.5),
        ("B-2", "Кружка", 2, 150),
        ("C-3", "Ложка", 1, 500),
    ]
    assert shop.rows("select name from people_person order by 1") == [("Анна",), ("Борис",)]
    assert shop.rows("select distinct live from events_event") == [(False,)]
    assert shop.rows("select 1 from events_pending") == []


def test_the_second_run_changes_no_row(shop: Shop) -> None:
    path = shop.file("orders.csv", "\n".join([HEADER, *ROWS]))
    shop.run("orders", path)
    before = shop.state()
    code, outcome = shop.run("orders", path)
    assert (code, outcome["ok"], outcome["repeated"], outcome["counts"]) == (0, 3, 2, {})
    assert shop.state() == before


def test_each_refused_row_is_told_with_its_reason_and_the_others_enter(shop: Shop) -> None:
    bad = [
        "9;gestern;500;;;;D;D;1;1",
        "10;02.03.2026;500;too;few",
        "11;02.03.2026;viel;;;;D;D;1;1",
        "7;02.03.2026 10:15;1 290,50;a@example.test;Анна;x;Z-9;Вилка;2;150",
    ]
    path = shop.file("orders.csv", "\n".join([HEADER, *ROWS, *bad]))
    code, outcome = shop.run("orders", path)
    assert (code, outcome["rows"], outcome["ok"], outcome["refused"]) == (0, 7, 3, 4)
    assert [(r["row"], r["pointer"], r["code"]) for r in rejects(outcome)] == [
        (5, "/placed_at", "not_a_time"),
        (6, "", "not_csv"),
        (7, "/total", "not_an_amount"),
        (8, "", "apart"),
    ]
    assert all(r["detail"] for r in rejects(outcome))
    assert outcome["rows"] == outcome["ok"] + outcome["refused"]


def test_what_only_the_full_reading_finds_is_told_by_its_row_too(shop: Shop) -> None:
    doubled = json.dumps(ORDER | {"id": "2"})[:-1] + ', "id": "2"}'
    lines = [json.dumps(ORDER), doubled, "", "not json", json.dumps(ORDER | {"id": "3", "total": "1.005"})]
    code, outcome = shop.run("orders", shop.file("orders.ndjson", "\n".join(lines)))
    assert (code, outcome["rows"], outcome["ok"]) == (0, 4, 1)
    assert [r["row"] for r in rejects(outcome)] == [2, 4, 5]
    assert shop.rows("select external_id from orders_order") == [("1001",)]
    again = shop.run("orders", shop.folder / "orders.ndjson")[1]
    assert [r["row"] for r in rejects(again)] == [2, 4, 5]


def test_a_json_array_people_and_products(shop: Shop) -> None:
    people = shop.file("people.csv", "id,email,name,consents.email.advertising\n1,a@example.test,Anna,yes\n")
    assert shop.run("people", people)[1]["ok"] == 1
    assert shop.rows("select channel, purpose, given from people_consent") == [("email", "advertising", True)]
    products = shop.file("products.json", json.dumps([{"sku": "A", "name": "Pan", "satisfaction_days": 7}]))
    assert shop.run("products", products)[1]["ok"] == 1
    assert shop.rows("select sku, satisfaction_days from catalog_product") == [("A", 7)]


def test_a_column_that_vanished_is_named_and_can_be_mapped(shop: Shop) -> None:
    path = shop.file("orders.csv", "Kaufnummer,Datum,total\n5,2026-03-02 10:00,9.90\n")
    code, told = shop.run("orders", path)
    assert code == 1
    assert "no column for id, placed_at" in told
    assert len(told.splitlines()) == 1
    code, outcome = shop.run("orders", path, "--map", "Kaufnummer=id", "--map", "Datum=placed_at")
    assert (code, outcome["ok"]) == (0, 1)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\x01\x02", b'{"id":', b"[1, 2"])
def test_files_that_are_nothing_are_a_sentence_or_a_reject(shop: Shop, content: bytes) -> None:
    code, told = shop.run("orders", shop.file("odd.bin", content))
    assert code == 1
    assert "Traceback" not in str(told)


def test_wrong_use_is_exit_2(shop: Shop) -> None:
    path = shop.file("orders.csv", "id\n")
    assert shop.run("planets", path)[0] == 2
    assert shop.run("orders", shop.folder / "absent.csv")[0] == 2
    assert shop.run("orders", path, "--map", "nonsense")[0] == 2


def test_live_wakes_those_who_listen(shop: Shop) -> None:
    with db.transact() as cur:
        from regulars.events.actions import subscribe

        subscribe(cur, shop.id, "conductor", ["order.placed"])
    assert shop.run("orders", shop.file("o.ndjson", json.dumps(ORDER)), "--live")[0] == 0
    assert len(shop.rows("select 1 from events_pending")) == 1


@pytest.mark.parametrize("point", ["import.batch_before_commit", "import.batch_after_commit", "normaliser.recorded"])
def test_a_killed_import_is_taken_up_where_it_stood(shop: Shop, point: str) -> None:
    lines = [json.dumps({"sku": f"S-{n}", "name": "x"}) for n in range(2500)]
    path = shop.file("products.ndjson", "\n".join(lines))
    killed, _ = shop.run("products", path, REGULARS_FAILPOINTS="on", REGULARS_FAILPOINT=f"{point}:kill:1")
    assert killed == -9
    assert shop.rows("select count(*) from catalog_product") == [(1000,)]
    code, outcome = shop.run("products", path)
    assert (code, outcome["ok"]) == (0, 2500)
    assert shop.rows("select count(*) from catalog_product") == [(2500,)]
    assert shop.rows("select count(*) from intake_delivery") == [(3,)]
