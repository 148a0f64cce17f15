"""What the gate and the letters need to know about a claimed group of one shop, loaded set by set, never row by row.

Owns the claimed row's shape and the loading; judging is rules/gate.py's, writing letter.py's. Reads only.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from regulars.base import facts as registry
from regulars.base.db import Cursor
from regulars.outbox import answer, budgets, new_times, texts
from regulars.outbox.budgets import Period, Used
from regulars.outbox.chat import CompiledChat
from regulars.outbox.letter import CompiledLetter
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.short import CompiledShort
from regulars.outbox.stored import unpack
from regulars.outbox.texts import NoSuchTemplate, Texts
from regulars.people import hold_out
from regulars.people import queries as people
from regulars.people.queries import Reach
from regulars.promises import queries as promises
from regulars.promises.queries import Made
from regulars.rules import gate
from regulars.shop.settings import ShopSettings

__all__ = ["CHANNEL_KINDS", "CLAIM_COLUMNS", "Claimed", "Known", "Written", "letter_facts", "load"]

CHANNEL_KINDS = {"email": "email", "sms": "phone", "telegram": "telegram"}
"""Which contact point a channel writes to."""
# The cap's query looks back so much further: a message may be sent that long after it was meant.
_SENT_LATE = timedelta(days=30)

CLAIM_COLUMNS = (
    "id, shop_id, person_id, order_id, step, purpose, by, content, late, held_out, meant_at, phase, tries, address,"
    " scheme, priority, terms, counted_in"
)


@dataclass(slots=True)
class Claimed:
    """A message taken out of the queue, locked."""

    id: int
    shop_id: int
    person_id: int
    order_id: int | None
    step: str | None
    purpose: Literal["service", "advertising"]
    by: list[str]
    content: dict[str, Any]
    late: dict[str, Any] | None
    held_out: bool
    meant_at: datetime
    phase: int
    tries: int
    address: str | None
    scheme: str | None = None
    priority: int = gate.DEFAULT_PRIORITY
    terms: dict[str, Any] | None = None
    counted_in: date | None = None

    @property
    def repeats(self) -> bool:
        """Whether an earlier attempt may have arrived: then the stored bytes go again, not a new letter."""
        return self.phase == 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """An advertisement that is queued: whose it is, and when it is asked about next."""

    scheme: str
    priority: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """A message's text for e-mail, for SMS and for messengers; or why it can't be made. A typed answer has none."""

    letter: CompiledLetter | None
    short: CompiledShort | None
    error: Exception | None = None
    chat: CompiledChat | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The facts that the texts ask for."""
        compiled = (self.letter, self.short, self.chat)
        return frozenset().union(*(one.fields for one in compiled if one is not None))


@dataclass(slots=True)
class Known:
    """What is known at the gate about the claimed messages of one shop. `spent`, `prices`: of the budgets that they count in."""

    shop: ShopSettings
    reach: Mapping[int, Reach]
    advertised: dict[int, list[tuple[datetime, str | None]]]
    tried: Mapping[int, dict[str, gate.Fate]]
    promised: Mapping[int, list[Made]]
    written: Mapping[int, Written]
    facts: Mapping[int, dict[str, Any]]
    warned: Mapping[int, Made]
    held: Set[int] = frozenset()
    waiting: dict[int, dict[int, Waiting]] = field(default_factory=dict)
    spent: dict[Period, Used] = field(default_factory=dict)
    prices: Mapping[str, int] = field(default_factory=dict)
    stored: Mapping[int, tuple[str, bytes]] = field(default_factory=dict)


def load(cur: Cursor, shop: ShopSettings, rows: Sequence[Claimed], carried: Iterable[str], now: datetime) -> Known:
    """Load all of it. `carried`: the channels that this installation can send by."""
    persons = sorted({r.person_id for r in rows})
    reach = people.reach(cur, shop.id, persons)
    written = _written(cur, shop, rows, frozenset(carried))
    adverts = [r for r in rows if r.purpose == gate.ADVERTISING]
    periods = {p for r in adverts if r.counted_in is None and (p := period_of(r, shop, now)) is not None}
    return Known(
        shop=shop,
        reach=reach,
        advertised=_advertised(cur, shop, adverts, reach, now),
        tried=_tried(cur, [r.id for r in rows if r.tries]),
        promised=promises.of_messages(cur, [r.id for r in rows]),
        warned=promises.warned_by(cur, [r.id for r in rows]),
        held=hold_out.kept_back(cur, shop.id, {r.person_id for r in adverts}, shop.hold_out, now),
        waiting=_waiting(cur, adverts, reach),
        spent=budgets.held(cur, shop.id, periods, shop.currency),
        prices=budgets.prices(cur, shop.id) if periods else {},
        written=written,
        facts=_facts(cur, shop, rows, written, reach, now),
        stored=_stored(cur, [r.id for r in rows if r.repeats]),
    )


def _advertised(
    cur: Cursor, shop: ShopSettings, rows: Sequence[Claimed], reach: Mapping[int, Reach], now: datetime
) -> dict[int, list[tuple[datetime, str | None]]]:
    """When advertising went, or may have gone, and of which scheme, by whoever answers for the person; what is on its
    way counts as now.

    The letters of those who were merged into him are his.
    """
    out: dict[int, list[tuple[datetime, str | None]]] = {}
    persons = sorted({reach[r.person_id].person_id for r in rows if r.person_id in reach})
    if not persons:
        return out
    since = now - timedelta(days=shop.cap_days)
    found = cur.execute(
        "with his as (select id, id as of from people_person where id = any(%(persons)s)"
        " union all select id, merged_into from people_person where merged_into = any(%(persons)s))"
        " select his.of, coalesce(m.sent_at, %(now)s), m.scheme from his join outbox_message m on m.person_id = his.id"
        " where m.purpose = 'advertising' and m.state in ('sending', 'sent', 'unknown') and m.meant_at > %(since)s",
        {"persons": persons, "now": now, "since": since - _SENT_LATE},
    )
    for person_id, at, scheme in found:
        out.setdefault(person_id, []).append((at, scheme))
    return out


def _waiting(cur: Cursor, rows: Sequence[Claimed], reach: Mapping[int, Reach]) -> dict[int, dict[int, Waiting]]:
    """What else of schemes is queued for whoever answers for these persons, by message."""
    out: dict[int, dict[int, Waiting]] = {}
    persons = sorted({reach[r.person_id].person_id for r in rows if r.person_id in reach})
    if not persons:
        return out
    found = cur.execute(
        "with his as (select id, id as of from people_person where id = any(%(persons)s)"
        " union all select id, merged_into from people_person where merged_into = any(%(persons)s))"
        " select his.of, m.id, m.scheme, m.priority, m.send_after from his join outbox_message m on m.person_id = his.id"
        " where m.purpose = 'advertising' and m.state = 'queued' and m.scheme is not null"
        " and m.reason is distinct from 'late_held'",
        {"persons": persons},
    )
    for person_id, message_id, scheme, priority, at in found:
        out.setdefault(person_id, {})[message_id] = Waiting(scheme, priority, at)
    return out


def period_of(row: Claimed, shop: ShopSettings, now: datetime) -> Period | None:
    """The period of its scheme's budget that a message is counted in."""
    return budgets.period_of(row.scheme, row.terms, now, shop.time_zone)


def _tried(cur: Cursor, ids: list[int]) -> dict[int, dict[str, gate.Fate]]:
    """Channels on which a message has failed for good, or may have arrived."""
    out: dict[int, dict[str, gate.Fate]] = {}
    if ids:
        for message_id, channel in cur.execute(
            "select message_id, channel from outbox_delivery where message_id = any(%s)"
            " and outcome = 'rejected_permanent' order by id",
            (ids,),
        ):
            out.setdefault(message_id, {})[channel] = gate.FAILED
    return out


def _stored(cur: Cursor, ids: list[int]) -> dict[int, tuple[str, bytes]]:
    if not ids:
        return {}
    rows = cur.execute(
        "select id, subject, raw, deflated from outbox_body where id = any(%s) and raw is not null", (ids,)
    )
    return {id_: (subject, unpack(raw, deflated)) for id_, subject, raw, deflated in rows}


def _written(cur: Cursor, shop: ShopSettings, rows: Sequence[Claimed], carried: frozenset[str]) -> dict[int, Written]:
    """The compiled texts of each message, for the channels that it may go by."""
    found = Texts(texts.own_templates(cur, shop.id, [r.content for r in rows]), shop.languages)
    out: dict[int, Written] = {}
    for row in rows:
        ways = carried.intersection(row.by)
        if answer.is_answer(row.content):
            out[row.id] = Written(None, None)
            continue
        try:
            out[row.id] = Written(
                letter=found.letter(row.content, row.purpose) if "email" in ways else None,
                short=found.short(row.content) if "sms" in ways else None,
                chat=found.chat(row.content, row.purpose) if "telegram" in ways else None,
            )
        except (TemplateProblem, NoSuchTemplate, KeyError, TypeError, ValueError, AttributeError) as error:
            out[row.id] = Written(None, None, error)
    return out


def _facts(
    cur: Cursor,
    shop: ShopSettings,
    rows: Sequence[Claimed],
    written: Mapping[int, Written],
    reach: Mapping[int, Reach],
    now: datetime,
) -> dict[int, dict[str, Any]]:
    """The registered facts that these texts ask for, by message."""
    asking = [r for r in rows if r.person_id in reach and not r.repeats]
    subjects = [
        registry.Subject(reach[r.person_id].person_id, r.order_id, reach[r.person_id].language or shop.language)
        for r in asking
    ]
    names = {name for row in asking for name in written[row.id].fields}
    if "link.pay" in names:
        names.add("order.payment.pay_url")
    return {r.id: f for r, f in zip(asking, registry.load(cur, shop.id, subjects, names, now), strict=True)}


def letter_facts(row: Claimed, known: Known, who: Reach, language: str, link: dict[str, Any]) -> dict[str, Any]:
    """All that a text may ask for: registered facts, the shop, what this letter itself promises, links, own values.

    Later ones win: a value written into the message is what its step meant.
    """
    facts: dict[str, Any] = dict(known.facts.get(row.id, {}))
    shop = known.shop
    hours = shop.hours.get(language) if isinstance(shop.hours, Mapping) else None
    own = {"name": shop.name, "phone": shop.phone, "email": shop.email, "hours": hours, "time_zone": shop.time_zone}
    facts["shop"] = {**{k: v for k, v in own.items() if v}, **facts.get("shop", {})}
    promised = known.promised.get(row.id)
    if promised:
        facts["promise"] = {
            **facts.get("promise", {}),
            **_said(promised[0]),
            **{p.kind: p.due_at for p in promised},
        }
    if row.id in known.warned:
        facts["promise"] = {**facts.get("promise", {}), **_said(known.warned[row.id])}
    if link:
        facts["link"] = {**facts.get("link", {}), **link}
    said = who.consents.get("email.advertising")
    if row.purpose == gate.ADVERTISING and said is not None and said.given:
        facts["consent"] = {"given_at": said.at}
    for root, value in row.content.get("vars", {}).items():
        facts[root] = {**facts.get(root, {}), **value} if isinstance(value, dict) else value
    _say_reason(facts, language)
    return facts


def _say_reason(facts: dict[str, Any], language: str) -> None:
    """Why a time was moved, in the buyer's words; in a language that has none it stays unsaid."""
    promise = facts.get("promise") or {}
    if "reason" in promise:
        said = new_times.REASONS.get(promise["reason"], {}).get(language)
        facts["promise"] = {k: v for k, v in promise.items() if k != "reason"} | ({"reason": said} if said else {})


def _said(promise: Made) -> dict[str, Any]:
    """What a letter says of the promise that it makes, or that may break."""
    window = None if promise.window_from is None else {"from": promise.window_from, "to": promise.due_at}
    return {"due": promise.due_at, promise.kind: promise.due_at, **({"window": window} if window else {})}
