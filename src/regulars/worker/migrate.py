"""Bringing the database's tables up to this version: one process at a time, and cheap when nothing is to be done."""

import pkgutil
from importlib import import_module

from django.apps import apps
from django.core.management import call_command
from django.db import connection

ADVISORY_LOCK = 0x5265_6775
"""Any number that nobody else uses on this database."""


def pending() -> list[str]:
    """Names ('app.0001_name') of migrations that this version brings and the database lacks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return [f"{app}.{name}" for app, name in _brought()]
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return [f"{app}.{name}" for app, name in _brought() if (app, name) not in applied]


def apply(verbosity: int = 0) -> bool:
    """Applies what is pending; False if there was nothing to do. Errors are Django's and psycopg's."""
    if not pending():
        return False
    with connection.cursor() as cursor:
        # Migrations may take long; who waits for our lock may too.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            if pending():
                call_command("migrate", interactive=False, verbosity=verbosity)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
            cursor.execute("RESET statement_timeout")
    return True


def _brought() -> list[tuple[str, str]]:
    """(app, migration) of every migration file; only names are read, no migration is imported."""
    brought = []
    for config in apps.get_app_configs():
        try:
            package = import_module(f"{config.name}.migrations")
        except ModuleNotFoundError:
            continue
        brought += [
            (config.label, name)
            for _, name, is_package in pkgutil.iter_modules(package.__path__)
            if not is_package and name[0] not in "_~"
        ]
    return brought
