"""Every route of the screens and the buyer's pages × every role × own and other shop; and nothing that is opened changes
anything.

A route without a row here fails: whoever adds one says who may. The API's rows stand in test_api_matrix.py.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
import pytest_django
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bench.routes import routes
from regulars.base import db
from regulars.outbox.links import ANSWER, PREFERENCES, UNSUBSCRIBE
from tests.apps.world import World
from tests.conftest import fresh_database
from tests.flows.web_shop import SCHEME, WebShop, web_fixture  # noqa: F401

EVERYBODY = frozenset({"anonymous", "operator", "supervisor", "owner", "stranger"})
STAFF = frozenset({"operator", "supervisor", "owner", "stranger"})
LEADS = frozenset({"supervisor", "owner", "stranger"})
OWNERS = frozenset({"owner", "stranger"})
LINK = frozenset({"link"})
"""Whoever holds the signed link, and nobody else, whatever he is besides."""

# route → (methods, who may, whether it names an object of one shop)
ROWS: dict[str, tuple[str, frozenset[str], bool]] = {
    "public:unsubscribe": ("GET POST", LINK, True),
    "public:preferences": ("GET POST", LINK, True),
    "public:answer": ("GET POST", LINK, True),
    "web:home": ("GET", STAFF, False),
    "web:login": ("GET POST", EVERYBODY, False),
    "web:login_link": ("GET POST", EVERYBODY, False),
    "web:logout": ("POST", EVERYBODY, False),
    "web:language": ("POST", EVERYBODY, False),
    "web:theme": ("POST", EVERYBODY, False),
    "web:shop": ("POST", STAFF, True),
    "web:password": ("GET POST", STAFF, False),
    "web:tasks": ("GET", STAFF, False),
    "web:task": ("GET", STAFF, True),
    "web:task_claim": ("POST", STAFF, True),
    "web:task_release": ("POST", STAFF, True),
    "web:task_finish": ("POST", STAFF, True),
    "web:orders": ("GET", STAFF, False),
    "web:order": ("GET", STAFF, True),
    "web:people": ("GET", STAFF, False),
    "web:person": ("GET POST", STAFF, True),
    "web:letters": ("GET", STAFF, False),
    "web:waiting": ("GET", LEADS, False),
    "web:letter": ("GET", STAFF, True),
    "web:letter_html": ("GET", STAFF, True),
    "web:letter_resolve": ("POST", LEADS, True),
    "web:letter_release": ("POST", LEADS, True),
    "web:promises": ("GET", STAFF, False),
    "web:quarantine": ("GET", LEADS, False),
    "web:quarantined": ("GET", LEADS, True),
    "web:quarantine_replay": ("POST", LEADS, True),
    "web:quarantine_dismiss": ("POST", LEADS, True),
    "web:schemes": ("GET", STAFF, False),
    "web:scheme": ("GET", STAFF, True),
    "web:scheme_edit": ("GET", OWNERS, False),
    "web:scheme_publish": ("POST", OWNERS, False),
    "web:aside": ("GET", LEADS, False),
    "web:aside_retry": ("POST", LEADS, True),
    "web:aside_end": ("POST", LEADS, True),
    "web:team": ("GET", OWNERS, False),
    "web:team_link": ("POST", OWNERS, True),
}
BODIES = {
    "web:task_finish": {"outcome": "refused"},
    "web:letter_resolve": {"verdict": "leave"},
    "web:letter_release": {"send": "no"},
    "web:scheme_publish": {"text": SCHEME, "do": "publish"},
    "web:language": {"language": "en"},
    "web:theme": {"theme": "dark"},
    "public:answer": {"answer": "yes"},
}
# What a look may write: that somebody looked, and how often one address asked.
LOOKED = ("base_audit", "base_rate_limit")


def _routes(patterns: list[Any] | None = None, space: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else space
            if not str(one.pattern).startswith("api/"):
                yield from _routes(one.url_patterns, inner)
        elif isinstance(one, URLPattern) and not str(one.pattern).startswith("api/"):
            yield f"{space}{one.name}"


class Targets:
    """A fresh object of this shop for each route that names one."""

    def __init__(self, web: WebShop) -> None:
        self.web = web

    def path(self, route: str) -> str:
        web = self.web
        person = order = task = message = 0
        if ROWS[route][2]:
            person, order = web.buy()
            web.outbox.gate()
            task, message = web.task_of(order), web.message_of(order)
        name = route.partition(":")[2]
        if name == "task_release":
            web.clients["owner"].post(f"/tasks/{task}/claim")
        made: dict[str, Callable[[], str]] = {
            "unsubscribe": lambda: web.link(UNSUBSCRIBE, web.shop_id, person, message),
            "preferences": lambda: web.link(PREFERENCES, web.shop_id, person),
            "answer": lambda: web.link(ANSWER, web.shop_id, web.ask(person, order), message),
            "home": lambda: "/",
            "login_link": lambda: "/login/link/nothing",
            "logout": lambda: "/logout",
            "language": lambda: "/language",
            "theme": lambda: "/theme",
            "shop": lambda: "/shop",
            "task": lambda: f"/tasks/{task}/",
            "task_claim": lambda: f"/tasks/{task}/claim",
            "task_release": lambda: f"/tasks/{task}/release",
            "task_finish": lambda: f"/tasks/{task}/finish",
            "order": lambda: f"/orders/{order}/",
            "person": lambda: f"/people/{person}/",
            "waiting": lambda: "/letters/waiting/",
            "letter": lambda: f"/letters/{message}/",
            "letter_html": lambda: f"/letters/{message}/html",
            "letter_resolve": lambda: f"/letters/{web.unknown(order)}/resolve",
            "letter_release": lambda: f"/letters/{message}/release",
            "quarantined": lambda: f"/quarantine/{web.quarantine()}/",
            "quarantine_replay": lambda: f"/quarantine/{web.quarantine()}/replay",
            "quarantine_dismiss": lambda: f"/quarantine/{web.quarantine()}/dismiss",
            "scheme": lambda: "/schemes/of/after-order/",
            "scheme_edit": lambda: "/schemes/edit/",
            "scheme_publish": lambda: "/schemes/publish",
            "aside": lambda: "/schemes/aside/",
            "aside_retry": lambda: f"/schemes/aside/{web.set_aside(order)}/retry",
            "aside_end": lambda: f"/schemes/aside/{web.set_aside(order)}/end",
            "team_link": lambda: f"/team/{web.accounts['operator']}/link",
        }
        return made.get(name, lambda: f"/{name}/")()


def _expected(route: str, role: str) -> set[int]:
    """The statuses that the matrix allows. A foreign object is 404, what a role may not is 403, nobody is sent to log in."""
    _, who, is_of_shop = ROWS[route]
    if who is LINK:
        return {200}
    if role not in who:
        return {302} if role == "anonymous" else {403}
    if role == "stranger" and is_of_shop and route != "web:shop":
        return {404}
    return {200, 302, 409, 422}


@pytest.fixture(scope="module")
def shared(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[WebShop]:
    """One shop for all routes: each is given objects of its own, so that none sees what another did."""
    with django_db_blocker.unblock(), fresh_database():
        raw = db.loop_connection("test")
        shop = WebShop(World(raw))
        shop.world.publish(SCHEME)
        yield shop
        raw.close()


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert sorted(_routes()) == sorted(ROWS)


def test_the_rows_name_the_methods_that_the_views_take() -> None:
    declared = {route.name: route.methods - {"HEAD"} for route in routes()}
    assert declared == {route: set(methods.split()) for route, (methods, _, _) in ROWS.items()}


@pytest.mark.parametrize("route", sorted(ROWS))
def test_only_those_may_who_stand_in_the_row(shared: WebShop, route: str) -> None:
    web, (methods, who, _) = shared, ROWS[route]
    targets = Targets(web)
    looked_at = targets.path(route)
    for role in sorted(EVERYBODY):
        for method in [*methods.split(), *(["HEAD"] if "GET" in methods else [])]:
            body = {"shop": web.shop_id} if route == "web:shop" else BODIES.get(route, {})
            client = Client()
            client.cookies = web.clients[role].cookies.copy() if route == "web:logout" else web.clients[role].cookies
            path = targets.path(route) if method == "POST" else looked_at
            found = client.generic(method, path) if method != "POST" else client.post(path, body)
            expected = {404} if (role, route) == ("stranger", "web:shop") else _expected(route, role)
            assert found.status_code in expected, (role, method, path, found.status_code)
            if role == "anonymous" and "anonymous" not in who and who is not LINK:
                assert found["Location"].startswith("/login/"), (role, path)
            if route == "web:logout":
                web.clients[role] = Client() if role == "anonymous" else web.logged_in(web.accounts[role])
    for method in {"get", "head", "post", "put", "patch", "delete", "options"} - {m.lower() for m in methods.split()}:
        if method == "head" and "GET" in methods:
            continue
        refused = getattr(web.clients["owner"], method)(looked_at)
        assert refused.status_code == 405, (method, route)


def test_a_post_without_the_token_of_its_page_does_nothing(shared: WebShop) -> None:
    targets, careful = Targets(shared), Client(enforce_csrf_checks=True)
    careful.cookies = shared.clients["owner"].cookies
    posts = [route for route, (methods, who, _) in ROWS.items() if "POST" in methods and who is not LINK]
    asked = [(route, targets.path(route)) for route in posts]

    def post(route: str, path: str) -> None:
        assert careful.post(path, BODIES.get(route, {"shop": shared.shop_id})).status_code == 403, route

    _changes_nothing(shared, [partial(post, *one) for one in asked])


def test_what_another_shop_tries_changes_nothing(web: WebShop) -> None:
    targets, client = Targets(web), web.clients["stranger"]

    def attempt(route: str, method: str, path: str) -> None:
        found = client.get(path) if method == "GET" else client.post(path, BODIES.get(route, {"shop": web.shop_id}))
        assert found.status_code == 404, (route, method)

    _changes_nothing(
        web,
        [
            partial(attempt, route, method, path)
            for route, (methods, who, is_of_shop) in ROWS.items()
            if is_of_shop and who is not LINK
            for path in [targets.path(route)]
            for method in methods.split()
        ],
    )


def test_opening_any_page_by_anybody_changes_nothing(web: WebShop) -> None:
    targets = Targets(web)
    paths = [targets.path(route) for route, (methods, _, _) in ROWS.items() if "GET" in methods]
    paths += [p + "?answer=yes" for p in paths if p.startswith("/a/")]
    for client in web.clients.values():
        _changes_nothing(
            web, [partial(getattr(client, method), path) for path in paths for method in ("get", "head", "options")]
        )


def test_opening_a_route_that_only_takes_posts_changes_nothing(web: WebShop) -> None:
    targets, client = Targets(web), web.clients["owner"]

    def attempt(method: str, path: str) -> None:
        assert getattr(client, method)(path).status_code == 405, path

    paths = [targets.path(route) for route, (methods, _, _) in ROWS.items() if "GET" not in methods]
    _changes_nothing(web, [partial(attempt, method, path) for path in paths for method in ("get", "head", "options")])


def test_the_digest_sees_a_change(web: WebShop) -> None:
    _, order = web.buy()
    before = _digest(web)
    web.clients["operator"].post(f"/tasks/{web.task_of(order)}/claim")
    assert _digest(web) != before


def test_a_deed_that_changes_something_is_named(web: WebShop) -> None:
    _, order = web.buy()
    path = f"/tasks/{web.task_of(order)}/claim"
    with pytest.raises(AssertionError, match="claim"):
        _changes_nothing(
            web, [partial(web.clients["operator"].get, "/tasks/"), partial(web.clients["operator"].post, path)]
        )


def _changes_nothing(web: WebShop, deeds: Sequence[Callable[[], object]]) -> None:
    """All rows are read before the first and after the last, since reading them takes longer than a deed."""
    before = _digest(web)
    for deed in deeds:
        deed()
    if (after := _digest(web)) == before:
        return
    for deed in deeds:  # once more, to name the one; it may have been a change that comes but once
        deed()
        assert _digest(web) == after, f"{deed} changes something"
    raise AssertionError(f"one of these changed something, once: {deeds}")


def _digest(web: WebShop) -> str:
    """All rows of all tables, but those that a look may write."""
    tables = web.world.rows(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"
    )
    whole = hashlib.sha256()
    for (table,) in tables:
        if table.strip('"') in LOOKED:
            continue
        for (row,) in web.world.rows(f"select t::text from {table} t order by 1"):
            whole.update(f"{table} {row}\n".encode())
    return whole.hexdigest()
