"""News for open desks: who waits is told as soon as the queue changes, by whoever it was; nobody else is told anything."""

import asyncio
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from regulars.base import clock, tokens
from regulars.base.actor import Actor
from regulars.base.secrets import split_keys
from regulars.desk import actions, news
from regulars.intake.door import Door
from regulars.worker import news as waiting
from regulars.worker.front import Front
from regulars.worker.news import News
from tests.apps.door_client import Answered, Exchange, Loop, Scope, _behind
from tests.apps.test_shifts import Desk
from tests.apps.world import World


class Post:
    """A desk's connection to the front."""

    def __init__(self, desk: Desk) -> None:
        self.loop, self.desk = Loop(), desk
        self.keys = split_keys(settings.SECRET_KEY)
        self.front = Front(Door(), _behind, News(lambda: self.keys))
        self.address = news.address(desk.shop_id, self.keys)

    def ask(self, address: str = "", mark: str = "", method: str = "GET") -> Answered:
        exchange = Exchange()
        self.loop.run(self.front.__rsgi__(Scope(method, address or self.address, {}, f"v={mark}"), exchange))  # type: ignore[arg-type]
        assert exchange.answered is not None
        return exchange.answered


@pytest.fixture
def post(world: World) -> Post:
    return Post(Desk(world))


def test_who_knows_nothing_is_told_at_once_and_who_knows_waits(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "HOLD_SECONDS", 1.0)
    first = post.ask()
    assert first.status == 200 and first.body and first.headers["Cache-Control"] == "no-store"
    began = time.monotonic()
    assert post.ask(mark=first.body.decode()).status == 204
    assert time.monotonic() - began >= 0.9


def test_a_new_task_a_claim_and_a_release_are_news(post: Post) -> None:
    desk, mark = post.desk, post.ask().body.decode()
    task = 0

    def open_one() -> None:
        nonlocal task
        task = desk.call()

    def release() -> None:
        desk.do(actions.release, task, Actor("staff", desk.anna), desk.world.now)

    for deed in (open_one, lambda: desk.claim(desk.anna, task), release):
        later = threading.Timer(0.3, deed)
        later.start()
        answer = post.ask(mark=mark)
        later.join()
        assert answer.status == 200 and answer.body.decode() != mark
        mark = answer.body.decode()


def test_all_who_wait_are_told(post: Post) -> None:
    mark = post.ask().body.decode()
    later = threading.Timer(0.3, post.desk.call)
    later.start()

    async def many() -> list[Any]:
        exchanges = [Exchange() for _ in range(50)]
        scope = Scope("GET", post.address, {}, f"v={mark}")
        await asyncio.gather(*(post.front.__rsgi__(scope, e) for e in exchanges))  # type: ignore[arg-type]
        return [e.answered and e.answered.status for e in exchanges]

    statuses = post.loop.run(many())
    later.join()
    assert statuses == [200] * 50  # type: ignore[comparison-overlap]


def test_a_forged_foreign_or_old_address_tells_nothing(post: Post) -> None:
    assert post.ask(news.PATH + "x").status == 404
    assert post.ask(news.PATH).status == 404
    other = tokens.sign("answer", [post.desk.shop_id], clock.machine_now() + timedelta(days=1), 0, post.keys)
    assert post.ask(news.PATH + other).status == 404
    old = tokens.sign(news.PURPOSE, [post.desk.shop_id], clock.machine_now() - timedelta(days=1), 0, post.keys)
    assert post.ask(news.PATH + old).status == 410
    assert post.ask(method="POST").status == 405
    assert post.ask("/tasks/").status == 299, "all else is Django's"
