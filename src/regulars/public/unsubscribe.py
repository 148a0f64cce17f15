"""Unsubscribing: the page of the link, and the one click of mail programs (RFC 8058), which has no cookie and no form.

Owns both; what it means for consents is consents.py's. A GET, by whatever scanner, changes nothing.
"""

from django.http import HttpRequest, HttpResponse

from regulars.base import clock, db
from regulars.outbox import queries as outbox
from regulars.outbox.links import UNSUBSCRIBE
from regulars.public import consents
from regulars.public.link import Opened, preferences_path
from regulars.public.page import address_of, buyer_page, show

__all__ = ["unsubscribe"]


@buyer_page(UNSUBSCRIBE)
def unsubscribe(request: HttpRequest, opened: Opened) -> HttpResponse:
    """GET asks, POST stops advertising to that address; once more is harmless. Both answer 200."""
    if request.method != "POST":
        return show(request, opened, "unsubscribe", {"preferences": preferences_path(opened)})
    is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    with db.transact() as cur:
        channel, address = _written_to(cur, opened)
        proof = {
            "source": "one_click" if is_one_click else "unsubscribe_page",
            "message": str(opened.message_id),
            "ip": address_of(request),
        }
        consents.say(cur, opened, channel, False, clock.now_from(cur), proof, address)
    return show(request, opened, "unsubscribed", {"preferences": preferences_path(opened)})


def _written_to(cur: db.Cursor, opened: Opened) -> tuple[str, str]:
    """Channel and address of the message that carried the link; mail if that is unknown."""
    found = outbox.message(cur, opened.shop.id, opened.message_id) if opened.message_id else None
    channel = found.row.channel if found else None
    if found is None or channel is None or channel not in consents.CHANNELS:
        return "email", ""
    return channel, found.address or ""
