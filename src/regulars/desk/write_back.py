"""What was changed in the talk reaches the shop: asked for, taken back within the minute, told, and decided in a conflict.

Owns the command `order.change`: how WooCommerce and any other program are told, and what their answers mean. Writes. The
rule of who wins stands in rules/changes.py; docs/writing-back.md says it to people.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.calling import Answer
from regulars.base.db import Cursor
from regulars.desk.decisions import open_decisions
from regulars.events.actions import lock_mailboxes
from regulars.orders import edits
from regulars.orders.edits import ChangeRow, Edit
from regulars.orders.fields import CANCELLED, LINE
from regulars.orders.queries import OrderRow, by_id
from regulars.orders.way_back import confirm_within, way_of
from regulars.outbox import commands
from regulars.outbox.commands import Handler, Job, Outcome, State
from regulars.people.queries import canonical
from regulars.rules.changes import merged
from regulars.vendors import woocommerce

__all__ = [
    "HANDLER",
    "KIND",
    "UNDO",
    "ask",
    "change_of",
    "entered",
    "is_told_by_hand",
    "order_of",
    "redo",
    "take_back",
    "waiting_cancellations",
]

KIND = "order.change"
UNDO = timedelta(seconds=60)
"""How long a change made on the screen may be taken back before the shop is told."""
_GONE = (404, 410)
_REFUSED = (400, 405, 406, 413, 415, 422)


def ask(
    cur: Cursor,
    shop_id: int,
    order: OrderRow,
    wanted: Sequence[Edit],
    actor: Actor,
    now: datetime,
    *,
    task_id: int | None = None,
    undo_for: timedelta = timedelta(0),
) -> int | None:
    """Have the shop's order changed; the deed's id, None when nothing differs. Until `undo_for` is over nobody is told."""
    person_id = canonical(cur, shop_id, [order.person_id]).get(order.person_id) if order.person_id else None
    lock_mailboxes(cur, [person_id] if person_id else [])
    earlier = {c.field: c.deed_id for c in edits.waiting(cur, shop_id, [order.id])}
    deed_id = edits.want(cur, shop_id, order, wanted, actor, now, person_id=person_id, task_id=task_id)
    if deed_id is None:
        return None
    for replaced in {earlier[e.field] for e in wanted if e.field in earlier}:
        _withdraw_if_empty(cur, shop_id, replaced, actor, now)
    if way_of(cur, shop_id, order.source) is not None:
        commands.ask(
            cur, shop_id, KIND, f"{KIND}:{deed_id}", {"deed": str(deed_id), "seen": order.version_at}, actor, now,
            target=f"shop:{order.source}", person_id=person_id, order_id=order.id, task_id=task_id,
            not_before=now + undo_for,
        )  # fmt: skip
    audit.write(cur, shop_id, actor, "order.change_wanted", "order", order.id, deed=str(deed_id))
    return deed_id


def _withdraw_if_empty(cur: Cursor, shop_id: int, deed_id: int, actor: Actor, now: datetime) -> None:
    """A deed whose every change was replaced needs no telling, if it was not told yet."""
    command = _command_of(cur, shop_id, deed_id)
    if command is not None and not edits.waiting(cur, shop_id, deed_id=deed_id):
        commands.withdraw(cur, shop_id, command, actor, now)


def _command_of(cur: Cursor, shop_id: int, deed_id: int) -> int | None:
    row = cur.execute(
        "select id from outbox_command where shop_id = %s and key = %s", (shop_id, f"{KIND}:{deed_id}")
    ).fetchone()
    return row[0] if row else None


def order_of(cur: Cursor, shop_id: int, deed_id: int) -> int | None:
    """Which order a deed is about; None for one of another shop."""
    row = cur.execute(
        "select order_id from orders_change where shop_id = %s and deed_id = %s limit 1", (shop_id, deed_id)
    ).fetchone()
    return row[0] if row else None


def waiting_cancellations(cur: Cursor, shop_id: int, order_id: int) -> list[ChangeRow]:
    """Cancellations of the order that wait to be told or confirmed."""
    return [c for c in edits.waiting(cur, shop_id, [order_id]) if c.field == CANCELLED]


def change_of(cur: Cursor, shop_id: int, change_id: int) -> ChangeRow | None:
    """One change."""
    return edits.one(cur, shop_id, change_id)


def is_told_by_hand(cur: Cursor, shop_id: int, deed_id: int) -> bool:
    """Whether nobody tells the shop of this deed, so that a person has to."""
    return _command_of(cur, shop_id, deed_id) is None


def take_back(cur: Cursor, shop_id: int, deed_id: int, actor: Actor, now: datetime) -> bool:
    """Undo a deed that the shop doesn't know of yet; False when it is too late or closed."""
    mine = edits.waiting(cur, shop_id, deed_id=deed_id)
    lock_mailboxes(cur, [c.person_id for c in mine if c.person_id])
    mine = edits.waiting(cur, shop_id, deed_id=deed_id)
    command = _command_of(cur, shop_id, deed_id)
    if not mine or any(c.told for c in mine):
        return False
    if command is not None and not commands.withdraw(cur, shop_id, command, actor, now):
        return False
    edits.close(cur, shop_id, mine, "withdrawn", now, actor=actor)
    return True


def entered(cur: Cursor, shop_id: int, deed_id: int, actor: Actor, now: datetime) -> bool:
    """A person has typed it into the shop; it counts as written when the order is seen so."""
    mine = edits.waiting(cur, shop_id, deed_id=deed_id)
    if not mine:
        return False
    edits.mark_told(cur, shop_id, deed_id, now + confirm_within(cur, shop_id, mine[0].order_id))
    audit.write(cur, shop_id, actor, "order.change_entered", "change", deed_id)
    return True


def redo(cur: Cursor, shop_id: int, change_id: int, keep: str, actor: Actor, now: datetime) -> int | None:
    """Decide a conflict: keep 'shop' or 'ours'; the new deed's id if ours is to be written once more.

    Raises LookupError when there is no such conflict.
    """
    change = edits.one(cur, shop_id, change_id)
    if change is None or not edits.decided(cur, shop_id, change_id, keep, now):
        raise LookupError(change_id)
    audit.write(cur, shop_id, actor, "order.change_decided", "change", change_id, keep=keep)
    if keep != "ours":
        return None
    order = by_id(cur, shop_id, [change.order_id])[change.order_id]
    again = Edit(change.field, change.shop_value, change.after, change.label)
    return ask(cur, shop_id, order, [again], actor, now, task_id=change.task_id)


# -- telling -------------------------------------------------------------------------------------------------------------
def _load(cur: Cursor, job: Job) -> Mapping[str, Any] | None:
    """The way to the shop, and what it is told: what waited at the first attempt; None where nobody can be told.

    A repeat bears the same keys, so it says the same, even of what was replaced or settled meanwhile. Where nothing of
    the deed waits any more there is nothing to be told.
    """
    order = by_id(cur, job.shop_id, [job.order_id or 0]).get(job.order_id or 0)
    way = way_of(cur, job.shop_id, order.source) if order is not None else None
    if order is None or way is None:
        return None
    changes = edits.waiting(cur, job.shop_id, deed_id=int(job.payload["deed"]))
    if changes and "changes" in job.payload:
        changes = edits.some(cur, job.shop_id, [int(id_) for id_ in job.payload["changes"]])
    elif changes:
        commands.keep(cur, job, changes=[str(c.id) for c in changes])
    row = cur.execute("select machine_now()").fetchone()
    return {
        "way": way,
        "order": order,
        "changes": changes,
        "machine_now": row[0] if row else None,
    }


def _call(job: Job) -> Outcome:
    if not job.settings["changes"]:
        return Outcome("done", "nothing_left")
    return _woocommerce(job) if job.settings["way"].way == "woocommerce" else _webhook(job)


def _woocommerce(job: Job) -> Outcome:
    """Look first, then put only what differs: so what was done and never answered isn't done again."""
    way = job.settings["way"]
    url = woocommerce.order_url(way.url, job.settings["order"].external_id)
    auth = (way.secrets.get("key", ""), way.secrets.get("secret", ""))
    seen = job.call("GET", url, auth=auth)
    order = seen.json()
    if seen.status != 200 or not isinstance(order, dict) or "id" not in order:
        return _refusal(seen, "retry")
    changes: list[ChangeRow] = job.settings["changes"]
    fields = woocommerce.fields_of(order)
    for change in changes:  # a line that isn't there is a value too
        if change.field.startswith(LINE):
            fields.setdefault(change.field, None)
    _, conflicts, done = merged(fields, [c.wanted for c in changes])
    left = [c.wanted for c in changes if c.field not in (*conflicts, *done)]
    against = {name: fields.get(name) for name in conflicts}
    if left:
        body = db.dumps(woocommerce.body_of(order, left)).encode()
        answer = job.call("PUT", url, auth=auth, body=body, headers={"content-type": "application/json"})
        if answer.status != 200 or not isinstance(answer.json(), dict):
            return _refusal(answer, "unknown")
    return Outcome("done", "conflict" if against else "", status=200, data={"conflicts": against})


def _refusal(answer: Answer, when_odd: Any) -> Outcome:
    """What another answer than the wanted one means."""
    plain = answer.json()
    text = str(plain.get("message") or "") if isinstance(plain, dict) else answer.text(200)
    code = str(plain.get("code") or "") if isinstance(plain, dict) else ""
    status = answer.status
    if status in (401, 403):
        return Outcome("denied", "denied", text, status)
    if status in _GONE or code == "woocommerce_rest_shop_order_invalid_id":
        return Outcome("refused", "order_gone", text, status)
    if status in _REFUSED:
        return Outcome("refused", "rejected", text, status)
    if 300 <= status < 400:
        return Outcome("refused", "moved", answer.headers.get("location", "")[:200], status)
    if status < 300:
        return Outcome(when_odd, "odd_answer", text, status)
    return Outcome("retry", "busy" if status in (409, 423, 425, 429) else "server", text, status, answer.retry_after())


def _webhook(job: Job) -> Outcome:
    """`order.change_wanted`, signed as Standard Webhooks say; any 2xx: taken. 409 may name the fields it won't have.

    A repeat bears the same id, so it says the same: the order's version is the one at which the change was asked for.
    """
    way, order = job.settings["way"], job.settings["order"]
    changes: list[ChangeRow] = job.settings["changes"]
    at: datetime = job.settings["machine_now"]
    name = f"chg_{changes[0].deed_id}"
    body = db.dumps(
        {
            "type": "order.change_wanted",
            "timestamp": changes[0].asked_at,
            "data": {
                "change_id": str(changes[0].deed_id),
                "order": {"id": order.external_id, "source": order.source, "number": order.number,
                          "updated_at": job.payload.get("seen", order.version_at)},
                "changes": [_said(c) for c in changes],
            },
        }
    )  # fmt: skip
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(way.secrets["secret"]).sign(name, at, body),
    }
    answer = job.call("POST", way.url, body=body.encode(), headers=headers)
    if 200 <= answer.status < 300:
        return Outcome("done", status=answer.status)
    plain = answer.json()
    if answer.status == 409 and isinstance(plain, dict) and isinstance(plain.get("conflicts"), dict):
        mine = {c.field for c in changes}
        against = {str(k): v for k, v in plain["conflicts"].items() if k in mine}
        if against:
            return Outcome("done", "conflict", status=409, data={"conflicts": against})
    return _refusal(answer, "retry")


def _said(change: ChangeRow) -> dict[str, Any]:
    if change.field.startswith(LINE):
        return {
            "field": change.field, "sku": change.field.removeprefix(LINE), "name": change.label,
            "quantity_before": change.before or "0", "quantity": change.after or "0",
        }  # fmt: skip
    return {"field": change.field, "before": change.before, "after": change.after}


def _settled(cur: Cursor, job: Job, state: State, outcome: Outcome, now: datetime) -> None:
    """What the end of the telling means for the changes of its deed."""
    mine = edits.waiting(cur, job.shop_id, deed_id=int(job.payload["deed"]))
    cause = f"command:{job.id}"
    if state == "done":
        against = outcome.data.get("conflicts", {})
        check_at = now + confirm_within(cur, job.shop_id, job.order_id or 0)
        edits.mark_told(cur, job.shop_id, int(job.payload["deed"]), check_at)
        contested = [c for c in mine if c.field in against]
        edits.close(cur, job.shop_id, contested, "conflict", now, shop_values=against, cause=cause)
        open_decisions(cur, job.shop_id, [job.person_id] if job.person_id else [], now)
    elif state in ("failed", "given_up"):
        edits.close(cur, job.shop_id, mine, "refused", now, reason=outcome.code or state, cause=cause)


HANDLER = Handler(call=_call, load=_load, settled=_settled)
