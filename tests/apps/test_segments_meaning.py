"""What a segment's condition means: SQL over everybody says what Python says of each, and time turns it over when said."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.base.facts import Subject
from regulars.core.condition_tree import calls_of
from regulars.core.past import CLOCKS_APART, Answers
from regulars.core.turning import INSTANT, next_turn
from regulars.loyalty.actions import NewPoints, give_points
from regulars.loyalty.facts import load_points
from regulars.people import facts as person_facts
from regulars.people import marks
from regulars.people.marks import FieldSet
from regulars.segments import conditions, pasts, sql
from regulars.segments.families import family_of
from tests.apps.world import World
from tests.examples import examples

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SPANS = [timedelta(days=1), timedelta(days=30), timedelta(days=90)]
EDGES = [timedelta(0), INSTANT, -INSTANT, timedelta(hours=5)]
_moments = st.one_of(
    st.tuples(st.sampled_from(SPANS), st.sampled_from(EDGES)).map(lambda pair: NOW - pair[0] - pair[1]),
    st.sampled_from(
        [NOW, NOW - CLOCKS_APART, NOW + CLOCKS_APART, NOW + CLOCKS_APART + INSTANT, NOW + timedelta(days=2)]
    ),
    st.sampled_from([datetime(2026, 1, 31, 14, 0, tzinfo=UTC), datetime(2026, 1, 31, 13, 59, tzinfo=UTC)]),
)
_people = st.integers(0, 3)
KINDS = ["order.placed", "message.opened", "x.visited"]
_events = st.lists(st.tuples(_people, st.sampled_from(KINDS), _moments, st.booleans()), max_size=9)
_lines = st.lists(st.tuples(st.sampled_from(["A-1", "B-2", "it's"]), st.booleans()), max_size=3)
_orders = st.lists(
    st.tuples(
        _people,
        _moments,
        st.sampled_from(["new", "delivered", "cancelled"]),
        st.sampled_from([None, None, "test"]),
        st.sampled_from(["RUB", "RUB", "USD"]),
        st.integers(0, 300_000),
        _lines,
    ),
    max_size=6,
)
_products = st.dictionaries(
    st.sampled_from(["A-1", "B-2"]),
    st.tuples(st.sampled_from([None, "Tea", "Cups"]), st.sampled_from([None, "Ahmad"])),
)
_merged = st.sampled_from([{}, {}, {3: 0}, {3: 2, 2: 1}, {1: 0, 2: 0}])
_tags = st.lists(st.tuples(_people, st.sampled_from(["vip", "old", "ru"])), max_size=4, unique=True)
_values = st.one_of(
    st.sampled_from(["tea", "ru", "5", "2026-02-01"]),
    st.sampled_from([5, Decimal("2.5"), -1, True, False, date(2026, 2, 1), date(2026, 2, 2)]),
    _moments,
)
_fields = st.lists(st.tuples(_people, st.sampled_from(["kind", "last-one"]), _values, st.integers(0, 3)), max_size=6)
_lots = st.lists(
    st.tuples(
        _people,
        st.integers(1, 6),
        st.sampled_from([NOW, NOW - timedelta(days=5), NOW - timedelta(days=40)]),
        st.none() | _moments,
        st.sampled_from([0, 0, 1, 5]),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=5,
)
_cards = st.lists(
    st.tuples(st.sampled_from([None, "ru", "en"]), st.none() | _moments, st.sampled_from([False, False, False, True])),
    min_size=4,
    max_size=4,
)

_periods = st.sampled_from(["", ", 1d", ", 30d", ", 90d", ", since 2026-02-01", ", since 2026-01-31T14:00:00Z"])
_kinds = st.sampled_from(KINDS)
_numbers = st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.sampled_from(["0", "1", "2", "-1"]))
_signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_asked = st.one_of(
    st.tuples(_kinds, _periods).map(lambda t: f"happened('{t[0]}'{t[1]})"),
    st.tuples(_kinds, _periods, _numbers).map(lambda t: f"count('{t[0]}'{t[1]}) {' '.join(t[2])}"),
    st.tuples(_kinds, _periods, _kinds).map(lambda t: f"count('{t[0]}'{t[1]}) > count('{t[2]}')"),
    st.tuples(st.sampled_from(["first", "last"]), _kinds, _signs, st.sampled_from(["1d ago", "30d ago", "now"])).map(
        lambda t: f"{t[0]}('{t[1]}') {t[2]} {t[3]}"
    ),
    st.tuples(st.sampled_from(["first", "last"]), _kinds, st.sampled_from(["exists", "missing"])).map(
        lambda t: f"{t[0]}('{t[1]}') {t[2]}"
    ),
    st.tuples(_kinds, _kinds).map(lambda t: f"last('{t[0]}') > last('{t[1]}')"),
    st.tuples(
        st.sampled_from(["'sku', 'A-1'", "'sku', \"it's\"", "'category', 'Tea'", "'brand', 'Ahmad'"]), _periods
    ).map(lambda t: f"bought({t[0]}{t[1]})"),
    st.tuples(_periods, _signs, st.sampled_from(["0", "1000", "1500.50"])).map(
        lambda t: f"spent({t[0][2:]}) {t[1]} {t[2]}"
    ),
    st.tuples(_periods, _numbers).map(lambda t: f"orders({t[0][2:]}) {' '.join(t[1])}"),
    st.sampled_from(
        ["person.language == 'ru'", "person.language != 'ru'", "person.is_customer", "person.customer_since < 30d ago",
         "person.customer_since in [30d ago, 1d ago]", "person.customer_since >= 2026-02-01", "now > 2026-03-02",
         "3d ago < 2026-03-02", "person.birthday missing", "orders() exists", "person.name == 'P1'",
         "'vip' in person.tags", "'old' not in person.tags", "person.tags exists", "person.language in person.tags"]
    ),
)  # fmt: skip
_plain = st.sampled_from(
    ["'tea'", "5", "2.50", "true", "false", "2026-02-01", "30d ago", "now", "2026-01-31T14:00:00Z"]
)
_owned = st.one_of(
    st.tuples(st.sampled_from(["kind", "last-one"]), _signs, _plain | st.just("person.language")).map(
        lambda t: f"person.fields.{t[0]} {t[1]} {t[2]}"
    ),
    st.tuples(_plain, _signs).map(lambda t: f"{t[0]} {t[1]} person.fields.kind"),
    st.tuples(_signs).map(lambda t: f"person.fields.kind {t[0]} person.fields.last-one"),
    st.tuples(st.sampled_from(["balance", "earned", "expiring"]), _numbers).map(
        lambda t: f"points.{t[0]} {' '.join(t[1])}"
    ),
    st.tuples(st.sampled_from(["expires_at", "expiring_at"]), _signs, st.sampled_from(["now", "1d ago", "2026-03-03"])).map(
        lambda t: f"points.{t[0]} {t[1]} {t[2]}"
    ),
    st.sampled_from(
        ["person.fields.kind exists", "person.fields.kind missing", "person.fields.kind", "not person.fields.last-one",
         "person.fields.kind in ['tea', 5, 2026-02-01, true]", "person.fields.kind in person.tags", "points.earned exists",
         "person.fields.kind.deeper exists", "'tea' in person.fields.kind", "points.expires_at missing",
         "points.balance == person.fields.kind", "points.expires_at > person.fields.kind", "points.balance > points.earned"]
    ),
)  # fmt: skip
_conditions = st.recursive(
    _asked | _owned,
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(lambda t: f"({t[0]}){t[1]}({t[2]})"),
    ),
    max_leaves=3,
)


class _Undone(Exception):
    """The example is over; nothing of it stays."""


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: Any) -> Any:
    from regulars.base import db
    from tests.conftest import fresh_database

    with django_db_blocker.unblock(), fresh_database():
        raw = db.loop_connection("test")
        world = World(raw, zone="Asia/Vladivostok")
        with world.writing() as cur:
            cur.execute("update shop_shop set currency = 'RUB' where id = %s", (world.shop_id,))
        yield world
        raw.close()


@settings(
    max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    texts=st.lists(_conditions, min_size=4, max_size=4),
    cards=_cards,
    events=_events,
    orders=_orders,
    products=_products,
    merged=_merged,
    tags=_tags,
    fields=_fields,
    lots=_lots,
)
def test_sql_says_of_everybody_what_python_says_of_each(
    shop, texts, cards, events, orders, products, merged, tags, fields, lots
):
    try:
        with shop.writing() as cur:
            people = _fill(cur, shop.shop_id, cards, events, orders, products, merged)
            for person, tag in tags:
                cur.execute(
                    "insert into people_tag (shop_id, person_id, tag, at, by) values (%s, %s, %s, %s, 'command')",
                    (shop.shop_id, people[person], tag, NOW),
                )
            for person, name, value, hours in fields:
                at = NOW - timedelta(hours=hours)
                marks.set_fields(cur, shop.shop_id, [FieldSet(people[person], name, value, "command")], at)
            _give(cur, shop.shop_id, people, lots)
            for text in texts:
                _compare(cur, shop.shop_id, text, people, merged)
            raise _Undone
    except _Undone:
        pass


def _compare(cur, shop_id, text, people, merged):
    condition = conditions.read(text)
    setting = pasts.setting_of(cur, shop_id)
    family = family_of(cur, shop_id)
    counted = sql.people(condition, shop_id, setting, NOW, family)
    (n,) = cur.execute(counted.count(), counted.params).fetchone()
    ids = {row[0] for row in cur.execute(counted.some(100), counted.params)}
    filled = sql.people(condition, shop_id, setting, NOW, family, with_turns=True)
    rows = {row[0]: row[1:] for row in cur.execute(filled.everybody(), filled.params)}
    assert {person for person, row in rows.items() if row[0]} == ids and len(ids) == n
    gone = {row[0] for row in cur.execute("select id from people_person where erased_at is not null")}
    roots = [person for i, person in enumerate(people) if i not in merged and person not in gone]
    assert ids <= set(roots)
    calls = calls_of(condition.tree)
    known = pasts.pasts_of(cur, shop_id, roots, calls, NOW, setting)
    cards = person_facts.load(cur, shop_id, [Subject(root, None) for root in roots], frozenset(condition.names), NOW)
    loaded = pasts.load(cur, shop_id, [Subject(root, None) for root in roots], frozenset(condition.names), NOW)
    accounts = load_points(cur, shop_id, [Subject(root, None) for root in roots], frozenset(condition.names), NOW)
    for root, card, answers, account in zip(roots, cards, loaded, accounts, strict=True):
        past = known[root]
        facts = {"person": card, "points": account, "shop": {"time_zone": setting.zone}}

        def holds(at, facts=facts, past=past):
            return condition.holds({**facts, "past": Answers(past, setting, at)}, at)

        assert holds(NOW) is (root in ids), text
        assert condition.holds({**facts, "past": answers}, NOW) is holds(NOW)
        turn = next_turn(condition, facts, past, setting, NOW)
        planned = rows.get(root, (False, None))[1]
        if turn is None:
            assert all(holds(at) is holds(NOW) for at in _later(past)), text
        else:
            assert holds(turn) is not holds(NOW) and holds(turn - INSTANT) is holds(NOW), (text, turn)
            assert all(holds(at) is holds(NOW) for at in _later(past) if at < turn), text
            assert planned is not None and NOW < planned <= turn, (text, planned, turn)


def _later(past):
    """Moments to come at which something might change."""
    happened = [at for list_ in past.events.values() for at in list_] + [p.placed_at for p in past.purchases]
    spans = [timedelta(0), *SPANS, timedelta(days=3)]
    found = {at + span + edge for at in [*happened, NOW] for span in spans for edge in EDGES}
    return sorted(at for at in found if at > NOW)


def _give(cur, shop_id, people, lots):
    """Points with and without a term, some of them gone already."""
    for n, (person, points, earned_at, until, gone, is_closed) in enumerate(lots):
        given = NewPoints(
            key=f"k{n}",
            person_id=people[person],
            points=points,
            earned_at=earned_at,
            valid_until=until,
            cause="command",
        )
        give_points(cur, shop_id, [given], NOW)
        (lot,) = cur.execute("select id from loyalty_lot where key = %s", (f"k{n}",)).fetchone()
        if gone:
            cur.execute(
                "insert into loyalty_entry (shop_id, person_id, lot_id, source, target, points, key, at, cause)"
                " values (%s, %s, %s, 'available', 'shop', %s, %s, %s, 'command')",
                (shop_id, people[person], lot, min(gone, points), f"g{n}", NOW),
            )
        if is_closed:
            cur.execute("update loyalty_lot set closed_at = %s where id = %s", (NOW, lot))


def _fill(cur, shop_id, cards, events, orders, products, merged):
    people = []
    for n, (language, since, is_erased) in enumerate(cards):
        row = cur.execute(
            "insert into people_person (shop_id, name, language, customer_since, erased_at) values (%s, %s, %s, %s, %s)"
            " returning id",
            (shop_id, f"P{n}", language, since, NOW if is_erased else None),
        ).fetchone()
        people.append(row[0])
    for member, root in merged.items():
        cur.execute("update people_person set merged_into = %s where id = %s", (people[root], people[member]))
    for person, kind, at, live in events:
        cur.execute(
            "insert into events_event (shop_id, kind, occurred_at, live, person_id) values (%s, %s, %s, %s, %s)",
            (shop_id, kind, at, live, people[person]),
        )
    for sku, (category, brand) in products.items():
        cur.execute(
            "insert into catalog_product (shop_id, sku, name, category, brand, version_at) values (%s, %s, '', %s, %s, %s)",
            (shop_id, sku, category, brand, NOW),
        )
    for n, (person, at, status, mark, currency, total, lines) in enumerate(orders):
        row = cur.execute(
            "insert into orders_order (shop_id, source, external_id, number, person_id, placed_at, placed_offset,"
            " version_at, status, currency, total, live, mark)"
            " values (%s, 'api', %s, %s, %s, %s, 0, %s, %s, %s, %s, true, %s) returning id",
            (shop_id, f"o{n}", f"{n}", people[person], at, at, status, currency, total, mark),
        ).fetchone()
        for position, (sku, dropped) in enumerate(lines):
            cur.execute(
                "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price, dropped)"
                " values (%s, %s, %s, %s, '', 1, 1, %s)",
                (shop_id, row[0], position, sku, dropped),
            )
    return people
