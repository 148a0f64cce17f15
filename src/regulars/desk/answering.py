"""Answers from the desk: what an operator typed goes out by the channel in which he was asked, exactly once.

Writes: ends the task, enters the words in the thread, gives them to the outbox, all in one transaction. Until the outcome
settles it can be taken back: the outbox doesn't send before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk import actions, message_tasks
from regulars.desk.actions import UNDO, DeskError
from regulars.desk.queries import TaskRow, task
from regulars.events.actions import lock_mailboxes
from regulars.outbox import actions as outbox
from regulars.outbox.answer import answer_content, reply_subject
from regulars.shop.settings import ShopSettings
from regulars.talks import threads_actions as threads
from regulars.talks import threads_queries as talks

__all__ = ["LONGEST", "Answered", "answer", "take_up", "undo"]

LONGEST = 10_000
"""Characters of an answer; a messenger gets a longer one in parts."""
LATE_AFTER = timedelta(hours=24)
PART = "answer"


@dataclass(frozen=True, slots=True)
class Answered:
    """The task, and the outbox's number of the answer; None when it had been answered before."""

    task: TaskRow
    outbox_id: int | None


def answer(
    cur: Cursor,
    shop: ShopSettings,
    task_id: int,
    text: str,
    actor: Actor,
    now: datetime,
    *,
    undo_for: timedelta | None = UNDO,
) -> Answered:
    """Answer and finish the task; the same again changes nothing.

    Raises DeskError: as actions.finish, and answer_missing, answer_long, no_thread.
    """
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise DeskError("answer_missing")
    if len(text) > LONGEST:
        raise DeskError("answer_long", longest=LONGEST)
    found = task(cur, shop.id, task_id)
    if found is None:
        raise DeskError("not_found")
    thread = talks.thread(cur, shop.id, found.thread_id) if found.thread_id else None
    if thread is None or found.kind != message_tasks.KIND:
        raise DeskError("no_thread")
    done = actions.finish(cur, shop.id, task_id, message_tasks.ANSWERED, actor, now, undo_for=undo_for)
    if _is_answered(cur, task_id):
        return Answered(done, None)
    subject, last, before = talks.subject_and_refs(cur, thread.id)
    subject = reply_subject(subject) if thread.channel == "email" else ""
    (outbox_id,) = db.ids(cur, 1)
    goes_at = done.settles_at or now
    message = outbox.NewMessage(
        id=outbox_id,
        person_id=thread.person_id,
        order_id=thread.order_id,
        purpose="service",
        by=(thread.channel,),
        content=answer_content(thread.address, text, subject=subject, answers=[*before, last] if last else before),
        meant_at=goes_at,
        send_after=goes_at,
        late=outbox.late_rule("wait", LATE_AFTER),
        part=PART,
    )
    outbox.queue_messages(cur, shop.id, [message], now)
    threads.write(
        cur, shop.id, thread.id, text, outbox_id, actor, now, subject=subject, order_id=thread.order_id, task_id=task_id
    )
    return Answered(done, outbox_id)


def _is_answered(cur: Cursor, task_id: int) -> bool:
    """Whether this task's answer stands in the thread already; the person's mailbox is held."""
    row = cur.execute(
        "select exists (select 1 from talks_message where task_id = %s and not inward)", (task_id,)
    ).fetchone()
    return bool(row and row[0])


def undo(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Take back one's own outcome, and the answer with it: it has not gone, and its words are in the draft again.

    Raises DeskError as actions.undo does.
    """
    row = cur.execute(
        "select text from talks_message where shop_id = %s and task_id = %s and not inward", (shop_id, task_id)
    ).fetchone()
    again = actions.undo(cur, shop_id, task_id, actor, now)
    unsaid = threads.take_back(cur, shop_id, task_id)
    if unsaid:
        outbox.cancel_messages(cur, shop_id, unsaid, "taken_back", now)
        actions.keep_draft(
            cur, shop_id, task_id, actor, now, outcome=message_tasks.ANSWERED, note=row[0] if row else ""
        )
    return again


def take_up(cur: Cursor, shop: ShopSettings, thread_id: int, actor: Actor, now: datetime) -> int:
    """Write into a thread of one's own accord: its task, taken by the writer; a new one where none waits.

    Raises DeskError: not_found, taken.
    """
    thread = talks.thread(cur, shop.id, thread_id)
    if thread is None:
        raise DeskError("not_found")
    lock_mailboxes(cur, [thread.person_id])
    task_id = message_tasks.waiting_task(cur, shop.id, thread_id)
    if task_id is None:
        team = message_tasks.team_of(cur, shop, thread.person_id, thread.order_id, now)
        task_id = message_tasks.begin(cur, shop, thread_id, thread.person_id, thread.order_id, team, now)
        audit.write(cur, shop.id, actor, "thread.taken_up", "thread", thread_id)
    actions.claim(cur, shop.id, task_id, actor, now)
    return task_id
