"""Every page of the screens and the buyer's pages, out of Django's own table of routes, with addresses to open it by.

For whatever goes through all pages: the bench of the pages, the crawl, the screenshots. A new route is there by itself;
one whose address has a part that stands in no table here raises `NoExample`. Needs Django to be set up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from regulars.base.tokens import sign
from regulars.outbox.links import ANSWER, PREFERENCES, UNSUBSCRIBE

Ask = Callable[[str, Mapping[str, Any]], Sequence[tuple[Any, ...]]]
"""Runs SQL on the installation that is looked at; `%(shop)s` is the shop, `%(most)s` how many rows are wanted."""

PARTS = {
    "task_id": "select id from desk_task where shop_id = %(shop)s order by state not in ('claimed', 'open'), id desc",
    "order_id": "select id from orders_order where shop_id = %(shop)s order by id desc",
    "person_id": "select id from people_person where shop_id = %(shop)s and merged_into is null order by id desc",
    "message_id": (
        "select m.id from outbox_message m join outbox_body b on b.id = m.id"
        " where m.shop_id = %(shop)s and b.raw is not null order by m.id desc"
    ),
    "quarantine_id": "select id from intake_quarantine where shop_id = %(shop)s order by state <> 'open', id desc",
    "enrolment_id": "select id from journeys_enrolment where shop_id = %(shop)s order by id desc",
    "account_id": "select account_id from staff_membership where shop_id = %(shop)s order by id",
    "trade": "select unnest(array['goods', 'furniture', 'courses', 'appointments']) where %(shop)s > 0",
    "key_id": "select id from shop_api_key where shop_id = %(shop)s order by id desc",
    "web:settings_trial_state message_id": (
        "select id from outbox_message where shop_id = %(shop)s and part = 'trial' order by id desc"
    ),
    "export_id": "select id from staff_export where shop_id = %(shop)s order by state <> 'ready', id desc",
    "feed_id": "select id from intake_feed where shop_id = %(shop)s order by id desc",
    "deed_id": "select deed_id from orders_change where shop_id = %(shop)s order by id desc",
    "change_id": "select id from orders_change where shop_id = %(shop)s order by state <> 'conflict', id desc",
    "command_id": "select id from outbox_command where shop_id = %(shop)s order by state <> 'failed', id desc",
    "segment_id": "select id from segments_segment where shop_id = %(shop)s order by removed_at is not null, id",
    "double_id": "select id from people_double where shop_id = %(shop)s order by state <> 'open', id desc",
    "thread_id": "select id from talks_thread where shop_id = %(shop)s order by waits_since is null, id desc",
    "web:talk_file message_id": (
        "select id from talks_message where shop_id = %(shop)s and jsonb_array_length(files) > 0 order by id desc"
    ),
    "web:talk_file n": (
        "select 0 from talks_message where shop_id = %(shop)s and jsonb_array_length(files) > 0 order by id desc"
    ),
    "call_id": "select id from talks_call where shop_id = %(shop)s order by certainty <> 'maybe', id desc",
    "backtest_id": "select id from journeys_backtest where shop_id = %(shop)s and state = 'ready' order by id desc",
    "source": "select 'api'",
    "key": "select key from shop_team where shop_id = %(shop)s order by key",
    "name": "select name from journeys_scheme where shop_id = %(shop)s order by live_version_id is null, name",
    "kind": "select 'script'",
    "web:settings_script key": "select 'confirm-order'",
    "secret": "select 'no-such-link'",
}
"""What a part of an address may be, by its name (or 'route part'): SQL for its values, the most telling first."""

LINKS = {
    "public:unsubscribe": (UNSUBSCRIBE, "select m.shop_id, m.person_id, m.id from outbox_message m where {0}"),
    "public:preferences": (PREFERENCES, "select m.shop_id, m.person_id from outbox_message m where {0}"),
    "public:answer": (
        ANSWER,
        "select m.shop_id, q.id, m.id from feedback_question q join outbox_message m on m.person_id = q.person_id"
        " where {0}",
    ),
}
"""What the buyer's links name, by route: the purpose and SQL for the subject."""

QUERIES = {
    "web:tasks": ("ended",),
    "web:tasks_all": ("state=finished", "order=000"),
    "web:orders": ("q=000",),
    "web:people": ("q=000",),
    "web:segment": ("q=000",),
    "web:search": ("q=000", "q=7"),
    "web:letters": ("state=sent", "q=000"),
    "web:calls": ("state=missed", "day=2020-01-01"),
    "web:settings_feeds": ("kind=mango", "kind=twilio"),
    "web:promises": ("state=broken",),
    "web:quarantine": ("state=all",),
    "web:commands": ("state=done", "state=stuck"),
    "web:scheme_edit": ("ready=after-order",),
    "web:scheme": (
        "view=text",
        "view=table",
        "view=changes",
        "do=step&step=confirm",
        "do=delete&step=confirm",
        "do=insert&tail=confirm&head=end&verb=send",
    ),
    "web:scheme_compare": ("view=map", "view=text"),
    "web:settings_hours": ("day=new",),
    "web:welcome_orders": ("way=woocommerce",),
    "web:scheme_who": ("what=held", "what=goal"),
    "web:backtest_who": ("reason=no_consent", "person=1"),
    "web:effect": ("metric=revenue&least=50",),
    "web:scheme_effect": ("metric=revenue",),
    "web:scheme_effect_who": ("what=waiting", "what=again&arm=held"),
}
"""Queries by which a page looks unlike itself without them: what it says when nothing matches, another state."""


NEEDS: dict[str, str] = {
    "web:scheme_who": "what=stopped",
    "web:scheme_all": "step=confirm&do=leave&reason=by_mistake",
    "web:task_products": "product=a",
}
"""A query without which the page shows nothing, by route."""

OF_PLAYGROUNDS = frozenset({"web:design", "web:playground_time"})
"""Pages that only a playground has."""


OF_ONE = frozenset({"web:export", "web:export_file"})
"""Pages that only whoever asked for them may see."""


class NoExample(Exception):
    """A route has a part in its address for which no table here has an example."""


@dataclass(frozen=True, slots=True)
class Route:
    """`name` with its namespace; `parts`: what its address is made of; `who`: roles, 'anonymous', empty for a link's."""

    name: str
    parts: Sequence[str]
    methods: frozenset[str]
    who: frozenset[str]

    @property
    def is_link(self) -> bool:
        """Whether a signed link opens it, and nothing else."""
        return self.name in LINKS


def routes() -> list[Route]:
    """All but the API's.

    Raises NoExample for a view that does not say which methods it takes.
    """
    return list(_routes(get_resolver().url_patterns, ""))


def pages() -> list[Route]:
    """Those that can be opened."""
    return [route for route in routes() if "GET" in route.methods]


def _routes(patterns: Sequence[URLPattern | URLResolver], space: str) -> Iterator[Route]:
    for one in patterns:
        if str(one.pattern).startswith("api/"):
            continue
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, f"{one.namespace}:" if one.namespace else space)
            continue
        name = f"{space}{one.name}"
        if not hasattr(one.callback, "methods"):
            raise NoExample(f"{name}: its view has no `methods`; the decorators of web/access.py set them")
        parts = tuple(one.pattern.converters)
        yield Route(name, parts, frozenset(one.callback.methods), getattr(one.callback, "who", frozenset()))


class Examples:
    """Addresses of one shop's pages."""

    def __init__(self, ask: Ask, shop_id: int, keys: Sequence[bytes]) -> None:
        """`keys`: the installation's secret keys, for the buyer's links."""
        self._ask, self._shop, self._keys = ask, shop_id, keys

    def paths(self, route: Route, most: int = 1) -> list[str]:
        """Up to `most` addresses; none where the shop has nothing that the route could show.

        Raises NoExample for an unknown part.
        """
        if route.is_link:
            return [reverse(route.name, args=[token]) for token in self._tokens(route.name, most)]
        needed = f"?{NEEDS[route.name]}" if route.name in NEEDS else ""
        if not route.parts:
            return [reverse(route.name) + needed]
        values = [self._values(route, part, most) for part in route.parts]
        named = [dict(zip(route.parts, row, strict=True)) for row in zip(*values, strict=False)]
        return [reverse(route.name, kwargs=parts) + needed for parts in named]

    def with_queries(self, route: Route) -> list[str]:
        """One address, plain and with each of QUERIES."""
        plain = self.paths(route)
        return plain + [f"{path.partition('?')[0]}?{query}" for path in plain for query in QUERIES.get(route.name, ())]

    def _values(self, route: Route, part: str, most: int) -> list[Any]:
        sql = PARTS.get(f"{route.name} {part}", PARTS.get(part))
        if sql is None:
            raise NoExample(f"{route.name}: say in PARTS what its {part} may be")
        return [row[0] for row in self._rows(sql, most)]

    def _tokens(self, name: str, most: int) -> list[str]:
        purpose, sql = LINKS[name]
        until = datetime.now(UTC) + timedelta(days=30)
        rows = self._rows(sql.format("m.shop_id = %(shop)s order by m.id desc"), most)
        return [sign(purpose, row, until, 0, self._keys) for row in rows]

    def _rows(self, sql: str, most: int) -> Sequence[tuple[Any, ...]]:
        return self._ask(f"{sql} limit %(most)s", {"shop": self._shop, "most": most})
