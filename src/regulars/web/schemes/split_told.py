"""What has been decided of split tests, in words: the decision that stands, one that was taken back, and the history.

Owns the choice of words; the sentences around them stand in part_effect_decided.html.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.core.scheme import Scheme
from regulars.journeys import split_history, winners
from regulars.journeys.split_history import Deed
from regulars.web.access import Seat
from regulars.web.actors import Actors, actors
from regulars.web.say import Say
from regulars.web.schemes.effect_splits import Told, title_of

__all__ = ["told"]

_SAID: Mapping[str, Any] = {
    "with": gettext_lazy("as the figures said"),
    "against": gettext_lazy("against the figures"),
    "before": gettext_lazy("before the figures said anything"),
    "equal": gettext_lazy("the figures saw no difference"),
    "broken": gettext_lazy("though the shares were off"),
}
"""What the figures said when it was decided."""
_BY: Mapping[str, Any] = {
    "again": gettext_lazy("by who ordered"),
    "orders": gettext_lazy("by orders a person"),
    "revenue": gettext_lazy("by revenue a person"),
}
_SHOWN = 20
"""So many lines of a test's history are shown."""


def told(
    cur: db.Cursor, seat: Seat, say: Say, scheme_id: int, scheme: Scheme, tests: Mapping[str, Mapping[str, int]]
) -> dict[str, Told]:
    """By step; `tests`: step → ways, of the scheme's text."""
    standing = winners.standing(cur, seat.shop.id, scheme_id)
    back = winners.taken_back(cur, seat.shop.id, scheme_id)
    history = split_history.split_history(cur, seat.shop.id, scheme_id)
    deeds = [deed.by for step in tests for deed in history.get(step, [])[:_SHOWN]]
    names = actors(cur, seat, [*deeds, *(one.by for one in standing.values()), *(one.by for one in back.values())])
    out = {}
    for step, ways in tests.items():
        found, taken = standing.get(step), back.get(step)
        out[step] = Told(
            None if found is None else _decided(found, scheme, say, names) | {"is_gone": found.target not in ways},
            _decided(taken, scheme, say, names) if taken is not None and winners.is_held(taken, ways) else None,
            [_deed(one, scheme, say, names) for one in history.get(step, [])[:_SHOWN]],
        )
    return out


def _decided(one: winners.Decided | winners.TakenBack, scheme: Scheme, say: Say, names: Actors) -> dict[str, Any]:
    return {
        "to": one.target,
        "way": title_of(one.target, scheme, say),
        "since": say.when(one.at),
        "by": names.name(one.by),
        "by_figures": one.by == str(SYSTEM),
    }


def _deed(one: Deed, scheme: Scheme, say: Say, names: Actors) -> dict[str, Any]:
    """A line of the history: when, who, what, and how that stood to the figures and to what was before."""
    by_figures = one.by == str(SYSTEM)
    said = [] if by_figures or one.figures not in _SAID else [str(_SAID[one.figures])]
    by = [str(_BY[one.metric])] if one.metric in _BY and said else []
    before = {"way": title_of(one.previous, scheme, say)} if one.previous else None
    stood = [_("“%(way)s” stood before") % before] if before and one.what == split_history.DECIDED else []
    return {
        "at": say.when(one.at),
        "by": _("the figures") if by_figures else names.name(one.by),
        "what": _what(one, scheme, say, before),
        "notes": [", ".join(said + by), *stood] if said else stood,
    }


def _what(one: Deed, scheme: Scheme, say: Say, before: Mapping[str, str] | None) -> str:
    if one.what == split_history.DECIDED:
        return _("decided for “%(way)s”") % {"way": title_of(one.target, scheme, say)}
    if one.what == split_history.LEFT:
        return _("left it to the figures again")
    return _("took “%(way)s” back") % before if before else _("took the decision back")
