"""By which word a person is addressed, out of a full name as shops write it.

Pure, by rules of thumb: no dictionary. A wrong guess only makes a greeting stiff, so doubt falls to the first word.
"""

__all__ = ["first_name_of"]

_PATRONYMIC = ("ович", "евич", "ьич", "овна", "евна", "ична", "инична")
_SURNAME = (
    "ов", "ев", "ёв", "ин", "ын", "ова", "ева", "ёва", "ина", "ына", "ский", "цкий", "ская", "цкая", "ской", "енко",
    "ук", "юк", "чук", "ян", "швили", "дзе", "ых", "их",
)  # fmt: skip
_SHORT_NAMES = frozenset({"лев", "яков", "константин", "валентин", "мартин", "марина", "полина", "ирина", "екатерина",
                          "кристина", "алина", "арина", "карина", "валентина", "галина", "нина", "дина", "регина",
                          "ангелина", "эвелина", "антонина", "альбина", "сабина", "жанна", "савин", "вениамин"})  # fmt: skip


def first_name_of(name: str) -> str:
    """'Андрей' of 'Петров Андрей Иванович', 'Андрей' of 'Андрей Петров', 'Anna' of 'Anna Beispiel'; '' of nothing."""
    words = name.split()
    if not words:
        return ""
    folded = [w.lower() for w in words]
    for i, word in enumerate(folded[1:], start=1):
        if word.endswith(_PATRONYMIC):
            return words[i - 1]
    if len(words) == 2 and _is_surname(folded[0]) and not _is_surname(folded[1]):
        return words[1]
    return words[0].rstrip(",")


def _is_surname(word: str) -> bool:
    last = word.rsplit("-", 1)[-1]
    return last not in _SHORT_NAMES and last.endswith(_SURNAME)
