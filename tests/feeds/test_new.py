"""A new feed begins with a folder that already keeps the contract's form."""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import pytest

from regulars.base.errors import BadItem
from regulars.feeds.new import make
from regulars.intake.feed_registry import Delivered, Refuse, Request


def test_the_folder_made_is_a_feed(tmp_path: Path) -> None:
    folder = make("acme", tmp_path)
    assert {"README.md", "fixtures", "__init__.py", "parse.py"} == {p.name for p in folder.iterdir()}
    spec = importlib.util.spec_from_file_location("acme", folder / "parse.py")
    assert spec is not None
    assert spec.loader is not None
    feed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(feed)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert isinstance(feed.check(Request("POST", {}, "", b"{}"), ["secret"], now), Refuse)
    with pytest.raises(BadItem):
        feed.parse(Delivered({}, b"{}"))


@pytest.mark.parametrize("name", ["Acme", "a-b", "../x", "", "1a"])
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        make(name, tmp_path)


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    make("acme", tmp_path)
    with pytest.raises(ValueError, match="already"):
        make("acme", tmp_path)
