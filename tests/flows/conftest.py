"""Fixtures of the flows: a shop as the API sees it."""

from tests.flows.api_shop import api

__all__ = ["api"]
