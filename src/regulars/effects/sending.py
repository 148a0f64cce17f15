"""Letters: queued for the outbox, and those not handed over cancelled. The outbox judges and renders; not here."""

from datetime import datetime
from typing import Any, Literal, cast

from regulars.base import db
from regulars.base.db import Cursor
from regulars.core.effects import AskQuestion, CancelMessages, SendMessage
from regulars.effects.order import EffectOrder
from regulars.outbox import actions as outbox

__all__ = ["cancel_messages", "content_of", "new_message", "send_messages"]


def content_of(order: EffectOrder, effect: SendMessage | AskQuestion) -> dict[str, Any]:
    """What the letter is made of: a template at its published version, or the texts in the scheme itself."""
    if effect.template is not None:
        return {"template": effect.template, "version": order.templates.get(effect.template)}
    return {"inline": effect.inline}


def new_message(
    order: EffectOrder, effect: SendMessage | AskQuestion, content: dict[str, Any], id_: int
) -> outbox.NewMessage:
    """The row of the outbox for a letter."""
    return outbox.NewMessage(
        id=id_,
        person_id=order.person_id,
        order_id=order.order_id,
        enrolment_id=order.enrolment_id,
        version_id=order.version_id,
        step=effect.step,
        visit=effect.visit,
        attempt=effect.attempt,
        part=effect.part,
        purpose=cast("Literal['service', 'advertising']", effect.purpose),
        by=effect.by,
        content=content,
        late=outbox.late_rule(effect.late.action, effect.late.after) if effect.late else None,
        held_out=order.held_out,
        meant_at=effect.due_at,
        scheme=order.scheme,
        priority=order.priority,
        terms=order.terms,
    )


def send_messages(
    cur: Cursor, shop_id: int, letters: list[tuple[EffectOrder, SendMessage]], now: datetime
) -> dict[str, int]:
    """Queue letters; the message by the key of the promise that it tells.

    A letter that tells a time is pointless after it.
    """
    ids = db.ids(cur, len(letters))
    new, telling = [], {}
    for (order, effect), id_ in zip(letters, ids, strict=True):
        content = content_of(order, effect)
        if effect.promise is not None:
            telling[order.part_key(effect.promise)] = id_
        if effect.drop_at is not None:
            due = effect.drop_at.isoformat()
            content |= {"drop_at": due, "vars": {"promise": {"due": due}}}
        new.append(new_message(order, effect, content, id_))
    outbox.queue_messages(cur, shop_id, new, now)
    return telling


def cancel_messages(cur: Cursor, shop_id: int, stops: list[tuple[EffectOrder, CancelMessages]], now: datetime) -> None:
    """Cancel what these enrolments have queued and nobody has handed over."""
    if stops:
        outbox.cancel_for_enrolments(cur, shop_id, [o.enrolment_id for o, _ in stops], "stopped", now)
