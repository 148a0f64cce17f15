"""Work on the catalogue that may be late: the words of products that were kept before the rules that make them."""

from procrastinate.contrib.django import app

from regulars.base import db
from regulars.catalog import keys, taking

__all__ = ["make_keys"]

AT_ONCE = 500


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="catalog.make_keys", name="catalog.make_keys")
def make_keys(timestamp: int) -> None:
    """Make the keys of all products that have none of today's rules, some at a time."""
    try:
        while _some():
            pass
    finally:
        db.close()


def _some() -> bool:
    with db.transact() as cur:
        row = cur.execute("select shop_id from catalog_product where keys < %s limit 1", (keys.VERSION,)).fetchone()
        return row is not None and taking.make_keys(cur, row[0], AT_ONCE) > 0
