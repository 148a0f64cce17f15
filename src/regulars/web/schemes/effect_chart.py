"""The picture of an effect: its curve and band over days, and its dot and band in a row. Reckons places, draws nothing."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import inf
from typing import Any

from regulars.reports.uplift_cards import Effect
from regulars.reports.uplift_sums import Look
from regulars.rules.proof import Interval
from regulars.web.say import Say

__all__ = ["chart", "forest", "percent", "signed", "span_of"]

LEFT, RIGHT, TOP, BOTTOM = 62.0, 584.0, 8.0, 208.0
MOST_POINTS = 120
STEPS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0)
DAY_STEPS = (1, 2, 5, 7, 10, 14, 20, 30, 60, 90, 180, 360)
FURTHEST = 5.0
"""An uplift of more than fivefold is cut off by the edge."""
MIDDLE, PER_UNIT = 120, 110
"""Of the dot and band: where nought is, and pixels for an uplift of one whole."""


def percent(say: Say, share: float, digits: int = 0) -> str:
    """`31.0%`, `31,0 %`."""
    text = f"{share * 100:.{digits}f}"
    if say.language == "ru":
        return text.replace(".", ",") + "\u00a0%"
    return f"{text}%"


def _bare(say: Say, value: float) -> str:
    digits = 1 if 0 < abs(value) < 0.01 else 0
    text = f"{abs(value) * 100:.{digits}f}"
    sign = "−" if value < 0 else "+" if float(text) else ""
    return sign + (text.replace(".", ",") if say.language == "ru" else text)


def signed(say: Say, value: float) -> str:
    """`+29%`, `−2 %`, with a true minus."""
    return _bare(say, value) + ("\u00a0%" if say.language == "ru" else "%")


def span_of(say: Say, found: Interval) -> tuple[str, str]:
    """Both ends, of which the second has the sign of percent: `+6`, `+52%`; the second '' where there is no end yet."""
    return _bare(say, found.low), "" if found.high == inf else signed(say, found.high)


def chart(effect: Effect, say: Say) -> dict[str, Any] | None:
    """Lines, band and labels in a drawing of 600 × 228; None while there are not two looks to join."""
    looks = [look for look in effect.looks if look.found.uplift is not None]
    if len(looks) < 2:
        return None
    first, last = looks[0].day, looks[-1].day
    end = last
    if effect.ready and effect.verdict == "early" and (effect.ready - first).days <= 2 * (last - first).days + 60:
        end = max(end, effect.ready + timedelta(days=1))
    across = _Axis(0, max((end - first).days, 1), LEFT, RIGHT)
    low, high = _range(looks[-1].found.uplift)
    up = _Axis(low, high, BOTTOM, TOP)
    points = _thinned(looks)
    xs = [across.at((look.day - first).days) for look in points]
    found = [look.found.uplift for look in points if look.found.uplift]
    over = [f"{x:.1f},{up.at(i.high):.1f}" for x, i in zip(xs, found, strict=True)]
    under = [f"{x:.1f},{up.at(i.low):.1f}" for x, i in zip(xs, found, strict=True)]
    line = [f"{x:.1f},{up.at(i.at):.1f}" for x, i in zip(xs, found, strict=True)]
    return {
        "band": " ".join(over + under[::-1]),
        "line": " ".join(line),
        "dot": line[-1].split(","),
        "lines": [
            {"y": f"{up.at(v):.1f}", "text": f"{up.at(v) + 4:.1f}", "label": signed(say, v), "is_zero": abs(v) < 1e-9}
            for v in _ticks(low, high)
        ],
        "days": [{"x": f"{across.at(d):.1f}", "n": d, "is_first": d == 0} for d in _days((end - first).days) if d >= 0],
        "mark": _mark(effect, across, first),
        "is_after": any(look.afterwards for look in looks),
    }


class _Axis:
    """From values to places; what is beyond the ends stands at them."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._high, self._start = low, high, start
        self._unit = (end - start) / (high - low)

    def at(self, value: float) -> float:
        """The place of the value."""
        return self._start + (min(max(value, self._low), self._high) - self._low) * self._unit


def _range(latest: Interval | None) -> tuple[float, float]:
    """Ends of the upright axis: the latest interval has about half of it."""
    assert latest is not None
    high = max(latest.at * 2, 1.5) if latest.high == inf else latest.high
    low, high = min(latest.low, 0.0), max(min(high, FURTHEST), 0.0)
    spare = max((high - low) * 0.4, 0.05)
    return max(low - spare, -1.0), min(high + spare, FURTHEST)


def _ticks(low: float, high: float) -> list[float]:
    step = next((s for s in STEPS if (high - low) / s <= 6), STEPS[-1])
    n = -int(-low / step)
    out = []
    while n * step <= high:
        if n * step >= low:
            out.append(round(n * step, 6))
        n += 1
    return out


def _days(length: int) -> list[int]:
    step = next((s for s in DAY_STEPS if length / s <= 7), DAY_STEPS[-1])
    return list(range(0, length + 1, step))


def _thinned(looks: Sequence[Look]) -> list[Look]:
    """At most MOST_POINTS of them, the last one among them."""
    every = -(-len(looks) // MOST_POINTS)
    return [look for i, look in enumerate(looks) if (len(looks) - 1 - i) % every == 0]


def _mark(effect: Effect, across: _Axis, first: date) -> dict[str, Any] | None:
    """Since when it is clear, or when there will be enough."""
    since = effect.clear_since
    if since is not None and effect.verdict in ("works", "against"):
        x = across.at((since - first).days)
        return {"kind": effect.verdict, "x": f"{x:.1f}", "day": (since - first).days, **_label(x)}
    if effect.ready is not None and effect.verdict == "early":
        x = across.at((effect.ready - first).days)
        if x < RIGHT - 1:
            return {"kind": "ready", "x": f"{x:.1f}", **_label(x)}
    return None


def _label(x: float) -> dict[str, str]:
    """On which side of its line a label has room."""
    is_left = x > (LEFT + RIGHT) / 2
    return {"label_x": f"{x + (-6 if is_left else 6):.1f}", "anchor": "end" if is_left else "start"}


def forest(effect: Effect) -> dict[str, Any] | None:
    """Dot and band in 240 × 18, nought in the middle."""
    uplift = effect.last.found.uplift if effect.last else None
    if uplift is None:
        return None

    def at(value: float) -> float:
        return min(max(MIDDLE + value * PER_UNIT, 2.0), 238.0)

    is_clear = effect.verdict in ("works", "against")
    return {
        "x": f"{at(uplift.low):.1f}",
        "width": f"{max(at(uplift.high) - at(uplift.low), 3):.1f}",
        "dot": f"{at(uplift.at):.1f}",
        "band": ("edge" if effect.verdict == "works" else "amber") if is_clear else "strong",
        "tone": ("teal" if effect.verdict == "works" else "ink") if is_clear else "ink",
    }
