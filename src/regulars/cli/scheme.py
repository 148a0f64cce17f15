"""`regulars scheme`: interaction schemes as text — check, publish, show, list — and their numbers mended."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regulars.cli import product
from regulars.cli.errors import CommandFailed

if TYPE_CHECKING:
    from regulars.core.problems import Problem

app = typer.Typer(add_completion=False, rich_markup_mode=None, help="Check, publish, show and list schemes.")

Files = Annotated[list[Path], typer.Argument(help="Scheme files (YAML).", exists=True, dir_okay=False)]
File = Annotated[Path, typer.Argument(help="A scheme file (YAML).", exists=True, dir_okay=False)]
Name = Annotated[str, typer.Argument(help="The scheme's name.")]
Shop = Annotated[str | None, typer.Option("--shop", help="The shop's slug; needed only where there are several.")]
Json = Annotated[bool, typer.Option("--json", help="Print data for programs.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the installation.")]


@app.command(epilog="Example: regulars scheme check after-order.yaml")
def check(files: Files, shop: Shop = None, data: Data = None, as_json: Json = False) -> None:
    """Say what is wrong with schemes: file, line, step and mend. Exit 1 when one can't be published.

    With an installation at hand, its letters, teams and segments are known, and what its owner keeps; without one, the
    language and the facts alone are checked.
    """
    from regulars.core.problems import ERROR

    product.set_data(data)
    texts, found = _texts(files), []
    for file, text in texts:
        found += _read(file, text, shop, [other for _, other in texts if other is not text])
    problems = [problem for problem, _ in found]
    if as_json:
        print(json.dumps([{**p.record(), "kept": kept or None} for p, kept in found], ensure_ascii=False, indent=2))
    else:
        for problem, kept in found:
            print(_said(problem, kept))
        if not problems:
            print(_SAID[_language()]["clean"].format(n=len(files)))
    raise typer.Exit(1 if any(p.severity == ERROR for p in problems) else 0)


_SAID = {
    "en": {
        "error": "error: {said}", "warning": "warning: {said}", "kept": "kept: {said} Its reason: {reason}",
        "clean": "{n} checked, nothing wrong",
    },
    "ru": {
        "error": "ошибка: {said}", "warning": "предупреждение: {said}", "kept": "оставлено: {said} Причина: {reason}",
        "clean": "проверено: {n}, всё в порядке",
    },
}  # fmt: skip


def _said(problem: "Problem", kept: str) -> str:
    """A problem as a line; `kept`: why its owner keeps it."""
    language = _language()
    sentence = problem.sentence(language)
    return _SAID[language]["kept" if kept else problem.severity].format(said=sentence, reason=kept)


def _language() -> str:
    import os

    return "ru" if os.environ.get("LANG", "").startswith("ru") else "en"


def _texts(files: list[Path]) -> list[tuple[str, str]]:
    try:
        return [(str(f), f.read_text(encoding="utf-8")) for f in files]
    except UnicodeDecodeError as error:
        raise CommandFailed("a scheme file must be UTF-8 text; save it so and try again") from error


def _read(file: str, text: str, shop: str | None, beside: list[str]) -> "list[tuple[Problem, str]]":
    """The problems of a text, each with the reason for which its owner keeps it ('' where he doesn't)."""
    from regulars.base import environment

    if not environment.load().database_is_known:
        product.load()
        from regulars.journeys.checking import read_alone

        return [(problem, "") for problem in read_alone(text, file).problems]
    with product.opened():
        from regulars.base import db
        from regulars.core.problems import ERROR
        from regulars.journeys.accepted import accepted
        from regulars.journeys.checking import read_for_shop

        with db.transact() as cur:
            shop_id = product.shop_id(cur, shop)
            reading = read_for_shop(cur, shop_id, text, file, beside)
            kept = accepted(cur, shop_id, reading.scheme.name) if reading.scheme else {}
        found = [(p, kept.get((p.step or "", p.code)) if p.severity != ERROR else None) for p in reading.problems]
        return [(problem, why.reason if why else "") for problem, why in found]


@app.command(epilog="Example: regulars scheme language --language ru > scheme-language.md")
def language(
    language: Annotated[str, typer.Option("--language", help="en or ru.")] = "en",
) -> None:
    """Print the whole language on a page (Markdown): keys, verbs with an example each, conditions, facts, events."""
    if language not in ("en", "ru"):
        raise typer.BadParameter(f"there is no page in {language!r}; there are en and ru")
    product.load()
    from regulars.core.language_page import page
    from regulars.journeys.checking import facts_of_schemes

    print(page(language, facts_of_schemes()), end="")


@app.command(epilog="Example: regulars scheme publish after-order.yaml")
def publish(file: File, shop: Shop = None, data: Data = None, as_json: Json = False) -> None:
    """Make a scheme live. Those inside an older version finish it; the same text again changes nothing."""
    product.set_data(data)
    with product.opened():
        from regulars.base import clock, db
        from regulars.base.actor import Actor
        from regulars.journeys import actions

        ((name, text),) = _texts([file])
        try:
            with db.transact() as cur:
                done = actions.publish(
                    cur, product.shop_id(cur, shop), text, Actor("command"), clock.now_from(cur), name
                )
        except actions.SchemeRefused as refused:
            if as_json:
                print(json.dumps({"problems": [p.record() for p in refused.problems]}, ensure_ascii=False))
            raise CommandFailed(
                "not published:\n" + "\n".join(p.sentence(_language()) for p in refused.problems)
            ) from None
    if as_json:
        print(json.dumps({"scheme": done.name, "version": done.n, "id": str(done.version_id), "new": done.isnew}))
        return
    for warning in done.warnings:
        print(f"warning: {warning.sentence(_language())}")
    print(f"{done.name}: version {done.n} is live" if done.isnew else f"{done.name}: version {done.n} was live already")


@app.command(epilog="Example: regulars scheme show after-order --version 2")
def show(
    name: Name,
    version: Annotated[int | None, typer.Option(help="Which version; the live one by default.")] = None,
    shop: Shop = None,
    data: Data = None,
) -> None:
    """Print the text of a scheme."""
    product.set_data(data)
    with product.opened():
        from regulars.base import db
        from regulars.journeys import queries

        with db.transact() as cur:
            found = queries.scheme_text(cur, product.shop_id(cur, shop), name, version)
    if found is None:
        raise CommandFailed(f"there is no such scheme or version: {name}; see `regulars scheme list`")
    print(found[0], end="")


@app.command("list", epilog="Example: regulars scheme list --json")
def list_(shop: Shop = None, data: Data = None, as_json: Json = False) -> None:
    """List the schemes: live version, how many are inside, how many set aside."""
    product.set_data(data)
    with product.opened():
        from regulars.base import db
        from regulars.journeys import queries

        with db.transact() as cur:
            rows = queries.schemes(cur, product.shop_id(cur, shop))
    if as_json:
        print(json.dumps([{"name": r.name, "version": r.n, "inside": r.inside, "set_aside": r.aside} for r in rows]))
        return
    for row in rows:
        live = f"version {row.n}" if row.n is not None else "takes no newcomers"
        print(f"{row.name}  {live}  inside {row.inside}  set aside {row.aside}")
    if not rows:
        print("no schemes yet: regulars scheme publish FILE")


@app.command(epilog="Example: regulars scheme numbers --mend")
def numbers(
    mend: Annotated[bool, typer.Option("--mend", help="Set right what differs.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Compare the numbers that schemes show with a full count. Exit 1 when one differs and isn't mended."""
    product.set_data(data)
    with product.opened():
        from dataclasses import asdict

        from regulars.base import db
        from regulars.journeys import counts

        with db.transact() as cur:
            wrong = counts.differences(cur)
            if mend and wrong:
                counts.mend(cur)
    if as_json:
        print(json.dumps([asdict(d) for d in wrong], ensure_ascii=False, indent=2))
    else:
        for d in wrong:
            print(f"version {d.version_id}, {d.what} {d.step} {d.detail}: shows {d.kept}, counted {d.counted}")
        print(
            "every number is right"
            if not wrong
            else f"{len(wrong)} {'set right' if mend else 'wrong; --mend sets them right'}"
        )
    raise typer.Exit(1 if wrong and not mend else 0)
