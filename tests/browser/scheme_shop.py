"""A shop in which the ready scheme is live, for stories of its screens.

Owns no test.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.installation import Installation, running

__all__ = ["READY", "publish_second", "with_after_order"]

READY = Path(__file__).parents[2] / "src" / "regulars" / "schemes" / "after-order.yaml"


@contextlib.contextmanager
def with_after_order(data_dir: Path) -> Iterator[Installation]:
    """An installation that runs within the block, with `after-order` published."""
    with running(data_dir) as made:
        assert made.command("scheme", "publish", str(READY)).returncode == 0
        yield made


def publish_second(shop: Installation, folder: Path) -> None:
    """A second version: a step more, a step less, and a question that waits longer."""
    text = READY.read_text().replace("up_to: 10d", "up_to: 12d").replace("on_timeout: courtesy", "on_timeout: review")
    text = text.replace("  pay-remind:", "  pay-think:\n    wait: 1h working\n  pay-remind:", 1)
    text = text.replace("on_timeout: pay-remind", "on_timeout: pay-think")
    file = folder / "after-order.yaml"
    file.write_text(text[: text.index("  courtesy:")] + text[text.index("  review:") :])
    done = shop.command("scheme", "publish", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
