"""`regulars migrate`: the database's tables brought up to this version; `up` does it by itself."""

import importlib
from pathlib import Path
from typing import Annotated

import typer

from regulars.cli import product

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: DATABASE_URL=postgresql://regulars@db/regulars regulars migrate")
def migrate(
    data: Annotated[
        Path | None, typer.Option(help="Folder of the installation (default: REGULARS_DATA or ./var).")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if anything is to be done.")] = False,
) -> None:
    """Bring the database up to this version; safe to run twice and from several machines at once."""
    product.set_data(data)
    with product.opened():
        migrations = importlib.import_module("regulars.worker.migrate")
        if check:
            pending = migrations.pending()
            print("\n".join(pending) if pending else "nothing to do")
            raise typer.Exit(1 if pending else 0)
        changed = migrations.apply()
        importlib.import_module("regulars.worker.first_start").prepare()
        print("the database is up to date" if changed else "nothing to do")
