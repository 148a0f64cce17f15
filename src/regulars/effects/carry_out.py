"""The entrance: the handlers, each given its kind of effect, in the order in which they need one another."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from regulars.base.db import Cursor
from regulars.core.effects import (
    AskQuestion,
    CallWebhook,
    CancelMessages,
    GivePoints,
    IssueCode,
    MakePromise,
    OpenTask,
    SendMessage,
    SetPersonFields,
    StopTasks,
    TagPerson,
    VoidPromises,
)
from regulars.effects.giving import give_points, issue_codes
from regulars.effects.marking import set_person_fields, tag_persons
from regulars.effects.order import EffectOrder
from regulars.effects.promises import make_promises, void_promises
from regulars.effects.questions import ask_questions
from regulars.effects.sending import cancel_messages, send_messages
from regulars.effects.tasks import open_tasks, stop_tasks
from regulars.effects.webhooks import call_webhooks

__all__ = ["carry_out"]

E = TypeVar("E")
STOPS = (StopTasks, CancelMessages, VoidPromises)


def carry_out(cur: Cursor, shop_id: int, orders: Sequence[EffectOrder], now: datetime) -> None:
    """Carry out the effects of one shop; the caller has left out those that were carried out before.

    What somebody was given before a stop of his is given before it, so that it is stopped, too.
    """
    for stretch in _stretches(orders):
        _carry_out(cur, shop_id, stretch, now)


def _stretches(orders: Sequence[EffectOrder]) -> list[list[EffectOrder]]:
    """Each enrolment's effects in their order, cut before a stop that follows anything else; nearly always it is one."""
    out: list[list[EffectOrder]] = [[]]
    begun: dict[int, int] = {}
    gave: set[int] = set()
    for order in orders:
        id_ = order.enrolment_id
        if not isinstance(order.effect, STOPS):
            gave.add(id_)
        elif id_ in gave:
            gave.remove(id_)
            begun[id_] = begun.get(id_, 0) + 1
            if begun[id_] == len(out):
                out.append([])
        out[begun.get(id_, 0)].append(order)
    return out


def _carry_out(cur: Cursor, shop_id: int, orders: Sequence[EffectOrder], now: datetime) -> None:
    """Stops come first, so that a stretch which stops and begins anew leaves the new ones alone; letters before the
    promises that they tell."""
    stop_tasks(cur, shop_id, _of(orders, StopTasks), now)
    cancel_messages(cur, shop_id, _of(orders, CancelMessages), now)
    void_promises(cur, shop_id, _of(orders, VoidPromises), now)
    tag_persons(cur, shop_id, _of(orders, TagPerson), now)
    set_person_fields(cur, shop_id, _of(orders, SetPersonFields), now)
    give_points(cur, shop_id, _of(orders, GivePoints), now)
    issue_codes(cur, shop_id, _of(orders, IssueCode), now)
    letters = send_messages(cur, shop_id, _of(orders, SendMessage), now)
    ask_questions(cur, shop_id, _of(orders, AskQuestion), now)
    make_promises(cur, shop_id, _of(orders, MakePromise), letters, now)
    open_tasks(cur, shop_id, _of(orders, OpenTask), now)
    call_webhooks(cur, shop_id, _of(orders, CallWebhook), now)


def _of(orders: Sequence[EffectOrder], kind: type[E]) -> list[tuple[EffectOrder, E]]:
    return [(o, o.effect) for o in orders if isinstance(o.effect, kind)]
