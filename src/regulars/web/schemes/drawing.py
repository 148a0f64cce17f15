"""A scheme's map and its table, ready for a template: what stands where, with words, numbers and links.

Owns how a compiled scheme becomes nodes and lines of the picture; the places are `picture`'s, the words `steps`'s.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from regulars.core.scheme import END, If, Scheme
from regulars.journeys.scheme_queries import StepNumbers
from regulars.web.say import NOTHING, Say
from regulars.web.schemes import starting
from regulars.web.schemes.picture import GOAL, HOLD, START, Box, Plan, Road, lay_out, text_width
from regulars.web.schemes.steps import Speaker

__all__ = ["Linker", "drawing", "percent", "plan", "roads", "table"]

MARGIN = 24
START_ROOM = 174
"""The words of the start have so much room."""
MOST_WORDS = 3
"""So many names of ways stand in one line; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Linker:
    """Addresses of what the map points to. `n` 0: the text was never published, so there is nobody behind a number."""

    name: str
    n: int

    def who(self, what: str, step: str = "") -> str:
        """The list behind a number."""
        asked = {"what": what, "n": str(self.n)} | ({"step": step} if step else {})
        return reverse("web:scheme_who", args=[self.name]) + "?" + urlencode(asked)


def drawing(
    speaker: Speaker,
    say: Say,
    numbers: StepNumbers | None,
    link: Linker | None,
    speakers: Mapping[str, Speaker] | None = None,
    led: Sequence[Road] | None = None,
) -> dict[str, Any]:
    """The map. Without numbers (a text that was never published) it shows none. `speakers` and `led`: steps and roads of two
    versions, for a map of both."""
    speakers = speakers or dict.fromkeys(speaker.scheme.steps, speaker)
    led = list(roads(speaker)) if led is None else led
    leaving = {road.tail for road in led if road.head == f"+end:{road.tail}"}
    ends = {name: _end_words(say, numbers, name) for name in speakers if name in leaving}
    picture = lay_out(replace(plan(speaker, ends), steps=tuple(speakers), roads=tuple(led)))
    boxes = picture.boxes
    return {
        "view_box": f"{picture.left - MARGIN:.0f} {-MARGIN} {picture.width + 2 * MARGIN:.0f} {picture.height + 2 * MARGIN:.0f}",
        "width": round(picture.width + 2 * MARGIN),
        "height": round(picture.height + 2 * MARGIN),
        "start": _start(speaker, say, numbers, boxes[START]),
        "hold": _hold(say, numbers, link, boxes[HOLD]) if HOLD in boxes else None,
        "goal": _goal(speaker, say, numbers, link, boxes[GOAL]) if GOAL in boxes else None,
        "ends": [
            {
                **_corner(boxes[f"+end:{name}"]),
                "middle": boxes[f"+end:{name}"].width / 2,
                "words": ends[name],
                "href": link.who("ended", name) if link and numbers and numbers.ended.get(name) else "",
            }
            for name in ends
        ],
        "nodes": [_node(teller, say, numbers, link, name, boxes[name]) for name, teller in speakers.items()],
        "lines": [
            {
                "path": line.path,
                "tail": line.tail,
                "head": line.head,
                "is_dashed": line.head == HOLD,
                "to": END if line.head.startswith("+end:") else line.head,
                "x": round(line.middle[0], 1),
                "y": round(line.middle[1], 1),
                "between": _between(speakers, line.tail, line.head),
                "label": _label(line.words, line.label) if line.label else None,
            }
            for line in picture.lines
        ],
    }


def _between(speakers: Mapping[str, Speaker], tail: str, head: str) -> str:
    """What the button in a line does, for whoever doesn't see the line."""
    to = _("end") if head.startswith("+") else speakers[head].title(head)
    if tail == START:
        return _("Insert a step before “%(step)s”") % {"step": to}
    return _("Insert a step between “%(from)s” and “%(to)s”") % {"from": speakers[tail].title(tail), "to": to}


def plan(speaker: Speaker, ends: dict[str, str]) -> Plan:
    """What is to be laid out; `ends`: what the end after a step says."""
    scheme = speaker.scheme
    return Plan(
        steps=tuple(scheme.steps),
        roads=tuple(roads(speaker)),
        ends=tuple((name, round(text_width(said, 11) + 26)) for name, said in ends.items()),
        hold=(_share(scheme),) if scheme.hold_out else (),
        has_hold=bool(scheme.hold_out),
        has_goal=scheme.goal is not None,
    )


def roads(speaker: Speaker) -> Iterator[Road]:
    """One line a target: ways that lead to the same step share it."""
    for name, step in speaker.scheme.steps.items():
        for to, names in speaker.ways_out(step).items():
            spoken = list(dict.fromkeys(said for said, _tries in names if said))
            if len(spoken) > MOST_WORDS:
                spoken[MOST_WORDS - 1 :] = [_("%(n)d more") % {"n": len(spoken) - MOST_WORDS + 1}]
            yield Road(name, f"+end:{name}" if to == END else to, tuple(spoken))


def _share(scheme: Scheme) -> str:
    return _("%(share)s%%") % {"share": f"{scheme.hold_out / 10:g}"}


def _corner(box: Box) -> dict[str, float]:
    return {"x": round(box.left, 1), "y": round(box.top, 1), "width": box.width, "height": box.height}


def _label(said: tuple[str, ...], box: Box) -> dict[str, Any]:
    first = box.top + 12
    return {
        **_corner(box),
        "middle": round(box.x, 1),
        "words": [{"text": line, "y": round(first + 16 * at, 1)} for at, line in enumerate(said)],
    }


def _cut(said: str, size: float, room: float) -> str:
    """As much of it as the room holds; … for the rest."""
    if text_width(said, size) <= room:
        return said
    while said and text_width(said + "…", size) > room:
        said = said[:-1]
    return said.rstrip() + "…"


def _node(
    speaker: Speaker, say: Say, numbers: StepNumbers | None, link: Linker | None, name: str, box: Box
) -> dict[str, Any]:
    step = speaker.scheme.steps[name]
    waiting = numbers.waiting.get(name, 0) if numbers else 0
    passed = say.number(numbers.passed.get(name, 0)) if numbers else ""
    pill = say.number(waiting) if waiting else ""
    pill_width = round(text_width(pill, 11) + 16)
    tone = speaker.tone(step)
    return {
        **_corner(box),
        "name": name,
        "line": step.line,
        "title": _cut(speaker.title(name), 12.5, 152),
        "full": f"{speaker.title(name)}: {speaker.term(step)}",
        "term": _cut(speaker.term(step), 11, 152 - text_width(passed, 11)),
        "tone": tone,
        "icon": _icon(speaker.icon(step), tone),
        "waiting": pill,
        "pill_width": pill_width,
        "pill_x": box.width - 12 - pill_width,
        "pill_middle": pill_width / 2,
        "hit_width": pill_width + 8,
        "passed": passed if numbers and numbers.passed.get(name) else "",
        "waiting_href": link.who("waiting", name) if link and waiting else "",
        "passed_href": link.who("passed", name) if link else "",
    }


def _icon(name: str, tone: str) -> SafeString:
    shape = {"x": "19", "y": "18", "aria-hidden": "true", "class": f"ic {tone}".strip()}
    return SafeString(lucide(name, size=18, **shape).strip())


def _end_words(say: Say, numbers: StepNumbers | None, name: str) -> str:
    n = numbers.ended.get(name, 0) if numbers else 0
    return f"{_('end')} · {say.number(n)}" if n else _("end")


def _start(speaker: Speaker, say: Say, numbers: StepNumbers | None, box: Box) -> dict[str, Any]:
    events = [starting.trigger(t, speaker.language) for t in speaker.scheme.starts]
    said = events[0] if len(events) == 1 else _("%(event)s and %(n)d more") % {"event": events[0], "n": len(events) - 1}
    more = ""
    if len(events) > 1 and text_width(said, 12.5) > START_ROOM:
        said, more = events[0], _("and %(n)d more") % {"n": len(events) - 1}
    week = _("%(n)s this week") % {"n": say.number(numbers.entered)} if numbers else ""
    return {
        **_corner(box),
        "title": _cut(said, 12.5, START_ROOM),
        "full": "; ".join(events),
        "term": " · ".join(filter(None, (more, week))),
    }


def _hold(say: Say, numbers: StepNumbers | None, link: Linker | None, box: Box) -> dict[str, Any]:
    n = numbers.held_out if numbers else 0
    return {
        **_corner(box),
        "term": _("without advertising: %(n)s") % {"n": say.number(n)} if numbers else _("without advertising"),
        "href": link.who("held") if link and n else "",
    }


def _goal(speaker: Speaker, say: Say, numbers: StepNumbers | None, link: Linker | None, box: Box) -> dict[str, Any]:
    within = speaker.goal_within()
    reached = percent(say, numbers.goals, numbers.looked_at) if numbers and numbers.looked_at else ""
    term = _("%(share)s within %(span)s") % {"share": reached, "span": within} if reached and within else reached or (
        _("within %(span)s") % {"span": within} if within else ""
    )  # fmt: skip
    return {
        **_corner(box),
        "title": _cut(_("Goal: %(event)s") % {"event": speaker.goal()}, 12.5, 190),
        "term": term,
        "href": link.who("goal") if link and numbers and numbers.goals else "",
    }


def percent(say: Say, part: int, whole: int) -> str:
    """`31%`, `31 %`: a share in the reader's language; NOTHING of nothing."""
    return say.share(round(100 * part / whole)) if whole else NOTHING


def table(speaker: Speaker, say: Say, numbers: StepNumbers | None, link: Linker | None) -> list[dict[str, Any]]:
    """A row a step, in the order of the file: the same as the map says."""
    rows = []
    for name, step in speaker.scheme.steps.items():
        waiting = numbers.waiting.get(name, 0) if numbers else 0
        passed = numbers.passed.get(name, 0) if numbers else 0
        rows.append(
            {
                "name": name,
                "line": step.line,
                "icon": speaker.icon(step),
                "title": speaker.title(name),
                "when": speaker.when(step),
                "term": speaker.term(step),
                "whom": speaker.whom(step),
                "what": speaker.what(step),
                "condition": step.condition.text if isinstance(step, If) else "",
                "ways": [
                    {"names": names, "to": to, "title": "" if to == END else speaker.title(to)}
                    for to, names in speaker.ways_out(step).items()
                ],
                "again": speaker.called_again(step),
                "waiting": say.number(waiting) if waiting else "",
                "passed": say.number(passed) if passed else "",
                "waiting_href": link.who("waiting", name) if link else "",
                "passed_href": link.who("passed", name) if link else "",
            }
        )
    return rows
