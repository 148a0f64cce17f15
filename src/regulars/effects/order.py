"""An effect on its way to its handler: what the core wants, and for whom."""

from dataclasses import dataclass
from typing import Any

from regulars.core.effects import Effect

__all__ = ["EffectOrder"]


@dataclass(frozen=True, slots=True)
class EffectOrder:
    """`why`: the code of the decision's reason that goes with it ('task_opened', 'again', 'call_again', 'sent' …).
    `scheme` by its name; `terms`: see NewMessage of the outbox."""

    effect: Effect
    shop_id: int
    person_id: int
    order_id: int | None
    enrolment_id: int
    version_id: int
    held_out: bool
    why: str
    templates: dict[str, int]
    scheme: str | None = None
    priority: int = 5
    terms: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        """The effect's identity as one text."""
        e = self.effect
        return f"{self.enrolment_id}:{e.step}:{e.visit}:{e.attempt}:{e.part}"

    def part_key(self, part: str) -> str:
        """The identity of another part of the same step."""
        e = self.effect
        return f"{self.enrolment_id}:{e.step}:{e.visit}:{e.attempt}:{part}"

    @property
    def cause(self) -> str:
        """What events name as their cause."""
        return f"enrolment:{self.enrolment_id}"

    def origin(self) -> dict[str, Any]:
        """Where it comes from, as events and rows name it."""
        e = self.effect
        return {
            "enrolment_id": self.enrolment_id,
            "version_id": self.version_id,
            "step": e.step,
            "visit": e.visit,
            "attempt": e.attempt,
        }
