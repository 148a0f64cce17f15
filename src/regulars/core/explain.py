"""'Why?': the reasons of a decision as sentences, in English or Russian, from the record alone.

Owns the words of every reason code. It must not look anything up: what isn't in the record wasn't known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from regulars.core.enrolment import Reason
from regulars.core.record import parse_moment
from regulars.core.scheme import END
from regulars.rules.money import exponent, is_currency

Say = Callable[[str, str], str]
"""What a thing is called where the sentence is shown, by its kind (one of NAMED) and its name in the record.
A moment, which comes as ISO text, may be given back as it is: then it is shown in digits."""
NAMED = frozenset({"event", "outcome", "question", "team", "template", "step", "code", "moment", "scheme"})
_MOMENTS = ("until", "at", "due", "target", "not_before")

SENTENCES: dict[str, tuple[str, str]] = {
    "started": ("Began by {event}.", "Началось: {event}."),
    "started_by_scheme": ("Began by the scheme {scheme}.", "Началось по схеме {scheme}."),
    "sent": ("A letter is due ({letter}, {purpose}).", "Пора отправить письмо ({letter}, {purpose})."),
    "told": (
        "He is told that he will be called by {until} ({letter}).",
        "Сообщаем, что позвоним до {until} ({letter}).",
    ),
    "promised": (
        "He is told that {promise} by {until} ({letter}).",
        "Сообщаем, что {promise} до {until} ({letter}).",
    ),
    "no_window": (
        "The order has no window ahead, so nothing is promised.",
        "Окна доставки у заказа нет, поэтому срок не обещаем.",
    ),
    "held_out": ("Nothing is sent: he is in the hold-out.", "Ничего не отправляем: контрольная группа."),
    "held_out_shop": (
        "Nothing is sent: he is in the shop's own hold-out.",
        "Ничего не отправляем: контрольная группа всего магазина.",
    ),
    "held_out_gift": ("Nothing is given: he is in the hold-out.", "Ничего не даём: контрольная группа."),
    "points": ("{points} points, good until {until}.", "Баллы: {points}, действуют до {until}."),
    "points_for_good": ("{points} points.", "Баллы: {points}."),
    "code": ("A code is issued ({gives}), good until {until}.", "Выдан код ({gives}), действует до {until}."),
    "asked": (
        "Asked '{question}'; we wait for the answer until {until}.",
        "Вопрос «{question}», ждём ответа до {until}.",
    ),
    "answer": ("Answered '{answer}' to '{question}'.", "Ответ на «{question}»: «{answer}»."),
    "branch": ("{condition}: {answer}.", "{condition}: {answer}."),
    "split": ("Split test: {share} go this way.", "Сравнение вариантов: так идут {share}."),
    "split_before": ("Split test: the same way as before.", "Сравнение вариантов: тем же путём, что и раньше."),
    "split_won": (
        "The split test is decided: everybody goes this way.",
        "Сравнение вариантов закончено: все идут этим путём.",
    ),
    "tagged": ("Tags: {tags}.", "Метки: {tags}."),
    "fields_set": ("Fields set: {fields}.", "Заполнены поля: {fields}."),
    "fields_unknown": (
        "Not known, so left as it was: {fields}.",
        "Значение неизвестно, поля не изменены: {fields}.",
    ),
    "enrolled": ("The scheme {scheme} begins.", "Начинается схема {scheme}."),
    "not_enrolled": (
        "The scheme {scheme} doesn't begin: {refusal}.",
        "Схема {scheme} не начинается: {refusal}.",
    ),
    "webhook": ("Another system is told ({host}).", "Сообщаем другой системе ({host})."),
    "waits_until": ("Waits until {until}.", "Ждёт до {until}."),
    "waits_for": ("Waits for {event}, until {until} at most.", "Ждёт события {event}, самое позднее до {until}."),
    "event_waits_until": ("{event} came; waits until {until}.", "Пришло {event}; ждёт до {until}."),
    "until_unknown": (
        "Goes on at once: {fact} isn't known.",
        "Идём дальше сразу: {fact} неизвестно.",
    ),
    "until_past": ("Goes on at once: {until} has passed.", "Идём дальше сразу: {until} уже позади."),
    "computed_anew": ("The wait was computed anew: until {until}.", "Срок ожидания пересчитан: до {until}."),
    "waited": ("The wait is over ({until}).", "Ожидание закончилось ({until})."),
    "event": ("{event} came at {at}.", "Пришло {event}: {at}."),
    "timeout": ("Time ran out: no {waited}.", "Время вышло, не дождались: {waited}."),
    "no_event": (
        "{event} never came, and the scheme has no way for that.",
        "{event} не пришло, и пути на этот случай нет.",
    ),
    "task_opened": (
        "A task for the team '{team}': from {not_before}, due {due}.",
        "Задача команде «{team}»: с {not_before}, срок {due}.",
    ),
    "again": (
        "Outcome '{outcome}': attempt {attempt} from {not_before}, due {due}.",
        "Итог «{outcome}»: попытка {attempt} с {not_before}, срок {due}.",
    ),
    "call_again": (
        "Outcome '{outcome}': he asked to be called at {not_before}, due {due} (attempt {attempt}).",
        "Итог «{outcome}»: просил позвонить в {not_before}, срок {due} (попытка {attempt}).",
    ),
    "outcome": ("Outcome '{outcome}' (attempt {attempt}).", "Итог «{outcome}» (попытка {attempt})."),
    "outcome_unused": (
        "Outcome '{outcome}' is recorded; it moves nothing any more.",
        "Итог «{outcome}» записан, но уже ни на что не влияет.",
    ),
    "stopped": (
        "Stopped by {event}: open tasks, unsent letters and promises are called off.",
        "Остановлено событием {event}: открытые задачи, неотправленные письма и обещания сняты.",
    ),
    "goes_on": ("Many steps at once: the rest follows directly.", "Много шагов сразу: остальное следом."),
    "moved": (
        "Moved from version {from} to version {to} ({reenters}).",
        "Переведено с версии {from} на версию {to} ({reenters}).",
    ),
    "moved_by_hand": (
        "Moved by hand from step {was} ({reenters}).",
        "Переведено вручную с шага {was} ({reenters}).",
    ),
    "moved_back": ("Put back to where it stood before.", "Возвращено туда, где стояло раньше."),
    "released": (
        "Let go on by hand; the wait would have lasted until {until}.",
        "Отпущено вручную; ждать оставалось до {until}.",
    ),
    "left": (
        "Taken out of the scheme ({reason}): open tasks, unsent letters and promises are called off.",
        "Выведено из схемы ({reason}): открытые задачи, неотправленные письма и обещания сняты.",
    ),
    "set_aside": (
        "Set aside: {problem}. Mend it and let it go on.",
        "Отложено: {problem}. Исправьте и продолжите.",
    ),
    "ended": ("The scheme has ended ({reason}).", "Схема закончена ({reason})."),
}

_WORDS = {
    "ru": {
        "service": "служебное",
        "advertising": "реклама",
        "yes": "да",
        "no": "нет",
        "promise.ship": "отправим",
        "promise.delivery": "привезём",
        "promise.answer": "ответим",
        "finished": "дальше шагов нет",
        "True": "шаг начинается заново",
        "False": "стоит там же, на том же шаге",
        "left_on_change": "при смене версии",
        "ended_by_hand": "вручную",
        "asked_not_to": "человек попросил",
        "settled_otherwise": "решилось иначе",
        "by_mistake": "попал сюда по ошибке",
        "own words": "свой текст",
        "step_gone": "в этой версии нет такого шага",
        "outcome_unknown": "у шага нет такого итога",
        "call_at_missing": "не указано, когда перезвонить",
        "no_working_time": "у команды нет рабочего времени, когда покупателю можно звонить",
        "team_unknown": "у команды не заданы рабочие часы",
        "days_unknown": "нет числа дней ни у товара, ни у магазина",
        "zone_unknown": "не задан часовой пояс магазина",
        "active": "человек уже проходит её",
        "once": "её проходят только один раз",
        "too_soon": "после прошлого раза прошло мало времени",
        "not_live": "она не запущена",
        "no_order": "ей нужен заказ, а здесь его нет",
        "free_shipping": "бесплатная доставка",
        "ring": "схемы запускают друг друга по кругу",
    },
    "en": {
        "promise.ship": "we ship",
        "promise.delivery": "we deliver",
        "promise.answer": "we answer",
        "True": "the step begins anew",
        "False": "stands where it stood, at the same step",
        "left_on_change": "when the version changed",
        "ended_by_hand": "by hand",
        "asked_not_to": "the person asked",
        "settled_otherwise": "settled otherwise",
        "by_mistake": "was here by mistake",
        "finished": "no step follows",
        "step_gone": "this version has no such step",
        "outcome_unknown": "the step has no such outcome",
        "call_at_missing": "nobody said when to call again",
        "no_working_time": "the team never works when the buyer may be called",
        "team_unknown": "the team has no working hours",
        "days_unknown": "neither the product nor the shop gives the days",
        "zone_unknown": "the shop has no time zone",
        "active": "the person is in it already",
        "once": "it is gone through only once",
        "too_soon": "too little time has passed since the last time",
        "not_live": "it isn't live",
        "no_order": "it needs an order, and here is none",
        "free_shipping": "free delivery",
        "ring": "schemes begin one another in a ring",
    },
}


def explain(
    reasons: Iterable[Reason | Mapping[str, Any]], language: str = "en", zone: str = "UTC", say: Say | None = None
) -> list[str]:
    """One sentence for each reason (or stored record of one), in order. Moments are shown in `zone`; without `say`
    things have their names in the record, conditions and facts among them ('code')."""
    records = (reason.record() if isinstance(reason, Reason) else reason for reason in reasons)
    return [_sentence(record, language, zone, say or _as_it_is) for record in records]


def _as_it_is(_kind: str, name: str) -> str:
    return name


def _sentence(record: Mapping[str, Any], language: str, zone: str, say: Say) -> str:
    is_russian = language == "ru"
    template = SENTENCES[record["code"]][1 if is_russian else 0]
    words = _WORDS["ru" if is_russian else "en"]
    params = {name: _shown(name, value, words, zone, say) for name, value in record["params"].items()}
    params["letter"] = params["template"] if record["params"].get("template") else words.get("own words", "own words")
    params["waited"] = params["event"] if record["params"].get("event") else params.get("question", "")
    sentence = template.format(**params)
    if record["facts"]:
        known = (say("code", f"{name} = {_fact(value)}") for name, value in record["facts"].items())
        sentence += " " + ", ".join(known) + "."
    if record["next"] and record["next"] != END:
        sentence += f" → {say('step', record['next'])}"
    return f"{say('step', record['step'])}: {sentence}" if record["step"] else sentence


def _shown(name: str, value: Any, words: Mapping[str, str], zone: str, say: Say) -> str:
    moment = parse_moment(value) if name in _MOMENTS else None
    if moment is not None:
        shown = say("moment", str(value))
        if shown != value:
            return shown
        return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    if name in NAMED and value is not None:
        return say(name, str(value))
    if name == "was" and value is not None:
        return say("step", str(value))
    if name in ("condition", "fact"):
        return say("code", str(value))
    if name == "promise":
        return words.get(f"promise.{value}", str(value))
    return words.get(str(value), str(value))


def _fact(value: Any) -> str:
    match value:
        case str():
            return f"'{value}'"
        case {"minor": int(minor), "currency": str(currency)} if is_currency(currency):
            return f"{Decimal(minor).scaleb(-exponent(currency))} {currency}"
        case _:
            return str(value)
