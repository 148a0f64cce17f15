"""The vocabulary of events: every kind that anything in Regulars records, with what it means.

Owns the one list; docs are made from it, the reader checks schemes against it, the log refuses what isn't here. A shop
may add its own kinds under `x.`. Payloads hold no name, phone, address or free text.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

_CUSTOM = re.compile(r"x\.[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){0,3}")


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind: its name (past tense, with a dot), what it is about, and what it means in both languages."""

    kind: str
    category: str
    en: str
    ru: str


def _kinds(category: str, *rows: tuple[str, str, str]) -> tuple[EventKind, ...]:
    return tuple(EventKind(kind, category, en, ru) for kind, en, ru in rows)


_ALL = (
    *_kinds(
        "order",
        ("order.placed", "an order was placed", "оформлен заказ"),
        (
            "order.changed",
            "lines, address, window or total of an order changed",
            "изменились состав или условия заказа",
        ),
        ("order.processing", "the shop took the order in hand", "заказ взят в работу"),
        ("order.ready", "the order is packed and ready to ship", "заказ собран"),
        ("order.shipped", "the order is on its way", "заказ отправлен"),
        ("order.delivered", "the order reached the buyer", "заказ доставлен"),
        ("order.cancelled", "the order was cancelled", "заказ отменён"),
        ("order.returned", "the order, or lines of it, came back", "заказ возвращён"),
        ("order.paid", "the order is paid in full", "заказ оплачен"),
        ("order.part_paid", "a part of the order is paid", "заказ оплачен частично"),
        ("order.part_refunded", "a part of the money was paid back", "часть денег возвращена"),
        ("order.refunded", "the money was paid back", "деньги возвращены"),
        (
            "order.set_aside",
            "the order was a test, a joke or a double: nothing goes on about it",
            "заказ отложен: проверка, шутка или повтор",
        ),
        ("order.restored", "the order is meant, after all", "заказ снова настоящий"),
        (
            "order.change_wanted",
            "the desk changed an order; the shop is to be told",
            "заказ изменён в разговоре, магазин узнаёт об этом",
        ),
        ("order.change_written", "the shop has a change that the desk wanted", "изменение внесено в магазине"),
        ("order.change_refused", "a change that the desk wanted will not be made", "изменение не внесено в магазине"),
        ("payment.failed", "a payment was tried and failed", "оплата не прошла"),
    ),
    *_kinds(
        "shipment",
        ("shipment.created", "a parcel was announced to the carrier", "посылка передана в службу доставки"),
        ("shipment.moved", "a parcel is on its way", "посылка в пути"),
        ("shipment.with_courier", "the courier has left with the parcel", "курьер выехал"),
        ("shipment.waiting", "a parcel waits at the pick-up point", "посылка ждёт в пункте выдачи"),
        ("shipment.delivered", "a parcel was handed over", "посылка вручена"),
        ("shipment.troubled", "something is wrong with a parcel", "с посылкой что-то не так"),
        ("shipment.returned", "a parcel went back to the shop", "посылка вернулась в магазин"),
    ),
    *_kinds(
        "person",
        ("lead.created", "somebody became known who has not bought yet", "появился лид"),
        ("person.became_customer", "a lead's first order was paid", "лид стал покупателем"),
        ("person.changed", "contact points, language or zone of a person changed", "изменились данные человека"),
        ("person.merged", "two records were found to be one person", "записи одного человека объединены"),
        ("person.unmerged", "a merge was undone", "объединение отменено"),
        ("person.erased", "a person's data were erased", "данные человека удалены"),
        ("person.tagged", "a tag was put on a person", "человеку поставлена метка"),
        ("person.untagged", "a tag was taken off a person", "с человека снята метка"),
        ("person.field_set", "a field of the person's own was set", "заполнено своё поле человека"),
        ("consent.given", "consent was given for a channel and purpose", "получено согласие"),
        ("consent.withdrawn", "consent was withdrawn", "согласие отозвано"),
        ("cart.abandoned", "a cart was left without an order", "брошена корзина"),
        ("page.viewed", "a page of the shop was viewed", "просмотрена страница"),
        ("quiz.answered", "a quiz of the shop was answered", "пройден опрос на сайте"),
        ("segment.entered", "a person came into a segment", "человек вошёл в сегмент"),
        ("segment.left", "a person is no longer in a segment", "человек вышел из сегмента"),
        ("date.reached", "a day that a scheme begins by has come", "наступил день, с которого начинается схема"),
        (
            "time.passed",
            "so long has passed since the last such event",
            "с последнего такого события прошло заданное время",
        ),
    ),
    *_kinds(
        "message",
        ("message.sent", "a message was handed over to its channel", "сообщение отправлено"),
        ("message.refused", "a message was not sent, for a stated reason", "сообщение не отправлено"),
        ("message.cancelled", "a message was called off before it was sent", "сообщение отменено"),
        ("message.failed", "a message could not be delivered", "сообщение не доставлено"),
        ("message.unknown", "nobody knows whether the message was taken", "судьба сообщения неизвестна"),
        ("message.opened", "a message was opened", "сообщение открыто"),
        ("message.clicked", "a link in a message was followed", "переход по ссылке из сообщения"),
        ("message.bounced", "the address refused the message for good", "адрес не принимает почту"),
        ("message.complained", "the reader called the message spam", "жалоба на спам"),
        ("message.received", "the person wrote to the shop", "получено сообщение"),
        ("answer.given", "a question was answered", "получен ответ"),
        ("review.left", "a review was left", "оставлен отзыв"),
    ),
    *_kinds(
        "desk",
        ("call.incoming", "the person is calling", "входящий звонок"),
        ("call.missed", "the person called and nobody answered", "пропущенный звонок"),
        ("call.answered", "a call was answered", "звонок принят"),
        ("call.outgoing", "somebody of the shop called the person", "исходящий звонок"),
        ("call.ended", "a call that was answered is over", "разговор окончен"),
        ("call.recorded", "a call's recording is ready", "готова запись звонка"),
        ("task.opened", "a task for a person was opened", "поставлена задача"),
        ("task.claimed", "somebody took the task", "задача взята"),
        ("task.released", "the task went back to the queue", "задача возвращена в очередь"),
        ("task.paused", "the task's clock was stopped", "часы задачи остановлены"),
        ("task.resumed", "the task's clock went on", "часы задачи пошли дальше"),
        ("task.finished", "a task ended with its outcome", "задача закончена"),
        ("task.closed", "a task was no longer needed", "задача больше не нужна"),
        ("offer.answered", "something was offered in a talk, and taken or not", "на предложение ответили"),
        ("promise.made", "a time was set that the buyer is to be told", "назначен срок обещания"),
        ("promise.told", "the buyer was told the time", "покупателю назван срок"),
        ("promise.kept", "a promise was kept", "обещание выполнено"),
        ("promise.endangered", "a promise may not be kept in time", "обещание под угрозой"),
        ("promise.warned", "the buyer was warned that a promise may break", "покупателя предупредили о срыве срока"),
        ("promise.broken", "a promise was broken", "обещание нарушено"),
        ("promise.voided", "a promise lost its object", "обещание снято"),
    ),
    *_kinds(
        "loyalty",
        ("points.earned", "points were given to a person", "начислены баллы"),
        ("points.expired", "points were not used in time", "сгорели баллы"),
        ("code.issued", "a personal code was issued", "выдан код"),
    ),
    *_kinds(
        "shop",
        ("calendar.changed", "working hours or days off of a team changed", "изменились рабочие часы или выходные"),
    ),
    *_kinds(
        "scheme",
        ("enrolment.started", "a scheme began for a person or an order", "началось прохождение схемы"),
        ("enrolment.ended", "a scheme ended for a person or an order", "закончилось прохождение схемы"),
        ("enrolment.set_aside", "a step failed and waits for a person", "прохождение отложено из-за ошибки"),
    ),
)

EVENT_KINDS: dict[str, EventKind] = {kind.kind: kind for kind in _ALL}
"""Kind -> what it is, in the order of the documentation."""


def is_known(kind: str) -> bool:
    """Whether anything may record this kind: one of the list, or a custom one like `x.showroom_visited`."""
    return kind in EVENT_KINDS or _CUSTOM.fullmatch(kind) is not None


def suggest(kind: str) -> str | None:
    """The known kind that was probably meant."""
    near = difflib.get_close_matches(kind, EVENT_KINDS, n=1, cutoff=0.6)
    return near[0] if near else None


def is_about_order(kind: str) -> bool:
    """Whether, in a scheme per order, the kind means this order's event unless the scheme says otherwise."""
    return kind.startswith("order.")
