"""The words of codes: states, kinds, outcomes, reasons, as a person reads them.

Owns one dictionary a kind of code; a code without words is shown as it is, with spaces for underscores, since owners
name outcomes and steps themselves.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.core.scheme import EVERY_LANGUAGE
from regulars.core.vocabulary import EVENT_KINDS
from regulars.outbox import starter
from regulars.outbox.queries import MessageRow
from regulars.promises.queries import AT_RISK
from regulars.web.say import Say

__all__ = [
    "ACTORS", "ADDRESS_PARTS", "ANSWERS", "ATTEMPTS", "CHANGES", "CHANGE_STATES", "CHANNELS", "CHECKS", "COMMANDS",
    "COMMAND_ANSWERS", "COMMAND_STATES", "DELIVERIES", "DOUBLE_REASONS", "EDIT_PROBLEMS", "END_REASONS", "ENROLMENT_STATES",
    "KINDS_OF_TASK", "LETTERS", "MARKS", "MESSAGE_STATES", "MESSAGE_TONES", "METHODS", "ORDER_STATES", "OUTCOMES",
    "PASSED", "PAYMENT_STATES", "PRESETS", "PROMISE_KINDS", "PROMISE_OUTCOMES", "PROMISE_REASONS", "PROMISE_STANDS",
    "PROMISE_STATES", "PROMISE_TONES", "PURPOSES", "QUARANTINE_STATES", "QUESTIONS", "ROLES", "SOURCES", "TASK_STATES",
    "TEST_RULES", "TROUBLES", "UNASKED", "WAITS", "WHY_NEXT", "event", "in_language", "letter", "quoted", "reason",
    "script", "title", "with_gaps", "word",
]  # fmt: skip

Words = Mapping[str, Any]

_FIELD = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

LETTERS: Words = {
    "order-received": gettext_lazy("The order is with us"),
    "order-received-night": gettext_lazy("The order came at night"),
    "call-missed-buyer": gettext_lazy("We could not reach you"),
    "call-agreed": gettext_lazy("The call is agreed"),
    "running-late": gettext_lazy("We are running late"),
    "promise-call-moved": gettext_lazy("A new time for the call"),
    "promise-ship-moved": gettext_lazy("A new date of shipment"),
    "promise-answer-moved": gettext_lazy("A new time for the answer"),
    "promise-call-late": gettext_lazy("The call may be late"),
    "promise-ship-late": gettext_lazy("The shipment may be late"),
    "promise-delivery-late": gettext_lazy("The delivery may be late"),
    "promise-answer-late": gettext_lazy("The answer may be late"),
    "unpaid-2h": gettext_lazy("How to pay"),
    "unpaid-again": gettext_lazy("Shall we keep the order?"),
    "payment-failed": gettext_lazy("The payment failed"),
    "paid": gettext_lazy("The payment has arrived"),
    "packed": gettext_lazy("The order is packed"),
    "courier-left": gettext_lazy("The courier has left"),
    "courier-15": gettext_lazy("The courier in 15 minutes"),
    "shipped": gettext_lazy("The order is on its way"),
    "ready-for-pickup": gettext_lazy("The order can be collected"),
    "waiting-a-week": gettext_lazy("The parcel has waited for a week"),
    "parcel-trouble": gettext_lazy("A hitch with the parcel"),
    "delivered": gettext_lazy("The order has arrived"),
    "cancelled": gettext_lazy("The order is cancelled"),
    "digital-open": gettext_lazy("The access is open"),
    "return-accepted": gettext_lazy("We expect the return"),
    "tips": gettext_lazy("Small tricks"),
    "are-you-happy": gettext_lazy("Does it suit you?"),
    "review-invitation": gettext_lazy("Please tell the next buyer"),
    "review-reminder": gettext_lazy("Two lines about the purchase"),
    "review-bonus": gettext_lazy("Points for an opinion"),
    "review-thanks": gettext_lazy("Thank you for the review"),
    "review-declined": gettext_lazy("The review needs a mend"),
    "sorry": gettext_lazy("We are sorry"),
    "solved-again": gettext_lazy("Is it all right now?"),
    "share": gettext_lazy("A present for a friend"),
    "related": gettext_lazy("What goes well with it"),
    "gift-code": gettext_lazy("A code as a present"),
    "points-earned": gettext_lazy("Points earned"),
    "points-expiring": gettext_lazy("Points expire soon"),
    "level-reached": gettext_lazy("A new level"),
    "birthday": gettext_lazy("Happy birthday"),
    "birthday-dear": gettext_lazy("A dear one’s birthday"),
    "replacement-due": gettext_lazy("Time for a new one?"),
    "new-model": gettext_lazy("There is a newer model"),
    "back-in-stock": gettext_lazy("Back in stock"),
    "price-drop": gettext_lazy("The price has dropped"),
    "win-back": gettext_lazy("Shall we stay in touch?"),
    "abandoned-cart": gettext_lazy("The basket is kept"),
    "magnet-confirm": gettext_lazy("Please confirm the address"),
    "magnet-file": gettext_lazy("Here is the file"),
    "objection-company": gettext_lazy("Who we are"),
    "objection-delivery": gettext_lazy("How it is delivered"),
    "objection-payment": gettext_lazy("How to pay calmly"),
    "objection-examples": gettext_lazy("Homes where it already stands"),
    "objection-reviews": gettext_lazy("What buyers write"),
    "profile-question": gettext_lazy("One question, for points"),
    "appointment-booked": gettext_lazy("The visit is booked"),
    "appointment-reminder": gettext_lazy("We expect you"),
    "appointment-moved": gettext_lazy("The visit has moved"),
    "second-order": gettext_lazy("A month with the first order"),
    "running-out": gettext_lazy("Is there enough left?"),
    "prepayment": gettext_lazy("The prepayment"),
    "making-begun": gettext_lazy("The work has begun"),
    "making-news": gettext_lazy("News from the workshop"),
    "delivery-agreed": gettext_lazy("The day of delivery is set"),
    "review-with-photo": gettext_lazy("A review with a photo"),
    "tell-a-friend": gettext_lazy("Tell a friend"),
    "course-access": gettext_lazy("The course is open"),
    "course-not-begun": gettext_lazy("Ten minutes to begin"),
    "course-stuck": gettext_lazy("Where did you stop?"),
    "course-half-way": gettext_lazy("Half of the course"),
    "course-finished": gettext_lazy("The course is finished"),
    "course-review": gettext_lazy("A review of the course"),
    "next-course": gettext_lazy("The next course"),
    "visit-booked": gettext_lazy("The visit has its time"),
    "visit-tomorrow": gettext_lazy("The visit is tomorrow"),
    "visit-soon": gettext_lazy("The visit in two hours"),
    "visit-missed": gettext_lazy("We missed you"),
    "after-visit": gettext_lazy("How was the visit?"),
    "visit-review": gettext_lazy("A review of the visit"),
    "next-visit": gettext_lazy("Time for the next visit"),
    "data-ready": gettext_lazy("The file with one’s data"),
    "erased": gettext_lazy("The data are erased"),
    "staff-new-order": gettext_lazy("To staff: a new order"),
    "staff-deadline-near": gettext_lazy("To staff: a deadline is near"),
    "staff-missed-call": gettext_lazy("To staff: a missed call"),
    "staff-report-0900": gettext_lazy("To staff: the morning report"),
    "staff-feed-quiet": gettext_lazy("To staff: a feed is silent"),
}
"""The ready letters, by the name of their template."""
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
PRESETS: Words = {
    "to_call": gettext_lazy("To call"),
    "unpaid": gettext_lazy("Unpaid"),
    "on_the_way": gettext_lazy("On the way"),
    "trouble": gettext_lazy("In trouble"),
    "twice": gettext_lazy("Perhaps twice"),
}
TEST_RULES: Words = {
    "name": gettext_lazy("a word of the name"),
    "email": gettext_lazy("the e-mail"),
    "phone": gettext_lazy("the telephone"),
    "method": gettext_lazy("the way of paying"),
    "zero": gettext_lazy("a total of nothing"),
}
MARKS: Words = {"test": gettext_lazy("test or joke"), "double": gettext_lazy("double")}
SOURCES: Words = {"api": gettext_lazy("the shop itself"), "woocommerce": "WooCommerce"}
DELIVERIES: Words = {
    "courier": gettext_lazy("courier"),
    "pickup": gettext_lazy("pick-up point"),
    "post": gettext_lazy("post"),
}
METHODS: Words = {
    "card": gettext_lazy("card"),
    "cash": gettext_lazy("cash"),
    "cod": gettext_lazy("on delivery"),
    "invoice": gettext_lazy("invoice"),
}
CHANGES: Words = {
    "lines": gettext_lazy("lines"),
    "total": gettext_lazy("total"),
    "terms": gettext_lazy("delivery or codes"),
    "delivery": gettext_lazy("delivery"),
    "codes": gettext_lazy("codes"),
    "status": gettext_lazy("state"),
    "payment": gettext_lazy("payment"),
}
WAITS: Words = {
    "call": gettext_lazy("call"),
    "ship": gettext_lazy("ship"),
    "delivery": gettext_lazy("deliver"),
    "answer": gettext_lazy("answer"),
    "case": gettext_lazy("case"),
    "task": gettext_lazy("task"),
    "promise": gettext_lazy("promise at risk"),
}
KINDS_OF_TASK: Words = {
    "call": gettext_lazy("call"),
    "case": gettext_lazy("case"),
    "task": gettext_lazy("task"),
    "message": gettext_lazy("message"),
    "promise": gettext_lazy("promise at risk"),
    "decision": gettext_lazy("the shop changed it, too"),
}
ADDRESS_PARTS: Words = {
    "country": gettext_lazy("Country"),
    "region": gettext_lazy("Region"),
    "city": gettext_lazy("City"),
    "street": gettext_lazy("Street, house, flat"),
    "postcode": gettext_lazy("Postcode"),
}
CHANGE_STATES: Words = {
    "waiting": gettext_lazy("being told to the shop"),
    "written": gettext_lazy("written in the shop"),
    "refused": gettext_lazy("not written in the shop"),
    "conflict": gettext_lazy("the shop changed it meanwhile"),
    "decided": gettext_lazy("decided"),
    "withdrawn": gettext_lazy("taken back"),
}
EDIT_PROBLEMS: Words = {
    "empty": gettext_lazy("This can’t be left empty."),
    "too_long": gettext_lazy("That is too long."),
    "quantity": gettext_lazy("A quantity is needed, such as 2; 0 takes the line out."),
    "unknown_product": gettext_lazy("There is no product with this code."),
    "twice": gettext_lazy("This product is in the order already: change its quantity."),
    "window_order": gettext_lazy("The end must come after the beginning."),
    "window_past": gettext_lazy("That time is over. Choose a later one."),
    "window_far": gettext_lazy("That is more than a year ahead. Choose an earlier time."),
    "window_form": gettext_lazy("A day and two times are needed, such as 10:00 and 14:00."),
    "closed": gettext_lazy("The order is on its way or closed: this can’t be changed any more."),
    "changed": gettext_lazy("The order has changed since you opened it. Look at it once more."),
    "country": gettext_lazy("The country is written in two letters, such as LV."),
}
DOUBLE_REASONS: Words = {
    "phone": gettext_lazy("the same telephone"),
    "mail": gettext_lazy("nearly the same e-mail"),
    "place": gettext_lazy("the same address"),
    "birthday": gettext_lazy("the same birthday"),
    "name": gettext_lazy("the same name"),
    "name_near": gettext_lazy("a name that may be the same"),
    "person": gettext_lazy("the same buyer"),
    "lines": gettext_lazy("the same goods"),
    "some_lines": gettext_lazy("some of the goods"),
    "total": gettext_lazy("the same total"),
    "soon": gettext_lazy("shortly after"),
}
COMMANDS: Words = {
    "order.change": gettext_lazy("a change of an order"),
    "call.start": gettext_lazy("a call from the card"),
    "scheme.webhook": gettext_lazy("a step of a scheme"),
}
COMMAND_STATES: Words = {
    "queued": gettext_lazy("waiting"),
    "sending": gettext_lazy("being told"),
    "failed": gettext_lazy("failed"),
    "unknown": gettext_lazy("nobody knows"),
    "done": gettext_lazy("told"),
    "kept": gettext_lazy("kept here"),
    "withdrawn": gettext_lazy("taken back"),
    "given_up": gettext_lazy("given up"),
}
COMMAND_ANSWERS: Words = {
    "unreachable": gettext_lazy("it can’t be reached"),
    "no_answer": gettext_lazy("no whole answer came"),
    "server": gettext_lazy("its server fails"),
    "busy": gettext_lazy("it is busy"),
    "odd_answer": gettext_lazy("it answered with something else"),
    "denied": gettext_lazy("it doesn’t let us in: look at the keys"),
    "rejected": gettext_lazy("it refuses this"),
    "order_gone": gettext_lazy("it has no such order"),
    "nobody_there": gettext_lazy("nobody is there any more"),
    "moved": gettext_lazy("it has moved to another address"),
    "no_target": gettext_lazy("nobody is set to be told"),
    "late": gettext_lazy("it was too late"),
    "sender_died": gettext_lazy("the program was stopped in the middle of it"),
    "error": gettext_lazy("the program failed"),
    "given_up": gettext_lazy("somebody gave it up"),
    "playground": gettext_lazy("nothing leaves a playground"),
    "conflict": gettext_lazy("the shop changed a part of it meanwhile"),
    "address_scheme": gettext_lazy("its address must begin with https://"),
    "address_credentials": gettext_lazy("its address may hold no name and password"),
    "address_host": gettext_lazy("its address is none"),
    "address_port": gettext_lazy("its address must be of the usual port"),
    "address_address": gettext_lazy("its address lies in the private network"),
}
TASK_STATES: Words = {
    "open": gettext_lazy("waiting"),
    "claimed": gettext_lazy("taken"),
    "finished": gettext_lazy("finished"),
    "closed": gettext_lazy("no longer needed"),
}
WHY_NEXT: Words = {
    "retry": gettext_lazy("nobody answered, another try"),
    "asked": gettext_lazy("the buyer asked for a call at this time"),
    "missed": gettext_lazy("rang and was not answered"),
    "message": gettext_lazy("the buyer has written"),
    "promise": gettext_lazy("a promise that is about to break"),
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
    "ordered": gettext_lazy("Has ordered"),
    "case": gettext_lazy("Open a case"),
    "answered": gettext_lazy("Answered"),
    "no_reply_needed": gettext_lazy("No answer needed"),
    "talked": gettext_lazy("We have talked"),
    "exchange": gettext_lazy("Exchange"),
    "refund": gettext_lazy("Refund"),
    "promised": gettext_lazy("Promised an answer"),
    "agreed": gettext_lazy("Agreed"),
    "in_time": gettext_lazy("In time"),
    "late": gettext_lazy("Late"),
    "finished": gettext_lazy("Finished"),
    "dropped": gettext_lazy("Dropped"),
    "fine": gettext_lazy("All is well"),
    "begins": gettext_lazy("Begins"),
    "gives_back": gettext_lazy("Wants the money back"),
    "new_time": gettext_lazy("A new time"),
    "done": gettext_lazy("Done"),
    "kept": gettext_lazy("Done, the promise is kept"),
    "moved": gettext_lazy("New time agreed"),
    "no_hands": gettext_lazy("Too late: no hands"),
    "no_contact": gettext_lazy("Too late: the buyer can’t be reached"),
    "no_goods": gettext_lazy("Too late: the goods are missing"),
    "carrier_late": gettext_lazy("Too late: the carrier"),
    "not_known": gettext_lazy("Too late: no answer yet"),
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
MESSAGE_TONES: Words = {"sent": "ok", "failed": "late", "unknown": "soon"}
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
TROUBLES: Words = {
    "auth_refused": gettext_lazy("the mail server refuses our login"),
    "tls_refused": gettext_lazy("there is no safe connection to the mail server"),
    "sender_refused": gettext_lazy("the mail server refuses the shop’s address as the sender"),
    "held_by_staff": gettext_lazy("held by the owner"),
}
ODD_ADDRESS: Words = {
    "no_city": gettext_lazy("the town is missing"),
    "no_street": gettext_lazy("the street is missing"),
    "no_house": gettext_lazy("no house number in “%(street)s”"),
    "postcode_form": gettext_lazy("postcode %(postcode)s doesn’t have six figures"),
    "postcode_region": gettext_lazy("postcode %(postcode)s is of “%(of)s”, the address says “%(region)s”"),
    "region_zone": gettext_lazy("there is no “%(city)s” in “%(region)s”: their clocks differ"),
}
QUESTIONS: Words = {"satisfied": gettext_lazy("Is everything all right?")}
ANSWERS: Words = {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")}
CHANNELS: Words = {"email": gettext_lazy("e-mail"), "sms": gettext_lazy("SMS"), "telegram": "Telegram"}
PURPOSES: Words = {"service": gettext_lazy("service"), "advertising": gettext_lazy("advertising")}
PROMISE_KINDS: Words = {
    "call": gettext_lazy("to call"),
    "ship": gettext_lazy("to ship"),
    "delivery": gettext_lazy("to deliver"),
    "answer": gettext_lazy("to answer"),
}
PROMISE_STATES: Words = {
    "intended": gettext_lazy("not told yet"),
    "open": gettext_lazy("ahead"),
    "warned": gettext_lazy("warned"),
    "kept": gettext_lazy("kept"),
    "broken": gettext_lazy("broken"),
    "void": gettext_lazy("no longer needed"),
}
PROMISE_STANDS: Words = {**PROMISE_STATES, AT_RISK: gettext_lazy("at risk")}
PROMISE_TONES: Words = {"kept": "ok", "warned": "soon", AT_RISK: "soon", "broken": "late"}
PROMISE_OUTCOMES: Words = {
    "kept": gettext_lazy("kept in time"),
    "warned": gettext_lazy("not kept, but warned in time"),
    "broken": gettext_lazy("broken without a word"),
}
PROMISE_REASONS: Words = {
    "": gettext_lazy("no reason given"),
    "moved": gettext_lazy("another time was agreed"),
    "cancelled": gettext_lazy("the order is cancelled"),
    "stopped": gettext_lazy("the scheme has stopped"),
    "never_told": gettext_lazy("the buyer was never told"),
    "withdrawn": gettext_lazy("taken back"),
    "not_done": gettext_lazy("not done in time"),
    "done_late": gettext_lazy("done, but too late"),
    "nobody_on_shift": gettext_lazy("nobody was on shift"),
    "no_hands": gettext_lazy("too few hands"),
    "no_contact": gettext_lazy("the buyer could not be reached"),
    "no_goods": gettext_lazy("the goods were missing"),
    "carrier_late": gettext_lazy("the carrier was late"),
    "not_known": gettext_lazy("the answer was not known yet"),
}
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
END_REASONS: Words = {
    "finished": gettext_lazy("went through to the end"),
    "stopped": gettext_lazy("left: it was stopped by an event"),
    "no_event": gettext_lazy("ended: what was waited for never came"),
    "ended_by_staff": gettext_lazy("ended by staff"),
    "left_on_change": gettext_lazy("left: the scheme was changed"),
    "ended_by_hand": gettext_lazy("ended by staff"),
    "asked_not_to": gettext_lazy("ended by staff: the person asked"),
    "settled_otherwise": gettext_lazy("ended by staff: settled otherwise"),
    "by_mistake": gettext_lazy("ended by staff: was here by mistake"),
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
    "budget": gettext_lazy("Within the scheme’s budget?"),
    "still_true": gettext_lazy("Still true?"),
}
PASSED: Words = {
    "still_wanted": gettext_lazy("yes, the scheme wants it"),
    "in_time": gettext_lazy("yes, in time"),
    "person": gettext_lazy("yes"),
    "reachable": gettext_lazy("yes, the address takes messages"),
    "consent": gettext_lazy("yes, it was given"),
    "hold_out": gettext_lazy("yes, not held out"),
    "quiet_hours": gettext_lazy("yes, not at night"),
    "cap": gettext_lazy("yes, there is room"),
    "budget": gettext_lazy("yes, it is not spent"),
    "still_true": gettext_lazy("yes, still true"),
}
"""What a check found that let the message through."""
UNASKED: Words = {
    "not_needed": gettext_lazy("doesn’t concern this message"),
    "not_asked": gettext_lazy("not asked: it was stopped before"),
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
    "held_out_shop": gettext_lazy("in the shop’s own hold-out"),
    "quiet_hours": gettext_lazy("quiet hours until %(at)s"),
    "cap": gettext_lazy("cap reached: %(sent)s of %(limit)s in %(days)s days"),
    "cap_by": gettext_lazy("cap reached: %(sent)s of %(limit)s in %(days)s days; before it went: %(schemes)s"),
    "priority": gettext_lazy("the scheme %(scheme)s goes first; it is asked again %(at)s"),
    "budget_spent": gettext_lazy("the scheme’s budget is spent: %(used)s of %(limit)s"),
    "budget_cost": gettext_lazy(
        "the scheme’s budget has no room for it: %(used)s of %(limit)s are spent, and it costs %(price)s"
    ),
    "no_longer_true": gettext_lazy("no longer true"),
    "gate_error": gettext_lazy("our own fault while it was checked (%(error)s)"),
    "render_error": gettext_lazy("the letter could not be written"),
    "channel_paused": gettext_lazy("the channel stands still; it goes on by itself"),
    "scheme_paused": gettext_lazy("its scheme is paused; it is judged anew when that goes on"),
    "no_channel": gettext_lazy("this installation sends by none of its channels"),
    "rejected": gettext_lazy("every channel refused it for good"),
    "unknown": gettext_lazy("nobody knows whether it was taken"),
    "unknown_repeat": gettext_lazy("nobody knows whether it was taken; it goes once more"),
    "try_later": gettext_lazy("the mail server asked to come again later"),
    "no_connection": gettext_lazy("no connection to the mail server; it is tried again"),
    "next_channel": gettext_lazy("the address refused it; the next channel is tried"),
    "auth_refused": gettext_lazy("the mail server refuses our login"),
    "tls_refused": gettext_lazy("there is no safe connection to the mail server"),
    "sender_refused": gettext_lazy("the mail server refuses the shop’s address as the sender"),
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


def in_sentence(said: str) -> str:
    """The same within a sentence: it begins small."""
    return said[:1].lower() + said[1:]


def letter(template: str | None) -> str:
    """What a person calls the letter of a template: a ready one by its title, another by the name that it was given."""
    known = LETTERS.get(template or "")
    return (template or "") if known is None else str(known)


def script(key: str, language: str) -> str:
    """What a person calls a call script: a ready one by its title, another by the name that it was given."""
    known = starter.scripts()["scripts"].get(key)
    return in_language(known["title"], language) if known else key


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The words in this language, else in English, else in any."""
    for key in (language, EVERY_LANGUAGE, "en"):
        if key in texts:
            return texts[key]
    return next(iter(texts.values()), "")


def with_gaps(texts: Mapping[str, str], language: str) -> str:
    """A letter's words as they are written, dots for what will be filled in."""
    return _FIELD.sub("…", in_language(texts, language)).strip()[:80]


def title(row: MessageRow, language: str) -> str:
    """What people call a message: its subject as it left; before that its template's title, or the subject as its scheme
    writes it."""
    return row.subject or letter(row.template) or with_gaps(row.written or {}, language) or row.step or _("message")


def quoted(text: str, language: str) -> str:
    """In the quotes of the language."""
    return f"«{text}»" if language == "ru" else f"“{text}”"


def reason(code: str | None, params: Mapping[str, Any], say: Say) -> str:
    """Why a message went, waits or didn't go, in one line."""
    if not code:
        return ""
    if code == "budget_spent" and "price" in params:
        return _of_money("budget_cost", params, say)
    text = word(_REASONS, "cap_by" if code == "cap" and params.get("schemes") else code)
    if "%(" not in text:
        return text
    values = {name: say.when(value) if name in _MOMENTS else str(value) for name, value in params.items()}
    try:
        return text % values
    except KeyError:  # an old record may hold less than the words ask for
        return _("for a reason whose record is incomplete (%(code)s)") % {"code": code}


def _of_money(key: str, params: Mapping[str, Any], say: Say) -> str:
    """A reason whose numbers are money as budgets count it."""
    return word(_REASONS, key) % {n: say.exact(params[n], params["currency"]) for n in ("used", "limit", "price")}
