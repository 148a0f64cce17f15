"""The composition root's wiring: which app gives which facts, who consumes which events, what handles which effect.

Nothing else may know more than one sibling; see ARCHITECTURE.md.
"""

__all__ = ["wire"]


def wire() -> None:
    """Register everything once, when Django is ready."""
