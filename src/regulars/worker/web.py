"""The web role: granian with one worker, whose event loop runs the front.

Owns the server's settings. The application itself, with intake's door before Django, is project/front.py.
"""

import importlib
import multiprocessing
import sys
from typing import Any

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server as Granian

from regulars.base.loading import staying
from regulars.worker.parent import LifeLine
from regulars.worker.roles import Address

APPLICATION = ("regulars.project.front", "application")
STOP_SECONDS = 6
"""How long requests under way may take after SIGTERM; `up` has 10 s for everything."""

# The front waits for the interpreter while Django's threads draw pages; the usual 5 ms each would be an order's answer.
SWITCH_SECONDS = 0.0001

_LOGS: dict[str, Any] = {"loggers": {"_granian": {"handlers": [], "propagate": True}}}


def serve(address: Address) -> None:
    """Serves until SIGTERM or SIGINT. SystemExit(1) when its worker died: whoever watches starts the role again."""
    # The worker shares the memory of what is loaded here only if it is forked.
    multiprocessing.set_start_method("fork", force=True)
    load()
    line = LifeLine()

    def loader() -> Any:
        line.hold()
        sys.setswitchinterval(SWITCH_SECONDS)
        return load()

    server = Granian(
        ":".join(APPLICATION),
        address=address.host,
        port=address.port,
        interface=Interfaces.RSGI,
        loop=Loops.auto,  # uvloop where there is one
        workers=1,
        backlog=2048,
        websockets=False,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=_LOGS,
    )
    server.serve(target_loader=loader, wrap_loader=False)


def load() -> Any:
    """The RSGI application; importing it loads the whole product."""
    module, name = APPLICATION
    with staying():
        return getattr(importlib.import_module(module), name)
