"""`regulars feed`: a shop's owner opens an address, gives it to the shop, and its orders come in."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.feeds.senders import SENDERS
from tests.installation import Installation, running, until


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("feed") / "data") as installation:
        yield installation


def send(made: Installation, url: str, kind: str, secret: str) -> int:
    """The vendor's good order, signed; the status of the answer."""
    sender = SENDERS[kind]
    headers = sender.sign(secret, sender.order, datetime.now(UTC), "") | {"Content-Type": "application/json"}
    there = f"http://127.0.0.1:{made.port}/in/{url.rpartition('/')[2]}"
    try:
        with urllib.request.urlopen(urllib.request.Request(there, sender.order, headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def orders(made: Installation) -> list[str]:
    rows = made.sql("select source from orders_order order by source")
    return [source for (source,) in rows]


def test_a_feed_is_opened_used_given_another_secret_and_closed(made: Installation) -> None:
    opened = made.command("feed", "open", "woocommerce", "--secret", "s3cr&t", "--source", "my-shop", "--json")
    assert opened.returncode == 0, opened.stderr
    feed = json.loads(opened.stdout)
    assert feed["secrets"] == ["s3cr&t"]
    assert re.fullmatch("[0-9a-f]{32}", feed["slug"]), "typed as an argument, it must never look like an option"
    assert send(made, feed["url"], "woocommerce", "s3cr&t") == 200
    assert send(made, feed["url"], "woocommerce", "wrong") == 401
    until(lambda: "my-shop" in orders(made), 10, "the order is in")

    assert made.command("feed", "secrets", feed["slug"], "--secret", "new", "--secret", "s3cr&t").returncode == 0
    until(lambda: send(made, feed["url"], "woocommerce", "new") == 200, 10, "the new secret is good")
    assert send(made, feed["url"], "woocommerce", "s3cr&t") == 200

    (listed,) = json.loads(made.command("feed", "list", "--json").stdout)
    assert (listed["slug"], listed["active"], listed["secrets"]) == (feed["slug"], True, 2)
    assert made.command("feed", "close", listed["id"]).returncode == 0
    until(lambda: send(made, feed["url"], "woocommerce", "new") == 404, 10, "the address is unknown")
    again = made.command("feed", "close", listed["id"])
    assert (again.returncode, "closed already" in again.stderr) == (1, True)


def test_a_secret_that_is_made_up_is_good_for_standard_webhooks(made: Installation) -> None:
    feed = json.loads(made.command("feed", "open", "generic", "--json").stdout)
    assert feed["secrets"][0].startswith("whsec_")
    assert send(made, feed["url"], "generic", feed["secrets"][0]) in (200, 202, 204)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ("open", "bitrix"),
            1,
            "there are generic, imap, mailgun, mango, postmark, sendgrid, telegram, twilio, uis, woo",
        ),
        (("open", "generic", "--secret", "a", "--secret", "b", "--secret", "c"), 1, "at most two secrets"),
        (("open", "generic", "--setting", "statuses"), 2, "NAME=VALUE"),
        (("close", "999"), 1, "regulars feed list"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(made: Installation, words: tuple[str, ...], code: int, told: str) -> None:
    done = made.command("feed", *words)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_reach_the_feed(made: Installation) -> None:
    words = ("--setting", "completed=shipped", "--setting", "statuses.packed=ready", "--json")
    slug = json.loads(made.command("feed", "open", "woocommerce", *words).stdout)["slug"]
    [(settings,)] = made.sql("select settings from intake_feed where slug = %s", slug)
    assert settings == {"completed": "shipped", "statuses": {"packed": "ready"}}
