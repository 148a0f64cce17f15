"""The forecast as bars: how many wait at each moment, and how many of them will be late. Reckons places, draws nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.web.say import Say

__all__ = ["bars"]

LEFT, RIGHT, TOP, BOTTOM = 30, 770, 31.0, 186.0
WIDTH = 46
FIRST, APART = 50, 92
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


def bars(found: Sequence[dict[str, Any]], say: Say) -> dict[str, Any]:
    """Bars and lines of the grid with their places in a drawing of 780 × 216."""
    most = max((c["waiting"] for c in found), default=0)
    step = next(s for s in STEPS if s * 4 >= most or s == STEPS[-1])
    top = max(step * -(-most // step), step)
    unit = (BOTTOM - TOP) / top

    def bar(n: int, one: dict[str, Any]) -> dict[str, Any]:
        x = FIRST + n * APART
        late = min(one["late"], one["waiting"])
        height, of_late = one["waiting"] * unit, late * unit
        at = say.here(datetime.fromisoformat(one["at"]))
        return {
            "x": x, "y": f"{BOTTOM - height:.1f}", "h": f"{height:.1f}", "w": WIDTH, "late_h": f"{of_late:.1f}",
            "late": one["late"], "waiting": one["waiting"], "middle": x + WIDTH // 2, "label_y": f"{BOTTOM - height - 6:.1f}",
            "at": f"{at:%H:%M}", "is_now": n == 0,
        }  # fmt: skip

    lines = [{"y": f"{BOTTOM - value * unit:.1f}", "text_y": f"{BOTTOM - value * unit + 4:.1f}", "value": value}
             for value in range(0, top + 1, step)]  # fmt: skip
    return {"bars": [bar(n, one) for n, one in enumerate(found)], "lines": lines, "left": LEFT, "right": RIGHT}
