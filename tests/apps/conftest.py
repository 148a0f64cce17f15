from collections.abc import Iterator

import pytest

from regulars.base import db
from tests.apps.world import World


@pytest.fixture
def world(database: str) -> Iterator[World]:
    """A fresh shop whose transactions are real."""
    raw = db.loop_connection("test")
    yield World(raw)
    raw.close()
