"""The compiler's judgement on a whole scheme: unreachable steps, endless loops, letters that can't be written.

Owns what is an error and what a warning once every step is readable. It must not read text or know positions but by
asking the source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from regulars.core.check_beside import check_beside
from regulars.core.check_branches import check_branches, check_values, conditions_of
from regulars.core.check_messages import check_messages
from regulars.core.check_own import check_own
from regulars.core.check_waits import check_waits
from regulars.core.deeds import Split
from regulars.core.known import OPEN_FACTS, Known
from regulars.core.letters import keeps_back, letters
from regulars.core.problems import WARNING, Problem, nearest
from regulars.core.roads import instant, resume_targets
from regulars.core.scheme import ADVERTISING, EVERY_LANGUAGE, Ask, If, Scheme, Step, Task, Texts
from regulars.core.source import Path, Source

_OPEN_FIELDS = (*OPEN_FACTS, "link.", "forloop.")


def check_scheme(scheme: Scheme, source: Source, known: Known, *, roads_known: bool = True) -> Iterator[Problem]:
    """All that is wrong, or odd, with a scheme whose steps could be read. Without `roads_known` (some target doesn't
    exist) nothing is said about where the roads lead: it would all be an echo of that."""
    if roads_known:
        yield from _unreachable(scheme, source)
        yield from _loops(scheme, source)
        yield from _same_ways(scheme, source)
        yield from check_branches(scheme, source, known)
        yield from check_messages(scheme, source, known)
        yield from check_waits(scheme, source, known)
        yield from check_beside(scheme, source, known)
    yield from check_values(scheme, source, known)
    yield from check_own(scheme, source, known, conditions_of(scheme, source))
    yield from _oddities(scheme, source)
    yield from _budget(scheme, source, known)
    yield from _letters(scheme, source, known)
    yield from _languages(scheme, source)


def _unreachable(scheme: Scheme, source: Source) -> Iterator[Problem]:
    reached: set[str] = set()
    edge = {scheme.first}
    while edge:
        reached |= edge
        edge = {to for name in edge for to in resume_targets(scheme.steps[name]) if to in scheme.steps} - reached
    for name in scheme.steps:
        if name not in reached:
            yield source.problem(("steps", name), "unreachable", at_key=True)


def _loops(scheme: Scheme, source: Source) -> Iterator[Problem]:
    """One problem for each ring of steps that no time is spent in."""
    done: set[str] = set()
    for name in scheme.steps:
        ring = _ring(scheme.steps, name) if name not in done else None
        if ring is not None:
            done |= set(ring)
            way = " → ".join([*ring, ring[0]])
            yield source.problem(("steps", name), "loop_without_wait", at_key=True, way=way)


def _ring(steps: Mapping[str, Step], start: str) -> list[str] | None:
    """The shortest way from a step back to itself at one and the same moment."""
    came_from: dict[str, str] = {}
    edge = [start]
    while edge:
        further = []
        for name in edge:
            for target in instant(steps[name]):
                if target == start:
                    return _way(came_from, start, name)
                if target in steps and target not in came_from:
                    came_from[target] = name
                    further.append(target)
        edge = further
    return None


def _way(came_from: dict[str, str], start: str, last: str) -> list[str]:
    way = [last]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]


def _same_ways(scheme: Scheme, source: Source) -> Iterator[Problem]:
    for step in scheme.steps.values():
        if isinstance(step, If) and step.yes == step.no:
            path = ("steps", step.name, "if")
            yield source.problem(path, "same_way", at_key=True, severity=WARNING, found=step.yes)


def _oddities(scheme: Scheme, source: Source) -> Iterator[Problem]:
    for step in scheme.steps.values():
        if isinstance(step, Ask) and len(step.answers) > 2:
            path = ("steps", step.name, "answers")
            yield source.problem(path, "many_ways", at_key=True, severity=WARNING, found=len(step.answers))
        if isinstance(step, Split) and len(step.ways) > 2:
            path = ("steps", step.name, "split")
            yield source.problem(path, "split_many", at_key=True, severity=WARNING, found=len(step.ways))
    if scheme.hold_out and not keeps_back(scheme):
        yield source.problem(("hold_out",), "hold_out_idle", at_key=True, severity=WARNING)


def _budget(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    """A limit that never limits."""
    if scheme.budget is None:
        return
    ways = {channel for _, letter in letters(scheme) if letter.purpose == ADVERTISING for channel in letter.by}
    if not ways:
        yield source.problem(("budget",), "budget_idle", at_key=True, severity=WARNING)
    elif scheme.budget.cost is not None and known.priced is not None and ways.isdisjoint(known.priced):
        yield source.problem(("budget", "cost"), "budget_free", at_key=True, severity=WARNING)


def _letters(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    for path, letter in letters(scheme):
        at = (*path, "template") if _has(source, (*path, "template")) else path
        tells = path[2] == "tell" or _has(source, (*path[:2], "promise"))
        if letter.template is not None:
            if known.templates is None:
                continue
            fields = known.templates(letter.template)
            if fields is None:
                meant = nearest(letter.template, known.template_names)
                yield source.problem(at, "template_unknown", found=letter.template, did_you_mean=meant)
            else:
                yield from _fields(source, at, fields, known, tells=tells)
            continue
        for part, texts in (("subject", letter.subject), ("text", letter.text)):
            for language, words in (texts or {}).items():
                yield from _words(source, _words_path(path, part, language), words, known, tells=tells)


def _words(source: Source, path: Path, words: str, known: Known, *, tells: bool) -> Iterator[Problem]:
    if known.inline_fields is None:
        return
    try:
        fields = known.inline_fields(words)
    except ValueError as error:
        yield source.problem(path, "template_broken", detail=str(error).rstrip("."))
        return
    yield from _fields(source, path, fields, known, tells=tells)


def _fields(source: Source, path: Path, fields: Collection[str], known: Known, *, tells: bool) -> Iterator[Problem]:
    for name in sorted(fields):
        if name.startswith("promise."):
            if not tells:
                yield source.problem(path, "promise_not_here", found=name)
        elif known.facts is not None and not _is_known_field(name, known.facts):
            yield source.problem(path, "template_field", found=name, did_you_mean=nearest(name, known.facts))


def _is_known_field(name: str, facts: Collection[str]) -> bool:
    """A fact, a whole group of facts (`person | hello`), or one of the open ones."""
    if name in facts or name.startswith(_OPEN_FIELDS):
        return True
    return any(fact.startswith(name + ".") for fact in facts)


def _words_path(path: Path, part: str, language: str) -> Path:
    return (*path, part) if language == EVERY_LANGUAGE else (*path, part, language)


def _has(source: Source, path: Path) -> bool:
    value = source.data
    for part in path:
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def _languages(scheme: Scheme, source: Source) -> Iterator[Problem]:
    """Words that lack a language which other words of this scheme have."""
    texts: list[tuple[Path, Texts]] = [(("title",), scheme.title)]
    for path, letter in letters(scheme):
        texts += [((*path, "subject"), letter.subject or {}), ((*path, "text"), letter.text or {})]
    texts += [(("steps", name, "title"), words) for name, words in scheme.titles.items()]
    for step in scheme.steps.values():
        if isinstance(step, Task) and step.title:
            texts.append((("steps", step.name, "task", "title"), step.title))
    spoken = {language: None for _, words in texts for language in words if language != EVERY_LANGUAGE}
    for path, words in texts:
        if not words or EVERY_LANGUAGE in words:
            continue
        for language in spoken:
            if language not in words:
                yield source.problem(path, "language_missing", at_key=True, severity=WARNING, found=language)
