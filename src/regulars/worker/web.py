"""The web role: granian with one worker and a pool of blocking threads in front of the WSGI callable.

Owns the server's settings. The callable itself, with intake's door before Django, is project/wsgi.py.
"""

import importlib
import multiprocessing
import os
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server as Granian

from regulars.worker.parent import LifeLine
from regulars.worker.roles import Address

APPLICATION = ("regulars.project.wsgi", "application")
THREADS = 640
"""Most wait for slow senders and cost little: they are made when needed and end when idle. Seats before Django
(intake/door.py) and the group commit bound what works at once."""
STOP_SECONDS = 6
"""How long requests under way may take after SIGTERM; `up` has 10 s for everything."""

_LOGS: dict[str, Any] = {"loggers": {"_granian": {"handlers": [], "propagate": True}}}


def serve(address: Address) -> None:
    """Serves until SIGTERM or SIGINT. SystemExit(1) when its worker died: whoever watches starts the role again."""
    # The worker shares the memory of what is loaded here only if it is forked.
    multiprocessing.set_start_method("fork", force=True)
    load()
    line = LifeLine()

    def loader() -> Callable[..., Any]:
        line.hold()
        return load()

    server = Granian(
        ":".join(APPLICATION),
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=int(os.environ.get("REGULARS_WEB_THREADS", THREADS)),
        backlog=2048,
        websockets=False,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=_LOGS,
    )
    server.serve(target_loader=loader, wrap_loader=False)


def load() -> Callable[..., Any]:
    """The WSGI callable; importing it loads the whole product."""
    module, name = APPLICATION
    application: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return application
