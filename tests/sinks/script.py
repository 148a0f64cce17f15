"""What the sink does to whom: rules by recipient, and the server's own settings.

A behaviour is `STAGE WHAT`: the stage is `rcpt`, `data` or `dot`; WHAT is a reply (`550 5.1.1 no such user`) or one
of WAYS below. It comes from a rule (HTTP `/script`) or from the recipient's own local part:
`rcpt-550-5.1.1+k7@example.test`, `dot-keepdrop+k8@example.test`; `-once` at the end spends it at the first try of
that address, as greylisting does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import Any

STAGES = ("rcpt", "data", "dot")
# silence, drop: not accepted · keepsilence, keepdrop: accepted, yet no 250 · reset: accepted, 250, then a TCP reset
WAYS = ("silence", "drop", "keepsilence", "keepdrop", "reset")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One deviation.

    At `stage` either `reply` (bytes of the line, without CRLF), or `way`, or `delay_ms` before the usual answer.
    """

    stage: str
    reply: bytes = b""
    way: str = ""
    delay_ms: float = 0.0


@dataclass
class Rule:
    """A behaviour for recipients that fully match the regular expression `match`; `times` left, None without end."""

    match: re.Pattern[str]
    behaviour: Behaviour
    times: int | None = None


@dataclass
class Server:
    """How the server behaves to everybody. `starttls`, `auth`: off, on, refuse; `auth` also `temporary`.

    `greeting`, `mail`: what is said at the beginning and to MAIL, '' = the usual; `max_messages`: then 421.
    """

    greeting: str = ""
    mail: str = ""
    pipelining: bool = True
    smtputf8: bool = False
    starttls: str = "off"
    auth: str = "off"
    delay_ms: float = 0.0
    max_messages: int = 0


def behaviour(text: str) -> Behaviour:
    """Read `rcpt 550 5.1.1 no such user`, `dot drop`, `dot delay 300`.

    Raises ValueError with the text that was not understood.
    """
    stage, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if stage in STAGES:
        if rest in WAYS:
            return Behaviour(stage, way=rest)
        if rest.startswith("delay"):
            return Behaviour(stage, delay_ms=float(rest[5:]))
        if re.fullmatch(r"[2-5]\d\d( .*)?", rest):
            reply = rest if " " in rest else rest + " as scripted"
            return Behaviour(stage, reply=reply.encode())
    raise ValueError(f"not a behaviour: {text!r}")


@dataclass
class Script:
    """All rules in force. `find(recipient, stage)` answers the first that fits, and spends it."""

    server: Server = field(default_factory=Server)
    rules: list[Rule] = field(default_factory=list)
    spent: set[str] = field(default_factory=set)

    def load(self, wanted: dict[str, Any]) -> None:
        """Replace the rules by `wanted["rules"]` (`{match, do, times}`) and set what `wanted["server"]` names."""
        rules = []
        for item in wanted.get("rules", []):
            match = ".*" if item["match"] == "*" else item["match"]
            rules.append(Rule(re.compile(match, re.IGNORECASE), behaviour(item["do"]), item.get("times")))
        known = {f.name for f in fields(Server)}
        for name, value in wanted.get("server", {}).items():
            if name not in known:
                raise ValueError(f"unknown server setting {name!r}; there are {sorted(known)}")
            setattr(self.server, name, value)
        self.rules, self.spent = rules, set()

    def find(self, recipient: str, stage: str) -> Behaviour | None:
        for rule in self.rules:
            if rule.behaviour.stage == stage and rule.times != 0 and rule.match.fullmatch(recipient):
                if rule.times is not None:
                    rule.times -= 1
                return rule.behaviour
        if recipient.startswith(stage):
            return self._by_local_part(recipient, stage)
        return None

    def _by_local_part(self, recipient: str, stage: str) -> Behaviour | None:
        wish = recipient.partition("@")[0].partition("+")[0]
        once = wish.endswith("-once")
        try:
            found = behaviour(wish.removesuffix("-once").replace("-", " "))
        except ValueError:
            return None
        if found.stage != stage or (once and recipient in self.spent):
            return None
        if once:
            self.spent.add(recipient)
        return found
