"""Processes of a bench: none is left behind, and a silent one is told with its log."""

import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from bench.processes import NotReady, Process, free_ports, pss_mib

PARENT_AND_CHILD = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "x = bytearray(60 << 20); import time; time.sleep(60)"])
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_ending_takes_the_children_too(tmp_path: Path, how: signal.Signals) -> None:
    process = Process([sys.executable, "-c", PARENT_AND_CHILD], log=tmp_path / "log")
    process.wait_log("ready")
    child = psutil.Process(process.pid).children()[0]
    process.end(how)
    psutil.wait_procs([child], timeout=5)  # killed is not yet gone
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_memory_counts_the_children(tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", PARENT_AND_CHILD], log=tmp_path / "log")
    try:
        process.wait_log("ready")
        deadline = time.monotonic() + 10
        while pss_mib([process.pid]) < 60 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert 60 < pss_mib([process.pid]) < 120
    finally:
        process.end()


def test_one_that_ends_instead_of_becoming_ready_is_told_with_its_log(tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", "raise SystemExit('no disk left')"], log=tmp_path / "log")
    with pytest.raises(NotReady, match="no disk left"):
        process.wait_port(free_ports(1)[0])
