"""A thread in words: who said what and when, and how it stands with what we said.

Owns what a bubble and a row of the list show. Words of buyers are text, never markup.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.base.db import Cursor
from regulars.orders import queries as orders
from regulars.outbox import queries as outbox
from regulars.outbox.queries import MessageRow as Letter
from regulars.people import queries as people
from regulars.shop import queries as shops
from regulars.talks import threads_queries as talks
from regulars.talks.threads_queries import MessageRow, ThreadRow
from regulars.web import rows, words
from regulars.web.access import Seat
from regulars.web.actors import actors
from regulars.web.say import Say, mask_email, span

__all__ = ["AUTO", "REFUSED", "address", "bubbles", "files_words", "listed"]

AUTO: words.Words = {
    "auto_reply": gettext_lazy("automatic answer"),
    "list": gettext_lazy("mailing list"),
    "bulk": gettext_lazy("bulk mail"),
    "null_sender": gettext_lazy("from a mail server"),
    "robot": gettext_lazy("written by a machine"),
    "start": gettext_lazy("opened the chat"),
    "contact": gettext_lazy("shared the telephone"),
    "greeting": gettext_lazy("sent by itself"),
}
REFUSED: words.Words = {
    "too_big": gettext_lazy("too large, not kept"),
    "too_many": gettext_lazy("too many files, not kept"),
    "too_deep": gettext_lazy("nested too deep, not kept"),
    "program": gettext_lazy("may be a program, not kept"),
    "in_telegram": gettext_lazy("look at it in Telegram"),
    "someone_elses": gettext_lazy("somebody else’s card"),
}
_ICONS = {"email": "mail", "telegram": "send"}
_STATE_ICONS = {"queued": "clock", "sending": "clock", "sent": "check", "cancelled": "undo-2"}


def address(seat: Seat, thread: ThreadRow, *, whole: bool) -> str:
    """The other side's address, masked unless it may be seen; a chat has a number that says nothing."""
    if thread.channel != "email":
        return ""
    return thread.address if whole else mask_email(thread.address)


def bubbles(
    cur: Cursor, seat: Seat, say: Say, thread: ThreadRow, said: Sequence[MessageRow] | None = None
) -> list[dict[str, Any]]:
    """What was said in a thread, oldest first, each with its day where a new one begins."""
    found = talks.messages(cur, seat.shop.id, thread.id) if said is None else said
    sent = _letters(cur, seat, [m.outbox_id for m in found])
    claimed = _letters(cur, seat, [m.letter_id for m in found])
    numbers = orders.by_id(cur, seat.shop.id, sorted({m.order_id for m in found if m.order_id}))
    names = people.cards(cur, seat.shop.id, [c.person_id for c in claimed.values()])
    his = set(people.ids_of(cur, seat.shop.id, thread.person_id))
    who = actors(cur, seat, [m.actor for m in found])
    out, day, subject, about = [], "", "", thread.order_id
    for message in found:
        today = say.day(message.at)
        letter = claimed.get(message.letter_id or 0)
        order = numbers.get(message.order_id or 0)
        foreign = letter is not None and letter.person_id not in his
        out.append(
            {
                "id": message.id,
                "inward": message.inward,
                "text": message.text,
                "whole": message.whole,
                "subject": message.subject if message.inward and message.subject != subject else "",
                "at": f"{say.here(message.at):%H:%M}",
                "day": today if today != day else "",
                "who": "" if message.inward else who.name(message.actor),
                "auto": words.word(AUTO, message.auto),
                "files": _files(message, say),
                "order_id": order.id if order and order.id != about else None,
                "order": order.number if order else "",
                "letter": letter,
                "claims": names[letter.person_id] if foreign and letter and letter.person_id in names else None,
                "state": _state(sent.get(message.outbox_id or 0), say) if message.outbox_id else None,
            }
        )
        day, subject = today, message.subject if message.inward else subject
        about = message.order_id or about
    return out


def _letters(cur: Cursor, seat: Seat, ids: Iterable[int | None]) -> dict[int, Letter]:
    wanted = sorted({i for i in ids if i})
    return {r.id: r for r in outbox.messages(cur, seat.shop.id, ids=wanted, limit=len(wanted))} if wanted else {}


def _state(letter: Letter | None, say: Say) -> dict[str, Any]:
    """How it stands with what we said."""
    if letter is None:
        return {"text": "", "tone": "", "icon": "clock", "id": None}
    text = words.word(words.MESSAGE_STATES, letter.state)
    reason = words.reason(letter.reason, letter.why.get("params", {}), say)
    if letter.state == "queued" and letter.send_after > say.now and not letter.reason:
        text = _("goes out in %(span)s") % {"span": span(letter.send_after - say.now)}
    return {
        "text": f"{text}: {reason}" if reason and letter.state != "sent" else text,
        "tone": {"sent": "ok", "failed": "late", "refused": "late", "unknown": "soon"}.get(letter.state, ""),
        "icon": _STATE_ICONS.get(letter.state, "circle-alert"),
        "id": letter.id,
    }


def _files(message: MessageRow, say: Say) -> list[dict[str, Any]]:
    return [
        {
            "n": n,
            "name": file["name"] or _("file"),
            "size": _size(file["size"], say) if file["size"] else "",
            "refused": words.word(REFUSED, file.get("refused")),
            "is_kept": "digest" in file,
        }
        for n, file in enumerate(message.files)
    ]


def _size(size: int, say: Say) -> str:
    if size < 1024 * 1024:
        return _("%(n)s KB") % {"n": say.number(max(1, size // 1024))}
    return _("%(n)s MB") % {"n": say.number(round(size / (1024 * 1024)))}


def files_words(n: int) -> str:
    """What a preview says of a message that is files alone."""
    return ngettext("%(n)d file", "%(n)d files", n) % {"n": n}


def listed(cur: Cursor, seat: Seat, say: Say, found: Sequence[ThreadRow]) -> list[dict[str, Any]]:
    """Threads as a list shows them."""
    names = rows.names_of(cur, seat, (t.person_id for t in found), (t.order_id for t in found))
    last = talks.previews(cur, seat.shop.id, [t.id for t in found])
    titles = shops.team_titles(cur, seat.shop.id) if found else {}
    return [
        {
            "id": t.id,
            "person_id": t.person_id,
            "who": names.person(t.person_id) or address(seat, t, whole=False),
            "order_id": t.order_id,
            "order": names.order(t.order_id),
            "channel": words.word(words.CHANNELS, t.channel),
            "icon": _ICONS.get(t.channel, "message-circle"),
            "subject": t.subject,
            "at": say.when(t.last_at),
            "waits": span(say.now - t.waits_since) if t.waits_since else "",
            "team": titles.get(t.team, {}).get(seat.language, t.team),
            **_preview(last.get(t.id)),
        }
        for t in found
    ]


def _preview(last: talks.Preview | None) -> dict[str, Any]:
    if last is None:
        return {"preview": "", "is_ours": False}
    text = " ".join(last.text.split())
    return {
        "preview": text or words.word(AUTO, last.auto) or (files_words(last.files) if last.files else ""),
        "is_ours": not last.inward,
    }
