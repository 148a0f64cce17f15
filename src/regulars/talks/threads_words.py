"""A buyer's own words, cut from what his mail program quotes below or above them. English and Russian.

Pure. Words are never lost: what is cut stands in the whole text, and where nothing would be left, or nobody can be sure,
all is shown. Line by line, so that no text makes it slow: the patterns of ready-made libraries take minutes on a few
thousand line breaks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Said", "own_words"]

LONGEST_LINE = 400
_HEADER_LINES = 3
"""A header that says who wrote may be broken over so many lines."""


@dataclass(frozen=True, slots=True)
class Said:
    """`text`: the new words; `cut`: whether there is more in the whole text than these."""

    text: str
    cut: bool


_DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}|\d{1,2}(?:st|nd|rd|th)?\s+[a-zа-яё]{3,})"
_ADDRESS = r"[^\s<>@]+@[^\s<>@]+"
# 'On Mon, 2 Mar 2026 at 12:00, Anna <a@b> wrote:', '2 марта 2026 г. в 12:00, Анна <a@b> написал(а):'
_WROTE_END = re.compile(
    r"(?:\bwrote|\bписал[аои]?|\bнаписал[аои]?|\bнаписал\(а\)|\bпишет|\bпишете|\bwrites)(?:\s*\(.{0,3}\))?\s*:\s*$",
    re.IGNORECASE,
)
_WROTE_HINT = re.compile(rf"{_DATE}|{_ADDRESS}|\b20\d\d\b", re.IGNORECASE)
_YOU_WROTE = re.compile(r"^(?:вы\s+писали|you\s+wrote)\b.*:\s*$", re.IGNORECASE)
_WROTE_START = re.compile(
    r"^(?:on\b|le\b|в\s|во\s|вы\s+писали|\d|пн\b|вт\b|ср\b|чт\b|пт\b|сб\b|вс\b|понедельник|вторник|сред[ау]|четверг"
    r"|пятниц[ау]|суббот[ау]|воскресень[ея]|mon|tue|wed|thu|fri|sat|sun|от\s|кому:|from\b|at\b|здравствуйте, вы писали"
    r"|.{0,80}<[^<>\s]+@[^<>\s]+>)",
    re.IGNORECASE,
)
# Mail.ru: 'Понедельник, 2 марта 2026, 12:00 +03:00 от Магазин <a@b>:'; Yandex: '02.03.2026, 12:00, "Магазин" <a@b>:'
_FROM_COLON = re.compile(
    rf"^(?=.*(?:{_DATE}))(?=.*\b20\d\d\b)(?=.*\d{{1,2}}:\d{{2}}).*<?{_ADDRESS}>?\s*:\s*$", re.IGNORECASE
)
_SEPARATOR = re.compile(
    r"^[\s>]*[-–—_=*]{2,}\s*(?:original message|forwarded message|forwarded by .*|reply message|исходное сообщение"
    r"|пересылаемое сообщение|пересланное сообщение|оригинальное сообщение|исходное письмо|конец пересылаемого сообщения"
    r"|завершение пересылаемого сообщения)\s*[-–—_=*]*\s*$"
    r"|^\s*(?:begin forwarded message|начало переадресованного сообщения|начало пересылаемого сообщения)\s*:\s*$",
    re.IGNORECASE,
)
_LINE_OF_OUTLOOK = re.compile(r"^\s*_{20,}\s*$")
_FIELD = re.compile(
    r"^[\s*>]*(?P<name>from|sent|date|to|cc|subject|reply-to|importance|от|от кого|отправлено|дата|кому|копия|тема"
    r"|отправитель|получатель|важность)\s*:\s*\*?",
    re.IGNORECASE,
)
_WHO = {"from", "от", "от кого", "отправитель"}
_WHEN = {"sent", "date", "отправлено", "дата"}
_WHAT = {"to", "subject", "кому", "тема", "получатель"}
_QUOTED = re.compile(r"^\s*[>|»](?!\s*\d+\s*(?:руб|₽|$))")
_DASHES = re.compile(r"^(?:--|––|—)\s*$")
_DEVICE = re.compile(
    r"^\s*(?:sent from (?:my|mail|yahoo|outlook|proton|gmail|samsung|the|an?)\b.{0,60}|get outlook for .{0,40}"
    r"|sent (?:via|with|using) .{0,60}|отправлено (?:с|из|через|от)\b.{0,70}"
    r"|отправлено .{0,20}(?:iphone|ipad|android|samsung|huawei|xiaomi).{0,30}"
    r"|скачать outlook .{0,40}|получить outlook .{0,40}|--\s*отправлено .{0,70})\s*\.?\s*$",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"^\s*(?:с\s+(?:большим\s+|глубоким\s+)?уважением|с\s+наилучшими\s+пожеланиями|всего\s+доброго|всего\s+хорошего"
    r"|(?:kind|best|warm|many)?\s*regards|(?:with\s+)?(?:kind|best|warm)\s+(?:regards|wishes)|sincerely(?:\s+yours)?"
    r"|yours\s+(?:sincerely|faithfully|truly)|cheers|all\s+the\s+best)\s*[,.!]?\s*(?P<name>[^?]{0,40})$",
    re.IGNORECASE,
)
_FAREWELL_LINES = 8
_SIGNATURE_LINES = 15
_BARE = re.compile(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad]")


def own_words(whole: str) -> Said:
    """The new words of a mail's plain text."""
    lines = [_BARE.sub("", line).rstrip() for line in whole.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = _without_quotes(lines)
    kept = _without_signature(kept)
    text = _tidy(kept)
    everything = _tidy(lines)
    if not text:
        return Said(everything, False)
    return Said(text, _words(text) != _words(everything))


def _words(text: str) -> list[str]:
    return text.split()


def _tidy(lines: Sequence[str]) -> str:
    """Without empty lines at either end, and never two in a row."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_quotes(lines: Sequence[str]) -> list[str]:
    """Drops quoted lines with the header before them; what follows a foreign header unquoted is dropped to the end."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if _SEPARATOR.match(line) or (_LINE_OF_OUTLOOK.match(line) and _is_fields(lines, at + 1)):
            break
        if _is_fields(lines, at):
            break
        length = _header_length(lines, at)
        if length:
            after = at + length
            if not _has_quote_next(lines, after):
                break
            at = after
            continue
        if not _QUOTED.match(line):
            kept.append(line)
        at += 1
    return kept


def _has_quote_next(lines: Sequence[str], at: int) -> bool:
    for line in lines[at : at + 4]:
        if line.strip():
            return bool(_QUOTED.match(line))
    return False


def _header_length(lines: Sequence[str], at: int) -> int:
    """How many lines the header 'such a one wrote then:' takes from here on; 0 when there is none."""
    first = lines[at].strip()
    if not first or len(first) > LONGEST_LINE or _QUOTED.match(first):
        return 0
    joined = ""
    for n in range(1, _HEADER_LINES + 1):
        if at + n > len(lines) or (n > 1 and not lines[at + n - 1].strip()):
            return 0
        joined = f"{joined} {lines[at + n - 1].strip()}".strip()
        if len(joined) > LONGEST_LINE:
            return 0
        if _FROM_COLON.match(joined) or (_YOU_WROTE.match(joined) and _WROTE_HINT.search(joined)):
            return n
        if _WROTE_END.search(joined) and _WROTE_START.match(joined) and _WROTE_HINT.search(joined):
            return n
        if n == 1 and not (_WROTE_START.match(joined) and _WROTE_HINT.search(joined)):
            return 0
    return 0


def _is_fields(lines: Sequence[str], at: int) -> bool:
    """Whether Outlook's block of fields begins here: who, when, and to whom or about what, in at most seven lines."""
    found: set[str] = set()
    first = _field_name(lines[at]) if at < len(lines) else ""
    if first not in _WHO:
        return False
    for line in lines[at : at + 9]:
        name = _field_name(line)
        if name:
            found.add(name)
        elif found and not line.strip() and found & _WHEN and found & _WHAT:
            break
    return bool(found & _WHO and found & _WHEN and found & _WHAT)


def _field_name(line: str) -> str:
    match = _FIELD.match(line)
    return match["name"].lower() if match else ""


def _without_signature(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    for at in range(len(kept) - 1, max(-1, len(kept) - 1 - _SIGNATURE_LINES), -1):
        if _DASHES.match(kept[at]):
            kept = kept[:at]
            break
    kept = [line for line in kept if not _DEVICE.match(line)]
    while kept and not kept[-1].strip():
        kept.pop()
    for at in range(len(kept) - 1, max(0, len(kept) - 1 - _FAREWELL_LINES), -1):
        farewell = _FAREWELL.match(kept[at])
        if farewell and all(_looks_like_signature(line) for line in kept[at + 1 :]):
            return kept[:at]
    return kept


def _looks_like_signature(line: str) -> bool:
    """Short, no question, no sentence: a name, a post, an address, a telephone."""
    text = line.strip()
    return len(text) <= 60 and "?" not in text and "!" not in text and len(text.split()) <= 7
