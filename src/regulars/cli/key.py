"""`regulars key`: keys for the API, shown once."""

import json
from pathlib import Path
from typing import Annotated

import typer

from regulars.cli import product
from regulars.cli.errors import CommandFailed

app = typer.Typer(add_completion=False, rich_markup_mode=None, help="Keys for the API.")


@app.callback()
def keys() -> None:
    """Keys for the API."""


@app.command(epilog="Example: regulars key create shop-plugin --scope intake --scope read")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option(help="all, intake, read, desk, loyalty or admin; repeatable.")],
    shop: Annotated[str | None, typer.Option(help="The shop's slug; needed only where there are several.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the installation.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """Make a key; it is printed here and kept nowhere, only its digest is."""
    product.set_data(data)
    with product.opened():
        from regulars.base import db
        from regulars.base.actor import Actor
        from regulars.shop import actions

        try:
            with db.transact() as cur:
                secret = actions.create_key(cur, product.shop_id(cur, shop), name, scope, Actor("command"))
        except actions.ShopError as error:
            raise CommandFailed(str(error)) from error
    print(json.dumps({"key": secret, "name": name, "scopes": scope}) if as_json else secret)
