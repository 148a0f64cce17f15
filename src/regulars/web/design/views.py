"""Every part of the design system with its variants, light and dark side by side.

Owns the samples. For developers: only on a playground, or with Django's DEBUG.
"""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.errors import Problem
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.page import show
from regulars.web.quarantine import body as bodies

__all__ = ["page"]

TOKENS = (
    ("canvas", "surface", "sunk", "line", "line-strong", "field", "ink", "soft", "faint"),
    ("teal", "teal-fill", "teal-tint", "teal-edge", "teal-strong"),
    ("amber", "amber-mark", "amber-tint", "amber-edge"),
    ("red", "red-mark", "red-tint", "red-edge"),
)
ICONS = (
    "headphones", "shopping-bag", "users", "handshake", "workflow", "mail", "shield-alert", "timer", "hourglass",
    "alarm-clock", "pause", "phone", "check", "x", "search", "pencil", "undo-2", "rotate-ccw", "download", "copy",
)  # fmt: skip
BODY = '{\n  "id": "1053",\n  "total": "12 480,00 ₽",\n  "lines": [{"sku": "KZ-08", "quantity": 1}]\n}'


@staff("GET", roles=OWNER)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All parts on one page."""
    with db.transact() as cur:
        if not (settings.DEBUG or clock.read(cur).playground):
            raise Http404
    return show(request, seat, "", "design", _samples())


def _samples() -> dict[str, Any]:
    found = bodies.find(BODY, Problem("not_an_amount", "/total", ""))
    return {
        "themes": (("light", _("Light")), ("dark", _("Dark"))),
        "tokens": TOKENS,
        "icons": ICONS,
        "badges": [
            ("", words.word(words.ORDER_STATES, "new")),
            ("ok", words.word(words.PAYMENT_STATES, "paid")),
            ("soon", words.word(words.PROMISE_STATES, "warned")),
            ("late", words.word(words.PROMISE_STATES, "broken")),
            ("line", words.word(words.PURPOSES, "advertising")),
        ],
        "clocks": [
            ("ok", _("in %(span)s") % {"span": _("%(n)d min") % {"n": 12}}),
            ("soon", _("in %(span)s") % {"span": _("%(n)d min") % {"n": 3}}),
            ("late", _("%(span)s late") % {"span": _("%(n)d min") % {"n": 4}}),
            ("stop", words.word(words.PROMISE_STATES, "intended")),
        ],
        "tones": ("", "ok", "soon", "late"),
        "percents": (("teal", 94), ("amber", 61), ("red", 20)),
        "drawn": bodies.draw(BODY, [found], True),
        "rows": [
            ("1053", "Наталья Вознесенская-Крыжановская", "new", "", "12 480"),
            ("1052", "James Carter", "shipped", "soon", "2 350"),
            ("1051", "Ольга Ким", "delivered", "late", "890"),
        ],
    }
