"""Calls by a button: a vendor is asked to let the operator's telephone ring, and then the buyer's.

Owns the command `call.start` and which feed it goes by. It is made once or not at all: one whose fate is unknown may have
rung, and nobody is called twice for it. The number stands in no command; it is looked up when the call is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as conf

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.secrets import SecretBox, split_keys
from regulars.outbox import command_queries as queries
from regulars.outbox import commands
from regulars.outbox.commands import Handler, Job, Outcome, State
from regulars.people import queries as people
from regulars.staff import queries as staff
from regulars.vendors import telephones
from regulars.vendors.telephones import Account, Wanted

__all__ = ["HANDLER", "KIND", "DialError", "Dialled", "account_of", "ask", "last", "way"]

KIND = "call.start"
GOOD_FOR = timedelta(seconds=30)
"""Whoever asked for a call has taken his own telephone by then."""
_FEED = """
select id, kind, slug, settings, credentials, secrets from intake_feed
where shop_id = %s and active and removed_at is null and (%s::bigint is null or id = %s)
  and kind = any(%s) order by id
"""
_OPEN = ("queued", "sending")
MOST_TRIES = 20
"""So often a call can be asked for in one task."""


class DialError(ValueError):
    """No call can be asked for; `code`: no_way, no_extension, no_number, too_often."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Dialled:
    """A call that was asked for. `code` and `text`: why it came to nothing."""

    id: int
    state: str
    code: str
    text: str
    asked_at: datetime

    def is_waiting(self, now: datetime) -> bool:
        """Whether it may still be made."""
        return self.state in _OPEN and now < self.asked_at + GOOD_FOR


def way(cur: Cursor, shop_id: int) -> int | None:
    """The feed by which calls can be asked for; None: a telephone has to be dialled by hand."""
    for id_, kind, _slug, own, credentials, _secrets in _feeds(cur, shop_id):
        if telephones.can_call(kind, credentials, own):
            return int(id_)
    return None


def _feeds(cur: Cursor, shop_id: int, feed_id: int | None = None) -> list[tuple[Any, ...]]:
    return cur.execute(_FEED, (shop_id, feed_id, feed_id, list(telephones.APIS))).fetchall()


def ask(
    cur: Cursor,
    shop_id: int,
    person_id: int,
    account_id: int,
    actor: Actor,
    now: datetime,
    *,
    task_id: int,
    order_id: int | None = None,
    phone: int = 0,
) -> int:
    """Have the telephones ring; `phone`: which of the person's numbers. A press that is repeated at once asks no more.

    Raises DialError: no_way, no_extension, no_number, too_often.
    """
    feed_id = way(cur, shop_id)
    if feed_id is None:
        raise DialError("no_way")
    extension = staff.extension_of(cur, shop_id, account_id)
    if not extension:
        raise DialError("no_extension")
    card = people.card(cur, shop_id, person_id)
    if card is None or not 0 <= phone < len(card.phones):
        raise DialError("no_number")
    before = queries.by_keys(cur, shop_id, _keys(task_id))
    waiting = [c for c in before.values() if c.state in _OPEN and c.asked_at > now - GOOD_FOR]
    if waiting:
        return waiting[0].id
    if len(before) >= MOST_TRIES:
        raise DialError("too_often")
    key = _keys(task_id)[len(before)]
    payload = {"feed": str(feed_id), "extension": extension, "phone": phone}
    return commands.ask(
        cur, shop_id, KIND, key, payload, actor, now, target=f"telephone:{feed_id}", person_id=person_id,
        order_id=order_id, task_id=task_id, good_for=GOOD_FOR,
    )  # fmt: skip


def last(cur: Cursor, shop_id: int, task_id: int) -> Dialled | None:
    """The call that was asked for last in this task."""
    found = sorted(queries.by_keys(cur, shop_id, _keys(task_id)).values(), key=lambda c: c.id)
    if not found:
        return None
    newest = found[-1]
    said = newest.answer
    return Dialled(newest.id, newest.state, str(said.get("code") or ""), str(said.get("text") or ""), newest.asked_at)


def _keys(task_id: int) -> list[str]:
    """The keys of a task's calls, in their order: two presses at once have the same one."""
    return [f"{KIND}:{task_id}:{n}" for n in range(1, MOST_TRIES + 1)]


def _load(cur: Cursor, job: Job) -> Mapping[str, Any] | None:
    """The account and the number; None where one of them is there no longer."""
    rows = _feeds(cur, job.shop_id, int(job.payload["feed"]))
    card = people.card(cur, job.shop_id, job.person_id or 0)
    phone = int(job.payload.get("phone", 0))
    if not rows or card is None or phone >= len(card.phones):
        return None
    return {"account": account_of(*rows[0][1:]), "number": card.phones[phone]}


def account_of(kind: str, slug: str, own: Any, credentials: Any, secrets: Any) -> Account:
    """A feed's account at its vendor, secrets in clear."""
    box = SecretBox(split_keys(conf.SECRET_KEY))
    return Account(
        kind,
        box.decrypt(secrets[0].encode()) if secrets else "",
        {name: box.decrypt(value.encode()) for name, value in credentials.items()},
        own,
        f"{conf.REGULARS_PUBLIC_URL or ''}/in/{slug}",
    )


def _call(job: Job) -> Outcome:
    account: Account = job.settings["account"]
    asked = telephones.ask(account, Wanted(job.payload["extension"], job.settings["number"], job.idempotency_key))
    answer = job.call(
        asked.method, asked.url, headers=asked.headers, body=asked.body, auth=asked.auth, seconds=10
    )  # fmt: skip
    found = telephones.verdict(account.kind, answer.status, answer.json(), answer.text(200))
    match found.kind:
        case "done":
            return Outcome("done", status=answer.status)
        case "denied":  # nobody waits until the keys are mended: he dials by hand
            return Outcome("refused", "denied", found.text, answer.status)
        case "busy":
            return Outcome("retry", "busy" if answer.status == 429 else "server", found.text, answer.status, 3)
        case "odd":
            return Outcome("unknown", "odd_answer", found.text, answer.status)
        case _:
            return Outcome("refused", "rejected", found.text, answer.status)


def _settled(cur: Cursor, job: Job, state: State, outcome: Outcome, now: datetime) -> None:
    """Whoever asked sees at once that it came to nothing, and dials by hand: nobody else has to judge it."""
    if state in ("failed", "unknown"):
        cur.execute("update outbox_command set state = 'given_up', closed_by = 'system' where id = %s", (job.id,))


HANDLER = Handler(_call, _load, _settled, repeatable=False)
