"""`regulars sender`: the sender role alone, in the foreground."""

import typer

from regulars.cli import role

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: DATABASE_URL=postgresql://regulars@db/regulars regulars sender")
def sender() -> None:
    """Run the sender role: hands messages to their channels. Any number may run, on any machines."""
    role.run("sender")
