"""One way of logging for every process: lines for a person, or JSON for a machine (REGULARS_LOG).

Nothing personal may get in: ids are logged, never names, addresses or texts. So an exception is logged as its type
and the places it passed, without its message, which may quote a person's data; and a request by its route, not by its
path.
"""

import logging
import logging.config
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog

from regulars.base.environment import LogFormat

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
FRAMES_MAX = 12


def configure(log_format: LogFormat) -> None:
    """Sets up structlog and the standard library's logging for this process, both to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _exception_without_message,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="at")
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name, level in (
        ("django", logging.WARNING),
        ("django.security", logging.ERROR),
        ("procrastinate", logging.WARNING),
        ("psycopg.pool", logging.ERROR),
        ("asyncio", logging.WARNING),
        ("httpx2", logging.WARNING),  # its lines hold whole addresses, and with them what people sent
    ):
        logging.getLogger(name).setLevel(level)
    requests = logging.getLogger("django.request")
    requests.setLevel(logging.ERROR)
    requests.filters[:] = [_RouteOnly()]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class _RouteOnly(logging.Filter):
    """Paths of public pages carry tokens; the route tells enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        record.msg = "%s %s"
        record.args = (getattr(request, "method", "?"), getattr(match, "route", None) or "unknown route")
        return True


def _exception_without_message(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    elif isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    if isinstance(found, tuple) and found[0] is not None:
        event["error"] = describe(found)
    return event


def describe(exc_info: ExcInfo) -> str:
    """An exception as its type and the places it passed, innermost last: nothing of its message."""
    kind, _, trace = exc_info
    frames = traceback.extract_tb(trace)[-FRAMES_MAX:]
    places = " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{kind.__module__}.{kind.__qualname__} at {places}" if places else f"{kind.__module__}.{kind.__qualname__}"


def _short(path: str) -> str:
    for mark in ("/site-packages/", "/src/"):
        if mark in path:
            return path.rsplit(mark, 1)[1]
    return path.rsplit("/", 1)[-1]
