"""`Prefer: wait`: requests that wait until their delivery was taken in, all served by one cheap poller.

The poller runs only while somebody waits. Owns no data; an error of the database only means that the wait was in vain.
"""

import asyncio
import contextlib
import logging
import threading
import time
from typing import Any

import psycopg

from regulars.base import db

__all__ = ["MOST_WAITING", "Waiting"]

MOST_WAITING = 16
POLL_SECONDS = 0.01
_TAKEN = "select id, result from intake_delivery where id = any(%b) and taken_at is not null"

log = logging.getLogger(__name__)


_Seat = asyncio.Future[dict[str, Any]]


class Waiting:
    """One a process; those who wait do so on one event loop, the poller is a thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._seats: dict[int, _Seat] = {}
        self._running = False

    async def result(self, delivery_id: int, seconds: float) -> dict[str, Any] | None:
        """What became of the delivery; None when it was not taken in so soon, or too many wait already."""
        seat: _Seat = asyncio.get_running_loop().create_future()
        with self._guard:
            if len(self._seats) >= MOST_WAITING:
                return None
            self._seats[delivery_id] = seat
            start, self._running = not self._running, True
        if start:
            threading.Thread(target=self._poll, name="waiting", daemon=True).start()
        try:
            return await asyncio.wait_for(seat, seconds)
        except TimeoutError:
            return None
        finally:
            with self._guard:
                self._seats.pop(delivery_id, None)

    def _poll(self) -> None:
        raw: psycopg.Connection[Any] | None = None
        try:
            while True:
                with self._guard:
                    wanted = list(self._seats)
                    if not wanted:
                        self._running = False
                        return
                try:
                    raw = raw or db.loop_connection("waiting")
                    with db.open_cursor(raw) as cur:
                        self._ring(cur.execute(_TAKEN, (wanted,)).fetchall())
                except psycopg.Error as error:
                    log.info("waiting: %s", type(error).__name__)
                    if raw is not None:
                        raw.close()
                    raw = None
                time.sleep(POLL_SECONDS)
        finally:
            if raw is not None:
                raw.close()

    def _ring(self, taken: list[tuple[int, dict[str, Any] | None]]) -> None:
        with self._guard:
            for delivery_id, result in taken:
                seat = self._seats.get(delivery_id)
                if seat is not None:
                    with contextlib.suppress(RuntimeError):  # the loop has ended
                        seat.get_loop().call_soon_threadsafe(_give, seat, result or {})


def _give(seat: _Seat, result: dict[str, Any]) -> None:
    if not seat.done():
        seat.set_result(result)
