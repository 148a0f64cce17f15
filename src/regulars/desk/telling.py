"""Carries notices to the staff by mail and by services: claimed under a lease, written, handed over, recorded. Writes.

Owns its SQL, the back-off and the rest of a way that fails. No network within a transaction. What a process held is taken
back when it is no more, or when it took too long, so a notice may come twice and is never lost; it is dropped, with the
reason, only when its time is over. Nothing leaves a playground but to this machine itself.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from django.utils import translation

from regulars.base import clock, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.base.process import GONE
from regulars.base.secrets import SecretBox, SecretUnreadable
from regulars.base.ssrf import Reach
from regulars.desk import telling_text
from regulars.desk.telling_text import Reader, Written
from regulars.outbox.channels.email.server import EmailServer
from regulars.outbox.channels.email.smtp import SmtpClient
from regulars.outbox.mime import AddressRefused, HeaderRefused, Mailbox, message_id, parse_mailbox, write_letter
from regulars.rules.visibility import sight
from regulars.shop.queries import settings_of
from regulars.staff import telling as rows
from regulars.staff.notice_queries import NoticeRow
from regulars.vendors.apprise import address, sending

__all__ = ["Carrier", "next_telling"]

LEASE = timedelta(seconds=120)
"""So long whoever lives may take over one message."""
BACK_OFF = (15, 30, 60, 300, 900, 1800)
FAILURES = 3
"""After so many failures in a row a way rests, for REST and twice as long each time, up to MOST_REST."""
REST = timedelta(minutes=2)
MOST_REST = timedelta(hours=1)
TRIAL = "trial"

log = logging.getLogger(__name__)

_OVER = """
update staff_telling set state = 'dropped', reason = 'expired', closed_at = machine_now()
where state = 'waiting' and due_at <= %(now)s and expires_at <= %(now)s
"""
_BACK = f"""
update staff_telling set state = 'waiting', lease_until = null, claim = null, process_id = null
where id in (
  select t.id from staff_telling t where t.state = 'sending' and (t.lease_until < machine_now() or {GONE.format("t.process_id")})
  for update skip locked
)
"""  # noqa: S608 - our own words
# A way is held by who sends by it, so its notices of this moment go as one message.
_WAY = """
select w.id, w.account_id, w.kind, w.secret, w.failures, t.shop_id from staff_way w join lateral (
  select shop_id, due_at from staff_telling t where t.way_id = w.id and t.state = 'waiting' and t.due_at <= %(now)s
    and (t.retry_at is null or t.retry_at <= machine_now()) order by t.due_at limit 1
) t on true
where w.id in (
  select way_id from staff_telling where state = 'waiting' and due_at <= %(now)s
    and (retry_at is null or retry_at <= machine_now()) order by due_at limit 200
) and w.removed_at is null and (w.paused_until is null or w.paused_until <= machine_now())
  and not exists (select 1 from staff_telling o where o.way_id = w.id and o.state = 'sending')
order by t.due_at limit 1 for update of w skip locked
"""
_CLAIM = """
update staff_telling set state = 'sending', claim = %s, process_id = %s, lease_until = machine_now() + %s, tries = tries + 1
where way_id = %s and shop_id = %s and state = 'waiting' and due_at <= %s
returning id, notice_id, tries
"""
_DONE = """
update staff_telling set state = %s, reason = %s, closed_at = machine_now(), lease_until = null, process_id = null
where claim = %s and state = 'sending'
"""
_AGAIN = """
update staff_telling set state = 'waiting', reason = %s, claim = null, process_id = null, lease_until = null,
  retry_at = machine_now() + %s
where claim = %s and state = 'sending'
"""
_UNTRIED = """
update staff_telling set state = 'waiting', claim = null, process_id = null, lease_until = null
where claim = %s and state = 'sending'
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message to be carried: by which way, to whom, which notices."""

    claim: int
    first: int
    way_id: int
    account_id: int
    kind: str
    secret: bytes | None
    failures: int
    shop_id: int
    notice_ids: tuple[int, ...]
    tries: int


@dataclass(frozen=True, slots=True)
class Letter:
    """What was written, and to whom it goes; `reach`: what a service may connect to."""

    written: Written
    to: Mailbox
    sender: Mailbox
    token: str
    language: str
    is_playground: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What came of it: sent, kept (nothing leaves), dropped, failed for good, again, or untried."""

    state: str
    reason: str = ""
    answer: str = ""


class Carrier:
    """One loop's hands: a kept connection to the mail server; `turn` carries one message."""

    def __init__(self, server: EmailServer | None, public_url: str, keys: Sequence[bytes]) -> None:
        self._server, self._public_url = server, public_url
        self._box = SecretBox(keys)
        self._client = SmtpClient(server) if server else None
        self._left: tuple[Claimed, Fate] | None = None

    def turn(self, raw: "psycopg.Connection[Any]", process_id: int | None = None) -> int:
        """Carry what is due, one message; 0 when nothing is. `process_id`: who holds it; None: its lease's time alone.

        Raises psycopg.OperationalError when the database is lost; what it left open is recorded by the next turn.
        """
        claimed, fate = self._left or (None, Fate("untried"))
        self._left = None
        try:
            if claimed is None:
                with db.transaction_on(raw) as cur:
                    claimed = _claim(cur, clock.now_from(cur), process_id)
                    if claimed is not None:
                        hit("telling.before_claim_commit")
                if claimed is None:
                    return 0
                hit("telling.claimed")
                fate = self._carry(raw, claimed)
                hit("telling.handed_over")
            with db.transaction_on(raw) as cur:
                _record(cur, claimed, fate)
                hit("telling.before_record_commit")
        except psycopg.OperationalError:
            if claimed is not None:
                self._left = claimed, fate
            raise
        return 1

    def _carry(self, raw: "psycopg.Connection[Any]", claimed: Claimed) -> Fate:
        try:
            with db.transaction_on(raw) as cur:
                letter = self._write(cur, claimed)
        except psycopg.OperationalError:
            raise
        except Exception as error:
            log.exception("telling: nothing can be written for way %s", claimed.way_id)
            return Fate("failed", "not_written", type(error).__name__)
        if letter is None:
            return Fate("dropped", "not_here")
        return self._mail(letter, claimed) if claimed.kind == "email" else self._service(letter, claimed)

    def _write(self, cur: Cursor, claimed: Claimed) -> Letter | None:
        """The message for who works here still; read as of now."""
        found = cur.execute(
            "select a.name, a.email, a.language, m.role from staff_account a join staff_membership m on m.account_id = a.id"
            " where a.id = %s and a.is_active and m.shop_id = %s and m.is_active",
            (claimed.account_id, claimed.shop_id),
        ).fetchone()
        if found is None:
            return None
        name, email, language, role = found
        shop, now = settings_of(cur, claimed.shop_id), clock.now_from(cur)
        is_service = claimed.kind == "service"
        reader = Reader(
            str(Actor("staff", claimed.account_id)), language, sight(shop.visibility, role),
            not is_service or shop.services_see_contacts,
        )  # fmt: skip
        notices = _notices(cur, claimed.notice_ids)
        with translation.override(language):
            if all(n.kind == TRIAL for n in notices):
                written = trial_words(shop.name)
            else:
                told = [n for n in notices if n.kind != TRIAL]
                written = telling_text.write(cur, shop, reader, told, self._links(), now)
        return Letter(
            written,
            parse_mailbox(email, name),
            parse_mailbox(shop.email or "no-reply@shop.invalid", shop.name),
            shop.slug,
            language,
            clock.read(cur).playground,
            now,
        )

    def _links(self) -> dict[str, str]:
        base = self._public_url
        return {"task": base + "/tasks/{id}/", "order": base + "/orders/{id}/", "desk": base + "/tasks/"}

    def _mail(self, letter: Letter, claimed: Claimed) -> Fate:
        if self._client is None or self._server is None:
            return Fate("kept", "no_server")
        if letter.is_playground and not self._server.local:
            return Fate("kept", "playground")
        try:
            data = write_letter(
                sender=letter.sender, to=letter.to, subject=letter.written.subject, text=letter.written.text,
                date=letter.now.astimezone(UTC), language=letter.language,
                message_id=message_id(f"told-{claimed.first}", letter.token, letter.sender.address.rpartition("@")[2]),
            )  # fmt: skip
            outcome = self._client.hand_over(letter.sender.address, letter.to.address, data)
        except (AddressRefused, HeaderRefused, ValueError) as refused:
            return Fate("failed", "refused", str(refused))
        if outcome.kind == "accepted":
            return Fate("sent", "", outcome.reply)
        if outcome.kind == "rejected_permanent":
            return Fate("failed", "refused", outcome.reply)
        return Fate("again", outcome.kind, outcome.reply)

    def _service(self, letter: Letter, claimed: Claimed) -> Fate:
        try:
            url = self._box.decrypt(claimed.secret or b"")
            service = address.read(url, machine=letter.is_playground)
        except (SecretUnreadable, address.ServiceRefused) as refused:
            return Fate("failed", "address", str(refused))
        if letter.is_playground and not service.host:
            return Fate("kept", "playground")
        reach: Reach = "machine" if letter.is_playground else "public"
        answer = sending.send(service.url, letter.written.subject, letter.written.text, reach)
        if answer.went:
            return Fate("sent")
        return Fate("again" if answer.known else "failed", "service", answer.text)


def trial_words(shop: str) -> Written:
    """What a trial says."""
    subject = translation.gettext("A trial from %(shop)s") % {"shop": shop}
    return Written(subject, translation.gettext("This is how you will be told. Nothing has happened."))


def _claim(cur: Cursor, now: datetime, process_id: int | None) -> Claimed | None:
    cur.execute(_BACK)
    cur.execute(_OVER, {"now": now})
    way = cur.execute(_WAY, {"now": now}).fetchone()
    if way is None:
        return None
    way_id, account, kind, secret, failures, shop_id = way
    (claim,) = db.ids(cur, 1)
    mine = cur.execute(_CLAIM, (claim, process_id, LEASE, way_id, shop_id, now)).fetchall()
    if not mine:
        return None
    return Claimed(
        claim=claim,
        first=min(r[0] for r in mine),
        way_id=way_id,
        account_id=account,
        kind=kind,
        secret=None if secret is None else bytes(secret),
        failures=failures,
        shop_id=shop_id,
        notice_ids=tuple(sorted(r[1] for r in mine)),
        tries=max(r[2] for r in mine),
    )


def _notices(cur: Cursor, ids: Sequence[int]) -> list[NoticeRow]:
    found = cur.execute(
        "select id, kind, subject, params, is_urgent, told_at, expires_at, seen_at from staff_notice where id = any(%s)"
        " order by id",
        (list(ids),),
    )
    return [NoticeRow(*r) for r in found]


def _record(cur: Cursor, claimed: Claimed, fate: Fate) -> None:
    """The second transaction; who lost the lease meanwhile changes nothing of what another has begun."""
    if fate.state == "untried":
        cur.execute(_UNTRIED, (claimed.claim,))
        return
    if fate.state == "again":
        pause = timedelta(seconds=BACK_OFF[min(claimed.tries, len(BACK_OFF)) - 1])
        cur.execute(_AGAIN, (fate.reason, pause, claimed.claim))
        failed = claimed.failures + 1
        rest = min(REST * 2 ** (failed - FAILURES), MOST_REST) if failed >= FAILURES else None
        rows.answered(cur, claimed.way_id, fate.answer, went=False, pause=rest)
        return
    cur.execute(_DONE, (fate.state, fate.reason, claimed.claim))
    rows.answered(cur, claimed.way_id, fate.answer or fate.reason, went=fate.state in ("sent", "kept"))


def next_telling(cur: Cursor) -> datetime | None:
    """Business time at which the next notice may leave; what is due and rests is looked at each second."""
    row = cur.execute(
        "select min(due_at) from staff_telling where state = 'waiting' and due_at > %s", (clock.now_from(cur),)
    ).fetchone()
    return row[0] if row else None
