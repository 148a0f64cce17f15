"""Who is at work: shifts by hand and by the first task, breaks, silence, load, teams; and tasks that go back by themselves."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM, Actor
from regulars.base.due import look
from regulars.desk import actions, pauses, queries
from regulars.desk.actions import DeskError
from regulars.desk.returning import next_return, return_once
from regulars.shop import queries as shops
from regulars.staff import actions as staff
from regulars.staff import presence, roster, shifts
from tests.apps.test_desk_undo import SCHEME
from tests.apps.world import World


class Desk:
    """The small shop with a supervisor and operators, and calls that wait."""

    def __init__(self, world: World) -> None:
        self.world, self.shop_id = world, world.shop_id
        world.publish(SCHEME)
        self.lead = self.hire("lead", "supervisor")
        self.anna, self.oleg = self.hire("anna"), self.hire("oleg")

    def hire(self, name: str, role: str = "operator", teams: tuple[str, ...] = ()) -> int:
        with self.world.writing() as cur:
            return staff.create_account(
                cur, self.shop_id, f"{name}@staff.test", name.title(), role, SYSTEM, teams=teams
            )

    def call(self) -> int:
        person = self.world.person()
        order = self.world.order(person)
        self.world.happens("order.placed", person, order)
        self.world.conduct()
        return int(self.world.one("select id from desk_task where order_id = %s", order))

    def claim(self, account: int, task: int) -> None:
        with self.world.writing() as cur:
            actions.claim(cur, self.shop_id, task, Actor("staff", account), self.world.now)

    def next(self, account: int) -> int | None:
        with self.world.writing() as cur:
            found = actions.claim_next(cur, self.shop_id, Actor("staff", account), self.world.now)
            return found.id if found else None

    def refusal(self, account: int) -> str:
        with pytest.raises(DeskError) as error:
            self.next(account)
        return error.value.code

    def do(self, deed: Any, *arguments: Any, **named: Any) -> Any:
        with self.world.writing() as cur:
            return deed(cur, self.shop_id, *arguments, **named)

    def silence(self, account: int, minutes: float) -> None:
        """The machine's clock goes on without a sign of life."""
        with self.world.writing() as cur:
            cur.execute(
                "update staff_shift set seen_at = machine_now() - make_interval(secs => %s) where account_id = %s",
                (minutes * 60, account),
            )

    def state(self, account: int) -> str:
        shift = self.do(presence.running, account)
        return shift.state if shift else ""

    def owner(self, task: int) -> str | None:
        return self.world.one("select claimed_by from desk_task where id = %s", task)

    def available(self, team: str | None = None) -> list[int]:
        return self.do(presence.available, team, self.world.now)

    def give_back(self) -> int:
        done = 0
        while n := return_once(self.world.raw):
            done += n
        return done


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_taking_a_task_begins_the_shift(desk: Desk) -> None:
    assert desk.available() == []
    task = desk.call()
    desk.claim(desk.anna, task)
    assert desk.state(desk.anna) == "on" and desk.available() == [desk.anna]
    (here,) = desk.do(presence.on_shift)
    assert (here.account_id, here.load, here.most, here.is_online) == (desk.anna, 1, 5, True)


def test_whoever_says_so_is_here_and_whoever_leaves_gives_back_what_he_has(desk: Desk) -> None:
    first, second = desk.call(), desk.call()
    desk.do(shifts.begin, desk.anna, desk.world.now)
    desk.claim(desk.anna, first)
    desk.claim(desk.anna, second)
    desk.do(actions.keep_draft, first, Actor("staff", desk.anna), desk.world.now, note="asks his wife")
    assert desk.do(shifts.end, desk.anna, Actor("staff", desk.anna), desk.world.now)
    with desk.world.writing() as cur:
        assert "shifts" in look(cur, desk.world.now)[0], "a playground's clock waits for it"
        assert next_return(cur) == desk.world.now
    assert desk.owner(first) == f"staff:{desk.anna}", "no browser does it: a loop finds it"
    assert desk.give_back() > 0 and desk.give_back() == 0
    assert (desk.owner(first), desk.owner(second)) == (None, None)
    events = desk.world.rows("select data->>'reason', data->>'by' from events_event where kind = 'task.released'")
    assert events == [("ended", f"staff:{desk.anna}")] * 2
    told = desk.world.rows("select account_id, kind, subject from staff_notice order by subject")
    assert told == [(desk.lead, "task_returned", f"task:{t}") for t in sorted((first, second))]
    ((actor, draft),) = desk.do(queries.begun, first, f"staff:{desk.oleg}")
    assert (actor, draft.note) == (f"staff:{desk.anna}", "asks his wife")
    assert desk.available() == [] and desk.state(desk.anna) == ""


def test_what_was_begun_goes_with_the_outcome_of_whoever_ends_it(desk: Desk) -> None:
    task = desk.call()
    desk.claim(desk.anna, task)
    desk.do(actions.keep_draft, task, Actor("staff", desk.anna), desk.world.now, note="half")
    desk.do(shifts.end, desk.anna, Actor("staff", desk.anna), desk.world.now)
    desk.give_back()
    desk.claim(desk.oleg, task)
    desk.do(actions.finish, task, "confirmed", Actor("staff", desk.oleg), desk.world.now)
    assert desk.world.rows("select 1 from desk_draft") == []


def test_coming_back_before_it_is_done_keeps_the_tasks(desk: Desk) -> None:
    task = desk.call()
    desk.claim(desk.anna, task)
    desk.do(shifts.end, desk.anna, Actor("staff", desk.anna), desk.world.now)
    desk.do(shifts.begin, desk.anna, desk.world.now)
    assert desk.give_back() == 0 and desk.owner(task) == f"staff:{desk.anna}"


def test_whoever_is_silent_is_away_and_nothing_is_given_to_him_until_he_is_back(desk: Desk) -> None:
    task, other = desk.call(), desk.call()
    desk.claim(desk.anna, task)
    desk.silence(desk.anna, 9.9)
    assert desk.give_back() == 0 and desk.state(desk.anna) == "on"
    desk.silence(desk.anna, 10.1)
    assert desk.give_back() > 0
    assert (desk.state(desk.anna), desk.owner(task), desk.available()) == ("away", None, [])
    assert desk.refusal(desk.anna) == "away"
    desk.do(shifts.beat, desk.anna)
    assert desk.state(desk.anna) == "away", "a desk that wakes up is no person"
    desk.do(shifts.begin, desk.anna, desk.world.now)
    assert desk.next(desk.anna) in (task, other)


def test_a_desk_that_is_open_is_not_silent_and_the_time_allowed_is_the_shops(desk: Desk) -> None:
    desk.do(shifts.begin, desk.anna, desk.world.now)
    desk.silence(desk.anna, 9)
    desk.do(shifts.beat, desk.anna)
    with desk.world.writing() as cur:
        cur.execute("""update shop_shop set settings = settings || '{"silent_minutes": 3}'::jsonb""")
    assert desk.give_back() == 0 and desk.state(desk.anna) == "on"
    desk.silence(desk.anna, 3.1)
    desk.give_back()
    assert desk.state(desk.anna) == "away"


def test_whoever_was_away_for_hours_has_left_when_he_fell_silent(desk: Desk) -> None:
    desk.do(shifts.begin, desk.anna, desk.world.now)
    desk.silence(desk.anna, 11)
    desk.give_back()
    silent_since = desk.world.now
    desk.world.later(hours=3)
    desk.silence(desk.anna, 180)
    desk.give_back()
    assert desk.state(desk.anna) == ""
    assert desk.world.one("select ended_at from staff_shift") == silent_since
    desk.do(shifts.begin, desk.anna, desk.world.now)
    assert desk.world.one("select count(*) from staff_shift") == 2


def test_a_shift_that_nobody_ended_ends_by_itself(desk: Desk) -> None:
    task = desk.call()
    desk.claim(desk.anna, task)
    desk.world.later(hours=18)
    assert desk.give_back() == 0
    desk.world.later(minutes=1)
    assert desk.give_back() > 0 and desk.state(desk.anna) == "" and desk.owner(task) is None
    assert desk.world.one("select ended_at from staff_shift") == desk.world.now


def test_a_deed_shows_that_he_is_here_after_all(desk: Desk) -> None:
    task = desk.call()
    desk.claim(desk.anna, task)
    desk.silence(desk.anna, 11)
    with desk.world.writing() as cur:
        shifts.mark_silent(cur, desk.world.now)
    desk.do(actions.keep_draft, task, Actor("staff", desk.anna), desk.world.now, note="writing still")
    assert desk.give_back() == 0
    assert (desk.state(desk.anna), desk.owner(task)) == ("on", f"staff:{desk.anna}")


@pytest.mark.parametrize(("length", "kept"), [(5, 5), (60, 15)], ids=["for its length", "not longer than allowed"])
def test_a_break_keeps_the_tasks_for_a_while(desk: Desk, length: int, kept: int) -> None:
    task = desk.call()
    desk.claim(desk.anna, task)
    until = desk.world.now + timedelta(minutes=length)
    desk.do(shifts.go_on_break, desk.anna, desk.world.now, until, timedelta(minutes=15), "lunch")
    assert desk.refusal(desk.anna) == "break" and desk.available() == []
    desk.silence(desk.anna, 30)
    desk.world.later(minutes=kept, seconds=-1)
    assert desk.give_back() == 0 and desk.state(desk.anna) == "break"
    desk.world.later(seconds=1)
    assert desk.give_back() > 0 and desk.owner(task) is None
    assert desk.world.rows("select data->>'reason' from events_event where kind = 'task.released'") == [("break",)]
    assert desk.state(desk.anna) == "break", "still, until he says that he is back"
    desk.do(shifts.begin, desk.anna, desk.world.now)
    assert desk.next(desk.anna) == task


def test_nobody_has_more_than_he_may_but_what_is_paused_does_not_count(desk: Desk) -> None:
    with desk.world.writing() as cur:
        cur.execute("""update shop_shop set settings = settings || '{"most_tasks": 2}'::jsonb""")
    tasks = [desk.call() for _ in range(4)]
    assert {desk.next(desk.anna), desk.next(desk.anna)} == set(tasks[:2])
    assert desk.refusal(desk.anna) == "full" and desk.available() == []
    with pytest.raises(DeskError) as error:
        desk.claim(desk.anna, tasks[3])
    assert (error.value.code, error.value.params) == ("full", {"most": 2})
    with desk.world.writing() as cur:
        pauses.pause(cur, desk.world.shop_id, tasks[0], "buyer", Actor("staff", desk.anna), desk.world.now)
    assert desk.next(desk.anna) == tasks[2] and desk.refusal(desk.anna) == "full"
    desk.do(staff.set_most_tasks, desk.anna, 3, SYSTEM)
    assert desk.next(desk.anna) == tasks[3]


def test_a_team_gets_its_own_tasks_only(desk: Desk) -> None:
    care = desk.hire("vera", teams=("care",))
    orders = desk.hire("ivan", teams=("order-desk",))
    task = desk.call()
    assert desk.next(care) is None and desk.next(orders) == task
    desk.do(shifts.begin, care, desk.world.now)
    assert desk.available("care") == [care] and desk.available("order-desk") == [orders]


def test_who_does_not_work_here_has_no_shift(desk: Desk) -> None:
    assert desk.do(shifts.begin, 12345, desk.world.now) is None
    task = desk.call()
    desk.claim(1, task)
    assert desk.world.one("select count(*) from staff_shift") == 0


def test_two_clicks_at_once_do_not_take_more_than_one_may(desk: Desk) -> None:
    with desk.world.writing() as cur:
        cur.execute("""update shop_shop set settings = settings || '{"most_tasks": 1}'::jsonb""")
    shops.forget()
    tasks = [desk.call() for _ in range(8)]
    start, codes = threading.Barrier(8), []

    def take(task: int) -> None:
        with db.loop_connection("click") as raw:
            start.wait()
            try:
                with db.transaction_on(raw) as cur:
                    actions.claim(cur, desk.shop_id, task, Actor("staff", desk.anna), desk.world.now)
                codes.append("taken")
            except DeskError as error:
                codes.append(error.code)

    threads = [threading.Thread(target=take, args=(t,)) for t in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["full"] * 7 + ["taken"]


@pytest.mark.parametrize("is_back", [False, True])
def test_leaving_and_taking_at_once_leave_nothing_in_the_hands_of_somebody_who_is_gone(
    desk: Desk, is_back: bool
) -> None:
    """Round after round: the loop gives back while he takes another task; whoever is not on shift has none in the end."""
    tasks = [desk.call() for _ in range(4)]
    desk.do(staff.set_most_tasks, desk.anna, 50, SYSTEM)
    with db.loop_connection("returns") as other:
        for task in tasks:
            desk.claim(desk.anna, task)
            desk.do(shifts.end, desk.anna, Actor("staff", desk.anna), desk.world.now)
            thread = threading.Thread(target=return_once, args=(other,))
            thread.start()
            if is_back:
                desk.do(shifts.begin, desk.anna, desk.world.now)
            thread.join()
            desk.give_back()
            held = desk.do(queries.with_me, f"staff:{desk.anna}", desk.world.now)
            assert (desk.state(desk.anna) == "on") == is_back
            assert is_back or held == []


NINE_SIX = ((time(9), time(18)),)
NIGHT = ((time(22), time(6)),)
MONDAY = date(2026, 3, 2)


def _span(day: int, days: int = 1) -> tuple[datetime, datetime]:
    start = datetime(2026, 3, day, tzinfo=UTC)
    return start, start + timedelta(days=days)


def test_a_week_that_repeats_with_days_of_its_own(desk: Desk) -> None:
    desk.do(roster.set_week, desk.anna, {0: NINE_SIX, 1: NINE_SIX, 4: NIGHT}, SYSTEM)
    desk.do(roster.set_days, desk.anna, {date(2026, 3, 3): ()}, SYSTEM, "dentist")
    desk.do(roster.set_days, desk.anna, {date(2026, 3, 4): ((time(9), time(12)), (time(13), time(15)))}, SYSTEM)
    planned = desk.do(presence.planned, *_span(2, 7))
    hours = [(a.day, a.hour, b.day, b.hour) for account, _, a, b in planned if account == desk.anna]
    assert hours == [(2, 9, 2, 18), (4, 9, 4, 12), (4, 13, 4, 15), (6, 22, 7, 6)]
    assert [p[2].hour for p in desk.do(presence.planned, *_span(7))] == [22], "a night belongs to both days"
    assert desk.do(roster.plans, MONDAY, MONDAY + timedelta(days=1))[desk.anna][date(2026, 3, 3)].reason == "dentist"
    desk.do(roster.forget_days, desk.anna, [date(2026, 3, 3)], SYSTEM)
    assert len(desk.do(presence.planned, *_span(3))) == 1


def test_shifts_keep_their_hours_across_a_change_of_the_clock(database: str) -> None:
    with db.loop_connection("test") as raw:
        world = World(raw, zone="Europe/Berlin")
        desk = Desk(world)
        desk.do(roster.set_week, desk.anna, dict.fromkeys(range(7), NIGHT), SYSTEM)
        night = [p for p in desk.do(presence.planned, *_span(28)) if p[2] >= _span(28)[0]]
        assert [(b - a).total_seconds() / 3600 for _, _, a, b in night] == [7], "the night in which the clock goes on"


def test_a_week_is_copied_but_not_over_what_the_other_has_of_its_own(desk: Desk) -> None:
    desk.do(roster.set_days, desk.anna, {MONDAY: NINE_SIX, MONDAY + timedelta(days=1): NIGHT}, SYSTEM)
    desk.do(roster.set_week, desk.oleg, {0: NINE_SIX}, SYSTEM)
    after = MONDAY + timedelta(days=7)
    desk.do(roster.set_days, desk.anna, {after + timedelta(days=1): ()}, SYSTEM, "holiday")
    assert desk.do(roster.copy_week, MONDAY, after, SYSTEM) == 1
    found = desk.do(roster.plans, after, after + timedelta(days=6))
    assert found[desk.anna][after].spans == NINE_SIX and found[desk.anna][after + timedelta(days=1)].reason == "holiday"
    assert desk.world.one("select count(*) from staff_planned where account_id = %s", desk.oleg) == 1
    assert desk.do(roster.copy_week, MONDAY, after, SYSTEM) == 0, "twice is once"


def test_whoever_works_here_no_longer_is_neither_planned_nor_here(desk: Desk) -> None:
    desk.do(roster.set_week, desk.anna, {0: NINE_SIX}, SYSTEM)
    desk.do(shifts.begin, desk.anna, desk.world.now)
    desk.do(staff.close_account, desk.anna, SYSTEM)
    assert desk.do(presence.planned, *_span(2)) == [] and desk.available() == [] and desk.do(presence.on_shift) == []
