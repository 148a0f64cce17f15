"""How people and operators of this shop have answered so far: what a replay draws from where the past doesn't say. Reads only.

Owns the measuring: outcomes and times of tasks by step, script or kind, answers by question, opens and clicks. What too few
have done is not measured; then what is stated counts, and the result says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from regulars.base.db import Cursor
from regulars.core.chance import ASSUMED, MEASURED, STATED, Rate, Subject, measured_rate, stated_rate
from regulars.core.scheme import Ask, Call, Scheme, Task
from regulars.core.tasks import DONE

__all__ = ["LEAST", "MEASURED_FOR", "OverrideError", "known_of", "overridden", "rates_of", "reaction_rates"]

LEAST = 20
"""So few say nothing."""
MEASURED_FOR = timedelta(days=365)
"""So long before the end of the period it is looked at what people have done."""
_QUANTILES = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95]
_TASKS = """
select kind, coalesce(script, ''), outcome, count(*) from desk_task
where shop_id = %(shop)s and state = 'finished' and outcome is not null and finished_at >= %(since)s
  and finished_at < %(until)s group by 1, 2, 3
"""
_TASK_DELAYS = """
select kind, coalesce(script, ''), count(*),
  percentile_cont(%(q)s::float8[]) within group (order by greatest(extract(epoch from finished_at - not_before), 0)::float8)
from desk_task where shop_id = %(shop)s and state = 'finished' and finished_at >= %(since)s and finished_at < %(until)s
group by grouping sets ((kind, coalesce(script, '')), (kind))
"""
_ANSWERS = """
select question, coalesce(answer, ''), count(*) from feedback_question
where shop_id = %(shop)s and asked_at >= %(since)s and asked_at < %(until)s - interval '10 days' group by 1, 2
"""
_ANSWER_DELAYS = """
select question, percentile_cont(%(q)s::float8[]) within group
  (order by greatest(extract(epoch from answered_at - asked_at), 0)::float8)
from feedback_question where shop_id = %(shop)s and asked_at >= %(since)s and asked_at < %(until)s and answered_at is not null
group by 1
"""
_REACTIONS = """
select count(*) filter (where kind = 'message.sent'), count(*) filter (where kind = 'message.opened'),
  count(*) filter (where kind = 'message.clicked')
from events_event where shop_id = %(shop)s and kind in ('message.sent', 'message.opened', 'message.clicked')
  and occurred_at >= %(since)s and occurred_at < %(until)s
"""
_OPENED, _CLICKED = 0.35, 0.05
_RUNS = """
select n.id, n.person_id, coalesce(n.order_id, n.person_id) as subject,
  row_number() over (partition by n.order_id, n.person_id order by n.started_at, n.id) as times
from journeys_scheme s join journeys_enrolment n on n.scheme_id = s.id
where s.shop_id = %(shop)s and s.name = %(name)s and n.started_at >= %(since)s and n.started_at < %(until)s
  and n.person_id = any(%(persons)s)
"""
_KNOWN_TASKS = f"""
select n.subject, n.times, e.data ->> 'step', (e.data ->> 'visit')::int, (e.data ->> 'attempt')::int,
  e.data ->> 'outcome', e.occurred_at, e.data ->> 'call_at'
from ({_RUNS}) n join events_event e on e.person_id = n.person_id and e.kind = 'task.finished'
  and e.data ->> 'enrolment_id' = n.id::text
where e.occurred_at < %(until)s
"""  # noqa: S608 - our own statement within ours
_KNOWN_ANSWERS = f"""
select n.subject, n.times, q.step, q.visit, q.answer, q.answered_at
from ({_RUNS}) n join feedback_question q on q.enrolment_id = n.id
where q.answered_at < %(until)s
"""  # noqa: S608 - our own statement within ours
Known = dict[tuple[Subject, str, int, int], tuple[str, datetime, Mapping[str, Any]]]


class OverrideError(ValueError):
    """An assumption names what the scheme doesn't have; `word` is it, `known` what there is."""

    def __init__(self, word: str, known: list[str]) -> None:
        super().__init__(f"{word!r} is not in the scheme; there are {', '.join(known)}")
        self.word = word
        self.known = known


def rates_of(cur: Cursor, shop_id: int, scheme: Scheme, until: datetime) -> dict[str, Rate]:
    """By step, what its calls, tasks and questions came to in the year before `until`; measured, or stated: then `n` is of how
    many it is known, too few."""
    asked = {"shop": shop_id, "since": until - MEASURED_FOR, "until": until, "q": _QUANTILES}
    tasks: dict[tuple[str, str], dict[str, int]] = {}
    for kind, script, outcome, count in cur.execute(_TASKS, asked):
        tasks.setdefault((kind, script), {})[outcome] = count
    delays: dict[tuple[str, str | None], tuple[float, ...]] = {
        (k, s): tuple(d) for k, s, n, d in cur.execute(_TASK_DELAYS, asked) if n >= LEAST
    }
    answers: dict[str, dict[str, int]] = {}
    for question, answer, count in cur.execute(_ANSWERS, asked):
        answers.setdefault(question, {})[answer] = count
    answer_delays = {q: tuple(d) for q, d in cur.execute(_ANSWER_DELAYS, asked)}
    out: dict[str, Rate] = {}
    for step in scheme.steps.values():
        found: Rate | None = None
        if isinstance(step, Call | Task):
            kind = "call" if isinstance(step, Call) else step.kind
            key = (kind, step.script or "")
            counts = tasks.get(key, {}) if step.script else {}
            took = delays.get(key) or delays.get((kind, None), ())
            found = measured_rate(tuple(step.outcomes) or (DONE,), counts, took)
        elif isinstance(step, Ask):
            counts = answers.get(step.question, {})
            names = tuple(step.answers) or tuple(a for a in counts if a)
            found = measured_rate(names, counts, answer_delays.get(step.question, ()), counts.get("", 0))
        if found is not None and found.n >= LEAST:
            out[step.name] = found
        elif (stated := stated_rate(step)) is not None:
            out[step.name] = replace(stated, n=found.n if found is not None else 0)
    return out


def reaction_rates(cur: Cursor, shop_id: int, until: datetime) -> dict[str, Rate]:
    """How many open a letter, and follow a link in it."""
    asked = {"shop": shop_id, "since": until - MEASURED_FOR, "until": until}
    row = cur.execute(_REACTIONS, asked).fetchone()
    sent, opened, clicked = row if row is not None else (0, 0, 0)
    out = {}
    for kind, count, stated in (("message.opened", opened, _OPENED), ("message.clicked", clicked, _CLICKED)):
        few = sent if sent < LEAST else 0  # of many letters of which none was opened nothing was measured
        share, basis, n = (count / sent, MEASURED, sent) if sent >= LEAST and opened else (stated, STATED, few)
        out[kind] = Rate(("yes", ""), (share, max(1 - share, 0.0)), (600.0, 3600.0, 4 * 3600.0, 86400.0), basis, n)
    return out


def overridden(scheme: Scheme, rates: Mapping[str, Rate], wishes: Mapping[str, float]) -> dict[str, Rate]:
    """The rates with what the owner supposes instead: 'step.outcome' → share of 0 to 1; the others share the rest as they
    did. 'step.answered' is the share that answers at all. Raises OverrideError."""
    out = dict(rates)
    for word, wish in wishes.items():
        step, _, name = word.rpartition(".")
        share = wish
        rate = out.get(step)
        if rate is None:
            raise OverrideError(word, sorted(f"{s}.{n}" for s, r in rates.items() for n in r.names if n))
        if name == "answered" and "" in rate.names:
            name, share = "", 1 - share
        if name not in rate.names:
            raise OverrideError(word, [f"{step}.{n}" for n in rate.names if n])
        total = sum(rate.shares)
        rest = sum(s for n, s in zip(rate.names, rate.shares, strict=True) if n != name) / total
        shares = tuple(
            share if n == name else (s / total) * (1 - share) / rest if rest else 0.0
            for n, s in zip(rate.names, rate.shares, strict=True)
        )
        out[step] = Rate(rate.names, shares, rate.delays, ASSUMED)
    return out


def known_of(
    cur: Cursor, shop_id: int, scheme_name: str, persons: list[int], since: datetime, until: datetime
) -> Known:
    """What these persons' own calls and questions in this scheme really came to, in any of its versions."""
    asked = {"shop": shop_id, "name": scheme_name, "persons": persons, "since": since, "until": until}
    out: Known = {}
    for subject, times, step, visit, attempt, outcome, at, call_at in cur.execute(_KNOWN_TASKS, asked):
        out[_whose(subject, times), step, visit, attempt] = (
            outcome,
            at,
            {} if call_at is None else {"call_at": call_at},
        )
    for subject, times, step, visit, answer, at in cur.execute(_KNOWN_ANSWERS, asked):
        out[_whose(subject, times), step, visit, 0] = (answer, at, {})
    return out


def _whose(subject: int, times: int) -> Subject:
    """An order's, or a person's: of his second time and later ones those of that time."""
    return subject if times == 1 else (subject, times)
