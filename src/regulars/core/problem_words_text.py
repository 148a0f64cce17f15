"""The sentences of the problems with a text as such, that it is YAML and has the shape of a scheme: see `problem_words`,
which is the whole of them."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str, str]] = {
    # the text as YAML
    "not_text": (
        "this is not a text in UTF-8.",
        "это не текст в UTF-8.",
        "Save the file as UTF-8.",
        "Сохраните файл в UTF-8.",
    ),
    "too_large": (
        "the file has {found}; a scheme may have {limit}.",
        "в файле {found}, а в схеме может быть не больше {limit}.",
        "Divide it into two schemes.",
        "Разделите её на две схемы.",
    ),
    "too_deep": (
        "this is nested deeper than {limit}.",
        "вложенность глубже {limit}.",
        "A step never contains a step.",
        "Шаг не содержит других шагов.",
    ),
    "yaml_syntax": (
        "this can't be read as YAML: {detail}.",
        "это не читается как YAML: {detail}.",
        "Check indents, colons and quotes around here.",
        "Проверьте отступы, двоеточия и кавычки.",
    ),
    "yaml_alias": (
        "anchors, aliases and tags (&, *, !) are not allowed.",
        "якоря, ссылки и метки (&, *, !) не допускаются.",
        "Write it out.",
        "Напишите полностью.",
    ),
    "double_key": (
        "'{key}' stands here twice.",
        "«{key}» написано дважды.",
        "Rename or delete one of them.",
        "Переименуйте или удалите одно из них.",
    ),
    "not_a_scheme": (
        "a scheme begins with `scheme: its-name` and has `steps:`.",
        "схема начинается с `scheme: имя` и содержит `steps:`.",
        "Start from a ready one.",
        "Начните с готовой.",
    ),
    # the shape
    "key_unknown": ("there is no '{key}' here.", "слова «{key}» здесь нет.", "Known: {known}.", "Есть: {known}."),
    "key_not_here": (
        "'{key}' doesn't go with '{verb}'.",
        "«{key}» не сочетается с «{verb}».",
        "Delete it, or choose another verb.",
        "Удалите его или выберите другое действие.",
    ),
    "key_missing": ("'{key}' is missing.", "не хватает «{key}».", "Write it.", "Допишите."),
    "verb_missing": (
        "a step needs one verb.",
        "у шага должно быть одно действие.",
        "One of: {known}.",
        "Одно из: {known}.",
    ),
    "verbs_two": (
        "a step has one verb, here are {found}.",
        "у шага одно действие, а здесь {found}.",
        "Make two steps of it.",
        "Сделайте из него два шага.",
    ),
    "wrong_type": (
        "'{key}' should be {expected}, not '{found}'.",
        "«{key}»: ожидается {expected_ru}, а не «{found}».",
        "",
        "",
    ),
    "not_one_of": (
        "'{key}' can't be '{found}'.",
        "«{key}» не может быть «{found}».",
        "One of: {known}.",
        "Одно из: {known}.",
    ),
    "bad_name": (
        "'{found}' can't be a name.",
        "«{found}» не годится как имя.",
        "Small Latin letters, digits, - and _; it begins with a letter and has at most 63.",
        "Строчные латинские буквы, цифры, - и _, первой идёт буква, не больше 63 знаков.",
    ),
    "too_few": ("'{key}' is empty.", "«{key}» пусто.", "Write something there or delete it.", "Заполните или удалите."),
    "too_many": (
        "'{key}' has more than {limit}.",
        "в «{key}» больше {limit}.",
        "Make it shorter.",
        "Сократите.",
    ),
    "out_of_range": (
        "'{key}' can't be {found}.",
        "«{key}» не может быть {found}.",
        "From {low} to {high}.",
        "От {low} до {high}.",
    ),
}
