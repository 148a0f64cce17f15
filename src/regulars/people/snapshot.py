"""A person as a shop describes him, by himself or as the buyer of an order, in the contract's JSON.

Owns the reading of that JSON into a `PersonSnapshot`; must not match, normalise addresses or touch the database.
What cannot be read of a person beyond the types (an odd phone, an unknown zone) is left for the taking to note:
no order is lost for it.
"""

from datetime import datetime
from typing import Any

import msgspec

from regulars.base.reader import MAX_ID, Reader
from regulars.base.strict_json import decode

__all__ = ["PersonSnapshot", "decode_person", "read_buyer", "read_person"]

_KNOWN = frozenset(
    {
        "id", "updated_at", "name", "first_name", "phone", "email", "language", "time_zone", "birthday", "address",
        "consents",
    }
)  # fmt: skip


class PersonSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All as the shop wrote it. `consents`: 'channel.purpose' → yes or no. `rest`: fields that we don't know."""

    id: str | None = None
    updated_at: datetime | None = None
    name: str | None = None
    first_name: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    time_zone: str | None = None
    birthday: str | None = None
    address: dict[str, Any] | None = None
    consents: dict[str, bool] = {}
    rest: dict[str, Any] = {}

    @property
    def known_by_something(self) -> bool:
        """Whether anything tells this person from others: a number in the shop, an address or a telephone."""
        return bool(self.id or self.email or self.phone)


def decode_person(body: bytes) -> PersonSnapshot:
    """The person in a JSON body. Raises BadItem."""
    return read_person(decode(body))


def read_person(plain: Any) -> PersonSnapshot:
    """The person in plain data; `id` is required. Raises BadItem."""
    reader = Reader(plain)
    person = read_buyer(reader, needs_id=True)
    reader.finish()
    return person


def read_buyer(reader: Reader, *, needs_id: bool = False) -> PersonSnapshot:
    """The person that `reader` stands at; problems are noted there."""
    address = reader.inner("address")
    return PersonSnapshot(
        id=reader.text("id", required=needs_id, longest=MAX_ID) or None,
        updated_at=reader.moment("updated_at"),
        name=reader.text("name"),
        first_name=reader.text("first_name"),
        phone=reader.text("phone", longest=MAX_ID),
        email=reader.text("email", longest=320),
        language=reader.text("language", longest=35),
        time_zone=reader.text("time_zone", longest=64),
        birthday=reader.text("birthday", longest=35),
        address=None if address is None else address.plain,
        consents=_consents(reader),
        rest=reader.rest(_KNOWN),
    )


def _consents(reader: Reader) -> dict[str, bool]:
    inner = reader.inner("consents")
    if inner is None:
        return {}
    for name, value in inner.plain.items():
        if value is not None and type(value) is not bool:
            inner.note("wrong_type", name, "must be true or false")
        elif name.count(".") != 1 or not all(part.isidentifier() and len(part) <= 40 for part in name.split(".")):
            inner.note("unknown_value", name, "must name a channel and a purpose, such as email.advertising")
    return {name: value for name, value in inner.plain.items() if type(value) is bool}
