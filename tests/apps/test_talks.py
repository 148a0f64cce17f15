"""What buyers write: whose it is, which order, one task a thread, what makes nothing, and how the answer goes out."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.conf import settings

from regulars.base.actor import SYSTEM
from regulars.base.secrets import split_keys
from regulars.desk import actions as desk
from regulars.desk import answering, routing
from regulars.desk.actions import DeskError
from regulars.outbox.chat import read_call
from regulars.outbox.links import start_word
from regulars.shop import actions as shops
from regulars.staff import shifts
from tests.apps.talks_world import Talks, mail
from tests.apps.world import World


@pytest.fixture
def talks(world: World) -> Talks:
    return Talks(world)


def test_a_mail_of_a_known_buyer_is_his_and_about_his_newest_open_order(talks: Talks, world: World) -> None:
    person = world.person("anna@example.test")
    world.order(person, status="delivered")
    order = world.order(person)
    assert talks.writes("Anna <Anna@Example.test>", "Where is it?\n\n> quoted\n") == {"taken": 1}
    ((task, state, of, about, thread),) = talks.tasks()
    assert (state, of, about) == ("open", person, order)
    assert talks.said() == [(True, "Where is it?")]
    assert "> quoted" in world.one("select whole from talks_message")
    ((data,),) = world.rows("select data from events_event where kind = 'message.received'")
    assert data == {"thread_id": str(thread), "message_id": data["message_id"], "channel": "email"}
    assert world.one("select thread_id from desk_task where id = %s", task) == thread


def test_a_stranger_becomes_a_lead_and_the_next_mail_is_his(talks: Talks, world: World) -> None:
    talks.writes("Пётр Иванов <petr@example.test>", "Есть сковорода 28 см?")
    talks.writes("petr@example.test", "И крышка?")
    assert world.rows("select name, first_name, customer_since from people_person") == [("Пётр Иванов", "Пётр", None)]
    assert [e for (e,) in world.rows("select kind from events_event order by id")] == [
        "lead.created", "message.received", "task.opened", "message.received",
    ]  # fmt: skip
    assert len(talks.tasks()) == 1


def test_further_messages_join_the_task_and_its_clock_stays_that_of_the_first(talks: Talks, world: World) -> None:
    talks.writes("anna@example.test", "One")
    before = world.rows("select target_at, due_at from desk_task")
    assert before == [(world.now + timedelta(minutes=30), world.now + timedelta(hours=4))]
    world.later(minutes=20)
    talks.writes("anna@example.test", "Two")
    assert world.rows("select target_at, due_at from desk_task") == before
    assert world.one("select waits_since from talks_thread") == world.now - timedelta(minutes=20)


def test_the_clock_runs_in_working_time(talks: Talks, world: World) -> None:
    world.at(world.now.replace(hour=17, minute=50))  # Monday, ten minutes before the shop closes
    talks.writes("anna@example.test", "Hello")
    target, due = world.rows("select target_at, due_at from desk_task")[0]
    tuesday = world.now.replace(day=3, hour=9, minute=0)
    assert (target, due) == (tuesday + timedelta(minutes=20), tuesday + timedelta(hours=3, minutes=50))


def test_the_same_mail_again_changes_nothing(talks: Talks) -> None:
    body = mail("anna@example.test", "Hello")
    assert talks.comes("imap", body) == {"taken": 1}
    assert talks.comes("imap", body) == {"same": 1}
    assert len(talks.said()) == 1


def test_a_mail_without_a_message_id_is_once_all_the_same(talks: Talks) -> None:
    body = mail("anna@example.test", "Hello", Message_ID="none")
    assert [talks.comes("imap", body), talks.comes("imap", body)] == [{"taken": 1}, {"same": 1}]


def test_a_reply_to_a_letter_of_ours_is_about_its_order(talks: Talks, world: World) -> None:
    person = world.person("anna@example.test")
    order, _newer = world.order(person), world.order(person)
    letter = talks.outbox.queue(person, order_id=order)
    talks.send()
    talks.writes("anna@example.test", "Thanks", In_Reply_To=f"<{letter}.test@example.test>")
    assert talks.tasks()[0][3] == order
    assert world.one("select letter_id from talks_message") == letter


def test_a_forged_thread_gives_a_stranger_nobody_s_order(talks: Talks, world: World) -> None:
    person = world.person("anna@example.test")
    letter = talks.outbox.queue(person, order_id=world.order(person))
    talks.send()
    talks.writes("thief@example.test", "Where is my order?", References=f"<x@y> <{letter}.test@example.test>")
    ((_, _, of, about, _),) = talks.tasks()
    assert of != person
    assert about is None
    assert world.one("select letter_id from talks_message") == letter  # the card says whose letter it claims to answer


SILENT = {
    "auto_reply": {"Auto_Submitted": "auto-replied (vacation)"},
    "null_sender": {"Return_Path": "<>"},
    "bulk": {"Precedence": "bulk"},
    "list": {"List_Id": "<news.example.test>"},
}


@pytest.mark.parametrize("reason", SILENT)
def test_what_a_machine_writes_makes_nothing_of_a_stranger(talks: Talks, world: World, reason: str) -> None:
    assert talks.writes("robot@example.test", "I am away", **SILENT[reason]) == {"ignored": 1, "reason": reason}
    assert world.rows("select 1 from people_person") == []
    assert world.rows("select 1 from events_event") == []


@pytest.mark.parametrize(
    "subject", ["Automatic reply: Hello", "Автоответ: отпуск", "Out of office", "Автоматический ответ: Re: заказ"]
)
def test_an_auto_reply_of_a_buyer_stands_in_the_thread_and_waits_for_nobody(
    talks: Talks, world: World, subject: str
) -> None:
    world.person("anna@example.test")
    assert talks.writes("anna@example.test", "Away until Monday", subject) == {"taken": 1}
    assert talks.tasks() == []
    assert world.rows("select auto, text from talks_message") == [("auto_reply", "Away until Monday")]
    assert world.one("select waits_since from talks_thread") is None
    assert world.rows("select 1 from events_event") == []


def test_two_machines_that_answer_each_other_come_to_rest(talks: Talks, world: World) -> None:
    world.person("anna@example.test")
    for n in range(20):
        talks.writes("anna@example.test", f"Away {n}", Auto_Submitted="auto-replied")
    assert world.rows("select 1 from outbox_message") == []
    assert talks.tasks() == []


def test_our_own_address_is_no_buyer_but_a_form_of_the_site_writes_for_one(talks: Talks, world: World) -> None:
    assert talks.writes("shop@example.test", "Loop") == {"ignored": 1, "reason": "own_address"}
    talks.writes("Shop <shop@example.test>", "A question by the form", Reply_To="Anna <anna@example.test>")
    assert world.rows("select value from people_contact_point") == [("anna@example.test",)]


def test_a_letter_of_ours_that_comes_back_to_us_is_left_alone(talks: Talks, world: World) -> None:
    person = world.person("anna@example.test")
    letter = talks.outbox.queue(person)
    talks.send()
    assert talks.comes("imap", talks.raw(letter)) == {"ignored": 1, "reason": "own_letter"}


# -- bounces -----------------------------------------------------------------------------------------------------------
def notice(letter: str, address: str, action: str = "failed", status: str = "5.1.1", to: str = "") -> bytes:
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.test\r\nTo: shop@example.test\r\nSubject: Undelivered\r\n"
        f"Message-ID: <dsn-{status}-{action}@mx>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.test\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {letter}\r\nTo: {to or address}\r\n\r\n--b--\r\n"
    ).encode()


def bounce_of(talks: Talks, world: World, **how: str) -> dict[str, object]:
    person = world.person("anna@example.test")
    letter = talks.outbox.queue(person)
    talks.send()
    fields = {"letter": f"<{letter}.test@example.test>", "address": "anna@example.test", **how}
    return talks.comes("imap", notice(**fields))


def test_a_letter_that_came_back_for_good_ends_its_address_alone(talks: Talks, world: World) -> None:
    world.person("bob@example.test")
    assert bounce_of(talks, world) == {"taken": 1}
    assert world.rows("select value, reason, detail from people_suppression") == [
        ("anna@example.test", "bounce", "5.1.1")
    ]
    assert world.rows("select state, reason from outbox_message") == [("failed", "bounced")]
    assert [d["code"] for d in talks.outbox.events("message.bounced")] == ["5.1.1"]


def test_the_same_notice_twice_is_one_bounce(talks: Talks, world: World) -> None:
    bounce_of(talks, world)
    talks.comes(
        "imap", notice(f"<{world.one('select id from outbox_message')}.test@example.test>", "anna@example.test")
    )
    assert len(talks.outbox.events("message.bounced")) == 1


@pytest.mark.parametrize(
    ("how", "result"),
    [
        ({"action": "delayed", "status": "4.4.1"}, {"ignored": 1, "reason": "delayed"}),
        ({"letter": "<1234567890123.test@example.test>"}, {"ignored": 1, "reason": "not_our_letter"}),
        ({"letter": "<nothing@elsewhere>"}, {"ignored": 1, "reason": "not_our_letter"}),
        ({"address": "victim@example.test"}, {"ignored": 1, "reason": "not_our_letter"}),
        ({"action": "delivered", "status": "2.0.0"}, {"ignored": 1, "reason": "receipt"}),
    ],
)
def test_a_delay_a_forgery_and_a_receipt_end_no_address(
    talks: Talks, world: World, how: dict[str, str], result: dict[str, object]
) -> None:
    world.person("victim@example.test")
    assert bounce_of(talks, world, **how) == result
    assert world.rows("select 1 from people_suppression") == []
    assert world.rows("select state from outbox_message") == [("sent",)]


def test_a_full_mailbox_came_back_but_is_not_dead(talks: Talks, world: World) -> None:
    bounce_of(talks, world, status="5.2.2")
    assert world.rows("select 1 from people_suppression") == []
    assert world.rows("select state from outbox_message") == [("failed",)]


def test_a_notice_in_words_alone_is_kept_for_a_person(talks: Talks, world: World) -> None:
    body = mail("MAILER-DAEMON@mx.example.test", "Ваше письмо не доставлено", "Недоставленное сообщение")
    assert talks.comes("imap", body)["quarantined"] == 1
    assert world.rows("select code from intake_quarantine") == [("bounce_unclear",)]


def test_who_writes_from_an_address_that_was_dead_is_alive(talks: Talks, world: World) -> None:
    bounce_of(talks, world)
    talks.writes("anna@example.test", "I am here")
    assert world.rows("select 1 from people_suppression") == []


# -- answers -----------------------------------------------------------------------------------------------------------
def test_an_answer_goes_back_by_mail_threaded_and_once(talks: Talks, world: World) -> None:
    talks.writes("Anna <anna@example.test>", "Where is it?", "Order 7", Message_ID="<q1@mail>", References="<r0@mail>")
    task = talks.tasks()[0][0]
    first = talks.answers(task, "On its way.")
    assert talks.answers(task, "On its way.") is None  # the button was pressed twice
    talks.send()
    assert talks.outbox.state(first) == ("queued", None)  # it can still be taken back
    talks.settle()
    talks.send()
    assert talks.outbox.state(first) == ("sent", None)
    assert talks.said() == [(True, "Where is it?"), (False, "On its way.")]
    sent = message_from_bytes(talks.raw(first), policy=policy.default)
    assert sent["To"] == "Anna <anna@example.test>"
    assert sent["Subject"] == "Re: Order 7"
    assert (sent["In-Reply-To"], sent["References"]) == ("<q1@mail>", "<r0@mail> <q1@mail>")
    assert sent["Auto-Submitted"] is None
    assert sent.get_content().split() == ["On", "its", "way.", "--", "Test", "shop"]
    assert world.one("select count(*) from outbox_message") == 1
    assert world.rows("select outcome, state from desk_task") == [("answered", "finished")]
    assert world.one("select waits_since from talks_thread") is None


def test_an_answer_goes_where_the_question_came_from_not_to_the_address_in_use(talks: Talks, world: World) -> None:
    person = world.person("old@example.test")
    with world.writing() as cur:
        cur.execute(
            "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'email', 'new@example.test')",
            (world.shop_id, person),
        )
    talks.writes("old@example.test", "Hello")
    sent = talks.answers(talks.tasks()[0][0], "Hello!")
    talks.settle()
    talks.send()
    assert talks.outbox.detail(sent).address == "old@example.test"


def test_an_answer_taken_back_within_its_minute_never_goes(talks: Talks, world: World) -> None:
    talks.writes("anna@example.test", "Where is it?")
    task = talks.tasks()[0][0]
    sent = talks.answers(task, "Lost, sorry")
    with world.writing() as cur:
        answering.undo(cur, world.shop_id, task, talks.operator, world.now)
    talks.settle()
    talks.send()
    assert talks.outbox.state(sent) == ("cancelled", "taken_back")
    assert talks.said() == [(True, "Where is it?")]
    assert world.rows("select note from desk_draft") == [("Lost, sorry",)]
    assert world.one("select waits_since is not null from talks_thread")
    again = talks.answers(task, "Found it!")
    talks.settle()
    talks.send()
    assert talks.outbox.state(again) == ("sent", None)


def test_after_the_minute_nothing_is_taken_back(talks: Talks, world: World) -> None:
    talks.writes("anna@example.test", "Where is it?")
    task = talks.tasks()[0][0]
    talks.answers(task, "On its way.")
    talks.settle()
    with world.writing() as cur, pytest.raises(DeskError, match="too_late"):
        answering.undo(cur, world.shop_id, task, talks.operator, world.now)


def test_a_message_after_the_answer_is_a_task_of_its_own(talks: Talks, world: World) -> None:
    talks.writes("anna@example.test", "Where is it?")
    first = talks.tasks()[0][0]
    sent = talks.answers(first, "On its way.")
    talks.writes("anna@example.test", "When exactly?")
    assert [state for _, state, *_ in talks.tasks()] == ["finished", "open"]
    with world.writing() as cur, pytest.raises(DeskError, match="too_late"):
        answering.undo(cur, world.shop_id, first, talks.operator, world.now)
    talks.settle()
    talks.send()
    assert talks.outbox.state(sent) == ("sent", None)


def test_who_wrote_is_answered_at_night_too(talks: Talks, world: World) -> None:
    world.at(world.now.replace(hour=23))
    talks.bot()
    talks.chats(55, "Are you there?")
    sent = talks.answers(talks.tasks()[0][0], "Yes.")
    talks.settle()
    talks.send()
    assert talks.outbox.state(sent) == ("sent", None)


def test_a_message_can_become_a_case_or_need_no_answer(talks: Talks, world: World) -> None:
    talks.writes("anna@example.test", "It broke")
    task = talks.tasks()[0][0]
    with world.writing() as cur:
        desk.finish(cur, world.shop_id, task, "case", talks.operator, world.now)
    assert world.rows("select kind, state, thread_id is not null from desk_task order by id") == [
        ("message", "finished", True), ("case", "open", True),
    ]  # fmt: skip
    assert world.one("select waits_since from talks_thread") is None


def test_one_may_write_first_and_takes_the_talk_by_that(talks: Talks, world: World) -> None:
    talks.writes("anna@example.test", "Hello")
    talks.answers(talks.tasks()[0][0], "Hello!")
    talks.settle()
    thread = talks.tasks()[0][4]
    with world.writing() as cur:
        from regulars.shop.queries import settings_of

        task = answering.take_up(cur, settings_of(cur, world.shop_id), thread, talks.operator, world.now)
        assert answering.take_up(cur, settings_of(cur, world.shop_id), thread, talks.operator, world.now) == task
    sent = talks.answers(task, "One thing more.")
    talks.settle()
    talks.send()
    assert talks.outbox.state(sent) == ("sent", None)


# -- Telegram ----------------------------------------------------------------------------------------------------------
def keys() -> tuple[bytes, ...]:
    return split_keys(settings.SECRET_KEY)


def test_a_signed_link_joins_the_chat_to_its_person_and_order(talks: Talks, world: World) -> None:
    person = world.person("anna@example.test")
    order, _newer = world.order(person), world.order(person)
    word = start_word(person, order, 0, world.one("select machine_now()"), keys())
    assert len(word) <= 64
    talks.chats(5512345678, f"/start {word}")
    assert talks.tasks() == []
    assert world.rows("select person_id, order_id, address from talks_thread") == [(person, order, "5512345678")]
    talks.chats(5512345678, "Когда привезёте?")
    assert talks.tasks()[0][2] == person
    assert (person, "telegram", "5512345678") in world.rows("select person_id, kind, value from people_contact_point")


def test_a_forged_or_foreign_link_joins_nothing(talks: Talks, world: World) -> None:
    person = world.person("anna@example.test")
    good = start_word(person, None, 0, world.one("select machine_now()"), keys())
    for word in (
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        "o-",
        "o-" + "A" * 62,
        "p-" + good[2:],
        start_word(person, None, 7, world.now, keys()),
    ):
        talks.chats(77, f"/start {word}")
        talks.chats(77, "hello")
    assert world.rows("select distinct person_id = %s from talks_thread", person) == [(False,)]


def test_a_stranger_in_a_chat_is_merged_when_a_link_says_who_he_is(talks: Talks, world: World) -> None:
    person = world.person("anna@example.test")
    talks.chats(77, "Здравствуйте")
    word = start_word(person, None, 0, world.one("select machine_now()"), keys())
    talks.chats(77, f"/start {word}")
    assert world.rows("select merged_into from people_person where id <> %s", person) == [(person,)]


def test_a_telephone_is_believed_only_when_it_is_the_sender_s_own(talks: Talks, world: World) -> None:
    person = world.person("anna@example.test")
    with world.writing() as cur:
        cur.execute(
            "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'phone', '+79141234567')",
            (world.shop_id, person),
        )
    talks.chats(77, "", contact={"phone_number": "79141234567", "user_id": 78, "first_name": "Somebody"})
    assert world.rows("select person_id = %s from talks_thread", person) == [(False,)]
    talks.chats(79, "", contact={"phone_number": "79141234567", "user_id": 79})
    assert world.rows("select person_id = %s from talks_thread where address = '79'", person) == [(True,)]


def test_a_chat_is_greeted_once_a_day_and_a_stranger_is_asked_for_his_telephone(talks: Talks, world: World) -> None:
    talks.bot()
    for _ in range(3):
        talks.chats(77, "/start")
    assert world.one("select count(*) from outbox_message") == 1
    talks.send()
    call = read_call(talks.raw(world.one("select id from outbox_message")))
    assert call["chat_id"] == "77"
    assert call["ask_contact"] == "Поделиться телефоном"
    world.later(hours=25)
    talks.chats(77, "/start")
    assert world.one("select count(*) from outbox_message") == 2


def test_who_blocks_the_bot_is_written_to_no_more_until_he_comes_back(talks: Talks, world: World) -> None:
    talks.bot()
    talks.chats(77, "Hello")
    news = b'{"update_id": 9%d, "my_chat_member": {"chat": {"id": 77, "type": "private"}, "new_chat_member": {"status": "%s"}}}'
    talks.comes("telegram", news % (1, b"kicked"))
    assert world.rows("select kind, value, detail from people_suppression") == [("telegram", "77", "blocked")]
    sent = talks.answers(talks.tasks()[0][0], "Hi")
    talks.settle()
    talks.send()
    assert talks.outbox.state(sent) == ("refused", "bounced")
    talks.comes("telegram", news % (2, b"member"))
    assert world.rows("select 1 from people_suppression") == []


def test_the_first_channel_that_reaches_the_buyer_is_taken(talks: Talks, world: World) -> None:
    talks.bot()
    chatty, mailer = world.person("a@example.test"), world.person("b@example.test")
    word = start_word(chatty, None, 0, world.one("select machine_now()"), keys())
    talks.chats(77, f"/start {word}")
    ids = [talks.outbox.queue(p, by=("telegram", "email")) for p in (chatty, mailer)]
    talks.send()
    assert [talks.outbox.detail(i).row.channel for i in ids] == ["telegram", "email"]
    assert read_call(talks.raw(ids[0]))["parts"] == ["Hello Buyer1,\n\nall is well."]


def test_without_a_bot_a_letter_goes_by_mail_though_there_was_a_chat_once(talks: Talks, world: World) -> None:
    person = world.person("a@example.test")
    word = start_word(person, None, 0, world.one("select machine_now()"), keys())
    talks.chats(77, f"/start {word}")
    id_ = talks.outbox.queue(person, by=("telegram", "email"))
    talks.send()
    assert talks.outbox.detail(id_).row.channel == "email"


def test_the_routing_rules_say_whose_a_message_is(talks: Talks, world: World) -> None:
    known = world.person("anna@example.test")
    with world.writing() as cur:
        cur.execute("update people_person set customer_since = %s where id = %s", (world.now, known))
        for key in ("sales", "returns"):
            shops.create_team(cur, world.shop_id, key, {"en": key, "ru": key}, SYSTEM)
        rules = "if task.what == 'lead' then sales\nif task.what == 'message' then returns\n"
        assert routing.save_rules(cur, world.shop_id, rules, 0, SYSTEM) == (1, [])
    talks.writes("stranger@example.test", "Do you have it in blue?")
    talks.writes("anna@example.test", "One plate is broken")
    assert world.rows("select team from desk_task order by id") == [("sales",), ("returns",)]
    assert world.rows("select team from talks_thread order by id") == [("sales",), ("returns",)]


def test_those_who_can_take_it_are_told_once_and_whoever_has_it_of_each_message(talks: Talks, world: World) -> None:
    with world.writing() as cur:
        shifts.begin(cur, world.shop_id, talks.operator.id or 0, world.now)
    notices = "select account_id, kind, subject = 'thread:' || %s from staff_notice order by id"
    talks.writes("anna@example.test", "Where is it?")
    talks.writes("anna@example.test", "Hello?")
    ((task, *_, thread),) = talks.tasks()
    once = (talks.operator.id, "message_received", True)
    assert world.rows(notices, thread) == [once]
    with world.writing() as cur:
        desk.claim(cur, world.shop_id, task, talks.operator, world.now)
    talks.writes("anna@example.test", "Are you there?")
    assert world.rows(notices, thread) == [once, once]
