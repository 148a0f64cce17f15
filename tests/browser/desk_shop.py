"""A desk with its operators in real browsers: the shop, the orders and calls that come in, colleagues, the words shown.

Owns no test. What a screen says is looked up in the product's own catalogue, so a test names a sentence once.
"""

import json
import re
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from playwright.sync_api import Browser, Page

from tests.browser.chromium import log_in, speak
from tests.feeds.senders import SENDERS
from tests.installation import Installation, running, until

__all__ = ["WINDOW", "Desk", "desk_fixture", "said"]

WINDOW = {"width": 1440, "height": 900}
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SCHEME = """\
scheme: calls
per: order
starts: order.placed
steps:
  confirm:
    call: {script: confirm-order, target: 15m, within: 1h, team: order-desk}
    outcomes:
      confirmed: thanks
      not_today: {call_again: asked}
      no_answer: {again: [15m], then: thanks}
      out_of_stock: thanks
      refused: end
  thanks:
    send: {subject: {en: "Thank you", ru: "Спасибо"}, text: {en: "Thank you.", ru: "Спасибо."}, by: [email]}
"""


def said(language: str, text: str, **values: object) -> str:
    """What the product says for this English sentence; it must be one that it has."""
    with translation.override("ru"):
        assert translation.gettext(text) != text, f"no such sentence: {text}"
    with translation.override(language):
        found = translation.gettext(text)
    return found % values if values else found


class Desk:
    """A shop, its operators' browsers, and what comes in. `scheme`: another one than the one with a call and a letter."""

    def __init__(self, shop: Installation, browser: Browser, folder: Path, scheme: str = SCHEME) -> None:
        self.shop, self.browser = shop, browser
        self.base = f"http://127.0.0.1:{shop.port}"
        file = folder / "scheme.yaml"
        file.write_text(scheme)
        published = shop.command("scheme", "publish", str(file))
        assert published.returncode == 0, published.stderr
        self.key = json.loads(shop.command("key", "create", "browser", "--scope", "intake", "--json").stdout)["key"]
        page = browser.new_page()
        log_in(page, shop)
        self.state = page.context.storage_state()
        page.close()
        self.count = 0

    def page(self, language: str) -> Page:
        """A browser window of the owner's at the desk, in that language."""
        page = self.browser.new_context(storage_state=self.state, viewport=WINDOW).new_page()  # type: ignore[arg-type]
        speak(page, self.shop, language)
        page.goto(f"{self.base}/tasks/")
        return page

    def colleague(self, leads: Page, name: str, language: str = "en") -> Page:
        """Another operator's browser; whoever looks at `leads` takes him on."""
        form = {
            "email": f"{name.lower()}@staff.test",
            "name": name,
            "role": "operator",
            "language": language,
            "csrfmiddlewaretoken": leads.locator("meta[name=csrf-token]").get_attribute("content") or "",
        }
        answer = leads.request.post(f"{self.base}/team/add", form=form, headers={"Referer": f"{self.base}/"})
        link = re.search(r"/login/link/[\w-]+", answer.text())
        assert link, answer.text()[:500]
        theirs = self.browser.new_context(viewport=WINDOW).new_page()  # type: ignore[arg-type]
        theirs.goto(self.base + link.group(0))
        theirs.click("main button")
        theirs.wait_for_load_state()
        return theirs

    def put(self, path: str, body: dict[str, Any]) -> None:
        """One item by the API, taken when this returns."""
        request = urllib.request.Request(
            f"{self.base}/api/v1/{path}", json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.key}", "Prefer": "wait=5"}, method="PUT",
        )  # fmt: skip
        assert urllib.request.urlopen(request, timeout=10).status == 202

    def orders(self, n: int, city: str = "Москва", **buyer: Any) -> list[str]:
        """So many orders come in; their numbers. Their calls are on the desk when this returns."""
        numbers = []
        for _ in range(n):
            self.count += 1
            number = f"D-{self.count}"
            numbers.append(number)
            now = self.now()
            order = {
                "id": number, "number": number, "placed_at": now, "updated_at": now, "currency": "RUB", "total": "10.00",
                "lines": [{"sku": "A", "name": "Kettle", "quantity": 1, "price": "10.00"}],
                "buyer": {
                    "name": self.name(number), "email": f"{number.lower()}@example.test", "phone": self.phone(number),
                    "language": "ru", "address": {"country": "RU", "city": city}, **buyer,
                },
            }  # fmt: skip
            self.put(f"orders/{number}", order)
        until(lambda: len(self.tasks(numbers)) == n, 20, "the calls are on the desk")
        return numbers

    @staticmethod
    def name(number: str) -> str:
        """Who has placed this order."""
        return f"Анна {number.removeprefix('D-')}"

    @staticmethod
    def phone(number: str) -> str:
        """His telephone."""
        return f"+7914123{4500 + int(number.removeprefix('D-'))}"

    def feed(self) -> tuple[str, str]:
        """A generic feed for calls: its address and the secret with which it is signed."""
        made = json.loads(self.shop.command("feed", "open", "generic", "--source", "pbx", "--json").stdout)
        return f"{self.base}/in/{made['slug']}", made["secrets"][0]

    def rings(self, feed: tuple[str, str], call: str, number: str, state: str, **fact: Any) -> None:
        """The telephone tells a fact about a call, signed, over the wire."""
        url, secret = feed
        now = datetime.now(UTC)
        told = {"id": call, "at": now.isoformat(), "state": state, "direction": "in", "number": number, **fact}
        body = json.dumps({"kind": "calls", "data": told}).encode()
        request = urllib.request.Request(url, body, SENDERS["generic"].sign(secret, body, now, url), method="POST")
        assert urllib.request.urlopen(request, timeout=10).status == 202

    def now(self) -> str:
        """Business time."""
        return self.shop.now().isoformat()

    def ids(self, numbers: Sequence[str]) -> list[int]:
        """The tasks of these orders so far, in their order."""
        rows = self.shop.sql(
            "select t.id from desk_task t join orders_order o on o.id = t.order_id where o.number = any(%s) order by t.id",
            list(numbers),
        )
        return [int(r[0]) for r in rows]

    def clear(self) -> None:
        """Nobody waits and nobody is at work: what other tests have left is closed."""
        self.shop.sql(
            "update staff_shift set state = 'ended', ended_at = since, break_until = null, returns_at = null"
            " where ended_at is null returning id"
        )
        self.shop.sql(
            "update desk_task set state = 'closed', finished_at = machine_now(), pause = null, paused_at = null"
            " where state in ('open', 'claimed') returning id"
        )

    def tasks(self, numbers: list[str]) -> list[tuple[object, ...]]:
        """State, outcome, note, call_at, settles_at of these orders' tasks, in their order."""
        return self.shop.sql(
            "select t.state, t.outcome, t.note, t.call_at, t.settles_at from desk_task t"
            " join orders_order o on o.id = t.order_id where o.number = any(%s) order by t.id",
            numbers,
        )

    def letters(self, numbers: list[str]) -> int:
        """How many letters these orders have led to."""
        ((n,),) = self.shop.sql(
            "select count(*) from outbox_message m join orders_order o on o.id = m.order_id"
            " where o.number = any(%s) and m.step = 'thanks'",
            numbers,
        )
        return int(n)

    def events(self, numbers: list[str]) -> list[str]:
        """The outcomes that count."""
        rows = self.shop.sql(
            "select e.data->>'outcome' from events_event e join orders_order o on o.id = e.order_id"
            " where o.number = any(%s) and e.kind = 'task.finished' order by e.id",
            numbers,
        )
        return [str(r[0]) for r in rows]

    def hurry(self, numbers: list[str]) -> None:
        """Let the minute of these outcomes be over: tests don't wait for it."""
        self.shop.sql(
            "update desk_task t set settles_at = finished_at from orders_order o"
            " where o.id = t.order_id and o.number = any(%s) and t.settles_at is not null returning t.id",
            numbers,
        )


@pytest.fixture(scope="module", name="desk")
def desk_fixture(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Desk]:
    """A shop that works round the clock."""
    folder = tmp_path_factory.mktemp("desk")
    with running(folder / "data") as shop:
        shop.sql(
            "update shop_calendar set hours = jsonb_set(hours, '{hours}', %s::jsonb) returning key",
            json.dumps({d: ["00:00-24:00"] for d in WEEK}),
        )
        shop.sql(
            "update shop_shop set settings = settings || %s::jsonb returning id",
            json.dumps({"day_from": "00:00", "day_until": "00:00"}),  # equal: all day
        )
        yield Desk(shop, browser, folder)
