"""What a buyer wants to get and by which channel: shown by GET, kept by POST.

Owns the form. News of one's own orders is no choice: it always comes, without offers.
"""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.outbox.links import PREFERENCES
from regulars.people import queries as people
from regulars.public import consents
from regulars.public.link import Opened
from regulars.public.page import address_of, buyer_page, show

__all__ = ["preferences"]

NAMES = {"email": gettext_lazy("By e-mail"), "sms": gettext_lazy("By SMS")}


@buyer_page(PREFERENCES)
def preferences(request: HttpRequest, opened: Opened) -> HttpResponse:
    """GET shows the choices; POST keeps them, or stops all advertising."""
    state = consents.agreed(opened)
    is_saved = request.method == "POST"
    if is_saved:
        wanted = set() if request.POST.get("do") == "stop" else set(request.POST.getlist("channel"))
        proof = {"source": "preferences_page", "ip": address_of(request)}
        with db.transact() as cur:
            now = clock.now_from(cur)
            for channel, is_on in state.items():
                if (channel in wanted) == is_on:
                    continue
                consents.say(cur, opened, channel, channel in wanted, now, proof)
            reader = people.reach(cur, opened.shop.id, [opened.reader.person_id])[opened.reader.person_id]
        state = consents.agreed(Opened(opened.shop, reader, opened.expires_at))
    channels = [(channel, NAMES[channel], is_on) for channel, is_on in state.items()]
    return show(request, opened, "preferences", {"channels": channels, "is_saved": is_saved})
