"""Which schemes are about to advertise to somebody: read off where he stands in them, for priorities.

Owns the question 'may the timer of this step lead to an advertisement at once?'. What follows from it is the gate's.
"""

from __future__ import annotations

from functools import lru_cache

from regulars.core.needs import stretch
from regulars.core.roads import resume_targets
from regulars.core.scheme import ADVERTISING, Ask, Scheme, Send


@lru_cache(maxsize=20_000)
def may_advertise(scheme: Scheme, step: str | None) -> bool:
    """Whether what follows the timer of `step`, up to the next step that waits, may send advertising."""
    if step is None or step not in scheme.steps:
        return False
    return any(
        isinstance(found := scheme.steps[name], Send | Ask) and found.letter.purpose == ADVERTISING
        for name in stretch(scheme, (*resume_targets(scheme.steps[step]), step))
        if name != step or isinstance(scheme.steps[step], Send)
    )
