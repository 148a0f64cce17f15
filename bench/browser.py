"""Debian's Chromium for measuring, for pictures and for tests: its shell without a window where it is there, which costs a
third of the work of the whole browser."""

import shutil

__all__ = ["chromium"]


def chromium() -> str:
    """The program's path. Raises FileNotFoundError with the package to install."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("no Chromium: install Debian's chromium-headless-shell")
    return found
