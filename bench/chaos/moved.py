"""What must hold of the scheme that is paused and changed under its people, by independent SQL and the sink's log.

Nobody gets anything of it between the beginning of a pause and its end, nor after he has left; whoever stays to the end has
each of its letters once, whatever versions he went through; nobody stands at two places.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bench.chaos.house import House, Letter
from bench.chaos.load import Client, Pause
from bench.chaos.owner import NAME

LETTERS = ("hello", "beside", "bye")
"""What everybody has in the end who stays."""
ON_THE_WIRE_SECONDS = 6.0
"""So long after he left there may still come what was being sent when he did."""


class Way(NamedTuple):
    """Somebody's way through the scheme: `status` 1 on it, 2 over, 3 set aside."""

    id: int
    order: str
    status: int
    reason: str | None


class Judged(NamedTuple):
    """`lost`, `doubled`, `in_pause`, `after_leaving`: how many of each."""

    lost: int
    doubled: int
    in_pause: int
    after_leaving: int


_OF = "join journeys_scheme s on s.id = e.scheme_id and s.name = %s"
_WAYS = f"""
select e.id, o.external_id, e.status, e.end_reason from journeys_enrolment e {_OF} join orders_order o on o.id = e.order_id
"""
_LETTERS = f"""
select m.id, m.enrolment_id, m.step, m.state, extract(epoch from m.created_at)::float8
from outbox_message m join journeys_enrolment e on e.id = m.enrolment_id {_OF}
"""
_LEFT = f"""
select d.enrolment_id, min(extract(epoch from d.recorded_at))::float8 from journeys_decision d
join journeys_enrolment e on e.id = d.enrolment_id {_OF}
where d.happening = 'moved' and d.reasons @> '[{{"code": "left"}}]' group by 1
"""
_MOVED_ON = f"""
select count(*) from journeys_decision d join journeys_enrolment e on e.id = d.enrolment_id {_OF}
where d.happening <> 'moved' and d.recorded_at > to_timestamp(%s) and d.recorded_at < to_timestamp(%s)
"""
_REFUSED = """
select o.external_id from journeys_refusal r join journeys_scheme s on s.id = r.scheme_id join orders_order o on o.id = r.order_id
where s.name = %s and r.code = 'paused'
"""
_ELSEWHERE = """
select count(*) from desk_task t join journeys_enrolment e on e.id = t.enrolment_id
where t.state in ('open', 'claimed') and (e.status = 2 or e.step is distinct from t.step or e.visit <> t.visit)
"""
"""Tasks that are open for a step at which nobody stands."""


def judge(
    house: House, client: Client, letters: Mapping[int, Sequence[Letter]], deaths: Sequence[float], *, closed: bool
) -> Judged:
    """`letters`: what the sink has by message; `deaths`: of senders, ascending; `closed`: nobody should be inside any more."""
    ways = [Way(*row) for row in house.sql(_WAYS, NAME)]
    rows = house.sql(_LETTERS, NAME)
    left = {int(id_): float(at) for id_, at in house.sql(_LEFT, NAME)}
    written = Counter((enrolment, step) for _, enrolment, step, state, _ in rows if state != "cancelled")
    doubled = sum(n - 1 for n in written.values()) + int(house.sql(_ELSEWHERE)[0][0])
    return Judged(
        _lost(house, client, ways, written, left, closed),
        doubled,
        sum(_in_pause(house, pause, rows, letters) for pause in client.pauses),
        _after_leaving(rows, letters, left, deaths),
    )


def _lost(
    house: House,
    client: Client,
    ways: Sequence[Way],
    written: Mapping[tuple[int, str], int],
    left: Mapping[int, float],
    closed: bool,
) -> int:
    """Orders that never entered though no pause refused them, who stands still in it, who is through without a letter."""
    refused = {order for (order,) in house.sql(_REFUSED, NAME)} if any(p.refuses for p in client.pauses) else set()
    of = {way.order: way for way in ways}
    lost = 0
    for order in client.dear:
        if order in client.cancelled:
            continue
        way = of.get(order)
        if way is None:
            lost += order not in refused
        elif way.status == 1:
            lost += closed
        elif way.id not in left:
            lost += way.status != 2 or any((way.id, step) not in written for step in LETTERS)
    return lost


def _in_pause(
    house: House, pause: Pause, rows: Sequence[tuple[Any, ...]], letters: Mapping[int, Sequence[Letter]]
) -> int:
    """Letters that came in it, but for those that had left the queue before, and whoever went on."""
    came = sum(
        pause.since < letter.at < pause.until
        for id_, *_ in rows
        if id_ not in pause.gone
        for letter in letters.get(id_, ())
    )
    return came + int(house.sql(_MOVED_ON, NAME, pause.since, min(pause.until, 1e11))[0][0])


def _after_leaving(
    rows: Sequence[tuple[Any, ...]],
    letters: Mapping[int, Sequence[Letter]],
    left: Mapping[int, float],
    deaths: Sequence[float],
) -> int:
    """Letters written for who had left, and those that came when what was on the wire must have arrived."""
    mine: dict[int, list[tuple[int, str, float]]] = defaultdict(list)
    for id_, enrolment, _, state, at in rows:
        if enrolment in left:
            mine[enrolment].append((id_, state, at))
    count = 0
    for enrolment, messages in mine.items():
        over = left[enrolment]
        for id_, state, at in messages:
            if at > over:
                count += state != "cancelled"
                continue
            for letter in letters.get(id_, ()):
                died = bisect_left(deaths, over - ON_THE_WIRE_SECONDS)
                forgiven = died < len(deaths) and deaths[died] <= letter.at  # sent again from its stored bytes
                count += letter.at > over + ON_THE_WIRE_SECONDS and not forgiven
    return count
