"""`regulars clock`: show, set, pause or speed up a playground's business time; refused elsewhere."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regulars.cli import product
from regulars.cli.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from regulars.base.db import Cursor

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, help="Show, set, pause or speed up a playground's clock."
)

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the installation.")]
Json = Annotated[bool, typer.Option("--json", help="Print data for programs.")]
_POLL_SECONDS = 0.1
_STUCK_SECONDS = 120.0


def _print(as_json: bool) -> None:
    from regulars.base import clock, db

    clock.forget()
    with db.transact() as cur:
        state = clock.read(cur)
    now = state.business().isoformat(timespec="seconds")
    if as_json:
        print(json.dumps({"now": now, "speed": state.speed, "playground": state.playground}))
    else:
        kind = "playground" if state.playground else "real time"
        print(f"{now}  speed {state.speed:g}  ({kind})")


@app.command(epilog="Example: regulars clock show --json")
def show(data: Data = None, as_json: Json = False) -> None:
    """Print business time and speed."""
    product.set_data(data)
    with product.opened():
        _print(as_json)


@app.command("set", epilog="Example: regulars clock set 2026-03-03T09:00:00+03:00")
def set_(
    to: Annotated[str, typer.Argument(metavar="TIME", help="A time with an offset.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Walk to a time, through all that falls due on the way; returns when it is done. Backwards is refused.

    The walk is made by the engine, so one must be running (`regulars demo`).
    """
    try:
        target = datetime.fromisoformat(to)
    except ValueError as error:
        raise typer.BadParameter(f"{to!r} is not a time; write it like 2026-03-03T09:00:00+03:00") from error
    if target.tzinfo is None:
        raise typer.BadParameter(f"{to!r} has no offset; write it like 2026-03-03T09:00:00+03:00")
    _walk(data, as_json, lambda cur: target)


@app.command("next-morning", epilog="Example: regulars clock next-morning")
def next_morning(data: Data = None, as_json: Json = False) -> None:
    """Walk to the moment at which the shop opens next, after a night."""

    def opening(cur: "Cursor") -> datetime:
        from regulars.base import clock
        from regulars.shop import queries

        return queries.next_morning(cur, product.shop_id(cur, None), clock.now_from(cur))

    _walk(data, as_json, opening)


def _walk(data: Path | None, as_json: bool, target: "Callable[[Cursor], datetime]") -> None:
    product.set_data(data)
    with product.opened():
        from regulars.base import db, pace

        try:
            with db.transact() as cur:
                pace.set_target(cur, target(cur))
            pace.wake()
            _wait()
        except pace.ClockRefused as refused:
            raise CommandFailed(str(refused)) from refused
        _print(as_json)


def _wait() -> None:
    """Until the walk is over; a walk that stands still says what it waits for.

    Raises CommandFailed when nothing has moved for two minutes.
    """
    from regulars.base import clock, db, due, pace

    last, since = None, time.monotonic()
    while True:
        clock.forget()
        with db.transact() as cur:
            if not pace.is_walking(cur):
                return
            now = clock.read(cur).business()
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > _STUCK_SECONDS:
                busy, _ = due.look(cur, now)
                waits = ", ".join(busy) or "an engine: start `regulars demo`"
                raise CommandFailed(f"the clock stands at {now.isoformat(timespec='seconds')} and waits for {waits}")
        time.sleep(_POLL_SECONDS)


@app.command(epilog="Example: regulars clock speed 60")
def speed(
    times: Annotated[float, typer.Argument(help="Business seconds a second; 0 stands still.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Let the clock run faster or slower; it is held back while work is due."""
    _run_at(times, data, as_json)


@app.command(epilog="Example: regulars clock pause")
def pause(data: Data = None, as_json: Json = False) -> None:
    """Let the clock stand still; `regulars clock run` goes on."""
    _run_at(0, data, as_json)


@app.command(epilog="Example: regulars clock run")
def run(data: Data = None, as_json: Json = False) -> None:
    """Let the clock run as clocks do: a second a second."""
    _run_at(1, data, as_json)


def _run_at(times: float, data: Path | None, as_json: bool) -> None:
    product.set_data(data)
    with product.opened():
        from regulars.base import db, pace

        try:
            with db.transact() as cur:
                pace.set_speed(cur, times)
            pace.wake()
        except pace.ClockRefused as refused:
            raise CommandFailed(str(refused)) from refused
        _print(as_json)
