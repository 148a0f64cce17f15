"""The command line's frame: which commands there are, loading the one that is meant, and how all of them fail.

One file a command, loaded only when it is called, so that help is instant. Each holds `app = typer.Typer()`. Must not
know what a command does.
"""

import difflib
import importlib
import sys
from typing import NoReturn

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("up", "the whole product: PostgreSQL, web, engine, sender, jobs"),
    "demo": ("demo", "the same on a playground that nothing can leave"),
    "web": ("web", "the web role alone, against DATABASE_URL"),
    "engine": ("engine", "the engine role alone: takes in, advances, watches promises"),
    "sender": ("sender", "the sender role alone: hands messages over"),
    "jobs": ("jobs", "the jobs role alone: imports, polls, recalculations"),
    "migrate": ("migrate", "bring the database up to this version"),
    "import": ("imports", "take in orders, people, products, consents from a file"),
    "scheme": ("scheme", "check, publish, show, list schemes as text"),
    "backtest": ("backtest", "what a scheme would have done with the shop's own past"),
    "clock": ("clock", "show, set, pause or speed up a playground's clock"),
    "key": ("key", "create a key for the API"),
    "feed": ("feed", "open, list, close addresses for webhooks"),
    "doctor": ("doctor", "say what is wrong or missing, and the mend"),
    "bench": ("bench", "measure what README claims about speed"),
    "race": ("race", "many at one thing on a throw-away installation, and count"),
    "chaos": ("chaos", "kill, restart and starve a throw-away installation, and count"),
}
"""Name on the command line → module here, and its line in the list."""

_EXAMPLE = "  regulars up --data ./var --port 8000"


def main() -> NoReturn:
    """The entry point. Exit codes: 0 done, 1 failed, 2 wrong use."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return 0 if arguments else 2
    name, *rest = arguments
    if name == "--version":
        from importlib.metadata import version

        print(version("regulars"))
        return 0
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; see regulars --help"
        print(f"regulars: there is no command {name!r}{hint}", file=sys.stderr)
        return 2
    return _call(name, rest)


def _call(name: str, arguments: list[str]) -> int:
    from regulars.base.environment import EnvError
    from regulars.base.postgres import PostgresError
    from regulars.cli.errors import CommandFailed

    try:
        import typer

        app = importlib.import_module(f"regulars.cli.{COMMANDS[name][0]}").app
        code = typer.main.get_command(app).main(arguments, prog_name=f"regulars {name}", standalone_mode=True)
        return code if isinstance(code, int) else 0
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except (CommandFailed, EnvError, PostgresError) as error:
        print(f"regulars {name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"regulars {name}: interrupted", file=sys.stderr)
        return 1
    except Exception as error:
        sentence = _known(error)
        if sentence is None:
            raise
        print(f"regulars {name}: {sentence}", file=sys.stderr)
        return 1


def _known(error: Exception) -> str | None:
    """A sentence for what goes wrong outside of us; None for what can only be a fault of ours."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    # By name: neither psycopg nor Django need be loaded to print help.
    names = {kind.__name__ for kind in type(error).__mro__}
    if "OperationalError" in names:
        return "the database cannot be reached; start `regulars up`, or check DATABASE_URL"
    if "ProgrammingError" in names and "does not exist" in str(error):
        return "the database is not up to date; run `regulars migrate`"
    return None


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items()]
    head, tail = (
        ["Usage: regulars COMMAND [OPTIONS]", "", "Commands:"],
        ["", "Each has --help with an example; for one:"],
    )
    return "\n".join([*head, *lines, *tail, _EXAMPLE])


if __name__ == "__main__":
    main()
