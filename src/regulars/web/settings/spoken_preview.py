"""A text as operators would see it in a call about a real order, and the words of what is wrong with it.

Owns which order it is tried on and the sentences of problems. Nothing is written, and looking at the order is no look at
the person: names are shown to those alone who may open the card.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base.db import Cursor
from regulars.orders import queries as orders
from regulars.outbox import spoken
from regulars.outbox.spoken_text import Reading, SpokenProblem
from regulars.people import queries as people
from regulars.shop import queries as shops
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.desk import goods as wares
from regulars.web.desk import picker
from regulars.web.desk.card import zone_of
from regulars.web.desk.said import Talk
from regulars.web.desk.script import Script, shown
from regulars.web.say import Say

__all__ = ["Asked", "asked", "context"]

SENTENCES: words.Words = {
    "needs_title_and_lines": gettext_lazy("A script has a title and lines."),
    "needs_lines": gettext_lazy("There are no lines yet: each begins with “- step:”."),
    "needs_step": gettext_lazy("Each line needs the name of its step."),
    "needs_questions": gettext_lazy("A list is needed: each question begins with “- question:”."),
    "needs_question_and_answer": gettext_lazy("Both are needed: question and answer."),
    "needs_phrases": gettext_lazy("A list is needed: each phrase begins with “- en:”."),
    "needs_text": gettext_lazy("A text is missing here: in one language at least."),
    "too_long": gettext_lazy("That is too long: %(most)s characters at most."),
    "too_many": gettext_lazy("That is too much: %(most)s at most."),
    "unknown_key": gettext_lazy("Nothing is called “%(key)s” here. There are: %(known)s."),
    "unknown_situation": gettext_lazy("There is no situation “%(name)s”. There are: %(known)s."),
    "bad_outcome": gettext_lazy("An outcome is small Latin letters and underscores: “%(outcome)s” isn’t."),
    "liquid_unknown_field": gettext_lazy("Nobody knows “%(field)s”."),
    "liquid_unknown_filter": gettext_lazy("There is no filter “%(filter)s”."),
    "liquid_unknown_tag": gettext_lazy("There is no tag “%(tag)s”."),
    "liquid_syntax": gettext_lazy("What stands in braces can’t be read: look at the braces, quotes and bars."),
    "liquid_too_much": gettext_lazy("What stands in braces is too long."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """On which order it is tried (its number), and in which language it is said; '' for the buyer's."""

    order: str
    language: str


def asked(request: HttpRequest) -> Asked:
    """What the form says."""
    given = request.POST if request.method == "POST" else request.GET
    language = given.get("language", "")
    return Asked(given.get("order", "").replace("\x00", "").strip()[:100], language if language in ("en", "ru") else "")


def context(cur: Cursor, seat: Seat, say: Say, kind: str, found: Reading, on: Asked) -> dict[str, Any]:
    """The problems and the preview for their template."""
    problems = [
        {"line": p.line, "text": _sentence(p, seat.language), "meant": p.did_you_mean or ""} for p in found.problems
    ]
    row = next(iter(orders.page(cur, seat.shop.id, text=on.order, limit=1)), None)
    card = people.card(cur, seat.shop.id, row.person_id) if row is not None and row.person_id else None
    preview = None
    if row is not None and card is not None and found.content is not None and not problems:
        preview = _preview(cur, seat, say, kind, found, row.id, card, on.language)
    return {
        "problems": problems,
        "preview": preview,
        "preview_order": row.number if row else on.order,
        "preview_language": on.language,
        "no_order": "" if card is not None else _("no such order") if on.order else _("no order yet"),
    }


def _preview(
    cur: Cursor, seat: Seat, say: Say, kind: str, found: Reading, order_id: int, card: people.PersonCard, language: str
) -> Script:
    ids = people.ids_of(cur, seat.shop.id, card.id)
    zone = zone_of(seat, card)
    said = language or (card.language or seat.shop.language).partition("-")[0]
    talk = Talk(
        card=card,
        person_id=card.id,
        person_ids=ids,
        order_id=order_id,
        goods=wares.load(cur, seat.shop.id, 0, order_id, ids, say.now),
        language=said if said in ("en", "ru") else "en",
        days=picker.days(seat.shop, shops.worktimes(cur, seat.shop.id).get(shops.SHOP_TEAM), zone, say),
        about=spoken.about(cur, seat.shop.id),
        zone=zone,
    )
    empty: dict[str, Any] = {"title": {"en": "", "ru": ""}, "lines": []}
    return shown(
        cur, seat, say, talk,
        found.content if kind == "script" else empty,
        found.content if kind == "questions" else [],
        found.content if kind == "closing" else [],
    )  # fmt: skip


def _sentence(problem: SpokenProblem, language: str) -> str:
    if problem.code in SENTENCES:
        return str(SENTENCES[problem.code]) % problem.params
    return problem.said.get(language) or problem.code
