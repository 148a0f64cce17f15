"""What many desks show alike, made once for all that ask after the same news.

Fifty desks are told of a new order in one moment, and each asks for its queue. Who waits, in which order and in what words
is the same for all of the same teams, language and role; only what is with somebody is his own. A desk names the news that
it knows (the mark of desk/news.py): nothing that was read before that news is given to it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Shared"]

KEPT_SECONDS = 1.0
"""Clocks go on, and who comes later or stands is not in the mark."""
MOST = 64

T = TypeVar("T")


class _Slot(Generic[T]):
    def __init__(self) -> None:
        self.guard = Lock()
        self.value: T | None = None
        self.made_at = 0.0


class Shared(Generic[T]):
    """Values by key. Of several that ask at once for one, the first makes it and the others wait for him."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._slots: OrderedDict[Hashable, _Slot[T]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of the key, made anew when it is older than a second."""
        with self._guard:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > MOST:
                self._slots.popitem(last=False)
        with slot.guard:
            if slot.value is None or time.monotonic() - slot.made_at > KEPT_SECONDS:
                began = time.monotonic()
                slot.value, slot.made_at = make(), began
            return slot.value
