"""`regulars bench`: what README claims about speed, measured on a throw-away installation. From a checkout."""

from pathlib import Path
from typing import Annotated

import typer

from regulars.cli.checkout import from_checkout

app = typer.Typer(add_completion=False, rich_markup_mode=None)

TESTS = {"intake": "intake,batch", "send": "letter,instant", "story": "letter", "memory": "memory", "kill": "kill"}


@app.command(epilog="Example: regulars bench send --rounds 3 --json")
def bench(
    name: Annotated[
        str,
        typer.Argument(
            help="intake, engine, timers, sleepers, send, story, memory, kill, pages, desk, desks or rivals."
        ),
    ],
    rounds: Annotated[int, typer.Option(help="How often each is measured; medians are printed.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
    rows: Annotated[int, typer.Option(help="pages, desk, desks: orders and people of the shop (0: as usual).")] = 0,
    data: Annotated[
        Path | None, typer.Option(help="pages, desk, desks: keep the filled shop here, use it again.")
    ] = None,
    only: Annotated[str, typer.Option(help="pages: those with this word in their name.")] = "",
) -> None:
    """Measure, and print figures with what was switched on; `rivals` interleaves us with the do-it-yourself stacks."""
    words = ["--rounds", str(rounds), *(["--json"] if as_json else [])]
    if name in ("engine", "timers", "sleepers"):
        raise typer.Exit(from_checkout("bench.engine").main([name, *words]))
    if name in ("pages", "desk", "desks"):  # a quick look at each: python -m bench.pages --help
        more = [*(["--rows", str(rows)] if rows else []), *(["--data", str(data)] if data else [])]
        more += {"pages": ["--only", only], "desk": [], "desks": ["--rounds", str(max(rounds, 3))]}[name]
        more += ["--json"] if as_json else []
        raise typer.Exit(from_checkout(f"bench.{name}").main(more))
    if name == "rivals":
        raise typer.Exit(from_checkout("bench.run").main(["--busy", *words]))
    if name not in TESTS:
        raise typer.BadParameter(
            f"there is no bench {name!r}; there are engine, timers, sleepers, pages, desk, desks, rivals, {', '.join(TESTS)}"
        )
    raise typer.Exit(from_checkout("bench.run").main(["--stacks", "regulars", "--tests", TESTS[name], *words]))
