"""Whether two records may be one person, or two orders one: folded to compare, scored, with reasons. Pure.

Owns the folding (ё and е, Cyrillic and its Latin spellings, mistyped mail domains) and the scores; must not decide: a
person does.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from regulars.rules.names import compatible, sort_key, tokens

__all__ = ["SHOWN", "OrderTraits", "Traits", "fold_mail", "fold_name", "keys", "score", "score_orders"]

SHOWN = 60
"""Scores below aren't worth a person's look."""

_LATIN = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
        "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
        "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "u", "я": "a",
        "і": "i", "ї": "i", "є": "e", "ґ": "g",
    }
)  # fmt: skip
# One sound has many Latin spellings: each is brought to the barest.
_SOUNDS = (
    ("shch", "sh"), ("sch", "sh"), ("tch", "ch"), ("kh", "h"), ("zh", "z"), ("ts", "c"), ("tz", "c"), ("ph", "f"),
    ("th", "t"), ("ck", "k"), ("w", "v"), ("q", "k"), ("ya", "a"), ("ia", "a"), ("ja", "a"), ("yu", "u"), ("iu", "u"),
    ("ju", "u"), ("yo", "e"), ("io", "e"), ("jo", "e"), ("ye", "e"), ("ie", "e"), ("je", "e"), ("x", "ks"),
    ("j", "i"), ("y", "i"),
)  # fmt: skip
_TWICE = re.compile(r"(.)\1+")
_MAILS = {
    "gmail.com": ("gmial.com", "gmai.com", "gmal.com", "gmil.com", "gamil.com", "gnail.com", "gmail.co", "gmail.con", "gmail.ru",
                  "googlemail.com", "gmail.cm"),
    "mail.ru": ("mial.ru", "mai.ru", "meil.ru", "mail.tu", "mail.r", "maill.ru"),
    "yandex.ru": ("yandex.tu", "yandx.ru", "yandeks.ru", "jandex.ru", "yndex.ru", "ya.ru", "yandex.com"),
    "rambler.ru": ("ramber.ru", "rambler.tu"),
    "hotmail.com": ("hotmial.com", "hotmai.com", "hotmal.com"),
    "yahoo.com": ("yaho.com", "yahooo.com", "yahoo.con"),
    "outlook.com": ("outlok.com", "outlook.con"),
}  # fmt: skip
_DOMAINS = {wrong: right for right, wrongs in _MAILS.items() for wrong in wrongs}


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a person is compared. `emails` and `phones` in their written form; `place`: city and street."""

    name: str = ""
    emails: Collection[str] = ()
    phones: Collection[str] = ()
    place: str = ""
    birthday: date | None = None


@dataclass(frozen=True, slots=True)
class OrderTraits:
    """What of an order is compared. `lines`: quantity by product; `total` in minor units."""

    lines: Mapping[str, str] = field(default_factory=dict)
    total: int = 0
    currency: str = ""


@lru_cache(maxsize=8192)
def fold_name(name: str) -> str:
    """A name as it sounds, whatever letters and order it is written in; '' for none."""
    return " ".join(sorted(_fold_word(word) for word in tokens(name)))


def _fold_word(word: str) -> str:
    text = word.translate(_LATIN)
    if text.endswith(("off", "eff")):
        text = text[:-2] + "v"
    for spelt, sound in _SOUNDS:
        text = text.replace(spelt, sound)
    return _TWICE.sub(r"\1", text)


@lru_cache(maxsize=8192)
def fold_mail(address: str) -> str:
    """The mailbox that was probably meant: the domain mended, what comes after a plus dropped, Gmail's dots ignored."""
    local, _, domain = address.lower().rpartition("@")
    domain = _DOMAINS.get(domain, domain)
    local = local.partition("+")[0]
    return f"{local.replace('.', '') if domain == 'gmail.com' else local}@{domain}"


def keys(one: Traits) -> set[tuple[str, str]]:
    """By what others are looked up who may be the same: (kind, value). Two who score SHOWN share one of them.

    A name alone is nobody's own, nor is a place or a birthday; any two of the three may be.
    """
    found = {("phone", phone) for phone in one.phones} | {("mail", fold_mail(mail)) for mail in one.emails}
    name, place = fold_name(one.name), _place(one.place)
    born = one.birthday.isoformat() if one.birthday else ""
    if name and place:
        found.add(("place", f"{name}|{place}"))
    if name and born:
        found.add(("birthday", f"{name}|{born}"))
    if place and born:
        found.add(("born_at", f"{place}|{born}"))
    return found


def score(one: Traits, other: Traits) -> tuple[int, list[str]]:
    """How likely the two are one person, 0 to 100, and why. The same both ways round."""
    points = 0
    reasons: list[str] = []
    names = _names(one.name, other.name)
    if {fold_mail(m) for m in one.emails} & {fold_mail(m) for m in other.emails}:
        points, reasons = points + 65, [*reasons, "mail"]
    if set(one.phones) & set(other.phones):
        points, reasons = points + 50, [*reasons, "phone"]
    if one.place and _place(one.place) == _place(other.place):
        points, reasons = points + 25, [*reasons, "place"]
    if one.birthday and one.birthday == other.birthday:
        points, reasons = points + 35, [*reasons, "birthday"]
    if points and names == "same":
        points, reasons = points + 40, [*reasons, "name"]
    elif points and names == "near":
        points, reasons = points + 20, [*reasons, "name_near"]
    elif names == "other":  # a family shares a telephone and a flat
        points -= 30
    return max(0, min(100, points)), reasons


def _names(one: str, other: str) -> str:
    """same, near (one has fewer words, or none), other."""
    first, second = fold_name(one), fold_name(other)
    if not first or not second:
        return "near"
    if first == second:
        return "same"
    return "near" if compatible(first, second) else "other"


def _place(place: str) -> str:
    return " ".join(sorted(re.findall(r"\w+", sort_key(place))))


def score_orders(one: OrderTraits, other: OrderTraits, apart: timedelta, *, same_person: bool) -> tuple[int, list[str]]:
    """How likely two orders are one that was sent twice, and why; `apart`: between their placing."""
    points, reasons = (30, ["person"]) if same_person else (15, ["phone"])
    if one.lines and one.lines == other.lines:
        points, reasons = points + 40, [*reasons, "lines"]
    elif set(one.lines) & set(other.lines):
        points, reasons = points + 15, [*reasons, "some_lines"]
    if one.currency == other.currency and one.total == other.total:
        points, reasons = points + 15, [*reasons, "total"]
    if apart <= timedelta(minutes=30):
        points, reasons = points + 15, [*reasons, "soon"]
    return min(100, points), reasons
