"""Judgement on what a scheme writes: too much advertising, gifts under a service letter, languages that are missing.

Owns these warnings. Whether a message goes out is the gate's affair alone: here the owner only learns beforehand what the
gate would hold back, or what a buyer would mind.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from regulars.core import least_time
from regulars.core.known import Known
from regulars.core.letters import letters
from regulars.core.problems import WARNING, Problem
from regulars.core.scheme import ADVERTISING, SERVICE, Ask, Letter, Scheme, Send
from regulars.core.source import Path, Source

__all__ = ["check_messages"]

_A_DAY = timedelta(days=1)


def check_messages(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    """All that is odd about the letters of a scheme as a whole; its roads must be known."""
    advertising = [
        step.name
        for step in scheme.steps.values()
        if isinstance(step, Send | Ask) and step.letter.purpose == ADVERTISING
    ]
    apart = {name: least_time.since(scheme, name) for name in advertising}
    yield from _close_together(advertising, apart, source)
    if known.cap is not None:
        yield from _over_cap(advertising, apart, known.cap, source)
    yield from _declared_otherwise(scheme, source, known)
    yield from _languages(scheme, source, known)
    yield from _dead_templates(scheme, source, known)


def _close_together(
    advertising: list[str], apart: dict[str, dict[str, timedelta]], source: Source
) -> Iterator[Problem]:
    """The second of two advertisements that one person may get within a day."""
    for later in advertising:
        found = [(apart[earlier][later], earlier) for earlier in advertising if later in apart[earlier]]
        if found and min(found)[0] < _A_DAY:
            yield source.problem(
                ("steps", later), "advertising_close", at_key=True, severity=WARNING, found=later, other=min(found)[1]
            )


def _over_cap(
    advertising: list[str], apart: dict[str, dict[str, timedelta]], cap: tuple[int, int], source: Source
) -> Iterator[Problem]:
    """The advertisement that on the fastest road is one more than the shop allows in so many days.

    `least[name]`: the least time in which so many advertisements lead up to it.
    """
    most, days = cap
    least = dict.fromkeys(advertising, timedelta(0))
    for _ in range(most):
        least = {
            later: min(
                least[earlier] + apart[earlier][later]
                for earlier in advertising
                if earlier in least and later in apart[earlier]
            )
            for later in advertising
            if any(earlier in least and later in apart[earlier] for earlier in advertising)
        }
    over = [name for name, span in least.items() if span < timedelta(days=days)]
    if over:
        at = ("steps", min(over, key=lambda name: (least[name], advertising.index(name))))
        yield source.problem(at, "over_cap", at_key=True, severity=WARNING, found=at[1], limit=most, days=days)


def _declared_otherwise(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    """A letter that its author declared an advertisement, sent as service: nobody's consent would be asked."""
    if known.purposes is None:
        return
    for path, letter in _named(scheme):
        if letter.purpose == SERVICE and known.purposes(letter.template or "") == ADVERTISING:
            yield source.problem(path, "advertising_as_service", found=letter.template)


def _languages(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    if known.missing_languages is None:
        return
    for path, letter in _named(scheme):
        missing = known.missing_languages(letter.template or "")
        if missing:
            languages = ", ".join(missing)
            yield source.problem(
                path, "template_language", severity=WARNING, found=letter.template, languages=languages
            )


def _dead_templates(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    """Templates that lose their last scheme by this text, one by one; those that had none before, together."""
    if known.unsent is None:
        return
    found = known.unsent(scheme.name, {letter.template or "" for _, letter in _named(scheme)})
    for name, was_sent_here in found.items():
        if was_sent_here:
            yield source.problem(("scheme",), "template_dead", severity=WARNING, found=name)
    never = ", ".join(name for name, was_sent_here in found.items() if not was_sent_here)
    if never:
        yield source.problem(("scheme",), "templates_unsent", severity=WARNING, names=never)


def _named(scheme: Scheme) -> Iterator[tuple[Path, Letter]]:
    """The letters that name a template, with the path of that name."""
    for path, letter in letters(scheme):
        if letter.template is not None:
            yield path, letter
