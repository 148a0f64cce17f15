"""The first start: a cluster of its own, the application's role and its database.

Every step can be cut off and gone on with: the cluster gets its name only when it is whole, and the record says
`ready` last.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from regulars.base.postgres import binaries, folders, record
from regulars.base.postgres.binaries import Binaries
from regulars.base.postgres.errors import PostgresError
from regulars.base.postgres.record import DATABASE, ROLE, SUPERUSER, Record


def install(data_dir: Path) -> Record:
    """Makes the record and the programs' folder of a new installation; the cluster itself comes with `make_cluster`."""
    if (data_dir / "postgres" / "cluster").exists():
        raise PostgresError(
            f"{data_dir} holds a database but no {record.FILE_NAME}; put that file back from a backup, "
            f"or move {data_dir / 'postgres'} away to start anew"
        )
    home = folders.new_home(data_dir)
    programs = keep_programs(home, binaries.in_wheel()[0])
    made = Record(
        home=str(home),
        socket_dir=str(folders.socket_folder(home)),
        binaries=str(programs.root),
        version=programs.version,
        wheel=binaries.wheel_version(),
        password=secrets.token_urlsafe(24),
        superuser_password=secrets.token_urlsafe(24),
    )
    record.save(data_dir, made)
    return made


def keep_programs(home: Path, found: Binaries) -> Binaries:
    """Keeps the programs where the cluster's owner can run them."""
    under = folders.programs_folder(home)
    return binaries.keep(found, under, link=under != folders.SYSTEM_HOME)


def make_cluster(programs: Binaries, target: Path, superuser_password: str, options: tuple[str, ...] = ()) -> None:
    """initdb into `target`, whose parent decides the owner; a cluster cut off half-way never bears the name."""
    owner = folders.owner_of(target.parent)
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    password_file = target.with_name(".password")
    password_file.unlink(missing_ok=True)
    record.write_private(password_file, superuser_password + "\n")
    owner.take(password_file)
    try:
        run_program(
            [
                programs.program("initdb"),
                f"--pgdata={partial}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--encoding=UTF8",
                "--auth-local=scram-sha-256",
                "--auth-host=scram-sha-256",
                "--no-instructions",
                *_locale(),
                *options,
            ],
            owner,
            "make its data folder",
        )
    finally:
        password_file.unlink(missing_ok=True)
    partial.rename(target)


def _locale() -> list[str]:
    # Case and order must not depend on the machine's language. macOS has no C.UTF-8 of its own; the provider's
    # suffices.
    system = "C" if sys.platform == "darwin" else "C.UTF-8"
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={system}"]


def run_program(
    command: list[str], owner: folders.Owner, doing: str, cwd: Path = Path("/"), **environment: str
) -> None:
    """Runs one of PostgreSQL's programs as the cluster's owner; `doing` completes 'PostgreSQL could not …'."""
    result = subprocess.run(  # noqa: S603 - a program of the wheel
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        umask=0o077,
        env=plain_environment() | environment,
        **owner.switch(),  # type: ignore[call-overload]
    )
    if result.returncode:
        lines = (result.stderr.strip() or result.stdout.strip()).splitlines()
        raise PostgresError(f"PostgreSQL could not {doing}: {lines[-1] if lines else f'code {result.returncode}'}")


def plain_environment() -> dict[str, str]:
    """PG* and LC_* of the person at the terminal must not reach the server."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}


def provide_database(made: Record) -> None:
    """Makes the application's role (no superuser) and its database; nothing happens if they are there."""
    with contextlib.closing(psycopg.connect(made.superuser_dsn(), autocommit=True)) as connection:
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        connection.execute(
            sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}").format(
                role, sql.Literal(made.password)
            )
        )
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier("postgres")))
