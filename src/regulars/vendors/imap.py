"""A mailbox over IMAP, read only as far as it is new: bytes by UID, and the mark that they were seen.

Owns the connection (by imap-tools), the limits of size, and telling apart whose fault a failure is. Knows no database.
"""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailboxFolderSelectError,
    MailboxLoginError,
    MailBoxStartTls,
    MailBoxUnencrypted,
)

__all__ = ["Fetched", "ImapAccount", "ImapTrouble", "Reading", "reading"]

TIMEOUT = 30.0
LARGEST = 15 << 20
"""Of a larger mail only the beginning is fetched."""
BEGINNING = 256 << 10
Security = Literal["tls", "starttls", "plain"]
Trouble = Literal["login_refused", "no_connection", "no_tls", "no_folder", "server_error", "playground"]


class ImapTrouble(Exception):
    """It can't be read just now. `code`: login_refused, no_connection, no_tls, no_folder, server_error."""

    def __init__(self, code: Trouble, detail: str) -> None:
        super().__init__(detail[:300])
        self.code = code


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Where the mailbox is, and who reads it."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    @property
    def local(self) -> bool:
        """Whether the server is this very machine."""
        return self.host in ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail. `is_cut`: only its beginning, for its `size`."""

    uid: int
    raw: bytes
    size: int
    is_cut: bool


class Reading:
    """An opened folder."""

    def __init__(self, box: BaseMailBox) -> None:
        self._box = box
        self._client: imaplib.IMAP4 = box.client
        state = box.folder.status(box.folder.get(), ["UIDVALIDITY", "UIDNEXT"])
        self.uid_validity = int(state["UIDVALIDITY"])
        self.uid_next = int(state["UIDNEXT"])

    def newer_than(self, uid: int, limit: int) -> list[int]:
        """UIDs above this one, ascending, at most `limit`."""
        found = sorted(int(u) for u in self._box.uids(f"UID {uid + 1}:*") if int(u) > uid)
        return found[:limit]

    def fetch(self, uid: int) -> Fetched | None:
        """The bytes of a mail, without marking it; None when it is gone."""
        sizes = self._raw(uid, "(RFC822.SIZE)")
        if sizes is None:
            return None
        head = sizes if isinstance(sizes, bytes) else sizes[0]
        size = int(head.partition(b"RFC822.SIZE ")[2].split(b")")[0].split()[0] or b"0")
        what = "(BODY.PEEK[])" if size <= LARGEST else f"(BODY.PEEK[]<0.{BEGINNING}>)"
        found = self._raw(uid, what)
        if not isinstance(found, tuple):
            return None
        return Fetched(uid, found[1], size, size > LARGEST)

    def mark_seen(self, uids: list[int]) -> None:
        """So that a person who looks into the box sees what was taken in."""
        if uids:
            self._box.flag([str(u) for u in uids], "\\Seen", True)

    def _raw(self, uid: int, what: str) -> bytes | tuple[bytes, bytes] | None:
        answer, data = self._client.uid("fetch", str(uid), what)
        if answer != "OK":
            raise ImapTrouble("server_error", f"FETCH: {answer}")
        for one in data or []:
            if isinstance(one, tuple):
                return one[0], one[1]
        return next((one for one in data or [] if isinstance(one, bytes)), None)


def _opened(account: ImapAccount) -> BaseMailBox:
    if account.security == "tls":
        return MailBox(account.host, account.port, TIMEOUT, ssl_context=ssl.create_default_context())
    if account.security == "starttls":
        return MailBoxStartTls(account.host, account.port, TIMEOUT, ssl_context=ssl.create_default_context())
    return MailBoxUnencrypted(account.host, account.port, TIMEOUT)


@contextmanager
def reading(account: ImapAccount) -> Iterator[Reading]:
    """The folder, opened and closed again. Raises ImapTrouble."""
    if account.security == "plain" and not account.local:
        raise ImapTrouble("no_tls", "a password goes over a network by TLS only")
    box: BaseMailBox | None = None
    try:
        box = _opened(account)
        box.login(account.user, account.password, initial_folder=account.folder)
        yield Reading(box)
    except MailboxLoginError as error:
        raise ImapTrouble("login_refused", _words(error)) from None
    except MailboxFolderSelectError as error:
        raise ImapTrouble("no_folder", _words(error)) from None
    except ssl.SSLError as error:
        raise ImapTrouble("no_tls", _words(error)) from None
    except (OSError, EOFError) as error:
        raise ImapTrouble("no_connection", _words(error)) from None
    except (imaplib.IMAP4.error, ImapToolsError, ValueError, KeyError, UnicodeError, IndexError) as error:
        raise ImapTrouble("server_error", _words(error)) from None
    finally:
        if box is not None:
            with suppress(Exception):  # the server may be gone; what was read is read
                box.logout()


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
