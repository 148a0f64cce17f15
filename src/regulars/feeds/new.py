"""`python -m regulars.feeds.new NAME`: a new feed's folder, with what docs/adding-a-feed.md asks for.

For a clone of the repository; the product itself never calls it.
"""

import re
import sys
from pathlib import Path

__all__ = ["make"]

_PARSE = '''"""{name}: signature, acknowledgement, and what its deliveries are in our contract."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from regulars.base.errors import BadItem
from regulars.base.strict_json import decode
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("content-type",)


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """base64(HMAC-SHA256(raw body)) in `x-signature`."""
    given = request.headers.get("x-signature", "").encode()
    holds = False
    for secret in secrets:
        expected = base64.b64encode(hmac.new(secret.encode(), request.body, hashlib.sha256).digest())
        holds |= hmac.compare_digest(expected, given)
    return Accept() if holds else Refuse("signature")


def acknowledge() -> Answer:
    """A bare 200."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """None: nothing names a delivery."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """One order as it stands."""
    plain = decode(delivered.body)
    if not isinstance(plain, dict):
        raise BadItem("wrong_type", "", "must be an object")
    raise BadItem("unknown_topic", "", "is of a topic that this feed does not know")
'''


def make(name: str, feeds: Path) -> Path:
    """The folder `name` under `feeds`. Raises ValueError for a name that is taken or is no Python name in lower case."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", name):
        raise ValueError(f"{name!r} is no name for a feed; use lower-case letters, digits and _")
    folder = feeds / name
    if folder.exists():
        raise ValueError(f"there is a feed {name!r} already")
    (folder / "fixtures").mkdir(parents=True)
    (folder / "__init__.py").write_text(f'"""The feed {name}."""\n', encoding="utf-8")
    (folder / "parse.py").write_text(_PARSE.replace("{name}", name), encoding="utf-8")
    (folder / "README.md").write_text(
        f"# {name}\n\nHow it is signed, what is answered, what names a delivery, the table of states.\n",
        encoding="utf-8",
    )
    (folder / "fixtures" / "order.json").write_text("{}\n", encoding="utf-8")
    return folder


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{make(sys.argv[1], Path(__file__).parent)}\n")
    except (IndexError, ValueError) as error:
        sys.exit(f"{error}; write: python -m regulars.feeds.new NAME")
