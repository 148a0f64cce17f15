"""Work on figures, which may be late."""

from datetime import datetime

import structlog
from procrastinate.contrib.django import app

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.journeys import winners
from regulars.reports import uplift, uplift_races
from regulars.shop import queries as shops

__all__ = ["roll_up", "roll_up_of"]

log = structlog.get_logger(__name__)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="reports.roll_up", name="reports.roll_up")
def roll_up(timestamp: int) -> None:
    """Take in the days that are over, shop by shop; most of the time there is none."""
    try:
        with db.transact() as cur:
            ids = [row[0] for row in cur.execute("select id from shop_shop order by id").fetchall()]
        for shop_id in ids:
            try:
                roll_up_of(shop_id)
            except Exception:
                log.exception("uplift.failed", shop=shop_id)
    finally:
        db.close()


def roll_up_of(shop_id: int) -> bool:
    """One shop's, and what the figures decide by a scheme's own word; whether there was anything to do."""
    with db.transact() as cur:
        shop, now = shops.settings_of(cur, shop_id), clock.now_from(cur)
        if not uplift.is_due(cur, shop, now):
            return False
        cur.execute("set local statement_timeout = 0")
        done = uplift.roll_up(cur, shop, now)
        for test in uplift_races.decided(cur, shop_id):
            _settle(cur, shop_id, test, now)
        return done


def _settle(cur: Cursor, shop_id: int, test: uplift_races.SplitTest, now: datetime) -> None:
    """What can't be decided in one scheme is told in the log, and hinders no other."""
    if test.race.winner is None:
        return
    try:
        with cur.connection.transaction():
            winners.settle(cur, shop_id, test.name, test.step, test.race.winner, now, test.metric)
    except winners.NoSuchWay:
        log.info("split.changed_meanwhile", shop=shop_id, scheme=test.scheme_id)  # its new version's figures decide
    except Exception:
        log.exception("split.deciding_failed", shop=shop_id, scheme=test.scheme_id)
