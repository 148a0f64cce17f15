"""What other systems have to be told: asked for in the transaction of the deed, done soon after by the sender's loop.

Owns the register of kinds, and the writes that people and other apps make: ask, withdraw, try again, give up. The loop's
own writes stand in command_loop.py. What a command says and to whom is its handler's affair, registered at the root.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from regulars.base import audit, calling, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.ssrf import Reach
from regulars.events.actions import lock_mailboxes

__all__ = [
    "CommandError",
    "Handler",
    "Job",
    "NewCommand",
    "Outcome",
    "State",
    "ask",
    "ask_many",
    "forget",
    "give_up",
    "handler",
    "job_of",
    "keep",
    "register",
    "repeatable_kinds",
    "try_again",
    "withdraw",
]

ANSWER_KEPT = 500

OutcomeKind = Literal["done", "retry", "denied", "refused", "unknown", "kept", "late"]
State = Literal["done", "kept", "failed", "unknown", "given_up"]
"""How a command is closed; before, it is queued or sending. One taken back in time is withdrawn, and nobody is told."""


class CommandError(ValueError):
    """The deed can't be done; `code` is stable: not_found, not_waiting (it is on its way or closed), not_stuck."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. `code`: a stable word; `text`: the other side's own words; `after`: seconds to wait.

    done; retry: surely not done, again later; denied: they don't let us in, so the target is paused; refused: never
    again; unknown: it may have been done; kept: a playground, so nothing left it; late: nobody wants it any more.
    """

    kind: OutcomeKind
    code: str = ""
    text: str = ""
    status: int | None = None
    after: float | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    """What `settled` is to know; not stored."""

    def answer(self) -> dict[str, Any]:
        """What is stored of it."""
        found = {"code": self.code, "text": self.text[:ANSWER_KEPT], "status": self.status}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Job:
    """A command in the hands of its handler. `settings`: what the handler's `load` found, secrets in clear: no repr."""

    id: int
    shop_id: int
    kind: str
    key: str
    target: str
    payload: dict[str, Any]
    person_id: int | None
    order_id: int | None
    task_id: int | None
    actor: str
    tries: int
    maybe_taken: bool
    reach: Reach
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def idempotency_key(self) -> str:
        """The same at every attempt, and nowhere else."""
        return f"regulars-{self.id}"

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        auth: tuple[str, str] | None = None,
        seconds: float = calling.WHOLE_SECONDS,
    ) -> calling.Answer:
        """One HTTP call with this command's idempotency key.

        Raises Forbidden, NotHandedOver, FateUnknown; a handler lets them through, the loop knows what they mean.
        """
        sent = {"idempotency-key": self.idempotency_key, **(headers or {})}
        return calling.call(method, url, self.reach, headers=sent, body=body, auth=auth, seconds=seconds)


def job_of(row: Sequence[Any], reach: Reach) -> Job:
    """A command out of its row: id, shop_id, kind, key, target, payload, person, order, task, actor, tries, maybe_taken."""
    id_, shop_id, kind, key, target, payload, person_id, order_id, task_id, actor, tries, maybe_taken = row
    return Job(
        id_, shop_id, kind, key, target, payload, person_id, order_id, task_id, actor, tries, maybe_taken, reach
    )  # fmt: skip


def _nothing(cur: Cursor, job: Job) -> Mapping[str, Any]:
    return {}


def _no_news(cur: Cursor, job: Job, state: State, outcome: Outcome, now: datetime) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Handler:
    """How commands of a kind are done.

    `call`: one attempt, outside any transaction. `load`: what it needs of the database, read in the claim; None: whom it
    is for is there no longer. `settled`: what follows in our own records, in the transaction that closes the command (in
    which state), under the lock of the person's mailbox. `repeatable`: an attempt of unknown fate is made again; else a
    person judges.
    """

    call: Callable[[Job], Outcome]
    load: Callable[[Cursor, Job], Mapping[str, Any] | None] = _nothing
    settled: Callable[[Cursor, Job, State, Outcome, datetime], None] = _no_news
    repeatable: bool = True


_handlers: dict[str, Handler] = {}


def register(kind: str, found: Handler) -> None:
    """Say how a kind is done; at the composition root alone."""
    _handlers[kind] = found


def handler(kind: str) -> Handler | None:
    """How a kind is done, None when this installation doesn't know it."""
    return _handlers.get(kind)


def repeatable_kinds() -> list[str]:
    """Those that are done again when nobody knows whether they were."""
    return [kind for kind, found in _handlers.items() if found.repeatable]


_ASK = """
insert into outbox_command (shop_id, kind, key, target, payload, person_id, order_id, task_id, actor, not_before,
                            good_until, asked_at)
values (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s, %s) on conflict (shop_id, key) do nothing returning id
"""


_ASK_MANY = """
insert into outbox_command (shop_id, kind, key, target, payload, person_id, order_id, actor, not_before, asked_at)
select %s, %s, k, t, p::jsonb, pe, o, %s, %s, %s
from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[]) as x(k, t, p, pe, o)
on conflict (shop_id, key) do nothing
"""


def ask(
    cur: Cursor,
    shop_id: int,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    *,
    target: str,
    person_id: int | None = None,
    order_id: int | None = None,
    task_id: int | None = None,
    not_before: datetime | None = None,
    good_for: timedelta | None = None,
) -> int:
    """Have something told to `target`, once for this key; its id. Those about one order go in the order asked.

    `not_before`: while it may still be taken back. `good_for`: from then on it is dropped rather than late. Whoever
    needs it at once pings the sender after the commit (base/wake.py).
    """
    first = not_before or now
    row = cur.execute(
        _ASK,
        (
            shop_id, kind, key, target, db.dumps(payload), person_id, order_id, task_id, str(actor), first,
            first + good_for if good_for is not None else None, now,
        ),
    ).fetchone()  # fmt: skip
    if row is None:
        row = cur.execute("select id from outbox_command where shop_id = %s and key = %s", (shop_id, key)).fetchone()
        assert row is not None
    return int(row[0])


@dataclass(frozen=True, slots=True)
class NewCommand:
    """One of many that are asked for together."""

    key: str
    payload: Mapping[str, Any]
    target: str
    person_id: int | None = None
    order_id: int | None = None


def ask_many(cur: Cursor, shop_id: int, kind: str, wanted: Sequence[NewCommand], actor: Actor, now: datetime) -> None:
    """The same for many at once, in one statement; a key that is known changes nothing."""
    rows = [(c.key, c.target, db.dumps(c.payload), c.person_id, c.order_id) for c in wanted]
    if rows:
        cur.execute(_ASK_MANY, (shop_id, kind, str(actor), now, now, *db.columns(rows, 5)))


def withdraw(cur: Cursor, shop_id: int, command_id: int, actor: Actor, now: datetime) -> bool:
    """Take back what nobody has seen yet; False when it is on its way, may have been taken, or is closed."""
    row = cur.execute(
        "update outbox_command set state = 'withdrawn', closed_at = %s, closed_by = %s"
        " where shop_id = %s and id = %s and state = 'queued' and not maybe_taken returning id",
        (now, str(actor), shop_id, command_id),
    ).fetchone()
    return row is not None


def forget(cur: Cursor, job: Job, name: str) -> None:
    """Drop a part of what was told, once nobody asks for it any more."""
    cur.execute("update outbox_command set payload = payload - %s where id = %s", (name, job.id))


def keep(cur: Cursor, job: Job, **said: Any) -> None:
    """Write down, in the claim, what its attempts say: each repeat finds it in its payload."""
    cur.execute("update outbox_command set payload = payload || %s::jsonb where id = %s", (db.dumps(said), job.id))


def try_again(cur: Cursor, shop_id: int, command_id: int, actor: Actor, now: datetime) -> None:
    """Have it done now, whatever it waits for: after a person has mended the cause.

    Raises CommandError: not_found, not_stuck.
    """
    row = cur.execute(
        "update outbox_command set state = 'queued', retry_at = null, tries = 0, not_before = least(not_before, %s),"
        " good_until = null, closed_at = null, closed_by = null, maybe_taken = maybe_taken or state = 'unknown'"
        " where shop_id = %s and id = %s and (state in ('failed', 'unknown') or (state = 'queued' and tries > 0))"
        " returning target",
        (now, shop_id, command_id),
    ).fetchone()
    if row is None:
        raise CommandError(_why_not(cur, shop_id, command_id, "not_stuck"))
    cur.execute("update outbox_target set paused_until = null where shop_id = %s and target = %s", (shop_id, row[0]))
    audit.write(cur, shop_id, actor, "command.try_again", "command", command_id)


def give_up(cur: Cursor, shop_id: int, command_id: int, actor: Actor, now: datetime) -> Job:
    """Never do it; the command that was, for whoever has to draw the conclusion.

    Raises CommandError: not_found, not_waiting.
    """
    held = cur.execute(
        "select person_id from outbox_command where shop_id = %s and id = %s and person_id is not null",
        (shop_id, command_id),
    ).fetchone()
    lock_mailboxes(cur, held or ())
    row = cur.execute(
        "update outbox_command set state = 'given_up', closed_at = %s, closed_by = %s"
        " where shop_id = %s and id = %s and state in ('queued', 'failed', 'unknown')"
        " returning id, shop_id, kind, key, target, payload, person_id, order_id, task_id, actor, tries, maybe_taken",
        (now, str(actor), shop_id, command_id),
    ).fetchone()
    if row is None:
        raise CommandError(_why_not(cur, shop_id, command_id, "not_waiting"))
    audit.write(cur, shop_id, actor, "command.give_up", "command", command_id)
    job = job_of(row, "machine")
    found = handler(job.kind)
    if found is not None:
        found.settled(cur, job, "given_up", Outcome("refused", "given_up"), now)
    return job


def _why_not(cur: Cursor, shop_id: int, command_id: int, otherwise: str) -> str:
    row = cur.execute("select 1 from outbox_command where shop_id = %s and id = %s", (shop_id, command_id)).fetchone()
    return "not_found" if row is None else otherwise
