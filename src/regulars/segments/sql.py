"""A segment's condition as one statement over all people: each function is a table of who and what, joined to persons.

Owns that translation: a function's rows are gathered once for everybody, never looked up person by person. Must not run
anything. Property tests hold it equal to the Python predicate over core/past.py.
"""

import operator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from regulars.core.condition_predicate import day_start
from regulars.core.condition_sql import SqlField, to_sql
from regulars.core.condition_tree import (
    Ago,
    And,
    Call,
    Compare,
    Exists,
    Literal,
    Name,
    Not,
    Operand,
    Or,
    Tree,
    Truth,
    calls_of,
    operands,
)
from regulars.core.conditions import Condition
from regulars.core.past import CLOCKS_APART, Setting, since
from regulars.core.turning import INSTANT, pairs_with_ago
from regulars.rules.money import exponent
from regulars.segments.belongings import Belongings
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
_NOT_ERASED = """
where not exists (select from people_person x where x.shop_id = %s and x.erased_at is not null and x.id = {lead}.who)"""
_SIGNS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FAMILY = "left join unnest(%s::bigint[], %s::bigint[]) f(member, root) on f.member = r.person_id"


@dataclass(frozen=True, slots=True)
class Family:
    """Who was merged into whom: each such person and, at the same place, who answers for him. Few were."""

    members: tuple[int, ...] = ()
    roots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """The parts of a statement with their parameters.

    `person`: his id. `holds`: the answer, never NULL. `turns`: a moment no later than the first at which time alone may
    change it, or NULL; only where it was asked for. `source`: the persons that are there, with what the functions say of them.
    """

    person: str
    holds: str
    turns: str
    source: str
    params: Params

    def ids(self) -> str:
        """Who is in."""
        return f"select {self.person} as id {self.source} and {self.holds}"

    def count(self) -> str:
        """How many persons are in."""
        return f"select count(*) {self.source} and {self.holds}"

    def some(self, limit: int) -> str:
        """Some of them."""
        return f"{self.ids()} limit {int(limit)}"

    def everybody(self) -> str:
        """Who is in or may come in by time alone: person, whether he is in, when to ask again."""
        # every piece is written here; values are parameters
        inner = f"select p.id as person_id, {self.holds} as is_in, {self.turns} as recheck_at {self.source}"
        return f"select person_id, is_in, recheck_at from ({inner}) x where is_in or recheck_at is not null"  # noqa: S608


def people(
    condition: Condition, shop_id: int, setting: Setting, now: datetime, family: Family, *, with_turns: bool = False
) -> Statement:
    """The condition over the people of a shop."""
    tree = condition.tree
    if not with_turns and isinstance(tree, Or) and all(_is_narrow(item) for item in tree.items):
        params: Params = {}
        parts = [_one(item, shop_id, setting, now, family, params).ids() for item in tree.items]
        # whoever any of them finds, once
        return Statement("u.id", "TRUE", "", f"from ({' union '.join(parts)}) u where true", params)
    return _one(tree, shop_id, setting, now, family, {}, with_turns=with_turns)


def _is_narrow(tree: Tree) -> bool:
    """Whether it is answered without joining everybody to what they have done."""
    return _lead(tree) is not None or not calls_of(tree)


def _one(
    tree: Tree,
    shop_id: int,
    setting: Setting,
    now: datetime,
    family: Family,
    params: Params,
    *,
    with_turns: bool = False,
) -> Statement:
    refused = frozenset() if with_turns else _refused(tree)
    writer = _Writer(shop_id, setting, now, family, with_turns, refused, params)
    for number, call in enumerate(calls_of(tree)):
        writer.join(f"c{number}", call)
    writer.join_belongings({operand.path for operand in operands(tree) if isinstance(operand, Name)})
    fields = {**FIELDS, **writer.fields}
    holds, values = to_sql(tree, fields, now, setting.zone)
    if with_turns:
        for span, other in pairs_with_ago(tree):
            writer.turn_of_ago(span, other, fields)
    there = writer.put("where p.shop_id = %s and p.merged_into is null and p.erased_at is null", shop_id)
    source = f"from people_person p {' '.join(writer.joins)} {there}"
    lead = None if with_turns else _lead(tree)
    if lead is not None:
        source = writer.led_by(lead)
    return Statement(
        person="p.id" if lead is None else f"c{lead}.who",
        holds=writer.put(holds, *values),
        turns=f"least({', '.join(writer.turns)})" if writer.turns else "null::timestamptz",
        source=source,
        params=writer.params,
    )


def _refused(tree: Tree) -> frozenset[Call]:
    """The functions of which the condition says, as a whole and nowhere else, that nothing of the kind has happened. Who
    has many such rows is left out as well as who has one, so they need not be gathered by person."""
    parts = tree.items if isinstance(tree, And) else (tree,)
    found = {part.item.name for part in parts if isinstance(part, Not) and isinstance(part.item, Truth | Exists)}
    all_ = operands(tree)
    return frozenset(call for call in found if isinstance(call, Call) and all_.count(call) == 1)


def _lead(tree: Tree) -> int | None:
    """The number of a function without whose row the condition can't hold, so that nobody else need be looked at; where
    the condition asks for nothing that stands with the person."""
    if any(isinstance(operand, Name) for operand in operands(tree)):
        return None
    leads = _needed(tree)
    return next((n for n, call in enumerate(calls_of(tree)) if call in leads), None)


def _needed(tree: Tree) -> frozenset[Call]:
    """The functions each of which must have counted something."""
    match tree:
        case Truth(Call() as call) if call.kind == "bool":
            return frozenset({call})
        case Exists(Call() as call) if call.kind == "moment":
            return frozenset({call})
        case Compare(sign, Call() as call, Literal(Decimal() as value)) if call.kind == "number":
            return frozenset() if _SIGNS[sign](Decimal(0), value) else frozenset({call})
        case Compare(sign, Call() as call, Ago()) if call.kind == "moment" and sign != "!=":
            return frozenset({call})
        case And(items):
            return frozenset().union(*(_needed(item) for item in items))
        case Or(items):
            first, *others = (_needed(item) for item in items)
            return first.intersection(*others)
        case _:
            return frozenset()


@dataclass(slots=True)
class _Writer:
    """Gathers the joined tables, what they give, and the parameters by name."""

    shop_id: int
    setting: Setting
    now: datetime
    family: Family
    with_turns: bool
    refused: frozenset[Call]
    params: Params
    tables: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    fields: dict[str, SqlField] = field(default_factory=dict)
    turns: list[str] = field(default_factory=list)

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
        columns = [f"{self._who()} as who", f"{_value(call)}{counted} as v"]
        if call in self.refused or (call.kind == "bool" and not self.with_turns):
            columns.pop()  # that he has a row says it all
        if self.with_turns:
            columns.append(self._turn(call, end))
            self.turns.append(f"{name}.turn")
        rows = f"select {', '.join(columns)} from ({self._rows(call, end)}) r {self._merged()}"  # noqa: S608 - written here
        gathered = "" if call in self.refused else " group by 1"
        self.tables.append(f"({rows} where r.person_id is not null{gathered}) {name}")
        self.joins.append(f"left join {self.tables[-1]} on {name}.who = p.id")
        self.fields[call.path] = _field(call, name, self.setting, self.with_turns)

    def join_belongings(self, names: set[str]) -> None:
        """The tables of what else these names ask for."""
        is_one_each = not self.family.members
        found = Belongings(self.shop_id, self.now, self.put, self._who(), self._merged, is_one_each)
        found.ask(names)
        self.joins += found.joins
        self.fields.update(found.fields)

    def _who(self) -> str:
        return "coalesce(f.root, r.person_id)" if self.family.members else "r.person_id"

    def _merged(self) -> str:
        """What is joined to rows `r` so that whoever answers for their persons is known."""
        return self.put(_FAMILY, list(self.family.members), list(self.family.roots)) if self.family.members else ""

    def led_by(self, number: int) -> str:
        """The source without the table of persons: those whom one function knows, and what the others say of them."""
        lead = f"c{number}"
        others = [f"left join {t} on c{n}.who = {lead}.who" for n, t in enumerate(self.tables) if n != number]
        return f"from {self.tables[number]} {' '.join(others)} " + self.put(_NOT_ERASED.format(lead=lead), self.shop_id)

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
            case Name() | Call() if (found := fields[other.path].of_kind("moment")) is not None:
                moment = found
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


def _field(call: Call, name: str, setting: Setting, with_turns: bool) -> SqlField:
    """What a function's table says of a person; who is not in it has done nothing of the kind. With turns it also has
    those for whom something only begins to count later."""
    column, there = f"{name}.v", None if with_turns else f"{name}.who"
    match call.kind:
        case "bool":
            return SqlField(
                f"({there} IS NOT NULL)" if there else f"(coalesce({column}, 0) > 0)", "bool", absent="false"
            )
        case "number":
            if call.function == "spent":
                column = f"({column} * {_SCALES[exponent(setting.currency)]})"
                return SqlField(column, "number", absent="0")
            return SqlField(column, "number", absent="0", is_whole=True)
        case _:
            return SqlField(column, call.kind, known=there)
