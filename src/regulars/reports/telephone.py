"""Real telephone calls of operators in a span: how many they talked in, and for how long. Reads only.

Only calls that were answered and are over, by when they began. A call whose operator the telephony doesn't name is nobody's:
it is counted by itself and never shared out.
"""

from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["NOBODY", "Talked", "talked"]

NOBODY = 0
"""Stands for the account of a call whose operator nobody knows."""
_TALKED = """
select coalesce(account_id, 0), count(*), coalesce(sum(talk_seconds), 0) from talks_call
where shop_id = %s and state = 'ended' and direction in ('in', 'out') and started_at >= %s and started_at < %s
group by 1
"""


@dataclass(frozen=True, slots=True)
class Talked:
    """How many calls, and how many seconds of talk in all."""

    calls: int = 0
    seconds: int = 0

    def __add__(self, other: "Talked") -> "Talked":
        return Talked(self.calls + other.calls, self.seconds + other.seconds)


def talked(cur: Cursor, shop_id: int, since: datetime, until: datetime) -> dict[int, Talked]:
    """By account; NOBODY's too, if there are any."""
    return {a: Talked(n, int(seconds)) for a, n, seconds in cur.execute(_TALKED, (shop_id, since, until))}
