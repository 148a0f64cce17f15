"""The jobs role: a Procrastinate worker for what may be late (imports, polls, recalculations).

What must happen is a due row, never a job. Tasks are found by Procrastinate in each app's `tasks.py`. A killed
worker's job stays `doing` for ever in Procrastinate: the sweeper here hands it back.
"""

import asyncio
import contextlib
import threading
from typing import Any

import psycopg
import structlog
from django.conf import settings
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app as django_app
from procrastinate.exceptions import ProcrastinateException
from psycopg.abc import RV, PQGen

CONCURRENCY = 2
POLL_SECONDS = 30.0
"""A net under NOTIFY: a job that was deferred while nobody listened waits at most this long."""
SWEEP_SECONDS = 60.0
STALLED_AFTER_SECONDS = 60.0
STOP_SECONDS = 5.0
RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


def run(stop: threading.Event) -> None:
    """Works until `stop` is set; a database that is away is waited for."""
    asyncio.run(_run(stop))


async def _run(stop: threading.Event) -> None:
    work = asyncio.create_task(_work_for_ever())
    await asyncio.to_thread(stop.wait)
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(work, STOP_SECONDS + 1)


class _Patient(psycopg.AsyncConnection[Any]):
    """Wakes when the server has said something, and once in a while; psycopg's own looks ten times a second besides."""

    async def wait(self, gen: PQGen[RV], interval: float = POLL_SECONDS, timeout: float | None = None) -> RV:
        return await super().wait(gen, interval=interval, timeout=timeout)


async def _work_for_ever() -> None:
    while True:
        connector = PsycopgConnector(
            conninfo=settings.REGULARS_DSN,
            min_size=1,
            max_size=CONCURRENCY + 2,
            connection_class=_Patient,
            kwargs={"application_name": "regulars jobs"},
        )
        try:
            with django_app.replace_connector(connector) as app:
                async with app.open_async():
                    await _work(app)
        except (ProcrastinateException, psycopg.Error, OSError):
            log.warning("jobs.database_away", exc_info=True)
        await asyncio.sleep(RETRY_SECONDS)


async def _work(app: App) -> None:
    sweeper = asyncio.create_task(_sweep_for_ever(app))
    try:
        await app.run_worker_async(
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=POLL_SECONDS,
            abort_job_polling_interval=POLL_SECONDS,
            shutdown_graceful_timeout=STOP_SECONDS,
            install_signal_handlers=False,
            delete_jobs="successful",
        )
    finally:
        sweeper.cancel()


async def _sweep_for_ever(app: App) -> None:
    while True:
        with contextlib.suppress(ProcrastinateException, psycopg.Error):
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
                await app.job_manager.retry_job(job)
                log.warning("jobs.stalled_handed_back", job=job.id, task=job.task_name)
        await asyncio.sleep(SWEEP_SECONDS)
