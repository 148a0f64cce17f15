"""Which team work goes to, by the shop's routing rules; and the versions of those rules. Reads, and `save_rules`.

Whoever opens a task that no scheme names a team for asks `route`. Rules that can't be read any more (a team that is gone)
are passed over: work always has a team. Owns loading the facts that rules ask for, set-based.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base import audit, facts
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.facts import Subject
from regulars.core.routing import Problem, Rule, Rules, read
from regulars.people.queries import ids_of
from regulars.shop.queries import team_keys

__all__ = ["KINDS", "STARTER", "Version", "Work", "decide", "known_facts", "route", "rules_of", "save_rules", "version"]

KINDS = ("scheme", "missed_call", "message", "lead", "promise", "other")
STARTER = """\
if task.what == 'lead' or not person.is_customer then acquisition
if buyer.orders >= 3 then repeat-sales
"""
"""What the page offers to begin with; nothing holds until somebody saves it."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be given to a team. `team`: where it goes if no rule says otherwise; `what`: one of KINDS."""

    what: str
    person_id: int
    team: str
    order_id: int | None = None
    kind: str = "task"
    script: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """The rules as somebody wrote them; `n` 0: nobody has yet."""

    n: int
    text: str
    actor: str
    created_at: datetime | None


def known_facts() -> frozenset[str]:
    """What a rule may ask of the buyer and the order."""
    return frozenset(n for n in facts.known() if n.startswith(("person.", "order.")))


def version(cur: Cursor, shop_id: int, n: int | None = None) -> Version:
    """The newest version of the rules, or that one."""
    row = cur.execute(
        "select n, text, actor, created_at from desk_routing where shop_id = %s and (%s::int is null or n = %s)"
        " order by n desc limit 1",
        (shop_id, n, n),
    ).fetchone()
    return Version(0, "", "", None) if row is None else Version(*row)


def rules_of(cur: Cursor, shop_id: int) -> Rules:
    """The rules that hold."""
    text = version(cur, shop_id).text
    return read(text, known_facts(), team_keys(cur, shop_id))[0] if text else Rules()


def route(cur: Cursor, shop_id: int, works: Sequence[Work], now: datetime) -> list[str]:
    """A team for each, in their order."""
    found = decide(cur, shop_id, rules_of(cur, shop_id), works, now)
    return [rule.team if rule else work.team for rule, work in zip(found, works, strict=True)]


def decide(cur: Cursor, shop_id: int, rules: Rules, works: Sequence[Work], now: datetime) -> list[Rule | None]:
    """The rule that decides for each."""
    if not rules.rules or not works or (all(w.what == "scheme" for w in works) and not rules.has_always):
        return [None] * len(works)
    subjects = [Subject(w.person_id, w.order_id) for w in works]
    names = [n for n in rules.names if n.startswith(("person.", "order.", "past."))]
    loaded = facts.load(cur, shop_id, subjects, names, now)
    bought: dict[int, int] = {}
    out = []
    for work, known in zip(works, loaded, strict=True):
        task = {"what": work.what, "kind": work.kind, "script": work.script, "team": work.team}
        asked: dict[str, Any] = {**known, "task": {k: v for k, v in task.items() if v is not None}}
        if "buyer.orders" in rules.names:
            if work.person_id not in bought:
                bought[work.person_id] = _orders(cur, shop_id, work.person_id)
            asked["buyer"] = {"orders": bought[work.person_id]}
        out.append(rules.decide(asked, now, of_scheme=work.what == "scheme"))
    return out


def _orders(cur: Cursor, shop_id: int, person_id: int) -> int:
    row = cur.execute(
        "select count(*) from (select 1 from orders_order where shop_id = %s and person_id = any(%s)"
        " and status <> 'cancelled' limit 1000) bought",
        (shop_id, ids_of(cur, shop_id, person_id)),
    ).fetchone()
    return int(row[0]) if row else 0


def save_rules(cur: Cursor, shop_id: int, text: str, base: int, actor: Actor) -> tuple[int, list[Problem]]:
    """A new version of the rules; (its number, no problems), or (0, what is wrong, with code 'changed' if another was first).

    `base`: the version that was edited.
    """
    _rules, problems = read(text, known_facts(), team_keys(cur, shop_id))
    if problems:
        return 0, problems
    cur.execute("select id from shop_shop where id = %s for update", (shop_id,))
    newest = version(cur, shop_id).n
    if newest != base:
        return 0, [Problem(0, "changed", str(newest))]
    cur.execute(
        "insert into desk_routing (shop_id, n, text, actor) values (%s, %s, %s, %s)",
        (shop_id, newest + 1, text, str(actor)),
    )
    audit.write(cur, shop_id, actor, "routing.saved", "shop", shop_id, n=newest + 1)
    return newest + 1, []
