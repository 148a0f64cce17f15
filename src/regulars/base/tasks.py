"""Upkeep of the ground that may be late: month partitions, and counters and answers that nobody needs any more."""

from datetime import UTC

from procrastinate.contrib.django import app

from regulars.base import clock, db, partitions

__all__ = ["forget_old", "make_partitions"]


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="base.make_partitions", name="base.make_partitions")
def make_partitions(timestamp: int) -> None:
    """Make the partitions of the coming months, and empty the default ones into them."""
    try:
        with db.transact() as cur:
            cur.execute("set local statement_timeout = 0")
            partitions.ensure(cur, clock.read(cur).machine().astimezone(UTC))
    finally:
        db.close()


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="base.forget_old", name="base.forget_old")
def forget_old(timestamp: int) -> None:
    """Drop rate counters of a day ago, answers under an Idempotency-Key of a week ago, and processes long gone."""
    try:
        with db.transact() as cur:
            cur.execute("delete from base_rate_limit where window_start < machine_now() - interval '1 day'")
            cur.execute("delete from base_idempotency where created_at < machine_now() - interval '7 days'")
            cur.execute("delete from base_process where lease_until < machine_now() - interval '1 day'")
    finally:
        db.close()
