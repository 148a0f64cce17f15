"""From one version of the wheel to the next: minor versions by new programs, major ones by pg_upgrade.

The old cluster stays beside the new one as `cluster-<major>` until a person removes it. Nothing is changed when
anything is missing: the old programs are needed, so every start keeps a copy of those in use.
"""

import subprocess
from dataclasses import replace
from pathlib import Path

from regulars.base.postgres import binaries, conf, folders, install, postmaster, record
from regulars.base.postgres.binaries import Binaries, Say
from regulars.base.postgres.errors import PostgresError
from regulars.base.postgres.record import SUPERUSER, Record


def to_wheel(data_dir: Path, made: Record, say: Say) -> Record:
    """Brings the installation to the newest programs of the installed wheel."""
    newest = binaries.in_wheel()[0]
    if newest.major < made.major:
        raise PostgresError(
            f"the database was made by PostgreSQL {made.version}, the installed wheel brings {newest.version}; "
            f"install the newer {binaries.WHEEL} again"
        )
    home = Path(made.home)
    programs = install.keep_programs(home, newest)
    upgraded = replace(made, binaries=str(programs.root), version=programs.version, wheel=binaries.wheel_version())
    if newest.major > made.major and made.cluster.exists():
        say(f"moving the database from PostgreSQL {made.major} to {newest.major}")
        _pg_upgrade(made, _old_programs(made), programs)
    record.save(data_dir, upgraded)
    return upgraded


def _old_programs(made: Record) -> Binaries:
    """The programs that the cluster was last served by: kept ones, or the same major version out of the wheel."""
    home = Path(made.home)
    found = binaries.kept(folders.programs_folder(home), made.major)
    if found is None:
        in_wheel = [candidate for candidate in binaries.in_wheel() if candidate.major == made.major]
        if not in_wheel:
            raise PostgresError(
                f"the programs of PostgreSQL {made.major} are gone, and only they can read the database; install the "
                f"{binaries.WHEEL} of before ({made.wheel}), run `regulars backup`, and restore into a new data folder"
            )
        found = install.keep_programs(home, in_wheel[0])
    return found


def _pg_upgrade(made: Record, old: Binaries, new: Binaries) -> None:
    if postmaster.find(made.cluster) is not None:
        raise PostgresError("the database still runs on its old version; stop what uses it, then start again")
    home = Path(made.home)
    owner = folders.owner_of(home)
    target = home / "cluster-new"
    if target.exists():
        raise PostgresError(f"an earlier upgrade was cut off; remove {target} and start again")
    checksums = "--data-checksums" if _has_checksums(old, made.cluster) else "--no-data-checksums"
    install.make_cluster(new, target, made.superuser_password, (checksums,))
    conf.write(made.cluster, made.socket_dir, old.major)
    conf.write(target, made.socket_dir, new.major)
    install.run_program(
        [
            new.program("pg_upgrade"),
            f"--old-bindir={old.root / 'bin'}",
            f"--new-bindir={new.root / 'bin'}",
            f"--old-datadir={made.cluster}",
            f"--new-datadir={target}",
            f"--username={SUPERUSER}",
            f"--socketdir={made.socket_dir}",
        ],
        owner,
        f"move the database to version {new.major}",
        cwd=home,
        PGPASSWORD=made.superuser_password,
    )
    made.cluster.rename(home / f"cluster-{old.major}")
    target.rename(made.cluster)


def _has_checksums(programs: Binaries, cluster: Path) -> bool:
    output = subprocess.run(  # noqa: S603 - a program of the wheel
        [programs.program("pg_controldata"), "-D", str(cluster)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=install.plain_environment(),
    ).stdout
    lines = [line for line in output.splitlines() if line.startswith("Data page checksum version")]
    return bool(lines) and not lines[0].rstrip().endswith(" 0")
