"""Roles as sets: who may see and do what on the staff's screens. Every view names one of these sets.

Owns the names; who works where is in queries.py, and the gate in front of each view is web/entry.py's.
"""

from typing import Final

__all__ = ["OPERATORS", "OWNERS", "SUPERVISORS"]

OWNERS: Final = frozenset({"owner"})
SUPERVISORS: Final = OWNERS | {"supervisor"}
OPERATORS: Final = SUPERVISORS | {"operator"}
"""Everybody who works in the shop."""
