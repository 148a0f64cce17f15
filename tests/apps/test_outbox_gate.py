"""The gate at the door: what goes, what waits, what is refused, and that every one of them says why."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.tokens import read
from regulars.outbox import actions, queries
from regulars.outbox.actions import MessageError, late_rule
from regulars.outbox.claim import next_due
from regulars.promises import actions as promises
from regulars.promises import queries as promise_queries
from tests.apps.outbox_world import BY_MAIL, KEYS, LETTERBOX, Outbox
from tests.apps.world import World


@pytest.fixture
def outbox(world: World) -> Outbox:
    return Outbox(world)


def test_a_service_letter_goes_to_the_letterbox_and_can_be_read_there(outbox: Outbox) -> None:
    person = outbox.world.person("anna@example.test")
    id_ = outbox.queue(person)
    outbox.gate()
    assert outbox.state(id_) == ("sent", None)
    found = outbox.detail(id_)
    assert found.raw is not None and found.address == "anna@example.test"
    letter = message_from_bytes(found.raw, policy=default)
    assert letter["Subject"] == "Hello from us"
    assert letter["Message-ID"] == f"<{id_}.test@example.test>"
    assert "List-Unsubscribe" not in letter
    assert [a.outcome for a in found.attempts] == ["accepted"]
    with outbox.world.writing() as cur:
        assert [m.id for m in queries.letterbox(cur, outbox.shop_id)] == [id_]
    (event,) = outbox.events("message.sent")
    assert event["message_id"] == str(id_) and event["channel"] == "email"


def test_advertising_needs_consent_and_carries_a_way_out(outbox: Outbox) -> None:
    silent, willing, gone_off = outbox.world.person(), outbox.world.person(), outbox.world.person()
    outbox.agree(willing)
    outbox.agree(gone_off)
    outbox.world.later(minutes=1)
    outbox.agree(gone_off, given=False)
    ids = [outbox.queue(p, "advertising") for p in (silent, willing, gone_off)]
    outbox.gate()
    assert [outbox.state(i) for i in ids] == [("refused", "no_consent"), ("sent", None), ("refused", "no_consent")]
    raw = outbox.detail(ids[1]).raw
    assert raw is not None
    letter = message_from_bytes(raw, policy=default)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = str(letter["List-Unsubscribe"]).strip("<>").rpartition("/")[2]
    subject = read(token, "unsubscribe", datetime.now(UTC), KEYS)
    assert subject.ids == (outbox.shop_id, willing, ids[1])
    assert {e["reason"] for e in outbox.events("message.refused")} == {"no_consent"}


def test_the_cap_counts_all_that_went_and_all_that_goes_now(outbox: Outbox) -> None:
    person = outbox.world.person()
    outbox.agree(person)
    first = [outbox.queue(person, "advertising") for _ in range(3)]
    outbox.gate()
    assert [outbox.state(i)[0] for i in first] == ["sent", "sent", "refused"]
    outbox.world.later(days=20)
    later = outbox.queue(person, "advertising")
    outbox.gate()
    assert outbox.state(later) == ("refused", "cap")
    assert outbox.detail(later).row.why["params"] == {"sent": 2, "limit": 2, "days": 30}
    outbox.world.later(days=11)
    free = outbox.queue(person, "advertising")
    outbox.gate()
    assert outbox.state(free) == ("sent", None)


def test_an_advertisement_of_unknown_fate_counts_as_gone(outbox: Outbox) -> None:
    person = outbox.world.person()
    outbox.agree(person)
    ids = [outbox.queue(person, "advertising") for _ in range(2)]
    with outbox.world.writing() as cur:
        cur.execute("update outbox_message set state = 'unknown' where id = any(%s)", (ids,))
    third = outbox.queue(person, "advertising")
    outbox.gate()
    assert outbox.state(third) == ("refused", "cap")


def test_quiet_hours_hold_advertising_until_the_buyers_morning(outbox: Outbox) -> None:
    person = outbox.world.person(zone="Asia/Vladivostok")  # noon in UTC is ten in the evening there
    outbox.agree(person)
    advert, service = outbox.queue(person, "advertising"), outbox.queue(person)
    outbox.gate()
    assert outbox.state(advert) == ("queued", "quiet_hours")
    assert outbox.state(service) == ("sent", None)
    morning = datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert next_due(outbox.world.raw) == morning
    outbox.world.at(morning)
    outbox.gate()
    assert outbox.state(advert) == ("sent", None)


def test_lateness_drops_or_waits_for_a_persons_word(outbox: Outbox) -> None:
    person = outbox.world.person()
    dropped = outbox.queue(person)
    own = outbox.queue(person, late=late_rule("drop", timedelta(hours=6)))
    held = [outbox.queue(person, late=late_rule("wait", timedelta(hours=6))) for _ in range(2)]
    always = outbox.queue(person, late=late_rule("send", timedelta(hours=6)))
    outbox.world.later(hours=25)
    outbox.gate()
    assert outbox.state(dropped) == outbox.state(own) == ("refused", "late")
    assert outbox.state(held[0]) == ("queued", "late_held")
    assert outbox.state(always) == ("sent", None)
    with outbox.world.writing() as cur:
        assert [m.id for m in queries.waiting_for_word(cur, outbox.shop_id)] == held
        actions.release_held(cur, outbox.shop_id, held[0], True, SYSTEM, outbox.world.now)
        actions.release_held(cur, outbox.shop_id, held[1], False, SYSTEM, outbox.world.now)
    outbox.gate()
    assert [outbox.state(i)[0] for i in held] == ["sent", "refused"]
    with outbox.world.writing() as cur, pytest.raises(MessageError):
        actions.release_held(cur, outbox.shop_id, held[0], True, SYSTEM, outbox.world.now)


def test_who_has_no_address_or_a_dead_one_is_told_apart(outbox: Outbox) -> None:
    bare, dead = outbox.world.person(), outbox.world.person("dead@example.test")
    with outbox.world.writing() as cur:
        cur.execute("delete from people_contact_point where person_id = %s", (bare,))
        cur.execute(
            "insert into people_suppression (shop_id, kind, value, reason, at) values (%s, 'email', %s, 'bounce', %s)",
            (outbox.shop_id, "dead@example.test", outbox.world.now),
        )
    ids = [outbox.queue(p) for p in (bare, dead)]
    outbox.gate()
    assert [outbox.state(i) for i in ids] == [("refused", "no_contact"), ("refused", "bounced")]


def test_the_first_channel_that_reaches_is_taken(outbox: Outbox) -> None:
    person = outbox.world.person()
    with outbox.world.writing() as cur:
        cur.execute(
            "insert into people_contact_point (shop_id, person_id, kind, value)"
            " values (%s, %s, 'phone', '+79141234567')",
            (outbox.shop_id, person),
        )
    both = outbox.queue(person, by=("telegram", "sms", "email"))
    nowhere = outbox.queue(person, by=("telegram",))
    outbox.gate(LETTERBOX)
    found = outbox.detail(both)
    assert (found.row.channel, found.address) == ("sms", "+79141234567")
    assert found.raw is not None and b"all is well." in found.raw
    assert outbox.state(nowhere) == ("refused", "no_channel")
    by_mail = outbox.queue(person, by=("sms", "email"))
    outbox.gate(BY_MAIL)
    assert outbox.state(by_mail)[0] == "sending"


def test_held_out_persons_get_service_only(outbox: Outbox) -> None:
    person = outbox.world.person()
    outbox.agree(person)
    advert, service = outbox.queue(person, "advertising", held_out=True), outbox.queue(person, held_out=True)
    outbox.gate()
    assert outbox.state(advert) == ("refused", "held_out")
    assert outbox.state(service) == ("sent", None)


def test_a_letter_that_cannot_be_written_is_its_own_refusal(outbox: Outbox) -> None:
    person = outbox.world.person()
    broken = outbox.queue(
        person, content={"inline": {"subject": {"en": "{{ order.nonsense }}"}, "text": {"en": "secret words"}}}
    )
    missing = outbox.queue(person, content={"template": "no-such-letter", "version": None})
    nothing = outbox.queue(person, content={})
    good = outbox.queue(person)
    outbox.gate()
    assert [outbox.state(i) for i in (broken, missing, nothing)] == [("refused", "render_error")] * 3
    assert outbox.state(good) == ("sent", None)
    assert "order.nonsense" in outbox.detail(broken).row.why["params"]["problem"]
    assert outbox.detail(missing).row.why["params"]["template"] == "no-such-letter"


def test_an_error_at_the_gate_means_not_sent(outbox: Outbox) -> None:
    person = outbox.world.person()
    mad = outbox.queue(person, late={"action": "perhaps", "after_seconds": 5})
    worse = outbox.queue(person, late={"action": "drop", "after_seconds": "many"})
    good = outbox.queue(person)
    outbox.gate()
    assert outbox.state(mad) == outbox.state(worse) == ("refused", "gate_error")
    assert outbox.state(good) == ("sent", None)


def test_a_starter_letter_and_the_shops_own_version_of_it(outbox: Outbox) -> None:
    person = outbox.world.person()
    starter = outbox.queue(
        person, content={"template": "order-received", "version": None}, order_id=outbox.world.order(person)
    )
    with outbox.world.writing() as cur:
        for version, subject in ((1, "First of our own"), (2, "Second of our own")):
            cur.execute(
                "insert into outbox_template (shop_id, key, version, content) values (%s, 'own', %s, %s::jsonb)",
                (outbox.shop_id, version, db.dumps({"subject": {"en": subject}, "text": {"en": "words"}})),
            )
    newest = outbox.queue(person, content={"template": "own", "version": None})
    first = outbox.queue(person, content={"template": "own", "version": 1})
    outbox.gate()
    subjects = [outbox.detail(i).row.subject for i in (newest, first)]
    assert subjects == ["Second of our own", "First of our own"]
    assert outbox.state(starter)[0] in ("sent", "refused")


def test_the_promise_in_a_letter_is_said_and_becomes_open_when_it_is_sent(outbox: Outbox) -> None:
    person = outbox.world.person()
    words = {"subject": {"en": "We call"}, "text": {"en": "We call by {{ promise.due | time }}."}}
    id_ = outbox.queue(person, content={"inline": words})
    due = outbox.world.now + timedelta(hours=2)
    promise = outbox.promise(id_, person, due)
    outbox.gate()
    raw = outbox.detail(id_).raw
    assert raw is not None
    body = message_from_bytes(raw, policy=default).get_body(("plain",))
    assert body is not None and "14:00" in body.get_content()
    with outbox.world.writing() as cur:
        (row,) = promise_queries.listing(cur, outbox.shop_id)
    assert (row.id, row.state, row.due_at, row.told_at) == (promise, "open", due, outbox.world.now)


def test_a_letter_whose_promise_has_passed_or_gone_is_not_sent_and_promises_nothing(outbox: Outbox) -> None:
    person = outbox.world.person()
    passed, gone, stopped = outbox.queue(person), outbox.queue(person), outbox.queue(person)
    due = outbox.world.now + timedelta(hours=1)
    outbox.promise(passed, person, due)
    outbox.promise(gone, person, due + timedelta(days=2), enrolment_id=7)
    outbox.promise(stopped, person, due + timedelta(days=2), enrolment_id=8)
    with outbox.world.writing() as cur:
        promises.void(cur, outbox.shop_id, SYSTEM, outbox.world.now, enrolment_ids=[7])
    outbox.world.later(hours=2)
    with outbox.world.writing() as cur:
        cur.execute("update outbox_message set enrolment_id = 8 where id = %s", (stopped,))
        assert actions.cancel_for_enrolments(cur, outbox.shop_id, [8], "stopped", outbox.world.now) == 1
    outbox.gate()
    assert outbox.state(passed) == ("refused", "promise_passed")
    assert outbox.state(gone) == ("refused", "no_longer_true")
    assert outbox.state(stopped) == ("cancelled", "stopped")
    with outbox.world.writing() as cur:
        assert {p.state for p in promise_queries.listing(cur, outbox.shop_id)} == {"void"}


def test_a_person_whom_somebody_else_holds_waits_and_the_others_go(outbox: Outbox) -> None:
    busy, free = outbox.world.person(), outbox.world.person()
    held, going = outbox.queue(busy), outbox.queue(free)
    with db.loop_connection("other") as other, other.transaction():
        other.execute("select 1 from events_mailbox where person_id = %s for update", (busy,))
        found = outbox.gate()
        assert (found.due, found.left) == (2, 1)
        assert (outbox.state(held)[0], outbox.state(going)[0]) == ("queued", "sent")
    outbox.gate()
    assert outbox.state(held)[0] == "sent"


def test_who_has_no_mailbox_yet_gets_one(outbox: Outbox) -> None:
    person = outbox.world.person()
    with outbox.world.writing() as cur:
        cur.execute("delete from events_mailbox where person_id = %s", (person,))
    id_ = outbox.queue(person)
    outbox.gate()
    assert outbox.state(id_) == ("sent", None)


def test_nothing_is_claimed_while_the_installation_is_paused(outbox: Outbox) -> None:
    id_ = outbox.queue(outbox.world.person())
    with outbox.world.writing() as cur:
        cur.execute("insert into base_installation (id, secret_fingerprint, paused) values (1, 'x', true)"
                    " on conflict (id) do update set paused = true")  # fmt: skip
    assert outbox.gate().paused
    assert outbox.state(id_) == ("queued", None)
    with outbox.world.writing() as cur:
        cur.execute("update base_installation set paused = false")
    outbox.gate()
    assert outbox.state(id_) == ("sent", None)


def test_service_goes_before_a_backlog_of_advertising(outbox: Outbox) -> None:
    person = outbox.world.person()
    outbox.agree(person)
    adverts = [outbox.queue(outbox.world.person(), "advertising") for _ in range(5)]
    outbox.world.later(minutes=1)
    service = outbox.queue(person)
    outbox.gate(limit=2)
    assert outbox.state(service)[0] == "sent"
    assert sum(outbox.state(i)[0] == "queued" for i in adverts) == 4


def test_a_merged_persons_letter_goes_to_who_he_became_and_counts_for_him(outbox: Outbox) -> None:
    old, new = outbox.world.person("old@example.test"), outbox.world.person("new@example.test")
    outbox.agree(new)
    earlier = [outbox.queue(old, "advertising") for _ in range(2)]
    with outbox.world.writing() as cur:
        cur.execute("update people_person set merged_into = %s where id = %s", (new, old))
        cur.execute(
            "update outbox_message set state = 'sent', sent_at = %s where id = any(%s)", (outbox.world.now, earlier)
        )
    service, advert = outbox.queue(old), outbox.queue(new, "advertising")
    outbox.gate()
    assert outbox.detail(service).address == "new@example.test"
    assert outbox.state(advert) == ("refused", "cap")


def test_the_claim_reads_the_queues_index_whatever_lies_behind(outbox: Outbox) -> None:
    outbox.queue(outbox.world.person())
    with outbox.world.writing() as cur:
        cur.execute("set local enable_seqscan = off")
        plan = "\n".join(
            r[0]
            for r in cur.execute(
                "explain select id from outbox_message where state = 'queued' and purpose = 'service'"
                " and send_after <= %s order by send_after limit 200 for update skip locked",
                (outbox.world.now,),
            )
        )
    assert "Sort" not in plan and "send_after" in plan


def test_another_shop_sees_and_changes_nothing(outbox: Outbox) -> None:
    id_ = outbox.queue(outbox.world.person())
    other = outbox.shop_id + 1
    with outbox.world.writing() as cur:
        assert queries.message(cur, other, id_) is None
        assert queries.messages(cur, other) == []
        with pytest.raises(MessageError):
            actions.resolve_unknown(cur, other, id_, "leave", SYSTEM, outbox.world.now)
        cur.execute("update outbox_message set enrolment_id = 5")
        assert actions.cancel_for_enrolments(cur, other, [5], "stopped", outbox.world.now) == 0
