"""What a shop's developer would write in Python: Starlette for intake, Celery on Redis for work, smtplib for letters.

Answers 202 only after Redis has taken the task; a task is acknowledged only after the mail server's 250. Settings are
those that Celery's own guide names for work that must not be lost (late acknowledgement, reject on a lost worker).
"""

import os
import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.signals import worker_ready
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

celery = Celery("orders", broker=f"redis://127.0.0.1:{os.environ['REDIS_PORT']}/0")
celery.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=4,
    broker_connection_retry_on_startup=True,
)

LETTERS = Path(os.environ["LETTER_DIR"])
TEXT = (LETTERS / "order.txt").read_text()
HTML = (LETTERS / "order.html").read_text()
connection: smtplib.SMTP | None = None  # one a worker process, kept between letters


def letter(order: dict[str, Any]) -> EmailMessage:
    """The letter of one order: a text and an HTML part."""

    def fill(template: str) -> str:
        return (
            template.replace("[[name]]", order["buyer"]["name"])
            .replace("[[number]]", order["number"])
            .replace("[[total]]", f"{order['total']} {order['currency']}")
        )

    message = EmailMessage()
    message["From"] = "Shop <shop@example.test>"
    message["To"] = order["buyer"]["email"]
    message["Subject"] = f"We have your order {order['number']}"
    message.set_content(fill(TEXT))
    message.add_alternative(fill(HTML), subtype="html")
    return message


@celery.task(bind=True, max_retries=5, name="send_letter")
def send_letter(self: Task, order: dict[str, Any]) -> None:
    """Send one letter; a broken connection is opened anew and the task tried again."""
    global connection
    try:
        if connection is None:
            connection = smtplib.SMTP("127.0.0.1", int(os.environ["SMTP_PORT"]), timeout=10)
        connection.send_message(letter(order))
    except (OSError, smtplib.SMTPException) as error:
        connection = None
        raise self.retry(exc=error, countdown=2) from error


@worker_ready.connect
def announce(**_: Any) -> None:
    """Say in the log that work can begin; Celery's own line is below the level of a production log."""
    print("worker ready", flush=True)


def enqueue(orders: list[dict[str, Any]], due_ms: str | None) -> None:
    """Hand the orders to Redis over one kept producer; `due_ms` (unix milliseconds) delays them to that instant."""
    eta = datetime.fromtimestamp(int(due_ms) / 1000, UTC) if due_ms else None
    with celery.producer_pool.acquire(block=True) as producer:
        for order in orders:
            send_letter.apply_async((order,), task_id=f"order-{order['id']}", eta=eta, producer=producer)


async def put_order(request: Request) -> Response:
    """PUT /orders/{id}: one order."""
    await run_in_threadpool(enqueue, [await request.json()], request.query_params.get("due"))
    return JSONResponse({"accepted": 1}, 202)


async def post_orders(request: Request) -> Response:
    """POST /orders: an array of orders."""
    orders = await request.json()
    await run_in_threadpool(enqueue, orders, request.query_params.get("due"))
    return JSONResponse({"accepted": len(orders)}, 202)


async def health(request: Request) -> Response:
    """GET /health: the web side answers."""
    return JSONResponse({"ready": True})


web = Starlette(
    routes=[
        Route("/orders/{id}", put_order, methods=["PUT"]),
        Route("/orders", post_orders, methods=["POST"]),
        Route("/health", health),
    ]
)
