"""`regulars feed`: addresses to which shops and other programs send their webhooks."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.base.environment import LOCAL_URL
from regulars.cli import product
from regulars.cli.errors import CommandFailed

if TYPE_CHECKING:
    from regulars.base.db import Cursor
    from regulars.intake.queries import FeedRow

app = typer.Typer(add_completion=False, rich_markup_mode=None, help="Addresses for webhooks.")

Shop = Annotated[str | None, typer.Option("--shop", help="The shop's slug; needed only where there are several.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the installation.")]
Json = Annotated[bool, typer.Option("--json", help="Print data for programs.")]
Secret = Annotated[
    list[str] | None,
    typer.Option(help="What the sender signs with; made up and printed if none is given; twice while it is changed."),
]
Name = Annotated[str, typer.Argument(help="The feed: its id, or the last part of its address.")]


@app.command("open", epilog="Example: regulars feed open woocommerce --secret 'what the shop signs with'")
def open_(
    kind: Annotated[
        str, typer.Argument(help="Who sends: generic (Standard Webhooks), woocommerce, mango, uis, zadarma, twilio.")
    ],
    source: Annotated[str | None, typer.Option(help="Names whose ids these are; the kind by default.")] = None,
    secret: Secret = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(help="What the feed's README names, as completed=shipped or statuses.packed=ready."),
    ] = None,
    shop: Shop = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make an address. It is as secret as a password; so is the secret, which is shown here only."""
    product.set_data(data)
    settings = _settings(setting or [])
    with product.opened():
        from regulars.base import db
        from regulars.base.actor import Actor
        from regulars.intake import actions, feed_registry

        kept = secret or [actions.new_secret()]

        if feed_registry.feed(kind) is None:
            raise CommandFailed(f"there is no feed of kind {kind!r}; there are {', '.join(feed_registry.kinds())}")
        try:
            with db.transact() as cur:
                slug = actions.open_feed(
                    cur,
                    product.shop_id(cur, shop),
                    kind,
                    Actor("command"),
                    source=source or kind,
                    secrets=kept,
                    settings=settings,
                )
        except actions.IntakeError as error:
            raise CommandFailed(str(error)) from error
        url = _url(slug)
    if as_json:
        print(json.dumps({"url": url, "slug": slug, "kind": kind, "source": source or kind, "secrets": kept}))
        return
    print(f"address: {url}")
    for text in kept:
        print(f"secret:  {text}")


@app.command("list", epilog="Example: regulars feed list")
def list_(shop: Shop = None, data: Data = None, as_json: Json = False) -> None:
    """Show the feeds, the closed ones too."""
    product.set_data(data)
    with product.opened():
        from regulars.base import db
        from regulars.intake import queries

        with db.transact() as cur:
            found = queries.feeds(cur, product.shop_id(cur, shop))
        records = [_record(feed) for feed in found]
    if as_json:
        print(json.dumps(records))
        return
    for each in records:
        state = "open" if each["active"] else "closed"
        print(
            f"{each['id']}  {state}  {each['kind']}  source {each['source']}  {each['secrets']} secret(s)  {each['url']}"
        )
    if not records:
        print("no feed yet; open one with: regulars feed open KIND")


@app.command(epilog="Example: regulars feed secrets 3 --secret NEW --secret OLD")
def secrets(name: Name, secret: Secret = None, shop: Shop = None, data: Data = None) -> None:
    """Change the secrets of a feed: two are good at a time, so that the sender can move from the old to the new one."""
    product.set_data(data)
    with product.opened():
        from regulars.base import db
        from regulars.base.actor import Actor
        from regulars.intake import actions

        kept = secret or [actions.new_secret()]

        try:
            with db.transact() as cur:
                shop_id = product.shop_id(cur, shop)
                actions.set_secrets(cur, shop_id, _find(cur, shop_id, name).id, kept, Actor("command"))
        except actions.IntakeError as error:
            raise CommandFailed(str(error)) from error
    for text in kept if secret is None else []:
        print(f"secret:  {text}")


@app.command(epilog="Example: regulars feed close 3")
def close(name: Name, shop: Shop = None, data: Data = None) -> None:
    """Take nothing more at this address; what came stays."""
    product.set_data(data)
    with product.opened():
        from regulars.base import db
        from regulars.base.actor import Actor
        from regulars.intake import actions

        with db.transact() as cur:
            shop_id = product.shop_id(cur, shop)
            if not actions.close_feed(cur, shop_id, _find(cur, shop_id, name).id, Actor("command")):
                raise CommandFailed(f"feed {name} is closed already")


def _settings(words: list[str]) -> dict[str, Any]:
    """`a=1` and `b.c=2` as nested texts."""
    found: dict[str, Any] = {}
    for word in words:
        path, equals, value = word.partition("=")
        *folders, name = path.split(".")
        if not equals or not all([*folders, name]) or len(folders) > 1:
            raise typer.BadParameter(f"{word!r} is no setting; write NAME=VALUE or NAME.KEY=VALUE")
        inner = found.setdefault(folders[0], {}) if folders else found
        if not isinstance(inner, dict):
            raise typer.BadParameter(f"{folders[0]!r} is given twice, once as a text")
        inner[name] = value
    return found


def _find(cur: "Cursor", shop_id: int, name: str) -> "FeedRow":
    from regulars.intake import queries

    for feed in queries.feeds(cur, shop_id):
        if name in (str(feed.id), feed.slug):
            return feed
    raise CommandFailed(f"there is no feed {name!r}; see regulars feed list")


def _record(feed: "FeedRow") -> dict[str, Any]:
    return {
        "id": str(feed.id),
        "url": _url(feed.slug),
        "slug": feed.slug,
        "kind": feed.kind,
        "source": feed.source,
        "secrets": feed.secrets,
        "active": feed.active,
        "created_at": feed.created_at.isoformat(),
    }


def _url(slug: str) -> str:
    from django.conf import settings

    return f"{settings.REGULARS_PUBLIC_URL or LOCAL_URL}/in/{slug}"
