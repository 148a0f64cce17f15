"""`regulars engine`: the engine role alone, in the foreground."""

import typer

from regulars.cli import role

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: DATABASE_URL=postgresql://regulars@db/regulars regulars engine")
def engine() -> None:
    """Run the engine role: takes in what was delivered, advances schemes, watches promises.

    Any number may run, on any machines.
    """
    role.run("engine")
