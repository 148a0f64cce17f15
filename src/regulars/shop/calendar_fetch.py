"""A calendar file is fetched from the address that an owner gave: never within a transaction.

Owns what may go wrong on the way, as codes. The address may hold a key, so it lies encrypted and is never shown whole.
"""

from datetime import date, timedelta
from urllib.parse import urlsplit

from django.conf import settings

from regulars.base import calling
from regulars.base.calling import FateUnknown, NotHandedOver
from regulars.base.secrets import SecretBox, SecretUnreadable, split_keys
from regulars.base.ssrf import Forbidden
from regulars.shop.calendar_files import CalendarFileError, Found, read

__all__ = ["AHEAD", "FetchError", "address", "box", "fetch", "fetch_stored", "host_of", "window"]

SECONDS = 15.0
AHEAD = timedelta(days=2 * 366)
"""Days are read so far ahead."""


class FetchError(Exception):
    """The file could not be had; `code`: forbidden, unreachable, unreadable, http_NNN, or a CalendarFileError's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def address(text: str) -> str:
    """The address as it is called: calendars are often given as webcal://."""
    text = text.strip()
    scheme, colon, rest = text.partition("://")
    return f"https://{rest}" if colon and scheme.lower() in ("webcal", "webcals") else text


def host_of(url: str) -> str:
    """What may be shown of it."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def box() -> SecretBox:
    """What encrypts the addresses."""
    return SecretBox(split_keys(settings.SECRET_KEY))


def window(today: date) -> tuple[date, date]:
    """From when to when days are read."""
    return today, today + AHEAD


def fetch(url: str, today: date, *, playground: bool) -> Found:
    """The days off in the file at that address. Raises FetchError."""
    headers = {"accept": "text/calendar, */*;q=0.1"}
    try:
        answer = calling.call("GET", url, calling.reach(playground), headers=headers, seconds=SECONDS)
    except Forbidden as error:
        raise FetchError("forbidden") from error
    except (NotHandedOver, FateUnknown) as error:
        raise FetchError("unreachable") from error
    if answer.status != 200:
        raise FetchError(f"http_{answer.status}")
    try:
        return read(answer.body, *window(today))
    except CalendarFileError as error:
        raise FetchError(error.code) from error


def fetch_stored(stored: bytes, today: date, *, playground: bool) -> Found:
    """The same of an encrypted address."""
    try:
        url = box().decrypt(stored)
    except SecretUnreadable as error:
        raise FetchError("unreadable") from error
    return fetch(url, today, playground=playground)
