"""The one thing that a machine of ours says by itself in a chat: that it is the right place, once a day at the most.

Owns its words and the button by which a stranger gives his telephone, so that his orders are found.
"""

from datetime import datetime, timedelta

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.outbox import actions as outbox
from regulars.outbox.answer import answer_content
from regulars.shop.settings import ShopSettings
from regulars.talks import threads_actions as threads
from regulars.talks import threads_queries as talks
from regulars.talks.threads_incoming import InboundMessage

__all__ = ["greet"]

AT_MOST_EVERY = timedelta(days=1)
_KNOWN = {
    "en": "This is {shop}. News of your orders comes here from now on, and you can write to us right here.",
    "ru": "Это {shop}. Новости о ваших заказах теперь приходят сюда, и написать нам можно прямо здесь.",
}
_STRANGER = {
    "en": "This is {shop}. Write to us right here. To let us find your orders, press the button below.",
    "ru": "Это {shop}. Напишите нам прямо здесь. Чтобы мы нашли ваши заказы, нажмите кнопку ниже.",
}
_BUTTON = {"en": "Share my telephone", "ru": "Поделиться телефоном"}


def greet(
    cur: Cursor, settings: ShopSettings, thread_id: int, said: InboundMessage, *, is_known: bool, now: datetime
) -> None:
    """Greet whoever has opened the chat, unless he was greeted within a day."""
    thread = talks.thread(cur, settings.id, thread_id)
    if thread is None or (thread.greeted_at is not None and now - thread.greeted_at < AT_MOST_EVERY):
        return
    language = "ru" if (said.language or settings.language).startswith("ru") else "en"
    text = (_KNOWN if is_known else _STRANGER)[language].format(shop=settings.name)
    (message_id,) = db.ids(cur, 1)
    content = answer_content(said.address, text, ask_contact="" if is_known else _BUTTON[language], automatic=True)
    new = outbox.NewMessage(
        id=message_id,
        person_id=thread.person_id,
        order_id=thread.order_id,
        purpose="service",
        by=(said.channel,),
        content=content,
        meant_at=now,
        part="greeting",
    )
    outbox.queue_messages(cur, settings.id, [new], now)
    threads.write(cur, settings.id, thread_id, text, message_id, SYSTEM, now, auto="greeting")
    threads.greeted(cur, settings.id, thread_id, now)
