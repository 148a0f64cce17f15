"""The settings of the embedded server, written anew at every start so that a new version of the product brings its own.

An owner's changes belong in `postgresql.local.conf` beside it, which is read last. Durability is not for sale here:
what is acknowledged is on disk. Nothing that a statement carries reaches the server's log.
"""

from pathlib import Path

from regulars.base.postgres import folders
from regulars.base.postgres.record import PORT, write_private

LOCAL = "postgresql.local.conf"

HBA = "# Written by regulars at every start.\nlocal all all scram-sha-256\n"


def write(cluster: Path, socket_dir: str, major: int) -> None:
    """Puts our settings and the list of who may log in into the cluster, owned by the cluster's owner."""
    texts = {"postgresql.conf": text(socket_dir, major), "pg_hba.conf": HBA}
    if not (cluster / LOCAL).exists():
        texts[LOCAL] = "# Settings of your own; read last, kept by upgrades of regulars.\n"
    owner = folders.owner_of(cluster)
    for name, content in texts.items():
        write_private(cluster / name, content)
        owner.take(cluster / name)


def text(socket_dir: str, major: int) -> str:
    """The whole of postgresql.conf; `socket_dir` is the only door, there is no TCP."""
    settings: dict[str, str | int] = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": socket_dir,
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": 100,
        # Durability.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        # Memory: the whole product is to stay under 250 MiB.
        "shared_buffers": "48MB",
        "huge_pages": "off",
        "work_mem": "8MB",
        "maintenance_work_mem": "64MB",
        "autovacuum_work_mem": "8MB",
        "default_statistics_target": 50,  # half the sample that an ANALYZE holds: two at once took 70 MiB
        "effective_cache_size": "512MB",
        "max_parallel_workers_per_gather": 1,
        "max_worker_processes": 4,
        "jit": "off",
        # Writing: few checkpoints, small full-page images (the wheel has no lz4).
        "wal_level": "replica",
        "max_wal_senders": 2,
        "wal_compression": "pglz",
        "max_wal_size": "1GB",
        "min_wal_size": "80MB",
        "checkpoint_timeout": "15min",
        # A frozen or vanished client gives its claim back.
        "idle_in_transaction_session_timeout": "60s",
        "client_connection_check_interval": "5s",
        "autovacuum_naptime": "20s",
        "autovacuum_max_workers": 2,
        # The log: our file is on stderr. Errors are the client's to report; details and parameters are people's data.
        "logging_collector": "off",
        "log_destination": "stderr",
        "log_line_prefix": "%m [%p] ",
        "log_timezone": "UTC",
        "timezone": "UTC",
        "lc_messages": "C",
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": 0,
        "log_parameter_max_length_on_error": 0,
        "log_statement": "none",
        "log_checkpoints": "off",
        "log_autovacuum_min_duration": -1,
        "log_temp_files": -1,
    }
    if major >= 18:
        # Without its pool of reading processes: they cost memory and this is one small machine.
        settings["io_method"] = "sync"
    lines = [f"# Written by regulars at every start; your changes go into {LOCAL}."]
    lines += [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    lines.append(f"include '{LOCAL}'")
    return "\n".join(lines) + "\n"


def _quoted(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
