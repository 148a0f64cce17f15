"""Named places where a test may make the product die, hang or fail.

A failpoint is inert unless REGULARS_FAILPOINTS=on *and* REGULARS_FAILPOINT names it; a normal start refuses the
second without the first, so no shop can be run with one by mistake. Form: ``name:action[:after]``, several by comma;
actions: ``kill`` (SIGKILL to this process), ``raise``, ``hang`` (sleep an hour), ``drop`` (the caller decides).
``after`` skips that many passes first.
"""

import os
import signal
import time
from pathlib import Path

__all__ = ["NAMES", "FailpointRaised", "arm", "armed", "check_environment", "hit"]

# Every name that the code passes to `hit`; a test compares this list with the source.
NAMES = frozenset(
    {
        "intake.body_read",
        "intake.group_insert",
        "intake.group_commit",
        "intake.after_commit",
        "intake.after_answer",
        "normaliser.claimed",
        "normaliser.recorded",
        "normaliser.before_commit",
        "normaliser.after_commit",
        "segments.asked",
        "segments.before_commit",
        "segments.found",
        "segments.filled",
        "segments.ready",
        "conductor.claimed",
        "conductor.advanced",
        "conductor.effects_written",
        "conductor.before_commit",
        "conductor.after_commit",
        "clocks.before_commit",
        "clocks.slice_before_commit",
        "promises.claimed",
        "promises.acted",
        "promises.before_commit",
        "promises.after_commit",
        "outbox.claimed",
        "outbox.before_sending_commit",
        "outbox.after_sending_commit",
        "outbox.before_connect",
        "outbox.before_data",
        "outbox.after_dot",
        "outbox.after_250",
        "outbox.before_record_commit",
        "outbox.after_record_commit",
        "commands.claimed",
        "commands.before_call",
        "commands.after_call",
        "commands.before_record_commit",
        "commands.after_record_commit",
        "desk.finish_before_commit",
        "desk.settle_before_commit",
        "desk.escalate_before_commit",
        "telling.before_claim_commit",
        "telling.claimed",
        "telling.handed_over",
        "telling.before_record_commit",
        "calls.before_commit",
        "unconfirmed.before_commit",
        "import.batch_before_commit",
        "import.batch_after_commit",
        "scheme.publish_before_commit",
        "scheme.pause_before_commit",
        "scheme.resume_before_commit",
        "move.before_commit",
        "move.after_commit",
        "wake.before_commit",
        "wake.after_commit",
        "polling.fetched",
        "polling.kept",
    }
)


class FailpointRaised(RuntimeError):
    """A failpoint was asked to raise here."""


class _Point:
    __slots__ = ("action", "left", "mark")

    def __init__(self, action: str, left: int, mark: str | None) -> None:
        self.action, self.left, self.mark = action, left, mark


def _parse(text: str) -> dict[str, _Point]:
    mark = os.environ.get("REGULARS_FAILPOINT_MARK") or None
    points: dict[str, _Point] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, action, *after = part.split(":")
        if name not in NAMES or action not in {"kill", "raise", "hang", "drop"}:
            raise ValueError(f"REGULARS_FAILPOINT names {part!r}, which is no failpoint with an action")
        points[name] = _Point(action, int(after[0]) if after else 0, mark)
    return points


_points: dict[str, _Point] = {}
if os.environ.get("REGULARS_FAILPOINTS") == "on":
    _points = _parse(os.environ.get("REGULARS_FAILPOINT", ""))


def check_environment() -> None:
    """Refuse a normal start that carries a failpoint.

    Raises ValueError with the mend.
    """
    if os.environ.get("REGULARS_FAILPOINT") and os.environ.get("REGULARS_FAILPOINTS") != "on":
        raise ValueError("REGULARS_FAILPOINT is set: unset it; failpoints belong to tests only")


def arm(text: str, mark: str | None) -> None:
    """Set this process's points anew: for a harness that forks its processes, where the environment was read before.

    Raises ValueError for a point that doesn't exist, and outside a harness (REGULARS_FAILPOINTS=on).
    """
    if os.environ.get("REGULARS_FAILPOINTS") != "on":
        raise ValueError("failpoints belong to tests only: set REGULARS_FAILPOINTS=on in the harness")
    os.environ["REGULARS_FAILPOINT_MARK"] = mark or ""
    _points.clear()
    _points.update(_parse(text))


def armed(name: str) -> bool:
    """Whether a harness has set this point: for places where only passing it would cost something."""
    return name in _points


def hit(name: str) -> bool:
    """Pass the named place; returns True when the caller should drop what it holds, else False.

    When a mark file is set (REGULARS_FAILPOINT_MARK), one line is written to it first, so that a harness can tell
    that the point was really reached.
    """
    point = _points.get(name)
    if point is None:
        return False
    if point.left > 0:
        point.left -= 1
        return False
    if point.mark:
        with Path(point.mark).open("a", encoding="ascii") as f:
            f.write(f"{name}:{point.action} {os.getpid()}\n")
            f.flush()
            os.fsync(f.fileno())
    if point.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if point.action == "raise":
        raise FailpointRaised(name)
    if point.action == "hang":
        time.sleep(3600)
    return point.action == "drop"
