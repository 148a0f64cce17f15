"""The feeds: a folder for each source, found by folder and by entry point `regulars.feeds`; no list to edit.

A feed's parse.py satisfies intake.feed_registry.Feed. Feeds know nothing of one another and never touch the database.
"""

import importlib
import pkgutil
from importlib.metadata import entry_points
from typing import cast

from regulars.intake import feed_registry

__all__ = ["register_all"]


def register_all() -> None:
    """Make every feed of this installation known to intake. Called once by the composition root."""
    for folder in pkgutil.iter_modules(__path__):
        if folder.ispkg:
            module = importlib.import_module(f"{__name__}.{folder.name}.parse")
            feed_registry.register(folder.name, cast("feed_registry.Feed", module))
    for point in entry_points(group="regulars.feeds"):
        feed_registry.register(point.name, cast("feed_registry.Feed", point.load()))
