"""`regulars jobs`: the jobs role alone, in the foreground."""

import typer

from regulars.cli import role

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: DATABASE_URL=postgresql://regulars@db/regulars regulars jobs")
def jobs() -> None:
    """Run the jobs role: imports, polls, recalculations: what may be late. Any number may run, on any machines."""
    role.run("jobs")
