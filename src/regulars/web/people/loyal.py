"""Points and codes on a person's page. Reads only."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.base.db import Cursor
from regulars.loyalty import queries
from regulars.loyalty.words import gives
from regulars.web.access import Seat
from regulars.web.say import Say

__all__ = ["loyalty_of"]

FEW = 5


def loyalty_of(cur: Cursor, seat: Seat, say: Say, ids: Sequence[int]) -> dict[str, Any]:
    """The account and the last codes; `any` is False for whoever never had either."""
    now = clock.now_from(cur)
    account = queries.accounts(cur, seat.shop.id, ids[:1], now)[ids[0]]
    codes = queries.codes(cur, seat.shop.id, ids, FEW)
    return {
        "any": bool(account.earned or codes),
        "balance": say.number(account.balance),
        "expiring": say.number(account.expiring) if account.expires_at else "",
        "expires": say.day(account.expires_at) if account.expires_at else "",
        "codes": [
            {
                "code": c.code,
                "gives": gives(c.percent, c.amount, c.currency, say.language),
                "is_over": c.valid_until < now,
                "until": (_("was good until %(day)s") if c.valid_until < now else _("good until %(day)s"))
                % {"day": say.day(c.valid_until)},
            }
            for c in codes
        ],
    }
