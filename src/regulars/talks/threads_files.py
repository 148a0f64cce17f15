"""Files that come with a buyer's message: which are kept, which are only named, and why.

Pure. Bounded in number, size and kind, so that no mail fills the database and no program is handed on.
"""

import re
from collections.abc import Sequence

from regulars.talks.threads_incoming import File

__all__ = ["LARGEST", "MOST_KEPT", "Files", "safe_name"]

LARGEST = 5 * 1024 * 1024
"""Bytes of one file that is kept."""
LARGEST_TOGETHER = 10 * 1024 * 1024
MOST_KEPT = 20
_PROGRAM = re.compile(
    r"\.(?:exe|com|scr|bat|cmd|pif|msi|js|jse|vbs|vbe|wsf|wsh|hta|ps1|jar|lnk|reg|dll|cpl|iso|img|html?|xhtml|svgz?|shtml)$",
    re.IGNORECASE,
)
_BAD = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069/\\:*?\"<>|]+")


def safe_name(name: str) -> str:
    """A file name without a path, without what turns its ending around, at most 120 characters; '' when nothing is left."""
    name = _BAD.sub(" ", name.replace("\\", "/").rpartition("/")[2])
    name = " ".join(name.split()).strip(" .")
    if len(name) <= 120:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: 118 - len(ending)]}…{dot}{ending}" if dot and len(ending) <= 10 else name[:120]


class Files:
    """Takes files one by one and keeps what may be kept."""

    def __init__(self) -> None:
        self._found: list[File] = []
        self._room = LARGEST_TOGETHER

    def add(self, name: str, media_type: str, body: bytes | None, size: int, refused: str = "") -> None:
        """One file; `body` None when it wasn't even fetched."""
        why = refused or self._why_not(name, body, size)
        if len(self._found) >= 2 * MOST_KEPT:
            return
        kept = None if why else body
        if kept is not None:
            self._room -= size
        self._found.append(File(name=name, type=media_type[:100], size=size, body=kept, refused=why))

    def _why_not(self, name: str, body: bytes | None, size: int) -> str:
        if _PROGRAM.search(name):
            return "program"
        if len(self._found) >= MOST_KEPT:
            return "too_many"
        return "too_big" if body is None or size > min(LARGEST, self._room) else ""

    def all(self) -> Sequence[File]:
        """What came, in its order."""
        return tuple(self._found)
