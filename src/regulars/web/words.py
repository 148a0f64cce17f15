"""The words of codes: states, kinds, outcomes, reasons, as a person reads them.

Owns one dictionary a kind of code; a code without words is shown as it is, with spaces for underscores, since owners
name outcomes and steps themselves.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.core.vocabulary import EVENT_KINDS
from regulars.web.say import Say

__all__ = [
    "ACTORS", "ANSWERS", "ATTEMPTS", "CHANNELS", "CHECKS", "DELIVERY", "ENROLMENT_STATES",
    "KINDS_OF_TASK", "MESSAGE_STATES", "MESSAGE_TONES",
    "ORDER_STATES",
    "OUTCOMES", "PAYMENT_STATES", "PROMISE_KINDS", "PROMISE_STATES", "PROMISE_TONES", "PURPOSES", "QUARANTINE_STATES",
    "QUESTIONS", "ROLES", "TASK_STATES", "WHY_NEXT", "event", "reason", "word",
]  # fmt: skip

Words = Mapping[str, Any]

ROLES: Words = {
    "owner": gettext_lazy("owner"),
    "supervisor": gettext_lazy("supervisor"),
    "operator": gettext_lazy("operator"),
}
ORDER_STATES: Words = {
    "new": gettext_lazy("new"),
    "processing": gettext_lazy("processing"),
    "ready": gettext_lazy("ready"),
    "shipped": gettext_lazy("shipped"),
    "delivered": gettext_lazy("delivered"),
    "cancelled": gettext_lazy("cancelled"),
    "returned": gettext_lazy("returned"),
}
PAYMENT_STATES: Words = {
    "pending": gettext_lazy("payment pending"),
    "authorized": gettext_lazy("payment authorized"),
    "unpaid": gettext_lazy("unpaid"),
    "part_paid": gettext_lazy("part paid"),
    "paid": gettext_lazy("paid"),
    "part_refunded": gettext_lazy("part refunded"),
    "refunded": gettext_lazy("refunded"),
    "failed": gettext_lazy("payment failed"),
}
KINDS_OF_TASK: Words = {"call": gettext_lazy("call"), "case": gettext_lazy("case"), "task": gettext_lazy("task")}
TASK_STATES: Words = {
    "open": gettext_lazy("waiting"),
    "claimed": gettext_lazy("taken"),
    "finished": gettext_lazy("finished"),
    "closed": gettext_lazy("no longer needed"),
}
WHY_NEXT: Words = {
    "fresh": gettext_lazy("a fresh order"),
    "retry": gettext_lazy("nobody answered, another try"),
    "asked": gettext_lazy("the buyer asked for a call at this time"),
}
DELIVERY: Words = {
    "courier": gettext_lazy("Courier"),
    "pickup": gettext_lazy("Pick-up"),
    "post": gettext_lazy("Post"),
}
OUTCOMES: Words = {
    "confirmed": gettext_lazy("Confirmed"),
    "not_today": gettext_lazy("Not today"),
    "no_answer": gettext_lazy("No answer"),
    "out_of_stock": gettext_lazy("Out of stock"),
    "refused": gettext_lazy("Refused"),
    "will_pay": gettext_lazy("Will pay"),
    "wrong_number": gettext_lazy("Wrong number"),
    "no_calls": gettext_lazy("No calls"),
    "helped": gettext_lazy("Helped"),
    "case": gettext_lazy("Open a case"),
    "talked": gettext_lazy("We have talked"),
    "exchange": gettext_lazy("Exchange"),
    "refund": gettext_lazy("Refund"),
    "promised": gettext_lazy("Promised an answer"),
    "done": gettext_lazy("Done"),
}
MESSAGE_STATES: Words = {
    "queued": gettext_lazy("waiting"),
    "sending": gettext_lazy("going out"),
    "sent": gettext_lazy("sent"),
    "refused": gettext_lazy("not sent"),
    "failed": gettext_lazy("failed"),
    "unknown": gettext_lazy("fate unknown"),
    "cancelled": gettext_lazy("called off"),
}
MESSAGE_TONES: Words = {"sent": "ok", "failed": "bad", "unknown": "soon"}
ATTEMPTS: Words = {
    "accepted": gettext_lazy("accepted"),
    "rejected_permanent": gettext_lazy("rejected for good"),
    "rejected_temporary": gettext_lazy("rejected for now"),
    "not_handed_over": gettext_lazy("not handed over"),
    "withheld": gettext_lazy("withheld by us"),
    "unknown": gettext_lazy("no answer after the last line"),
    "auth_refused": gettext_lazy("our login was refused"),
    "tls_refused": gettext_lazy("no safe connection"),
}
QUESTIONS: Words = {"satisfied": gettext_lazy("Is everything all right?")}
ANSWERS: Words = {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")}
CHANNELS: Words = {"email": gettext_lazy("e-mail"), "sms": gettext_lazy("SMS"), "telegram": "Telegram"}
PURPOSES: Words = {"service": gettext_lazy("service"), "advertising": gettext_lazy("advertising")}
PROMISE_KINDS: Words = {
    "call": gettext_lazy("to call"),
    "ship": gettext_lazy("to ship"),
    "delivery": gettext_lazy("to deliver"),
}
PROMISE_STATES: Words = {
    "intended": gettext_lazy("not told yet"),
    "open": gettext_lazy("ahead"),
    "warned": gettext_lazy("warned"),
    "kept": gettext_lazy("kept"),
    "broken": gettext_lazy("broken"),
    "void": gettext_lazy("no longer needed"),
}
PROMISE_TONES: Words = {"kept": "ok", "warned": "soon", "broken": "bad"}
QUARANTINE_STATES: Words = {
    "open": gettext_lazy("to be looked at"),
    "replayed": gettext_lazy("taken in again"),
    "mended": gettext_lazy("mended and taken in"),
    "dismissed": gettext_lazy("left aside"),
}
ENROLMENT_STATES: Words = {
    "1": gettext_lazy("on the way"),
    "2": gettext_lazy("ended"),
    "3": gettext_lazy("set aside"),
}
CHECKS: Words = {
    "still_wanted": gettext_lazy("Does the scheme still want it?"),
    "in_time": gettext_lazy("In time?"),
    "person": gettext_lazy("Is the person with us?"),
    "reachable": gettext_lazy("An address that takes it?"),
    "consent": gettext_lazy("Consent?"),
    "hold_out": gettext_lazy("Outside the hold-out?"),
    "quiet_hours": gettext_lazy("Outside the quiet hours?"),
    "cap": gettext_lazy("Below the cap?"),
    "still_true": gettext_lazy("Still true?"),
}
ACTORS: Words = {
    "system": gettext_lazy("Regulars itself"),
    "buyer": gettext_lazy("the buyer"),
    "command": gettext_lazy("a command"),
    "key": gettext_lazy("a program of the shop"),
    "feed": gettext_lazy("a feed"),
}
_REASONS: Words = {
    "clear": gettext_lazy("nothing stood in its way"),
    "left_scheme": gettext_lazy("left the scheme"),
    "stopped": gettext_lazy("the scheme was stopped"),
    "stopped_by": gettext_lazy("stopped by staff"),
    "double": gettext_lazy("double of another message"),
    "late": gettext_lazy("too late: its time had passed"),
    "late_held": gettext_lazy("late: waits for somebody’s word"),
    "promise_passed": gettext_lazy("the time that it was to tell had passed (%(at)s)"),
    "erased": gettext_lazy("the person’s data were erased"),
    "merged": gettext_lazy("the person is part of another one now"),
    "no_contact": gettext_lazy("no address for this channel"),
    "bounced": gettext_lazy("the address takes no mail (since %(at)s)"),
    "complained": gettext_lazy("it was reported as spam (%(at)s)"),
    "unsubscribed": gettext_lazy("unsubscribed (%(at)s)"),
    "no_consent": gettext_lazy("no consent"),
    "held_out": gettext_lazy("held out"),
    "quiet_hours": gettext_lazy("quiet hours until %(at)s"),
    "cap": gettext_lazy("cap reached: %(sent)s of %(limit)s in %(days)s days"),
    "no_longer_true": gettext_lazy("no longer true"),
    "gate_error": gettext_lazy("our own fault while it was checked (%(error)s)"),
    "render_error": gettext_lazy("the letter could not be written"),
    "channel_paused": gettext_lazy("the channel stands still; it goes on by itself"),
    "no_channel": gettext_lazy("this installation sends by none of its channels"),
    "rejected": gettext_lazy("every channel refused it for good"),
    "unknown": gettext_lazy("nobody knows whether it was taken"),
    "unknown_left": gettext_lazy("left as it was, by staff’s word"),
}
_MOMENTS = ("at", "since", "until")


def word(words: Words, code: object) -> str:
    """The words of a code; without any, the code itself."""
    found = words.get(str(code))
    return str(code or "").replace("_", " ") if found is None else str(found)


def event(kind: str, language: str) -> str:
    """What an event means."""
    known = EVENT_KINDS.get(kind)
    if known is None:
        return kind
    text = known.ru if language == "ru" else known.en
    return text[:1].upper() + text[1:]


def reason(code: str | None, params: Mapping[str, Any], say: Say) -> str:
    """Why a message went, waits or didn't go, in one line."""
    if not code:
        return ""
    text = word(_REASONS, code)
    if "%(" not in text:
        return text
    values = {name: say.when(value) if name in _MOMENTS else str(value) for name, value in params.items()}
    try:
        return text % values
    except KeyError:  # an old record may hold less than the words ask for
        return _("for a reason whose record is incomplete (%(code)s)") % {"code": code}
