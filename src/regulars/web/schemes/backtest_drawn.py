"""What a backtest drew by lot, as the page says it: from which measured rates or which defaults, by which seed.

Owns these words and rows; the rates are journeys/backtest_rates.py's. A result of an earlier release lacks some of it, and
then less is said.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.core.scheme import Scheme
from regulars.web.say import Say, span
from regulars.web.scheme_names import title_of
from regulars.web.schemes import backtest_words as said

__all__ = ["drawn"]

_REACTIONS = {
    "message.opened": gettext_lazy("opened %(share)s"),
    "message.clicked": gettext_lazy("followed a link %(share)s"),
}


def drawn(result: Mapping[str, Any], say: Say, scheme: Scheme | None) -> dict[str, Any]:
    """The rows and the sentences around them. `scheme`: that of the last side, for what its steps are called."""
    sides: Sequence[Mapping[str, Any]] = result["sides"]
    rates: dict[str, Mapping[str, Any]] = {}
    for side in reversed(sides):  # the version asked for first, then what only the one beside it has
        rates |= {step: rate for step, rate in side["rates"].items() if step not in rates}
    lines = [
        _line(title_of(scheme, step, say.language), _outcomes(rate, say), rate, say) for step, rate in rates.items()
    ]
    reacts: Mapping[str, Mapping[str, Any]] = result.get("reacts") or {}
    lines += [
        _line(_("Letters"), str(_REACTIONS[kind]) % {"share": _percent(rate, "yes", say)}, rate, say)
        for kind, rate in reacts.items()
        if kind in _REACTIONS
    ]
    measured = sum(line["basis"] == "measured" for line in lines)
    return {
        "seed": result["seed"],
        "lines": lines,
        "total": say.number(len(lines)),
        "measured": say.number(measured),
        "defaults": len(lines) - measured,
        "defaults_words": say.number(len(lines) - measured),
        "period": _period(result, say),
    }


def _period(result: Mapping[str, Any], say: Say) -> dict[str, str] | None:
    """The time in which was measured, and how few say nothing."""
    found = result.get("measured")
    if not found:
        return None
    return {
        "since": say.day(datetime.fromisoformat(found["since"])),
        "until": say.day(datetime.fromisoformat(result["until"])),
        "least": say.number(found["least"]),
    }


def _line(title: str, shares: str, rate: Mapping[str, Any], say: Say) -> dict[str, str]:
    return {
        "title": title,
        "shares": shares,
        "after": span(timedelta(seconds=rate["delay"])),
        "basis": rate["basis"],
        "from": _from(rate, say),
    }


def _outcomes(rate: Mapping[str, Any], say: Say) -> str:
    by_share = sorted(rate["shares"].items(), key=lambda one: -one[1])  # what was stored has lost its order
    return ", ".join(f"{said.turned(name)} {_percent(rate, name, say)}" for name, n in by_share if n)


def _percent(rate: Mapping[str, Any], name: str, say: Say) -> str:
    total = sum(rate["shares"].values()) or 1
    return say.share(round(100 * rate["shares"].get(name, 0) / total))


def _from(rate: Mapping[str, Any], say: Say) -> str:
    """Where a rate comes from: measured on so many, supposed by somebody, or a default, and why."""
    count = {"count": say.number(rate["n"])}
    if rate["basis"] == "measured":
        return ngettext("measured on %(count)s case", "measured on %(count)s cases", rate["n"]) % count
    if rate["basis"] == "assumed":
        return _("supposed by whoever ran it")
    if not rate["n"]:
        return _("nothing was measured")
    return ngettext("only %(count)s case was measured", "only %(count)s cases were measured", rate["n"]) % count
