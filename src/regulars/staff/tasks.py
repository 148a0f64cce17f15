"""Upkeep of what staff keep for themselves, which may be late."""

from procrastinate.contrib.django import app

from regulars.base import db
from regulars.staff import saving, telling

__all__ = ["forget_old"]


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="staff.forget_old", name="staff.forget_old")
def forget_old(timestamp: int) -> None:
    """Drop exported files and deleted views of a day ago, notices of a month ago."""
    try:
        with db.transact() as cur:
            saving.forget_old(cur)
            telling.forget_old(cur)
    finally:
        db.close()
