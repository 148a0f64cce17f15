"""Upkeep of calendars, backtests, and of why people were not let in: what may be late."""

from procrastinate.contrib.django import app

from regulars.base import db
from regulars.journeys import backtest_runs, calendars, refusals

__all__ = ["fetch_calendars", "forget_backtests", "forget_refusals", "make_backtest", "take_new_years"]


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


@app.task(name=backtest_runs.JOB)
def make_backtest(run_id: int) -> None:
    """Play a scheme over the past, as asked for on the screen."""
    try:
        backtest_runs.make(run_id)
    finally:
        db.close()


@app.periodic(cron="23 4 * * *")
@app.task(queueing_lock="journeys.forget_backtests", name="journeys.forget_backtests")
def forget_backtests(timestamp: int) -> None:
    """Drop the runs of more than a month ago."""
    try:
        with db.transact() as cur:
            backtest_runs.forget_old(cur)
    finally:
        db.close()


@app.periodic(cron="37 4 * * *")
@app.task(queueing_lock="journeys.forget_refusals", name="journeys.forget_refusals")
def forget_refusals(timestamp: int) -> None:
    """Drop why people were not let in more than a year ago, a batch a transaction: a busy shop has millions of them."""
    try:
        gone = refusals.AT_ONCE
        while gone == refusals.AT_ONCE:
            with db.transact() as cur:
                gone = refusals.forget_old(cur)
    finally:
        db.close()
