"""Tags and fields of people: kept where schemes and the staff find them."""

from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.effects import SetPersonFields, TagPerson
from regulars.effects.order import EffectOrder
from regulars.people import marks
from regulars.people.marks import FieldSet, TagChange

__all__ = ["set_person_fields", "tag_persons"]


def tag_persons(cur: Cursor, shop_id: int, tagged: list[tuple[EffectOrder, TagPerson]], now: datetime) -> None:
    """Put tags on and take others off, in the order in which it was decided."""
    changes = [
        TagChange(o.person_id, name, is_on, o.cause)
        for o, e in tagged
        for is_on, names in ((True, e.add), (False, e.remove))
        for name in names
    ]
    marks.change_tags(cur, shop_id, changes, now)


def set_person_fields(
    cur: Cursor, shop_id: int, given: list[tuple[EffectOrder, SetPersonFields]], now: datetime
) -> None:
    """Set fields, in the order in which it was decided."""
    values = [FieldSet(o.person_id, name, value, o.cause) for o, e in given for name, value in e.values]
    marks.set_fields(cur, shop_id, values, now)
