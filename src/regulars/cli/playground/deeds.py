"""What somebody about the playground's shop does at a moment, and who works there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from regulars.base.db import Cursor

__all__ = ["Deed", "Office"]


@dataclass(frozen=True, slots=True)
class Office:
    """The shop and who works in it. `callers` answer for orders, `carers` for all else."""

    shop_id: int
    language: str
    zone: ZoneInfo
    callers: tuple[int, ...]
    carers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something somebody does at `at`. `late`: it finishes a task whose time has passed by then."""

    at: datetime
    do: Callable[[Cursor], None]
    late: bool = False
