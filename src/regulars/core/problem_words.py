"""The sentences of the problems: code -> (what is wrong, the same in Russian, how to mend it, the same in Russian).

Owns the words only; the mend is empty where 'did you mean' says all. Words in braces are the problem's parameters.
"""

from __future__ import annotations

CATALOGUE: dict[str, tuple[str, str, str, str]] = {
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
    # the values
    "delay_unknown": (
        "'{found}' is not a duration.",
        "«{found}» не промежуток времени.",
        "Write 15m, 2h, 1d, 15m working, 1d working, next morning or 11:00 local.",
        "Напишите 15m, 2h, 1d, 15m working, 1d working, next morning или 11:00 local.",
    ),
    "delay_too_long": (
        "'{found}' is longer than ten years.",
        "«{found}»: это больше десяти лет.",
        "Choose a shorter time.",
        "Выберите срок короче.",
    ),
    "delay_not_plain": (
        "'{found}' is not a plain duration.",
        "«{found}» не простой промежуток времени.",
        "Write something like 30d or 12h.",
        "Напишите, например, 30d или 12h.",
    ),
    "hour_unknown": (
        "'{found}' is not an hour of the buyer's.",
        "«{found}» не час у покупателя.",
        "Write it like '11:00 local'.",
        "Напишите, например, '11:00 local'.",
    ),
    "late_unknown": (
        "'{found}' is not a lateness rule.",
        "«{found}» не правило опоздания.",
        "Write 'drop after 6h', 'wait after 6h' or 'send'.",
        "Напишите 'drop after 6h', 'wait after 6h' или 'send'.",
    ),
    "again_unknown": (
        "'{found}' is not a rule of re-entry.",
        "«{found}» не правило повторного входа.",
        "Write 'never' or 'after 30d'.",
        "Напишите 'never' или 'after 30d'.",
    ),
    "again_per_order": (
        "an order goes through a scheme once, so `again` means nothing here.",
        "заказ проходит схему один раз, поэтому `again` здесь лишнее.",
        "Delete it, or write per: person.",
        "Удалите его или напишите per: person.",
    ),
    "hold_out_unknown": (
        "'{found}' is not a share.",
        "«{found}» не доля.",
        "Write it like 5% or 0.5%, at most 50%.",
        "Напишите, например, 5% или 0.5%, не больше 50%.",
    ),
    "event_unknown": (
        "there is no event '{found}'.",
        "события «{found}» нет.",
        "Events of your own begin with x., such as x.showroom_visited.",
        "Свои события начинаются с x., например x.showroom_visited.",
    ),
    "order_not_here": (
        "`of: order` needs a scheme per order.",
        "`of: order` бывает только в схеме per: order.",
        "Write of: person, or per: order.",
        "Напишите of: person или per: order.",
    ),
    "starts_person": (
        "a scheme per order starts by an order's event, '{found}' has none.",
        "схема per: order запускается событием заказа, у «{found}» заказа нет.",
        "Start by an order.* event, or write per: person.",
        "Запускайте событием order.* или напишите per: person.",
    ),
    "channel_unknown": (
        "there is no channel '{found}'.",
        "канала «{found}» нет.",
        "Known: {known}.",
        "Есть: {known}.",
    ),
    "channel_double": (
        "the channel '{found}' stands here twice.",
        "канал «{found}» указан дважды.",
        "Once is enough.",
        "Достаточно одного раза.",
    ),
    "team_unknown": ("there is no team '{found}'.", "команды «{found}» нет.", "Known: {known}.", "Есть: {known}."),
    "days_unknown": (
        "'{found}' is neither a number of days nor a fact.",
        "«{found}» не число дней и не поле с ними.",
        "Write 14, or product.satisfaction_days.",
        "Напишите 14 или product.satisfaction_days.",
    ),
    "no_time_given": (
        "the wait says neither how long nor until when.",
        "в ожидании не сказано, сколько ждать и до чего.",
        "Write 2h, or {{days: 14, after: order.delivered, at: '11:00 local'}}.",
        "Напишите 2h или {{days: 14, after: order.delivered, at: '11:00 local'}}.",
    ),
    "words_missing": (
        "the letter has no words.",
        "в письме нет слов.",
        "Name a `template`, or write `subject` and `text`.",
        "Назовите `template` или напишите `subject` и `text`.",
    ),
    "words_twice": (
        "the letter has a template and words of its own.",
        "у письма и шаблон, и свой текст.",
        "Keep one of them.",
        "Оставьте что-то одно.",
    ),
    "subject_missing": (
        "an e-mail needs a `subject`.",
        "письму нужна тема, `subject`.",
        "Write it.",
        "Допишите.",
    ),
    "tell_advertises": (
        "`tell` says when he will be called or answered: it can't be advertising.",
        "`tell` говорит, когда позвонят или ответят: это не может быть рекламой.",
        "Delete `purpose`.",
        "Удалите `purpose`.",
    ),
    "tell_without_call": (
        "`tell` promises a call or an answer, and here is nobody to keep it.",
        "`tell` обещает звонок или ответ, а выполнить его здесь некому.",
        "Put it beside a `call` or a `task`, or use `send`.",
        "Поставьте рядом с `call` или `task` либо напишите `send`.",
    ),
    "promise_advertises": (
        "a letter that promises a time can't be advertising.",
        "письмо, которое называет срок, не может быть рекламой.",
        "Delete `purpose`, or the promise.",
        "Удалите `purpose` или обещание.",
    ),
    "promise_when": (
        "the promise '{found}' has no time.",
        "у обещания «{found}» нет срока.",
        "Write `within: 1d working`, for example.",
        "Напишите, например, `within: 1d working`.",
    ),
    "promise_window": (
        "a scheme per person has no order whose window could be promised.",
        "в схеме на человека нет заказа, окно которого можно было бы обещать.",
        "Write `within: 3d`, for example, or make the scheme `per: order`.",
        "Напишите, например, `within: 3d` или сделайте схему на заказ: `per: order`.",
    ),
    "outcome_empty": (
        "the outcome '{found}' leads nowhere.",
        "итог «{found}» никуда не ведёт.",
        "Name a step, or write {{again: [15m, 2h], then: step}} or {{call_again: asked}}.",
        "Назовите шаг или напишите {{again: [15m, 2h], then: шаг}} либо {{call_again: asked}}.",
    ),
    # conditions
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
    # the roads
    "step_unknown": (
        "it goes on to '{found}', which doesn't exist.",
        "переход на «{found}», такого шага нет.",
        "",
        "",
    ),
    "step_called_end": (
        "no step may be called 'end': that word ends the scheme.",
        "шаг не может называться «end»: это слово заканчивает схему.",
        "Give it another name.",
        "Назовите его иначе.",
    ),
    "unreachable": (
        "nothing leads to this step.",
        "к этому шагу ничего не ведёт.",
        "Name it where it should follow, or delete it.",
        "Укажите его там, где он должен следовать, или удалите.",
    ),
    "loop_without_wait": (
        "it leads back to itself without a wait ({way}), so letters would go without end.",
        "он возвращается к себе без ожидания ({way}), письма пойдут без конца.",
        "Put a `wait` between.",
        "Вставьте между ними `wait`.",
    ),
    "many_ways": (
        "the question has {found} ways out; two are easy to read.",
        "у вопроса {found} выхода, легко читаются два.",
        "Perhaps it is two questions.",
        "Возможно, это два вопроса.",
    ),
    "same_way": (
        "both ways lead to '{found}', so the question decides nothing.",
        "оба пути ведут на «{found}», вопрос ничего не решает.",
        "Lead one of them elsewhere, or delete the step.",
        "Поведите один из них иначе или удалите шаг.",
    ),
    "hold_out_idle": (
        "`hold_out` keeps back advertising, points and codes, and there are none here.",
        "`hold_out` удерживает рекламу, баллы и коды, а их здесь нет.",
        "Delete it, or mark what is advertising with purpose: advertising.",
        "Удалите его или отметьте рекламу: purpose: advertising.",
    ),
    # the letters
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
