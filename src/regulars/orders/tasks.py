"""Work on orders that may be late: what the shop's orders say of what goes together."""

from procrastinate.contrib.django import app

from regulars.base import db
from regulars.catalog import offers
from regulars.orders import together

__all__ = ["learn_pairs", "learn_pairs_of"]


@app.periodic(cron="23 */6 * * *")
@app.task(queueing_lock="orders.learn_pairs", name="orders.learn_pairs")
def learn_pairs(timestamp: int) -> None:
    """Count anew what is bought together, shop by shop."""
    try:
        with db.transact() as cur:
            shops = [row[0] for row in cur.execute("select id from shop_shop order by id").fetchall()]
        for shop_id in shops:
            learn_pairs_of(shop_id)
    finally:
        db.close()


def learn_pairs_of(shop_id: int) -> None:
    """Count one shop's."""
    with db.transact() as cur:
        cur.execute("set local statement_timeout = 0")
        offers.learned(cur, shop_id, together.pairs(cur, shop_id))
