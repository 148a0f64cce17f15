"""The only write of reports: a new version of the shop's motivation rule."""

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.rules.earnings import Rule

__all__ = ["set_motivation"]


def set_motivation(cur: Cursor, shop_id: int, rule: Rule, actor: Actor) -> int:
    """From its day on this rule holds; earlier versions stay for the days before it. The version's id."""
    body = {
        "currency": rule.currency,
        "per_confirmed": rule.per_confirmed,
        "revenue_share": rule.revenue_share,
        "per_task": dict(rule.per_task),
    }
    row = cur.execute(
        "insert into reports_motivation (shop_id, effective_from, rule, made_by) values (%s, %s, %s::jsonb, %s) returning id",
        (shop_id, rule.effective_from, db.dumps(body), str(actor)),
    ).fetchone()
    assert row is not None
    audit.write(cur, shop_id, actor, "motivation.set", "shop", shop_id, effective_from=rule.effective_from.isoformat())
    return int(row[0])
