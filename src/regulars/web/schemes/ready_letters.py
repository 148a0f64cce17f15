"""What a ready scheme says: its letters, SMS and call scripts in both languages, to be read before it is taken.

Owns bringing them together with an invented buyer; the words are those that the shop would send: its own template where it
has one. Nothing is written, nobody is looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

from regulars.base.db import Cursor
from regulars.core.deeds import Code
from regulars.core.letters import letters
from regulars.core.scheme import ADVERTISING, Ask, Call, Letter, Scheme, Task
from regulars.outbox import sample, spoken
from regulars.outbox.filters import Context
from regulars.outbox.letter import plain
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.short import render_short
from regulars.outbox.spoken_liquid import Pieces
from regulars.outbox.texts import NoSuchTemplate, Texts, own_templates
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.desk.script import Line, whole
from regulars.web.say import Say

__all__ = ["Said", "Script", "ScriptLine", "Sheet", "sheets", "spoken_in"]

SMS = "sms"


@dataclass(frozen=True, slots=True)
class Said:
    """A letter in one language; `short`: its SMS, '' where none goes."""

    language: str
    subject: str
    text: str
    short: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter of the scheme: the step that sends it, by which channels, and its words in each language."""

    step: str
    channels: tuple[str, ...]
    is_advertising: bool
    said: tuple[Said, ...]

    @property
    def has_short(self) -> bool:
        """Whether it goes by SMS, too."""
        return any(one.short for one in self.said)


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """What is said at a step of a talk, by language; `do` is for the operator."""

    step: str
    is_branch: bool
    said: tuple[tuple[str, Pieces], ...]
    do: str


@dataclass(frozen=True, slots=True)
class Script:
    """A script that calls or tasks of the scheme go by."""

    title: str
    lines: tuple[ScriptLine, ...]


def _languages(seat: Seat) -> tuple[str, ...]:
    """The reader's own language first."""
    return ("ru", "en") if seat.language == "ru" else ("en", "ru")


def sheets(cur: Cursor, seat: Seat, trade: str, scheme: Scheme) -> list[Sheet]:
    """All letters of a scheme, in the order of its steps. One that can't be written is left out: the check names it."""
    found = [(str(path[1]), letter) for path, letter in letters(scheme)]
    asks = {name for name, step in scheme.steps.items() if isinstance(step, Ask)}
    contents = [_content(letter, asks=step in asks) for step, letter in found]
    texts = Texts(own_templates(cur, seat.shop.id, contents), _languages(seat))
    has_code = any(isinstance(step, Code) for step in scheme.steps.values())
    made = []
    for (step, letter), content in zip(found, contents, strict=True):
        try:
            said = tuple(
                _said(
                    texts,
                    letter,
                    content,
                    sample.facts(one, trade, seat.shop.name, seat.shop.currency, has_code=has_code),
                    sample.context(one, seat.shop.currency),
                )
                for one in _languages(seat)
            )
        except (NoSuchTemplate, TemplateProblem):
            continue
        title = words.in_language(scheme.titles.get(step, {}), seat.language) or step
        channels = tuple(words.word(words.CHANNELS, one) for one in letter.by)
        made.append(Sheet(title, channels, letter.purpose == ADVERTISING, said))
    return made


def _content(letter: Letter, *, asks: bool) -> dict[str, Any]:
    """What the outbox would be given to write it by."""
    own = {"template": letter.template} if letter.template else {"inline": letter.inline}
    return own | ({"question_id": 1} if asks else {})


def _said(texts: Texts, letter: Letter, content: dict[str, Any], facts: dict[str, Any], context: Context) -> Said:
    purpose = cast(Literal["service", "advertising"], letter.purpose)
    subject, text = plain(texts.letter(content, purpose), context.locale, facts, context)
    short = render_short(texts.short(content), context.locale, facts, context)[1] if SMS in letter.by else ""
    return Said(context.locale, subject, text, short)


def spoken_in(cur: Cursor, seat: Seat, say: Say, trade: str, scheme: Scheme) -> list[Script]:
    """The scripts of a scheme, each once."""
    keys = [step.script for step in scheme.steps.values() if isinstance(step, Call | Task) and step.script]
    return [made for key in dict.fromkeys(keys) if (made := _script(cur, seat, say, trade, key))]


def _script(cur: Cursor, seat: Seat, say: Say, trade: str, key: str) -> Script | None:
    found = spoken.script(cur, seat.shop.id, key)
    if found is None:
        return None
    told = {language: list(_flat(_whole(seat, say, trade, found, language))) for language in _languages(seat)}
    lines = tuple(
        ScriptLine(line.step, is_branch, tuple((one, told[one][n][0].said) for one in told if line.said), line.do)
        for n, (line, is_branch) in enumerate(next(iter(told.values())))
    )
    return Script(words.in_language(found["title"], seat.language), lines)


def _whole(seat: Seat, say: Say, trade: str, found: Any, language: str) -> list[Line]:
    facts = sample.facts(language, trade, seat.shop.name, seat.shop.currency)
    return whole(found, language, say, facts, sample.context(language, seat.shop.currency))


def _flat(lines: Iterable[Line]) -> Iterator[tuple[Line, bool]]:
    for line in lines:
        yield line, False
        yield from ((branch, True) for branch in line.branches)
