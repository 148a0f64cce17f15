"""What the process is told from outside: environment variables and the data folder. Plain Python, no Django.

The only place that reads the variables of contract.md, 'Environment'. Must not start anything or write anything
except the secret key, and that only when asked.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from regulars.base import postgres

LogFormat = Literal["text", "json"]

NO_DATABASE = "postgresql://regulars@%2Fnonexistent/regulars"
"""Stands in for the database's URL where there is none, so that checks which need no database can run."""
DEFAULT_DATA_DIR = "./var"
LOCAL_URL = "http://127.0.0.1:8000"
"""Stands in for REGULARS_PUBLIC_URL in links while it is not set: good on this machine only, as `doctor` says."""
TELEGRAM_API = "https://api.telegram.org"
SECRET_KEY_FILE = "secret.key"  # noqa: S105 - a file's name
SECRET_KEY_CHARACTERS_MIN = 32


class EnvError(Exception):
    """The environment is not usable as it is; the text says which variable and what to do."""


@dataclass(frozen=True, slots=True)
class Env:
    """The environment, read and checked. Secrets stay out of its repr."""

    data_dir: Path
    database_url: str = field(repr=False)
    """DATABASE_URL, else the recorded embedded server of the data folder, else a URL that leads nowhere yet."""
    database_is_known: bool
    """False: there is no installation in the data folder and DATABASE_URL is not set."""
    embedded: bool
    """Whether PostgreSQL is ours to start: DATABASE_URL is not set."""
    secret_key: str = field(repr=False)
    secret_key_is_kept: bool
    """False: no key was given and none is in the data folder, `secret_key` is good for this process only."""
    email_url: str | None = field(repr=False)
    public_url: str
    """Without a slash at the end; empty: whatever address `up` listens on."""
    telegram_api: str
    """Where bots are served; another address than Telegram's own is for a Bot API server of one's own, and for tests."""
    log_format: LogFormat
    failpoint: str | None
    lan: bool = False
    """Whether addresses that owners type in may lie in the private network too."""

    def require_database(self) -> str:
        """The database's URL; EnvError if there is none."""
        if not self.database_is_known:
            raise EnvError(
                f"there is no database: {self.data_dir} holds no installation and DATABASE_URL is not set; "
                f"run `regulars up --data {self.data_dir}` or set DATABASE_URL"
            )
        return self.database_url

    def require_secret_key(self) -> str:
        """The installation's secret key; EnvError if this process would have to invent one."""
        if not self.secret_key_is_kept:
            raise EnvError(
                f"REGULARS_SECRET_KEY is not set and {self.data_dir / SECRET_KEY_FILE} does not exist; "
                f"set it to the key of the installation"
            )
        return self.secret_key


def load(environ: Mapping[str, str] = os.environ) -> Env:
    """Reads and checks the environment. Errors: EnvError, in one sentence with the mend."""
    data_dir = Path(environ.get("REGULARS_DATA") or DEFAULT_DATA_DIR).expanduser().absolute()
    given_database = environ.get("DATABASE_URL") or None
    try:
        known_database = given_database or postgres.recorded_dsn(data_dir)
    except postgres.PostgresError as error:
        raise EnvError(str(error)) from error
    kept_key = environ.get("REGULARS_SECRET_KEY") or _key_in(data_dir)
    if kept_key is not None and len(kept_key) < SECRET_KEY_CHARACTERS_MIN:
        raise EnvError(
            f"the secret key is shorter than {SECRET_KEY_CHARACTERS_MIN} characters; use a longer random one"
        )
    return Env(
        data_dir=data_dir,
        database_url=_checked_database(known_database or NO_DATABASE),
        database_is_known=known_database is not None,
        embedded=given_database is None,
        secret_key=kept_key or secrets.token_urlsafe(48),
        secret_key_is_kept=kept_key is not None,
        email_url=_checked_email(environ.get("EMAIL_URL") or None),
        public_url=_checked_public(environ.get("REGULARS_PUBLIC_URL") or ""),
        telegram_api=_checked_api(environ.get("REGULARS_TELEGRAM_API") or TELEGRAM_API),
        log_format=_checked_log(environ.get("REGULARS_LOG") or "text"),
        failpoint=environ.get("REGULARS_FAILPOINT") or None,
        lan=_checked_yes("REGULARS_LAN", environ.get("REGULARS_LAN") or "off"),
    )


def make_secret_key(data_dir: Path) -> None:
    """Makes the installation's secret key at its first start; an existing one is never touched."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(data_dir / SECRET_KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _key_in(data_dir: Path) -> str | None:
    path = data_dir / SECRET_KEY_FILE
    try:
        return path.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise EnvError(f"{path} cannot be read; run regulars as its owner or set REGULARS_SECRET_KEY") from error


def _checked_database(url: str) -> str:
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise EnvError("DATABASE_URL must begin with postgresql://, PostgreSQL is the only database")
    return url


def _checked_email(url: str | None) -> str | None:
    if url is not None and "://" not in url:
        raise EnvError("EMAIL_URL must look like smtp://user:password@host:port")
    return url


def _checked_public(url: str) -> str:
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise EnvError("REGULARS_PUBLIC_URL must look like https://regulars.example.com")
    return url.rstrip("/")


def _checked_api(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise EnvError("REGULARS_TELEGRAM_API must look like https://api.telegram.org")
    return url.rstrip("/")


def is_this_machine(url: str) -> bool:
    """Whether a URL leads to the machine that we run on."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def _checked_log(word: str) -> LogFormat:
    if word not in ("text", "json"):
        raise EnvError("REGULARS_LOG must be text or json")
    return cast("LogFormat", word)


def _checked_yes(name: str, word: str) -> bool:
    if word not in ("on", "off"):
        raise EnvError(f"{name} must be on or off")
    return word == "on"
