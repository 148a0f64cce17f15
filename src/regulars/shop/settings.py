"""What an owner may set for the shop, with the values that hold until he does.

Owns the names, the defaults and the reading of `shop_shop.settings` and `.brand`; knows no other app.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from regulars.rules import visibility
from regulars.rules.rank import DEFAULT
from regulars.rules.warning import WarnRule
from regulars.rules.whose_day import SHOP_ZONE, zones_to_mind
from regulars.shop.clocks import (
    CLOCKS,
    RETRIES,
    WAITING_STATES,
    KindClock,
    Retry,
    WaitingState,
    read_clocks,
    read_retries,
    read_waiting_states,
)

__all__ = ["WARN_RULES", "ShopSettings", "read_settings"]

WARN_RULES: Mapping[str, WarnRule] = {
    "call": WarnRule(20, timedelta(minutes=3)),
    "ship": WarnRule(20, timedelta(hours=1)),
    "delivery": WarnRule(20, timedelta(hours=2)),
    "answer": WarnRule(20, timedelta(minutes=3)),
}
"""By kind of promise: which share of its working time before its end it is at risk, and at least how long before."""


TEST_NAMES = ("test", "testing", "тест", "тестовый", "тестовая", "проверка")
TEST_METHODS = ("test", "bogus", "dummy")


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """A shop, as every app needs it.

    `history_after`: an order first seen when older than this is history. `cap_count` advertisements in `cap_days` days
    over all schemes. `hold_out`: permille of people who get no advertising, points and codes of any scheme.
    `quiet`: local hours at the buyer's in which SMS, messengers, calls and advertising wait.
    `day`: when a buyer may be called. `body_days`: after them raw bodies and sent bytes are emptied.
    `visibility`: which fields a role sees (rules/visibility.py). `escalate_share`: so many percent of the time from target
    to limit before the limit the supervisor is told, and again after the limit each `late_every` of working time.
    `forecast_margin`: who is forecast to be done so shortly before his limit counts as late. `services_see_contacts`:
    telephones and addresses go whole to the services by which staff are told.
    `warn`: when promises are at risk, by kind; `window_promises`: whether a window that the shop has told with an order is
    one; `promise_team`: who is given tasks about promises that are no team's own ('' the first team).
    `clocks`: kind of task -> how long it may take, for tasks that no scheme times. `waiting_states`: where a clock stands.
    `retries`: when a call that no scheme conducts is tried again, time after time, as long as nobody answers.
    `unknown_zone`: whose day counts for a buyer whose zone nobody knows, SHOP_ZONE or COUNTRY_ZONES.
    `lines`: the shop's numbers whose calls are another team's than the clock says (number -> team).
    `double_within`: two orders of one buyer that near may be one. `test_…`: by what an order is known for a test: a word of
    the name, an address or its domain, a telephone, a way of paying, a total of nothing.
    `first_steps`: which of the first steps its owner stands at: shop, orders, scheme; '' when he is through.
    `silent`: whoever gives no sign of life for so long is away; `break_keeps`: his tasks wait for somebody on a break so
    long; `most_tasks`: that a person may have at once. `rank`: the order of calls, `near`: when a limit is near.
    """

    id: int
    slug: str
    name: str
    time_zone: str
    country: str
    currency: str
    languages: tuple[str, ...]
    history_after: timedelta
    cap_count: int
    cap_days: int
    quiet: tuple[time, time]
    day: tuple[time, time]
    satisfaction_days: int
    body_days: int
    phone: str
    email: str
    hours: Mapping[str, str]
    lines: Mapping[str, str] = field(default_factory=dict)
    first_steps: str = ""
    silent: timedelta = timedelta(minutes=10)
    break_keeps: timedelta = timedelta(minutes=15)
    most_tasks: int = 5
    rank: tuple[str, ...] = DEFAULT
    near: timedelta = timedelta(minutes=10)
    visibility: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: visibility.read({}))
    escalate_share: int = 25
    late_every: timedelta = timedelta(hours=2)
    forecast_margin: timedelta = timedelta(minutes=2)
    services_see_contacts: bool = False
    unknown_zone: str = SHOP_ZONE
    clocks: Mapping[str, KindClock] = field(default_factory=lambda: dict(CLOCKS))
    waiting_states: tuple[WaitingState, ...] = WAITING_STATES
    retries: tuple[Retry, ...] = RETRIES
    double_within: timedelta = timedelta(hours=24)
    test_names: tuple[str, ...] = ()
    test_emails: tuple[str, ...] = ()
    test_phones: tuple[str, ...] = ()
    test_methods: tuple[str, ...] = ()
    test_zero: bool = False
    brand: Mapping[str, Any] = field(default_factory=dict)
    warn: Mapping[str, WarnRule] = field(default_factory=lambda: WARN_RULES)
    window_promises: bool = True
    promise_team: str = ""
    hold_out: int = 0

    def zones_of(self, known: str | None) -> tuple[str, ...]:
        """The zones in all of which it must be day before this buyer is called; `known`: his own, if it is known."""
        return zones_to_mind(known, self.unknown_zone, self.time_zone, self.country)

    @property
    def language(self) -> str:
        """The language of whoever has none of his own."""
        return self.languages[0]


def _clock(text: str) -> time:
    hours, minutes = text.split(":")
    return time(int(hours), int(minutes))


def _warn_rule(own: Mapping[str, int], rule: WarnRule) -> WarnRule:
    least = own.get("least_minutes")
    return WarnRule(own.get("share", rule.share), rule.least if least is None else timedelta(minutes=least))


def read_settings(row: tuple[Any, ...]) -> ShopSettings:
    """A shop's row (id, slug, name, time_zone, country, currency, languages, settings, brand) with the defaults."""
    id_, slug, name, zone, country, currency, languages, own, brand = row
    return ShopSettings(
        id=id_,
        slug=slug,
        name=name,
        time_zone=zone,
        country=country,
        currency=currency,
        languages=tuple(languages) or ("en",),
        history_after=timedelta(hours=own.get("history_after_hours", 24)),
        cap_count=own.get("cap_count", 2),
        cap_days=own.get("cap_days", 30),
        quiet=(_clock(own.get("quiet_from", "21:00")), _clock(own.get("quiet_until", "09:00"))),
        day=(_clock(own.get("day_from", "09:00")), _clock(own.get("day_until", "21:00"))),
        satisfaction_days=own.get("satisfaction_days", 14),
        body_days=own.get("body_days", 30),
        phone=brand.get("phone", ""),
        email=brand.get("email", ""),
        hours=brand.get("hours", {}),
        lines=own.get("lines", {}),
        first_steps=own.get("first_steps", ""),
        silent=timedelta(minutes=own.get("silent_minutes", 10)),
        break_keeps=timedelta(minutes=own.get("break_minutes", 15)),
        most_tasks=own.get("most_tasks", 5),
        rank=tuple(own.get("rank", DEFAULT)),
        near=timedelta(minutes=own.get("near_minutes", 10)),
        visibility=visibility.read(own.get("visibility", {})),
        escalate_share=own.get("escalate_share", 25),
        late_every=timedelta(hours=own.get("late_every_hours", 2)),
        forecast_margin=timedelta(minutes=own.get("forecast_margin_minutes", 2)),
        services_see_contacts=own.get("services_see_contacts", False),
        unknown_zone=own.get("unknown_zone", SHOP_ZONE),
        clocks=read_clocks(own.get("clocks")),
        waiting_states=read_waiting_states(own.get("waiting_states")),
        retries=read_retries(own.get("retries")),
        double_within=timedelta(minutes=own.get("double_minutes", 24 * 60)),
        test_names=tuple(own.get("test_names", TEST_NAMES)),
        test_emails=tuple(own.get("test_emails", ())),
        test_phones=tuple(own.get("test_phones", ())),
        test_methods=tuple(own.get("test_methods", TEST_METHODS)),
        test_zero=own.get("test_zero", False),
        brand=brand,
        warn={kind: _warn_rule(own.get("warn", {}).get(kind, {}), rule) for kind, rule in WARN_RULES.items()},
        window_promises=own.get("window_promises", True),
        promise_team=own.get("promise_team", ""),
        hold_out=own.get("hold_out_percent", 0) * 10,
    )
