"""The load: orders, payments, cancellations, calls and changes by API, outcomes and changes on the screen, buyers who write.

A client as a shop has it: it repeats until it is answered, and remembers nothing but what was answered 2xx.
"""

import contextlib
import http.client
import itertools
import json
import random
import re
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bench.chaos.house import NOON
from bench.filled import Screen

ENDS_WITH = ("confirmed", "kept", "helped", "no_reply_needed", "done")
"""How the operator ends a task: the first of these that it has."""
DEAR = "m"
"""So begin the ids of orders of a hundred and more."""
SILENT_FOR = timedelta(minutes=20)
_CHANGES = re.compile(r"/orders/(\d+)/change/")
Ending = Literal["missed", "ended"]


@dataclass(slots=True)
class Pause:
    """The scheme of dear orders stood still from `since` (unix seconds): it was said so, and who was at work before had
    ended; until `until`, when it was told to go on. `gone`: its messages that had left the queue by then; `refuses`: newcomers
    don't enter."""

    since: float
    gone: frozenset[int]
    refuses: bool
    until: float = float("inf")


@dataclass(slots=True)
class Client:
    """`placed`, `paid`, `cancelled`: order ids of which this was acknowledged; `finished`: tasks, `confirmed` those of
    schemes among them; `taken_back`: tasks whose slip was undone; `changed`: the note that is wanted of an order;
    `calls`: how each must end; `wrote`: the update's number by the text; `flying`: orders of which the sink has not had
    both letters when it was last looked; `dear`: orders of a hundred and more, whose scheme is paused and changed, and its
    `pauses`. `telegram`: where buyers write."""

    port: int
    key: str
    chance: random.Random
    telegram: str = ""
    placed: list[str] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)
    changed: dict[str, str] = field(default_factory=dict)
    calls: dict[str, Ending] = field(default_factory=dict)
    wrote: dict[str, int] = field(default_factory=dict)
    flying: list[str] = field(default_factory=list)
    dear: list[str] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
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

    def _call(self, method: str, path: str, body: Any, limit: float = 60, key: str = "") -> tuple[int, Any]:
        """One request, again and again until it is answered for good; `key`: by which a repeat is known for one."""
        data = json.dumps(body).encode()
        until = time.monotonic() + limit
        while True:
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
            request.add_header("Authorization", f"Bearer {self.key}")
            request.add_header("Content-Type", "application/json")
            if key:
                request.add_header("Idempotency-Key", key)
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
        times = self._times.setdefault(id_, {})
        times[what] = self._now().isoformat()
        return order(id_, **times)

    def _now(self) -> datetime:
        """The house's time, a moment late."""
        return NOON + timedelta(seconds=time.monotonic() - self._began)

    def burst(self, size: int, dear: bool = False) -> None:
        """New orders: half as batches, half one by one and side by side."""
        ids = []
        for _ in range(size):
            self._number += 1
            ids.append(f"{DEAR if dear else 'k'}{self._number}")
        half = size // 2
        status, answer = self._call("POST", "/api/v1/orders:batch", [self._happened(i, "placed") for i in ids[:half]])
        assert status == 202, answer
        self._acknowledged(ids[:half])
        with ThreadPoolExecutor(8) as pool:
            for one, (status, answer) in zip(ids[half:], pool.map(self._place, ids[half:]), strict=True):
                assert status == 202, answer
                self._acknowledged([one])

    def _acknowledged(self, ids: list[str]) -> None:
        self.placed += ids
        self.flying += ids
        self.dear += [i for i in ids if i.startswith(DEAR)]

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

    def ring(self, count: int) -> None:
        """Telephone calls, each of somebody new: answered, missed, and those that fall silent, which were missed, too."""
        facts = []
        for _ in range(count):
            self._number += 1
            id_, at = f"c{self._number}", self._now()
            match self._number % 3:
                case 0:
                    said = [("incoming", 0), ("answered", 5), ("ended", 30)]
                case 1:
                    said = [("incoming", 0), ("missed", 20)]
                case _:  # he began to ring long ago, and nothing more was heard
                    said, at = [("incoming", 0)], at - SILENT_FOR
            facts += [
                {
                    "id": f"{id_}-{kind}", "kind": f"call.{kind}", "occurred_at": (at + timedelta(seconds=n)).isoformat(),
                    "person": {"phone": f"+3712{self._number:07}"}, "data": {"call": id_, "direction": "in"},
                }
                for kind, n in said
            ]  # fmt: skip
            self.calls[id_] = "ended" if len(said) == 3 else "missed"
        status, answer = self._call("POST", "/api/v1/events", facts)
        assert status == 202, answer

    def change(self, count: int) -> None:
        """Notes are wanted on some earlier orders: the shop is told at once."""
        open_ = [i for i in self.placed[-500:-100] if i not in self.cancelled and i not in self.changed]
        for id_ in self.chance.sample(open_, min(count, len(open_))):
            note = f"Ring twice at {id_}"
            status, _ = self._call("POST", f"/api/v1/orders/{id_}/changes", {"note": note}, key=f"note-{id_}")
            if status == 202:
                self.changed[id_] = note

    def write(self, count: int) -> None:
        """Buyers write to the bot."""
        for _ in range(count):
            self._number += 1
            said = {
                "chat": 7_000_000 + self._number % 50,
                "text": f"w{self._number}",
                "date": int(self._now().timestamp()),
            }
            request = urllib.request.Request(f"{self.telegram}/says", json.dumps(said).encode(), method="POST")
            with urllib.request.urlopen(request, timeout=10) as answer:
                self.wrote[str(said["text"])] = json.loads(answer.read())["update_id"]

    def work(self, count: int) -> None:
        """An operator finishes some tasks: half by API, where an outcome counts at once, half on the screen."""
        status, answer = _get(self.port, self.key, f"/api/v1/tasks?limit={count}&state=open")
        if status != 200:
            return
        for n, task in enumerate(answer["items"]):
            id_, outcome = task["id"], next(o for o in ENDS_WITH if o in task["outcomes"])
            if n % 2:
                done = self._finish_on_screen(id_, outcome)
            else:
                done = self._call("POST", f"/api/v1/tasks/{id_}:finish", {"outcome": outcome})[0] == 200
            if done:
                self.finished.add(id_)
            if done and outcome == "confirmed":
                self.confirmed.add(id_)

    def _finish_on_screen(self, task: str, outcome: str) -> bool:
        """With this outcome; of a scheme's calls one in four has a slip first, which is taken back and must never count."""
        if outcome == "confirmed" and self.chance.random() < 0.25:
            slipped = self._press(f"/tasks/{task}/finish", {"outcome": "refused", "then": "stop"})
            if not (slipped and self._press(f"/tasks/{task}/undo", {})):
                return False
            self.taken_back.add(task)
        return self._press(f"/tasks/{task}/finish", {"outcome": outcome, "then": "stop"})

    def change_on_card(self) -> None:
        """The operator writes a note into the order of the task that is next: the shop is told in a minute."""
        status, answer = _get(self.port, self.key, "/api/v1/tasks?limit=20&state=open")
        if status != 200:
            return
        open_ = (t for t in answer["items"] if t["order"] and t["order"] not in {*self.changed, *self.cancelled})
        for task in itertools.islice(open_, 1):
            with contextlib.suppress(OSError, http.client.HTTPException):
                found = _CHANGES.search(self._screen.get(f"/tasks/{task['id']}/")[2])
                note = f"Leave it at {task['order']}"
                if found and self._press(f"/orders/{found[1]}/change/save", {"task": task["id"], "note": note}):
                    self.changed[task["order"]] = note

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
    price = "149.90" if id_.startswith(DEAR) else "49.90"
    return {
        "id": id_,
        "number": id_,
        "placed_at": placed,
        "updated_at": cancelled or paid or placed,
        "currency": "EUR",
        "total": price,
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
        "lines": [{"sku": "S1", "name": "Kettle", "quantity": 1, "price": price}],
        "payment": {"status": "paid" if paid else "unpaid", "method": "card", **({"paid_at": paid} if paid else {})},
    }
