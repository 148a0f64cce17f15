"""People's names: folded to sort and to compare.

Owns what makes two written names look like one person's. Must not decide on a merge: that is the people's matter.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+")


def sort_key(name: str) -> str:
    """The name in lower case with ё as е, for sorting and searching."""
    return unicodedata.normalize("NFKC", name).casefold().replace("ё", "е").strip()


def tokens(name: str) -> tuple[str, ...]:
    """The words of a name, folded, each once, sorted; an initial is a word of one letter."""
    return tuple(sorted(set(_WORD.findall(sort_key(name)))))


def compatible(one: str, other: str) -> bool:
    """Whether the names may be one person's: each word of the shorter is in the longer, or is an initial of a word
    there (or the other way round); an empty name goes with every name."""
    shorter, longer = sorted((tokens(one), tokens(other)), key=len)
    left = [word for word in longer if word not in shorter]
    for word in shorter:
        if word in longer:
            continue
        match = next((there for there in left if _initial(word, there)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _initial(one: str, other: str) -> bool:
    return (len(one) == 1 or len(other) == 1) and one[0] == other[0]
