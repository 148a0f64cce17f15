"""Reading a scheme with all that this shop knows: its facts, letters, teams and channels.

The one way in for `scheme check`, publishing and the screens; the language itself is core's.
"""

from collections.abc import Collection
from functools import lru_cache, partial
from ipaddress import ip_address

from regulars.base import clock, facts
from regulars.base.calling import reach
from regulars.base.db import Cursor
from regulars.base.ssrf import Forbidden, Reach, Unresolved, place
from regulars.core.build import Known
from regulars.core.read import Reading, read_scheme
from regulars.journeys.backtest_prices import prices_of
from regulars.journeys.beside import beside_of
from regulars.journeys.fact_loading import SHOP_FIELDS
from regulars.journeys.unsent import unsent
from regulars.journeys.versions import names
from regulars.orders.snapshot import PAYMENT_STATUSES, STATUSES
from regulars.orders.usual import usual_times
from regulars.outbox.catalogue import letters_of
from regulars.outbox.liquid import parse
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.spoken import scripts
from regulars.outbox.template_fields import fields
from regulars.segments import queries as segments
from regulars.shop import queries as shop
from regulars.shop import signing

__all__ = ["facts_of_schemes", "read_alone", "read_for_shop"]

LETTER_OWN = frozenset({"shop.name", "shop.phone", "shop.email", "shop.hours"})
"""What only letters may ask for; links and promises are checked by the language itself."""

VALUES = {"order.status": STATUSES, "order.payment.status": PAYMENT_STATUSES}
"""Facts that are one of a few words."""


@lru_cache(maxsize=4096)
def _inline_fields(words: str) -> Collection[str]:
    try:
        return fields(parse(words)).used
    except TemplateProblem as problem:
        raise ValueError(str(problem)) from problem


def facts_of_schemes() -> frozenset[str]:
    """The dotted names of all that a condition may ask for, but what the scheme itself knows (events, answers, outcomes)."""
    return facts.known() | SHOP_FIELDS


def _why_not_called(where: Reach, url: str) -> str | None:
    """What can be seen of an address without asking anybody; from a playground nobody outside is called anyway."""
    try:
        place(url, "public" if where == "machine" else where, _own_number)
    except Unresolved:
        return None
    except Forbidden as forbidden:
        return None if where == "machine" and forbidden.code in ("port", "address") else forbidden.code
    return None


def _own_number(host: str, _port: int) -> list[str]:
    """The address that is written there; a name has none until it is asked for."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return ["127.0.0.1"]
        return []


def read_alone(text: str, file: str = "scheme.yaml") -> Reading:
    """Read and check a scheme's text without any shop: against the facts that every shop has, and the words in the text."""
    return read_scheme(
        text, file, Known(facts=facts_of_schemes() | LETTER_OWN, inline_fields=_inline_fields, values=VALUES)
    )


def read_for_shop(
    cur: Cursor, shop_id: int, text: str, file: str = "scheme.yaml", beside: Collection[str] = ()
) -> Reading:
    """Read and check a scheme's text for this shop; never raises on a bad text. `beside`: texts that are checked with it."""
    settings = shop.settings_of(cur, shop_id)
    letters = letters_of(cur, shop_id, settings.languages)
    schemes = beside_of(cur, shop_id, beside)
    return read_scheme(
        text,
        file,
        Known(
            facts=facts_of_schemes() | LETTER_OWN,
            templates=letters.get,
            template_names=tuple(letters),
            inline_fields=_inline_fields,
            schemes=names(cur, shop_id),
            segments=segments.names(cur, shop_id),
            scripts=scripts(cur, shop_id),
            secrets=signing.names(cur, shop_id),
            address=partial(_why_not_called, reach(clock.read(cur).playground)),
            teams=[*shop.team_keys(cur, shop_id), shop.SHOP_TEAM],
            values=VALUES,
            purposes=letters.purpose,
            missing_languages=letters.missing_languages,
            cap=(settings.cap_count, settings.cap_days),
            usual=usual_times(cur, shop_id, clock.now_from(cur)),
            currency=settings.currency,
            priced=frozenset(prices_of(cur, shop_id)),
            unsent=unsent(letters, schemes),
            beside=schemes.all.values() if schemes else (),
        ),
    )
