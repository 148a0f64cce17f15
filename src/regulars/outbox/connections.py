"""Connections of the sender's threads: they give up what they hold soon, should the process be frozen in mid-work."""

from typing import Any

import psycopg

from regulars.base import db

__all__ = ["connect"]

IDLE_SECONDS = 10


def connect(name: str) -> "psycopg.Connection[Any]":
    """A loop's connection whose transaction the server ends when nothing comes for so long: others go on then.

    Raises psycopg.OperationalError while the server is away.
    """
    raw = db.loop_connection(name)
    raw.execute(f"set idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    return raw
