"""What changes between two versions, said to the owner: step, field, from what to what.

Owns the words of the fields; the differences themselves are core's. Values stay as they are written in the text.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.core.changes import ADDED, CHANGED, REMOVED, RENAMED, Change
from regulars.core.scheme import Scheme
from regulars.web import words
from regulars.web.schemes.steps import Speaker

__all__ = ["FIELDS", "LANGUAGES", "differences"]

FIELDS: words.Words = {
    "title": gettext_lazy("title"),
    "per": gettext_lazy("once for each"),
    "starts": gettext_lazy("begins by"),
    "stops": gettext_lazy("stops by"),
    "goal": gettext_lazy("goal"),
    "hold_out": gettext_lazy("hold-out"),
    "again": gettext_lazy("again"),
    "team": gettext_lazy("team"),
    "priority": gettext_lazy("priority"),
    "budget": gettext_lazy("budget of advertising"),
    "messages": gettext_lazy("messages at most"),
    "cost": gettext_lazy("money at most"),
    "every": gettext_lazy("each"),
    "date": gettext_lazy("day"),
    "before": gettext_lazy("so long before"),
    "enters": gettext_lazy("comes into the segment"),
    "leaves": gettext_lazy("leaves the segment"),
    "send": gettext_lazy("letter"),
    "tell": gettext_lazy("letter that says when"),
    "promise": gettext_lazy("promise"),
    "call": gettext_lazy("call"),
    "task": gettext_lazy("task"),
    "wait": gettext_lazy("wait"),
    "wait_for": gettext_lazy("wait for"),
    "until": gettext_lazy("until"),
    "split": gettext_lazy("split test"),
    "winner": gettext_lazy("who decides the test"),
    "tag": gettext_lazy("tags"),
    "add": gettext_lazy("put on"),
    "remove": gettext_lazy("taken off"),
    "set": gettext_lazy("fields"),
    "enrol": gettext_lazy("begins the scheme"),
    "scheme": gettext_lazy("scheme"),
    "webhook": gettext_lazy("webhook"),
    "url": gettext_lazy("address"),
    "points": gettext_lazy("points"),
    "give": gettext_lazy("how many points"),
    "valid": gettext_lazy("how long it is good"),
    "code": gettext_lazy("code"),
    "percent": gettext_lazy("percent off"),
    "amount": gettext_lazy("amount off"),
    "currency": gettext_lazy("currency"),
    "free_shipping": gettext_lazy("free delivery"),
    "body": gettext_lazy("what is told"),
    "secret": gettext_lazy("secret"),
    "ask": gettext_lazy("question"),
    "question": gettext_lazy("question"),
    "if": gettext_lazy("condition"),
    "where": gettext_lazy("condition"),
    "template": gettext_lazy("letter"),
    "subject": gettext_lazy("subject"),
    "text": gettext_lazy("text"),
    "by": gettext_lazy("channels"),
    "purpose": gettext_lazy("purpose"),
    "late": gettext_lazy("if late"),
    "script": gettext_lazy("script"),
    "kind": gettext_lazy("kind"),
    "target": gettext_lazy("target"),
    "within": gettext_lazy("limit"),
    "event": gettext_lazy("event"),
    "of": gettext_lazy("whose event"),
    "since": gettext_lazy("looks back to"),
    "up_to": gettext_lazy("at most"),
    "for": gettext_lazy("how long"),
    "days": gettext_lazy("how many days"),
    "after": gettext_lazy("counted from"),
    "at": gettext_lazy("hour"),
    "then": gettext_lazy("goes on to"),
    "yes": gettext_lazy("if yes"),
    "no": gettext_lazy("if no"),
    "on_timeout": gettext_lazy("when time is up"),
    "call_again": gettext_lazy("call again"),
    "end": gettext_lazy("reason of the end"),
}
LANGUAGES: words.Words = {"en": gettext_lazy("English"), "ru": gettext_lazy("Russian")}
_QUIET = frozenset({"send", "call", "task", "wait", "wait_for", "ask", "enrol", "webhook", "points", "code"})
"""Verbs that say nothing before the field of theirs."""
_CLOCKED = frozenset({"starts"})
_CLOCK_FIELDS: words.Words = {
    "after": gettext_lazy("so long after"),
    "since": gettext_lazy("since the last time"),
}
"""Words that mean something else where a scheme begins than in a step."""
_ICONS = {ADDED: "plus", REMOVED: "minus", RENAMED: "pencil", CHANGED: "pencil"}


def differences(
    found: Sequence[Change], before: Scheme | None, after: Scheme, speaker: Speaker
) -> list[dict[str, Any]]:
    """A group a step (the head of the file is one too), in the order of the differences."""
    groups: dict[tuple[str, str | None], dict[str, Any]] = {}
    for change in found:
        kind = CHANGED if change.path else change.kind
        key = (kind, change.step)
        if key not in groups:
            titled = before if kind == REMOVED and before is not None else after
            groups[key] = {
                "kind": kind,
                "icon": _ICONS[kind],
                "step": change.step or "",
                "title": _title(change.step, titled, speaker),
                "says": _says(change, titled, speaker),
                "fields": [],
            }
        if change.path:
            groups[key]["fields"].append(
                {"label": _label(change.path, change.step), "before": change.before, "after": change.after}
            )
    return list(groups.values())


def _title(step: str | None, scheme: Scheme, speaker: Speaker) -> str:
    if step is None:
        return _("The scheme as a whole")
    return Speaker(scheme, speaker.language, speaker.teams).title(step)


def _says(change: Change, scheme: Scheme, speaker: Speaker) -> str:
    if change.path:
        return ""
    if change.kind == RENAMED:
        return _("another name: %(before)s → %(after)s") % {"before": change.before, "after": change.after}
    step = scheme.steps[change.step or ""]
    said = Speaker(scheme, speaker.language, speaker.teams).what(step)
    return (_("new step: %(what)s") if change.kind == ADDED else _("step removed: %(what)s")) % {"what": said}


def _label(path: tuple[str, ...], step: str | None) -> str:
    """`limit`, `letter, subject (Russian)`, `outcome “no answer”, tries`."""
    said: list[str] = []
    rest = list(path)
    while rest:
        key = rest.pop(0)
        if key in ("outcomes", "answers") and rest:
            name = rest.pop(0)
            known = words.OUTCOMES if key == "outcomes" else words.ANSWERS
            quoted = words.word(known, name)
            said.append((_("outcome “%(name)s”") if key == "outcomes" else _("answer “%(name)s”")) % {"name": quoted})
            rest = ["tries" if r == "again" else r for r in rest]
        elif key == "tries":
            said.append(_("tries"))
        elif key in ("split", "set") and rest:
            named = rest.pop(0)
            said.append((_("share of “%(name)s”") if key == "split" else _("field “%(name)s”")) % {"name": named})
        elif key in LANGUAGES and said:
            said[-1] += f" ({words.word(LANGUAGES, key)})"
        elif path[0] in _CLOCKED and key in _CLOCK_FIELDS and step is None:
            said.append(words.word(_CLOCK_FIELDS, key))
        elif not (key in _QUIET and rest and step):
            said.append(words.word(FIELDS, key))
    return ", ".join(said) or words.word(FIELDS, path[0])
