"""What a list of promises is asked for, read out of its query; and its pages, for the screen and for the file alike.

Owns the parameters' names. A span by date (`since`, `until`, days of the shop's clock) asks for what came due in it, as the
figures count it; without one the ledger is read by state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import QueryDict

from regulars.base.db import Cursor
from regulars.orders import queries as orders
from regulars.people import queries as people
from regulars.promises import figures, queries
from regulars.promises.figures import OUTCOMES, Settled
from regulars.promises.queries import AT_RISK, PromisePage
from regulars.rules.localtime import at_local_hour
from regulars.shop.settings import ShopSettings
from regulars.web import paging, words
from regulars.web.filters import Query, text_in

__all__ = ["Asked", "Found", "asked", "day_starts", "found_by", "page"]

MOST_PEOPLE = 200
STATES = (*words.PROMISE_STATES, AT_RISK)


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters that are known, clean; `query` writes them again."""

    text: str
    number: str
    person: int
    state: str
    kind: str
    team: str
    outcome: str
    reason: str
    since: date | None
    until: date | None
    query: Query

    def settled(self, shop: ShopSettings) -> Settled | None:
        """The span that is asked for, if one is."""
        if self.since is None or self.until is None:
            return None
        return Settled(
            day_starts(self.since, shop), day_starts(self.until, shop), self.outcome, self.kind, self.team, self.reason
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Whom and which order the words mean; `is_nothing`: they mean nobody."""

    order_id: int | None
    person_ids: Sequence[int]
    is_nothing: bool


def asked(params: QueryDict) -> Asked:
    """Unknown values are left out."""
    known = {
        "q": text_in(params, "q"),
        "order": text_in(params, "order"),
        "person": str(paging.our_id(params.get("person", "")) or ""),
        "state": text_in(params, "state", STATES),
        "kind": text_in(params, "kind", words.PROMISE_KINDS),
        "team": text_in(params, "team")[:63],
        "outcome": text_in(params, "outcome", OUTCOMES),
        "reason": text_in(params, "reason", words.PROMISE_REASONS),
    }
    since, until = _day(params.get("since", "")), _day(params.get("until", ""))
    if since is None or until is None or not timedelta(0) < until - since <= timedelta(days=3660):
        since = until = None
    if since is None:
        known |= {"outcome": "", "reason": ""}
    span = {} if since is None or until is None else {"since": since.isoformat(), "until": until.isoformat()}
    query = Query({**known, **span})
    return Asked(
        known["q"], known["order"], int(known["person"] or 0), known["state"], known["kind"], known["team"],
        known["outcome"], known["reason"], since, until, query,
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found is not None and 1970 < found.year < 2200 else None


def day_starts(day: date, shop: ShopSettings) -> datetime:
    """Midnight of that day by the shop's clock."""
    return at_local_hour(day, time(0), shop.time_zone)


def found_by(cur: Cursor, shop: ShopSettings, wanted: Asked) -> Found:
    """Look up the words and the person."""
    if wanted.person:
        ids = people.ids_of(cur, shop.id, wanted.person) if people.card(cur, shop.id, wanted.person) else []
        return Found(None, ids, not ids)
    text = wanted.number or wanted.text
    named = orders.page(cur, shop.id, text=text, limit=1) if text else []
    whom = [] if named or not wanted.text else people.search(cur, shop.id, shop.country, wanted.text, limit=MOST_PEOPLE)
    return Found(named[0].id if named else None, whom, bool(text and not named and not whom))


def page(
    cur: Cursor,
    shop: ShopSettings,
    wanted: Asked,
    found: Found,
    after: tuple[datetime | None, int] | None,
    limit: int,
) -> PromisePage:
    """A page of the list."""
    if found.is_nothing:
        return PromisePage([], None, False)
    span = wanted.settled(shop)
    if span is not None:
        rows = figures.settled(cur, shop.id, span, after=after, limit=limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        return PromisePage(rows[:limit], (last.due_at, last.id) if last else None, False)
    return queries.page(
        cur, shop.id, state=wanted.state, kind=wanted.kind, team=wanted.team, order_id=found.order_id,
        person_ids=found.person_ids, after=after, limit=limit,
    )  # fmt: skip
