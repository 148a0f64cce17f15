"""`regulars race`: many at one thing, on a throw-away installation, and an oracle that reads the books. From a checkout."""

import json
from typing import Annotated

import typer

from regulars.cli.checkout import from_checkout

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: regulars race desk --operators 50 --seconds 60 --seed 1")
def race(
    name: Annotated[str, typer.Argument(help="desk: operators at one queue of tasks.")],
    operators: Annotated[int, typer.Option(help="How many at once.")] = 50,
    tasks: Annotated[int, typer.Option(help="How many tasks they fight for.")] = 5000,
    seconds: Annotated[float, typer.Option(help="For how long.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Of the dice.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """One line of figures; exit 0 when no task was in two hands, none was lost, and each outcome counts once, else 1."""
    if name != "desk":
        raise typer.BadParameter(f"there is no race {name!r}; there is desk")
    good, line = from_checkout("bench.race").desk(operators, tasks, seconds, seed)
    typer.echo(json.dumps({"good": good, "line": line}) if as_json else line)
    raise typer.Exit(0 if good else 1)
