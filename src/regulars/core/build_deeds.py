"""From well-shaped data to the steps of `deeds` and to waits until a day; and where a step's roads lead.

Owns what these steps consist of. Single values are `values`; the other steps are `build`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from regulars.core.deeds import (
    AMOUNT,
    ASK_WINNER,
    FREE_SHIPPING,
    PERCENT,
    WHOLE,
    BodyValue,
    Code,
    Enrol,
    FieldValue,
    Filled,
    FromFact,
    Points,
    SetFields,
    Split,
    Tag,
    Webhook,
)
from regulars.core.known import FACT_ROOTS, OPEN_FACTS
from regulars.core.problems import WARNING, nearest
from regulars.core.scheme import END, Step, WaitUntil
from regulars.core.source import Path
from regulars.core.values import Values
from regulars.rules.money import MoneyError, UnknownCurrency, to_minor

CODE_VALID = timedelta(days=30)
"""How long a code is good when the scheme doesn't say."""

SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9])?)\s?%")
_FACT = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+")
_GAP = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def permille(text: str) -> int:
    """'33.3%' -> 333; -1 for what isn't a share."""
    share = SHARE.fullmatch(text.strip())
    return round(float(share[1]) * 10) if share else -1


@dataclass(slots=True)
class Deeds(Values):
    """Builds these steps; `_names` are those that a road may lead to."""

    _names: list[str] = field(default_factory=list)

    def _target(self, path: Path, data: Any, key: str, default: Any) -> Any:
        return self._road((*path, key), str(data[key])) if key in data else default

    def _road(self, path: Path, target: str, *, at_key: bool = False) -> str:
        if target == END or target in self._names:
            return target
        meant = nearest(target, [*self._names, END])
        self._add(path, "step_unknown", at_key=at_key, found=target, did_you_mean=meant)
        return END

    def _split(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, ways = (*path, "split"), {}
        for target, text in data["split"].items():
            share = permille(str(text))
            if not 0 <= share <= WHOLE:
                self._add((*at, target), "share_unknown", found=str(text))
            ways[self._road((*at, target), str(target), at_key=True)] = share
        if len(data["split"]) < 2:
            self._add(at, "split_one_way", at_key=True)
        elif all(share >= 0 for share in ways.values()) and sum(ways.values()) != WHOLE:
            self._add(at, "split_sum", at_key=True, found=f"{sum(ways.values()) / 10:g}")
        return Split(name, line, ways, str(data.get("winner", ASK_WINNER)))

    def _tag(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        given, at = data["tag"], (*path, "tag")
        if isinstance(given, str):
            return Tag(name, line, (str(given),), (), then)
        add, remove = (_texts(given.get(key, [])) for key in ("add", "remove"))
        if not add and not remove:
            self._add(at, "tag_nothing", at_key=True)
        for both in sorted(set(add) & set(remove)):
            self._add(at, "tag_both", at_key=True, found=both)
        return Tag(name, line, add, remove, then)

    def _set(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        values = {str(key): self._value((*path, "set", key), value) for key, value in data["set"].items()}
        return SetFields(name, line, values, then)

    def _value(self, path: Path, value: Any) -> FieldValue | FromFact:
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return Decimal(str(value))
        text = str(value)
        if _DAY.fullmatch(text):
            return self._day(path, text)
        if _FACT.fullmatch(text) and text.partition(".")[0] in FACT_ROOTS:
            return FromFact(self._fact(path, text))
        return text

    def _day(self, path: Path, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._add(path, "day_unknown", found=text)
            return date(2026, 1, 1)

    def _fact(self, path: Path, name: str) -> str:
        known = self.known.facts
        if known is not None and name not in known and not name.startswith(OPEN_FACTS):
            self._add(path, "fact_unknown", found=name, did_you_mean=nearest(name, known))
        return name

    def _enrol(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        given = data["enrol"]
        at = (*path, "enrol") if isinstance(given, str) else (*path, "enrol", "scheme")
        scheme = str(given) if isinstance(given, str) else str(given["scheme"])
        known = self.known.schemes
        if scheme == self.source.data.get("scheme"):
            self._add(at, "enrol_itself", severity=WARNING, found=scheme)
        elif known is not None and scheme not in known:
            meant = nearest(scheme, known)
            self._add(at, "scheme_unknown", severity=WARNING, found=scheme, did_you_mean=meant)
        return Enrol(name, line, scheme, then)

    def _webhook(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, given = (*path, "webhook"), data["webhook"]
        given = {"url": given} if isinstance(given, str) else given
        url = self._address((*at, "url") if isinstance(data["webhook"], Mapping) else at, str(given["url"]))
        body = {str(key): self._told((*at, "body", key), value) for key, value in given.get("body", {}).items()}
        secret, known = given.get("secret"), self.known.secrets
        if secret is not None and known is not None and secret not in known:
            meant = nearest(str(secret), known)
            self._add((*at, "secret"), "secret_unknown", severity=WARNING, found=str(secret), did_you_mean=meant)
        told = body if "body" in given else None
        return Webhook(name, line, url, told, str(secret) if secret is not None else None, then)

    def _address(self, path: Path, url: str) -> str:
        """Refuses what can be seen to be unsafe; where the name leads is judged when it is called."""
        try:
            parts = urlsplit(url)
            fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            fine = None
        if not fine:
            self._add(path, "url_unknown", found=url[:80])
        elif parts.username is not None or parts.password is not None:
            self._add(path, "url_unsafe", found=parts.hostname, why="credentials")
        else:
            why = self.known.address(url) if self.known.address is not None else None
            if why is not None:
                self._add(path, "url_unsafe", found=parts.hostname, why=why)
            elif parts.scheme == "http":
                self._add(path, "url_plain", severity=WARNING, found=parts.hostname)
        return url

    def _told(self, path: Path, value: Any) -> BodyValue:
        if isinstance(value, Mapping):
            return {str(key): self._told((*path, key), inner) for key, inner in value.items()}
        if isinstance(value, list):
            return tuple(self._told((*path, at), inner) for at, inner in enumerate(value))
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return Decimal(str(value))
        text = str(value)
        if "{{" in text or "{%" in text:
            return self._filled(path, text)
        is_fact = _FACT.fullmatch(text) and text.partition(".")[0] in FACT_ROOTS
        return FromFact(self._fact(path, text)) if is_fact else text

    def _filled(self, path: Path, text: str) -> Filled:
        """Only names of facts stand in the braces: how things are said is the other system's matter."""
        parts: list[str | FromFact] = []
        for at, part in enumerate(_GAP.split(text)):
            if at % 2 == 0:
                if "{{" in part or "{%" in part:
                    self._add(path, "gap_unknown", found=part.strip()[:80])
                parts += [part] if part else []
            elif _FACT.fullmatch(part):
                parts.append(FromFact(self._fact(path, part)))
            else:
                self._add(path, "gap_unknown", found=part[:80])
        return Filled(tuple(parts))

    def _points(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, given = (*path, "points"), data["points"]
        valid = self._span((*at, "valid"), str(given["valid"])) if "valid" in given else None
        return Points(name, line, int(given["give"]), valid, then)

    def _code(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, given = (*path, "code"), data["code"]
        named = [key for key in (PERCENT, AMOUNT, FREE_SHIPPING) if key in given]
        if len(named) != 1:
            self._add(at, "code_gives", at_key=True, found=", ".join(named) or "…")
        gives = named[0] if named else FREE_SHIPPING
        if "currency" in given and gives != AMOUNT:
            self._add((*at, "currency"), "key_not_here", at_key=True, verb=gives)
        amount, currency = self._amount(at, given) if gives == AMOUNT else (None, None)
        valid = self._span((*at, "valid"), str(given["valid"])) if "valid" in given else CODE_VALID
        percent = int(given[PERCENT]) if gives == PERCENT else None
        return Code(name, line, gives, percent, amount, currency, valid, then)

    def _amount(self, at: Path, given: Any) -> tuple[int, str]:
        currency = str(given.get("currency", ""))
        if not currency:
            self._add((*at, AMOUNT), "code_currency", at_key=True)
            return 1, "RUB"
        try:
            minor = to_minor(str(given[AMOUNT]), currency)
            if minor > 0:
                return minor, currency
        except UnknownCurrency:
            self._add((*at, "currency"), "currency_unknown", found=currency)
            return 1, "RUB"
        except MoneyError:
            pass
        self._add((*at, AMOUNT), "amount_unknown", found=f"{given[AMOUNT]} {currency}")
        return 1, currency

    def _wait_until(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        wait, at = data["wait"], (*path, "wait")
        for key in ("for", "days", "up_to", "team"):
            if key in wait:
                self._add((*at, key), "key_not_here", at_key=True, verb="until")
        if "before" in wait and "after" in wait:
            self._add((*at, "after"), "before_and_after", at_key=True)
        until = str(wait["until"])
        return WaitUntil(
            name,
            line,
            self._day((*at, "until"), until) if _DAY.fullmatch(until) else self._until_fact((*at, "until"), until),
            self._shift(at, wait),
            self._local_hour(at, wait),
            then,
            self._target(path, data, "on_timeout", None),
        )

    def _shift(self, at: Path, wait: Any) -> timedelta:
        if "before" in wait:
            return -self._span((*at, "before"), str(wait["before"]))
        after = wait.get("after")
        if after is None:
            return timedelta(0)
        if isinstance(after, str):
            return self._span((*at, "after"), str(after))
        self._add((*at, "after"), "delay_not_plain", found="{…}")
        return timedelta(0)

    def _until_fact(self, path: Path, text: str) -> str:
        known = self.known.facts
        if _FACT.fullmatch(text) and (known is None or text in known or text.startswith(OPEN_FACTS)):
            return text
        self._add(path, "until_unknown", found=text, did_you_mean=nearest(text, known or ()))
        return "person.birthday"


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(item) for item in (value if isinstance(value, list) else [value])))
