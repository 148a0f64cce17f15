"""The frame of the settings: which pages there are, for whom, and the note of when something was saved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.web.access import Seat
from regulars.web.page import say_for, show

__all__ = ["SAVED", "said", "say_saved", "show_settings"]

SAVED = "saved"
"""Tag of a message that stands beside the button, not in a toast."""

# (route, label, icon, whether the owner alone may see it)
_PAGES: tuple[tuple[str, Promise, str, bool], ...] = (
    ("settings", gettext_lazy("Shop"), "store", False),
    ("settings_hours", gettext_lazy("Working hours"), "clock", False),
    ("settings_clocks", gettext_lazy("Clocks"), "timer", False),
    ("settings_messages", gettext_lazy("Messages"), "message-square-text", False),
    ("settings_rank", gettext_lazy("Order of calls"), "list-ordered", False),
    ("settings_promises", gettext_lazy("Promises"), "handshake", False),
    ("settings_scripts", gettext_lazy("Scripts"), "scroll-text", False),
    ("settings_teams", gettext_lazy("Teams"), "users-round", False),
    ("settings_routing", gettext_lazy("Who gets what"), "split", False),
    ("settings_unmeant", gettext_lazy("Tests and doubles"), "flag", False),
    ("settings_telling", gettext_lazy("Warnings"), "bell-ring", False),
    ("settings_fields", gettext_lazy("Who sees what"), "eye", True),
    ("settings_telephone", gettext_lazy("Telephone"), "phone", False),
    ("team", gettext_lazy("Staff"), "user-cog", True),
    ("settings_motivation", gettext_lazy("Motivation"), "hand-coins", False),
    ("settings_feeds", gettext_lazy("Feeds"), "cable", True),
    ("settings_keys", gettext_lazy("API keys"), "key-round", True),
    ("settings_channels", gettext_lazy("Channels"), "send", False),
)


def show_settings(
    request: HttpRequest, seat: Seat, page: str, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of the settings; `page` is its route."""
    pages = [
        {"href": reverse(f"web:{route}"), "label": label, "icon": icon, "is_current": route == page}
        for route, label, icon, owners in _PAGES
        if seat.is_owner or not owners
    ]
    heading = next(str(label) for route, label, _icon, _owners in _PAGES if route == page)
    frame = {"pages": pages, "page_name": heading, "may_change": seat.is_owner}
    return show(request, seat, "settings", template, {**frame, **context}, status)


def say_saved(request: HttpRequest, seat: Seat, now: datetime, more: Sequence[str] = (), where: str = "page") -> None:
    """Beside the button: 'saved 14:38', and what followed from it. `where`: beside which, if a page has several."""
    words = [_("Saved %(at)s") % {"at": say_for(seat, now).when(now)}, *more]
    messages.success(request, " · ".join(words), extra_tags=f"{SAVED} {where}")


def said(request: HttpRequest, words: str) -> None:
    """A toast for a done deed."""
    messages.success(request, words)
