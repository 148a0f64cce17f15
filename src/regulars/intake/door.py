"""The door: stands in front of Django, takes what comes in and answers once it is on disk.

Owns the HTTP of the API's writes of snapshots and events, and of the vendors' webhooks; everything else goes to
Django. It judges what must be told at once and takes nothing in itself: that is the normaliser's work. It runs on the
server's event loop, where nothing may wait: what asks the database, or is large, is done in a few threads.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import django.db
import psycopg
from django.conf import settings

from regulars.base import clock, db
from regulars.base.actor import Actor
from regulars.base.errors import BadItem
from regulars.base.wake import Notifier
from regulars.intake import actions, answers, feed_registry, keys
from regulars.intake.answers import Refused, Reply, problem
from regulars.intake.glance import judge, judge_batch
from regulars.intake.group_commit import Committer, NewDelivery, NotStored
from regulars.intake.incoming import BATCH_BYTES, ONE_BYTES, Incoming
from regulars.intake.waiting import Waiting
from regulars.shop.queries import ApiKeyInfo

__all__ = ["API_SOURCE", "Door"]

API_SOURCE = "api"
"""The source of what comes by the API or from a file: the shop's own ids."""
THREADS = 4
"""For what can't be done on the event loop; each may hold one of the pool's connections."""
QUICK_BYTES = 64 << 10
"""A body up to this size is judged on the event loop: that takes well under a millisecond."""
COLLECTIONS = frozenset({"orders", "people", "products"})
_NDJSON = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_API = "/api/v1/"
_IN = "/in/"

log = logging.getLogger(__name__)

T = TypeVar("T")


class Door:
    """Made once a process; its `answer` runs on one event loop."""

    def __init__(self) -> None:
        self._wake = Notifier()
        self._committer = Committer(self._wake)
        self._waiting = Waiting()
        self._threads = ThreadPoolExecutor(THREADS, "door")
        self._asked: dict[tuple[Callable[[str], Any], str], asyncio.Task[Any]] = {}

    def open(self) -> None:
        """Have ready what the first delivery will need; to be called in the process that serves."""
        self._committer.start()

    async def answer(self, request: Incoming) -> Reply | None:
        """The answer, or None when the request is not ours and Django knows; then nothing of its body was read.

        Any trouble of ours is a problem document; nothing of an exception's text leaves or is logged.
        """
        if not request.path.startswith((_API, _IN)):
            return None
        try:
            return await self._answer(request)
        except Refused as refused:
            return refused.reply
        except BadItem as bad:
            return answers.bad_item(bad)
        except NotStored:
            return answers.come_again()
        except (psycopg.Error, django.db.Error) as error:
            log.warning("intake: %s", type(error).__name__)
            return answers.come_again()
        except Exception:
            log.exception("intake: a request failed")
            return problem(500, "this is a fault of ours; send the same again later")

    async def _answer(self, request: Incoming) -> Reply | None:
        if request.path.startswith(_IN):
            return await self._webhook(request)
        name, slash, item_id = request.path[len(_API) :].partition("/")
        if slash:
            ours = name in COLLECTIONS and request.method == "PUT" and item_id and "/" not in item_id
            return await self._one(request, name, item_id) if ours else None
        collection, _, verb = name.partition(":")
        if collection in COLLECTIONS and verb == "batch":
            return await self._many(request, collection) if request.method == "POST" else _not_allowed("POST")
        return await self._events(request) if name == "events" and request.method == "POST" else None

    # -- off the event loop ----------------------------------------------------------------------------------------

    async def _in_thread(self, call: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)

    async def _ask(self, look: Callable[[str], T], name: str) -> T:
        """Look it up in the database, once for all who ask for it at the moment."""
        task = self._asked.get((look, name))
        if task is None:
            task = self._asked[look, name] = asyncio.ensure_future(self._in_thread(look, name))
            task.add_done_callback(lambda _: self._asked.pop((look, name), None))
        return await asyncio.shield(task)

    async def _judge(self, rule: Callable[[str, bytes], T], kind: str, body: bytes) -> T:
        return rule(kind, body) if len(body) <= QUICK_BYTES else await self._in_thread(rule, kind, body)

    # -- the API ---------------------------------------------------------------------------------------------------

    async def _one(self, request: Incoming, kind: str, item_id: str) -> Reply:
        key = await self._allowed(request)
        body = await request.body(ONE_BYTES)
        named = "sku" if kind == "products" else "id"
        if ":" in item_id:
            raise BadItem("batch_only", f"/{named}", f"holds ':'; such ids come by {_API}{kind}:batch only")
        if await self._judge(judge, kind, body) != item_id:
            raise BadItem("other_id", f"/{named}", "is not the one in the address")
        delivery = _delivery(key, kind, body, item_key=item_id)
        return await self._keep(request, key, delivery, answers.accepted)

    async def _many(self, request: Incoming, kind: str) -> Reply:
        key = await self._allowed(request)
        body = await request.body(BATCH_BYTES)
        batch = await self._judge(judge_batch, kind, body)
        delivery = _delivery(key, kind, body, batch=True)
        return await self._keep(request, key, delivery, lambda delivery_id: answers.accepted_batch(delivery_id, batch))

    async def _events(self, request: Incoming) -> Reply:
        key = await self._allowed(request)
        body = await request.body(BATCH_BYTES)
        if request.media_type in _NDJSON or body.lstrip()[:1] == b"[":
            batch = await self._judge(judge_batch, "events", body)
            delivery = _delivery(key, "events", body, batch=True)
            return await self._keep(
                request, key, delivery, lambda delivery_id: answers.accepted_batch(delivery_id, batch)
            )
        if len(body) > ONE_BYTES:
            raise Refused(problem(413, "one event is larger than 1 MiB"))
        delivery = _delivery(key, "events", body, item_key=await self._judge(judge, "events", body))
        return await self._keep(request, key, delivery, answers.accepted)

    async def _keep(
        self, request: Incoming, key: ApiKeyInfo, delivery: NewDelivery, told: Callable[[int], bytes]
    ) -> Reply:
        """On disk first, then the answer."""
        once = request.header("idempotency-key")
        if once:
            delivery_id, body = await self._in_thread(_keep_once, request, key, delivery, once, told)
            self._wake.ping()
        else:
            [delivery_id] = await self._committer.put([delivery])
            body = told(delivery_id)
        seconds = request.wait_seconds
        if not seconds:
            return answers.located(body, delivery_id)
        taken = await self._waiting.result(delivery_id, seconds)
        return answers.located(body, delivery_id, taken=taken, waited=True)

    async def _allowed(self, request: Incoming) -> ApiKeyInfo:
        secret = request.bearer
        known = keys.known_key(secret)
        key = known[0] if known else await self._ask(keys.key_of, secret) if secret else None
        if key is None:
            raise Refused(
                problem(401, "a valid API key is needed", headers=(("WWW-Authenticate", 'Bearer realm="regulars"'),))
            )
        if not key.allows("intake"):
            raise Refused(problem(403, "this key may not send; make one with the scope intake"))
        if request.header("content-encoding") not in ("", "identity"):
            raise Refused(problem(415, "compressed bodies are not taken"))
        return key

    # -- the vendors -----------------------------------------------------------------------------------------------

    async def _webhook(self, request: Incoming) -> Reply:
        slug, _, below = request.path[len(_IN) :].partition("/")
        known = keys.known_feed(slug)
        found = known[0] if known else await self._ask(keys.feed_at, slug)
        feed = None if found is None else feed_registry.feed(found.kind)
        if found is None or feed is None or not feed_registry.takes_below(feed, below):
            return problem(404, "there is no such address")
        if request.method not in feed_registry.methods(feed):
            return _not_allowed(", ".join(feed_registry.methods(feed)))
        # Deliveries hold one order or product with all its fields; a batch's limit is room enough for any of them.
        body = await request.body(BATCH_BYTES)
        came = feed_registry.Request(
            request.method, request.headers(), request.query, body, below, _public_url(request)
        )
        verdict, identity = await self._in_thread(_judge_webhook, found, feed, came)
        if isinstance(verdict, feed_registry.Refuse):
            log.info("intake: feed %d refused a delivery, %s", found.id, verdict.code)
            return problem(401, "the signature does not hold")
        if isinstance(verdict, feed_registry.Accept):
            delivery = _vendors_delivery(found, feed, came)
            if identity is None:
                await self._committer.put([delivery])
            else:
                await self._in_thread(_keep_known, delivery, identity)
                self._wake.ping()
            verdict = feed_registry.acknowledged(feed, came, found.settings)
        return Reply(verdict.status, verdict.body, (), verdict.content_type)


def _public_url(request: Incoming) -> str:
    """The address as the vendor knows it, never by the host that the request names; a path alone when nobody set it."""
    return f"{settings.REGULARS_PUBLIC_URL or ''}{request.path}" + (f"?{request.query}" if request.query else "")


def _judge_webhook(
    found: keys.OpenFeed, feed: feed_registry.Feed, came: feed_registry.Request
) -> tuple[feed_registry.Accept | feed_registry.Answer | feed_registry.Refuse, str | None]:
    """The feed's verdict, and by what it knows an accepted delivery again."""
    verdict = feed.check(came, found.secrets, _machine_now())
    return verdict, feed.identity(came) if isinstance(verdict, feed_registry.Accept) else None


def _vendors_delivery(found: keys.OpenFeed, feed: feed_registry.Feed, came: feed_registry.Request) -> NewDelivery:
    kept = {name: came.headers[name][:1000] for name in feed.KEPT_HEADERS if name in came.headers}
    return NewDelivery(
        shop_id=found.shop_id,
        source=found.source,
        kind="vendor",
        body=came.body,
        actor=str(Actor("feed", found.id)),
        feed_id=found.id,
        headers=db.dumps(kept),
    )


def _keep_known(delivery: NewDelivery, identity: str) -> None:
    with _connected() as cur:
        actions.keep_known(cur, delivery, identity, clock.now_from(cur))


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
