"""`regulars backtest`: what a scheme would have done with the shop's own past. Nothing is sent, and no sales are foretold."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.cli import product
from regulars.cli.errors import CommandFailed

if TYPE_CHECKING:
    from decimal import Decimal

    from regulars.base.db import Cursor
    from regulars.journeys.backtest import Side

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_PERIOD = "A date like 2026-01-31, by the shop’s clock."


@app.command(epilog="Example: regulars backtest after-order.yaml --since 2026-01-01 --against after-order")
def backtest(
    file: Annotated[
        str, typer.Argument(help="A scheme file (YAML), or the name of a published scheme (name@2: its version 2).")
    ],
    since: Annotated[str | None, typer.Option(help=f"From when on. {_PERIOD} A year ago by default.")] = None,
    until: Annotated[str | None, typer.Option(help=f"Until the end of that day. {_PERIOD} Now by default.")] = None,
    against: Annotated[
        str | None, typer.Option(help="Another version, to compare: a file, or a published scheme.")
    ] = None,
    seed: Annotated[str, typer.Option(help="Of the draws for what nobody knows; the same seed draws the same.")] = "1",
    assume: Annotated[
        list[str] | None, typer.Option(help="What you suppose instead of what was measured: confirm.confirmed=0.7.")
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(help="What a message or a call costs: sms=3.50, call=25. The shop’s list by default."),
    ] = None,
    rows: Annotated[
        Path | None, typer.Option(help="Write who would have got what, and when, into this CSV file.")
    ] = None,
    processes: Annotated[int, typer.Option(help="How many processes may work; 0: one a processor.")] = 0,
    shop: Annotated[
        str | None, typer.Option("--shop", help="The shop's slug; needed only where there are several.")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the installation.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """Run a scheme over the shop's past and say who would have got what; two versions side by side with --against."""
    product.set_data(data)
    with product.opened():
        result = _run(file, since, until, against, seed, assume or [], price or [], rows, processes, shop)
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
        return
    from regulars.cli.backtest_told import told

    print(told(result))


def _run(
    file: str,
    since: str | None,
    until: str | None,
    against: str | None,
    seed: str,
    assume: list[str],
    price: list[str],
    rows: Path | None,
    processes: int,
    slug: str | None,
) -> dict[str, Any]:
    from contextlib import ExitStack, closing

    from regulars.base import clock, db
    from regulars.journeys import backtest as runs
    from regulars.journeys.backtest_capacity import capacity_of
    from regulars.journeys.backtest_rates import OverrideError
    from regulars.journeys.backtest_result import result_of
    from regulars.journeys.backtest_rows_file import RowsFile
    from regulars.shop import queries

    wishes, prices = _numbers(assume, "--assume"), _numbers(price, "--price")
    with db.transact() as cur:
        shop_id = product.shop_id(cur, slug)
        settings, now = queries.settings_of(cur, shop_id), clock.now_from(cur)
        last = now if until is None else min(now, _day(until, settings.time_zone) + timedelta(days=1))
        first = last - timedelta(days=365) if since is None else _day(since, settings.time_zone)
        if first >= last:
            raise CommandFailed("--since must be before --until, and in the past")
        sides = [_side(cur, shop_id, word) for word in ([against] if against else []) + [file]]
        asked = runs.Asked(shop_id, sides, first, last, seed, prices=prices)
        try:
            runs.prepare(cur, asked, {k: float(v) for k, v in wishes.items()})
        except OverrideError as error:
            raise CommandFailed(f"--assume {error}") from error
        capacity = capacity_of(cur, shop_id, now)
    with ExitStack() as stack:
        raw = stack.enter_context(closing(db.loop_connection("backtest")))
        keep = None if rows is None else stack.enter_context(RowsFile(rows, [s.label for s in sides])).keep
        outcome = runs.run(raw, asked, processes or _processors(), None, keep)
    return result_of(asked, outcome, capacity, asked.prices, settings.currency)


def _processors() -> int:
    import os

    return os.cpu_count() or 1


def _numbers(words: list[str], option: str) -> "dict[str, Decimal]":
    from decimal import Decimal, InvalidOperation

    found = {}
    for word in words:
        name, _, number = word.partition("=")
        try:
            value = Decimal(number)
        except InvalidOperation:
            raise typer.BadParameter(
                f"{option} wants a name and a number, like confirm.confirmed=0.7; not {word!r}"
            ) from None
        is_too_fine = option == "--price" and value.is_finite() and value != round(value, 4)
        if not name or not value.is_finite() or value < 0 or (option == "--assume" and value > 1) or is_too_fine:
            raise typer.BadParameter(f"{option}: {word!r} is out of range")
        found[name] = value
    return found


def _day(text: str, zone: str) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it like 2026-01-31") from None


def _side(cur: "Cursor", shop_id: int, word: str) -> "Side":
    """A file, or a published scheme by its name. It must be free of errors, as for publishing."""
    from regulars.journeys import queries
    from regulars.journeys.backtest import Side
    from regulars.journeys.checking import read_for_shop

    path = Path(word)
    if path.is_file():
        try:
            text, label = path.read_text(encoding="utf-8"), path.name
        except UnicodeDecodeError as error:
            raise CommandFailed("a scheme file must be UTF-8 text; save it so and try again") from error
    else:
        name, _, number = word.partition("@")
        found = queries.scheme_text(cur, shop_id, name, int(number) if number.isdigit() else None)
        if found is None:
            raise CommandFailed(f"{word}: there is no such file, and no published scheme of that name")
        text, label = found[0], word
    reading = read_for_shop(cur, shop_id, text, word)
    if reading.scheme is None:
        raise CommandFailed(f"{word} has errors:\n" + "\n".join(p.sentence("en") for p in reading.errors))
    return Side(text, label)
