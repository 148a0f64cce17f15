"""Dead templates: letters of the shop's own that no live scheme sends any more, or ever sent. Read only.

Told as a warning while a scheme is checked, for a letter dies by a change of a scheme. A letter that nobody sends hurts
nobody: its owner may have forgotten that he wrote it.
"""

from collections.abc import Callable, Collection, Mapping

from regulars.base.db import Cursor
from regulars.core.letters import letters
from regulars.core.read import read_scheme
from regulars.core.scheme import Scheme
from regulars.journeys.versions import live_versions
from regulars.outbox.catalogue import Letters

__all__ = ["unsent"]

Unsent = Callable[[str, Collection[str]], Mapping[str, bool]]


def unsent(cur: Cursor, shop_id: int, known: Letters, beside: Collection[str] = ()) -> Unsent | None:
    """Asks: were the scheme of this name to send these templates, which of the shop's own would nobody send then?

    The answer says of each whether that scheme sends it as it is live now. `beside`: texts that are checked together, and
    count as if they were live. None where the shop has no letters of its own, or a live text can't be read here.
    """
    own = known.written_here
    if not own:
        return None
    try:
        live = {version.scheme.name: version.scheme for version in live_versions(cur, shop_id)}
    except ValueError:
        return None
    others = {**live, **{found.name: found for text in beside if (found := read_scheme(text).scheme)}}

    def ask(name: str, sent: Collection[str]) -> dict[str, bool]:
        by_others = {key for other in others.values() if other.name != name for key in _sent(other)}
        was = _sent(live[name]) if name in live else set()
        return {key: key in was for key in own if key not in by_others and key not in sent}

    return ask


def _sent(scheme: Scheme) -> set[str]:
    return {letter.template for _, letter in letters(scheme) if letter.template is not None}
