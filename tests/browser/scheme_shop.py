"""A shop in which the ready scheme is live, for stories of its screens.

Owns no test.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.installation import Installation, running

__all__ = ["READY", "with_after_order"]

READY = Path(__file__).parents[2] / "src" / "regulars" / "schemes" / "after-order.yaml"


@contextlib.contextmanager
def with_after_order(data_dir: Path) -> Iterator[Installation]:
    """An installation that runs within the block, with `after-order` published."""
    with running(data_dir) as made:
        assert made.command("scheme", "publish", str(READY)).returncode == 0
        yield made
