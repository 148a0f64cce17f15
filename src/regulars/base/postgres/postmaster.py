"""The server's processes as the machine shows them: which postmaster serves a cluster, and what is left of a dead one.

`postmaster.pid` alone is not believed: after a crash its number may belong to somebody else. A process is ours if it
is a `postgres` that works in the cluster's folder.
"""

import contextlib
import signal
from pathlib import Path
from typing import Literal

import psutil

State = Literal["stopped", "starting", "ready", "stopping"]


def find(cluster: Path) -> psutil.Process | None:
    """The living postmaster of this cluster, or None."""
    pid = _recorded_pid(cluster)
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return None
    return process if _serves(process, cluster) else None


def state(cluster: Path) -> State:
    """What the server says of itself in `postmaster.pid`, if it lives."""
    if find(cluster) is None:
        return "stopped"
    lines = _lines(cluster)
    word = lines[7].strip() if len(lines) > 7 else "starting"
    if word == "ready":
        return "ready"
    return "stopping" if word == "stopping" else "starting"


def leftovers(cluster: Path) -> list[psutil.Process]:
    """Processes that still serve this cluster; call it when there is no postmaster."""
    return [process for process in psutil.process_iter() if _serves(process, cluster)]


def clear(cluster: Path) -> None:
    """Makes the way free for a new postmaster after a crash.

    Backends of a dead postmaster end by themselves when they notice; those that don't are told, then killed: without
    their postmaster nothing they do can be kept. A `postmaster.pid` whose number now belongs to a stranger is
    removed; one whose number is free stays, since PostgreSQL reads the leftover shared memory out of it.
    """
    for send, seconds in ((None, 2), (signal.SIGQUIT, 1), (signal.SIGKILL, 5)):
        remaining = leftovers(cluster)
        if not remaining:
            break
        for process in remaining:
            if send is not None:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(send)
        psutil.wait_procs(remaining, timeout=seconds)
    pid = _recorded_pid(cluster)
    if pid is None or psutil.pid_exists(pid):
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _serves(process: psutil.Process, cluster: Path) -> bool:
    try:
        return bool(
            process.name().startswith("postgres")
            and process.status() != psutil.STATUS_ZOMBIE
            and process.cwd() == str(cluster)
        )
    except (psutil.Error, OSError):
        return False


def _lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _recorded_pid(cluster: Path) -> int | None:
    lines = _lines(cluster)
    try:
        pid = int(lines[0])
    except (IndexError, ValueError):
        return None
    return pid if pid > 1 else None
