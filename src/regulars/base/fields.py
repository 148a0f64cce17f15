"""Database defaults that our models share: time-ordered ids and machine time.

Plain Django expressions, so that migrations name no code of ours.
"""

from datetime import datetime

from django.db import models
from django.db.models import Func

__all__ = ["IdField", "made_at"]


def IdField() -> "models.BigIntegerField[int, int]":  # noqa: N802 - reads as a field in a model
    """A primary key that the database makes: `next_id()`, machine milliseconds << 20 | sequence."""
    return models.BigIntegerField(
        primary_key=True, db_default=Func(function="next_id", output_field=models.BigIntegerField())
    )


def made_at() -> "models.DateTimeField[datetime, datetime]":
    """When the row was written, by the machine's clock: `machine_now()`."""
    return models.DateTimeField(db_default=Func(function="machine_now", output_field=models.DateTimeField()))
