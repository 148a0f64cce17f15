"""`points.*` and `code.*`: what schemes and letters may ask of a person's points and of his newest code that is good.

`points.expires_at` is also `points.expiring_at`, `code.value` also `code.code`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.base.facts import Subject
from regulars.loyalty import queries
from regulars.loyalty.queries import CodeRow
from regulars.loyalty.words import gives

__all__ = ["CODE_FIELDS", "POINTS_FIELDS", "code_facts", "load_codes", "load_points", "points_facts"]

POINTS_FIELDS = ("points.balance", "points.earned", "points.expiring", "points.expires_at", "points.expiring_at")
CODE_FIELDS = (
    "code.value", "code.code", "code.gives", "code.percent", "code.amount", "code.free_shipping", "code.valid_until",
)  # fmt: skip


def load_points(
    cur: Cursor, shop_id: int, subjects: Sequence[Subject], _names: frozenset[str], now: datetime
) -> list[dict[str, Any] | None]:
    """The account of each subject; a date only where something will expire."""
    found = queries.accounts(cur, shop_id, {s.person_id for s in subjects}, now)
    return [points_facts(found[s.person_id]) for s in subjects]


def points_facts(account: queries.Account) -> dict[str, Any]:
    """`points.*` of an account."""
    known = {"balance": account.balance, "earned": account.earned, "expiring": account.expiring}
    if account.expires_at is None:
        return known
    return {**known, "expires_at": account.expires_at, "expiring_at": account.expires_at}


def load_codes(
    cur: Cursor, shop_id: int, subjects: Sequence[Subject], _names: frozenset[str], now: datetime
) -> list[dict[str, Any] | None]:
    """The newest good code of each subject; None where he has none."""
    found = queries.newest_codes(cur, shop_id, {s.person_id for s in subjects}, now)
    return [code_facts(found[s.person_id], s.language) if s.person_id in found else None for s in subjects]


def code_facts(row: CodeRow, language: str | None) -> dict[str, Any]:
    """`code.*` of a code."""
    known: dict[str, Any] = {
        "value": row.code,
        "code": row.code,
        "gives": gives(row.percent, row.amount, row.currency, language),
        "valid_until": row.valid_until,
        "free_shipping": row.gives == "free_shipping",
        "percent": row.percent,
        "amount": {"minor": row.amount, "currency": row.currency} if row.amount is not None else None,
    }
    return {name: value for name, value in known.items() if value is not None}
