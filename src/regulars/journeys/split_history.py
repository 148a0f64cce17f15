"""What was decided of a scheme's split tests, and taken back, one after the other; as the audit keeps it. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base import audit
from regulars.base.db import Cursor

__all__ = ["DECIDED", "LEFT", "TAKEN_BACK", "Deed", "split_history"]

DECIDED, TAKEN_BACK, LEFT = "split.decided", "split.taken_back", "split.left_to_figures"
_MOST = 200


@dataclass(frozen=True, slots=True)
class Deed:
    """`target`: the way decided for; `previous`: the one that stood before; `figures`: what they said of it, see
    winners.Figures, by `metric`. '' where it isn't known, or there is none."""

    what: str
    target: str
    previous: str
    figures: str
    metric: str
    by: str
    at: datetime


def split_history(cur: Cursor, shop_id: int, scheme_id: int) -> dict[str, list[Deed]]:
    """By step, the newest first; of a scheme the last 200."""
    out: dict[str, list[Deed]] = {}
    for entry in audit.of(cur, shop_id, "scheme", scheme_id, (DECIDED, TAKEN_BACK, LEFT), _MOST):
        out.setdefault(str(entry.detail.get("step", "")), []).append(_deed(entry))
    return out


def _deed(entry: audit.Entry) -> Deed:
    kept: Mapping[str, Any] = entry.detail
    target, previous, figures, metric = (str(kept.get(k) or "") for k in ("target", "previous", "figures", "metric"))
    # the audit's own moment is the machine's; what was decided is told by the shop's clock
    at = datetime.fromisoformat(kept["at"]) if kept.get("at") else entry.at
    return Deed(entry.action, target, previous, figures, metric, entry.by, at)
