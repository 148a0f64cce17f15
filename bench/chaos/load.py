"""The load: orders, payments, cancellations by API, outcomes by API and on the screen, repeated until acknowledged.

A client as a shop has it: it remembers nothing but what was answered 2xx.
"""

import contextlib
import http.client
import json
import random
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bench.chaos.house import NOON
from bench.filled import Screen


@dataclass(slots=True)
class Client:
    """`placed`, `paid`, `cancelled`: order ids of which this was acknowledged; `finished`: tasks; `taken_back`: tasks
    whose slip was undone; `flying`: orders of which the sink has not had both letters when it was last looked."""

    port: int
    key: str
    chance: random.Random
    placed: list[str] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)
    flying: list[str] = field(default_factory=list)
    refused: int = 0
    _number: int = 0
    _began: float = field(default_factory=time.monotonic)
    _times: dict[str, dict[str, str]] = field(default_factory=dict)
    _screen: Screen = field(init=False)
    _page: str = ""

    def log_in(self, link: str) -> "Client":
        """The operator, at his screen, while nothing is killed yet; itself."""
        self._screen = Screen(self.port).log_in(link)
        self._page = self._screen.get("/tasks/")[2]
        return self

    def _call(self, method: str, path: str, body: Any, limit: float = 60) -> tuple[int, Any]:
        """One request, again and again until it is answered for good."""
        data = json.dumps(body).encode()
        until = time.monotonic() + limit
        while True:
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
            request.add_header("Authorization", f"Bearer {self.key}")
            request.add_header("Content-Type", "application/json")
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return answer.status, json.loads(answer.read())
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    return error.code, error.read()
            except (OSError, ValueError):
                pass
            self.refused += 1
            if time.monotonic() > until:
                raise TimeoutError(f"{method} {path} was not answered within {limit:.0f} s")
            time.sleep(0.02)

    def _happened(self, id_: str, what: str) -> dict[str, Any]:
        """The order's snapshot after this; each time is the house's, a moment late, and stays what it was."""
        at = NOON + timedelta(seconds=time.monotonic() - self._began)
        times = self._times.setdefault(id_, {})
        times[what] = at.isoformat()
        return order(id_, **times)

    def burst(self, size: int) -> None:
        """New orders: half as batches, half one by one and side by side."""
        ids = []
        for _ in range(size):
            self._number += 1
            ids.append(f"k{self._number}")
        half = size // 2
        status, answer = self._call("POST", "/api/v1/orders:batch", [self._happened(i, "placed") for i in ids[:half]])
        assert status == 202, answer
        self.placed += ids[:half]
        self.flying += ids[:half]
        with ThreadPoolExecutor(8) as pool:
            for one, (status, answer) in zip(ids[half:], pool.map(self._place, ids[half:]), strict=True):
                assert status == 202, answer
                self.placed.append(one)
                self.flying.append(one)

    def _place(self, id_: str) -> tuple[int, Any]:
        return self._call("PUT", f"/api/v1/orders/{id_}", self._happened(id_, "placed"))

    def pay(self, count: int) -> None:
        """Payments of some earlier orders."""
        open_ = [i for i in self.placed[-2000:] if i not in self.paid and i not in self.cancelled]
        chosen = self.chance.sample(open_, min(count, len(open_)))
        if chosen:
            status, answer = self._call("POST", "/api/v1/orders:batch", [self._happened(i, "paid") for i in chosen])
            assert status == 202, answer
            self.paid |= set(chosen)

    def cancel(self, count: int) -> None:
        """Cancellations of some recent orders, paid or not: their letters may still be on the way."""
        open_ = [i for i in self.placed[-300:] if i not in self.cancelled]
        chosen = self.chance.sample(open_, min(count, len(open_)))
        if chosen:
            states = [self._happened(i, "cancelled") for i in chosen]
            status, answer = self._call("POST", "/api/v1/orders:batch", states)
            assert status == 202, answer
            self.cancelled |= set(chosen)

    def work(self, count: int) -> None:
        """An operator finishes some calls: half by API, where an outcome counts at once, half on the screen."""
        status, answer = _get(self.port, self.key, f"/api/v1/tasks?limit={count}&state=open")
        if status != 200:
            return
        for n, task in enumerate(answer["items"]):
            if n % 2:
                self._finish_on_screen(task["id"])
                continue
            status, _ = self._call("POST", f"/api/v1/tasks/{task['id']}:finish", {"outcome": "confirmed"})
            if status == 200:
                self.finished.add(task["id"])

    def _finish_on_screen(self, task: str) -> None:
        """Confirmed; for one in four a slip first, which is taken back and must never count."""
        if self.chance.random() < 0.25:
            slipped = self._press(f"/tasks/{task}/finish", {"outcome": "refused", "then": "stop"})
            if not (slipped and self._press(f"/tasks/{task}/undo", {})):
                return
            self.taken_back.add(task)
        if self._press(f"/tasks/{task}/finish", {"outcome": "confirmed", "then": "stop"}):
            self.finished.add(task)

    def _press(self, path: str, fields: dict[str, str], limit: float = 60) -> bool:
        """A button on the screen, again and again until it is answered; whether it was done."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, headers, _ = self._screen.post(path, fields, self._page)
                if status < 500:
                    return status == 302 and headers["Location"].startswith("/tasks/")
            self.refused += 1
            time.sleep(0.02)
        raise TimeoutError(f"POST {path} was not answered within {limit:.0f} s")


def _get(port: int, key: str, path: str) -> tuple[int, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except (OSError, ValueError):
        return 0, None


def order(id_: str, placed: str, paid: str | None = None, cancelled: str | None = None) -> dict[str, Any]:
    """The snapshot of one order, with the times of what has happened to it; its buyer is nobody else's and said yes to
    advertising."""
    return {
        "id": id_,
        "number": id_,
        "placed_at": placed,
        "updated_at": cancelled or paid or placed,
        "currency": "EUR",
        "total": "49.90",
        "status": "cancelled" if cancelled else "new",
        **({"cancelled_at": cancelled} if cancelled else {}),
        "buyer": {
            "id": f"b-{id_}",
            "name": "Ann Buyer",
            "email": f"{id_}@chaos.test",
            "language": "en",
            "time_zone": "UTC",
            "consents": {"email.advertising": True},
        },
        "lines": [{"sku": "S1", "name": "Kettle", "quantity": 1, "price": "49.90"}],
        "payment": {"status": "paid" if paid else "unpaid", "method": "card", **({"paid_at": paid} if paid else {})},
    }
