"""The only writes of feedback: a question is asked, and answered once. The answer's event moves whoever waits for it.

The comment is a buyer's free text: it stays in the question's row and never enters the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.base import db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, lock_mailboxes, record

__all__ = ["AnswerRefused", "NewQuestion", "answer", "ask"]


class AnswerRefused(ValueError):
    """The answer can't be taken. `code`: 'no_question', 'no_such_answer', 'answered' (otherwise, before)."""

    def __init__(self, code: Literal["no_question", "no_such_answer", "answered"]) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class NewQuestion:
    """`key`: the identity of the effect that asks. `answers`: the words that may come back ('yes', 'no').

    `step` and `visit` of the asking enrolment: its wait knows its own answer by them.
    """

    key: str
    person_id: int
    question: str
    answers: tuple[str, ...]
    step: str | None
    visit: int | None
    order_id: int | None = None
    enrolment_id: int | None = None


def ask(cur: Cursor, shop_id: int, questions: Sequence[NewQuestion], now: datetime) -> list[int]:
    """Enter questions; their ids, in the order given. One whose key is there already is that one, unchanged."""
    if not questions:
        return []
    keys = [q.key for q in questions]
    cur.execute(
        "insert into feedback_question (shop_id, key, person_id, order_id, enrolment_id, step, visit, question,"
        " answers, asked_at) select %s, k, p, o, e, s, v, q, a::jsonb, %s from unnest(%s::text[],"
        " %s::bigint[], %s::bigint[],"
        " %s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[]) as n(k, p, o, e, s, v, q, a)"
        " on conflict (shop_id, key) do nothing",
        (
            shop_id,
            now,
            keys,
            [q.person_id for q in questions],
            [q.order_id for q in questions],
            [q.enrolment_id for q in questions],
            [q.step for q in questions],
            [q.visit for q in questions],
            [q.question for q in questions],
            [db.dumps(q.answers) for q in questions],
        ),
    )
    found: dict[str, int] = dict(
        cur.execute(
            "select key, id from feedback_question where shop_id = %s and key = any(%s)", (shop_id, keys)
        ).fetchall()
    )
    return [found[k] for k in keys]


def answer(
    cur: Cursor, shop_id: int, question_id: int, word: str, comment: str, actor: Actor, now: datetime
) -> Literal["recorded", "same"]:
    """Take the answer, once: the same again changes nothing, another raises AnswerRefused('answered')."""
    person = cur.execute(
        "select person_id from feedback_question where id = %s and shop_id = %s", (question_id, shop_id)
    ).fetchone()
    if person is None:
        raise AnswerRefused("no_question")
    lock_mailboxes(cur, [person[0]])
    row = cur.execute(
        "select person_id, order_id, enrolment_id, step, visit, question, answers, answer from feedback_question"
        " where id = %s for update",
        (question_id,),
    ).fetchone()
    if row is None:
        raise AnswerRefused("no_question")
    person_id, order_id, enrolment_id, step, visit, question, answers, given = row
    if answers and word not in answers:
        raise AnswerRefused("no_such_answer")
    if given is not None:
        if given != word:
            raise AnswerRefused("answered")
        return "same"
    cur.execute(
        "update feedback_question set answer = %s, comment = %s, answered_at = %s where id = %s",
        (word, comment, now, question_id),
    )
    data: dict[str, Any] = {"question_id": str(question_id), "question": question, "answer": word}
    if enrolment_id is not None:
        data |= {"enrolment_id": str(enrolment_id), "step": step, "visit": visit}
    record(cur, shop_id, [NewEvent("answer.given", now, True, person_id, order_id, data, str(actor))], now)
    return "recorded"
