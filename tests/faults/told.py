"""Kinds of commands that only tests know: one that may be repeated, one that may not."""

from regulars.outbox import commands
from regulars.outbox.commands import Handler, Job, Outcome


def _tell(job: Job) -> Outcome:
    answer = job.call("POST", job.payload["url"], body=b"{}")
    return Outcome("done" if answer.status == 200 else "retry", status=answer.status)


def register() -> None:
    commands.register("test.tell", Handler(_tell))
    commands.register("test.once", Handler(_tell, repeatable=False))
