"""A small shop in the database, for tests that begin behind intake: rows as intake would have left them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, lock_mailboxes, open_mailboxes, record
from regulars.journeys import actions as journeys
from regulars.journeys import conductor
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class World:
    """Everything through real transactions on connections of its own; the clock is the playground's, set by `at`."""

    def __init__(self, raw: "psycopg.Connection[Any]", zone: str = "UTC") -> None:
        self.raw = raw
        self.numbers = iter(range(1, 10_000))
        shop_queries.forget()
        with self.writing() as cur:
            self.shop_id = shops.create_shop(
                cur, "test", "Test shop", SYSTEM, time_zone=zone, brand={"email": "shop@example.test"}
            )
        self.at(MONDAY_NOON)

    @contextmanager
    def writing(self) -> Iterator[Cursor]:
        with db.transaction_on(self.raw) as cur:
            yield cur

    def at(self, moment: datetime) -> None:
        """Let business time stand at this moment."""
        from regulars.base import clock

        self.now = moment
        with self.writing() as cur:
            cur.execute(
                "update base_clock set playground = true, speed = 0, anchor_business = %s, anchor_machine = machine_now()",
                (moment,),
            )
        clock.forget()

    def later(self, **time: float) -> datetime:
        """Move on."""
        self.at(self.now + timedelta(**time))
        return self.now

    def publish(self, text: str) -> journeys.Published:
        with self.writing() as cur:
            return journeys.publish(cur, self.shop_id, text, SYSTEM, self.now)

    def person(self, email: str | None = None, zone: str | None = None) -> int:
        n = next(self.numbers)
        with self.writing() as cur:
            row = cur.execute(
                "insert into people_person (shop_id, name, first_name, language, time_zone) values (%s, %s, %s, 'en', %s)"
                " returning id",
                (self.shop_id, f"Buyer {n}", f"Buyer{n}", zone),
            ).fetchone()
            assert row is not None
            cur.execute(
                "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'email', %s)",
                (self.shop_id, row[0], email or f"buyer{n}@example.test"),
            )
            open_mailboxes(cur, self.shop_id, [row[0]])
        return int(row[0])

    def order(self, person_id: int, **fields: Any) -> int:
        n = next(self.numbers)
        values = {
            "status": "new",
            "payment_status": "unpaid",
            "payment_method": "card",
            "total": 499000,
            "currency": "RUB",
            "placed_at": self.now,
            **fields,
        }
        with self.writing() as cur:
            row = cur.execute(
                "insert into orders_order (shop_id, source, external_id, number, person_id, placed_at, placed_offset,"
                " version_at, status, payment_status, payment_method, currency, total, live)"
                " values (%s, 'api', %s, %s, %s, %s, 0, %s, %s, %s, %s, %s, %s, true) returning id",
                (
                    self.shop_id,
                    f"o{n}",
                    f"{n}",
                    person_id,
                    values["placed_at"],
                    self.now,
                    values["status"],
                    values["payment_status"],
                    values["payment_method"],
                    values["currency"],
                    values["total"],
                ),
            ).fetchone()
            assert row is not None
        return int(row[0])

    def happens(self, kind: str, person_id: int, order_id: int | None = None, live: bool = True, **data: Any) -> int:
        with self.writing() as cur:
            lock_mailboxes(cur, [person_id])
            (id_,) = record(cur, self.shop_id, [NewEvent(kind, self.now, live, person_id, order_id, data)], self.now)
        return id_

    def conduct(self, rounds: int = 20) -> int:
        """Run the conductor until nobody is due; how many claims it took."""
        done = 0
        for _ in range(rounds):
            n = conductor.run_once(self.raw)
            if n == 0:
                return done
            done += n
        raise AssertionError("the conductor never came to rest")

    def wait_for_older(self) -> None:
        """Until every transaction is over that began before: one of another test's database counts, too."""
        with self.writing() as cur:
            mine = cur.execute("select pg_current_xact_id()::text::bigint").fetchone()
        assert mine is not None
        until = time.monotonic() + 30
        while self.one("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint") <= mine[0]:
            assert time.monotonic() < until, "an older transaction has been open for half a minute"
            time.sleep(0.01)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with db.open_cursor(self.raw) as cur:
            return cur.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        ((value,),) = self.rows(sql, *values)
        return value
