"""What becomes of a change that we want of somebody else's record, once that record is seen again. Pure.

The rule (docs/writing-back.md): the shop owns its orders. A field that stands as we wanted it is written. A field that
stands as it did when we asked still waits. Any other value is the shop's own later word: it stays, and a person decides.
Each field is judged by itself, so changes of different fields on both sides merge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["UNSAID", "Verdict", "Wanted", "judge", "merged", "same"]

Verdict = Literal["waiting", "written", "conflict"]


class _Unsaid:
    """The other side doesn't speak of this field."""


UNSAID = _Unsaid()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field's change: from what was shown, `known` being every value that isn't news to us, to what is wanted."""

    field: str
    before: Any
    after: Any
    known: tuple[Any, ...] = ()


def judge(wanted: Wanted, seen: Any) -> Verdict:
    """What the value that is seen says of the change."""
    if isinstance(seen, _Unsaid):
        return "waiting"
    if same(seen, wanted.after):
        return "written"
    if any(same(seen, value) for value in (wanted.before, *wanted.known)):
        return "waiting"
    return "conflict"


def merged(shop: Mapping[str, Any], changes: Iterable[Wanted]) -> tuple[dict[str, Any], list[str], list[str]]:
    """The shop's fields with our changes laid over them: (what to write, fields in conflict, fields written already)."""
    out: dict[str, Any] = dict(shop)
    conflicts: list[str] = []
    done: list[str] = []
    for wanted in changes:
        verdict = judge(wanted, shop.get(wanted.field, UNSAID))
        if verdict == "conflict":
            conflicts.append(wanted.field)
        elif verdict == "written":
            done.append(wanted.field)
        else:
            out[wanted.field] = wanted.after
    return out, conflicts, done


def same(one: Any, other: Any) -> bool:
    """Whether two values of a field are one: spaces, and what is empty, don't count."""
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split()) or None
    if isinstance(value, Mapping):
        found = {key: _plain(inner) for key, inner in value.items()}
        return {key: inner for key, inner in found.items() if inner is not None} or None
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
