"""What people have beside their own record, for a statement over everybody: tags, fields of their own, points.

Owns these as joined tables, each one row a person, and as what a condition's names stand for. What one of those who are one
has, all have. Must not run anything; the same for a few persons is people/marks.py and loyalty/queries.py.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from regulars.core.condition_sql import SqlField
from regulars.people.facts import OWN_FIELDS

__all__ = ["POINTS", "Belongings", "Put"]

Put = Callable[..., str]
"""Gives a text with its values as parameters of the whole statement."""

POINTS = {
    "points.balance": SqlField("held.balance", "number", absent="0", is_whole=True),
    "points.expiring": SqlField("held.expiring", "number", absent="0", is_whole=True),
    "points.earned": SqlField("earned.points", "number", absent="0", is_whole=True),
    "points.expires_at": SqlField("held.expires_at", "moment"),
    "points.expiring_at": SqlField("held.expires_at", "moment"),
}
"""The facts of an account (loyalty/facts.py) over the tables `held` and `earned`."""

_TAGS = "select g.person_id, g.tag from people_tag g where g.shop_id = %s"
_FIELD = "select g.person_id, g.value, g.at, g.id from people_field g where g.shop_id = %s and g.name = %s"
# `offset 0`: lots are read as they lie. By the index of their persons it takes five times as long, and the planner
# believes otherwise.
_LOTS = "select l.person_id, l.points, l.earned_at, l.id from loyalty_lot l where l.shop_id = %s offset 0"
# What is past its day is no balance any more, though the transfer that says so may come a moment later. The one transfer from
# the shop fills a lot with all its points: what came after is looked for alone.
_LEFT = """
select l.person_id, l.valid_until as until, l.points + coalesce(m.n, 0)::bigint as n from loyalty_lot l
left join (
  select e.lot_id, sum(case when e.target = 'available' then e.points when e.source = 'available' then -e.points else 0 end) as n
  from loyalty_entry e where e.shop_id = %s and e.source <> 'shop' group by 1
) m on m.lot_id = l.id
where l.shop_id = %s and l.closed_at is null and (l.valid_until is null or l.valid_until >= %s) offset 0
"""
# The greatest of moment, id and points: nothing has to be sorted.
_LAST = "(max(array[(extract(epoch from r.earned_at) * 1000000)::bigint, r.id, r.points]))[3] as points"
_HELD = "sum(r.n)::bigint as balance, min(r.until) filter (where r.n <> 0) as expires_at"
# Those that go first are looked for in what a person has of lots, after they were gathered by person once.
_GOING = """
select a.who, a.balance, a.expires_at,
  (select sum(u.n)::bigint from unnest(a.untils, a.lefts) as u(until, n) where u.until = a.expires_at) as expiring
from ({held}) a
"""
_LOTS_OF = "array_agg(r.until) as untils, array_agg(r.n) as lefts"


@dataclass(slots=True)
class Belongings:
    """Gathers the tables that the names of a condition ask for. `who`: whoever answers for `r.person_id`, given `merged`
    is joined to `r`; `is_one_each`: nobody was merged, so each answers for himself."""

    shop_id: int
    now: datetime
    put: Put
    who: str
    merged: Callable[[], str]
    is_one_each: bool
    joins: list[str] = field(default_factory=list)
    fields: dict[str, SqlField] = field(default_factory=dict)

    def ask(self, names: Collection[str]) -> None:
        """Join what these names ask for, and say what they stand for."""
        if "person.tags" in names:
            self._join("tags", "array_agg(r.tag) as v", self.put(_TAGS, self.shop_id), "group by 1")
        for name in sorted(n for n in names if n.startswith(OWN_FIELDS)):
            self._own_field(name)
        self._points({name for name in names if name in POINTS})

    def _own_field(self, name: str) -> None:
        """The newest value of a field; its type is each person's own."""
        table = f"f{len(self.fields)}"
        rows = self.put(_FIELD, self.shop_id, name.removeprefix(OWN_FIELDS))
        if self.is_one_each:
            self._join(table, "r.value as v", rows)
        else:
            self._join(table, "r.value as v", rows, "order by 1, r.at desc, r.id desc", distinct=True)
        v = f"{table}.v"
        self.fields[name] = SqlField(
            v,
            "any",
            kinds={
                "text": f"(case when jsonb_typeof({v}) = 'string' then {v} #>> '{{}}' end)",
                "number": f"(case when jsonb_typeof({v}) = 'number' then {v}::numeric end)",
                "bool": f"(case when jsonb_typeof({v}) = 'boolean' then {v}::boolean end)",
                "moment": f"({v} ->> 'moment')::timestamptz",
                "day": f"({v} ->> 'day')::date",
            },
        )

    def _points(self, names: Collection[str]) -> None:
        self.fields.update({name: POINTS[name] for name in names})
        if "points.earned" in names:
            self._join("earned", _LAST, self.put(_LOTS, self.shop_id), "group by 1")
        asked = set(names) - {"points.earned"}
        left = self.put(_LEFT, self.shop_id, self.shop_id, self.now) if asked else ""
        if "points.expiring" in asked:
            self._add("held", _GOING.format(held=self._table(f"{_HELD}, {_LOTS_OF}", left, "group by 1")))
        elif asked:
            self._join("held", _HELD, left, "group by 1")

    def _join(self, name: str, columns: str, rows: str, end: str = "", *, distinct: bool = False) -> None:
        self._add(name, self._table(columns, rows, end, distinct=distinct))

    def _table(self, columns: str, rows: str, end: str, *, distinct: bool = False) -> str:
        """A table of one row a person out of rows `r`."""
        once = "distinct on (1) " if distinct else ""
        return f"select {once}{self.who} as who, {columns} from ({rows}) r {self.merged()} {end}"  # noqa: S608

    def _add(self, name: str, table: str) -> None:
        self.joins.append(f"left join ({table}) {name} on {name}.who = p.id")
