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
_LOTS = "select l.person_id, l.points, l.earned_at, l.id from loyalty_lot l where l.shop_id = %s"
# What is past its day is no balance any more, though the transfer that says so may come a moment later.
_OPEN = """
from loyalty_lot l join loyalty_entry e on e.lot_id = l.id
where l.shop_id = %s and l.closed_at is null and (l.valid_until is null or l.valid_until >= %s)"""
_MOVED = "case when e.target = 'available' then e.points when e.source = 'available' then -e.points else 0 end"
_SOONEST = """
select x.who, sum(x.n)::bigint as balance, min(x.soonest) as expires_at,
  coalesce(sum(x.n) filter (where x.until = x.soonest), 0)::bigint as expiring
from (select y.*, min(y.until) filter (where y.n <> 0) over (partition by y.who) as soonest from ({lots}) y) x group by 1
"""


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
            lots, order = self.put(_LOTS, self.shop_id), "order by 1, r.earned_at desc, r.id desc"
            self._join("earned", "r.points", lots, order, distinct=True)
        asked = set(names) - {"points.earned"}
        if asked == {"points.balance"}:
            moved = self.put(f"select l.person_id, {_MOVED} as n {_OPEN}", self.shop_id, self.now)
            self._join("held", "sum(r.n)::bigint as balance", moved, "group by 1")
        elif asked:
            left = f"select l.person_id, l.valid_until as until, sum({_MOVED}) as n {_OPEN} group by l.id"
            rows = f"({self.put(left, self.shop_id, self.now)}) r {self.merged()}"
            lots = f"select {self.who} as who, r.until, r.n from {rows}"  # noqa: S608 - written here
            self._add("held", _SOONEST.format(lots=lots))

    def _join(self, name: str, columns: str, rows: str, end: str = "", *, distinct: bool = False) -> None:
        """A table of one row a person out of rows `r`."""
        once = "distinct on (1) " if distinct else ""
        self._add(name, f"select {once}{self.who} as who, {columns} from ({rows}) r {self.merged()} {end}")  # noqa: S608

    def _add(self, name: str, table: str) -> None:
        self.joins.append(f"left join ({table}) {name} on {name}.who = p.id")
