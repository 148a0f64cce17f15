"""Limits that hold however many count at once, and files kept once a shop, on a real PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from regulars.base import db
from regulars.base.blobs import LARGEST_BYTES, Blob, BlobTooLarge, PostgresBlobs
from regulars.base.ratelimit import Hit, forget_old, hit

pytestmark = pytest.mark.django_db


@pytest.fixture
def cur() -> Iterator[db.Cursor]:
    """A connection of its own, as loops have it: what it writes is committed at once, so it is swept up here."""
    with db.loop_connection("test") as raw, db.open_cursor(raw) as cursor:
        yield cursor
        cursor.execute("delete from base_rate_limit")
        cursor.execute("delete from base_blob")


def pass_time(cur: db.Cursor, seconds: int) -> None:
    """Windows that began a while ago, as if the machine's clock had gone on."""
    cur.execute("update base_rate_limit set window_start = window_start - %s * interval '1 second'", (seconds,))


def test_the_first_ones_of_a_window_are_let_through(cur: db.Cursor) -> None:
    assert [hit(cur, 1, "login:a", 3, 60).allowed for _ in range(5)] == [True, True, True, False, False]
    refused = hit(cur, 1, "login:a", 3, 60)
    assert 50 < refused.retry_after_seconds <= 60
    assert refused.left == 0
    assert hit(cur, 1, "login:b", 3, 60) == Hit(True, 2, 0)
    assert hit(cur, 2, "login:a", 3, 60) == Hit(True, 2, 0)


def test_a_new_window_begins_when_the_old_one_has_ended_and_knocking_does_not_prolong_it(cur: db.Cursor) -> None:
    for _ in range(4):
        hit(cur, 1, "code", 2, 60)
        pass_time(cur, 14)
    assert not hit(cur, 1, "code", 2, 60).allowed
    pass_time(cur, 4)
    assert hit(cur, 1, "code", 2, 60) == Hit(True, 1, 0)


@pytest.mark.usefixtures("cur")
def test_no_hit_is_lost_between_processes() -> None:
    def knock(_: int) -> int:
        with db.loop_connection("test") as raw, db.open_cursor(raw) as cursor:
            return sum(hit(cursor, 1, "race", 70, 600).allowed for _ in range(25))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(knock, range(8))) == 70


def test_old_buckets_are_forgotten(cur: db.Cursor) -> None:
    hit(cur, 1, "old", 1, 60)
    pass_time(cur, 86_401)
    hit(cur, 1, "new", 1, 60)
    assert forget_old(cur) == 1
    assert not hit(cur, 1, "new", 1, 60).allowed


@pytest.mark.parametrize("seconds", [0, -1, 86_401])
def test_windows_have_a_sensible_length(cur: db.Cursor, seconds: int) -> None:
    with pytest.raises(ValueError, match="window"):
        hit(cur, 1, "x", 1, seconds)


def test_a_file_is_kept_once_a_shop(cur: db.Cursor) -> None:
    store = PostgresBlobs()
    body = bytes(range(256)) * 40
    digest = store.put(cur, 1, body, "image/png")
    assert digest == hashlib.sha256(body).digest()
    assert store.put(cur, 1, body, "application/octet-stream") == digest
    assert store.put(cur, 2, body, "image/png") == digest
    rows = cur.execute("select shop_id, media_type, size from base_blob order by shop_id").fetchall()
    assert rows == [(1, "image/png", len(body)), (2, "image/png", len(body))]
    assert store.get(cur, 1, digest) == Blob(digest, "image/png", body)


def test_another_shops_file_is_not_there(cur: db.Cursor) -> None:
    store = PostgresBlobs()
    digest = store.put(cur, 1, b"secret price list", "text/plain")
    assert store.get(cur, 2, digest) is None
    assert store.delete(cur, 2, digest) is False
    assert store.delete(cur, 1, digest) is True
    assert store.get(cur, 1, digest) is None


def test_a_file_that_is_too_large_is_refused(cur: db.Cursor) -> None:
    with pytest.raises(BlobTooLarge):
        PostgresBlobs().put(cur, 1, bytes(LARGEST_BYTES + 1), "video/mp4")
