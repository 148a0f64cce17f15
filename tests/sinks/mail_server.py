"""A real Postfix and a real Dovecot on loopback, in a folder of their own: Debian's programs, private configuration.

    with mail_server(folder) as server: ...

Postfix takes mail on a high port and gives it to Dovecot by LMTP; Dovecot serves IMAP. Every address at example.test is a
mailbox, any password opens it, but for those that `refused` names. Nothing leaves the machine. Knows nothing of the product.
"""

import contextlib
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MISSING", "MailServer", "mail_server"]

PROGRAMS = ("postfix", "dovecot", "swaks")


def _find(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


MISSING = [name for name in PROGRAMS if _find(name) is None]
"""What isn't installed here: `apt install postfix dovecot-imapd dovecot-lmtpd swaks`."""
if os.getuid() != 0 and not MISSING:
    MISSING.append("root (Postfix starts as root only)")

_MASTER = """\
{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_MAIN = """\
compatibility_level = 3.6
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.test
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.test
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:nothing leaves this machine
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/mail.log
maillog_file_prefixes = {root}
alias_maps =
alias_database =
minimal_backoff_time = 1s
queue_run_delay = 1s
message_size_limit = 60000000
mailbox_size_limit = 0
"""
_DOVECOT = """\
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{root}/boxes/%n
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {root}/passwords
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/boxes/%n allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
protocol lmtp {{
  postmaster_address = postmaster@example.test
  auth_username_format = %Lu
}}
"""


@dataclass(frozen=True)
class MailServer:
    """Where it listens. `password` opens each of its boxes."""

    smtp: int
    imap: int
    root: Path
    password: str = "right"

    def deliver(self, raw: bytes, sender: str = "anna@example.test", to: str = "shop@example.test") -> None:
        """Give it a mail by SMTP, as a foreign server would; returns when it lies in the box."""
        before = len(self.box(to))
        mail = self.root / "mail.eml"
        mail.write_bytes(raw)
        done = subprocess.run(
            ["swaks", "--server", f"127.0.0.1:{self.smtp}", "--from", sender or "<>", "--to", to, "--data", f"@{mail}",
             "--hide-all", "--timeout", "60"],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr + self.log()
        self.until(lambda: len(self.box(to)) > before)

    def box(self, address: str) -> list[Path]:
        """The files of a mailbox."""
        folder = self.root / "boxes" / address.partition("@")[0]
        return [p for part in ("new", "cur") for p in (folder / part).glob("*")]

    def until(self, what: "object", seconds: float = 60.0) -> None:
        """Wait for it."""
        end = time.monotonic() + seconds
        while not what():  # type: ignore[operator]
            assert time.monotonic() < end, "it did not happen\n" + self.log()
            time.sleep(0.05)

    def log(self) -> str:
        """What both wrote down."""
        return "\n".join(p.read_text(errors="replace")[-3000:] for p in self.root.glob("*.log"))


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def mail_server(boxes: tuple[str, ...] = ("shop", "anna")) -> Iterator[MailServer]:
    """Both, started within the block. Boxes other than these are refused by LMTP, so that Postfix writes a real notice."""
    # Postfix's sockets need a short path that its own user may walk
    root = Path(tempfile.mkdtemp(prefix="rmail", dir="/tmp"))
    root.chmod(0o755)
    server = MailServer(_free(), _free(), root)
    lmtp = _free()
    user = pwd.getpwnam("dovecot")
    owner = pwd.getpwnam("nobody")
    for name in ("conf", "queue", "data", "boxes", "run", "state"):
        (root / name).mkdir()
    shutil.chown(root / "data", "postfix")
    shutil.chown(root / "boxes", owner.pw_uid, owner.pw_gid)
    (root / "conf" / "main.cf").write_text(_MAIN.format(root=root, lmtp=lmtp))
    (root / "conf" / "master.cf").write_text(_MASTER.format(smtp=f"127.0.0.1:{server.smtp}"))
    (root / "passwords").write_text("".join(f"{box}@example.test:{server.password}\n" for box in boxes))
    config = root / "dovecot.conf"
    config.write_text(
        _DOVECOT.format(
            root=root, imap=server.imap, lmtp=lmtp, user=user.pw_name, group=grp.getgrgid(user.pw_gid).gr_name,
            uid=owner.pw_uid, gid=owner.pw_gid,
        ).replace("allow_all_users=yes", "")
    )  # fmt: skip
    dovecot = subprocess.Popen([_find("dovecot") or "", "-F", "-c", str(config)], stderr=subprocess.PIPE)
    postfix = [_find("postfix") or "", "-c", str(root / "conf")]
    try:
        started = subprocess.run([*postfix, "start"], capture_output=True, text=True, timeout=60, check=False)
        assert started.returncode == 0, started.stderr + server.log()
        for port in (server.smtp, server.imap, lmtp):
            server.until(lambda port=port: _listens(port))
        yield server
    finally:
        subprocess.run([*postfix, "abort"], capture_output=True, timeout=60, check=False)
        dovecot.terminate()
        dovecot.wait(20)
        shutil.rmtree(root, ignore_errors=True)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0
