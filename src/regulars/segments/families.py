"""Who was merged into whom in a shop: few were, so the whole of it is read at once. Read only."""

from regulars.base.db import Cursor
from regulars.segments.sql import Family

__all__ = ["family_of"]

_FAMILY = """
with recursive up as (
  select id as member, merged_into as root from people_person where shop_id = %s and merged_into is not null
  union all
  select up.member, p.merged_into from up join people_person p on p.id = up.root where p.merged_into is not null
)
select u.member, u.root from up u join people_person p on p.id = u.root where p.merged_into is null
"""


def family_of(cur: Cursor, shop_id: int) -> Family:
    """Everybody who was merged, and who answers for him."""
    rows = cur.execute(_FAMILY, (shop_id,)).fetchall()
    return Family(tuple(row[0] for row in rows), tuple(row[1] for row in rows))
