"""What must hold, by independent SQL and the sink's own log (letters of faults.md §2).

L lost: acknowledged but absent, or an order without its letter · A advertisement accepted more than once · S service
letter accepted more than once · U sends of unknown fate that nobody is shown · K due work that lies undone with no live
holder · W decisions, refusals or sent letters without a reason · D the same effect twice in the tables, or one of what
was taken back · G a letter that the sink has and the tables don't know.
"""

import itertools
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from bench.chaos.house import House, Letter
from bench.chaos.load import Client

RECORD_SECONDS = 5.0
"""A letter on the wire is recorded within this, if its sender lives."""
REAP_SECONDS = 1.0
"""A death is noted at most so much later than it happened."""


@dataclass(slots=True)
class Verdict:
    """All must be 0 but `s_repeats`, `flagged` and `refused`.

    `S_other`: repeats with another Message-ID or other bytes; `S_unexplained`: repeats without a sender that died
    between the letter's dot and its record; `s_repeats`: all repeats; `flagged`: advertisements that a person decides;
    `refused`: letters that the gate refused, which should be few, or the load is not what it was meant to be.
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
    "promises": f"select count(*) from promises_promise where state in ('open', 'warned') and due_at < {NOW}"
    f" or state = 'open' and warn_at <= {NOW}",
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


def undone(house: House) -> dict[str, int]:
    """Work that is due and not done, by kind; what waits for a timer isn't counted."""
    return {k: n for k, sql in _UNDONE.items() if (n := int(house.sql(sql)[0][0]))}


def in_flight(house: House, client: Client) -> int:
    """Orders acknowledged whose letters the sink has not all accepted yet."""
    house.accepted()
    client.flying = [
        i for i in client.flying if house.by_recipient[f"{i}@chaos.test"] < 2 and i not in client.cancelled
    ]
    return len(client.flying)


def judge(house: House, client: Client, left: Mapping[str, int]) -> Verdict:
    """The verdict, after a drain: `left` (see `undone`) is what was still undone at its end."""
    messages = {
        id_: Message(purpose, state, order, tuple(effect))
        for id_, purpose, state, order, *effect in house.sql(_MESSAGES)
    }
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
    arrived: dict[tuple[Any, ...], list[Letter]] = defaultdict(list)
    for letter in house.accepted():
        found = re.match(r"<(\d+)\.", letter.message_id)
        message = messages.get(int(found.group(1))) if found else None
        if message is None:
            verdict.G += 1
        else:
            arrived[message.purpose, *message.effect].append(letter)
    for (purpose, *_), letters in arrived.items():
        if purpose == "advertising":
            verdict.A += len(letters) - 1
        elif len(letters) > 1:
            _count_repeats(verdict, letters, sorted(house.deaths))
    # Said to be sent, yet the sink never had it.
    verdict.L += sum(m.state == "sent" and (m.purpose, *m.effect) not in arrived for m in messages.values())
    return verdict


def _count_repeats(verdict: Verdict, letters: list[Letter], deaths: list[float]) -> None:
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
    confirmed = {order for task, order in finished.items() if task in client.finished}
    thanked = (confirmed & client.paid) - client.cancelled
    return lost + sum((i, "thanks") not in written for i in thanked)
