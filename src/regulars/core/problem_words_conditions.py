"""The sentences of the problems with conditions: see `problem_words`, which is the whole of them."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str, str]] = {
    "condition_syntax": (
        "the condition can't be read at '{found}'.",
        "условие не читается на «{found}».",
        "Write it like order.total >= 1000 and order.payment.method != 'cod'.",
        "Напишите, например, order.total >= 1000 and order.payment.method != 'cod'.",
    ),
    "condition_word": (
        "'{found}' in the condition is neither a fact nor a text.",
        "«{found}» в условии не поле и не текст.",
        "Facts have a dot, texts stand in quotes.",
        "У полей есть точка, тексты стоят в кавычках.",
    ),
    "condition_assignment": (
        "one = compares nothing.",
        "один знак = ничего не сравнивает.",
        "",
        "",
    ),
    "condition_fact": ("there is no fact '{found}'.", "поля «{found}» нет.", "", ""),
    "condition_value": (
        "'{found}' is not a value.",
        "«{found}» не значение.",
        "Texts stand in quotes, days are written 2026-03-01.",
        "Тексты стоят в кавычках, дни пишутся так: 2026-03-01.",
    ),
    "condition_too_long": (
        "the condition is too long ({found}).",
        "условие слишком длинное ({found}).",
        "Divide it into two steps.",
        "Разделите его на два шага.",
    ),
    "condition_too_deep": (
        "the condition is nested deeper than {found}.",
        "условие вложено глубже {found}.",
        "Divide it into two steps.",
        "Разделите его на два шага.",
    ),
    "condition_function": (
        "there is no function '{found}'.",
        "функции «{found}» нет.",
        "There are happened, count, first, last, bought, orders and spent.",
        "Есть happened, count, first, last, bought, orders и spent.",
    ),
    "condition_arguments": (
        "'{found}' takes other things in its brackets.",
        "у функции «{found}» в скобках должно стоять другое.",
        "",
        "",
    ),
    "condition_argument": (
        "'{found}' can't stand in the brackets of a function.",
        "«{found}» не может стоять в скобках функции.",
        "Texts stand in quotes; a period is 90d, or since 2026-01-01.",
        "Тексты стоят в кавычках; период пишется так: 90d или since 2026-01-01.",
    ),
    "condition_period": (
        "'{found}' can't have this period.",
        "функции «{found}» такой период не подходит.",
        "A period is 90d, or since 2026-01-01; first and last have none.",
        "Период пишется так: 90d или since 2026-01-01; у first и last его нет.",
    ),
    "condition_event": (
        "there is no event '{found}'.",
        "события «{found}» нет.",
        "A shop's own events begin with x.",
        "Собственные события магазина начинаются с x.",
    ),
    "condition_goods": (
        "'{found}' says nothing about a product.",
        "«{found}» не говорит о товаре.",
        "Write 'sku', 'category' or 'brand'.",
        "Напишите 'sku', 'category' или 'brand'.",
    ),
    "condition_circular": (
        "a segment can't ask for '{found}', which segments record themselves.",
        "сегмент не может спрашивать о «{found}»: это событие записывают сами сегменты.",
        "",
        "",
    ),
    "condition_too_many": (
        "the condition calls more than {found} functions.",
        "в условии больше {found} функций.",
        "Divide it into two.",
        "Разделите его на два.",
    ),
}
