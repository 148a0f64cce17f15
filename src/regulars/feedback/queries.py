"""Reads of questions and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["Question", "of_person", "question"]

_COLUMNS = "id, shop_id, person_id, order_id, enrolment_id, question, answers, asked_at, answer, comment, answered_at"


@dataclass(frozen=True, slots=True)
class Question:
    """A question put to a person, and the answer if there is one. `comment` is personal."""

    id: int
    shop_id: int
    person_id: int
    order_id: int | None
    enrolment_id: int | None
    question: str
    answers: Sequence[str]
    asked_at: datetime
    answer: str | None
    comment: str
    answered_at: datetime | None


def question(cur: Cursor, shop_id: int, question_id: int) -> Question | None:
    """One question of this shop."""
    row = cur.execute(
        f"select {_COLUMNS} from feedback_question where shop_id = %s and id = %s",  # noqa: S608
        (shop_id, question_id),
    ).fetchone()
    return None if row is None else Question(*row)


def of_person(cur: Cursor, shop_id: int, person_id: int, limit: int = 50) -> list[Question]:
    """What this person was asked, newest first."""
    rows = cur.execute(
        f"select {_COLUMNS} from feedback_question where shop_id = %s and person_id = %s order by id desc limit %s",  # noqa: S608
        (shop_id, person_id, limit),
    )
    return [Question(*r) for r in rows]
