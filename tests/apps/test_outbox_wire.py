"""From the queue to a real mail server and back into the database: every way in which that can go."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from regulars.base import db, process
from regulars.base.actor import SYSTEM
from regulars.outbox import actions, queries
from regulars.outbox.aftermath import RESEND_AFTER
from regulars.outbox.channels.email.outcome import Outcome
from regulars.outbox.recorder import Recorder, Result, record_results
from regulars.outbox.recover import recover
from regulars.outbox.sender import Sender, SendingRefused, Setup
from regulars.promises import queries as promise_queries
from tests.apps.outbox_world import BY_MAIL, KEYS, Outbox, sending, until, url_of
from tests.apps.world import World
from tests.sinks.smtp_sink import Sink, sink_thread


@pytest.fixture
def outbox(world: World) -> Outbox:
    return Outbox(world)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with sink_thread() as found:
        yield found


def at_rest(outbox: Outbox) -> bool:
    """Whether nothing that is due waits or is on its way."""
    return not outbox.world.rows(
        "select 1 from outbox_message where state = 'sending' or (state = 'queued' and send_after <= %s)",
        outbox.world.now,
    )


def ids_at(sink: Sink, address: str) -> list[str]:
    return [m["message_id"] for m in sink.book.messages(address)]


def test_a_letter_reaches_the_server_and_is_recorded(outbox: Outbox, sink: Sink) -> None:
    person = outbox.world.person("anna@example.test")
    id_ = outbox.queue(person)
    promise = outbox.promise(id_, person, outbox.world.now + timedelta(hours=3))
    with sending(url_of(sink)):
        until(lambda: outbox.state(id_) == ("sent", None))
    assert ids_at(sink, "anna@example.test") == [f"<{id_}.test@example.test>"]
    (attempt,) = outbox.detail(id_).attempts
    assert (attempt.outcome, attempt.code) == ("accepted", "250 2.0.0")
    assert outbox.events("message.sent")[0]["message_id"] == str(id_)
    with outbox.world.writing() as cur:
        assert [(p.id, p.state) for p in promise_queries.listing(cur, outbox.shop_id)] == [(promise, "open")]
    assert outbox.world.rows("select id from base_process") == [(outbox.lease.id,)], "it has left in good order"


def test_many_go_once_each_while_two_senders_work(outbox: Outbox, sink: Sink) -> None:
    ids = [outbox.queue(outbox.world.person()) for _ in range(120)]
    with sending(url_of(sink)), sending(url_of(sink)):
        until(lambda: at_rest(outbox), 20)
    assert sink.book.stats()["total"] == sink.book.stats()["unique"] == len(ids)
    assert len(outbox.events("message.sent")) == len(ids)


def test_a_temporary_refusal_is_tried_again_later(outbox: Outbox, sink: Sink) -> None:
    id_ = outbox.queue(outbox.world.person("rcpt-450-4.2.0-once+k1@example.test"))
    with sending(url_of(sink)):
        until(lambda: outbox.state(id_) == ("queued", "try_later"))
        assert not sink.book.messages("")
        outbox.world.later(minutes=2)
        until(lambda: outbox.state(id_) == ("sent", None))
    assert [a.outcome for a in outbox.detail(id_).attempts] == ["rejected_temporary", "accepted"]


def test_a_dead_address_is_suppressed_alone_and_its_promise_is_void(outbox: Outbox, sink: Sink) -> None:
    dead, fine = outbox.world.person("rcpt-550-5.1.1+k2@example.test"), outbox.world.person()
    ids = [outbox.queue(dead), outbox.queue(fine)]
    outbox.promise(ids[0], dead, outbox.world.now + timedelta(hours=1))
    with sending(url_of(sink)):
        until(lambda: at_rest(outbox))
    assert [outbox.state(i) for i in ids] == [("failed", "rejected"), ("sent", None)]
    (bounce,) = outbox.events("message.bounced")
    assert bounce["code"] == "550 5.1.1"
    assert outbox.world.rows("select value, reason, scope from people_suppression") == [
        ("rcpt-550-5.1.1+k2@example.test", "bounce", "all")
    ]
    with outbox.world.writing() as cur:
        assert [p.state for p in promise_queries.listing(cur, outbox.shop_id)] == ["void"]
    again = outbox.queue(dead)
    outbox.gate(BY_MAIL)
    assert outbox.state(again) == ("refused", "bounced")


def test_a_refusal_of_the_letter_is_not_held_against_the_address(outbox: Outbox, sink: Sink) -> None:
    person = outbox.world.person("dot-554-5.7.1+k3@example.test")
    id_ = outbox.queue(person)
    with sending(url_of(sink)):
        until(lambda: outbox.state(id_) == ("failed", "rejected"))
    assert outbox.world.rows("select 1 from people_suppression") == []
    assert outbox.events("message.failed") and not outbox.events("message.bounced")


def test_a_service_letter_of_unknown_fate_goes_again_with_the_same_bytes(outbox: Outbox, sink: Sink) -> None:
    address = "dot-keepdrop-once+k4@example.test"
    id_ = outbox.queue(outbox.world.person(address))
    with sending(url_of(sink)):
        until(lambda: outbox.state(id_) == ("queued", "unknown_repeat"))
        with outbox.world.writing() as cur:  # the words change meanwhile; what may have arrived does not
            cur.execute('update outbox_message set content = \'{"inline": {"subject": "other", "text": "other"}}\'')
        outbox.world.later(seconds=RESEND_AFTER.total_seconds() + 1)
        until(lambda: outbox.state(id_) == ("sent", None))
    first, second = sink.book.messages(address)
    assert first["message_id"] == second["message_id"] == f"<{id_}.test@example.test>"
    assert first["sha256"] == second["sha256"]


@pytest.mark.parametrize("way", ["drop", "keepdrop"])
def test_an_advertisement_of_unknown_fate_is_left_to_a_person(outbox: Outbox, sink: Sink, way: str) -> None:
    address = f"dot-{way}-once+k5@example.test"
    person = outbox.world.person(address)
    outbox.agree(person)
    id_ = outbox.queue(person, "advertising")
    with sending(url_of(sink)):
        until(lambda: outbox.state(id_) == ("unknown", "unknown"))
        with outbox.world.writing() as cur:
            assert [m.id for m in queries.waiting_for_word(cur, outbox.shop_id)] == [id_]
        assert len(outbox.events("message.unknown")) == 1
        outbox.world.later(hours=1)
        arrived = ids_at(sink, address)
        assert len(arrived) == (way == "keepdrop")
        with outbox.world.writing() as cur:
            actions.resolve_unknown(cur, outbox.shop_id, id_, "send_again", SYSTEM, outbox.world.now)
        until(lambda: outbox.state(id_) == ("sent", None))
    assert set(ids_at(sink, address)) == {f"<{id_}.test@example.test>"}


@pytest.mark.parametrize(("verdict", "state"), [("was_sent", "sent"), ("leave", "failed")])
def test_a_persons_verdict_closes_an_unknown_one(outbox: Outbox, verdict: Any, state: str) -> None:
    id_ = outbox.queue(outbox.world.person(), "advertising")
    with outbox.world.writing() as cur:
        cur.execute("update outbox_message set state = 'unknown' where id = %s", (id_,))
        actions.resolve_unknown(cur, outbox.shop_id, id_, verdict, SYSTEM, outbox.world.now)
    assert outbox.state(id_)[0] == state
    with outbox.world.writing() as cur, pytest.raises(actions.MessageError):
        actions.resolve_unknown(cur, outbox.shop_id, id_, verdict, SYSTEM, outbox.world.now)


def test_a_refused_login_stops_the_channel_with_one_alarm_and_loses_nothing(outbox: Outbox, sink: Sink) -> None:
    sink.script.server.auth = "refuse"
    ids = [outbox.queue(outbox.world.person()) for _ in range(12)]
    url = url_of(sink).replace("smtp://", "smtp://user:secret@")
    with sending(url):
        until(lambda: at_rest(outbox))
        with outbox.world.writing() as cur:
            (channel,) = queries.channels(cur, outbox.shop_id)
        assert (channel.kind, channel.trouble, channel.failures) == ("email", "auth_refused", 1)
        assert {outbox.state(i)[0] for i in ids} == {"queued"}
        assert sink.book.events["logins"] <= 8
        sink.script.server.auth = "on"
        outbox.world.later(minutes=10)
        until(lambda: all(outbox.state(i)[0] == "sent" for i in ids), 20)
        with outbox.world.writing() as cur:
            assert [c.trouble for c in queries.channels(cur, outbox.shop_id)] == [None]


def test_a_server_that_is_away_costs_no_letter(outbox: Outbox, sink: Sink) -> None:
    id_ = outbox.queue(outbox.world.person())
    with sending("smtp://127.0.0.1:1?connections=2"):
        until(lambda: outbox.state(id_)[1] == "no_connection")
    with sending(url_of(sink)):
        outbox.world.later(minutes=5)
        until(lambda: outbox.state(id_) == ("sent", None))


def test_a_playground_lets_nothing_leave_the_machine(outbox: Outbox) -> None:
    id_ = outbox.queue(outbox.world.person())
    with pytest.raises(SendingRefused, match="must point to this machine"):
        Sender(Setup("smtp://mail.example.com:25", "http://shop.example", KEYS)).run(threading.Event())
    assert outbox.state(id_) == ("queued", None)


def test_without_a_mail_server_the_sender_fills_the_letterbox(outbox: Outbox) -> None:
    id_ = outbox.queue(outbox.world.person())
    with sending(None):
        until(lambda: outbox.state(id_) == ("sent", None))


# -- recovery --------------------------------------------------------------------------------------------------------
def dies(outbox: Outbox) -> None:
    """The holder of what is being sent is gone: its lease has run out."""
    with outbox.world.writing() as cur:
        cur.execute("update base_process set lease_until = machine_now() - interval '1 second'")


def test_what_a_dead_sender_held_is_taken_back_by_its_kind(outbox: Outbox) -> None:
    persons = [outbox.world.person() for _ in range(3)]
    for person in persons:
        outbox.agree(person)
    service = outbox.queue(persons[0])
    before, after = outbox.queue(persons[1], "advertising"), outbox.queue(persons[2], "advertising")
    assert len(outbox.gate(BY_MAIL).handovers) == 3
    with outbox.world.writing() as cur:
        cur.execute("update outbox_message set phase = 1 where id = %s", (after,))
    assert recover(outbox.world.raw) == 0, "its lease is good"
    dies(outbox)
    assert recover(outbox.world.raw) == 3
    assert outbox.world.rows("select id, state, phase from outbox_message order by id") == [
        (service, "queued", 1),
        (before, "queued", 0),
        (after, "unknown", 1),
    ]
    assert len(outbox.events("message.unknown")) == 1
    assert recover(outbox.world.raw) == 0


def test_a_frozen_sender_that_wakes_changes_nothing(outbox: Outbox) -> None:
    person = outbox.world.person()
    outbox.agree(person)
    outbox.queue(person)
    advert = outbox.queue(person, "advertising")
    found = outbox.gate(BY_MAIL)
    dies(outbox)
    recover(outbox.world.raw)
    assert not outbox.lease.renew(outbox.world.raw) and not outbox.lease.holds()
    for item in found.handovers:
        record_results(outbox.world.raw, [Result(item, Outcome("accepted", 250))])
    assert outbox.world.rows("select state from outbox_message") == [("queued",), ("queued",)]
    recorder = Recorder()
    recorder.start()
    assert not recorder.mark(next(i for i in found.handovers if i.id == advert))
    recorder.close()
    recorder.join(5)


def test_a_process_that_is_gone_is_seen_at_once_and_one_elsewhere_by_its_lease(world: World) -> None:
    alive = process.register(world.raw, "test")
    with world.writing() as cur:
        cur.execute(
            "insert into base_process (role, host, pid, pid_started, lease_until) values"
            " ('test', %s, 4194303, 1, machine_now() + interval '1 minute'),"
            " ('test', 'elsewhere', 4194303, 1, machine_now() + interval '1 minute'),"
            " ('test', 'elsewhere', 4194303, 1, machine_now() - interval '1 second')",
            (process.host(),),
        )
        rows = cur.execute("select id, host, lease_until > machine_now() from base_process order by id").fetchall()
        gone = process.dead(cur, "test")
        assert process.dead(cur, "other") == []
    assert len(gone) == 2 and alive.id not in gone
    assert gone == [i for i, host, good in rows if (host == process.host() and i != alive.id) or not good]


def test_results_are_recorded_after_the_database_was_away(outbox: Outbox) -> None:
    id_ = outbox.queue(outbox.world.person())
    (item,) = outbox.gate(BY_MAIL).handovers
    recorder = Recorder()
    recorder.start()
    recorder.put(Result(item, Outcome("rejected_temporary", 450)))
    until(lambda: recorder.pending() == 0)
    with db.open_cursor(outbox.world.raw) as cur:
        cur.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'regulars recorder'"
        )
    outbox.world.later(hours=1)
    (item,) = outbox.gate(BY_MAIL).handovers
    recorder.put(Result(item, Outcome("accepted", 250)))
    until(lambda: outbox.state(id_) == ("sent", None))
    recorder.close()
    recorder.join(5)


def test_connections_cut_in_mid_work_lose_and_double_nothing(outbox: Outbox, sink: Sink) -> None:
    sink.script.server.delay_ms = 3
    persons = [outbox.world.person() for _ in range(150)]
    for n, person in enumerate(persons):
        outbox.agree(person)
        outbox.queue(person, "advertising" if n % 2 else "service")
    with sending(url_of(sink)):
        for already in (10, 50, 90, 120):
            until(lambda enough=already: len(sink.book.keys) >= enough, 20)  # type: ignore[misc]
            outbox.world.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and application_name like 'regulars %%'"
            )
        until(lambda: at_rest(outbox), 30)
    outbox.world.later(minutes=5)
    with sending(url_of(sink)):
        until(lambda: at_rest(outbox), 30)
    assert outbox.world.rows("select state, count(*) from outbox_message group by 1") == [("sent", len(persons))]
    assert sink.book.stats()["total"] == sink.book.stats()["unique"] == len(persons)
    assert len(outbox.events("message.sent")) == len(persons)
