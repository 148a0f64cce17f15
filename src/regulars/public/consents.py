"""What a buyer says about advertising on his own pages, with its proof: no more by this channel, or again.

Owns what 'unsubscribe' and 'again' mean in consents and in the stop-list; saying the same again changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.people import actions as people
from regulars.public.link import Opened

__all__ = ["CHANNELS", "agreed", "say"]

CHANNELS: Mapping[str, str] = {"email": "email", "sms": "phone"}
"""Channels that carry advertising, each with the kind of contact point it writes to."""
ADVERTISING = "advertising"


def agreed(opened: Opened) -> dict[str, bool]:
    """For each channel by which the reader can be reached: whether advertising comes by it."""
    out = {}
    for channel, kind in CHANNELS.items():
        point = opened.reader.points.get(kind)
        if point is not None:
            out[channel] = opened.reader.consents_to(channel) and point.unsubscribed_at is None
    return out


def say(
    cur: Cursor, opened: Opened, channel: str, given: bool, now: datetime, proof: Mapping[str, Any], address: str = ""
) -> None:
    """Keep the reader's word on advertising by one channel. `address`: the one it stood in, when it isn't his newest."""
    shop_id, reader, kind = opened.shop.id, opened.reader, CHANNELS[channel]
    point = reader.points.get(kind)
    addresses = sorted({a for a in (address, point.value if point else "") if a})
    if given and point is not None and point.suppressed is None:
        # Only then is the stop on advertising the one thing that stands against the address; a bounce stays.
        people.unsuppress(cur, shop_id, kind, point.value, opened.actor)
    if not given and addresses:
        people.suppress(cur, shop_id, kind, addresses, "asked", opened.actor, now, scope=ADVERTISING)
    said = reader.consents.get(f"{channel}.{ADVERTISING}")
    if said is None or said.given != given:
        people.say_consent(
            cur, shop_id, reader.person_id, channel, ADVERTISING, given, opened.actor, now, {**proof, "text": "1"}
        )
