"""Fixtures of the feeds: a shop whose deliveries are really taken in."""

from tests.apps.conftest import world

__all__ = ["world"]
