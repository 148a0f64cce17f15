"""Other systems told by a step of a scheme: asked for with the decision, called by the sender's loop of commands.

Owns the kind of command and what an answer of theirs means. The address is judged when it is called (base/ssrf.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.core.effects import CallWebhook
from regulars.effects.order import EffectOrder
from regulars.outbox import commands
from regulars.outbox.commands import Handler, Job, NewCommand, Outcome, State
from regulars.shop import signing

__all__ = ["HANDLER", "KIND", "call_webhooks"]

KIND = "scheme.webhook"
_GONE = (404, 410)
_REFUSED = (400, 405, 411, 413, 414, 415, 422)
_BUSY = (409, 423, 425, 429)


def call_webhooks(cur: Cursor, shop_id: int, told: list[tuple[EffectOrder, CallWebhook]], now: datetime) -> None:
    """Ask for a command each; the effect's identity is its key."""
    wanted = [
        NewCommand(
            f"webhook:{o.key}",
            {"url": e.url, "body": e.body, "secret": e.secret},
            f"webhook:{urlsplit(e.url).hostname}",
            o.person_id,
            o.order_id,
        )
        for o, e in told
    ]
    commands.ask_many(cur, shop_id, KIND, wanted, SYSTEM, now)


def _load(cur: Cursor, job: Job) -> Mapping[str, Any] | None:
    """The secret and the hour of the machine; None while the secret that is named isn't there."""
    name = job.payload.get("secret")
    secret = signing.secret_of(cur, job.shop_id, name) if name else None
    if name and secret is None:
        return None
    row = cur.execute("select machine_now()").fetchone()
    return {"secret": secret, "machine_now": row[0] if row else None}


def _call(job: Job) -> Outcome:
    """One POST; `webhook-id` is the same at each attempt, and so is the body."""
    body = db.dumps(job.payload.get("body", {}))
    name, at = f"msg_{job.id}", job.settings["machine_now"]
    headers = {
        "content-type": "application/json",
        "user-agent": "Regulars",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
    }
    if job.settings["secret"]:
        headers["webhook-signature"] = Webhook(job.settings["secret"]).sign(name, at, body)
    answer = job.call("POST", job.payload["url"], headers=headers, body=body.encode())
    status = answer.status
    if 200 <= status < 300:
        return Outcome("done", status=status)
    text = answer.text(200)
    if status in (401, 403):
        return Outcome("denied", "denied", text, status)
    if status in _GONE:
        return Outcome("refused", "nobody_there", text, status)
    if status in _REFUSED:
        return Outcome("refused", "rejected", text, status)
    if 300 <= status < 400:
        return Outcome("refused", "moved", answer.headers.get("location", "")[:200], status)
    return Outcome("retry", "busy" if status in _BUSY else "server", text, status, answer.retry_after())


def _settled(cur: Cursor, job: Job, state: State, outcome: Outcome, now: datetime) -> None:
    """What was told may be the buyer's own; once it is told, or never will be, it is kept no longer."""
    if state in ("done", "given_up"):
        commands.forget(cur, job, "body")


HANDLER = Handler(call=_call, load=_load, settled=_settled)
