"""On how many examples a property is tried: all in `make test`, an eighth in `make check` (REGULARS_QUICK=on)."""

import os

from hypothesis import settings

__all__ = ["examples", "load_profile"]

QUICK = os.environ.get("REGULARS_QUICK") == "on"


def examples(count: int) -> int:
    """For `settings(max_examples=...)`: `count`, or an eighth of it in a quick run."""
    return max(10, count // 8) if QUICK else count


def load_profile() -> None:
    """Let properties that name no number follow the same rule."""
    if QUICK:
        settings.register_profile("quick", max_examples=examples(100))
        settings.load_profile("quick")
