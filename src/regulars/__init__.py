"""Regulars: takes over where an online shop falls silent after the order."""

__version__ = "0.1.0"
