"""The front: what Django is given of a request, how its answer goes out, and whoever sends too slowly."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from regulars.intake import incoming
from regulars.intake.door import Door
from regulars.worker.front import Front
from tests.apps.door_client import Exchange, Loop, Scope


@pytest.fixture
def loop() -> Loop:
    return Loop()


class Django:
    """Stands behind the front: keeps what it was given, answers as told."""

    def __init__(self, answer: Any = (b"whole",), headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.answer, self.headers = answer, list(headers)
        self.environ: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.environ = environ
        start_response("200 OK", self.headers)
        return self.answer


class Streamed:
    """A streaming answer, as Django's are; notes in which threads it was read and closed."""

    streaming = True

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for n in range(3):
            self.threads.add(threading.get_ident())
            yield b"%d" % n

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.closed = True


class Stream(Exchange):
    """Takes a streamed answer piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> "Stream":
        return self

    async def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)


class Slow(Exchange):
    """A body of which one byte comes every now and then, and never all."""

    def __init__(self, every: float) -> None:
        super().__init__()
        self.every = every

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self.every)
            yield b" "


def ask(loop: Loop, django: Django, scope: Scope, exchange: Exchange) -> Exchange:
    loop.run(Front(Door(), django).__rsgi__(scope, exchange))  # type: ignore[arg-type]
    return exchange


def test_django_is_given_the_request_as_wsgi_says(loop: Loop) -> None:
    django = Django()
    head = {
        "host": "shop.example:8000",
        "content-type": "text/plain",
        "content-length": "4",
        "x-forwarded-proto": "https",
        "x_forwarded_for": "203.0.113.9",
    }
    scope = Scope("POST", "/заказы/1", head, "q=%C3%A9")
    answered = ask(loop, django, scope, Exchange(b"ab", b"cd")).answered
    assert answered is not None
    assert (answered.status, answered.body) == (200, b"whole")
    environ = django.environ
    assert environ["wsgi.input"].read() == b"abcd"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/заказы/1"
    assert {name: environ[name] for name in ("REQUEST_METHOD", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH")} == {
        "REQUEST_METHOD": "POST", "QUERY_STRING": "q=%C3%A9", "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "4",
    }  # fmt: skip
    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"], environ["SERVER_PORT"]) == (
        "192.0.2.7", "127.0.0.1", "8000",
    )  # fmt: skip
    assert environ["HTTP_HOST"] == "shop.example:8000"
    assert environ["HTTP_X_FORWARDED_PROTO"] == "https"
    assert "HTTP_X_FORWARDED_FOR" not in environ  # with an underscore it is another header, and nobody's


def test_headers_of_one_name_are_joined_and_cookies_stay_cookies(loop: Loop) -> None:
    class Several(dict[str, str]):
        def items(self) -> Any:
            return [("cookie", "a=1"), ("cookie", "b=2"), ("accept", "text/html"), ("accept", "*/*")]

    django = Django()
    ask(loop, django, Scope("GET", "/", Several()), Exchange())
    assert (django.environ["HTTP_COOKIE"], django.environ["HTTP_ACCEPT"]) == ("a=1; b=2", "text/html, */*")


def test_what_machines_ask_at_the_root_is_answered_where_it_lives(loop: Loop) -> None:
    django = Django()
    ask(loop, django, Scope("GET", "/health/ready", {}), Exchange())
    assert django.environ["PATH_INFO"] == "/api/v1/health/ready"


def test_a_header_that_the_server_could_not_send_does_not_fail_the_answer(loop: Loop) -> None:
    django = Django(headers=(("X-Name", "Zoë"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))
    answered = ask(loop, django, Scope("GET", "/", {}), Exchange()).answered
    assert answered is not None
    assert answered.headers["X-Name"] == "Zo?"


def test_a_streamed_answer_goes_out_in_pieces_and_is_closed_in_its_own_thread(loop: Loop) -> None:
    answer, exchange = Streamed(), Stream()
    ask(loop, Django(answer), Scope("GET", "/export.csv", {}), exchange)
    assert exchange.sent == [b"0", b"1", b"2"]
    assert answer.closed
    assert len(answer.threads) == 1


@pytest.mark.parametrize("path", ["/anything", "/api/v1/orders/1"])
@pytest.mark.parametrize("every", [0.01, 60])
def test_who_sends_too_slowly_is_told_and_let_go(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, database: str, path: str, every: float
) -> None:
    from regulars.intake import keys
    from regulars.shop.queries import ApiKeyInfo

    monkeypatch.setattr(incoming, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(incoming, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(keys, "known_key", lambda secret: (ApiKeyInfo(1, 1, ("intake",)),))
    method = "PUT" if "orders" in path else "POST"
    scope = Scope(method, path, {"content-length": "1000", "authorization": "Bearer x"})
    answered = ask(loop, Django(), scope, Slow(every)).answered
    assert answered is not None
    assert (answered.status, answered.headers["Content-Type"]) == (408, "application/problem+json")


def test_a_large_body_that_comes_steadily_may_take_longer(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Steady(Exchange):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for _ in range(10):
                await asyncio.sleep(0.05)
                yield bytes(50_000)

    monkeypatch.setattr(incoming, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(incoming, "LOOK_SECONDS", 0.01)
    django = Django()
    ask(loop, django, Scope("POST", "/", {"content-length": "500000"}), Steady())
    assert len(django.environ["wsgi.input"].read()) == 500_000
