"""A segment's condition as one statement over all people: each function is a table of who and what, joined to persons.

Owns that translation: a function's rows are gathered once for everybody, never looked up person by person. Must not run
anything. Property tests hold it equal to the Python predicate over core/past.py.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from regulars.core.condition_predicate import day_start
from regulars.core.condition_sql import SqlField, to_sql
from regulars.core.condition_tree import Call, Literal, Name, Operand, calls_of
from regulars.core.conditions import Condition
from regulars.core.past import CLOCKS_APART, Setting, since
from regulars.core.turning import INSTANT, pairs_with_ago
from regulars.rules.money import exponent
from regulars.segments.conditions import FIELDS

__all__ = ["Family", "Statement", "people"]

Params = dict[str, Any]

_SCALES = {0: "1", 2: "0.01", 3: "0.001"}
_EVENTS = "select e.person_id, e.occurred_at as at from events_event e where e.shop_id = %s and e.kind = %s"
_ORDERS = """
select o.person_id, o.placed_at as at, o.total from orders_order o
where o.shop_id = %s and o.mark is null and o.status <> 'cancelled'"""
_OF_SKU = " and o.id in (select l.order_id from orders_line l where l.shop_id = %s and not l.dropped and l.sku = %s)"
_OF_GOODS = """
 and o.id in (select l.order_id from orders_line l join catalog_product g on g.shop_id = l.shop_id and g.sku = l.sku
              where l.shop_id = %s and not l.dropped and g.{what} = %s)"""
_FAMILY = "left join unnest(%s::bigint[], %s::bigint[]) f(member, root) on f.member = r.person_id"


@dataclass(frozen=True, slots=True)
class Family:
    """Who was merged into whom: each such person and, at the same place, who answers for him. Few were."""

    members: tuple[int, ...] = ()
    roots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """The parts of a statement with their parameters.

    `holds`: the answer, never NULL. `turns`: a moment no later than the first at which time alone may change it, or NULL;
    only where it was asked for. `source`: the persons that are there, with what the functions say of them.
    """

    holds: str
    turns: str
    source: str
    params: Params

    def count(self) -> str:
        """How many persons are in."""
        return f"select count(*) {self.source} and {self.holds}"

    def some(self, limit: int) -> str:
        """Some of them."""
        return f"select p.id {self.source} and {self.holds} limit {int(limit)}"

    def everybody(self) -> str:
        """Who is in or may come in by time alone: person, whether he is in, when to ask again."""
        # every piece is written here; values are parameters
        inner = f"select p.id as person_id, {self.holds} as is_in, {self.turns} as recheck_at {self.source}"
        return f"select person_id, is_in, recheck_at from ({inner}) x where is_in or recheck_at is not null"  # noqa: S608


def people(
    condition: Condition, shop_id: int, setting: Setting, now: datetime, family: Family, *, with_turns: bool = False
) -> Statement:
    """The condition over the people of a shop."""
    writer = _Writer(shop_id, setting, now, family, with_turns)
    for number, call in enumerate(calls_of(condition.tree)):
        writer.join(f"c{number}", call)
    fields = {**FIELDS, **writer.fields}
    holds, values = to_sql(condition.tree, fields, now, setting.zone)
    if with_turns:
        for span, other in pairs_with_ago(condition.tree):
            writer.turn_of_ago(span, other, fields)
    there = writer.put("where p.shop_id = %s and p.merged_into is null and p.erased_at is null", shop_id)
    return Statement(
        holds=writer.put(holds, *values),
        turns=f"least({', '.join(writer.turns)})" if writer.turns else "null::timestamptz",
        source=f"from people_person p {' '.join(writer.joins)} {there}",
        params=writer.params,
    )


@dataclass(slots=True)
class _Writer:
    """Gathers the joined tables, what they give, and the parameters by name."""

    shop_id: int
    setting: Setting
    now: datetime
    family: Family
    with_turns: bool
    joins: list[str] = field(default_factory=list)
    fields: dict[str, SqlField] = field(default_factory=dict)
    turns: list[str] = field(default_factory=list)
    params: Params = field(default_factory=dict)

    def put(self, text: str, *values: Any) -> str:
        """The text with its values as parameters of the whole statement."""
        pieces = text.split("%s")
        assert len(pieces) == len(values) + 1
        out = pieces[0]
        for value, piece in zip(values, pieces[1:], strict=True):
            name = f"v{len(self.params)}"
            self.params[name] = value
            out += f"%({name})s{piece}"
        return out

    def join(self, name: str, call: Call) -> None:
        """The table of one function: who, its value `v`, and when that changes by itself."""
        end = self.now + CLOCKS_APART
        counted = self.put(" filter (where r.at <= %s)", end) if self.with_turns else ""
        who = "coalesce(f.root, r.person_id)" if self.family.members else "r.person_id"
        columns = [f"{who} as who", f"{_value(call)}{counted} as v"]
        if self.with_turns:
            columns.append(self._turn(call, end))
            self.turns.append(f"{name}.turn")
        merged = self.put(_FAMILY, list(self.family.members), list(self.family.roots)) if self.family.members else ""
        rows = f"select {', '.join(columns)} from ({self._rows(call, end)}) r {merged}"  # noqa: S608 - written here
        self.joins.append(f"left join ({rows} where r.person_id is not null group by 1) {name} on {name}.who = p.id")
        self.fields[call.path] = _field(call, f"{name}.v", self.setting)

    def _rows(self, call: Call, end: datetime) -> str:
        match call.function:
            case "bought":
                what, value = call.arguments
                of_goods = _OF_SKU if what == "sku" else _OF_GOODS.format(what=what)
                rows, at = self.put(_ORDERS + of_goods, self.shop_id, self.shop_id, value), "o.placed_at"
            case "orders":
                rows, at = self.put(_ORDERS, self.shop_id), "o.placed_at"
            case "spent":
                currency = self.setting.currency
                rows, at = self.put(f"{_ORDERS} and o.currency = %s", self.shop_id, currency), "o.placed_at"
            case _:
                rows, at = self.put(_EVENTS, self.shop_id, call.arguments[0]), "e.occurred_at"
        begin = since(call, self.now, self.setting.zone)
        if begin is not None:
            rows += self.put(f" and {at} >= %s", begin)
        if not self.with_turns:
            rows += self.put(f" and {at} <= %s", end)
        return rows

    def _turn(self, call: Call, end: datetime) -> str:
        """When the first of what counts leaves the period, or what is to come enters it."""
        comes = self.put("min(r.at) filter (where r.at > %s) - %s::interval", end, CLOCKS_APART)
        if not isinstance(call.period, timedelta):
            return f"{comes} as turn"
        goes = self.put("min(r.at) + %s::interval", call.period + INSTANT)
        return f"least({goes}, {comes}) as turn"

    def turn_of_ago(self, span: timedelta, other: Operand, fields: dict[str, SqlField]) -> None:
        """When a moment comes to lie that long before now: then, and an instant later."""
        match other:
            case Literal(value) if isinstance(value, datetime):
                moment = self.put("%s::timestamptz", value)
            case Literal(value) if isinstance(value, date):
                moment = self.put("%s::timestamptz", day_start(value, self.setting.zone))
            case Name() | Call() if fields[other.path].kind == "moment":
                moment = fields[other.path].expression
            case _:
                return
        at = f"{moment} + " + self.put("%s::interval", span)
        now = self.put("%s::timestamptz", self.now)
        instant = self.put("%s::interval", INSTANT)
        self.turns.append(f"case when {at} + {instant} > {now} then greatest({at}, {now} + {instant}) end")


def _value(call: Call) -> str:
    match call.function:
        case "first":
            return "min(r.at)"
        case "last":
            return "max(r.at)"
        case "spent":
            return "sum(r.total)"  # in minor units: see _field
        case _:
            return "count(*)"


def _field(call: Call, column: str, setting: Setting) -> SqlField:
    """What a function's table says of a person; who is not in it has done nothing of the kind."""
    match call.kind:
        case "bool":
            return SqlField(f"({column} > 0)", "bool")
        case "number":
            if call.function == "spent":
                column = f"({column} * {_SCALES[exponent(setting.currency)]})"
            return SqlField(column, "number", absent="0")
        case _:
            return SqlField(column, call.kind)
