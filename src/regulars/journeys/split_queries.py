"""Which split tests of a scheme's text are decided, so that everybody new goes one way. Reads only.

Deciding is `winners`'; how the ways do is reports'.
"""

from regulars.base.db import Cursor
from regulars.core.deeds import Split
from regulars.core.read import read_scheme
from regulars.core.scheme import Scheme
from regulars.journeys import winners
from regulars.journeys.winners import Decided

__all__ = ["decided_in", "decided_in_text"]


def decided_in(cur: Cursor, shop_id: int, scheme_id: int, scheme: Scheme) -> dict[str, Decided]:
    """By step, what holds in this text: a decision for a way that the step doesn't have moves nobody."""
    if not any(isinstance(step, Split) for step in scheme.steps.values()):
        return {}
    return {
        name: one
        for name, one in winners.standing(cur, shop_id, scheme_id).items()
        if isinstance(step := scheme.steps.get(name), Split) and one.target in step.ways
    }


def decided_in_text(cur: Cursor, shop_id: int, name: str, text: str) -> dict[str, Decided]:
    """The same of a text of the scheme of this name; nothing of one that this release can't read any more."""
    scheme = read_scheme(text).scheme
    row = cur.execute("select id from journeys_scheme where shop_id = %s and name = %s", (shop_id, name)).fetchone()
    return {} if scheme is None or row is None else decided_in(cur, shop_id, row[0], scheme)
