"""One claimed message: the gate's verdict on it, and if it may go, its bytes. Reads what was loaded, writes nothing.

Whatever fails for one message is that message's refusal, with its reason; the others of the group go on.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from regulars.base import db
from regulars.outbox import answer
from regulars.outbox.budgets import Counted
from regulars.outbox.chat import render_chat
from regulars.outbox.filters import Context
from regulars.outbox.gate_facts import CHANNEL_KINDS, Claimed, Known, letter_facts
from regulars.outbox.letter import Rendered, render
from regulars.outbox.links import Links
from regulars.outbox.mime import AddressRefused, HeaderRefused, Mailbox, message_id, parse_mailbox, write_letter
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.short import render_short
from regulars.outbox.texts import NoSuchTemplate
from regulars.outbox.turns import ahead_of, budget_of, remember, went_before
from regulars.people.queries import Reach, ReachPoint
from regulars.rules import gate
from regulars.shop.settings import ShopSettings

__all__ = ["Decided", "Sending", "decide"]

CHANNEL_PAUSED = "channel_paused"
NO_CHANNEL = "no_channel"  # this installation sends by none of the channels named
REJECTED = "rejected"  # every channel that reached the person has refused it for good
RENDER_ERROR = "render_error"
TELEGRAM = "telegram"
_ASK_AGAIN = timedelta(days=1)
_NEVER_QUIET = (time(0), time(0))

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sending:
    """How this installation sends: `carried` channels, `paused` ones by shop with the end of the pause, how links are made.

    `bots`: the name of each shop's bot; a shop without one has no messenger.
    """

    carried: frozenset[str]
    links: Links
    bots: Mapping[int, str] = field(default_factory=dict)
    paused: Mapping[tuple[int, str], datetime] = field(default_factory=dict)


@dataclass(slots=True)
class Decided:
    """What becomes of a message now: state 'sending', 'queued' (not before `send_after`), 'refused' or 'failed'.

    `why`: JSON of the checks. With 'sending' come channel, address, sender's address, subject and bytes, and in which
    period of its scheme's budget it is `counted`, for how much.
    """

    row: Claimed
    state: str
    reason: str | None = None
    why: str = "{}"
    send_after: datetime | None = None
    channel: str | None = None
    address: str | None = None
    sender: str = ""
    subject: str = ""
    raw: bytes = b""
    promises: bool = False
    counted: Counted | None = None


def decide(row: Claimed, known: Known, sending: Sending, now: datetime) -> Decided:
    """Judge and write one message; never raises."""
    try:
        decided = _decide(row, known, sending, now)
        decided.counted = remember(row, decided.state, decided.reason, decided.send_after, decided.channel, known, now)
        return decided
    except Exception as error:  # fail closed: one message's fault is its own refusal
        log.warning("outbox: message %s refused, %s", row.id, type(error).__name__)
        return Decided(row, "refused", gate.GATE_ERROR, _why_error(error))


def _decide(row: Claimed, known: Known, sending: Sending, now: datetime) -> Decided:
    who = known.reach.get(row.person_id)
    if who is None:
        return Decided(row, "refused", gate.ERASED)
    usable = [c for c in row.by if c in sending.carried and (c != TELEGRAM or row.shop_id in sending.bots)]
    if not usable:
        return Decided(row, "refused", NO_CHANNEL, db.dumps({"params": {"by": row.by}}))
    channels = {name: _channel(_point(row, name, who), name, who) for name in usable}
    tried = known.tried.get(row.id, {})
    chosen = gate.next_channel(usable, row.purpose, channels, tried)
    if chosen is None and any(name in tried for name in usable):
        return Decided(row, "failed", REJECTED)
    name = chosen or usable[0]
    verdict = gate.judge(_message(row, name, known), _gate_facts(row, known, name, channels[name], who, now), now)
    why = _why(verdict.checks, verdict.params)
    if verdict.action == gate.REFUSE:
        return Decided(row, "refused", verdict.code, why)
    if verdict.action == gate.WAIT:
        return Decided(row, "queued", verdict.code, why, verdict.until or now + _ASK_AGAIN)
    pause = sending.paused.get((row.shop_id, name))
    if pause is not None and pause > now:
        return Decided(row, "queued", CHANNEL_PAUSED, why, pause)
    decided = _write(row, known, who, name, why, sending, now)
    decided.promises = row.id in known.promised or row.id in known.warned
    return decided


# -- the gate ----------------------------------------------------------------------------------------------------------
def _point(row: Claimed, channel: str, who: Reach) -> ReachPoint | None:
    """The address: an answer goes where the question came from, everything else where the person is best reached."""
    kind, to = CHANNEL_KINDS.get(channel, ""), answer.address_of(row.content)
    return who.points.get(kind) if to is None else who.every.get((kind, to))


def _channel(point: ReachPoint | None, name: str, who: Reach) -> gate.Channel:
    if point is None:
        return gate.Channel(contact=False)
    consent = who.consents.get(f"{name}.advertising")
    return gate.Channel(
        contact=True,
        suppressed=None if point.suppressed is None else _SUPPRESSED.get(point.suppressed, gate.HARD_BOUNCE),
        suppressed_at=point.suppressed_at,
        unsubscribed_at=point.unsubscribed_at,
        consent=consent is not None and consent.given,
    )


_SUPPRESSED = {"bounce": gate.HARD_BOUNCE, "complaint": gate.COMPLAINT}


def _message(row: Claimed, channel: str, known: Known) -> gate.GateMessage:
    late = row.late or {}
    seconds = late.get("after_seconds")
    due = [p.due_at for p in known.promised.get(row.id, ()) if p.state == "intended"]
    if row.content.get("drop_at"):
        due.append(datetime.fromisoformat(row.content["drop_at"]))
    return gate.GateMessage(
        purpose=row.purpose,
        channel=channel,
        due_at=row.meant_at,
        late_action=late.get("action", "drop"),
        late_after=None if seconds is None else timedelta(seconds=seconds),
        late_approved=bool(late.get("approved")),
        drop_at=min(due) if due else None,
    )


def _gate_facts(
    row: Claimed, known: Known, name: str, channel: gate.Channel, who: Reach, now: datetime
) -> gate.GateFacts:
    shop = known.shop
    advertised_at, advertised_by = went_before(known, who, now)
    promised = known.promised.get(row.id)
    still_true = any(p.state in ("intended", "open", "warned") for p in promised) if promised else None
    warned = known.warned.get(row.id)
    if warned is not None:  # whoever has been served, or is just being served, needs no warning
        promised, still_true = [warned], warned.state in ("open", "warned", "broken") and not warned.held
    return gate.GateFacts(
        channel=channel,
        zone=who.time_zone or shop.time_zone,
        erased=who.erased,
        held_out=row.held_out,
        held_by_shop=row.person_id in known.held,
        # Who has just written is not disturbed by the answer.
        quiet=_NEVER_QUIET if answer.is_answer(row.content) else shop.quiet,
        advertised_at=advertised_at,
        advertised_by=advertised_by,
        ahead=ahead_of(row, known, who),
        budget=budget_of(row, known, name, now),
        cap=shop.cap_count,
        cap_days=shop.cap_days,
        # A letter that tells a time is true only as long as somebody means to keep it.
        still_true=still_true,
        still_true_params={"promise": promised[0].state} if promised else {},
    )


def _why(checks: tuple[gate.Check, ...], params: Mapping[str, Any]) -> str:
    return _checks(checks) if not params else db.dumps({**db.loads(_checks(checks)), "params": dict(params)})


@lru_cache(maxsize=1024)
def _checks(checks: tuple[gate.Check, ...]) -> str:
    return db.dumps({"checks": [[c.name, c.result, c.detail] for c in checks]})


def _why_error(error: Exception) -> str:
    """An error for the screen: its kind, and for a text's own fault where it is. No values, they may be personal."""
    found: dict[str, Any] = {"error": type(error).__name__}
    if isinstance(error, TemplateProblem):
        found["problem"] = str(error)
    if isinstance(error, AddressRefused):
        found["code"] = error.code
    if isinstance(error, HeaderRefused):
        found["header"] = error.header
    if isinstance(error, NoSuchTemplate):
        found["template"] = str(error.args[0])
    return db.dumps({"params": found})


# -- the letter --------------------------------------------------------------------------------------------------------
def _write(row: Claimed, known: Known, who: Reach, channel: str, why: str, sending: Sending, now: datetime) -> Decided:
    point = _point(row, channel, who)
    assert point is not None  # the gate has asked for it
    address = point.value
    stored = known.stored.get(row.id)
    sender = _sender(known.shop.email, known.shop.name)
    if stored is not None and row.address == address:
        subject, raw = stored
        return Decided(row, "sending", None, why, None, channel, address, sender.address, subject, raw)
    try:
        subject, raw = _bytes(row, known, who, channel, address, sender, sending, now)
    except Exception as error:  # whatever a text or an address may be: this message alone
        log.warning("outbox: message %s could not be written, %s", row.id, type(error).__name__)
        return Decided(row, "refused", RENDER_ERROR, _why_error(error), channel=channel)
    return Decided(row, "sending", None, why, None, channel, address, sender.address, subject, raw)


def _bytes(
    row: Claimed, known: Known, who: Reach, channel: str, address: str, sender: Mailbox, sending: Sending, now: datetime
) -> tuple[str, bytes]:
    written = known.written[row.id]
    if written.error is not None:
        raise written.error
    shop = known.shop
    language = who.language or shop.language
    if answer.is_answer(row.content):
        written_answer = answer.write(
            row.content, channel, address, sender=sender, to_name=_shown(who.name), message=row.id, shop=shop, now=now
        )
        return written_answer.subject, written_answer.raw
    context = Context(language, who.time_zone or shop.time_zone, shop.time_zone, now, shop.currency)
    facts = letter_facts(
        row, known, who, language, _links(row, known, who, written.fields, sending.links, sending.bots)
    )
    if channel == "email":
        assert written.letter is not None
        letter = render(written.letter, language, facts, context)
        return letter.subject, _mail(row, shop, who, address, sender, letter, sending.links, now)
    if channel == TELEGRAM:
        assert written.chat is not None
        return "", render_chat(written.chat, address, language, facts, context)
    assert written.short is not None
    return "", render_short(written.short, language, facts, context)[1].encode()


def _links(
    row: Claimed, known: Known, who: Reach, wanted: frozenset[str], links: Links, bots: Mapping[int, str]
) -> dict[str, Any]:
    order = known.facts.get(row.id, {}).get("order") or {}
    question = row.content.get("question_id")
    pay_url = (order.get("payment") or {}).get("pay_url") if "link.pay" in wanted else None
    if row.purpose == gate.ADVERTISING:
        wanted |= _FOOTER  # whatever the text itself asks for
    found = links.facts(
        wanted, row.shop_id, who.person_id, row.id, who.epoch, None if question is None else int(question), pay_url
    )
    bot = bots.get(row.shop_id)
    if bot and "link.telegram" in wanted:
        found["telegram"] = links.chat(bot, who.person_id, row.order_id, who.epoch)
    return found


def _mail(
    row: Claimed,
    shop: ShopSettings,
    who: Reach,
    address: str,
    sender: Mailbox,
    letter: Rendered,
    links: Links,
    now: datetime,
) -> bytes:
    advertising = row.purpose == gate.ADVERTISING
    return write_letter(
        sender=sender,
        to=parse_mailbox(address, _shown(who.name)),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        date=now,
        message_id=message_id(row.id, shop.slug, sender.address.rpartition("@")[2]),
        language=letter.language if letter.language in ("en", "ru") else "",
        unsubscribe=links.unsubscribe(row.shop_id, who.person_id, row.id, who.epoch) if advertising else None,
        extra=_PURPOSE[row.purpose],
    )


_FOOTER = frozenset({"link.unsubscribe", "link.preferences"})
_PURPOSE: Mapping[str, Mapping[str, str]] = {
    "service": {"X-Regulars-Purpose": "service"},
    "advertising": {"X-Regulars-Purpose": "advertising"},
}


def _shown(name: str) -> str:
    """A person's name beside his address; a line break in it is dropped, since no header may hold one."""
    return " ".join(name.split()) if name.isprintable() else ""


@lru_cache(maxsize=256)
def _sender(email: str, name: str) -> Mailbox:
    """The shop's own mailbox; a shop that has not set its address yet writes from one that nobody reads."""
    return parse_mailbox(email or "no-reply@shop.invalid", _shown(name))
