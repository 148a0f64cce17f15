"""Questions to the buyer: the row that will hold the answer, and the letter that asks."""

from datetime import datetime

from regulars.base import db
from regulars.base.db import Cursor
from regulars.core.effects import AskQuestion
from regulars.effects.order import EffectOrder
from regulars.effects.sending import content_of, new_message
from regulars.feedback import actions as feedback
from regulars.outbox import actions as outbox

__all__ = ["ask_questions"]


def ask_questions(cur: Cursor, shop_id: int, asked: list[tuple[EffectOrder, AskQuestion]], now: datetime) -> None:
    """Ask; the answer comes back as `answer.given` naming the enrolment, step and visit."""
    if not asked:
        return
    rows = [
        feedback.NewQuestion(
            key=o.key,
            person_id=o.person_id,
            order_id=o.order_id,
            enrolment_id=o.enrolment_id,
            question=e.question,
            answers=tuple(e.answers),
            step=e.step,
            visit=e.visit,
        )
        for o, e in asked
    ]
    questions = feedback.ask(cur, shop_id, rows, now)
    letters = [
        new_message(o, e, {**content_of(o, e), "question_id": str(q), "drop_at": e.until.isoformat()}, id_)
        for (o, e), q, id_ in zip(asked, questions, db.ids(cur, len(asked)), strict=True)
    ]
    outbox.queue_messages(cur, shop_id, letters, now)
