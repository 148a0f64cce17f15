"""The shop's staff: who works here as what, who is let in, and the one-time link for somebody who can't log in.

An account that works in another owner's shop too is his to manage in this shop only: no link, no log-out everywhere.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import audit, clock, db
from regulars.base.db import Cursor
from regulars.shop import queries as shops
from regulars.staff import actions, queries, shifts
from regulars.staff.actions import StaffError
from regulars.staff.models import ROLES
from regulars.staff.queries import Colleague
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.page import say_for
from regulars.web.settings import choices
from regulars.web.settings.choices import LANGUAGES
from regulars.web.settings.form import Choice, Field, Form, chosen
from regulars.web.settings.page import said, say_saved, show_settings

__all__ = ["add", "close", "end_sessions", "link", "listing", "one", "reopen", "save"]


@staff("GET", roles=OWNER)
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Who works here as what."""
    return _list(request, seat)


@staff("POST", roles=OWNER)
def add(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A new colleague; whoever has no account yet gets a link, which is in this one answer."""
    form = Form(request.POST)
    name, email, role = form.text("name", longest=80), form.email("email"), form.one_of("role", ROLES)
    language = form.one_of("language", LANGUAGES)
    with db.transact() as cur:
        teams = form.some_of("teams", shops.team_keys(cur, seat.shop.id))
        if not form.is_good:
            return _list(request, seat, form, status=422)
        try:
            account_id = actions.create_account(
                cur, seat.shop.id, email, name, role, seat.actor, language=language, teams=teams, only_new=True
            )
        except StaffError:
            form.refuse("email", _("Somebody with this address works here already."))
            return _list(request, seat, form, status=422)
        found = _own(cur, seat, account_id)
        secret = None if found.has_password or not _is_ours(cur, seat, account_id) else _link(cur, seat, account_id)
    if secret is None:
        said(request, _("%(name)s works here too now, with the password that there is.") % {"name": found.name})
        return redirect("web:team")
    return _list(request, seat, link_name=found.name or found.email, address=_address(request, secret))


@staff("GET", roles=OWNER)
def one(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """One colleague: role and teams, and the deeds on the account."""
    return _one(request, seat, account_id)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """Change role and teams."""
    form = Form(request.POST)
    role = form.one_of("role", ROLES)
    with db.transact() as cur:
        _own(cur, seat, account_id)
        teams = form.some_of("teams", shops.team_keys(cur, seat.shop.id))
        now = clock.now_from(cur)
        most = form.number("most_tasks", 1, 100) if form.raw("most_tasks") else None
        extension = form.text("extension", longest=60, required=False)
        try:
            if form.is_good:
                with db.transact() as deed:  # all, or nothing
                    actions.set_role(deed, seat.shop.id, account_id, role, teams, seat.actor)
                    actions.set_most_tasks(deed, seat.shop.id, account_id, most, seat.actor)
                    if "extension" in form.data:
                        actions.set_extension(deed, seat.shop.id, account_id, extension, seat.actor)
        except StaffError as error:
            form.refuse("extension" if error.code == "extension_taken" else "role", _refusal(error))
    if not form.is_good:
        return _one(request, seat, account_id, form, status=422)
    say_saved(request, seat, now)
    if account_id == seat.account.pk and role != "owner":
        return redirect("web:home")
    return redirect("web:colleague", account_id)


@staff("POST", roles=OWNER)
def link(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """Make a link that logs this colleague in once within a day; it is shown here and kept nowhere."""
    with db.transact() as cur:
        found = _own(cur, seat, account_id)
        if not found.is_active:
            raise Http404
        if not _is_ours(cur, seat, account_id):
            raise PermissionDenied
        secret = _link(cur, seat, account_id)
    return _list(request, seat, link_name=found.name or found.email, address=_address(request, secret))


@staff("POST", roles=OWNER)
def close(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """This colleague works here no longer."""
    form = Form(request.POST)
    with db.transact() as cur:
        found = _own(cur, seat, account_id)
        now = clock.now_from(cur)
        try:
            shifts.begin(cur, seat.shop.id, account_id, now)  # whatever he has goes back, had he a shift or not
            actions.close_account(cur, seat.shop.id, account_id, seat.actor)
            shifts.end(cur, seat.shop.id, account_id, seat.actor, now)
        except StaffError as error:
            form.refuse("account", _refusal(error))
    if not form.is_good:
        return _one(request, seat, account_id, form, status=422)
    said(request, _("%(name)s is not let in any more.") % {"name": found.name or found.email})
    return redirect("web:team")


@staff("POST", roles=OWNER)
def reopen(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """This colleague works here again."""
    with db.transact() as cur:
        found = _own(cur, seat, account_id)
        actions.reopen_account(cur, seat.shop.id, account_id, seat.actor)
    said(request, _("%(name)s is let in again.") % {"name": found.name or found.email})
    return redirect("web:colleague", account_id)


@staff("POST", roles=OWNER)
def end_sessions(request: HttpRequest, seat: Seat, account_id: int) -> HttpResponse:
    """Log this colleague out everywhere."""
    with db.transact() as cur:
        found = _own(cur, seat, account_id)
        if not _is_ours(cur, seat, account_id):
            raise PermissionDenied
        actions.end_sessions(cur, seat.shop.id, account_id, seat.actor)
    said(request, _("%(name)s is logged out everywhere.") % {"name": found.name or found.email})
    return redirect("web:colleague", account_id)


def _refusal(error: StaffError) -> str:
    if error.code == "last_owner":
        return _("This is the shop’s only owner. Make somebody else an owner first.")
    if error.code == "extension_taken":
        return _("Somebody else has this extension.")
    return str(error)


def _own(cur: Cursor, seat: Seat, account_id: int) -> Colleague:
    found = {c.account_id: c for c in queries.colleagues(cur, seat.shop.id)}.get(account_id)
    if found is None:
        raise Http404
    return found


def _is_ours(cur: Cursor, seat: Seat, account_id: int) -> bool:
    """Whether the account works only where this owner owns: the link opens all of its shops."""
    owned = {m.shop_id for m in seat.memberships if m.role == "owner"}
    return all(m.shop_id in owned for m in queries.memberships(cur, account_id))


def _link(cur: Cursor, seat: Seat, account_id: int) -> str:
    audit.write(cur, seat.shop.id, seat.actor, "account.link_made", "account", account_id)
    return actions.login_link(cur, account_id)


def _address(request: HttpRequest, secret: str) -> str:
    base = settings.REGULARS_PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return base + reverse("web:login_link", args=[secret])


def _role_field(role: str) -> Field:
    notes = {
        "operator": _("answers orders at the desk"),
        "supervisor": _("and decides what waits for a decision, sees the settings"),
        "owner": _("and changes everything, schemes and settings too"),
    }
    choices = [Choice(r, words.word(words.ROLES, r), r == role, notes[r]) for r in reversed(ROLES)]
    return Field("role", _("Role"), kind="radios", choices=choices)


def _teams_field(cur: Cursor, seat: Seat, teams: list[str]) -> Field:
    titles = {k: t.get(seat.language) or k for k, t in shops.team_titles(cur, seat.shop.id).items()}
    return Field(
        "teams",
        _("Teams"),
        kind="checks",
        choices=chosen(titles.items(), teams),
        hint=_("None ticked means all of them."),
    )


def _extension_field(found: Colleague) -> Field:
    return Field(
        "extension", _("Telephone extension"), found.extension, is_optional=True, is_short=True, longest=60,
        hint=_("The inner number by which the shop’s telephony rings this colleague, such as 101."),
    )  # fmt: skip


def _list(
    request: HttpRequest,
    seat: Seat,
    form: Form | None = None,
    *,
    link_name: str = "",
    address: str = "",
    status: int = 200,
) -> HttpResponse:
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        titles = {k: t.get(seat.language) or k for k, t in shops.team_titles(cur, seat.shop.id).items()}
        found: list[dict[str, Any]] = [
            {
                "c": c,
                "role": words.word(words.ROLES, c.role),
                "last": say.when(c.last_login),
                "teams": ", ".join(titles.get(k, k) for k in c.teams) or _("all teams"),
            }
            for c in queries.colleagues(cur, seat.shop.id)
        ]
        fields = [
            Field("name", _("Name"), longest=80),
            Field("email", _("E-mail"), kind="email", hint=_("For logging in; nothing is sent to it."), longest=320),
            _role_field("operator"),
            _teams_field(cur, seat, []),
            Field(
                "language", _("Language of the screens"), kind="select", choices=choices.languages(seat.language),
                is_short=True,
            ),
        ]  # fmt: skip
    if form is not None:
        form.shown(fields)
    context = {
        "colleagues": found,
        "fields": fields,
        "link_name": link_name,
        "link": address,
        "is_open": form is not None,
    }
    return show_settings(request, seat, "team", "team", context, status)


def _one(
    request: HttpRequest, seat: Seat, account_id: int, form: Form | None = None, status: int = 200
) -> HttpResponse:
    with db.transact() as cur:
        found = _own(cur, seat, account_id)
        say = say_for(seat, clock.now_from(cur))
        fields = [
            _role_field(found.role),
            _teams_field(cur, seat, list(found.teams)),
            Field(
                "most_tasks", _("Tasks at once"), "" if found.most_tasks is None else found.most_tasks, kind="number",
                is_short=True, is_optional=True,
                hint=_("Empty: as many as the shop says, %(n)d.") % {"n": seat.shop.most_tasks},
            ),
            _extension_field(found),
        ]  # fmt: skip
        is_ours = _is_ours(cur, seat, account_id)
    if form is not None and "role" in form.data:
        form.shown(fields)
    context = {
        "c": found,
        "fields": fields,
        "last": say.when(found.last_login) if found.last_login else "",
        "is_ours": is_ours,
        "is_me": account_id == seat.account.pk,
        "problem": form.problems.get("account", "") if form is not None else "",
        "ask": request.GET.get("ask", ""),
    }
    return show_settings(request, seat, "team", "colleague", context, status)
