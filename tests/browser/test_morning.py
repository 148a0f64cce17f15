"""The morning of an operator with forty tasks, by keyboard alone, from 'I'm here' to 'End the shift'.

What is special happens in the first ten; then he works off the rest. Asserts what the database holds of it.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import heard
from tests.browser.desk_shop import Desk, desk_fixture, said  # noqa: F401 - the fixture
from tests.browser.keyboard import Keyboard
from tests.extent import told_in
from tests.installation import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANY = 40
KEYS = {"confirmed": "1", "not_today": "2", "no_answer": "3", "out_of_stock": "4", "refused": "5"}
ROUND = ("confirmed", "out_of_stock", "confirmed", "refused", "no_answer")
WARES = {"en": ("KET-1", "Kettle, enamelled", "ketle"), "ru": ("CHA-1", "Чайник эмалированный", "чайнек")}
QUESTIONS = {"en": "carry", "ru": "этаж"}


class Morning:
    """One operator, his keys, and what he has given: task → (outcome, note)."""

    def __init__(self, desk: Desk, language: str) -> None:
        self.desk, self.language = desk, language
        self.page = desk.page(language)
        self.keys = Keyboard(self.page)
        self.given: dict[int, tuple[str, str]] = {}

    def says(self, text: str, **values: object) -> str:
        """The product's words in his language."""
        return said(self.language, text, **values)

    def task(self) -> int:
        """The task whose card is open."""
        found = re.search(r"/tasks/(\d+)/", self.page.url)
        assert found, self.page.url
        return int(found[1])

    def note(self, text: str) -> None:
        """Write it into the card's note, at its end, and leave the field."""
        self.keys.press("w", "Control+End")
        self.keys.write(text)
        self.keys.press("Escape")

    def finish(self, outcome: str, note: str = "") -> None:
        """Give the outcome and take the next. `note`: what stands in the note by now."""
        self.keys.press(KEYS[outcome])
        self.given[self.task()] = (outcome, note)
        self.keys.go("Control+Enter")


def _settle_in(m: Morning) -> None:
    """He says that he is here, and takes the next."""
    m.keys.press("b")
    m.keys.to(".r-shift .r-pop button", 3)
    m.keys.go("Enter")
    expect(m.page.locator(".r-shift summary")).to_contain_text(m.says("On shift"))
    m.keys.go("n")


def _talk_with_script_questions_and_goods(m: Morning) -> None:
    """The first: steps by J and K, a question by F, a product as it was misheard by P, and it stands in the note."""
    steps = m.page.locator("[data-step]")
    m.keys.press("j", "j", "k")
    expect(steps.nth(1)).to_have_class(re.compile(r"\bnow\b"))
    expect(steps.nth(0)).to_have_class(re.compile(r"\bdone\b"))
    m.keys.press("f")
    m.keys.write(QUESTIONS[m.language])
    expect(m.page.locator("[data-question]:visible")).to_have_count(1)
    m.keys.press("Escape", "p")
    sku, name, heard_as = WARES[m.language]
    m.keys.write(heard_as)
    expect(m.page.locator("#found .r-found").first).to_contain_text(name)
    m.keys.press("Enter")
    expect(m.page.locator("#note")).to_have_value(re.compile(re.escape(f"{name} ({sku})")))
    m.keys.press("Escape")
    line = m.page.locator("#note").input_value()
    m.note("\nwants one more; 1 2 3 n z")
    m.finish("confirmed", f"{line}\nwants one more; 1 2 3 n z")


def _agree_a_call_back(m: Morning) -> tuple[int, str]:
    """The second wants to be called in three days, at 18:40; the task, and that moment by his clock."""
    task, day = m.task(), (datetime.now(UTC) + timedelta(days=3)).date()
    m.keys.press("2")
    m.keys.to("[name=day]")
    m.keys.press("ArrowLeft")  # the last of the days: exact
    expect(m.page.locator("[name=day][value=exact]")).to_be_checked()
    m.keys.to("#call_at")
    m.keys.write(f"{day:%m%d%Y}")  # the browser's own language is English, whatever the page speaks
    m.keys.press("ArrowRight")
    m.keys.write("0640PM")
    m.keys.press("Escape")  # out of the field
    expect(m.page.locator("#call-words")).to_contain_text("18:40", timeout=10_000)
    m.note("asked for the evening")
    m.finish("not_today", "asked for the evening")
    return task, f"{day.isoformat()}T18:40"


def _pause_and_work_on(m: Morning) -> int:
    """The third waits for the supplier: its clock stands, he takes another meanwhile; the task."""
    task = m.task()
    m.note("asked the supplier")
    m.keys.press("s")
    m.keys.to("#pause_note")
    m.keys.write("they ring back")
    m.keys.go("Enter")
    expect(m.page.locator("#pause")).to_contain_text("they ring back")
    expect(m.page.locator("#q-standing")).to_contain_text(m.says("Standing with you"))
    m.keys.go("n")
    assert m.task() != task
    return task


def _undo_a_slip(m: Morning) -> None:
    """He refuses for somebody who has confirmed, takes it back with Z, and comes to whom he had taken meanwhile."""
    slip = m.task()
    m.note("pays by card")
    m.keys.press("5")
    m.keys.go("Control+Enter")
    meanwhile = m.task()
    assert meanwhile != slip
    m.keys.go("z")
    assert m.task() == slip
    expect(m.page.locator("#toasts")).to_contain_text(
        m.says("Taken back: the task is with you again, with what you wrote.")
    )
    expect(m.page.locator("#note")).to_have_value("pays by card")
    m.finish("confirmed", "pays by card")
    assert m.task() == meanwhile, "who waits with him already comes before anybody new"


def _take_a_break(m: Morning) -> None:
    """A break with half a note written, and back to it."""
    task = m.task()
    m.note("rings back at ten")
    expect(m.page.locator("#draft-state")).not_to_be_empty(timeout=10_000)
    m.keys.press("b")
    m.keys.to(".r-pop-form button", 4)
    m.keys.go("Enter")
    expect(m.page.locator("#shift-note")).to_contain_text(m.says("What you have is kept for you."))
    m.keys.go("n")
    expect(m.page.locator(".r-shift summary")).to_contain_text(m.says("On shift"))
    m.keys.go("Enter")
    assert m.task() == task
    expect(m.page.locator("#note")).to_have_value("rings back at ten")
    m.finish("no_answer", "rings back at ten")


def _let_it_go_on(m: Morning, paused: int, number: str) -> None:
    """The supplier has rung: he finds the task that stands, by its order's number, and ends it."""
    waits = m.task()
    m.keys.press("/")
    m.keys.write(number)
    m.keys.go("Enter")
    m.keys.to(f'a[href="/tasks/{paused}/"]', 30)
    m.keys.go("Enter")
    assert m.task() == paused
    m.keys.go("s")
    expect(m.page.locator("#q-standing")).to_have_count(0)
    expect(m.page.locator("#note")).to_have_value("asked the supplier")
    m.finish("out_of_stock", "asked the supplier")
    assert m.task() == waits


def _work_off(m: Morning) -> None:
    """All the others, one after another."""
    while m.page.url.rpartition("/tasks/")[2] != "?ended=1":
        n = len(m.given)
        note = f"note {n}" if n % 3 == 0 else ""
        if note:
            m.note(note)
        m.finish(ROUND[n % len(ROUND)], note)
        assert len(m.given) == n + 1, "each is given once"


def _go_home(page: Page, m: Morning) -> None:
    expect(page.locator(".r-invite h2")).to_contain_text(m.says("Nobody is waiting"))
    expect(page.locator("#q-next, #q-standing")).to_have_count(0)
    m.keys.press("b")
    m.keys.to(".r-shift form[action$='/end'] button", 6)
    m.keys.go("Enter")
    expect(page.locator(".r-shift summary")).to_contain_text(m.says("Not on shift"))


@told_in("ru")
def test_the_morning_of_an_operator_with_forty_tasks_by_keyboard_only(desk: Desk, language: str) -> None:
    desk.clear()
    sku, name, _ = WARES[language]
    desk.put(f"products/{sku}", {"sku": sku, "name": name, "price": "1990.00", "currency": "RUB", "stock": 3})
    numbers = desk.orders(MANY)
    tasks = desk.ids(numbers)
    m = Morning(desk, language)
    problems = heard(m.page)

    _settle_in(m)
    _talk_with_script_questions_and_goods(m)
    later, at = _agree_a_call_back(m)
    paused = _pause_and_work_on(m)
    _undo_a_slip(m)
    _take_a_break(m)
    _let_it_go_on(m, paused, numbers[tasks.index(paused)])
    _work_off(m)
    _go_home(m.page, m)

    assert not m.keys.pointed()
    assert problems == []
    m.page.context.close()
    _holds_what_was_given(desk, tasks, m.given)
    assert desk.shop.sql("select to_char(call_at at time zone 'Europe/Moscow', 'YYYY-MM-DD\"T\"HH24:MI')"
                         " from desk_task where id = %s", later) == [(at,)]  # fmt: skip
    desk.hurry(numbers)
    until(lambda: len(desk.events(numbers)) == MANY, 20, "each outcome counts, once")
    assert sorted(desk.events(numbers)) == sorted(outcome for outcome, _ in m.given.values())
    until(lambda: desk.letters(numbers) == sum(o in ("confirmed", "out_of_stock") for o, _ in m.given.values()), 20,
          "whoever confirmed has his letter")  # fmt: skip


def _holds_what_was_given(desk: Desk, tasks: list[int], given: dict[int, tuple[str, str]]) -> None:
    """Exactly these outcomes and notes, each task one owner; no draft and nothing of theirs is left over."""
    assert sorted(given) == tasks
    rows = desk.shop.sql("select id, outcome, note from desk_task where id = any(%s) and state = 'finished'", tasks)
    assert {i: (outcome, note) for i, outcome, note in rows} == given
    owners = desk.shop.sql(
        "select t.finished_by, count(distinct e.cause), count(*) filter (where e.cause <> t.finished_by) from desk_task t"
        " join events_event e on e.kind = 'task.claimed' and e.data->>'task_id' = t.id::text where t.id = any(%s)"
        " group by t.id, t.finished_by",
        tasks,
    )
    assert len(owners) == MANY
    assert {(claimed, others) for _, claimed, others in owners} == {(1, 0)}
    assert len({owner for owner, _, _ in owners}) == 1
    assert (
        desk.shop.sql("select id from desk_task where state in ('open', 'claimed') and not_before <= machine_now()")
        == []
    )
