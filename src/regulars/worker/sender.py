"""The sender role: the outbox's loop with what the environment says about channels, links and keys."""

import logging
import sys
import threading

from django.conf import settings

from regulars.base.environment import LOCAL_URL
from regulars.base.secrets import split_keys
from regulars.outbox import starter
from regulars.outbox.channels.email.server import EmailUrlProblem
from regulars.outbox.sender import Sender, SendingRefused, Setup

__all__ = ["run"]

# A hand waits for the interpreter at each answer of the mail server; the usual 5 ms would be most of a letter's time.
SWITCH_SECONDS = 0.0005

log = logging.getLogger(__name__)


def run(stop: threading.Event) -> None:
    """Send until told to stop. Where sending is refused it says why, and waits to be stopped, sending nothing."""
    sys.setswitchinterval(SWITCH_SECONDS)
    starter.letters()  # reading them takes a tenth of a second: not when the first letter is due
    public_url = settings.REGULARS_PUBLIC_URL or LOCAL_URL
    setup = Setup(settings.REGULARS_EMAIL_URL, public_url, split_keys(settings.SECRET_KEY))
    try:
        Sender(setup).run(stop)
    except (SendingRefused, EmailUrlProblem) as refused:
        log.error("outbox: sending is refused. %s", refused)
        stop.wait()
