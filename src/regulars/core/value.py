"""The decorator of the small values that `advance` makes by the million.

Owns the shape of such a value: slots, compared and hashed by its fields, frozen for the type checker. It is not frozen while
it runs, since that makes building one three times dearer; whoever changes one is told so by `make lint`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

__all__ = ["value"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """A class of values."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
