"""`regulars demo`: `up` on a playground, whose clock can be set and run fast, and which nothing can leave."""

import contextlib
import functools
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from regulars.cli import product
from regulars.cli.up import run, say

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: regulars demo --speed 60")
def demo(
    data: Annotated[Path | None, typer.Option(help="Folder of the playground.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    speed: Annotated[float, typer.Option(help="Business seconds a second.")] = 1.0,
    now: Annotated[
        str | None,
        typer.Option(
            help="Business time to begin at, with an offset (first start only; default: now, or the last late morning"
            " while the shop is closed)."
        ),
    ] = None,
    bare: Annotated[
        bool, typer.Option("--bare", help="Only the shop: no history, and no orders but those that you send.")
    ] = False,
) -> None:
    """Run a playground: a shop with a year of orders, and new ones as its clock runs; nothing leaves this machine."""
    at = _moment(now)
    product.set_data(data)
    beside = {} if bare else {"company": (_turn, _next_due)}
    raise typer.Exit(run(host, port, functools.partial(_fill, at, speed, bare=bare), beside))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a time; write it like 2026-03-02T10:15:00+03:00") from error
    if at.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset; write it like 2026-03-02T10:15:00+03:00")
    return at


# What follows needs Django, which is ready when it is called.
def _fill(at: datetime | None, speed: float, *, bare: bool) -> None:
    from regulars.cli.playground.fill import fill

    began = time.monotonic()
    with _progress() as on_progress:
        was_filled = fill(at, speed, bare=bare, on_progress=on_progress)
    if was_filled:
        say(f"the playground is filled ({time.monotonic() - began:.0f} s)")


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """A bar on a terminal; elsewhere one line when it begins."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    text = "filling the playground: a year of orders, the last three weeks lived through"
    if not sys.stderr.isatty():
        said: list[str] = []

        def on_progress(done: float) -> None:
            if not said:
                said.append(text)
                say(f"{text} (a minute at most)")

        yield on_progress
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=1.0, visible=False)
        yield lambda done: bar.update(task, completed=done, visible=True)


def _turn(raw: Any) -> int:
    from regulars.cli.playground import company

    return company.turn(raw)


def _next_due(cur: Any) -> datetime | None:
    from regulars.cli.playground import company

    return company.next_due(cur)
