"""Template tags of the staff's pages: built assets by their name, icons, initials.

Owns where the build put the assets; the icons are Lucide's, drawn into the page.
"""

import functools
import json
import re
from pathlib import Path

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from regulars.outbox.spoken_liquid import FILLED, MISSING, Pieces

__all__ = ["asset", "codes", "icon", "initials", "register", "said"]

BUILT = Path(__file__).parent / "static" / "built"
register = template.Library()
_PIECES = {"": "{}", FILLED: "<mark>{}</mark>", MISSING: '<mark class="gap">{}</mark>'}
_QUOTED = re.compile(r"`([^`]+)`")


@functools.cache
def _names() -> dict[str, str]:
    return json.loads((BUILT / "assets.json").read_text())  # type: ignore[no-any-return]


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file: 'staff.css' becomes /static/built/staff-<hash>.css.

    Raises KeyError for a name that the build doesn't make, FileNotFoundError where nothing was built.
    """
    return static(f"built/{_names()[name]}")


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon; `size` '' is 16, 's' 14, 'l' 20 pixels. With a label it speaks, without it is decoration.

    Raises lucide.IconDoesNotExist for a name that Lucide doesn't have.
    """
    return _icon(name, str(size), str(label))


@functools.lru_cache(maxsize=512)
def _icon(name: str, size: str, label: str) -> SafeString:
    more = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    classes = f"icon {size}".strip()
    return SafeString(lucide(name, size=None, **{"class": classes, **more}).strip())


@register.filter
def said(pieces: Pieces) -> SafeString:
    """What an operator says: words filled in are marked, so that the eye can check them, and gaps more so.

    A function, since a card has some thirty of them, and a part of a template costs ten times as much.
    """
    return SafeString("".join(_PIECES[kind].format(conditional_escape(text)) for text, kind in pieces))


@register.filter
def initials(name: str) -> str:
    """The first letters of the first two words: 'Andrey Petrov' becomes 'AP'."""
    return "".join(word[0] for word in str(name).split()[:2] if word[:1].isalpha()).upper()


LONG_ADDRESS = 24
"""So many characters fit in the narrowest column."""


@register.filter
def mailbox(address: str) -> SafeString:
    """An address that is broken before its @ if it is too long for a column of facts."""
    shown = str(conditional_escape(address))
    return SafeString(shown.replace("@", "<wbr>@") if len(address) > LONG_ADDRESS else shown)


@register.filter
def codes(text: str) -> SafeString:
    """What stands between backticks as code: the names of settings and commands, of steps and fields."""
    return SafeString(_QUOTED.sub(r"<code>\1</code>", str(conditional_escape(text))))


@register.simple_tag
def meter(done: float, tone: str = "teal") -> SafeString:
    """A bar of 100; `done` in percent, `tone` teal, amber or red."""
    return format_html(
        '<svg class="r-meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="f-{}" width="{}" height="6"></rect></svg>',
        tone,
        min(max(round(done), 0), 100),
    )
