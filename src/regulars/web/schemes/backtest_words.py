"""What a backtest's codes mean in words: the main sentence, reasons, kinds, fates.

Owns these words; the figures are journeys/backtest_result.py's.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.web import words
from regulars.web.say import Say

__all__ = ["DAYS", "DRAFT", "basis_of", "by", "fate", "first", "label", "note", "reason", "turned", "what", "whats"]

DAYS = (
    gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu"), gettext_lazy("Fri"),
    gettext_lazy("Sat"), gettext_lazy("Sun"),
)  # fmt: skip
_ON = (
    gettext_lazy("Mondays from %(from)s to %(until)s"), gettext_lazy("Tuesdays from %(from)s to %(until)s"),
    gettext_lazy("Wednesdays from %(from)s to %(until)s"), gettext_lazy("Thursdays from %(from)s to %(until)s"),
    gettext_lazy("Fridays from %(from)s to %(until)s"), gettext_lazy("Saturdays from %(from)s to %(until)s"),
    gettext_lazy("Sundays from %(from)s to %(until)s"),
)  # fmt: skip
_REASONS = {
    "left_scheme": gettext_lazy("No longer needed: the scheme was left before"),
    "no_longer_true": gettext_lazy("No longer true"),
    "no_consent": gettext_lazy("No consent"),
    "no_contact": gettext_lazy("No address or telephone for it"),
    "no_channel": gettext_lazy("No channel that the shop sends by"),
    "bounced": gettext_lazy("Address bounced"),
    "complained": gettext_lazy("Reported as spam"),
    "unsubscribed": gettext_lazy("Unsubscribed"),
    "held_out": gettext_lazy("Held out"),
    "held_out_shop": gettext_lazy("Held out of all the shop’s schemes"),
    "budget_spent": gettext_lazy("The scheme’s budget was spent"),
    "cap": gettext_lazy("Cap: enough advertising for a while"),
    "late": gettext_lazy("Too late: the step dies"),
    "late_held": gettext_lazy("Too late: a person must decide"),
    "promise_passed": gettext_lazy("The promised time had passed"),
    "quiet_hours": gettext_lazy("Quiet hours that never ended"),
    "erased": gettext_lazy("Asked to be forgotten"),
    "gate_error": gettext_lazy("The gate failed"),
}
_WHAT = {
    "message": gettext_lazy("Message"), "question": gettext_lazy("Question"), "call": gettext_lazy("Call"),
    "task": gettext_lazy("Task"), "case": gettext_lazy("Case"), "promise": gettext_lazy("Promise"),
    "failed": gettext_lazy("Step failed"), "give_points": gettext_lazy("Points"), "issue_code": gettext_lazy("Code"),
    "tag_person": gettext_lazy("Tags changed"), "set_person_fields": gettext_lazy("Fields set"),
    "enrol_person": gettext_lazy("Enrolled in another scheme"), "call_webhook": gettext_lazy("Another system told"),
}  # fmt: skip
_FATES = {
    "sent": gettext_lazy("sent"), "refused": gettext_lazy("not sent"), "done": gettext_lazy("done"),
    "open": gettext_lazy("still open"), "cancelled": gettext_lazy("no longer needed"), "kept": gettext_lazy("kept"),
    "late": gettext_lazy("at risk"), "failed": gettext_lazy("failed"),
}  # fmt: skip
_BASIS = {
    "roster": gettext_lazy("by the planned weeks of the team"),
    "operators": gettext_lazy("by the operators of the team and its hours"),
    "stated": gettext_lazy("supposing one person, since nobody is of this team"),
}


_WHATS = {"call": gettext_lazy("Calls"), "task": gettext_lazy("Tasks"), "case": gettext_lazy("Cases")}
DRAFT = "draft"
_OF_VERSION = re.compile(r"v([0-9]{1,9})")


def label(code: str) -> str:
    """What a version is called: 'v3', DRAFT, or a name as it is."""
    number = _OF_VERSION.fullmatch(code)
    return _("version %(n)s") % {"n": number[1]} if number else _("draft") if code == DRAFT else code


def whats(code: str) -> str:
    """Several of a kind of work."""
    return words.word(_WHATS, code)


def reason(code: str) -> str:
    """Why a message was not sent."""
    return words.word(_REASONS, code)


def what(code: str) -> str:
    """What somebody would have got."""
    return words.word(_WHAT, code)


def turned(code: str) -> str:
    """What a call, a task or a question came to; '' is a question that nobody answered."""
    return words.word({**words.OUTCOMES, **words.ANSWERS, "": gettext_lazy("no answer came")}, code)


def by(what_: str, detail: str, teams: Mapping[str, str]) -> str:
    """The channel of a message, the team of a call or a task."""
    return teams.get(detail, detail) if what_ in _WHATS else words.word(words.CHANNELS, detail) if detail else ""


def fate(code: str) -> str:
    """What became of it."""
    return words.word(_FATES, code)


def basis_of(code: str) -> str:
    """Where a capacity comes from."""
    return words.word(_BASIS, code)


def first(found: Mapping[str, Any], label: str, team: str, say: Say) -> dict[str, str]:
    """The one thing to be known first: `bold` and what follows it; `tone` of the note."""
    code = found["code"]
    if code == "crowded":
        hours = {"from": found["hours_from"], "until": found["hours_until"]}
        bold = _("%(when)s, %(version)s asks more of the team “%(team)s” than it can do:") % {
            "when": str(_ON[found["hours_weekday"]]) % hours,
            "version": label,
            "team": team,
        }
        more = _("up to %(most)s an hour, and %(possible)s are possible.") % {
            "most": say.number(round(found["hours_most"])),
            "possible": say.number(round(found["hours_possible"])),
        }
        late = ngettext(
            "%(count)s buyer of the period would be served late.",
            "%(count)s buyers of the period would be served late.",
            found["late"],
        ) % {"count": say.number(found["late"])}
        return {"tone": "soon", "bold": bold, "more": f"{more} {late}"}
    if code == "failed":
        bold = ngettext(
            "%(count)s could not go on: a step fails for him.",
            "%(count)s could not go on: a step fails for them.",
            found["count"],
        ) % {"count": say.number(found["count"])}
        return {"tone": "late", "bold": bold, "more": ""}
    if code == "nobody":
        bold = _("Nobody would have entered the scheme in this period.")
        return {"tone": "", "bold": bold, "more": _("Take a longer period, or look at what starts it.")}
    if code == "many":
        bold = _("Somebody would have got %(count)s messages within a month.") % {"count": say.number(found["count"])}
        return {"tone": "soon", "bold": bold, "more": _("The ten with most stand below.")}
    bold = _("The desk can do all that %(version)s asks of it.") % {"version": label}
    more = _("%(messages)s messages and %(calls)s calls in the period.") % {
        "messages": say.number(found["messages"]), "calls": say.number(found["calls"]),
    }  # fmt: skip
    return {"tone": "ok", "bold": bold, "more": more}


def note(found: Mapping[str, str], say: Say) -> str:
    """What of the past nobody knows, and what was done about it."""
    match found["code"]:
        case "segment_new":
            return _(
                "Who entered or left the segment “%(segment)s” before %(day)s nobody knows: it begins with that day."
            ) % {
                "segment": found["segment"],
                "day": say.day(datetime.fromisoformat(found["at"])),
            }
        case "segment_gone":
            return _("There is no segment “%(segment)s” now; only what was recorded of it began the scheme.") % {
                "segment": found["segment"]
            }
        case "silence_follows":
            return _(
                "How long there was no “%(event)s” is reckoned from what really came of other schemes: what this one would"
                " have brought about is not known."
            ) % {"event": found["event"]}
        case _:
            return _(
                "“%(event)s” follows from schemes and is not taken from the past: whom it would have begun this scheme for is"
                " not known."
            ) % {"event": found["event"]}
