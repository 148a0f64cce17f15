"""Makes the Russian catalogue that Django reads out of the one that people write: `python -m regulars.project.compile_messages`.

Owns that step and the no-break spaces in it, so that no translator puts them in by hand. Needs no gettext tools.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from regulars.outbox.typography import typography

__all__ = ["compile_all", "ensure"]

LOCALE = Path(__file__).resolve().parent / "locale"
_TAGS = re.compile(r"(<[^>]*>)")


def compile_all() -> list[Path]:
    """Compile every catalogue; the files written. Raises OSError where they may not be written."""
    written = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, domain=source.stem)
        _typeset(catalogue)
        written.append(_write(catalogue, source.with_suffix(".mo")))
    return written


def ensure() -> None:
    """Compile what is missing or older than its source; where nothing may be written, what is there serves."""
    try:
        sources = LOCALE.glob("*/LC_MESSAGES/*.po")
        if any(_is_stale(source, source.with_suffix(".mo")) for source in sources):
            compile_all()
    except OSError:
        return


def _is_stale(source: Path, compiled: Path) -> bool:
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def _typeset(catalogue: Catalog) -> None:
    language = str(catalogue.locale)
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.string, str):
            message.string = _spaced(message.string, language)
        elif message.string is not None:
            message.string = tuple(_spaced(form, language) for form in message.string)


def _spaced(text: str, language: str) -> str:
    """No-break spaces in the words, none inside a tag."""
    pieces = _TAGS.split(text)
    pieces[::2] = [typography(piece, language) for piece in pieces[::2]]
    return "".join(pieces)


def _write(catalogue: Catalog, target: Path) -> Path:
    """Written beside and moved, so that a process that starts meanwhile reads a whole file."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, suffix=".mo")
    with os.fdopen(descriptor, "wb") as file:
        write_mo(file, catalogue)
    os.chmod(name, 0o644)
    return Path(name).replace(target)


if __name__ == "__main__":
    for path in compile_all():
        sys.stdout.write(f"{path}\n")
