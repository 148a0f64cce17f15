"""`regulars web`: the web role alone, in the foreground."""

from typing import Annotated

import typer

from regulars.cli import role

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: DATABASE_URL=postgresql://regulars@db/regulars regulars web --host 0.0.0.0 --port 8000")
def web(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
) -> None:
    """Run the web role: screens, public pages, API and intake. Any number may run, on any machines."""
    role.run("web", host, port)
