"""The sender role: the outbox's loop with what the environment says about channels, links and keys, and its commands'."""

import logging
import sys
import threading
from typing import Any

import psycopg
from django.conf import settings

from regulars.base.environment import LOCAL_URL
from regulars.base.secrets import split_keys
from regulars.desk.telling import Carrier, next_telling
from regulars.outbox import starter
from regulars.outbox.channels.email.server import EmailUrlProblem, parse_email_url
from regulars.outbox.command_loop import CommandLoop, next_command
from regulars.outbox.sender import Sender, SendingRefused, Setup
from regulars.worker.loop import RETRIED, WOKEN, Loop, Turn, run_all
from regulars.worker.presence import Presence

__all__ = ["run"]

# A hand waits for the interpreter at each answer of the mail server; the usual 5 ms would be most of a letter's time.
SWITCH_SECONDS = 0.0005
TELLERS = 3
"""Loops that tell the staff: a service that answers slowly holds up one of them."""

log = logging.getLogger(__name__)


def run(stop: threading.Event) -> None:
    """Send until told to stop. Where sending is refused it says why, and waits to be stopped, sending nothing."""
    sys.setswitchinterval(SWITCH_SECONDS)
    starter.letters()  # reading them takes a tenth of a second: not when the first letter is due
    public_url = settings.REGULARS_PUBLIC_URL or LOCAL_URL
    keys = split_keys(settings.SECRET_KEY)
    commands, tellers = CommandLoop(), Presence("telling")
    telling: list[threading.Thread] = []

    def turn(raw: "psycopg.Connection[Any]") -> int:
        tellers.turn(raw)  # here: the commands' loop never waits for anybody, and one connection is enough
        return commands.turn(raw)

    def end(raw: "psycopg.Connection[Any]") -> None:
        commands.end(raw)
        for thread in telling:
            thread.join(2)
        if not any(thread.is_alive() for thread in telling):
            tellers.end(raw)

    def tell(carrier: Carrier) -> Turn:
        return lambda raw: carrier.turn(raw, tellers.holder(raw))

    loop = Loop("commands", turn, next_command, RETRIED, ending=end)
    beside = threading.Thread(target=run_all, args=([loop], stop, "commands"), name="commands", daemon=True)
    beside.start()
    setup = Setup(settings.REGULARS_EMAIL_URL, public_url, keys, settings.REGULARS_TELEGRAM_API)
    try:
        server = parse_email_url(settings.REGULARS_EMAIL_URL) if settings.REGULARS_EMAIL_URL else None
        # all wake when something is to be told; one looks often for what waits after a failure
        loops = [
            Loop(
                f"telling {n}",
                tell(Carrier(server, public_url, keys)),
                next_telling,
                WOKEN if n else RETRIED,
            )
            for n in range(TELLERS)
        ]
        telling.append(threading.Thread(target=run_all, args=(loops, stop, "telling"), name="telling", daemon=True))
        telling[0].start()
        Sender(setup).run(stop)
    except (SendingRefused, EmailUrlProblem) as refused:
        log.error("outbox: sending is refused. %s", refused)
        stop.wait()
    beside.join(8)
