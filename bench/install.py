"""What the rivals need, installed into the git-ignored `bench/.work` from their locks; and the letter they send.

`python -m bench.install` does it by hand; a run does it by itself. Must not touch the product's own environment.
"""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from ruamel.yaml import YAML

from regulars.outbox.filters import Context
from regulars.outbox.letter import LetterSource, compile_letter, render

HERE = Path(__file__).resolve().parent
WORK = HERE / ".work"
CELERY_VENV = WORK / "celery"
BULLMQ = WORK / "bullmq"
LETTER = WORK / "letter"
PACKAGES = {"redis-server": "redis-server", "redis-cli": "redis-tools", "node": "nodejs", "npm": "npm"}


class Missing(Exception):
    """A program is not on this machine."""


def program(name: str) -> str:
    """The full path of a program; raises Missing with what to install."""
    path = shutil.which(name)
    if path is None:
        raise Missing(f"{name} is not installed: apt-get install {PACKAGES.get(name, name)}")
    return path


def letter() -> None:
    """The letter of our scheme as the rivals keep it: laid out once, with placeholders; so all send the same.

    Filled with what stands for itself, and an amount that is found again.
    """
    scheme = YAML(typ="safe").load(HERE / "schemes" / "letter.yaml")
    source = LetterSource.from_mapping("order", scheme["steps"]["letter"]["send"])
    facts = {
        "order": {"number": "[[number]]", "total": {"minor": 123_456_789, "currency": "EUR"}},
        "person": {"first_name": "[[name]]"},
        "shop": {"name": "Shop"},
    }
    written = render(compile_letter(source), "en", facts, Context("en", "UTC", "UTC", datetime.now(UTC), "EUR"))
    LETTER.mkdir(parents=True, exist_ok=True)
    for name, text in (("order.txt", written.text), ("order.html", written.html)):
        (LETTER / name).write_text(text.replace("€1,234,567.89", "[[total]]"), encoding="utf-8")


def celery() -> None:
    """A virtual environment from `rivals/celery/requirements.lock`, made anew when the lock is newer."""
    lock = HERE / "rivals" / "celery" / "requirements.lock"
    done = CELERY_VENV / "installed.lock"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return
    shutil.rmtree(CELERY_VENV, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(CELERY_VENV)], check=True)
    pip = [str(CELERY_VENV / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
    shutil.copy(lock, done)


def bullmq() -> None:
    """Node modules from `rivals/bullmq/package-lock.json`, beside the two programs that use them."""
    source = HERE / "rivals" / "bullmq"
    BULLMQ.mkdir(parents=True, exist_ok=True)
    for name in ("api.mjs", "worker.mjs", "package.json"):
        shutil.copy(source / name, BULLMQ)
    lock, done = source / "package-lock.json", BULLMQ / "package-lock.json"
    if done.exists() and done.read_bytes() == lock.read_bytes() and (BULLMQ / "node_modules").is_dir():
        return
    shutil.copy(lock, done)
    # Quiet about engines: one package that is never loaded here asks for a newer Node than Debian has.
    quiet = {**os.environ, "npm_config_loglevel": "error"}
    subprocess.run([program("npm"), "ci", "--ignore-scripts"], cwd=BULLMQ, check=True, env=quiet, stdout=sys.stderr)


RIVALS = {"celery": celery, "bullmq": bullmq}


def ensure(names: list[str]) -> None:
    """Whatever these stacks need beyond the product itself; a second call does nothing."""
    letter()
    wanted = [name for name in names if name in RIVALS]
    if wanted:
        program("redis-server")
        program("redis-cli")
    for name in wanted:
        RIVALS[name]()


if __name__ == "__main__":
    ensure(list(RIVALS))
