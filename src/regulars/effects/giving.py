"""Points and codes that schemes give: entered in the ledger, and issued."""

from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.effects import GivePoints, IssueCode
from regulars.effects.order import EffectOrder
from regulars.loyalty import actions as loyalty

__all__ = ["give_points", "issue_codes"]


def give_points(cur: Cursor, shop_id: int, given: list[tuple[EffectOrder, GivePoints]], now: datetime) -> None:
    """A lot an effect, with the terms that the step named."""
    new = [
        loyalty.NewPoints(
            key=o.key,
            person_id=o.person_id,
            points=e.points,
            earned_at=e.at,
            valid_until=e.valid_until,
            cause=o.cause,
            order_id=o.order_id,
            enrolment_id=o.enrolment_id,
        )
        for o, e in given
    ]
    loyalty.give_points(cur, shop_id, new, now)


def issue_codes(cur: Cursor, shop_id: int, wanted: list[tuple[EffectOrder, IssueCode]], now: datetime) -> None:
    """A code an effect; what it is called is made up here, for nobody may be able to reckon it."""
    new = [
        loyalty.NewCode(
            key=o.key,
            person_id=o.person_id,
            gives=e.gives,
            percent=e.percent,
            amount=e.amount,
            currency=e.currency,
            issued_at=e.at,
            valid_until=e.valid_until,
            cause=o.cause,
            order_id=o.order_id,
            enrolment_id=o.enrolment_id,
        )
        for o, e in wanted
    ]
    loyalty.issue_codes(cur, shop_id, new, now)
