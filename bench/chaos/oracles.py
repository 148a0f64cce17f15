"""What must hold, by independent SQL and the sink's own log (letters of faults.md §2).

L lost: acknowledged but absent · A advertisement accepted more than once · S service letter accepted more than once, and
how many of those with another Message-ID · U sends of unknown fate that nobody is shown · K due work that lies undone with
no live holder · W decisions or refusals without a reason · D the same effect twice in the tables.
"""

import re
from collections import defaultdict
from dataclasses import asdict, dataclass

from bench.chaos.house import House
from bench.chaos.load import Client


@dataclass(slots=True)
class Verdict:
    """All must be 0 but `s_repeats` (repeats with the same Message-ID) and `flagged` (advertisements a person decides)."""

    L: int = 0
    A: int = 0
    S_other_id: int = 0
    U: int = 0
    K: int = 0
    W: int = 0
    D: int = 0
    s_repeats: int = 0
    flagged: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or hidden."""
        return not (self.L or self.A or self.S_other_id or self.U or self.K or self.W or self.D)

    def line(self) -> str:
        """For the closing line."""
        return " ".join(f"{k}={v}" for k, v in asdict(self).items())


_UNDONE = {
    "deliveries": "select count(*) from intake_pending",
    "persons": "select count(*) from events_mailbox m, base_clock c where c.id = 1 and m.due_at <= c.anchor_business"
    " + (machine_now() - c.anchor_machine) * c.speed",
    "messages": "select count(*) from outbox_message where state in ('queued', 'sending')",
    "events": "select count(*) from events_pending",
}
_NAMELESS = """
select (select count(*) from journeys_decision where jsonb_array_length(reasons) = 0)
  + (select count(*) from outbox_message
     where state in ('refused', 'failed', 'cancelled', 'unknown') and coalesce(reason, '') = '')
"""
_TWICE = """
select (select count(*) from (select 1 from outbox_message where enrolment_id is not null
          group by enrolment_id, step, visit, attempt, part having count(*) > 1) m)
  + (select count(*) from (select 1 from desk_task where enrolment_id is not null
          group by enrolment_id, step, visit, attempt having count(*) > 1) t)
  + (select count(*) from (select 1 from journeys_enrolment group by scheme_id, order_id having count(*) > 1) e)
  + (select count(*) from (select 1 from events_event where kind in ('order.placed', 'order.paid')
          group by kind, order_id having count(*) > 1) o)
"""


def undone(house: House) -> dict[str, int]:
    """Work that is due and not done, by kind; what waits for a timer isn't counted."""
    return {k: n for k, sql in _UNDONE.items() if (n := int(house.sql(sql)[0][0]))}


def in_flight(house: House, client: Client) -> int:
    """Orders acknowledged whose letters the sink has not all accepted yet."""
    house.accepted()
    client.flying = [i for i in client.flying if house.by_recipient[f"{i}@chaos.test"] < 2]
    return len(client.flying)


def judge(house: House, client: Client) -> Verdict:
    """The verdict, after a drain: whatever is still undone then is K."""
    verdict = Verdict()
    known = dict(house.sql("select external_id, payment_status from orders_order where source = 'api'"))
    verdict.L = sum(i not in known for i in client.placed) + sum(known.get(i) != "paid" for i in client.paid)
    finished = {str(i) for (i,) in house.sql("select id from desk_task where state = 'finished'")}
    verdict.L += len(client.finished - finished)
    verdict.K = sum(undone(house).values())
    verdict.W = int(house.sql(_NAMELESS)[0][0])
    verdict.D = int(house.sql(_TWICE)[0][0])
    messages = {
        i: (purpose, state, (enrolment, step, visit, attempt, part))
        for i, purpose, state, enrolment, step, visit, attempt, part in house.sql(
            "select id, purpose, state, enrolment_id, step, visit, attempt, part from outbox_message"
        )
    }
    by_effect: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for entry in house.accepted():
        found = re.match(r"<(\d+)\.", entry["message_id"])
        purpose, _, effect = messages[int(found.group(1))] if found else ("service", "", (entry["to"],))
        by_effect[(purpose, *effect)].append(entry["message_id"])
    for (purpose, *_), ids in by_effect.items():
        if purpose == "advertising":
            verdict.A += len(ids) - 1
        else:
            verdict.s_repeats += len(ids) - 1
            verdict.S_other_id += len(set(ids)) - 1
    verdict.flagged = sum(state == "unknown" for _, state, _ in messages.values())
    arrived = set(by_effect)
    for purpose, state, effect in messages.values():
        if state == "sent" and (purpose, *effect) not in arrived:
            verdict.L += 1  # said to be sent, yet the sink never had it
        if state == "sending":
            verdict.U += 1
    return verdict
