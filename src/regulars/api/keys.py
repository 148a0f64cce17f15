"""Who calls: the API key of the request and what it may do. A key belongs to one shop; everything it sees is there."""

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from regulars.api.problems import Problem
from regulars.base import db
from regulars.base.actor import Actor
from regulars.shop.actions import note_key_used
from regulars.shop.queries import ApiKeyInfo, api_key

__all__ = ["AdminKey", "Caller", "DeskKey", "IntakeKey", "IntakeOrReadKey", "ReadKey", "caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The key's shop, and the key as the actor of what it does."""

    shop_id: int
    actor: Actor


class Key(HttpBearer):
    """`Authorization: Bearer KEY` with one of the scopes. 401 without a known key, 403 when the key may not do this."""

    scopes: ClassVar[tuple[str, ...]]

    def authenticate(self, request: HttpRequest, token: str) -> ApiKeyInfo | None:
        """The key, when there is one that may do this."""
        with db.transact() as cur:
            key = api_key(cur, token.strip())
            if key is not None:
                note_key_used(cur, key.id)
        if key is None:
            return None
        if not any(key.allows(scope) for scope in self.scopes):
            wanted = " or ".join(self.scopes)
            raise Problem(403, f"this key may not do this; make one with the scope {wanted}", code="scope")
        return key


# A class each: so the document says of every operation which scope it needs.
class IntakeKey(Key):
    """For whoever sends orders, people and events."""

    scopes = ("intake",)


class ReadKey(Key):
    """For whoever reads."""

    scopes = ("read",)


class IntakeOrReadKey(Key):
    """For whoever reads, and for whoever sends and asks what became of it."""

    scopes = ("intake", "read")


class DeskKey(Key):
    """For whoever works at the desk."""

    scopes = ("desk",)


class AdminKey(Key):
    """For whoever changes schemes and mends what went wrong."""

    scopes = ("admin",)


def caller(request: HttpRequest) -> Caller:
    """Who calls this operation."""
    key = cast("ApiKeyInfo", cast("Any", request).auth)
    return Caller(key.shop_id, Actor("key", key.id))
