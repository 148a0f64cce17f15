"""What a scheme asks of the past that nobody knows, so that a backtest says it instead of counting it as nobody. Reads only.

Owns which starts these are. Words are others' matter.
"""

from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.clocks import SinceClock
from regulars.core.scheme import Scheme
from regulars.journeys.backtest_history import is_consequence

__all__ = ["notes_of"]

_SEGMENT = "select changed_at from segments_segment where shop_id = %s and name = %s and removed_at is null"


def notes_of(cur: Cursor, shop_id: int, scheme: Scheme, since: datetime) -> list[dict[str, str]]:
    """By `code`: 'segment_new' (`segment`; `at`: nobody knows who entered or left before), 'segment_gone' (`segment`),
    'start_follows' (`event`, which follows from schemes: it begins for nobody), 'silence_follows' (`event`: the silence is
    reckoned from what really came of other schemes)."""
    found: list[dict[str, str]] = []
    for trigger in scheme.starts:
        if trigger.segment is not None:
            row = cur.execute(_SEGMENT, (shop_id, trigger.segment)).fetchone()
            if row is None:
                found.append({"code": "segment_gone", "segment": trigger.segment})
            elif row[0] > since:
                found.append({"code": "segment_new", "segment": trigger.segment, "at": row[0].isoformat()})
        elif isinstance(trigger.clock, SinceClock):
            if is_consequence(trigger.clock.kind):
                found.append({"code": "silence_follows", "event": trigger.clock.kind})
        elif trigger.clock is None and is_consequence(trigger.event):
            found.append({"code": "start_follows", "event": trigger.event})
    return found
