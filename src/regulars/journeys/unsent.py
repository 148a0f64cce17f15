"""Dead templates: letters of the shop's own that no live scheme sends any more, or ever sent. Read only.

Told as a warning while a scheme is checked, for a letter dies by a change of a scheme. A letter that nobody sends hurts
nobody: its owner may have forgotten that he wrote it.
"""

from collections.abc import Callable, Collection, Mapping

from regulars.core.letters import letters
from regulars.core.scheme import Scheme
from regulars.journeys.beside import Beside
from regulars.outbox.catalogue import Letters

__all__ = ["unsent"]

Unsent = Callable[[str, Collection[str]], Mapping[str, bool]]


def unsent(known: Letters, schemes: Beside | None) -> Unsent | None:
    """Asks: were the scheme of this name to send these templates, which of the shop's own would nobody send then?

    The answer says of each whether that scheme sends it as it is live now. None where the shop has no letters of its own,
    or it isn't known what is live.
    """
    own = known.written_here
    if not own or schemes is None:
        return None
    live, others = schemes.live, schemes.all

    def ask(name: str, sent: Collection[str]) -> dict[str, bool]:
        by_others = {key for other in others.values() if other.name != name for key in _sent(other)}
        was = _sent(live[name]) if name in live else set()
        return {key: key in was for key in own if key not in by_others and key not in sent}

    return ask


def _sent(scheme: Scheme) -> set[str]:
    return {letter.template for _, letter in letters(scheme) if letter.template is not None}
