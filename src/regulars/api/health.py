"""For machines that watch: is it alive, may it take traffic, and a few figures that cost the database little."""

import pkgutil
from importlib import import_module
from typing import Any

import psycopg
from django.apps import apps
from django.db import Error
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from regulars.api.keys import ReadKey, caller
from regulars.api.shapes import Health, ProblemDocument
from regulars.base import clock, db
from regulars.base.db import Cursor

__all__ = ["router"]

router = Router(tags=["health"])


@router.get("/health/live", auth=None, response={200: Health})
def live(request: HttpRequest) -> Any:
    """The process answers."""
    return {"status": "ok"}


@router.get("/health/ready", auth=None, response={200: Health, 503: Health})
def ready(request: HttpRequest) -> Any:
    """The database answers, its tables are those of this release, somebody conducts and sends. 503: no traffic, please.

    A missing engine or sender is told, but orders are taken in without them.
    """
    try:
        with db.transact() as cur:
            cur.execute("select 1")
            checks = {"database": True, "migrations": _tables_fit(cur), **_at_work(cur)}
    except (psycopg.Error, Error):
        return Status(503, {"status": "unavailable", "checks": {"database": False}})
    good = checks["database"] and checks["migrations"]
    return Status(200 if good else 503, {"status": "ok" if good else "unavailable", "checks": checks})


_TEXT = {"responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}}


@router.get(
    "/metrics",
    auth=ReadKey(),
    response={200: None, 401: ProblemDocument, 403: ProblemDocument},
    openapi_extra=_TEXT,
)
def metrics(request: HttpRequest) -> Any:
    """Figures of the key's shop, in Prometheus' text form."""
    who = caller(request)
    with db.transact() as cur:
        now = clock.now_from(cur)
        lines: list[str] = []
        for name, meaning, sql in _FIGURES:
            row = cur.execute(sql, {"shop": who.shop_id, "now": now}).fetchone()
            value = 0 if row is None or row[0] is None else row[0]
            lines += [f"# HELP regulars_{name} {meaning}", f"# TYPE regulars_{name} gauge", f"regulars_{name} {value}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


_fits = False


def _tables_fit(cur: Cursor) -> bool:
    """Whether every migration of ours has been applied. Once they are they stay, so that is asked no more."""
    global _fits
    if not _fits:
        applied = set(cur.execute("select app, name from django_migrations").fetchall())
        _fits = applied >= {
            (config.label, name)
            for config in apps.get_app_configs()
            if config.name.startswith("regulars.") and config.name != "regulars.project"
            for _, name, _ in pkgutil.iter_modules(import_module(f"{config.name}.migrations").__path__)
        }
    return _fits


def _at_work(cur: Cursor) -> dict[str, bool]:
    roles = {
        role for (role,) in cur.execute("select distinct role from base_process where lease_until > machine_now()")
    }
    return {role: role in roles for role in ("engine", "sender")}


_FIGURES = (
    (
        "deliveries_pending",
        "Deliveries on disk that have not been taken in",
        "select count(*) from intake_pending where shop_id = %(shop)s",
    ),
    (
        "quarantine_open",
        "Items that could not be taken in and wait for a person",
        "select count(*) from intake_quarantine where shop_id = %(shop)s and state = 'open'",
    ),
    (
        "persons_due",
        "Persons with something due now",
        "select count(*) from events_mailbox where shop_id = %(shop)s and due_at <= %(now)s",
    ),
    (
        "messages_due",
        "Messages that may go now and have not",
        "select count(*) from outbox_message where shop_id = %(shop)s and state = 'queued' and send_after <= %(now)s",
    ),
    (
        "messages_unknown",
        "Messages of unknown fate that wait for a person",
        "select count(*) from outbox_message where shop_id = %(shop)s and state = 'unknown'",
    ),
    (
        "tasks_waiting",
        "Tasks that wait for a person",
        "select count(*) from desk_task where shop_id = %(shop)s and state in ('open', 'claimed')"
        " and not_before <= %(now)s",
    ),
    (
        "tasks_late",
        "Tasks past their limit",
        "select count(*) from desk_task where shop_id = %(shop)s and state in ('open', 'claimed') and due_at < %(now)s",
    ),
    (
        "promises_open",
        "Promises that stand",
        "select count(*) from promises_promise where shop_id = %(shop)s and state in ('open', 'warned')",
    ),
    (
        "enrolments_set_aside",
        "Enrolments whose step failed",
        "select count(*) from journeys_enrolment where shop_id = %(shop)s and status = 3",
    ),
)
