"""One written form for each address by which a person is reached: e-mail addresses and telephone numbers.

Pure. Owns what counts as the same address; must not know whose it is.
"""

import re
import unicodedata
from functools import lru_cache

import idna

from regulars.rules.phone import PhoneError, normalise

__all__ = ["email_address", "phone_number"]

_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@lru_cache(maxsize=8192)
def email_address(text: str) -> str | None:
    """The address of exactly one mailbox in lower case, its domain in punycode; None when it is none.

    Dots and tags of the local part are kept: they may be another person's mailbox elsewhere.
    """
    local, at, domain = unicodedata.normalize("NFC", text.strip()).lower().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local.encode()) > 64:
        return None
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > 253 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        return None
    return f"{local}@{domain}"


@lru_cache(maxsize=8192)
def phone_number(text: str, country: str) -> str | None:
    """The number in E.164, read as in `country` when it is written without one; None when it is no number."""
    try:
        return normalise(text, country)
    except PhoneError:
        return None
