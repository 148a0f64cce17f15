"""`regulars up`: the whole product in one process tree."""

import importlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from regulars.base import environment
from regulars.base.postgres import hold
from regulars.cli import product
from regulars.cli.errors import CommandFailed

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Data = Annotated[Path | None, typer.Option(help="Folder of the installation (default: REGULARS_DATA or ./var).")]
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


@app.command(epilog="Example: regulars up --data /srv/regulars --port 8000")
def up(data: Data = None, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run the whole product: PostgreSQL (unless DATABASE_URL is set), web, engine, sender, jobs.

    Prints the address and, the first time, a login link. Ctrl-C or SIGTERM ends it cleanly within 10 s.
    """
    product.set_data(data)
    raise typer.Exit(run(host, port))


def run(
    host: str,
    port: int,
    prepare: Callable[[], None] | None = None,
    beside: Mapping[str, tuple[Callable[[Any], int], Callable[[Any], Any]]] | None = None,
) -> int:
    """Holds the data folder and runs the process tree.

    `prepare` runs in a child after the migrations; `beside`: loops to run with the roles, by name, each its turn and when
    the next is due (worker/loop.py).
    """
    # Siblings are named, not imported: the process tree is the worker layer's.
    processes = importlib.import_module("regulars.worker.processes")
    roles = importlib.import_module("regulars.worker.roles")
    data_dir = environment.load().data_dir
    with hold(data_dir) as lock:
        if "REGULARS_SECRET_KEY" not in os.environ:
            environment.make_secret_key(data_dir)
        env = environment.load()
        try:
            loops = [processes.Beside(name, turn, due) for name, (turn, due) in (beside or {}).items()]
            code: int = processes.up(env, roles.Address(host, port), lock, say, prepare, loops)
        except processes.StartFailed as error:
            raise CommandFailed(str(error)) from error
    return code


def say(line: str) -> None:
    """A line for whoever started it."""
    print(line, flush=True)
