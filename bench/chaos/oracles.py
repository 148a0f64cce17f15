"""What must hold, by independent SQL and the sinks' own logs (letters of faults.md §2).

L lost: acknowledged but absent, an order without its letter, a missed call without its task, a change that the shop was
not told of, a notice that did not come, a buyer's message that is nowhere · A advertisement accepted more than once · S
the same service letter, change or notice accepted more than once · U sends of unknown fate that nobody is shown · K due
work that lies undone with no live holder · W decisions, refusals or sent letters without a reason · D the same effect
twice in the tables, or one of what was taken back · G a letter or change that a sink has and the tables don't know · P what
anybody got of a paused scheme, between the beginning of the pause and its end · V what anybody got who had left a scheme ·
N whether the numbers that screens show of schemes are other than what a full count finds.
"""

import itertools
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from bench.chaos import moved
from bench.chaos.house import TOLD, House, Letter
from bench.chaos.load import Client

RECORD_SECONDS = 5.0
"""A letter on the wire is recorded within this, if its sender lives."""
REAP_SECONDS = 1.0
"""A death is noted at most so much later than it happened."""


@dataclass(slots=True)
class Verdict:
    """All must be 0 but `s_repeats`, `flagged` and `refused`.

    `S_other`: repeats with another Message-ID (of a change: idempotency key) or other bytes; `S_unexplained`: repeats
    without a sender that died between the letter's dot and its record; `s_repeats`: all repeats; `flagged`:
    advertisements that a person decides; `refused`: letters that the gate refused, which should be few, or the load is
    not what it was meant to be.
    """

    L: int = 0
    A: int = 0
    S_other: int = 0
    S_unexplained: int = 0
    U: int = 0
    K: int = 0
    W: int = 0
    D: int = 0
    G: int = 0
    P: int = 0
    V: int = 0
    N: int = 0
    s_repeats: int = 0
    flagged: int = 0
    refused: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or hidden."""
        return not any(n for name, n in asdict(self).items() if name not in ("s_repeats", "flagged", "refused"))

    def line(self) -> str:
        """For the closing line."""
        return " ".join(f"{k}={v}" for k, v in asdict(self).items())


class Message(NamedTuple):
    """A row of the outbox: `effect` is (enrolment, step, visit, attempt, part)."""

    purpose: str
    state: str
    order: str | None
    effect: tuple[Any, ...]


NOW = "(select anchor_business + (machine_now() - anchor_machine) * speed from base_clock where id = 1)"
"""Business time, in SQL."""
_UNDONE = {
    "deliveries": "select count(*) from intake_pending",
    "persons": f"select count(*) from events_mailbox where due_at <= {NOW}",
    "messages": "select count(*) from outbox_message where state in ('queued', 'sending')",
    "events": "select count(*) from events_pending",
    "outcomes": "select count(*) from desk_task where settles_at is not null",
    "limits": f"select count(*) from desk_task where state in ('open', 'claimed') and escalate_at <= {NOW}",
    "calls": f"select count(*) from talks_call where check_at <= {NOW}",
    "unconfirmed": f"select count(*) from orders_change where state = 'waiting' and check_at <= {NOW}",
    "commands": f"select count(*) from outbox_command where state = 'sending' or state = 'queued' and not_before <= {NOW}",
    "notices": f"select count(*) from staff_telling where state = 'sending' or state = 'waiting' and due_at <= {NOW}",
    "promises": f"select count(*) from promises_promise where state in ('open', 'warned') and due_at < {NOW}"
    f" or state = 'open' and warn_at <= {NOW}",
    "timers": "select count(*) from journeys_enrolment e join journeys_scheme s on s.id = e.scheme_id"
    f" where e.status = 1 and e.due_at <= {NOW} and s.paused_at is null",
    "set aside": "select count(*) from journeys_enrolment where status = 3",
    "moves": "select count(*) from journeys_move where state = 'running'",
    "waking": "select count(*) from journeys_scheme where waking and paused_at is null",
    "kept": "select count(*) from journeys_kept k join journeys_scheme s on s.id = k.scheme_id where s.paused_at is null",
}
_NAMELESS = """
select (select count(*) from journeys_decision where jsonb_array_length(reasons) = 0)
  + (select count(*) from outbox_message
     where state in ('refused', 'failed', 'cancelled', 'unknown') and coalesce(reason, '') = '')
  + (select count(*) from outbox_message where state in ('sent', 'refused', 'unknown') and why = '{}')
"""
_TWICE = """
select (select count(*) from (select 1 from outbox_message where enrolment_id is not null
          group by enrolment_id, step, visit, attempt, part having count(*) > 1) m)
  + (select count(*) from (select 1 from desk_task where enrolment_id is not null
          group by enrolment_id, step, visit, attempt having count(*) > 1) t)
  + (select count(*) from (select 1 from journeys_enrolment group by scheme_id, order_id having count(*) > 1) e)
  + (select count(*) from (select 1 from events_event where kind in ('order.placed', 'order.paid', 'order.cancelled')
          group by kind, order_id having count(*) > 1) o)
  + (select count(*) from (select 1 from events_event where kind = 'message.sent'
          group by data ->> 'message_id' having count(*) > 1) s)
  + (select count(*) from (select 1 from events_event where kind = 'task.finished'
          group by data ->> 'task_id' having count(*) > 1) f)
  + (select count(*) from (select 1 from events_event where kind in ('promise.endangered', 'promise.broken')
          group by kind, data ->> 'promise_id' having count(*) > 1) p)
  + (select count(*) from (select 1 from events_event where kind in ('call.incoming', 'call.missed', 'call.ended')
          group by kind, data ->> 'call_id' having count(*) > 1) c)
  + (select count(*) from (select 1 from desk_task where promise_id is not null
          group by promise_id having count(*) > 1) k)
"""
_TAKEN_BACK = """
select count(*) from events_event where kind = 'task.finished' and data ->> 'outcome' = 'refused'
and data ->> 'task_id' = any(%s)
"""
_HIDDEN = """
select (select count(*) from outbox_message where state = 'sending')
  + (select count(*) from outbox_message m where state = 'unknown' and not exists (
       select 1 from events_event e where e.kind = 'message.unknown' and e.data ->> 'message_id' = m.id::text))
"""
_MESSAGES = """
select m.id, m.purpose, m.state, o.external_id, m.enrolment_id, m.step, m.visit, m.attempt, m.part
from outbox_message m left join orders_order o on o.id = m.order_id
"""
_FINISHED = """
select t.id, o.external_id from desk_task t left join orders_order o on o.id = t.order_id where t.state = 'finished'
"""
_UNREAD = """
select coalesce(max(%s + 1 - coalesce((state ->> 'offset')::int, 0)), 0) from talks_account
where channel = 'telegram' and removed_at is null
"""
_CALLS = """
select c.external_id, c.state, (select count(*) from desk_task t where t.call_id = c.id and t.why_next = 'missed')
from talks_call c
"""
_WRITTEN = "select text, count(*) from talks_message where inward group by text"
_UNTOLD = """
select (select count(*) from staff_notice n join staff_account a on a.id = n.account_id
        where a.email = %s and not exists (select 1 from staff_telling t where t.notice_id = n.id))
  + (select count(*) from staff_telling where state in ('kept', 'failed', 'dropped'))
  + (select count(*) from promises_promise p where p.state = 'broken' and not exists (
       select 1 from events_event e where e.kind = 'promise.broken' and e.data ->> 'promise_id' = p.id::text))
  + (select count(*) from orders_change c where c.unconfirmed_at is not null and not exists (
       select 1 from staff_notice n where n.key = 'change_unconfirmed:' || c.deed_id))
"""
_SENT_NOTICES = "select min(id) from staff_telling where state = 'sent' group by claim"


def undone(house: House, client: Client) -> dict[str, int]:
    """Work that is due and not done, by kind; what waits for a timer isn't counted."""
    found = {k: int(house.sql(sql)[0][0]) for k, sql in _UNDONE.items()}
    if client.wrote:
        found["updates"] = int(house.sql(_UNREAD, max(client.wrote.values()))[0][0])
    return {k: n for k, n in found.items() if n}


def in_flight(house: House, client: Client) -> int:
    """Orders acknowledged whose letters the sink has not all accepted yet."""
    house.accepted()
    client.flying = [
        i for i in client.flying if house.by_recipient[f"{i}@chaos.test"] < 2 and i not in client.cancelled
    ]
    return len(client.flying)


def judge(house: House, client: Client, left: Mapping[str, int], closed: bool = False) -> Verdict:
    """The verdict, after a drain: `left` (see `undone`) is what was still undone at its end; `closed`: nobody should be on
    the way of dear orders any more.

    Read first is what must have arrived, then the sinks' logs, then what may have: something may leave meanwhile.
    """
    messages = _messages(house)
    sent_notices = {first for (first,) in house.sql(_SENT_NOTICES)}
    verdict = Verdict(
        K=sum(left.values()),
        W=int(house.sql(_NAMELESS)[0][0]),
        D=int(house.sql(_TWICE)[0][0]) + int(house.sql(_TAKEN_BACK, list(client.taken_back))[0][0]),
        U=int(house.sql(_HIDDEN)[0][0]),
        flagged=sum(m.state == "unknown" for m in messages.values()),
        refused=sum(m.state == "refused" for m in messages.values()),
    )
    finished = {str(task): order for task, order in house.sql(_FINISHED)}
    verdict.L = _lost_states(house, client, finished) + _lost_letters(client, messages, finished)
    verdict.L += int(house.sql(_UNTOLD, TOLD)[0][0])
    deaths = sorted(house.deaths)
    letters, notices = _by_number(house.accepted())
    known = _messages(house)
    arrived: dict[tuple[Any, ...], list[Letter]] = defaultdict(list)
    for number, mine in letters.items():
        message = known.get(number)
        if message is None:
            verdict.G += len(mine)
        else:
            arrived[_effect(message)] += mine
    for (purpose, *_), mine in arrived.items():
        if purpose == "advertising":
            verdict.A += len(mine) - 1
        elif len(mine) > 1:
            _count_repeats(verdict, sorted(mine), deaths)
    # Said to be sent, yet the sink never had it.
    verdict.L += sum(m.state == "sent" and _effect(m) not in arrived for m in messages.values())
    verdict.L += len(sent_notices - notices.keys())
    _judge_notices(house, notices, verdict, deaths)
    _judge_changes(house, client, verdict, deaths)
    _judge_calls(house, client, verdict)
    _judge_written(house, client, verdict)
    if client.dear:
        found = moved.judge(house, client, letters, deaths, closed=closed)
        verdict.L, verdict.D = verdict.L + found.lost, verdict.D + found.doubled
        verdict.P, verdict.V = found.in_pause, found.after_leaving
    return verdict


def _effect(message: Message) -> tuple[Any, ...]:
    """What may arrive once; an advertisement once a step, however often somebody was moved before it."""
    enrolment, step, visit, attempt, part = message.effect
    if message.purpose == "advertising":
        return message.purpose, enrolment, step, part
    return message.purpose, enrolment, step, visit, attempt, part


def _messages(house: House) -> dict[int, Message]:
    return {
        id_: Message(purpose, state, order, tuple(effect))
        for id_, purpose, state, order, *effect in house.sql(_MESSAGES)
    }


def _by_number(letters: Sequence[Letter]) -> tuple[dict[int, list[Letter]], dict[int, list[Letter]]]:
    """Letters to buyers by their message's number, those to the staff by their first notice's; 0: of neither."""
    to_buyers: dict[int, list[Letter]] = defaultdict(list)
    to_staff: dict[int, list[Letter]] = defaultdict(list)
    for letter in letters:
        found = re.match(r"<(told-)?(\d+)\.", letter.message_id)
        into = to_staff if found and found[1] else to_buyers
        into[int(found[2]) if found else 0].append(letter)
    return to_buyers, to_staff


def _judge_notices(
    house: House, letters: Mapping[int, Sequence[Letter]], verdict: Verdict, deaths: Sequence[float]
) -> None:
    """What one that died had told comes again under its number, and may say more by then."""
    known = {id_ for (id_,) in house.sql("select id from staff_telling")}
    for number, mine in letters.items():
        verdict.G += number not in known
        _count_repeats(verdict, [letter._replace(digest="") for letter in mine], deaths)


def _judge_changes(house: House, client: Client, verdict: Verdict, deaths: Sequence[float]) -> None:
    """Each is told at least once; what is told again is the same and follows the death of a sender."""
    told: dict[str, list[Letter]] = defaultdict(list)
    for letter in house.told():
        told[letter.to].append(letter)
    for order, note in client.changed.items():
        verdict.L += not any(note in letter.digest for letter in told.get(order, ()))
    for order, mine in told.items():
        verdict.G += order not in client.changed
        _count_repeats(verdict, mine, deaths)


def _judge_calls(house: House, client: Client, verdict: Verdict) -> None:
    """Each is there once and ended as it did; a missed one has one task, an answered one none."""
    calls: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for id_, state, tasks in house.sql(_CALLS):
        calls[id_].append((state, tasks))
    for id_, ending in client.calls.items():
        found = calls.get(id_, [])
        wanted = int(ending == "missed")
        tasks = sum(n for _, n in found)
        verdict.L += (ending not in (state for state, _ in found)) + max(0, wanted - tasks)
        verdict.D += max(0, len(found) - 1) + max(0, tasks - wanted)


def _judge_written(house: House, client: Client, verdict: Verdict) -> None:
    """What a buyer wrote is there once."""
    times = {text: int(n) for text, n in house.sql(_WRITTEN)}
    verdict.L += sum(text not in times for text in client.wrote)
    verdict.D += sum(max(0, times.get(text, 0) - 1) for text in client.wrote)


def _count_repeats(verdict: Verdict, letters: Sequence[Letter], deaths: Sequence[float]) -> None:
    """Each repeat must be the same letter, and follow the death of a sender that had no time to record the one before."""
    verdict.s_repeats += len(letters) - 1
    verdict.S_other += len({(letter.message_id, letter.digest) for letter in letters}) - 1
    for one, again in itertools.pairwise(letters):
        at = bisect_left(deaths, one.at)
        died = deaths[at] if at < len(deaths) else None
        if died is None or died > one.at + RECORD_SECONDS + REAP_SECONDS or died - REAP_SECONDS > again.at:
            verdict.S_unexplained += 1


def _lost_states(house: House, client: Client, finished: dict[str, str | None]) -> int:
    """What was acknowledged and isn't so in the tables: orders, payments, cancellations, outcomes of tasks."""
    orders = {i: (s, p) for i, s, p in house.sql("select external_id, status, payment_status from orders_order")}
    nothing = ("", "")
    lost = sum(i not in orders for i in client.placed)
    lost += sum(orders.get(i, nothing)[1] != "paid" for i in client.paid)
    lost += sum(orders.get(i, nothing)[0] != "cancelled" for i in client.cancelled)
    return lost + len(client.finished - finished.keys())


def _lost_letters(client: Client, messages: dict[int, Message], finished: dict[str, str | None]) -> int:
    """Orders without a letter that the schemes owe them; one that was refused has a row, and its reason is W's affair."""
    written = {(m.order, m.effect[1]) for m in messages.values()}
    going = [i for i in client.placed if i not in client.cancelled]
    lost = sum((i, step) not in written for i in going if not i.startswith("h") for step in ("confirm", "offer"))
    confirmed = {order for task, order in finished.items() if task in client.confirmed}
    thanked = (confirmed & client.paid) - client.cancelled
    return lost + sum((i, "thanks") not in written for i in thanked)
