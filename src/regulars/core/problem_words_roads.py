"""The sentences of the problems with roads, and with the time and measure of what goes along them: see `problem_words`,
which is the whole of them."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str, str]] = {
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
    "branch_never": (
        "nobody ever takes the way '{way}': that can't be so here ({found}).",
        "по пути «{way}» никто не пойдёт: так здесь не бывает ({found}).",
        "Delete the question, or ask something that isn't decided yet.",
        "Удалите вопрос или спросите о том, что ещё не решено.",
    ),
    "value_never": (
        "'{fact}' is never '{found}'.",
        "«{fact}» никогда не бывает «{found}».",
        "It may be {known}.",
        "Бывает: {known}.",
    ),
    "answer_never": (
        "no step of this scheme asks '{found}': '{fact}' is never known.",
        "ни один шаг этой схемы не задаёт вопрос «{found}»: «{fact}» никогда не известно.",
        "Name a question of this scheme, or ask it before.",
        "Назовите вопрос этой схемы или задайте его раньше.",
    ),
    "outcome_never": (
        "'{found}' is no call or task of this scheme: '{fact}' is never known.",
        "«{found}» — не звонок и не задача этой схемы: «{fact}» никогда не известно.",
        "Name a step of this scheme that is a call or a task.",
        "Назовите шаг этой схемы — звонок или задачу.",
    ),
    "script_unknown": (
        "there are no words for a call called '{found}': the operator would see none.",
        "слов для звонка «{found}» нет: оператор не увидит, что говорить.",
        "Write them under Settings, Scripts, or name words that are there.",
        "Напишите их в настройках, на странице «Скрипты», или назовите те, что есть.",
    ),
    # time and measure
    "no_timeout": (
        "who doesn't answer goes on to '{to}' all the same, after {after}.",
        "кто не ответит, всё равно пойдёт на «{to}», когда пройдёт {after}.",
        "Say where silence leads: `on_timeout`, and after how long: `up_to`.",
        "Укажите, куда ведёт молчание: `on_timeout`, и через сколько: `up_to`.",
    ),
    "wait_for_stop": (
        "'{found}' stands under `stops` and ends the scheme first, so nobody goes on to '{to}'.",
        "«{found}» указано в `stops` и раньше закончит схему, на «{to}» никто не пойдёт.",
        "Wait for another event, or take this one out of `stops`.",
        "Ждите другого события или уберите это из `stops`.",
    ),
    "wait_before_promise": (
        "the wait for '{found}' ends before the promise of '{other}' does.",
        "ожидание «{found}» кончается раньше, чем срок обещания шага «{other}».",
        "Wait at least as long as you promise.",
        "Ждите не меньше, чем обещаете.",
    ),
    "wait_before_usual": (
        "half of your orders come to '{found}' only after {hours} hours; this wait ends sooner.",
        "у половины ваших заказов до «{found}» проходит {hours} ч, это ожидание кончится раньше.",
        "Wait longer with `up_to`.",
        "Увеличьте `up_to`.",
    ),
    "promise_unkept": (
        "an answer is promised, and no step after it asks anybody to give one.",
        "ответ обещан, но ни один следующий шаг никому его не поручает.",
        "Add a `task` or a `call` after it.",
        "Добавьте после него `task` или `call`.",
    ),
    "advertising_close": (
        "'{found}' advertises less than a day after '{other}'.",
        "реклама «{found}» может прийти меньше чем через сутки после «{other}».",
        "Put a wait of a day or more between them.",
        "Поставьте между ними ожидание не меньше суток.",
    ),
    "advertising_beside": (
        "'{found}' advertises to the same people within a day of other schemes: {others}.",
        "реклама «{found}» придёт тем же людям меньше чем за сутки до или после рекламы других схем: {others}.",
        "Move one of them by a day or more, or give one a higher `priority`; no more than {limit} in {days} days go to one"
        " person, the rest is not sent.",
        "Разведите их хотя бы на сутки или повысьте `priority` одной из схем. Реклам одному человеку за {days} дн.:"
        " не больше {limit}, лишнее не уйдёт.",
    ),
    "over_cap": (
        "with '{found}' a person gets more than {limit} advertisements in {days} days; the gate will hold it back.",
        "с «{found}» человек получит больше {limit} реклам за {days} дн.: лишнее не уйдёт.",
        "Wait longer between them, or leave one out.",
        "Увеличьте паузы или уберите одно из писем.",
    ),
}
