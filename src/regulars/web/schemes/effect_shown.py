"""An effect in words and figures: what its card, its line in the table and its page say.

Owns the choice of what is said; sentences stand in the templates, places of the picture in effect_chart.py.
"""

from math import floor, inf, log10
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.reports.uplift_cards import Effect
from regulars.reports.uplift_sums import Look
from regulars.rules.money import exponent
from regulars.rules.proof import Interval
from regulars.rules.proof_verdict import ADVISED_LEAST
from regulars.web import words
from regulars.web.say import Say
from regulars.web.schemes.effect_chart import chart, forest, percent, signed, span_of

__all__ = ["ARMS", "card", "line", "list_of", "looks", "page_of", "title_of", "whole_shop"]

ARMS = ("given", "held")
TABLE_ROWS = 31
"""So many days stand in the table beside the curve; of more, evenly taken ones and the last."""


def card(effect: Effect, say: Say, *, is_owner: bool = False) -> dict[str, Any]:
    """All that the card of a scheme draws."""
    found = effect.last.found if effect.last else None
    uplift = found.uplift if found else None
    low, high = span_of(say, uplift) if uplift else ("", "")
    return {
        **line(effect, say),
        "low": low,
        "high": high,
        "at": signed(say, uplift.at) if uplift else "",
        "held_is_none": found is not None and found.held <= 0,
        "more": _about(say, effect.more) if effect.more else "",
        "has_enough": effect.more == 0,
        "through": say.number(effect.people),
        "total": _about(say, effect.people + effect.more) if effect.more else "",
        "ready": say.day(effect.ready) if effect.ready else "",
        "least": percent(say, effect.least),
        "first_ready": say.day(effect.first_ready) if effect.first_ready else "",
        "done": min(100, round(100 * effect.people / (effect.people + effect.more))) if effect.more else 0,
        "brought": _brought(effect, say),
        "chart": chart(effect, say),
        "groups": [_group(effect, say, arm) for arm in ARMS],
        "waiting": say.number(effect.waiting) if effect.waiting else "",
        "waiting_href": _behind(effect, "waiting"),
        "days": effect.days,
        "alarms": _alarms(effect, say),
        "concerned": _concerned(effect),
        "has_strata": len(effect.sums.arms) > 1,
        "advice": _advice(effect, say) if is_owner else None,
    }


def line(effect: Effect, say: Say) -> dict[str, Any]:
    """A line in the table of all schemes."""
    uplift = effect.last.found.uplift if effect.last else None
    low, high = span_of(say, uplift) if uplift else ("", "")
    return {
        "name": effect.name,
        "title": title_of(effect, say.language),
        "href": page_of(effect.name) + _query(effect),
        "is_shop": effect.scheme is None,
        "is_live": effect.is_live,
        "verdict": effect.verdict,
        "is_idle": effect.is_idle,
        "is_order": effect.scheme is not None and effect.scheme.per == "order",
        "share": percent(say, effect.share / 1000, 0 if effect.share % 10 == 0 else 1) if effect.share else "",
        "people": say.number(effect.people),
        "has_people": bool(effect.people),
        "has_look": effect.last is not None,
        "at": signed(say, uplift.at) if uplift else "",
        "low": low,
        "high": high,
        "most": signed(say, uplift.high) if uplift and uplift.high < inf else "",
        "more": _about(say, effect.more) if effect.more else "",
        "first_ready": say.day(effect.first_ready) if effect.first_ready else "",
        "forest": forest(effect),
    }


def title_of(effect: Effect, language: str) -> str:
    """What the scheme is called; of the whole shop, that it is that."""
    if effect.scheme is None:
        return whole_shop()
    return words.in_language(effect.scheme.title, language) or effect.name


def whole_shop() -> str:
    """What the hold-out of the whole shop is called."""
    return _("The whole shop: all schemes together")


def page_of(name: str) -> str:
    """The page of a scheme's effect; '' the shop's."""
    return reverse("web:scheme_effect", args=[name]) if name else reverse("web:shop_effect")


def list_of(name: str) -> str:
    """The list of those behind a figure of it."""
    return reverse("web:scheme_effect_who", args=[name]) if name else reverse("web:shop_effect_who")


def _query(effect: Effect) -> str:
    return "" if effect.metric == "again" else f"?metric={effect.metric}"


def _behind(effect: Effect, what: str, arm: str = "") -> str:
    query = {"what": what, **({"arm": arm} if arm else {})}
    return f"{list_of(effect.name)}?{urlencode(query)}"


def _group(effect: Effect, say: Say, arm: str) -> dict[str, str]:
    """A group's row: people, of whom ordered, their share; or their orders, or revenue, and a person's."""
    n = effect.sums.count("n", arm)
    is_money, is_orders = effect.metric == "revenue", effect.metric == "orders"
    what = effect.sums.count(effect.metric, arm)
    return {
        "arm": arm,
        "n": say.number(n),
        "n_href": _behind(effect, "n", arm),
        "what": say.money(_whole(what, say.currency), say.currency) if is_money else say.number(what),
        "what_href": _behind(effect, "again", arm),
        "each": (
            "—"
            if not n
            else say.money(round(what / n), say.currency)
            if is_money
            else say.number(round(what / n, 2))
            if is_orders
            else percent(say, what / n, 1)
        ),
    }


def _whole(minor: int, currency: str) -> int:
    """The sum without its small change, which says nothing here."""
    unit: int = 10 ** exponent(currency)
    return (minor + unit // 2) // unit * unit


def _brought(effect: Effect, say: Say) -> dict[str, str] | None:
    """What those with the scheme did more, or less, than they would have without it; of those counted so far."""
    look = effect.last
    if look is None or effect.verdict not in ("works", "against"):
        return None
    gap, n = look.found.difference, look.n_given
    ends = sorted(abs(v) * n for v in (gap.low, gap.high))

    def say_it(value: float) -> str:
        whole = round(_rounded(value))
        return say.money(whole, say.currency) if effect.metric == "revenue" else say.number(whole)

    return {
        "about": say_it(abs(gap.at) * n),
        "low": say_it(ends[0]),
        "high": say_it(ends[1]),
        "people": say.number(n),
        "each": say.money(round(abs(gap.at)), say.currency) if effect.metric == "revenue" else "",
    }


def _rounded(value: float) -> float:
    """To two figures, from a thousand on to three: more would feign what isn't known."""
    if value < 1:
        return value
    places = (1 if value < 1000 else 2) - floor(log10(value))
    return round(value, places)


def _about(say: Say, n: int) -> str:
    return say.number(max(1, round(_rounded(n))))


def _alarms(effect: Effect, say: Say) -> dict[str, Any] | None:
    """Which alarms ring, with the figures that made them."""
    if not effect.alarms:
        return None
    sums = effect.sums
    entered, held = sums.count("entered"), sums.count("entered", "held")
    wanted = sum(arm.entered * share / 1000 for (share, _days), arms in sums.arms.items() for arm in arms.values())
    shares = [
        percent(say, sums.count("others", arm) / max(sums.count("n", arm), 1), 1) for arm in ARMS
    ]  # fmt: skip
    return {
        "sizes": effect.alarms.sizes,
        "others": effect.alarms.others,
        "entered": say.number(entered),
        "held": say.number(held),
        "wanted": say.number(round(wanted)),
        "given_others": shares[0],
        "held_others": shares[1],
        "given_href": _behind(effect, "others", "given"),
        "held_href": _behind(effect, "others", "held"),
    }


def _concerned(effect: Effect) -> list[dict[str, str]]:
    """Where an alarm rings, or the scheme does harm: the lists of the people whom that concerns, a group each."""
    if effect.is_idle or effect.verdict not in ("broken", "against"):
        return []
    what = "n" if effect.verdict == "against" else "entered" if effect.alarms.sizes else "others"
    return [{"arm": arm, "href": _behind(effect, what, arm)} for arm in ARMS]


def _advice(effect: Effect, say: Say) -> dict[str, str] | None:
    """Another hold-out that would serve better: a smaller one when it is clear, a larger one when it would take long."""
    if not effect.is_live or not effect.share or effect.scheme is None:
        return None
    share = ADVISED_LEAST if effect.verdict == "works" and effect.share > ADVISED_LEAST * 1000 else effect.advised
    if share is None:
        return None
    return {
        "share": percent(say, share),
        "href": reverse("web:scheme", args=[effect.name]) + "?view=text",
    }


def looks(effect: Effect, say: Say) -> list[dict[str, str]]:
    """The days of the curve as rows, the newest first."""
    every = max(1, -(-len(effect.looks) // TABLE_ROWS))
    taken = [look for i, look in enumerate(reversed(effect.looks)) if i % every == 0]
    return [_row(look, say) for look in taken]


def _row(look: Look, say: Say) -> dict[str, str]:
    uplift: Interval | None = look.found.uplift
    low, high = span_of(say, uplift) if uplift else ("", "")
    return {
        "day": say.day(look.day),
        "given": say.number(look.n_given),
        "held": say.number(look.n_held),
        "at": signed(say, uplift.at) if uplift else "—",
        "low": low,
        "high": high,
        "after": "1" if look.afterwards else "",
        "is_bad": "" if look.trusted else "1",
    }
