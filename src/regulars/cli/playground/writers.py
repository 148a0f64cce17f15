"""Buyers of the playground who write to the shop: who does, when, about what and by which channel; and what they are answered.

Who and what follow from the seed and from what the order has come to. Owns the words; writes only through intake and the
desk's own action.
"""

import contextlib
import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.cli.playground.orders import Placed
from regulars.desk import answering
from regulars.desk.actions import DeskError
from regulars.intake.group_commit import NewDelivery, insert
from regulars.shop import queries as shops
from regulars.talks.threads_incoming import InboundMessage, encode

__all__ = ["answer", "deliver", "letter_of", "reply_to", "said"]

SHARE = 0.07
"""Of the buyers whose order is on its way."""
TELEGRAM_SHARE: Mapping[str, float] = {"ru": 0.45, "en": 0.2}
OWN_LETTERS: Mapping[int, tuple[float, str, str]] = {
    1: (23, "email", "window"),
    3: (4, "telegram", "address"),
    6: (9, "email", "wrap"),
}
"""By place among our own orders: minutes before the beginning, channel, topic. These wait for the visitor."""
TOPICS: Mapping[str, tuple[str, ...]] = {
    "new": ("window", "address", "wrap"),
    "processing": ("window", "address", "wrap", "when"),
    "ready": ("when", "courier"),
    "shipped": ("where", "courier", "damaged"),
}
_SUBJECTS = {
    "window": {"en": "Delivery on Saturday?", "ru": "Доставка в субботу"},
    "address": {"en": "Another address", "ru": "Другой адрес"},
    "wrap": {"en": "It is a present", "ru": "Заказ в подарок"},
    "when": {"en": "When will it be sent?", "ru": "Когда отправите?"},
    "where": {"en": "Where is my parcel?", "ru": "Где посылка?"},
    "courier": {"en": "About the courier", "ru": "Вопрос про курьера"},
    "damaged": {"en": "One plate came broken", "ru": "Одна тарелка разбилась"},
}
_SAID = {
    "window": {
        "en": "Hello, could you bring it on Saturday, after two? In the week nobody is at home before seven.",
        "ru": "Добрый день! Можно привезти в субботу, после двух? В будни раньше семи дома никого нет.",
    },
    "address": {
        "en": "Sorry, I gave you my old address. Can it still go to my office instead? I’ll send the street right away.",
        "ru": "Ой, в заказе старый адрес. Можно отправить на работу? Улицу и дом пришлю сразу.",
    },
    "wrap": {
        "en": "It is a birthday present. Could you leave the price out of the box?",
        "ru": "Это подарок на день рождения. Можно не класть в коробку чек с ценами?",
    },
    "when": {
        "en": "Good morning, when do you send it? I leave for a week on Thursday.",
        "ru": "Здравствуйте! Подскажите, когда отправите? В четверг уезжаю на неделю.",
    },
    "where": {
        "en": "Where is my parcel? The page of the carrier has said the same for two days.",
        "ru": "Где моя посылка? На сайте перевозчика второй день одно и то же.",
    },
    "courier": {
        "en": "Please ask the courier to phone an hour before: the bell doesn’t work.",
        "ru": "Попросите, пожалуйста, курьера позвонить за час: домофон не работает.",
    },
    "damaged": {
        "en": "The last order was lovely, only one plate came with a crack. Could you put one more into this parcel?",
        "ru": "В прошлый раз всё понравилось, только одна тарелка приехала с трещиной. Положите ещё одну в эту посылку?",
    },
}
_ANSWERS = {
    "window": {
        "en": "Saturday between 14 and 18 is fine, I have written it down. The courier phones half an hour before.",
        "ru": "Записали на субботу, с 14 до 18. Курьер позвонит за полчаса.",
    },
    "address": {
        "en": "Of course, it is still with us. Send me the street and the floor, and I’ll change it at once.",
        "ru": "Конечно, заказ ещё у нас. Пришлите улицу, дом и этаж, сразу поменяю.",
    },
    "wrap": {
        "en": "Done: no price in the box, and we’ll wrap it nicely.",
        "ru": "Сделаем: чек не кладём и упакуем красиво.",
    },
    "when": {
        "en": "It goes today, so that you have it before you leave. The tracking number comes by mail.",
        "ru": "Отправляем сегодня, до отъезда успеете получить. Номер для отслеживания придёт письмом.",
    },
    "where": {
        "en": "I have asked the carrier: it is in your town already and comes tomorrow. Sorry for the wait.",
        "ru": "Узнали у перевозчика: посылка уже в вашем городе, привезут завтра. Простите за ожидание!",
    },
    "courier": {
        "en": "I have told the courier, he will phone an hour before.",
        "ru": "Передали курьеру: позвонит за час.",
    },
    "damaged": {
        "en": "I am sorry about that. A new plate goes along with this order, nothing to pay.",
        "ru": "Очень жаль! Новую тарелку положим в этот заказ, бесплатно.",
    },
}
_TOPIC_OF = {text: topic for topic, texts in _SAID.items() for text in texts.values()}


def said(order: Placed, topic: str, channel: str, at: datetime) -> InboundMessage:
    """The buyer's message about his order. A chat is named by his number, so that each has one."""
    buyer = order.buyer
    key = f"<{order.number}@writers.test>" if channel == "email" else f"{order.number}"
    return InboundMessage(
        channel="email" if channel == "email" else "telegram",
        key=key,
        address=buyer.email if channel == "email" else buyer.id.removeprefix("c-").rjust(9, "7"),
        at=at,
        text=_SAID[topic][buyer.language],
        name=buyer.name,
        subject=_SUBJECTS[topic][buyer.language] if channel == "email" else "",
        language=buyer.language,
        message_id=key if channel == "email" else "",
        phone="" if channel == "email" else buyer.phone,
    )


def reply_to(text: str | None, language: str) -> str:
    """What a colleague answers to it; '' where he would have to think."""
    topic = _TOPIC_OF.get(text or "")
    return _ANSWERS[topic][language] if topic else ""


def letter_of(order: Placed, status: str, began: datetime, chance: random.Random) -> tuple[datetime, str, str] | None:
    """When the buyer of an order that has come to `status` writes, the channel and the topic; None for most."""
    if order.own is not None:
        minutes, channel, topic = OWN_LETTERS.get(order.own, (0, "", ""))
        return (began - timedelta(minutes=minutes), channel, topic) if topic else None
    if chance.random() > SHARE or status not in TOPICS:
        return None
    channel = "telegram" if chance.random() < TELEGRAM_SHARE[order.buyer.language] else "email"
    return order.at + timedelta(hours=chance.uniform(0.3, 60)), channel, chance.choice(TOPICS[status])


def deliver(cur: Cursor, shop_id: int, message: InboundMessage, who: Actor) -> None:
    """The message comes in as its channel's feed brings it."""
    source = "imap" if message.channel == "email" else message.channel
    insert(cur, [NewDelivery(shop_id, source, "messages", encode(message), str(who), live=True)])


def answer(cur: Cursor, shop_id: int, task_id: int, text: str, who: Actor, at: datetime) -> None:
    """A colleague answers from the desk, unless somebody was quicker."""
    with contextlib.suppress(DeskError):
        answering.answer(cur, shops.settings_of(cur, shop_id), task_id, text, who, at, undo_for=None)
