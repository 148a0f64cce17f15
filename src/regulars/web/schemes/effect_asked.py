"""What the reader of an effect has chosen: the metric, and the smallest uplift worth knowing; in a page's query or in a form.

Owns the reading and the way back to the same view.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from regulars.rules.proof_verdict import LEAST
from regulars.web.access import Seat

__all__ = ["LEASTS", "METRICS", "Asked", "asked"]

METRICS = ("again", "orders", "revenue")
"""The share of people who ordered (after an order: a second time), orders a person, revenue a person."""
LEASTS = (0.1, 0.2, 0.3, 0.5)
"""The smallest uplifts worth knowing that may be asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`least`: a share."""

    metric: str
    least: float

    @property
    def percent(self) -> str:
        """The smallest uplift as the query has it: `20`."""
        return f"{round(self.least * 100)}"

    def back(self, name: str, place: str = "") -> HttpResponse:
        """To the same view of a scheme's effect; `place`: of the page."""
        query = {} if self.metric == METRICS[0] else {"metric": self.metric}
        query |= {} if self.least == LEAST else {"least": self.percent}
        to = reverse("web:scheme_effect", args=[name]) + (f"?{urlencode(query)}" if query else "")
        return redirect(to + (f"#{place}" if place else ""))


def asked(fields: QueryDict, seat: Seat) -> Asked:
    """What is chosen; the usual where nothing is, or nonsense. Whose role doesn't see sums is not shown revenue."""
    metric = _one_of(fields, "metric", METRICS if seat.sight.shows("sums") else METRICS[:2]) or METRICS[0]
    wanted = _one_of(fields, "least", [f"{round(v * 100)}" for v in LEASTS])
    return Asked(metric, int(wanted) / 100 if wanted else LEAST)


def _one_of(fields: QueryDict, name: str, known: Sequence[str]) -> str:
    text = fields.get(name, "")
    return text if text in known else ""
