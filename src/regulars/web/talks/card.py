"""What a message's card shows beside the rest: the talk as a messenger shows it, and ready answers to put in."""

from typing import Any

from regulars.base.db import Cursor
from regulars.desk import answering, message_tasks
from regulars.desk.queries import TaskRow
from regulars.talks import threads_queries as talks
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.desk.said import Talk
from regulars.web.desk.script import ready_answers
from regulars.web.say import Say
from regulars.web.talks.shown import address, bubbles

__all__ = ["context"]


def context(cur: Cursor, seat: Seat, say: Say, task: TaskRow, talk: Talk, *, may_answer: bool) -> dict[str, Any]:
    """What the card of a message shows beside the rest; nothing for other tasks."""
    thread = talks.thread(cur, seat.shop.id, task.thread_id) if task.thread_id else None
    if thread is None:
        return {}
    return {
        "thread": {"id": thread.id, "subject": thread.subject, "channel": thread.channel},
        "channel_name": words.word(words.CHANNELS, thread.channel),
        "wrote_from": address(seat, thread, whole=may_answer),
        "bubbles": bubbles(cur, seat, say, thread),
        "is_message": task.kind == message_tasks.KIND,
        "ready": ready_answers(cur, seat, say, talk) if may_answer and task.kind == message_tasks.KIND else [],
        "ready_language": talk.language,
        "longest": answering.LONGEST,
    }
