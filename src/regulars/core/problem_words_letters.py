"""The sentences of the problems with letters: see `problem_words`, which is the whole of them."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str, str]] = {
    "advertising_as_service": (
        "the template '{found}' is advertising, and would be sent without asking for consent.",
        "шаблон «{found}» рекламный, а уйдёт без проверки согласия.",
        "Write purpose: advertising beside it.",
        "Напишите рядом purpose: advertising.",
    ),
    "template_language": (
        "the template '{found}' isn't written in: {languages}.",
        "шаблона «{found}» нет на языках: {languages}.",
        "Write it in the settings of messages, or those readers get another language.",
        "Напишите его в настройках сообщений, иначе получатель увидит другой язык.",
    ),
    "template_dead": (
        "with this text no live scheme sends the template '{found}' any more.",
        "с этим текстом шаблон «{found}» больше не отправит ни одна работающая схема.",
        "Name it in a step again if that isn't meant; if it is, keep this warning with the reason.",
        "Если это не нарочно, снова назовите его в одном из шагов; если нарочно, оставьте предупреждение с причиной.",
    ),
    "templates_unsent": (
        "your shop has templates that no live scheme sends: {names}.",
        "в магазине есть шаблоны, которые не отправляет ни одна работающая схема: {names}.",
        "Name them in a step; if they lie ready for later, keep this warning with the reason.",
        "Назовите их в одном из шагов; если они ждут своего часа, оставьте предупреждение с причиной.",
    ),
    "template_unknown": ("there is no template '{found}'.", "шаблона «{found}» нет.", "", ""),
    "template_field": (
        "the letter uses '{found}', which isn't known here.",
        "в письме есть поле «{found}», его здесь нет.",
        "",
        "",
    ),
    "template_broken": (
        "the words can't be read: {detail}.",
        "текст не читается: {detail}.",
        "Check the {{{{ }}}} and {{% %}} around here.",
        "Проверьте {{{{ }}}} и {{% %}}.",
    ),
    "promise_not_here": (
        "the letter uses '{found}', but nothing is promised here.",
        "в письме есть «{found}», но здесь ничего не обещают.",
        "Write a `promise` beside it, put it into `tell` beside a `call`, or leave the time out.",
        "Напишите рядом `promise`, перенесите письмо в `tell` рядом с `call` или уберите время.",
    ),
    "language_missing": (
        "'{key}' has no words in '{found}', other letters have.",
        "в «{key}» нет слов на языке «{found}», в других письмах они есть.",
        "Write them, or the reader gets another language.",
        "Напишите их, иначе получатель увидит другой язык.",
    ),
}
