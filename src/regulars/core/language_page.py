"""The page about the scheme language, made from what the code itself goes by: schema, grammar, events, facts, examples.

Owns the sentences around them, in both languages. Pure: the facts, which the apps offer, are an argument.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from regulars.core.condition_calls import FUNCTIONS
from regulars.core.described import described
from regulars.core.language_examples import HEADS, VERBS, scheme_of
from regulars.core.shape import VERBS as KNOWN_VERBS
from regulars.core.shape import json_schema
from regulars.core.vocabulary import EVENT_KINDS

__all__ = ["CATEGORIES", "TRIGGERS", "chapter", "chapters", "page"]

WORDS: dict[str, tuple[str, str]] = {
    "title": ("The language of schemes", "Язык схем"),
    "made": (
        "This page is made from the code by `regulars scheme language`.",
        "Эта страница сделана из кода командой `regulars scheme language --language ru`.",
    ),
    "card": (
        "A scheme is one text file in YAML. A step has a name and one verb. It goes on to the next step of the file unless"
        " `then`, an outcome, an answer, `yes`/`no` or `on_timeout` names another; `end` ends. A step never contains a step."
        " Comments and the order of the file stay as they were written, also when it is edited on the picture.",
        "Схема — это один текстовый файл в YAML. У шага есть имя и одно действие. Дальше идёт следующий шаг файла, если `then`,"
        " результат, ответ, `yes`/`no` или `on_timeout` не называет другой; `end` завершает. Шаг не содержит других шагов."
        " Комментарии и порядок файла сохраняются, даже если править схему на карте.",
    ),
    "head": ("The head", "Заголовок"),
    "triggers": ("What begins it", "Что начинает схему"),
    "triggers_text": (
        "Under `starts` stands one of these, or a list of them. An event may be named alone: `starts: order.placed`.",
        "В `starts` пишется что-то одно из этого или список. Событие можно назвать просто: `starts: order.placed`.",
    ),
    "steps": ("The steps", "Шаги"),
    "every": ("Beside every verb", "Рядом с любым действием"),
    "key": ("Key", "Ключ"),
    "meaning": ("Meaning", "Что значит"),
    "needed": ("required", "обязательно"),
    "one_of": ("One of", "Одно из"),
    "beside": ("Beside it", "Рядом"),
    "durations": ("Durations", "Промежутки времени"),
    "conditions": ("Conditions", "Условия"),
    "conditions_text": (
        "Conditions are the same in steps, triggers and segments. `and`, `or`, `not` and parentheses join tests:",
        "Условия одинаковы в шагах, событиях и сегментах. Проверки соединяются словами `and`, `or`, `not` и скобками:",
    ),
    "missing": (
        "What isn't known is never equal, smaller or greater: `==`, `<`, `in` are false, `!=` and `not in` are true. Money"
        " compares in whole units of its currency. A date begins in the shop's time zone.",
        "Чего нет, то не равно, не меньше и не больше: `==`, `<`, `in` ложны, `!=` и `not in` истинны. Деньги сравниваются в"
        " целых единицах валюты. Дата начинается по часовому поясу магазина.",
    ),
    "functions": (
        "What the person has done is asked by functions; without a time, ever. An order counts from the moment it was placed,"
        " unless it was cancelled or set aside as a test or a double.",
        "О том, что человек делал, спрашивают функции; без срока: за всё время. Заказ учитывается с момента оформления, если"
        " его не отменили и не отложили как проверочный или повторный.",
    ),
    "facts": ("What may be asked", "О чём можно спросить"),
    "facts_text": (
        "`event.*` is the event that woke the step, `answer.*` own answers by question, `outcome.*` own outcomes by step.",
        "`event.*`: событие, которое разбудило шаг, `answer.*`: ответы по вопросам, `outcome.*`: результаты по шагам.",
    ),
    "events": ("Events", "События"),
    "example": ("For example", "Например"),
}

CHAPTERS = ("head", "triggers", "steps", "durations", "conditions", "facts", "events")
TRIGGERS: dict[str, str] = {"event": "person", "date": "day", "since": "silence", "enters": "segment", "leaves": "once"}
"""What may begin a scheme, each with the example of a head that shows it."""

DURATIONS: tuple[tuple[str, str, str], ...] = (
    ("15m, 2h, 3d, 1h 30m", "so much time, whatever the hour", "столько времени, в любые часы"),
    ("15m working", "of the team's working time", "рабочего времени команды"),
    ("1d working", "the same hour so many working days later", "через столько рабочих дней в тот же час"),
    ("next morning", "the opening of the team's next working day", "открытие следующего рабочего дня команды"),
    ("11:00 local", "the next time that it is eleven at the buyer's", "ближайшие одиннадцать по часам покупателя"),
)

TESTS: tuple[tuple[str, str, str], ...] = (
    ("order.payment.status == 'paid'", "equal; also !=, <, <=, >, >=", "равно; также !=, <, <=, >, >="),
    ("order.payment.method in ['card', 'cod']", "one of these; also `not in`", "одно из; также `not in`"),
    ("order.delivery.tracking exists", "it is known; also `missing`", "известно; `missing`: неизвестно"),
    ("person.is_customer", "known and true", "известно и верно"),
    ("'Tea' in product.categories", "one of several; also `not in`", "одно из многих; также `not in`"),
    ("order.placed_at < 3d ago", "longer ago than three days; also `now`", "больше трёх дней назад; также `now`"),
    ("order.placed_at >= 2026-12-01", "on that day or later", "в этот день или позже"),
)

CATEGORIES: dict[str, tuple[str, str]] = {
    "order": ("Orders and payments", "Заказы и оплата"),
    "shipment": ("Parcels", "Посылки"),
    "person": ("People", "Люди"),
    "message": ("Messages, answers, reviews", "Сообщения, ответы, отзывы"),
    "desk": ("Calls, tasks, promises", "Звонки, задачи, обещания"),
    "loyalty": ("Points and codes", "Баллы и коды"),
    "shop": ("The shop", "Магазин"),
    "scheme": ("Schemes", "Схемы"),
}


def chapter(key: str, language: str) -> str:
    """The title of a chapter."""
    return WORDS[key][language == "ru"]


def chapters(language: str) -> dict[str, str]:
    """By title, what a chapter or a kind of events is called in addresses."""
    own = language == "ru"
    return {
        **{WORDS[key][own]: key for key in CHAPTERS},
        **{words[own]: f"events-{category}" for category, words in CATEGORIES.items()},
    }


def page(language: str, facts: Collection[str]) -> str:
    """The page in Markdown. `language`: 'en' or 'ru'; `facts`: the dotted names that this installation knows."""
    return "\n".join(_Writer(language).lines(facts)) + "\n"


class _Writer:
    def __init__(self, language: str) -> None:
        self.language = language
        self.schema = json_schema()

    def word(self, key: str) -> str:
        return WORDS[key][self.language == "ru"]

    def own(self, english: str, russian: str) -> str:
        return russian if self.language == "ru" else english

    def lines(self, facts: Collection[str]) -> Iterator[str]:
        yield from (f"# {self.word('title')}", "", self.word("made"), "", self.word("card"), "")
        yield from (f"## {self.word('head')}", "")
        yield from self.table(self.schema)
        yield from self.example(HEADS["order"])
        yield from self.triggers()
        yield from (f"## {self.word('steps')}", "", f"{self.word('every')}:", "")
        yield from self.rows({"title": self.step["title"], "then": self.step["then"]}, ())
        for verb in KNOWN_VERBS:
            yield from self.verb(verb)
        yield from (f"## {self.word('durations')}", "")
        yield from self.listed(DURATIONS)
        yield from (f"## {self.word('conditions')}", "", self.word("conditions_text"), "")
        yield from self.listed(TESTS)
        yield from (self.word("missing"), "", self.word("functions"), "")
        yield from self.listed([(one.example, one.en, one.ru) for one in FUNCTIONS.values()])
        yield from self.facts(facts)
        yield from self.events()

    def triggers(self) -> Iterator[str]:
        yield from (f"## {self.word('triggers')}", "", self.word("triggers_text"), "")
        defs = self.schema["$defs"]
        event = defs["start"]["else"]["else"]["then"]["properties"]
        shapes = {
            "event": ({key: event[key] for key in ("event", "of", "where")}, ("event",)),
            "date": (defs["start_date"]["properties"], ("date",)),
            "since": (defs["start_since"]["properties"], ("since", *defs["start_since"]["required"])),
            **{key: ({key: event[key], "where": event["where"]}, (key,)) for key in ("enters", "leaves")},
        }
        for name, head in TRIGGERS.items():
            properties, required = shapes[name]
            yield from (f"### `{name}`", "")
            if said := described(defs.get(f"start_{name}", {}), self.language):
                yield from (said, "")
            yield from self.rows(properties, required)
            yield from self.example(HEADS[head])

    @property
    def step(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.schema["$defs"]["step"]["properties"]
        return found

    def verb(self, verb: str) -> Iterator[str]:
        node = self.step[verb]
        yield from (f"### `{verb}`", "", self.meaning(node), "")
        inner = self.resolved(node)
        shape = inner if "properties" in inner else inner.get("then", {})
        if "properties" in shape:
            yield from self.table(shape)
        beside = [key for key in self.beside(verb) if key not in ("title", "then")]
        if beside:
            yield from (f"{self.word('beside')}:", "")
            yield from self.rows({key: self.step[key] for key in beside}, ())
        yield from self.example(scheme_of(VERBS[verb]))

    def beside(self, verb: str) -> list[str]:
        """The keys of a step that go with this verb."""
        refused = self.schema["$defs"]["step"]["dependentSchemas"].get(verb, {}).get("properties", {})
        return [key for key in self.step if key not in KNOWN_VERBS and key not in refused]

    def example(self, text: str) -> Iterator[str]:
        yield from (f"{self.word('example')}:", "", "```yaml", text.rstrip("\n"), "```", "")

    def table(self, node: Mapping[str, Any]) -> Iterator[str]:
        yield from self.rows(node["properties"], node.get("required", ()))

    def rows(self, properties: Mapping[str, Any], required: Collection[str]) -> Iterator[str]:
        yield from (f"| {self.word('key')} | {self.word('meaning')} |", "| --- | --- |")
        for key, node in properties.items():
            needed = f" ({self.word('needed')})" if key in required else ""
            yield f"| `{key}`{needed} | {self.meaning(node)} |"
        yield ""

    def meaning(self, node: Mapping[str, Any]) -> str:
        inner = self.resolved(node)
        words = described(node, self.language) or described(inner, self.language)
        values = inner.get("enum")
        choice = f"{self.word('one_of')}: {', '.join(f'`{value}`' for value in values)}." if values else ""
        return " ".join(part for part in (words, choice) if part).replace("|", "\\|")

    def resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        name = str(node.get("$ref", "")).rpartition("/")[2]
        return self.schema["$defs"][name] if name else node

    def listed(self, rows: Collection[tuple[str, str, str]]) -> Iterator[str]:
        yield from (f"- `{text}`: {self.own(english, russian)}" for text, english, russian in rows)
        yield ""

    def facts(self, facts: Collection[str]) -> Iterator[str]:
        yield from (f"### {self.word('facts')}", "", self.word("facts_text"), "")
        for root in dict.fromkeys(name.partition(".")[0] for name in sorted(facts)):
            names = ", ".join(f"`{name}`" for name in sorted(facts) if name.partition(".")[0] == root)
            yield f"- {names}"
        yield ""

    def events(self) -> Iterator[str]:
        yield from (f"## {self.word('events')}", "")
        for category, (english, russian) in CATEGORIES.items():
            yield from (f"### {self.own(english, russian)}", "")
            kinds = [kind for kind in EVENT_KINDS.values() if kind.category == category]
            yield from (f"- `{kind.kind}`: {self.own(kind.en, kind.ru)}" for kind in kinds)
            yield ""
