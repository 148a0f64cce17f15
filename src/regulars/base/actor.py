"""Who did it. Every action takes an actor; the audit row and the event name it."""

from dataclasses import dataclass

__all__ = ["SYSTEM", "Actor"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind`: 'staff', 'key' (an API key), 'buyer' (a signed link), 'feed', 'system', 'command'; `id` within the kind."""

    kind: str
    id: int | None = None

    @classmethod
    def read(cls, text: str) -> "Actor":
        """The actor whose `str` this is."""
        kind, _, id_ = text.partition(":")
        return cls(kind, int(id_) if id_ else None)

    def __str__(self) -> str:
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


SYSTEM = Actor("system")
