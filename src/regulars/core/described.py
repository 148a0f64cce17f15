"""What the keys of a scheme mean, in both languages: the descriptions of the JSON Schema and their Russian.

Owns the Russian words; the English ones stand in the schema itself, which is published. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["RUSSIAN", "described", "descriptions"]

RUSSIAN: dict[str, str] = {
    "15m, 2h, 1d, 15m working, 1d working, next morning, 11:00 local.": (
        "15m, 2h, 1d, 15m working (рабочего времени), 1d working (рабочих дней), next morning (утром следующего рабочего"
        " дня), 11:00 local (по часам покупателя)."
    ),
    "A branch: yes or no.": "Развилка: да или нет.",
    "A message.": "Сообщение.",
    "A number, or a fact such as product.satisfaction_days: of several lines the longest.": (
        "Число или поле, например product.satisfaction_days: из нескольких позиций берётся наибольшее."
    ),
    "A person of the team calls; left only by an outcome.": "Звонит сотрудник команды; шаг кончается только результатом.",
    "A question about facts.": "Вопрос о данных.",
    "A question to the buyer, by letter with an answer link.": "Вопрос покупателю: письмо со ссылками для ответа.",
    "A step has a name and one verb. It goes on to the next step in the file unless `then` (or an outcome, an answer,"
    " yes/no, on_timeout) names another; `end` ends; a step never contains a step.": (
        "У шага есть имя и одно действие. Дальше идёт следующий шаг файла, если `then` (или результат, ответ, yes/no,"
        " on_timeout) не называет другой; `end` завершает; шаг не содержит других шагов."
    ),
    "A step of this scheme, or end.": "Шаг этой схемы или end.",
    "A template by name, or words of its own: subject and text.": "Имя шаблона или свои слова: subject и text.",
    "An event or a time-out, whichever is first. What came since the start is not missed.": (
        "Событие или срок: что наступит раньше. Пришедшее с начала схемы не теряется."
    ),
    "An event's kind, such as order.paid; the shop's own kinds begin with x.": (
        "Вид события, например order.paid; собственные события магазина начинаются с x."
    ),
    "Beside a call or a task: the buyer learns by when he is called, or answered; a promise in the ledger.": (
        "Рядом со звонком или задачей: покупатель узнаёт, до какого времени ему позвонят или ответят; это обещание попадает"
        " в журнал."
    ),
    "Beside a letter: the time that it tells; a promise in the ledger.": (
        "Рядом с письмом: срок, который в нём назван; это обещание попадает в журнал."
    ),
    "By when; a delivery without it: the window of the order.": "К какому сроку; у доставки без него: окно доставки заказа.",
    "Channels in the order in which they are tried; the first that reaches him.": (
        "Каналы по порядку: уйдёт по первому, которым можно связаться."
    ),
    "How far back it looks: to the start (for this order's own events) or to this step.": (
        "Насколько далеко назад смотреть: до начала схемы (для событий этого заказа) или до этого шага."
    ),
    "How it can end, and where each leads.": "Чем может кончиться и куда ведёт каждый результат.",
    "How long after the start it counts.": "Сколько времени после начала засчитывается.",
    "How long to wait for the event; without it 60d.": "Сколько ждать события; без этого 60d.",
    "Not beside this verb.": "С этим действием не сочетается.",
    "One verb, and where it goes on to.": "Одно действие и куда дальше.",
    "The end; a reason may stand here.": "Конец; здесь можно написать причину.",
    "The event they are counted from; without it, the entry of the step.": (
        "Событие, от которого считаются дни; без него: от начала шага."
    ),
    "The events that begin it.": "События, которые её начинают.",
    "The events that end it at any step; letters not yet sent are called off.": (
        "События, которые завершают её на любом шаге; неотправленные письма отменяются."
    ),
    "The hour at the buyer's; past it, the next day's.": "Час по часам покупателя; если он прошёл, то завтрашний.",
    "The limit; without it 1d working.": "Предельный срок; без него 1d working.",
    "The limit; without it 1h working.": "Предельный срок; без него 1h working.",
    "The name of the scheme; it stays the same through all versions.": "Имя схемы; оно одно у всех версий.",
    "The operator names the day and hour of the next call.": "Оператор назначает день и час следующего звонка.",
    "The plan of retries: one delay for each time that this outcome comes.": (
        "План повторов: по одной паузе на каждый раз, когда случится этот результат."
    ),
    "The script of the talk.": "Сценарий разговора.",
    "The share of people who get no advertising, points and codes of it, so that its effect can be proven.": (
        "Доля людей, которые не получают её рекламу, баллы и коды: так измеряется польза схемы."
    ),
    "The steps, in order; the first is where everybody enters.": "Шаги по порядку; с первого все начинают.",
    "The team of every step that names none.": "Команда всех шагов, где она не указана.",
    "The title for people, by language.": "Название для людей, по языкам.",
    "Time passes: a duration, or days after an event by the buyer's calendar.": (
        "Проходит время: промежуток или дни после события по календарю покупателя."
    ),
    "What becomes of a letter that is late: 'drop after 6h', 'wait after 6h' (for a person's word), 'send'. Without it"
    " service is dropped after 24 h, advertising after 4 h.": (
        "Что делать с опоздавшим письмом: 'drop after 6h' (не отправлять), 'wait after 6h' (ждать решения человека), 'send'"
        " (отправить всё равно). Без этого сервисное не уходит после 24 ч, рекламное после 4 ч."
    ),
    "What it is for. It only counts, and outlives the enrolment.": (
        "Для чего схема. Цель только считается, и засчитывается даже после её конца."
    ),
    "What people call the step, by language: on the map, in the table. It changes nothing.": (
        "Как шаг называется для людей, по языкам: на карте и в таблице. На работу не влияет."
    ),
    "When it ought to be done.": "Когда это желательно сделать.",
    "Which of these events; event.* is the event itself.": "Какие из этих событий; event.* это само событие.",
    "Who must keep it; without it the shop.": "Кто должен выполнить; без этого: магазин.",
    "Whose event counts: of this order, or any of this person. Without it: order.* of this order, all else of this person.": (
        "Чьё событие засчитывать: этого заказа или любое этого человека. Без этого: order.* этого заказа, остальные: этого"
        " человека."
    ),
    "Without it 60d.": "Без этого 60d.",
    "Words by language: {en: …, ru: …}; or one text for all.": "Слова по языкам: {en: …, ru: …}; или один текст для всех.",
    "Work for a person of the team; left only by an outcome.": (
        "Работа для сотрудника команды; шаг кончается только результатом."
    ),
    "case: a dissatisfied customer.": "case: недовольный покупатель.",
    "order: one enrolment an order, once. person: one active enrolment a person.": (
        "order: один раз на каждый заказ. person: не больше одного прохождения у человека одновременно."
    ),
    "per: person only. 'never', or 'after 30d' from the end of the last time.": (
        "Только при per: person. 'never' (никогда) или 'after 30d' (через 30 дней после конца прошлого раза)."
    ),
    "service unless said otherwise; advertising needs consent and counts for the cap.": (
        "Если не указано, service; advertising требует согласия и считается в предел рекламы."
    ),
    "ship: handed over; delivery: with the buyer; answer: an answer of ours.": (
        "ship: отправим; delivery: будет у покупателя; answer: ответим."
    ),
}


def described(node: Mapping[str, Any], language: str) -> str:
    """The description of a part of the schema, in that language; empty where it has none."""
    words = str(node.get("description", ""))
    return RUSSIAN.get(words, words) if language == "ru" else words


def descriptions(schema: Any) -> Iterator[str]:
    """Every description of a schema, from above."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("description"), str):
            yield schema["description"]
        for value in schema.values():
            yield from descriptions(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from descriptions(value)
