"""`regulars import`: orders, people, products out of a file, as history unless told otherwise.

Owns the words and the exit code; how a file is read and brought in stands in intake/import_*.py.
"""

import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.cli import product
from regulars.cli.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from regulars.intake.import_items import Plan, Reject
    from regulars.intake.import_run import Outcome
    from regulars.shop.settings import ShopSettings

app = typer.Typer(add_completion=False, rich_markup_mode=None)
KINDS = ("orders", "people", "products")


@app.command(
    name="import",
    epilog="Example: regulars import orders orders.csv --map 'Заказ №=id'\n\n"
    "What is refused is written to FILE.rejects.ndjson with its row and the reason.",
)
def import_(
    kind: Annotated[str, typer.Argument(help="orders, people or products.")],
    file: Annotated[
        Path, typer.Argument(help="NDJSON, a JSON array, or CSV with a header.", exists=True, dir_okay=False)
    ],
    live: Annotated[
        bool, typer.Option("--live", help="Let schemes act on it; else it is history and mails nobody.")
    ] = False,
    source: Annotated[str, typer.Option(help="Whose ids these are; 'api' is the shop itself.")] = "api",
    column: Annotated[
        list[str] | None, typer.Option("--map", help="'HEADING=field' for a CSV's column; repeatable.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Zone of times without an offset (default: the shop's).")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a CSV, if it was guessed wrong.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Of a CSV, if it was guessed wrong.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where to write what was refused.")] = None,
    shop: Annotated[str | None, typer.Option(help="The shop's slug; needed only where there are several.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the installation (default: REGULARS_DATA or ./var).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome for programs.")] = False,
) -> None:
    """Take a file in; safe to run again: what an earlier run brought changes nothing."""
    if kind not in KINDS:
        raise typer.BadParameter(f"there is no kind {kind!r}; kinds are {', '.join(KINDS)}")
    columns = _columns(column or [])
    product.set_data(data)
    target = rejects or file.with_name(file.name + ".rejects.ndjson")
    with product.opened():
        from regulars.intake.import_file import BadFile, look_at
        from regulars.intake.import_items import Plan
        from regulars.intake.import_run import ImportJob

        try:
            facts = look_at(file, encoding)
            found = _shop(shop)
            plan = Plan(kind, file, facts, _defaults(found, zone), columns, delimiter)
            job = ImportJob(found.id, kind, source, facts.digest, live)
            outcome = _run(plan, job, target, quiet=as_json)
        except (BadFile, LookupError) as error:
            raise CommandFailed(str(error)) from error
    _tell(outcome, plan, target, as_json=as_json)
    if outcome.rows and not outcome.ok:
        raise typer.Exit(1)


def _columns(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if not all(heading and name for heading, _, name in pairs):
        raise typer.BadParameter("--map wants HEADING=field, such as --map 'Order no=id'")
    return {heading.strip(): name.strip() for heading, _, name in pairs}


def _shop(slug: str | None) -> "ShopSettings":
    from regulars.base import db
    from regulars.shop.queries import shops

    with db.transact() as cur:
        known = shops(cur)
    fitting = [one for one in known if slug in (None, one.slug)]
    if len(fitting) == 1:
        return fitting[0]
    if not known:
        raise CommandFailed("there is no shop yet; run `regulars up` once and open its page")
    raise CommandFailed(f"which shop? name one with --shop: {', '.join(one.slug for one in known)}")


def _defaults(shop: "ShopSettings", zone: str | None) -> Any:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from regulars.intake.import_columns import Defaults

    try:
        return Defaults(ZoneInfo(zone or shop.time_zone), shop.currency)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise CommandFailed(f"there is no time zone {zone!r}; write it like Europe/Moscow") from error


def _run(plan: "Plan", job: Any, target: Path, *, quiet: bool) -> "Outcome":
    from regulars.base import db
    from regulars.intake.import_items import batches
    from regulars.intake.import_run import run

    raw = db.loop_connection("import")
    try:
        with _rejects(target) as on_reject, _progress(plan.facts.size, quiet=quiet) as on_progress:
            return run(raw, job, batches(plan), on_reject, on_progress)
    finally:
        raw.close()


@contextlib.contextmanager
def _rejects(target: Path) -> "Iterator[Callable[[Reject], None]]":
    """The reject file, there only if something was refused."""
    with contextlib.ExitStack() as stack:
        file: Any = None

        def write(reject: "Reject") -> None:
            nonlocal file
            if file is None:
                file = stack.enter_context(target.open("w", encoding="utf-8"))
            file.write(json.dumps(dataclasses.asdict(reject), ensure_ascii=False) + "\n")

        target.unlink(missing_ok=True)
        yield write


@contextlib.contextmanager
def _progress(size: int, *, quiet: bool) -> "Iterator[Callable[[int], None]]":
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    columns = (TextColumn("taking in"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("import", total=size)
        yield lambda done: bar.update(task, completed=done)


def _tell(outcome: "Outcome", plan: "Plan", target: Path, *, as_json: bool) -> None:
    refused_to = str(target) if outcome.refused else None
    if as_json:
        print(json.dumps(dataclasses.asdict(outcome) | {"encoding": plan.facts.encoding, "rejects": refused_to}))
        return
    print(f"{outcome.rows} rows ({plan.facts.encoding}) = {outcome.ok} ok + {outcome.refused} refused")
    if outcome.repeated:
        print(f"{outcome.repeated} of {outcome.items} {plan.kind} had been brought by an earlier run: nothing changed")
    if outcome.counts:
        print(", ".join(f"{name}: {count}" for name, count in sorted(outcome.counts.items())))
    if refused_to:
        print(f"the reasons: {refused_to}")
