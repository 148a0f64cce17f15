"""`regulars chaos`: kills and restarts on a throw-away installation, counted by oracles of their own. From a checkout."""

from typing import Annotated

import typer

from regulars.cli.checkout import from_checkout

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: regulars chaos kill --runs 100 --seed 1")
def chaos(
    name: Annotated[str, typer.Argument(help="kill: processes, at failpoints and at random; pg: PostgreSQL.")],
    runs: Annotated[
        int, typer.Option(help="How many; by default every failpoint once and 5 at random, or 5 for pg.")
    ] = 0,
    kind: Annotated[
        str, typer.Option(help="Of kills. all; moves: only while a live scheme is changed, paused, and goes on.")
    ] = "all",
    seed: Annotated[int, typer.Option(help="Of the dice; the same seed, the same plan.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """One line of figures; exit 0 when nothing was lost, doubled or hidden, else 1."""
    if name not in ("kill", "pg"):
        raise typer.BadParameter(f"there is no chaos {name!r}; there are kill and pg")
    if kind not in ("all", "moves"):
        raise typer.BadParameter(f"there is no kind {kind!r}; there are all and moves")
    main = from_checkout("bench.chaos.__main__").main
    words = [name, "--seed", str(seed), "--runs", str(runs), "--kind", kind, *(["--json"] if as_json else [])]
    raise typer.Exit(main(words))
