"""What can go wrong with the embedded PostgreSQL, said in one sentence with its mend."""


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be installed, started or reached; the text says why and what to do."""
