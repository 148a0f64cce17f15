"""A throw-away installation whose shop has worked for two years, and its staff at their screens.

Uses the command line and HTTP as an outsider would; the years are filled in by SQL (`fill.py`).
"""

import base64
import contextlib
import http.cookiejar
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from bench import fill, orders
from bench.processes import NotReady, Process, free_ports
from bench.routes import Examples
from regulars.base.postgres import Server

SCHEME = Path(__file__).resolve().parent / "schemes" / "pages.yaml"
DESKS = 50
_THEIRS = ("DATABASE_URL", "EMAIL_URL", "REGULARS_SECRET_KEY", "REGULARS_PUBLIC_URL")
"""Of whoever runs the bench: an installation made for it has nothing to do with them."""
_QUICK = ("fsync = off", "full_page_writes = off", "max_wal_size = '8GB'", "maintenance_work_mem = '256MB'")
_OPERATOR = "operator{0}@bench.test"
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Installation:
    """`regulars up` (or `demo`) on a data folder of its own; its shop is the first one."""

    def __init__(self, data: Path, *arguments: str, **environment: str) -> None:
        """`arguments` and `environment` go to the process."""
        self.data, self.server = data.absolute(), Server(data)
        self.port = free_ports(1)[0]
        self._arguments, self._environment = arguments or ("up",), environment
        self._process: Process | None = None

    @property
    def log(self) -> Path:
        """What its process has printed."""
        return self.data.with_name(f"{self.data.name}.log")

    def start(self, limit_s: float = 240) -> None:
        """Until it is ready."""
        name, *rest = self._arguments
        line = [*_REGULARS, name, "--data", str(self.data), "--port", str(self.port), *rest]
        self._process = Process(line, log=self.log, env=self._environment, unset=_THEIRS)
        self._process.wait_log("Regulars is at", limit_s)

    def stop(self) -> None:
        """Its processes end, its data stays."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def remove(self) -> None:
        """Nothing of it stays."""
        self.stop()
        self.server.destroy()

    def command(self, *words: str) -> str:
        """Run one `regulars` command on it; its standard output."""
        without = {name: value for name, value in os.environ.items() if name not in _THEIRS}
        env = {**without, "REGULARS_DATA": str(self.data)}
        done = subprocess.run([*_REGULARS, *words], env=env, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise NotReady(f"regulars {' '.join(words)}: {done.stderr.strip()[-500:]}")
        return done.stdout

    @contextlib.contextmanager
    def database(self) -> Iterator["psycopg.Connection[Any]"]:
        """A connection of the superuser's."""
        with psycopg.connect(self.server.superuser_dsn("regulars"), autocommit=True) as raw:
            yield raw

    def ask(self, query: str, values: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
        """Plain SQL, seeing every shop."""
        with self.database() as raw:
            return raw.execute(query.encode(), values).fetchall()

    def wait_for(self, query: str, what: str, limit_s: float = 60) -> None:
        """Until the query's first value is true."""
        until = time.monotonic() + limit_s
        while not self.ask(query)[0][0]:
            if time.monotonic() > until:
                raise NotReady(f"{what}: not within {limit_s:g} s")
            time.sleep(0.1)

    @property
    def shop_id(self) -> int:
        """The first shop."""
        return int(self.ask("select id from shop_shop order by id limit 1")[0][0])

    def login_path(self) -> str:
        """The path of the one-time link that its first start has printed."""
        found = re.search(r"https?://[^/\s]+(/login/link/\S+)", self.log.read_text(errors="replace"))
        if found is None:
            raise NotReady(f"no login link in {self.log}")
        return found[1]

    def use_here(self) -> None:
        """Django in this process works on this installation: for its routes and for what has no command."""
        os.environ.pop("REGULARS_SECRET_KEY", None)
        os.environ |= {"REGULARS_DATA": str(self.data), "DATABASE_URL": self.server.dsn()}
        from regulars.worker import roles

        roles.start_django()


_REGULARS = [sys.executable, "-m", "regulars.cli.main"]


class Screen:
    """A browser without a picture: keeps cookies, follows nothing."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies), _Stay())

    @property
    def cookie(self) -> str:
        """The header that stands for the session."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._cookies)

    @property
    def cookies(self) -> dict[str, str]:
        """Name and value of each."""
        return {cookie.name: cookie.value or "" for cookie in self._cookies}

    def get(self, path: str) -> tuple[int, Mapping[str, str], str]:
        """Status, headers, text."""
        return self._send(urllib.request.Request(self._base + path))

    def post(
        self, path: str, fields: Mapping[str, str | Sequence[str]], page: str
    ) -> tuple[int, Mapping[str, str], str]:
        """Send a form of the `page` (its HTML) on which the token stands."""
        token = _CSRF.search(page)
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""}, doseq=True).encode()
        return self._send(urllib.request.Request(self._base + path, body, {"Referer": self._base + path}))

    def log_in(self, path: str) -> "Screen":
        """By a one-time link; itself."""
        status, _, text = self.post(path, {}, self.get(path)[2])
        if status != 302:
            raise NotReady(f"logging in by link: {status} {text[:200]}")
        return self

    def _send(self, request: urllib.request.Request) -> tuple[int, Mapping[str, str], str]:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode(errors="replace")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_DOUBLES = """
insert into people_double (shop_id, one_id, other_id, score, reasons, found_at)
select %(shop)s, id, other, 90, '["phone", "name"]', %(now)s from (
  select id, lead(id) over (order by id) as other from people_person where shop_id = %(shop)s order by id limit %(most)s + 1
) t where other is not null
"""
"""One person in a hundred looks like his neighbour."""

_TALKS = """
with chosen as (
  select id, row_number() over (order by id) as n from people_person where shop_id = %(shop)s order by id limit %(most)s
), threads as (
  insert into talks_thread (shop_id, person_id, channel, address, subject, team, opened_at, last_at, waits_since)
  select %(shop)s, id, 'email', 'writer' || n || '@buyers.test', 'Re: Order', 'order-desk', at, at,
         case when n %% 50 = 0 then at end
  from chosen cross join lateral (select %(now)s::timestamptz - n * interval '7 minutes' as at) t
  returning id, last_at
)
insert into talks_message (shop_id, thread_id, inward, at, text, key, files)
select %(shop)s, id, inward, last_at, case when inward then 'When does it come?' else 'On Friday.' end, 'bench',
       case when inward then '[{"name": "photo.txt", "type": "text/plain", "size": 5, "digest":'
         ' "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}]' else '[]' end::jsonb
from threads, (values (true), (false)) as both_ways (inward)
"""
"""One person in twenty has written and was answered; one in fifty of these waits."""
_FILE = """
insert into base_blob (shop_id, digest, media_type, size, body)
values (%(shop)s, sha256('hello'), 'text/plain', 5, 'hello') on conflict do nothing
"""
_CALLS = """
insert into talks_call (shop_id, source, external_id, direction, number, line, state, started_at, answered_at, ended_at,
                        ring_seconds, talk_seconds, person_id, certainty, live)
select %(shop)s, 'generic', 'bench' || n, 'in', '+79' || lpad(n::text, 9, '0'), '+74951112233',
       case when n %% 4 = 0 then 'missed' else 'ended' end, at, case when n %% 4 > 0 then at + interval '9 s' end,
       at + interval '2 minutes', 9, case when n %% 4 > 0 then 111 end, id, 'certain', true
from (
  select id, row_number() over (order by id) as n from people_person where shop_id = %(shop)s order by id limit %(most)s
) chosen cross join lateral (select %(now)s::timestamptz - n * interval '3 minutes' as at) t
"""
"""One person in five has rung; a quarter of the calls were missed."""


def make(installation: Installation, rows: int) -> None:
    """From nothing to a running installation with `rows` orders and people; one that is filled already just starts."""
    if installation.data.exists() and (installation.data / "filled").exists():
        installation.start()
        return
    installation.start()
    owner = Screen(installation.port).log_in(installation.login_path())
    shop_id = installation.shop_id
    _seed(installation, owner)
    installation.stop()
    installation.server.start()
    with installation.database() as raw:
        for setting in _QUICK:
            raw.execute(f"alter system set {setting}".encode())
        raw.execute("select pg_reload_conf()")
        ((now, staff),) = raw.execute("select machine_now(), (select min(account_id) from staff_membership)").fetchall()
        fill.fill(raw, shop_id, rows, now, f"staff:{staff}")
        for filling, share in ((_DOUBLES, 100), (_FILE, 1), (_TALKS, 20), (_CALLS, 5)):
            raw.execute(filling, {"shop": shop_id, "now": now, "most": rows // share})
        raw.execute("checkpoint")
        raw.execute("alter system reset all")
    installation.server.stop()
    installation.start()
    _send_trial(installation, owner)
    (installation.data / "filled").write_text(f"{rows}\n")


def _seed(installation: Installation, owner: Screen) -> None:
    """One order walked to its question, looked at, and one thing that could not be taken in."""
    installation.command("scheme", "publish", str(SCHEME))
    key = json.loads(installation.command("key", "create", "bench", "--scope", "all", "--json"))["key"]

    def call(method: str, path: str, value: Any) -> None:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Prefer": "wait=10"}
        url = f"http://127.0.0.1:{installation.port}/api/v1{path}"
        urllib.request.urlopen(
            urllib.request.Request(url, orders.body(value), headers, method=method), timeout=30
        ).close()

    (order,) = orders.make(1, time_zone="UTC")
    order["buyer"] |= {"phone": "+79141234567", "consents": {"email.advertising": True}}
    call("PUT", f"/orders/{order['id']}", order)
    installation.wait_for("select count(*) > 0 from outbox_delivery", "the first letter")
    ((task,),) = installation.ask("select id from desk_task")
    owner.get(f"/tasks/{task}/")
    call("POST", f"/tasks/{task}:finish", {"outcome": "confirmed"})
    installation.wait_for("select count(*) > 0 from feedback_question", "the question")
    call("POST", "/orders:batch", [{**order, "id": "bad", "total": "NaN"}])
    installation.wait_for("select count(*) > 0 from intake_quarantine", "the quarantine")
    installation.wait_for("select count(*) = 0 from events_pending", "rest")
    installation.command("feed", "open", "woocommerce", "--secret", "what the shop signs with")
    owner.post("/orders/export", {"form": "csv"}, owner.get("/orders/")[2])
    installation.wait_for("select count(*) > 0 from staff_export where state = 'ready'", "the orders as a file")


def _send_trial(installation: Installation, owner: Screen) -> None:
    """A test letter, after the filling: what is there before is multiplied."""
    with installation.database() as raw:  # a test letter goes to the owner's own address
        raw.execute("update staff_account set email = 'owner@shop.test' where email = 'owner@localhost'")
    owner.post("/settings/channels/trial", {}, owner.get("/settings/channels/")[2])
    installation.wait_for("select count(*) > 0 from outbox_message where part = 'trial'", "the test letter")


def desks(installation: Installation, count: int = DESKS) -> list[Screen]:
    """So many operators, each logged in at a screen of his own. Django must be in use here."""
    from regulars.base import db
    from regulars.base.actor import Actor
    from regulars.staff import actions

    with db.transact() as cur:
        made = [
            actions.create_account(
                cur, installation.shop_id, _OPERATOR.format(n), f"Operator {n}", "operator", Actor("command")
            )
            for n in range(count)
        ]
        links = [f"/login/link/{actions.login_link(cur, account)}" for account in made]
    return [Screen(installation.port).log_in(link) for link in links]


def owner(installation: Installation) -> Screen:
    """The shop's first owner, logged in. Django must be in use here."""
    from regulars.base import db
    from regulars.staff import actions, queries

    with db.transact() as cur:
        account = queries.first_owner(cur)
        if account is None:
            raise NotReady("the shop has no owner")
        link = f"/login/link/{actions.login_link(cur, account)}"
    return Screen(installation.port).log_in(link)


def examples(installation: Installation) -> Examples:
    """Addresses of its pages. Django must be in use here."""
    from regulars.base.secrets import split_keys

    secret = (installation.data / "secret.key").read_text(encoding="ascii").strip()
    return Examples(installation.ask, installation.shop_id, split_keys(secret))


def mark(plain: str) -> str:
    """Where a page of a list begins, as `?after=` has it."""
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def unmark(text: str) -> str:
    """The plain text of a mark."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
