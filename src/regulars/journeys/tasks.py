"""Upkeep of calendars, which may be late."""

from procrastinate.contrib.django import app

from regulars.base import db
from regulars.journeys import calendars

__all__ = ["fetch_calendars", "take_new_years"]


@app.periodic(cron="*/20 * * * *")
@app.task(queueing_lock="journeys.fetch_calendars", name="journeys.fetch_calendars")
def fetch_calendars(timestamp: int) -> None:
    """Fetch the calendar files that nobody has looked at for six hours."""
    try:
        calendars.fetch_due()
    finally:
        db.close()


@app.periodic(cron="7 4 * * *")
@app.task(queueing_lock="journeys.take_new_years", name="journeys.take_new_years")
def take_new_years(timestamp: int) -> None:
    """Take over the holidays of a year that has come into sight."""
    try:
        calendars.take_new_years()
    finally:
        db.close()
