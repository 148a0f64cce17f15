"""Feeds of telephones: what each vendor gives the shop, what has to be said of its account, and what is pasted there.

Owns these fields and their reading; the pages are feeds.py's. A credential is shown nowhere again: an empty field keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.intake import feed_registry
from regulars.rules.localtime import is_zone
from regulars.web.access import Seat
from regulars.web.settings import choices
from regulars.web.settings.form import Choice, Field, Form

__all__ = ["GIVEN", "TELEPHONES", "Given", "fields", "is_telephone", "read", "secret_field", "template_of"]

TELEPHONES: Mapping[str, tuple[Promise, Promise]] = {
    "mango": (gettext_lazy("Mango Office"), gettext_lazy("calls of its virtual PBX")),
    "uis": (gettext_lazy("UIS and CoMagic"), gettext_lazy("calls, by their notifications")),
    "zadarma": (gettext_lazy("Zadarma"), gettext_lazy("calls of its PBX")),
    "twilio": (gettext_lazy("Twilio"), gettext_lazy("calls of Twilio Voice")),
}
GIVEN: Mapping[str, Promise] = {
    "mango": gettext_lazy("Signature key (salt) of the PBX"),
    "zadarma": gettext_lazy("Secret of Zadarma’s API"),
    "twilio": gettext_lazy("Auth token of the account"),
    "mailgun": gettext_lazy("HTTP webhook signing key"),
}
"""Vendors, of mail too, who sign with a secret of their own: it is typed here, not made up."""
_ZONED = ("uis", "zadarma")
_CREDENTIALS: Mapping[str, tuple[str, Promise, Promise]] = {
    "mango": (
        "api_key",
        gettext_lazy("Code of the PBX (API key)"),
        gettext_lazy("for calls by a button, and recordings"),
    ),
    "uis": ("token", gettext_lazy("Key of the Call API"), gettext_lazy("for calls by a button on the card")),
    "zadarma": ("api_key", gettext_lazy("Key of Zadarma’s API"), gettext_lazy("for calls by a button, and recordings")),
}
MOST_NUMBERS = 10


@dataclass(frozen=True, slots=True)
class Given:
    """What a form says of a feed. `secret`: '' where it is to be made up, or to stay."""

    secret: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)


def is_telephone(kind: str) -> bool:
    """Whether a feed brings calls by its vendor's own ways."""
    return kind in TELEPHONES


def template_of(kind: str) -> str:
    """What has to be pasted at the vendor's; '' where nothing has."""
    return str(getattr(feed_registry.feed(kind), "TEMPLATE", ""))


def secret_field(kind: str) -> list[Field]:
    """The vendor's own secret, where he has one."""
    if kind not in GIVEN:
        return []
    return [Field("secret", str(GIVEN[kind]), kind="password", longest=200, hint=_("As the vendor’s page shows it."))]


def fields(kind: str, seat: Seat, own: Mapping[str, Any], kept: frozenset[str] = frozenset()) -> list[Field]:
    """What has to be said of the account; `kept`: the credentials that are there already."""
    found: list[Field] = []
    if kind in _ZONED:
        zone = str(own.get("time_zone") or seat.shop.time_zone)
        found.append(
            Field(
                "time_zone", _("Time zone of the account there"), kind="select",
                groups=choices.zones(zone, seat.shop.country, seat.language),
            )
        )  # fmt: skip
    if kind == "twilio":
        found += _twilio(own)
    if kind in ("uis", "twilio"):
        found.append(
            Field(
                "line", _("The shop’s number that buyers see"), own.get("line", ""), kind="tel", is_optional=True,
                is_short=True, hint=_("for calls by a button on the card"),
            )
        )  # fmt: skip
    if kind in _CREDENTIALS:
        name, label, hint = _CREDENTIALS[kind]
        shown = _("There is one; empty keeps it.") if name in kept else str(hint)
        found.append(Field(name, str(label), kind="password", is_optional=True, hint=shown))
    return found


def _twilio(own: Mapping[str, Any]) -> list[Field]:
    goes_on = "redirect" if own.get("redirect") else "dial"
    return [
        Field(
            "goes_on", _("Where an incoming call goes on"), kind="radios",
            choices=[
                Choice("dial", _("it rings these telephones"), goes_on == "dial"),
                Choice("redirect", _("to a flow of ours at Twilio"), goes_on == "redirect", _("its TwiML address")),
            ],
        ),
        Field("dial", _("Telephones"), own.get("dial", ""), is_optional=True, hint=_("With +, commas between them.")),
        Field("redirect", _("Address of the flow"), own.get("redirect", ""), is_optional=True, longest=2000),
        Field("account_sid", _("Account SID"), own.get("account_sid", ""), is_optional=True, longest=60),
    ]  # fmt: skip


def read(form: Form, kind: str, seat: Seat, *, is_new: bool) -> Given:
    """What was typed. `is_new`: the vendor's secret is needed."""
    own: dict[str, Any] = {}
    secret = form.text("secret", longest=200) if is_new and kind in GIVEN else ""
    if kind in _ZONED:
        own["time_zone"] = form.raw("time_zone", 64)
        if not is_zone(own["time_zone"]):
            form.refuse("time_zone", _("Choose one of the list."))
    if kind == "twilio":
        own |= _read_twilio(form, seat)
    if kind in ("uis", "twilio"):
        own["line"] = form.phone("line", seat.shop.country)
    name = _CREDENTIALS[kind][0] if kind in _CREDENTIALS else ""
    typed = form.text(name, longest=500, required=False) if name else ""
    return Given(secret, {k: v for k, v in own.items() if v}, {name: typed} if typed else {})


def _read_twilio(form: Form, seat: Seat) -> dict[str, Any]:
    own: dict[str, Any] = {"account_sid": form.text("account_sid", longest=60, required=False)}
    if form.one_of("goes_on", ("dial", "redirect")) == "redirect":
        own["redirect"] = form.text("redirect", longest=2000)
        if own["redirect"] and not own["redirect"].startswith("https://"):
            form.refuse("redirect", _("An address that begins with https:// is needed."))
        own["answered"] = "flow"
        return own
    numbers = []
    for part in form.text("dial", longest=400).split(","):
        one = Form(form.data.copy())
        one.data["one"] = part
        found = one.phone("one", seat.shop.country)
        if one.problems or not found:
            form.refuse("dial", _("This is not a telephone number. Begin with + and the country’s code."))
        numbers.append(found)
    own["dial"] = ",".join(numbers[:MOST_NUMBERS])
    return own
