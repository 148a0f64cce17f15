"""The mailbox over real IMAP (Dovecot, filled by a real Postfix): once each, whoever dies when, and real bounces."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.failpoints import FailpointRaised, arm
from regulars.base.secrets import SecretBox, split_keys
from regulars.intake import polling
from regulars.talks import threads_accounts as accounts
from regulars.vendors.imap import ImapAccount, ImapTrouble, reading
from tests.apps.intake_world import take_in
from tests.apps.outbox_world import sending, until
from tests.apps.talks_world import Talks, mail
from tests.apps.world import World
from tests.sinks.mail_server import MISSING, MailServer, mail_server

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no mail server to test with: {', '.join(MISSING)} missing")


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


class Box:
    """The shop's mailbox, connected and read."""

    def __init__(self, world: World, server: MailServer) -> None:
        self.world, self.server = world, server
        self.talks = Talks(world)
        with reading(self.account(server.password)) as box:
            self.state = {"validity": box.uid_validity, "uid": box.uid_next - 1}
        self.connect(server.password)

    def account(self, password: str) -> ImapAccount:
        return ImapAccount("127.0.0.1", self.server.imap, "plain", "shop@example.test", password)

    def connect(self, password: str) -> None:
        own = {
            "host": "127.0.0.1", "port": self.server.imap, "security": "plain", "user": "shop@example.test",
            "folder": "INBOX",
        }  # fmt: skip
        secret = SecretBox(split_keys(settings.SECRET_KEY)).encrypt(password).decode()
        with self.world.writing() as cur:
            accounts.connect(
                cur, self.world.shop_id, "email", self.talks.feed("imap"), own, secret, SYSTEM, state=self.state
            )

    def read(self) -> int:
        with self.world.writing() as cur:
            accounts.check_now(cur, self.world.shop_id, "email")
        return polling.read_mailbox(self.world.raw)

    def row(self) -> dict[str, Any]:
        ((state, trouble, lease),) = self.world.rows(
            "select state, trouble, lease from talks_account where removed_at is null"
        )
        return {"state": state, "trouble": trouble, "lease": lease}


@pytest.fixture
def box(world: World, server: MailServer) -> Box:
    return Box(world, server)


def test_a_mail_is_fetched_once_and_then_marked_as_seen(box: Box, server: MailServer, world: World) -> None:
    server.deliver(mail("Anna <anna@example.test>", "Where is it?"))
    assert box.read() == 1
    take_in(world)
    assert box.talks.said() == [(True, "Where is it?")]
    assert any(":2,S" in p.name for p in server.box("shop@example.test"))
    assert box.read() == 0
    server.deliver(mail("Anna <anna@example.test>", "And when?"))
    assert box.read() == 1
    take_in(world)
    assert [text for _, text in box.talks.said()] == ["Where is it?", "And when?"]
    assert len(box.talks.tasks()) == 1


@pytest.mark.parametrize("place", ["polling.fetched", "polling.kept"])
def test_a_reader_that_dies_in_mid_work_loses_nothing_and_doubles_nothing(
    box: Box, server: MailServer, world: World, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.deliver(mail("anna@example.test", f"Do you hear me at {place}?"))
    monkeypatch.setenv("REGULARS_FAILPOINTS", "on")
    arm(f"{place}:raise", None)
    with pytest.raises(FailpointRaised):
        box.read()
    arm("", None)
    world.raw.rollback()
    with world.writing() as cur:  # its lease runs out
        cur.execute(
            "update talks_account set lease_until = machine_now() - interval '1 second', check_at = machine_now()"
        )
    polling.read_mailbox(world.raw)
    take_in(world)
    assert box.talks.said() == [(True, f"Do you hear me at {place}?")]


def test_two_readers_never_have_one_mailbox(box: Box, world: World) -> None:
    with world.writing() as cur:
        accounts.check_now(cur, world.shop_id, "email")
        mine = accounts.claim(cur, "email")
    assert mine is not None
    other = db.loop_connection("other reader")
    assert polling.read_mailbox(other) == 0
    with world.writing() as cur:  # whoever was given it meanwhile wins
        cur.execute("update talks_account set lease_until = machine_now() - interval '1 second'")
        second = accounts.claim(cur, "email")
        assert second is not None
        assert not accounts.done(cur, mine, {}, 1.0)
        assert accounts.done(cur, second, {"uid": 1, "validity": 1}, 1.0)
    other.close()


def test_a_wrong_password_is_said_and_tried_again_later(box: Box, world: World) -> None:
    box.connect("wrong")
    assert polling.read_mailbox(world.raw) == 0
    assert box.row()["trouble"] == "login_refused"
    assert world.one("select check_at > machine_now() from talks_account where removed_at is null")


def test_a_server_that_is_away_is_a_trouble_and_no_error(box: Box) -> None:
    gone = ImapAccount("127.0.0.1", 1, "plain", "x", "y")
    with pytest.raises(ImapTrouble, match="Refused") as told, reading(gone):
        pass
    assert told.value.code == "no_connection"
    with pytest.raises(ImapTrouble), reading(ImapAccount("mail.example.test", 143, "plain", "x", "y")):
        pass


def test_a_mail_with_thirty_megabytes_is_taken_without_them(box: Box, server: MailServer, world: World) -> None:
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "anna@example.test", "shop@example.test", "A film"
    message.set_content("Here is how it broke.")
    message.add_attachment(b"x" * (22 << 20), maintype="video", subtype="mp4", filename="film.mp4")
    server.deliver(message.as_bytes())
    assert box.read() == 1
    take_in(world)
    assert box.talks.said() == [(True, "Here is how it broke.")]
    files = world.one("select files from talks_message")
    assert "too_big" in json.dumps(files)
    assert world.one("select octet_length(body) from intake_delivery order by id desc limit 1") < 300_000


def test_a_bounce_that_postfix_writes_ends_the_address(box: Box, server: MailServer, world: World) -> None:
    person = world.person("nobody-there@example.test")
    letter = box.talks.outbox.queue(person)
    with sending(f"smtp://127.0.0.1:{server.smtp}?connections=1&starttls=off") as _sender:
        until(lambda: box.talks.outbox.state(letter)[0] == "sent", 60)
        server.until(lambda: any(b"Undelivered" in p.read_bytes() for p in server.box("shop@example.test")))
    until(lambda: box.read() > 0 or world.rows("select 1 from intake_delivery"), 30)
    take_in(world)
    assert world.rows("select kind, value, reason from people_suppression") == [
        ("email", "nobody-there@example.test", "bounce")
    ]
    assert box.talks.outbox.state(letter) == ("failed", "bounced")


def test_an_answer_reaches_the_buyer_s_own_mailbox_threaded(box: Box, server: MailServer, world: World) -> None:
    server.deliver(mail("Anna <anna@example.test>", "Where is it?", Message_ID="<first@anna.example.test>"))
    box.read()
    take_in(world)
    before = len(server.box("anna@example.test"))
    box.talks.answers(box.talks.tasks()[0][0], "On its way.")
    box.talks.settle()
    with sending(f"smtp://127.0.0.1:{server.smtp}?connections=1&starttls=off"):
        server.until(lambda: len(server.box("anna@example.test")) > before)
    newest = max(server.box("anna@example.test"), key=lambda p: p.stat().st_mtime)
    raw = newest.read_bytes()
    assert b"In-Reply-To: <first@anna.example.test>" in raw
    assert b"On its way." in raw
