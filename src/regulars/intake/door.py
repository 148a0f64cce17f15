"""The door: a bare WSGI callable in front of Django that takes what comes in and answers once it is on disk.

Owns the HTTP of the API's writes of snapshots and events, and of the vendors' webhooks; everything else goes to
Django. It judges what must be told at once and takes nothing in itself: that is the normaliser's work.
"""

import hashlib
import io
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import django.db
import psycopg

from regulars.base import clock, db
from regulars.base.actor import Actor
from regulars.base.errors import BadItem
from regulars.base.wake import Notifier
from regulars.intake import actions, answers, feed_registry, keys
from regulars.intake.answers import Refused, Reply, problem
from regulars.intake.glance import judge, judge_batch
from regulars.intake.group_commit import Committer, NewDelivery, NotStored
from regulars.intake.incoming import BATCH_BYTES, ONE_BYTES, OTHER_BYTES, Incoming
from regulars.intake.waiting import Waiting
from regulars.shop.queries import ApiKeyInfo

__all__ = ["API_SOURCE", "Door"]

API_SOURCE = "api"
"""The source of what comes by the API or from a file: the shop's own ids."""
SEATS = 16
"""How many requests Django works on at once: as many as there are connections in its pool."""
COLLECTIONS = frozenset({"orders", "people", "products"})
_NDJSON = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_API = "/api/v1/"
_IN = "/in/"
_WATCHED = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Answered at the root too, where machines that watch look first."""

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]


class Door:
    """`Door(django_application)` is the WSGI application of the product."""

    def __init__(self, behind: WsgiApp) -> None:
        self._behind = behind
        self._wake = Notifier()
        self._committer = Committer(self._wake)
        self._waiting = Waiting()
        self._seats = threading.BoundedSemaphore(SEATS)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI. Any trouble of ours is a problem document; nothing of an exception's text leaves or is logged."""
        path: str = environ["PATH_INFO"]
        if path in _WATCHED:
            environ["PATH_INFO"] = path = _API[:-1] + path
        if not path.startswith((_API, _IN)):
            return self._hand_on(environ, start_response)
        try:
            reply = self._answer(Incoming(environ))
        except Refused as refused:
            reply = refused.reply
        except BadItem as bad:
            reply = answers.bad_item(bad)
        except NotStored:
            reply = answers.come_again()
        except (psycopg.Error, django.db.Error) as error:
            log.warning("intake: %s", type(error).__name__)
            reply = answers.come_again()
        except Exception:
            log.exception("intake: a request failed")
            reply = problem(500, "this is a fault of ours; send the same again later")
        if reply is None:
            return self._hand_on(environ, start_response)
        return answers.send(reply, start_response)

    def _hand_on(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """To Django, with the body read beforehand, so that a slow sender holds none of Django's seats.

        The threads are many, for slow senders; the seats are few, so that connections to the database suffice.
        """
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS"):
            try:
                body = Incoming(environ).body(OTHER_BYTES)
            except Refused as refused:
                return answers.send(refused.reply, start_response)
            environ["wsgi.input"] = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        with self._seats:
            return self._behind(environ, start_response)

    def _answer(self, request: Incoming) -> Reply | None:
        """None: not ours, Django knows."""
        if request.path.startswith(_IN):
            return self._webhook(request)
        name, slash, item_id = request.path[len(_API) :].partition("/")
        if slash:
            ours = name in COLLECTIONS and request.method == "PUT" and item_id and "/" not in item_id
            return self._one(request, name, item_id) if ours else None
        collection, _, verb = name.partition(":")
        if collection in COLLECTIONS and verb == "batch":
            return self._many(request, collection) if request.method == "POST" else _not_allowed("POST")
        return self._events(request) if name == "events" and request.method == "POST" else None

    # -- the API ---------------------------------------------------------------------------------------------------

    def _one(self, request: Incoming, kind: str, item_id: str) -> Reply:
        key = _allowed(request)
        body = request.body(ONE_BYTES)
        named = "sku" if kind == "products" else "id"
        if ":" in item_id:
            raise BadItem("batch_only", f"/{named}", f"holds ':'; such ids come by {_API}{kind}:batch only")
        if judge(kind, body) != item_id:
            raise BadItem("other_id", f"/{named}", "is not the one in the address")
        delivery = _delivery(key, kind, body, item_key=item_id)
        return self._keep(request, key, delivery, answers.accepted)

    def _many(self, request: Incoming, kind: str) -> Reply:
        key = _allowed(request)
        body = request.body(BATCH_BYTES)
        batch = judge_batch(kind, body)
        delivery = _delivery(key, kind, body, batch=True)
        return self._keep(request, key, delivery, lambda delivery_id: answers.accepted_batch(delivery_id, batch))

    def _events(self, request: Incoming) -> Reply:
        key = _allowed(request)
        body = request.body(BATCH_BYTES)
        if request.media_type in _NDJSON or body.lstrip()[:1] == b"[":
            batch = judge_batch("events", body)
            delivery = _delivery(key, "events", body, batch=True)
            return self._keep(request, key, delivery, lambda delivery_id: answers.accepted_batch(delivery_id, batch))
        if len(body) > ONE_BYTES:
            raise Refused(problem(413, "one event is larger than 1 MiB"))
        delivery = _delivery(key, "events", body, item_key=judge("events", body))
        return self._keep(request, key, delivery, answers.accepted)

    def _keep(self, request: Incoming, key: ApiKeyInfo, delivery: NewDelivery, told: Callable[[int], bytes]) -> Reply:
        """On disk first, then the answer."""
        once = request.header("idempotency-key")
        if once:
            delivery_id, body = _keep_once(request, key, delivery, once, told)
            self._wake.ping()
        else:
            [delivery_id] = self._committer.put([delivery])
            body = told(delivery_id)
        seconds = request.wait_seconds
        if not seconds:
            return answers.located(body, delivery_id)
        return answers.located(body, delivery_id, taken=self._waiting.result(delivery_id, seconds), waited=True)

    # -- the vendors -----------------------------------------------------------------------------------------------

    def _webhook(self, request: Incoming) -> Reply:
        found = keys.feed_at(request.path[len(_IN) :])
        feed = None if found is None else feed_registry.feed(found.kind)
        if found is None or feed is None:
            return problem(404, "there is no such address")
        if request.method != "POST":
            return _not_allowed("POST")
        # Deliveries hold one order or product with all its fields; a batch's limit is room enough for any of them.
        came = feed_registry.Request(
            request.method, request.headers(), request.environ.get("QUERY_STRING", ""), request.body(BATCH_BYTES)
        )
        verdict = feed.check(came, found.secrets, _machine_now())
        if isinstance(verdict, feed_registry.Refuse):
            log.info("intake: feed %d refused a delivery, %s", found.id, verdict.code)
            return problem(401, "the signature does not hold")
        if isinstance(verdict, feed_registry.Accept):
            self._keep_webhook(found, feed, came)
            verdict = feed.acknowledge()
        return Reply(verdict.status, verdict.body, (), verdict.content_type)

    def _keep_webhook(self, found: keys.OpenFeed, feed: feed_registry.Feed, came: feed_registry.Request) -> None:
        kept = {name: came.headers[name][:1000] for name in feed.KEPT_HEADERS if name in came.headers}
        delivery = NewDelivery(
            shop_id=found.shop_id,
            source=found.source,
            kind="vendor",
            body=came.body,
            actor=str(Actor("feed", found.id)),
            feed_id=found.id,
            headers=db.dumps(kept),
        )
        identity = feed.identity(came)
        if identity is None:
            self._committer.put([delivery])
            return
        with _connected() as cur:
            actions.keep_known(cur, delivery, identity, clock.now_from(cur))
        self._wake.ping()


def _allowed(request: Incoming) -> ApiKeyInfo:
    secret = request.bearer
    key = keys.key_of(secret) if secret else None
    if key is None:
        raise Refused(
            problem(401, "a valid API key is needed", headers=(("WWW-Authenticate", 'Bearer realm="regulars"'),))
        )
    if not key.allows("intake"):
        raise Refused(problem(403, "this key may not send; make one with the scope intake"))
    if request.header("content-encoding") not in ("", "identity"):
        raise Refused(problem(415, "compressed bodies are not taken"))
    return key


def _delivery(
    key: ApiKeyInfo, kind: str, body: bytes, *, item_key: str | None = None, batch: bool = False
) -> NewDelivery:
    return NewDelivery(key.shop_id, API_SOURCE, kind, body, f"key:{key.id}", item_key=item_key, batch=batch)


def _keep_once(
    request: Incoming, key: ApiKeyInfo, delivery: NewDelivery, once: str, told: Callable[[int], bytes]
) -> tuple[int, bytes]:
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + delivery.body).digest()
    with _connected() as cur:
        kept = actions.keep_once(cur, delivery, hashlib.sha256(once.encode()).digest(), digest, told)
    if kept is None:
        raise Refused(problem(422, "this Idempotency-Key was used with another body"))
    return kept


@contextmanager
def _connected() -> Iterator[db.Cursor]:
    """A transaction on this thread's connection, which goes back to the pool at the end."""
    try:
        with db.transact() as cur:
            yield cur
    finally:
        db.close()


def _machine_now() -> datetime:
    try:
        return clock.machine_now().astimezone(UTC)
    finally:
        db.close()


def _not_allowed(method: str) -> Reply:
    return problem(405, f"only {method} is known here", headers=(("Allow", method),))
