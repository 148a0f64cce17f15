"""`regulars demo`: `up` on a playground, whose clock can be set and run fast, and which nothing can leave."""

import functools
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from regulars.cli import product
from regulars.cli.up import run

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: regulars demo --speed 60")
def demo(
    data: Annotated[Path | None, typer.Option(help="Folder of the playground.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    speed: Annotated[float, typer.Option(help="Business seconds a second.")] = 1.0,
    now: Annotated[
        str | None, typer.Option(help="Business time to begin at, with an offset (first start only).")
    ] = None,
) -> None:
    """Run a playground: a demo shop with operators and a scheme; mail stays in the letterbox or on this machine."""
    at = _moment(now)
    product.set_data(data)
    raise typer.Exit(run(host, port, functools.partial(_fill, at, speed)))


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


def _fill(at: datetime | None, speed: float) -> None:
    from regulars.cli import playground  # needs Django, which is ready by now

    playground.fill(at, speed)
