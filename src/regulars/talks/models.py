"""The tables of talks, for Django to find: each kind of talk has a file of its own."""

from regulars.talks.calls_models import Call
from regulars.talks.threads_models import Account, Message, Thread

__all__ = ["Account", "Call", "Message", "Thread"]
