"""An import: a file's batches through the raw deliveries and the normaliser, once, however often it is run.

Each batch is one delivery, kept in one transaction with its identity (file digest, rows); what a kill left undone is
taken up by the next run. The normaliser runs here too: it is safe beside an engine, and needs none.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from regulars.base import db, failpoints
from regulars.intake import normaliser
from regulars.intake.group_commit import NewDelivery, insert
from regulars.intake.import_items import ImportBatch, Reject

__all__ = ["ImportJob", "Outcome", "run"]

IDLE_SECONDS = 0.02
NORMALISER_LIMIT = 100


@dataclass(frozen=True, slots=True)
class ImportJob:
    """Whose file it is. `live`: False is history, which wakes no scheme and mails nobody."""

    shop_id: int
    kind: str
    source: str
    digest: str
    live: bool
    actor: str = "command"


@dataclass(slots=True)
class Outcome:
    """Rows of the file = `ok` + `refused`. `repeated`: items of batches that an earlier run had brought already."""

    rows: int = 0
    ok: int = 0
    refused: int = 0
    items: int = 0
    repeated: int = 0
    counts: dict[str, int] = field(default_factory=dict)


def run(
    raw: "psycopg.Connection[Any]",
    job: ImportJob,
    batches: Iterable[ImportBatch],
    on_reject: Callable[[Reject], None],
    on_progress: Callable[[int], None],
) -> Outcome:
    """Bring the batches in, one after the other; `on_progress` hears how many bytes of the file are done."""
    outcome = Outcome()
    for batch in batches:
        rejects = list(batch.rejects)
        if batch.items:
            delivery_id, new = _keep(raw, job, batch)
            result = _taken_in(raw, delivery_id)
            rejects += _quarantined(raw, delivery_id, batch)
            _count(outcome, batch, result, new=new)
        refused = {r.row: r.rows for r in rejects}
        outcome.refused += sum(refused.values())
        outcome.rows += sum(rows for _, rows in batch.places) + sum(r.rows for r in batch.rejects)
        for reject in sorted(rejects, key=lambda r: r.row):
            on_reject(reject)
        on_progress(batch.done)
    outcome.ok = outcome.rows - outcome.refused
    return outcome


def _keep(raw: "psycopg.Connection[Any]", job: ImportJob, batch: ImportBatch) -> tuple[int, bool]:
    """The batch's delivery, and whether this run brought it."""
    body = batch.body
    key = f"import {job.kind} {job.digest[:32]} {batch.key}"
    with db.transaction_on(raw) as cur:
        new = cur.execute(
            "insert into intake_seen (shop_id, source, item_key, body_digest) values (%s, %s, %s, %s)"
            " on conflict do nothing returning 1",
            (job.shop_id, f"import:{job.source}", key, hashlib.sha256(body).digest()),
        ).fetchone()
        if new is None:
            row = cur.execute(
                "select id from intake_delivery where shop_id = %s and item_key = %s and source = %s",
                (job.shop_id, key, job.source),
            ).fetchone()
            if row is not None:
                return int(row[0]), False
        delivery = NewDelivery(
            job.shop_id, job.source, job.kind, body, job.actor, item_key=key, batch=True, live=job.live
        )
        [delivery_id] = insert(cur, [delivery])
        failpoints.hit("import.batch_before_commit")
    failpoints.hit("import.batch_after_commit")
    return delivery_id, True


def _taken_in(raw: "psycopg.Connection[Any]", delivery_id: int) -> dict[str, Any]:
    """Run the normaliser until the delivery is in; another may be faster, or hold the shop for a moment."""
    while True:
        worked = normaliser.run_once(raw, NORMALISER_LIMIT)
        with db.open_cursor(raw) as cur:
            row = cur.execute(
                "select taken_at is not null, result from intake_delivery where id = %s", (delivery_id,)
            ).fetchone()
        if row is None or row[0]:
            return {} if row is None else row[1] or {}
        if not worked:
            time.sleep(IDLE_SECONDS)


def _quarantined(raw: "psycopg.Connection[Any]", delivery_id: int, batch: ImportBatch) -> list[Reject]:
    """What the normaliser refused of the batch, in the file's terms."""
    with db.open_cursor(raw) as cur:
        found = cur.execute(
            "select distinct on (position) position, pointer, detail, code from intake_quarantine"
            " where delivery_id = %s order by position, id",
            (delivery_id,),
        ).fetchall()
    rejects = []
    for position, pointer, detail, code in found:
        for at in range(len(batch.items)) if position is None else [position]:
            row, rows = batch.places[at]
            rejects.append(Reject(row, rows, pointer, detail, code, batch.items[at].decode(errors="replace")))
    return rejects


def _count(outcome: Outcome, batch: ImportBatch, result: dict[str, Any], *, new: bool) -> None:
    outcome.items += len(batch.items)
    if not new:
        outcome.repeated += len(batch.items)
        return
    for name, value in result.items():
        if type(value) is int:
            outcome.counts[name] = outcome.counts.get(name, 0) + value
