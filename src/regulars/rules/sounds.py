"""How a product's name may be typed or misheard: words, their stems, their sounds, their parts.

Owns the one sound alphabet that Russian and Latin letters are brought to, so that 'тефаль', 'тифаль' and 'Tefal' meet.
The rules for Cyrillic are those of the Russian Metaphone (P. Kankovsky, 2002: voiced as voiceless, unstressed vowels as
one, doubles as one), for Latin those of L. Philips' Metaphone (1990), as a Russian ear hears them. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2s
from itertools import islice

__all__ = ["Word", "code_of", "likeness", "mark", "other_layout", "spelled", "words_of"]

LONGEST = 40
"""Letters of a word that count; what is longer is no word that anybody says."""
MOST_SOUNDS = 8
SHORTEST_STEM = 3

_WORDS = re.compile(r"[0-9]+(?:[.,][0-9]+)?|[^\W\d_]+")
_LATIN, _CYRILLIC = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё"
_TO_RUSSIAN = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_LOOK_ALIKE = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")

_ENDINGS = {
    "ru": (
        "иями ями ами ого его ому ему ыми ими иях ией иям ием ой ей ий ый ая яя ое ее ые ие ых их ую юю ом ем ам ям ах"
        " ях ов ев ью ия ии ию а я о е у ю ы и ь й"
    ),
    "en": "ies es ing ed s",
}
_RU, _EN = (tuple(sorted(ends.split(), key=len, reverse=True)) for ends in _ENDINGS.values())

_CYRILLIC_GROUPS = (
    ("стн", "сн"), ("здн", "зн"), ("рдц", "рц"), ("лнц", "нц"), ("вств", "ств"), ("дж", "ж"), ("тч", "ч"), ("сч", "ч"),
    ("зч", "ч"), ("жч", "ч"), ("тс", "ц"), ("дс", "ц"), ("тц", "ц"), ("йо", "е"), ("йе", "е"), ("ью", "у"), ("кс", "кс"),
)  # fmt: skip
_CYRILLIC_SOUNDS = {
    **dict.fromkeys("бп", "p"), **dict.fromkeys("дт", "t"), **dict.fromkeys("гк", "k"), **dict.fromkeys("вф", "f"),
    **dict.fromkeys("зсц", "s"), **dict.fromkeys("жшщч", "x"), "х": "h", "л": "l", "м": "m", "н": "n", "р": "r",
    **dict.fromkeys("ао", "A"), **dict.fromkeys("еэиыйя", "I"), **dict.fromkeys("ую", "U"), "ъ": "", "ь": "",
}  # fmt: skip
# Longest first. Where a group is heard in several ways, all of them are kept.
_LATIN_SOUNDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tsch", ("x",)), ("sch", ("x", "sk")), ("tch", ("x",)), ("sh", ("x",)), ("ch", ("x", "k", "h")), ("zh", ("x",)),
    ("ph", ("f",)), ("th", ("t",)), ("kh", ("h",)), ("gh", ("k",)), ("wh", ("f",)), ("ck", ("k",)), ("qu", ("kf", "k")),
    ("ts", ("s",)), ("tz", ("s",)), ("dz", ("s",)), ("dj", ("x",)), ("ce", ("sI", "xI")), ("ci", ("sI", "xI")),
    ("cy", ("sI",)), ("ge", ("kI", "xI")), ("gi", ("kI", "xI")), ("gy", ("kI", "xI")), ("oo", ("U",)), ("ee", ("I",)),
    ("ea", ("I",)), ("ou", ("U", "A")), ("ow", ("AU", "Af")), ("aw", ("A", "Af")), ("ew", ("U", "Uf")),
)  # fmt: skip
_LATIN_LETTERS = {
    **dict.fromkeys("bp", "p"), **dict.fromkeys("dt", "t"), **dict.fromkeys("ckgq", "k"), **dict.fromkeys("vfw", "f"),
    **dict.fromkeys("sz", "s"), "h": "h", "l": "l", "m": "m", "n": "n", "r": "r", "j": "x", "x": "ks",
    **dict.fromkeys("ao", "A"), **dict.fromkeys("eiy", "I"), "u": "U",
}  # fmt: skip
_DOUBLES = re.compile(r"(.)\1+")
_VOWELS = re.compile(r"[AIU]+")


class Word:
    """A word as it is looked for: `text` folded, `stem` without its ending, `sounds` its consonants as they are heard (a
    vowel at the beginning is 'a', whichever it is), `grams` threes of letters of its sound."""

    __slots__ = ("grams", "sounds", "stem", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.stem = _stem(text)
        heard = () if text[0].isdigit() else spelled(text)
        self.sounds = tuple(dict.fromkeys(filter(_is_telling, map(_skeleton, heard))))
        self.grams = _grams(heard[0]) if heard and len(heard[0]) >= SHORTEST_STEM else ()


def words_of(text: str, most: int = 60) -> list[Word]:
    """The words and numbers of a text in their order, each once; letters and figures that touch are apart."""
    found = dict.fromkeys(word[:LONGEST].replace(",", ".") for word in _WORDS.findall(_folded(text)))
    return [_word(word) for word in islice(found, most)]


def code_of(text: str) -> str:
    """A product's code without separators, in capitals: 'pan-24' and 'PAN 24' are one, letters that look alike too."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())
    return kept.translate(_LOOK_ALIKE)


def other_layout(text: str) -> str:
    """What the same keys give in the other layout: 'crjdjhjlf' is 'сковорода', 'еуафд' is 'tefal'."""
    lowered = text.lower()
    is_latin = sum("a" <= c <= "z" for c in lowered) >= sum("а" <= c <= "я" for c in lowered)
    return lowered.translate(_TO_RUSSIAN if is_latin else _TO_LATIN)


def spelled(word: str) -> tuple[str, ...]:
    """A folded word in the sound alphabet, in each way in which it may be heard; the likeliest first."""
    if any("а" <= c <= "я" for c in word):
        for written, heard in _CYRILLIC_GROUPS:
            word = word.replace(written, heard)
        return (_DOUBLES.sub(r"\1", "".join(_CYRILLIC_SOUNDS.get(c, c) for c in word)),)
    return tuple(dict.fromkeys(_DOUBLES.sub(r"\1", heard) for heard in islice(_latin(word), MOST_SOUNDS)))


def likeness(one: str, other: str) -> float:
    """How alike two folded words sound, 0 to 1: the share of the threes of letters that both have."""
    mine, theirs = set(_word(one).grams), set(_word(other).grams)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def mark(shop_id: int, text: str) -> int:
    """A number that stands for this sound in this shop, so that one index serves all shops without mixing them."""
    return int.from_bytes(blake2s(f"{shop_id}:{text}".encode(), digest_size=8).digest(), signed=True)


@lru_cache(maxsize=50_000)
def _word(text: str) -> Word:
    return Word(text)


def _folded(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    # Accents fall off Latin letters only: й is a letter of its own.
    return "".join(unicodedata.normalize("NFKD", c)[0] if "\u00c0" <= c < "\u0370" else c for c in lowered)


def _stem(word: str) -> str:
    for ending in _EN if word.isascii() else _RU:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def _latin(word: str) -> Iterator[str]:
    """Every way to hear a Latin word, the likeliest first."""
    rest = word
    if len(rest) > 3 and rest[-1] == "e" and rest[-2] not in "aeiouycg":
        rest = rest[:-1]  # silent: iphone, nike
    yield from _heard(rest, at_start=True)
    if rest.startswith("x"):
        yield from _heard("s" + rest[1:], at_start=True)


def _heard(rest: str, *, at_start: bool = False) -> Iterator[str]:
    if not rest:
        yield ""
        return
    ways, used = _ways(rest, at_start)
    for way in ways:
        for following in _heard(rest[used:]):
            yield way + following


def _ways(rest: str, at_start: bool) -> tuple[tuple[str, ...], int]:
    for written, heard in _LATIN_SOUNDS:
        if rest.startswith(written):
            return heard, len(written)
    letter = rest[0]
    if letter == "h" and not at_start and (len(rest) == 1 or rest[1] not in "aeiouy"):
        return ("",), 1  # mute: 'ahmad', 'sarah'
    return (_LATIN_LETTERS.get(letter, letter),), 1


def _skeleton(heard: str) -> str:
    bare = _DOUBLES.sub(r"\1", _VOWELS.sub("", heard))
    return "a" + bare if heard[:1] in ("A", "I", "U") else bare


def _is_telling(skeleton: str) -> bool:
    return len(skeleton) >= 2


def _grams(heard: str) -> tuple[str, ...]:
    padded = f"^{heard}$"
    return tuple(dict.fromkeys(padded[i : i + 3] for i in range(len(padded) - 2)))
