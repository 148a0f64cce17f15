"""A playground is filled: a shop, a year of its orders, of which the last weeks are lived through by the engine itself.

Nothing here writes past the product's doors: the oldest orders come as history by deliveries that say so, those of the
months in which the shop had one scheme alone as live ones (months.py), and so those of the last weeks, while the clock moves
through them and people act by the same actions as on screen. A filling that was cut short goes on.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.conf import settings

from regulars import schemes
from regulars.base import clock, db, pace
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.secrets import SecretBox, split_keys
from regulars.cli.playground import goods, seen
from regulars.cli.playground.deeds import Office
from regulars.cli.playground.engine import Engine
from regulars.cli.playground.history import snapshot_of
from regulars.cli.playground.life import Life
from regulars.cli.playground.months import MONTHS, live_months
from regulars.cli.playground.orders import Book
from regulars.cli.playground.rings import EXTENSIONS, LINE
from regulars.intake import actions as intake
from regulars.intake import queries as intake_queries
from regulars.intake.group_commit import NewDelivery, insert
from regulars.journeys import actions as journeys
from regulars.orders import tasks as orders
from regulars.outbox import spoken
from regulars.reports import tasks as reports
from regulars.segments import actions as segments
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from regulars.staff import actions as staff
from regulars.talks import threads_accounts as accounts

__all__ = ["LIVED", "Playground", "fill", "opened"]

COMMAND = Actor("command")
SEED = 2011
SLUG = "demo"
BOT = "warm_kitchen_test_bot"
ZONE = ZoneInfo("Europe/Moscow")
LIVED = timedelta(days=21)
"""How long before the beginning all schemes are live; MONTHS before that it is one alone, and what is older is history."""
BATCH = 250
STEP, NEAR_STEP, NEAR = timedelta(minutes=40), timedelta(minutes=5), timedelta(hours=30)
"""Deeds that lie closer together are done together, each with its own time; what followed from them then comes a little
late. Not so on the last days, which a visitor looks at first; and a new order is answered at once on any."""
LIVELY_FROM, LIVELY_UNTIL, LIVELY = 10, 19, (11, 20)
_STAFF = (
    ("owner@warm-kitchen.test", "Vera", "Вера", "owner"),
    ("lead@warm-kitchen.test", "Peter", "Пётр", "supervisor"),
    ("operator@warm-kitchen.test", "Lena", "Лена", "operator"),
    ("max@warm-kitchen.test", "Max", "Максим", "operator"),
    ("nina@warm-kitchen.test", "Nina", "Нина", "operator"),
)
_CALLERS = ("operator@warm-kitchen.test", "max@warm-kitchen.test")
_CARERS = ("nina@warm-kitchen.test",)
FIRST_SCHEME, SCHEMES = "again.yaml", ("after-order", "parcel.yaml")
"""What the shop began with, and what came when that had proven itself."""
SEGMENTS = {
    "regulars": ({"en": "Regular buyers", "ru": "Постоянные покупатели"}, "orders(365d) >= 3"),
    "sleeping": (
        {"en": "Bought once, and not for two months", "ru": "Купили однажды, больше двух месяцев назад"},
        "orders() == 1 and not happened('order.placed', 60d)",
    ),
}
ABOUT_SHOP = {
    "price": 300, "free_from": 5000, "lift_price": 150, "return_price": 300, "return_days": 14, "refund_days": 10,
    "windows": ["10-14", "14-18", "18-21"],
    "included": {"en": "delivery to the door and a year of warranty", "ru": "доставка до двери и год гарантии"},
}  # fmt: skip
"""What operators may say of the shop."""

Progress = Callable[[float], None]
"""Told how much is done, from 0 to 1."""


class Playground:
    """What a filled playground remembers of its beginning, in the shop's settings."""

    def __init__(self, cur: Cursor, shop_id: int, own: dict[str, str]) -> None:
        shop = shop_queries.settings_of(cur, shop_id)
        self.began = datetime.fromisoformat(own["began"])
        self.filled = bool(own.get("filled"))
        self.book = Book(int(own["seed"]), self.began, ZoneInfo(shop.time_zone))
        callers, carers = (tuple(seen.staff_of(cur, shop_id, list(emails))) for emails in (_CALLERS, _CARERS))
        self.office = Office(shop_id, shop.language, ZoneInfo(shop.time_zone), callers, carers)


def opened(cur: Cursor) -> Playground | None:
    """The playground of this installation, if it was filled by us."""
    found = seen.beginning(cur, SLUG)
    return None if found is None else Playground(cur, *found)


def fill(
    at: datetime | None = None,
    speed: float = 1.0,
    *,
    bare: bool = False,
    on_progress: Progress = lambda done: None,
    seed: int = SEED,
) -> bool:
    """Make an empty installation a playground and fill it; whether there was something to fill.

    One that is filled already keeps what it has. `bare`: only the shop, its staff, goods and schemes.
    Raises ClockRefused when the installation holds a real shop.
    """
    with db.transact() as cur:
        known = cur.execute("select 1 from shop_shop limit 1").fetchone() is not None
        if known:
            if not clock.read(cur).playground:
                pace.start_playground(cur)  # says why not
        else:
            _begin(cur, at, seed, bare=bare)
    with db.transact() as cur:
        here = opened(cur)
    is_to_fill = here is not None and not here.filled
    if here is not None and is_to_fill:
        _live(here, on_progress)
    with db.transact() as cur:
        if not known or is_to_fill or speed != 1.0:
            pace.set_speed(cur, speed)
    return is_to_fill


def _begin(cur: Cursor, at: datetime | None, seed: int, *, bare: bool) -> None:
    pace.start_playground(cur, at)
    began = at or _lively(clock.read(cur).business())
    pace.start_playground(cur, began if bare else began - LIVED - MONTHS, speed=0.0)
    now = clock.now_from(cur)
    shop_id = _shop(cur)
    language = shop_queries.settings_of(cur, shop_id).language
    _publish(cur, shop_id, language, now, (FIRST_SCHEME, *(SCHEMES if bare else ())))
    _deliver(cur, shop_id, "products", goods.snapshots(language, now))
    _bot(cur, shop_id)
    spoken.keep(cur, shop_id, spoken.ABOUT, spoken.ALL, ABOUT_SHOP, COMMAND, now)
    if not bare:
        shops.set_settings(cur, shop_id, {"playground": {"began": began.isoformat(), "seed": str(seed)}}, COMMAND)


def _publish(cur: Cursor, shop_id: int, language: str, now: datetime, names: tuple[str, ...]) -> None:
    """Schemes of our own by their file, ready ones by their name."""
    for name in names:
        if name.endswith(".yaml"):
            text = resources.files(__package__).joinpath(f"schemes/{name}").read_text(encoding="utf-8")
            journeys.publish(cur, shop_id, schemes.in_language(text, language), COMMAND, now, name)
        else:
            journeys.publish(cur, shop_id, schemes.ready(name, language), COMMAND, now, f"{name}.yaml")


def _bot(cur: Cursor, shop_id: int) -> None:
    """A bot that exists nowhere: buyers' chats are told by their deliveries, and what is answered stays in the letterbox."""
    slug = intake.open_feed(cur, shop_id, "telegram", COMMAND, source="telegram", secrets=[intake.new_secret()])
    (feed_id,) = (f.id for f in intake_queries.feeds(cur, shop_id) if f.slug == slug)
    kept = SecretBox(split_keys(settings.SECRET_KEY)).encrypt("no bot").decode()
    accounts.connect(cur, shop_id, "telegram", feed_id, {"username": BOT}, kept, COMMAND, polled=False)


def _lively(now: datetime) -> datetime:
    """Now, or the last late morning when the shop is closed: a visitor by night wants to see people at work, too."""
    local = now.astimezone(ZONE)
    if LIVELY_FROM <= local.hour < LIVELY_UNTIL:
        return now
    day = local.date() - timedelta(days=local.hour < LIVELY_FROM)
    return datetime(day.year, day.month, day.day, *LIVELY, tzinfo=ZONE)


def _shop(cur: Cursor) -> int:
    russian = os.environ.get("LANG", "").startswith("ru")
    shop_id = shops.create_shop(
        cur,
        SLUG,
        "Тёплая кухня" if russian else "Warm Kitchen",
        COMMAND,
        time_zone=str(ZONE),
        country="RU",
        currency="RUB",
        languages=("ru", "en") if russian else ("en", "ru"),
        brand={
            "email": "hello@warm-kitchen.test",
            "phone": LINE,
            "hours": {"en": "every day 9 to 20", "ru": "ежедневно с 9 до 20"},
        },
    )
    week = {d: ["09:00-20:00"] for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    shops.set_hours(cur, shop_id, "main", {"zone": str(ZONE), "hours": week, "days_off": [], "extra": {}}, COMMAND)
    language = "ru" if russian else "en"
    accounts = {
        email: staff.create_account(cur, shop_id, email, name if russian else english, role, COMMAND, language=language)
        for email, english, name, role in _STAFF
    }
    for email, extension in zip((*_CALLERS, *_CARERS), EXTENSIONS, strict=True):
        staff.set_extension(cur, shop_id, accounts[email], extension, COMMAND)
    return shop_id


def _deliver(cur: Cursor, shop_id: int, kind: str, items: list[dict[str, object]], *, live: bool = True) -> None:
    body = db.dumps(items).encode()
    insert(cur, [NewDelivery(shop_id, "api", kind, body, str(COMMAND), batch=True, live=live)])


def _live(here: Playground, on_progress: Progress) -> None:
    """The year as history, then months with one scheme, day by day, then the last weeks, moment by moment."""
    raw = db.loop_connection("playground")
    # Cut short by a crash, it goes on from what is on disk; so no commit need wait for the disk.
    raw.execute("set synchronous_commit = off")
    # Thousands of small steps on small tables: planning each anew would take longer than carrying it out.
    raw.execute("set plan_cache_mode = force_generic_plan")
    engine = Engine(raw)
    try:
        starts = here.began - LIVED
        with db.transaction_on(raw) as cur:
            if clock.now_from(cur) <= starts - MONTHS:
                for batch in _batches(_history(here, starts - MONTHS)):
                    _deliver(cur, here.office.shop_id, "orders", batch, live=False)
        engine.settle()
        on_progress(0.05)
        live_months(
            raw, engine, here.book, here.office.shop_id, starts, partial(_deliver_orders, here),
            lambda done: on_progress(0.05 + 0.25 * done),
        )  # fmt: skip
        _live_weeks(here, raw, engine, lambda done: on_progress(0.3 + 0.7 * done))
        with db.transaction_on(raw) as cur:
            _deliver(cur, here.office.shop_id, "orders", _unreadable(here), live=True)
            _deliver(cur, here.office.shop_id, "products", goods.snapshots(here.office.language, here.began))
        engine.settle()
        with db.transaction_on(raw) as cur:
            own = {"began": here.began.isoformat(), "seed": str(here.book.seed), "filled": "yes"}
            shops.set_settings(cur, here.office.shop_id, {"playground": own}, COMMAND)
            for name, (title, condition) in SEGMENTS.items():
                segments.make(cur, here.office.shop_id, name, title, condition, COMMAND, here.began)
            cur.execute("set local synchronous_commit = on")
        orders.learn_pairs_of(here.office.shop_id)
        raw.execute("analyze")
        reports.roll_up_of(here.office.shop_id)
    finally:
        engine.close()
        raw.close()


def _deliver_orders(here: Playground, cur: Cursor, items: list[dict[str, object]]) -> None:
    _deliver(cur, here.office.shop_id, "orders", items)


def _live_weeks(here: Playground, raw: "psycopg.Connection[Any]", engine: Engine, on_progress: Progress) -> None:
    """All schemes are live, and everybody is at work."""
    shop_id = here.office.shop_id
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        if not seen.has_scheme(cur, shop_id, SCHEMES[0]):
            _publish(cur, shop_id, here.office.language, now, SCHEMES)
    starts = here.began - LIVED
    life = Life(here.book, here.office, leisurely=False, since=starts)
    placed = max(seen.last_placed(raw, shop_id) or now, starts)
    while True:
        _, coming = life.turn(raw, placed, now, engine.break_promises)
        following = engine.settle()
        on_progress(1 - (here.began - now) / LIVED)
        if now >= here.began:
            break
        step = NEAR_STEP if here.began - now < NEAR else STEP
        moment = max(min(coming, following or coming), now + step)
        placed, now = now, min(moment, here.book.next_after(now), here.began)
        with db.transaction_on(raw) as cur:
            pace.jump(cur, now)


def _history(here: Playground, until: datetime) -> Iterator[dict[str, object]]:
    for order in here.book.past:
        if order.at >= until:
            return
        yield snapshot_of(order, until, here.book.seed)


def _unreadable(here: Playground) -> list[dict[str, object]]:
    """What the shop's new plug-in sends wrong, for the quarantine."""
    spoilt: list[dict[str, object]] = []
    for n, order in enumerate(here.book.past[-5:-1]):
        body = order.snapshot(here.began, "new", "card") | {"id": f"K-{n + 1}", "number": f"K-{n + 1}", "buyer": None}
        spoilt.append(body | ({"currency": "RUR"} if n < 3 else {"placed_at": f"{order.at:%Y-%m-%dT%H:%M:%S}"}))
    return spoilt


def _batches(items: Iterator[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    batch: list[dict[str, object]] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
