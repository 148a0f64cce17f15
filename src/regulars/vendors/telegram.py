"""Telegram's Bot API, as far as we need it: a call by name over HTTPS, and what its refusal means.

Owns the address, the time limits and the reading of answers. A token is in no message, no repr and no log: the address that
holds it is never shown.
"""

import re
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx2

__all__ = ["Telegram", "TelegramError", "Unsure", "is_token"]

_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{20,100}")
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
_LONGEST_ANSWER = 20 << 20


class TelegramError(Exception):
    """The call was refused, or could not be made: certainly nothing came of it.

    `code` 0: nobody answered. `retry_after`: seconds that we are asked to wait.
    """

    def __init__(self, code: int, description: str, retry_after: float = 0.0) -> None:
        super().__init__(f"{code} {description}" if code else description)
        self.code, self.description, self.retry_after = code, description, retry_after

    @property
    def is_login(self) -> bool:
        """Whether the token is refused."""
        return self.code in (401, 404)


class Unsure(Exception):
    """The call was made and no answer came: nobody knows whether it counts."""


@dataclass(slots=True)
class Telegram:
    """One bot. Not for use by two threads."""

    token: str = field(repr=False)
    base: str
    _client: httpx2.Client | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the kept connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def call(self, method: str, _wait: float = 0.0, **params: Any) -> Any:
        """The result of a method; `_wait`: how long the server may think beside the usual.

        Raises TelegramError, Unsure.
        """
        if self._client is None:
            # no proxy or certificate of somebody else's environment
            self._client = httpx2.Client(
                timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS), trust_env=False
            )
        limits = httpx2.Timeout(ANSWER_SECONDS + _wait, connect=CONNECT_SECONDS)
        try:
            answer = self._client.post(f"{self.base}/bot{self.token}/{method}", json=params, timeout=limits)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol) as error:
            raise TelegramError(0, type(error).__name__) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise Unsure(type(error).__name__) from None
        return _result(answer)


def _result(answer: httpx2.Response) -> Any:
    try:
        found = answer.json() if len(answer.content) <= _LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        if answer.status_code >= 500 or answer.status_code < 300:
            raise Unsure(f"HTTP {answer.status_code} without an answer that can be read")
        raise TelegramError(answer.status_code, "an answer that can’t be read")
    if found.get("ok") is True:
        return found.get("result")
    code = found.get("error_code")
    parameters = found.get("parameters")
    retry = parameters.get("retry_after", 0) if isinstance(parameters, dict) else 0
    raise TelegramError(
        code if isinstance(code, int) else answer.status_code,
        str(found.get("description", ""))[:300],
        float(retry) if isinstance(retry, int | float) else 0.0,
    )


def is_token(text: str) -> bool:
    """Whether it has the form of a bot's token: number, colon, some 35 letters."""
    return _TOKEN.fullmatch(text) is not None
