"""How a command says that it failed: one sentence with the mend, on stderr, exit code 1."""


class CommandFailed(Exception):
    """A command could not do its work; the text is one sentence that says why and what to do."""
