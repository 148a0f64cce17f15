"""What only a checkout has: the benches and the chaos harness stand beside the package, not in it."""

import importlib
import sys
from pathlib import Path
from typing import Any

from regulars.cli.errors import CommandFailed

__all__ = ["from_checkout"]


def from_checkout(module: str) -> Any:
    """A module of the checkout that this package runs from.

    Raises CommandFailed when the package was installed without one.
    """
    root = Path(__file__).resolve().parents[3]
    if not (root / "bench").is_dir():
        raise CommandFailed("this needs a checkout of Regulars: clone it and run `make setup`")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module(module)
