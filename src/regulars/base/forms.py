"""The fields of a form as a program sends it: url-encoded, or in the parts of multipart/form-data.

Pure; never raises, and keeps bytes that are no text, so that what was signed can be signed again.
"""

import re
from urllib.parse import parse_qsl

__all__ = ["fields", "pairs"]

MOST_FIELDS = 500
_NAME = re.compile(rb'name="([^"]{1,200})"', re.IGNORECASE)


def pairs(body: bytes) -> list[tuple[str, str]]:
    """Names and values in their order; nothing when it is no form."""
    if body.startswith(b"--"):
        return _parts(body)
    try:
        # each byte as one character, so that none is lost before it is known whether they are UTF-8
        found = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="latin-1"
        )
    except ValueError:
        return []
    return [(_text(name.encode("latin-1")), _text(value.encode("latin-1"))) for name, value in found]


def fields(body: bytes) -> dict[str, str]:
    """Values by name; of several with one name the last."""
    return dict(pairs(body))


def _parts(body: bytes) -> list[tuple[str, str]]:
    """By the boundary that the body begins with: some senders name another one in their header."""
    boundary, _, _ = body.partition(b"\r\n")
    found = []
    for part in body.split(boundary)[1 : MOST_FIELDS + 1]:
        head, blank, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if blank and name:
            found.append((_text(name[1]), _text(value.removesuffix(b"\r\n"))))
    return found


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
