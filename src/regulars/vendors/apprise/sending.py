"""A message to a service by a child process: no address of ours can be reached by it, and a hanging service costs no more
than its time.

Owns the time it may take and what the child is told of this process: nothing but the message.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from regulars.base.ssrf import Reach

__all__ = ["SECONDS", "Answer", "send"]

SECONDS = 40.0
_KEPT = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it. `known` False: apprise itself cannot read the address. `text` is the service's, shortened."""

    went: bool
    known: bool
    text: str


def send(url: str, title: str, body: str, reach: Reach, seconds: float = SECONDS) -> Answer:
    """Send one message; blocks until the service has answered, at most `seconds`."""
    asked = json.dumps({"url": url, "title": title, "body": body, "reach": reach})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "regulars.vendors.apprise.child"],
            input=asked,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
        )
    except subprocess.TimeoutExpired:
        return Answer(False, True, "no answer in time")
    try:
        said = json.loads(done.stdout)
        return Answer(bool(said["went"]), bool(said["known"]), str(said["answer"]))
    except (ValueError, KeyError, TypeError):
        return Answer(False, True, "the service's adapter failed")
