"""The race for tasks on a throw-away installation whose own engine runs, too."""

import importlib
import sys
import tempfile
from pathlib import Path

from bench import filled

__all__ = ["desk"]


def desk(operators: int, tasks: int, seconds: float, seed: int) -> tuple[bool, str]:
    """Whether all is well, and the line of figures."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-race-"))
    installation = filled.Installation(folder / "data")
    try:
        installation.start()
        installation.use_here()
        run = importlib.import_module("bench.race_desk")  # the product must be ready before
        shop_id = installation.shop_id
        accounts, made = run.prepare(shop_id, operators, tasks)
        told = run.race(shop_id, accounts, made, seconds, seed)
        with run.db.loop_connection("verdict") as raw:
            run.settle_all(raw)
            wrong = run.verdict(raw, made, told)
    finally:
        installation.remove()
    print(dict(told.counts), file=sys.stderr)
    return not wrong, run.line(told, tasks, operators, seconds, wrong)
