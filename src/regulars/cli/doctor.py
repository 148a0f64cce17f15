"""`regulars doctor`: says what is wrong or missing, and the mend. Exit 1 when something must be mended."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regulars.cli import product

if TYPE_CHECKING:
    from regulars.base.db import Cursor
    from regulars.base.environment import Env

app = typer.Typer(add_completion=False, rich_markup_mode=None)

OK, WARNING, WRONG = "ok", "warning", "wrong"
Finding = tuple[str, str, str]


@app.command(epilog="Example: regulars doctor --json")
def doctor(
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the installation.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """Look at the installation: database, durability, migrations, partitions, key, processes, mail, what waits."""
    product.set_data(data)
    with product.opened() as env:
        from regulars.base import db

        with db.transact() as cur:
            found = [*_database(cur), *_product(cur), *_ways(env), *_waiting(cur)]
    if as_json:
        print(json.dumps([{"what": w, "state": s, "say": t} for w, s, t in found], ensure_ascii=False, indent=2))
    else:
        for what, state, text in found:
            print(f"{state:8} {what}: {text}")
    raise typer.Exit(1 if any(state == WRONG for _, state, _ in found) else 0)


def _setting(cur: "Cursor", name: str) -> str:
    row = cur.execute("select current_setting(%s)", (name,)).fetchone()
    return str(row[0]) if row else ""


def _database(cur: "Cursor") -> Iterator[Finding]:
    version = int(_setting(cur, "server_version_num")) // 10000
    if version < 15:
        yield "PostgreSQL", WRONG, f"version {version} is too old; 15 and newer are supported"
    else:
        yield "PostgreSQL", OK, f"version {version}"
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        value = _setting(cur, name)
        if value == "off":
            yield name, WRONG, "is off: what was acknowledged can be lost; set it to on and restart PostgreSQL"
    names = _setting(cur, "synchronous_standby_names")
    replicas = cur.execute(
        "select count(*), bool_or(sync_state in ('sync', 'quorum')) from pg_stat_replication"
    ).fetchone()
    if replicas and replicas[0] and not (names and replicas[1]):
        yield (
            "standby",
            WARNING,
            "is asynchronous: a failover can lose what was acknowledged; set synchronous_standby_names",
        )


def _product(cur: "Cursor") -> Iterator[Finding]:
    from importlib import import_module

    from regulars.base import clock, partitions

    pending = import_module("regulars.worker.migrate").pending()
    if pending:
        yield "migrations", WRONG, f"{len(pending)} are missing; run `regulars migrate`"
    else:
        yield "migrations", OK, "all applied"
    state = clock.read(cur)
    months = partitions.months_from(state.machine())
    lacking = [
        f"{table}_{month}"
        for table in partitions.PARTITIONED
        for month in months[:2]
        if cur.execute("select to_regclass(%s)", (f"{table}_{month}",)).fetchone() == (None,)
    ]
    if lacking:
        yield "partitions", WARNING, f"{lacking[0]} is missing; run `regulars migrate`, and keep `jobs` running"
    else:
        yield "partitions", OK, "made for the coming months"
    from regulars.base.secrets import SecretMismatch

    try:
        import_module("regulars.worker.first_start").check_key(cur)
        yield "secret key", OK, "is the one this database knows"
    except SecretMismatch as mismatch:
        yield "secret key", WRONG, str(mismatch)
    if state.playground:
        yield "clock", OK, "this is a playground; nothing leaves the machine"


def _ways(env: "Env") -> Iterator[Finding]:
    if env.email_url is None:
        yield "mail", WARNING, "EMAIL_URL is not set: messages stay in the letterbox"
    else:
        yield "mail", OK, "goes by EMAIL_URL"
    if env.public_url is None:
        yield "public address", WARNING, "REGULARS_PUBLIC_URL is not set: links in letters lead to this machine only"


def _waiting(cur: "Cursor") -> Iterator[Finding]:
    for what, sql, mend in (
        ("quarantine", "select count(*) from intake_quarantine where state = 'open'", "look at the page Quarantine"),
        ("unknown fate", "select count(*) from outbox_message where state = 'unknown'", "decide on the page Messages"),
        ("set aside", "select count(*) from journeys_enrolment where status = 3", "mend on the page Schemes"),
    ):
        row = cur.execute(sql).fetchone()
        if row and row[0]:
            yield what, WARNING, f"{row[0]} wait for a person; {mend}"
    row = cur.execute(
        "select count(*) from intake_pending p join intake_delivery d on d.id = p.delivery_id"
        " where d.received_at < machine_now() - interval '1 minute'"
    ).fetchone()
    if row and row[0]:
        yield "engine", WRONG, f"{row[0]} deliveries wait for over a minute; is `regulars engine` running?"
