"""A form as it is read and as it is shown again: values kept as they were typed, problems in words by field.

Owns what a field looks like and the words of what can be wrong with one. A page names its fields; nothing is saved here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from regulars.people.points import email_address, phone_number

__all__ = ["Choice", "Field", "Form", "chosen", "read_clock"]

_CLOCK = re.compile(r"(\d{1,2})[:.]?(\d{2})|(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a field's choices; `note` says in a few words what it means, `lang` is the label's language if another."""

    value: str
    label: str
    is_on: bool = False
    note: str = ""
    lang: str = ""


@dataclass(slots=True)
class Field:
    """A field as the page shows it.

    `kind`: text, email, tel, number, clock, area, select, checks, radios, password. `groups`: a select's choices by heading.
    """

    name: str
    label: str
    value: Any = ""
    problem: str = ""
    hint: str = ""
    kind: str = "text"
    choices: Sequence[Choice] = ()
    groups: Sequence[tuple[str, Sequence[Choice]]] = ()
    is_optional: bool = False
    is_short: bool = False
    complete: str = "off"
    lang: str = ""
    unit: str = ""
    longest: int = 200


@dataclass(slots=True)
class Form:
    """What came with a POST. Each reader gives the clean value, or a harmless one with its problem noted."""

    data: QueryDict
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether all that was read so far is as it should be."""
        return not self.problems

    def raw(self, name: str, longest: int = 4000) -> str:
        """What was typed, without what no field can hold."""
        return self.data.get(name, "").replace("\x00", "").strip()[:longest]

    def refuse(self, name: str, words: str) -> None:
        """Note what is wrong with a field; the first word on it stays."""
        self.problems.setdefault(name, words)

    def text(self, name: str, *, longest: int = 200, required: bool = True) -> str:
        """A line of text."""
        text = " ".join(self.raw(name).split())
        if required and not text:
            self.refuse(name, _("This can’t be left empty."))
        if len(text) > longest:
            self.refuse(name, _("That is too long: %(n)d characters at most.") % {"n": longest})
        return text[:longest]

    def one_of(self, name: str, known: Iterable[str]) -> str:
        """One of the known values."""
        value, all_known = self.raw(name), list(known)
        if value not in all_known:
            self.refuse(name, _("Choose one of the list."))
            return all_known[0] if all_known else ""
        return value

    def some_of(self, name: str, known: Iterable[str]) -> list[str]:
        """Those that were ticked, in the order of `known`; unknown ones are noted."""
        ticked, all_known = set(self.data.getlist(name)), list(known)
        if ticked - set(all_known):
            self.refuse(name, _("Choose from the list."))
        return [k for k in all_known if k in ticked]

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        text = self.raw(name, 20).replace("\u00a0", "").replace(" ", "")
        if text.isascii() and text.isdecimal() and low <= int(text) <= high:
            return int(text)
        self.refuse(name, _("A whole number from %(low)d to %(high)d, please.") % {"low": low, "high": high})
        return low

    def clock(self, name: str) -> str:
        """A time of day as `09:00`."""
        found = read_clock(self.raw(name, 10))
        if found is None:
            self.refuse(name, _("A time of day is needed, such as 09:00."))
            return "00:00"
        return found

    def email(self, name: str, *, required: bool = True) -> str:
        """An address of one mailbox in its written form; '' for none."""
        text = self.raw(name, 320)
        if not text:
            if required:
                self.refuse(name, _("This can’t be left empty."))
            return ""
        found = email_address(text)
        if found is None:
            self.refuse(name, _("This is not an e-mail address. It looks like anna@example.com."))
        return found or ""

    def phone(self, name: str, country: str, *, required: bool = False) -> str:
        """A telephone number in E.164, read as in `country`; '' for none."""
        text = self.raw(name, 60)
        if not text:
            if required:
                self.refuse(name, _("This can’t be left empty."))
            return ""
        found = phone_number(text, country)
        if found is None:
            self.refuse(name, _("This is not a telephone number. Begin with + and the country’s code."))
        return found or ""

    def shown(self, fields: Iterable[Field]) -> None:
        """Put what was typed, and what is wrong with it, into the fields."""
        for one in fields:
            one.problem = self.problems.get(one.name, "")
            if one.kind in ("checks", "radios"):
                ticked = set(self.data.getlist(one.name))
                one.choices = [replace(c, is_on=c.value in ticked) for c in one.choices]
            elif one.kind == "select":
                picked = self.raw(one.name)
                one.choices = [replace(c, is_on=c.value == picked) for c in one.choices]
                one.groups = [(t, [replace(c, is_on=c.value == picked) for c in g]) for t, g in one.groups]
            else:
                one.value = self.raw(one.name)


def read_clock(text: str) -> str | None:
    """`9`, `9:00`, `9.00`, `900` as `09:00`; None when it is no time of day. `24:00` is midnight, `00:00`."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = (int(found[3]), 0) if found[3] is not None else (int(found[1]), int(found[2]))
    if (hour, minute) == (24, 0):
        return "00:00"
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def chosen(choices: Iterable[tuple[str, str]], value: str | Iterable[str]) -> list[Choice]:
    """Choices of (value, label), with those of `value` on."""
    on = {value} if isinstance(value, str) else set(value)
    return [Choice(v, str(label), v in on) for v, label in choices]
