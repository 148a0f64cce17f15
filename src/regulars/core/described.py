"""What the keys of a scheme mean, in both languages: the descriptions of the JSON Schema and their Russian.

Owns the Russian words; the English ones stand in the schema itself, which is published. A test holds the two together.
"""

# ruff: noqa: E501 - a sentence is a line
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["RUSSIAN", "described", "descriptions"]

RUSSIAN: dict[str, str] = {
    "15m, 2h, 1d, 15m working, 1d working, next morning, 11:00 local.": "`15m`, `2h`, `1d`, `15m working` (рабочего времени), `1d working` (рабочих дней), `next morning` (утром следующего рабочего дня), `11:00 local` (по часам покупателя).",
    "A branch: yes or no.": "Развилка: да или нет.",
    "A message.": "Сообщение.",
    "A number, or a fact such as product.satisfaction_days: of several lines the longest.": "Число или поле, например `product.satisfaction_days`: из нескольких позиций берётся наибольшее.",
    "A person of the team calls; left only by an outcome.": "Звонит сотрудник команды; шаг кончается только результатом.",
    "A question about facts.": "Вопрос о данных.",
    "A question to the buyer, by letter with an answer link.": "Вопрос покупателю: письмо со ссылками для ответа.",
    "A step has a name and one verb. It goes on to the next step in the file unless `then` (or an outcome, an answer, yes/no, on_timeout) names another; `end` ends; a step never contains a step.": "У шага есть имя и одно действие. Дальше идёт следующий шаг файла, если `then` (или результат, ответ, `yes`/`no`, `on_timeout`) не называет другой; `end` завершает; шаг не содержит других шагов.",
    "A step of this scheme, or end.": "Шаг этой схемы или `end`.",
    "A template by name, or words of its own: subject and text.": "Имя шаблона или свои слова: `subject` и `text`.",
    "An event or a time-out, whichever is first. What came since the start is not missed.": "Событие или срок: что наступит раньше. Пришедшее с начала схемы не теряется.",
    "An event's kind, such as order.paid; the shop's own kinds begin with x.": "Вид события, например `order.paid`; собственные события магазина начинаются с `x.`.",
    "Beside a call or a task: the buyer learns by when he is called, or answered; a promise in the ledger.": "Рядом со звонком или задачей: покупатель узнаёт, до какого времени ему позвонят или ответят; это обещание попадает в журнал.",
    "Beside a letter: the time that it tells; a promise in the ledger.": "Рядом с письмом: срок, который в нём назван; это обещание попадает в журнал.",
    "By when; a delivery without it: the window of the order.": "К какому сроку; у доставки без него: окно доставки заказа.",
    "Channels in the order in which they are tried; the first that reaches him.": "Каналы по порядку: уйдёт по первому, которым можно связаться.",
    "How far back it looks: to the start (for this order's own events) or to this step.": "Насколько далеко назад смотреть: до начала схемы (для событий этого заказа) или до этого шага.",
    "How it can end, and where each leads.": "Чем может кончиться и куда ведёт каждый результат.",
    "How long after the start it counts.": "Сколько времени после начала засчитывается.",
    "How long to wait for the event; without it 60d.": "Сколько ждать события; без этого `60d`.",
    "Not beside this verb.": "С этим действием не сочетается.",
    "One verb, and where it goes on to.": "Одно действие и куда дальше.",
    "The end; a reason may stand here.": "Конец; здесь можно написать причину.",
    "The events that end it at any step; letters not yet sent are called off.": "События, которые завершают её на любом шаге; неотправленные письма отменяются.",
    "The hour at the buyer's; past it, the next day's.": "Час по часам покупателя; если он прошёл, то завтрашний.",
    "The limit; without it 1d working.": "Предельный срок; без него `1d working`.",
    "The limit; without it 1h working.": "Предельный срок; без него `1h working`.",
    "The name of the scheme; it stays the same through all versions.": "Имя схемы; оно одно у всех версий.",
    "The operator names the day and hour of the next call.": "Оператор назначает день и час следующего звонка.",
    "The plan of retries: one delay for each time that this outcome comes.": "План повторов: по одной паузе на каждый раз, когда случится этот результат.",
    "A letter of the shop by its name; without it the words stand here.": "Письмо магазина по имени; без него слова пишутся прямо здесь.",
    "Whose working time counts, where a duration is one of work.": "Чьё рабочее время считается, если срок в рабочем времени.",
    "Who does it; without it the scheme's team.": "Кто это делает; без этого команда схемы.",
    "The script to go by.": "Сценарий, по которому это делают.",
    "The question by its name; what was answered is a fact, such as answer.satisfied.": "Вопрос по имени; ответ читается как поле, например `answer.satisfied`.",
    "What may be answered, and where each leads.": "Что можно ответить и куда ведёт каждый ответ.",
    "The script of the talk.": "Сценарий разговора.",
    "The share of people who get no advertising, points and codes of it, so that its effect can be proven.": "Доля людей, которые не получают её рекламу, баллы и коды: так измеряется польза схемы.",
    "The steps, in order; the first is where everybody enters.": "Шаги по порядку; с первого все начинают.",
    "The team of every step that names none.": "Команда всех шагов, где она не указана.",
    "The title for people, by language.": "Название для людей, по языкам.",
    "What becomes of a letter that is late: 'drop after 6h', 'wait after 6h' (for a person's word), 'send'. Without it service is dropped after 24 h, advertising after 4 h.": "Что делать с опоздавшим письмом: `drop after 6h` (не отправлять), `wait after 6h` (ждать решения человека), `send` (отправить всё равно). Без этого сервисное не уходит после 24 ч, рекламное после 4 ч.",
    "What it is for. It only counts, and outlives the enrolment.": "Для чего схема. Цель только считается, и засчитывается даже после её конца.",
    "What people call the step, by language: on the map, in the table. It changes nothing.": "Как шаг называется для людей, по языкам: на карте и в таблице. На работу не влияет.",
    "When it ought to be done.": "Когда это желательно сделать.",
    "Which of these events; event.* is the event itself.": "Какие из этих событий; `event.*` это само событие.",
    "Who must keep it; without it the shop.": "Кто должен выполнить; без этого: магазин.",
    "Whose event counts: of this order, or any of this person. Without it: order.* of this order, all else of this person.": "Чьё событие засчитывать: этого заказа или любое этого человека. Без этого: `order.*` этого заказа, остальные: этого человека.",
    "Without it 60d.": "Без этого `60d`.",
    "Words by language: {en: …, ru: …}; or one text for all.": "Слова по языкам: `{en: …, ru: …}`; или один текст для всех.",
    "Work for a person of the team; left only by an outcome.": "Работа для сотрудника команды; шаг кончается только результатом.",
    "case: a dissatisfied customer.": "`case`: недовольный покупатель.",
    "order: one enrolment an order, once. person: one active enrolment a person.": "`order`: один раз на каждый заказ. `person`: не больше одного прохождения у человека одновременно.",
    "service unless said otherwise; advertising needs consent and counts for the cap.": "Если не указано, `service`; `advertising` требует согласия и считается в предел рекламы.",
    "ship: handed over; delivery: with the buyer; answer: an answer of ours.": "`ship`: отправим; `delivery`: будет у покупателя; `answer`: ответим.",
    "A day or moment of the person or the order, so long before or after it. Days are the buyer's.": "День или момент человека или заказа, за столько до него или после. Дни считаются по часам покупателя.",
    "A day or moment of the person or the order.": "День или момент человека или заказа.",
    "A day, or a fact that is a day or a moment; of a birthday the next one. Unknown or past: it goes on at once, by on_timeout if there is one.": "День или поле с днём или моментом; у дня рождения ближайший. Если он неизвестен или прошёл, дальше сразу, по `on_timeout`, если он есть.",
    "A segment that he comes into.": "Сегмент, в который человек входит.",
    "A segment that he is no longer in.": "Сегмент, из которого человек выходит.",
    "A share of people, such as 50%.": "Доля людей, например 50%.",
    "A split test: each way and its share of people, 100 % in all. The same person always goes the same way.": "Сравнение вариантов: каждый путь и его доля людей, вместе 100 %. Один и тот же человек всегда идёт одним путём.",
    "Another system is told by a POST, signed as Standard Webhooks say, again until it is taken.": "Сообщение другой системе запросом POST с подписью по Standard Webhooks; повторяется, пока его не примут.",
    "Asked when the moment has come.": "Проверяется, когда момент наступил.",
    "Asked when the time has passed.": "Проверяется, когда срок прошёл.",
    "Begins another scheme for the person, or for this order, by that scheme's own rules of entry.": "Начинает другую схему для человека или этого заказа по её собственным правилам входа.",
    "Beside split: who decides it. ask: a person (without it); auto: the figures, once they are sure.": "Рядом со `split`: кто решает. `ask`: человек (если не указано); `auto`: сами цифры, когда они надёжны.",
    "Beside until: so long before it.": "Рядом с `until`: за столько до него.",
    "Fields of the person's own: a text, a number, true or false, a day, or the name of a fact. A fact is person.fields.<name>.": "Собственные поля человека: текст, число, `true` или `false`, день или имя поля с данными. Читается как `person.fields.<имя>`.",
    "How long.": "Сколько времени.",
    "Put on.": "Поставить.",
    "So long after it.": "Через столько после него.",
    "So long after the last event of a kind, with none of its kind since. It begins anew with each.": "Столько времени после последнего такого события, если с тех пор их не было. С каждым новым отсчёт начинается заново.",
    "So long before it.": "За столько до него.",
    "So many messages, over all channels.": "Столько сообщений по всем каналам.",
    "Tags of the person: vip, or {add: […], remove: […]}; a fact is person.tags.": "Метки человека: `vip` или `{add: […], remove: […]}`; читаются как `person.tags`.",
    "Taken off.": "Снять.",
    "The event they are counted from; without it, the entry of the step. Beside until: so long after it, such as 2d.": "Событие, от которого считаются дни; без него: от начала шага. Рядом с `until`: через столько после него, например `2d`.",
    "The first such hour at the buyer's then.": "Ближайший такой час по часам покупателя.",
    "The hour at the buyer's. Without it the moment's own hour; of a plain day 10:00.": "Час по часам покупателя. Без него: час самого момента, у дня без времени 10:00.",
    "The kind of event since whose last time so long has passed.": "Вид события, с последнего из которых прошло столько времени.",
    "So much money, by the shop's prices of messages at their moment; a channel without a price costs nothing.": "Столько денег по ценам магазина на момент отправки; канал без цены ничего не стоит.",
    "The most advertising that this scheme may send in each day, week or month of the shop's calendar: so many messages, so much money by the shop's prices, or both.": "Сколько рекламы схема может отправить за день, неделю или месяц по календарю магазина: столько сообщений, столько денег по ценам магазина или и то и другое.",
    "The other scheme; its live version begins.": "Другая схема; начинается её работающая версия.",
    "The period, by the shop's clock; a week begins on Monday.": "Период по часам магазина; неделя начинается в понедельник.",
    "Time passes: a duration, days after an event by the buyer's calendar, or until a day.": "Проходит время: промежуток, дни после события по календарю покупателя или до назначенного дня.",
    "What begins it: events, a day of the buyer's or the order's, so long without an event, the entry into a segment or the exit.": "Что её начинает: события, день человека или заказа, столько времени без события, вход в сегмент или выход из него.",
    "What is told, as JSON: texts, numbers, groups and lists of them; the name of a fact stands for its value, within a text between {{ }}. Without it: scheme, step, person and order.": "Что сообщить, в виде JSON: тексты, числа, группы и списки; имя поля заменяется его значением, внутри текста оно стоит в `{{ }}`. Без этого: схема, шаг, человек и заказ.",
    "A personal code of discount, good once; facts are code.value, code.gives and code.valid_until. The hold-out gets none.": "Личный код на скидку, действует один раз; поля: `code.value`, `code.gives` и `code.valid_until`. Контрольная группа его не получает.",
    "Delivery for nothing.": "Бесплатная доставка.",
    "How long it is good, to the end of the last day; without it 30d.": "Срок действия, до конца последнего дня; без этого `30d`.",
    "How long they are good, to the end of the last day; without it for ever.": "Срок действия, до конца последнего дня; без этого бессрочно.",
    "How many.": "Сколько.",
    "Points for the person; facts are points.balance, points.expiring and points.expires_at. The hold-out gets none.": "Баллы человеку; поля: `points.balance`, `points.expiring` и `points.expires_at`. Контрольная группа их не получает.",
    "So many percent off.": "Скидка в процентах.",
    "So much off, beside its currency.": "Скидка суммой, рядом её валюта.",
    "The currency of the amount.": "Валюта суммы.",
    "What it is signed with: a secret by its name in the settings.": "Чем подписать: секрет по его имени в настройках.",
    "Where to; https and the public internet.": "Куда; `https` и открытый интернет.",
    "Whose advertising goes first when the shop's cap lets only some of it pass: 9 before 1. Without it 5.": "Чья реклама идёт первой, когда предел магазина пропускает не всю: 9 раньше 1. Без этого 5.",
    "per: person only. 'never'; 'always', as soon as he is through; 'after 30d' from the end of the last time; 'once a year' from its start. Without it never; once a year where it begins by a day of each year.": "Только при `per: person`. `never` (никогда); `always` (как только пройдёт); `after 30d` (через 30 дней после конца прошлого раза); `once a year` (раз в год от начала). Без этого: никогда, а если она начинается в день, который бывает каждый год, то раз в год.",
    "person.birthday, order.window.from, order.placed_at, …": "`person.birthday`, `order.window.from`, `order.placed_at`, …",
    "year: on its anniversaries. Without it year for a birthday, once for all else.": "`year`: в каждую годовщину. Без этого: для дня рождения каждый год, для остального один раз.",
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
