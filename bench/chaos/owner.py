"""The owner at the screen, who changes a live scheme: publishes it with a choice for each who is inside, takes that back, pauses
it and lets it go on, stops a move, takes people out by hand.

Everything is done by the product's own forms, again and again until it is answered. What stands where is read by SQL.
"""

import contextlib
import http.client
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.chaos.house import House
from bench.chaos.load import Client, Pause
from bench.filled import Screen

NAME = "journey"
TEXTS = {
    file.stem: file.read_text(encoding="utf-8") for file in (Path(__file__).parent / "schemes" / "moves").glob("*")
}
TURNS = ("one", "two", "three")
PLACES = {"first": 0, "extra": 0, "beside": 1, "second": 2, "check": 2, "third": 2, "bye": 3}
"""Between which letters a step stands: nobody is moved back before a letter that he may have had, nor past one."""
LEFT_OUT = 0.06
"""How often those at a step are to leave the scheme."""
CALM_SECONDS = 10.0
_HEAD = f"/schemes/of/{NAME}"

_INSIDE = """
select v.n, e.step, count(*) from journeys_enrolment e join journeys_version v on v.id = e.version_id
join journeys_scheme s on s.id = e.scheme_id where s.name = %s and e.status = 1 and e.step is not null group by 1, 2 order by 1, 2
"""
_STANDING = """
select e.id from journeys_enrolment e join journeys_scheme s on s.id = e.scheme_id
where s.name = %s and e.status = 1 and e.step = any(%s) order by e.id desc limit %s
"""
_LIVE = """
select v.n, v.text from journeys_scheme s join journeys_version v on v.id = s.live_version_id where s.name = %s
"""
_VERSIONS = """
select v.n, v.text from journeys_version v join journeys_scheme s on s.id = v.scheme_id where s.name = %s
order by v.n desc limit 12
"""
_RUNNING = "select id from journeys_move where state = 'running' order by id desc limit 1"
_ACTIVE = """
select count(*) from journeys_enrolment e join journeys_scheme s on s.id = e.scheme_id where s.name = %s and e.status = 1
"""
_AT_WORK = """
select count(*) from pg_stat_activity where datname = current_database() and xact_start < %s::timestamptz
and pid <> pg_backend_pid() and backend_type = 'client backend'
"""
_GONE = """
select m.id from outbox_message m join journeys_enrolment e on e.id = m.enrolment_id join journeys_scheme s on s.id = e.scheme_id
where s.name = %s and m.state <> 'queued'
"""


@dataclass(slots=True)
class Owner:
    """`did`: how often what was done."""

    house: House
    client: Client
    chance: random.Random
    did: dict[str, int] = field(default_factory=dict)
    _screen: Screen = field(init=False)
    _page: str = ""
    _closed: int = 0

    def log_in(self) -> "Owner":
        """While nothing is killed yet; itself."""
        self._screen = Screen(self.house.port).log_in(self.house.owner_login)
        self._page = self._screen.get("/schemes/")[2]
        return self

    def line(self) -> str:
        """For the closing line."""
        return ", ".join(f"{n} {deed}" for deed, n in sorted(self.did.items()))

    # what is done

    def begin(self) -> None:
        """The scheme goes live, if it hasn't."""
        if not self.did:
            self._publish(TEXTS["one"], {}, 0)

    def turn(self, wanted: str = "") -> None:
        """Some of what an owner may do to a live scheme, always with a change; `wanted`: the failpoint to be passed."""
        deeds = [self.change]
        if wanted.startswith(("wake.", "scheme.pause", "scheme.resume")):
            deeds = [self.hold, self.change]
        else:
            deeds += self.chance.choices(
                (self.hold, self.change, self.undo, self.stop, self.by_hand), (5, 3, 3, 1, 2), k=2
            )
            self.chance.shuffle(deeds)
        for deed in deeds:
            deed()
            time.sleep(self.chance.random() * 0.3)

    def change(self) -> None:
        """Another text goes live; sometimes the next at once, while the move of this one runs."""
        self._change()
        if self.chance.random() < 0.4:
            self._change()

    def _change(self) -> None:
        live = self._live()
        text = TEXTS[self.chance.choice([turn for turn in TURNS if TEXTS[turn] != live[1]])]
        self._publish(text, self._choices(text), live[0])

    def undo(self) -> None:
        """The version before goes live again, and whoever was moved goes back."""
        now, *earlier = self._versions()
        before = next((v for v in earlier if v[1] != now[1] and v[1] in TEXTS.values()), None)
        if before is None:
            self.change()
        else:
            self._press(f"{_HEAD}/take", {"n": str(before[0]), "back": "1"})
            self._publish(before[1], {"inside": "move"}, now[0])
            self._count("undo")

    def hold(self) -> None:
        """A pause with newcomers in it, and sometimes a change; then it goes on."""
        self._pause(refuses=self.chance.random() < 0.2)
        self.client.burst(self.chance.randrange(4, 24), dear=True)
        self.client.pay(10)
        if self.chance.random() < 0.4:
            self._change()
        time.sleep(self.chance.random() * 1.2)
        self.client.pauses[-1].until = time.time()
        self._press(f"{_HEAD}/resume", {})
        self._count("pause")

    def stop(self) -> None:
        """The newest move moves nobody else."""
        for (id_,) in self.house.sql(_RUNNING):
            self._press(f"{_HEAD}/moving/stop", {"move": str(id_)})
            self._count("stop")

    def by_hand(self) -> None:
        """Some go on now, and some of these are put back; or they are taken out."""
        ids = [str(i) for (i,) in self.house.sql(_STANDING, NAME, ["first", "second", "third"], 3)]
        if not ids:
            return
        if self.chance.random() < 0.4:
            self._press(f"{_HEAD}/deed", {"who": ids, "do": "leave", "reason": "asked_not_to"})
        else:
            self._press(f"{_HEAD}/deed", {"who": ids, "do": "release"})
            if self.chance.random() < 0.5:
                self._press(f"{_HEAD}/back?who={'.'.join(ids)}", {})
        self._count("by_hand")

    def close(self) -> None:
        """A text without waits goes live, and everybody inside is moved to the letter that he has not had."""
        self._closed += 1
        text = f"{TEXTS['last']}# {self._closed}\n"
        chosen = {"inside": "move"}
        for n, step, _ in self.house.sql(_INSIDE, NAME):
            chosen[f"rule.{n}.{step}"] = "to.beside" if PLACES[step] < 2 else "to.bye"
        self._publish(text, chosen, self._live()[0])

    def inside(self) -> int:
        """How many are in the scheme."""
        return int(self.house.sql(_ACTIVE, NAME)[0][0])

    # how it is done

    def _pause(self, refuses: bool) -> None:
        """Paused, and whoever saw the scheme run before has ended."""
        self._press(f"{_HEAD}/pause", {"newcomers": "refuse" if refuses else "wait"})
        said = self.house.sql("select machine_now()")[0][0]
        until = time.monotonic() + CALM_SECONDS
        while self.house.sql(_AT_WORK, said)[0][0]:
            if time.monotonic() > until:
                raise TimeoutError("a transaction outlived the beginning of a pause")
            time.sleep(0.01)
        gone = frozenset(id_ for (id_,) in self.house.sql(_GONE, NAME))
        self.client.pauses.append(Pause(time.time(), gone, refuses))

    def _choices(self, text: str) -> dict[str, str]:
        """All finish their version, or each step has what is proposed, another step between the same letters, or the way out."""
        if self.chance.random() < 0.15:
            return {"inside": "finish"}
        chosen = {"inside": "move"}
        steps = [step for step in PLACES if f"\n  {step}:" in text]
        for n, step, _ in self.house.sql(_INSIDE, NAME):
            dice = self.chance.random()
            targets = [to for to in steps if PLACES[to] == PLACES[step]]
            if PLACES[step] in (0, 2):
                targets.append("beside" if PLACES[step] == 0 else "bye")
            if dice < LEFT_OUT:
                chosen[f"rule.{n}.{step}"] = "leave"
            elif dice < 0.2:
                chosen[f"rule.{n}.{step}"] = "stay"
            elif dice < 0.7 or step not in steps:
                chosen[f"rule.{n}.{step}"] = f"to.{self.chance.choice(targets)}"
        return chosen

    def _publish(self, text: str, chosen: dict[str, str], base: int) -> None:
        fields = {"text": text, "do": "publish", "name": NAME if base else "", "base": str(base), **chosen}
        self._press("/schemes/publish", fields)
        self._count("publish")

    def _live(self) -> tuple[int, str]:
        ((n, text),) = self.house.sql(_LIVE, NAME)
        return int(n), str(text)

    def _versions(self) -> list[tuple[int, str]]:
        return [(int(n), str(text)) for n, text in self.house.sql(_VERSIONS, NAME)]

    def _count(self, deed: str) -> None:
        self.did[deed] = self.did.get(deed, 0) + 1

    def _press(self, path: str, fields: dict[str, Any], limit: float = 60) -> None:
        """A button, again and again until it is answered. Raises AssertionError when it is refused."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, _, text = self._screen.post(path, fields, self._page)
                if status < 500:
                    assert status == 302, f"POST {path} {fields}: {status} {text[-2000:]}"
                    return
            self.client.refused += 1
            time.sleep(0.02)
        raise TimeoutError(f"POST {path} was not answered within {limit:.0f} s")
