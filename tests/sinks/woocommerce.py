"""A WooCommerce shop's REST interface (wc/v3) for orders, in a process of its own, behaving as it is documented.

Keys by Basic authentication, 401 and 404 with WooCommerce's codes, partial updates, lines removed by quantity 0, sums that
are not worked out anew for a changed line, `date_modified`. By script also: a status, "slow" (answers after some seconds),
"vanish" (does it, and never answers), "html" (a page of some plugin with status 200). After a change it tells its webhook.
"""

from __future__ import annotations

import argparse
import base64
import copy
import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY, SECRET = "ck_test", "cs_test"
PRODUCTS = {"KETTLE": (11, "Kettle", "49.90"), "PAN-24": (12, "Pan 24", "29.90"), "CUP": (13, "Cup", "7.50")}


class WooShop:
    """The harness's side."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.sinks.woocommerce"], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def _ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=data), timeout=20) as answer:
            return json.loads(answer.read())

    def put(self, order: dict[str, Any]) -> dict[str, Any]:
        """An order as it stands there."""
        return self._ask("/_order", order)

    def order(self, id_: str) -> dict[str, Any]:
        """The same, read."""
        return self._ask(f"/_order/{id_}")

    def behave(self, **ways: list[Any]) -> None:
        """By method, used up one by one, the last for ever."""
        self._ask("/_behave", ways)

    def hook(self, url: str, secret: str) -> None:
        """Tell changes to this address."""
        self._ask("/_hook", {"url": url, "secret": secret})

    def log(self) -> list[dict[str, Any]]:
        """What was asked of the interface: method, path, body, whether something was changed by it."""
        return self._ask("/_log")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(5)


@contextmanager
def woo_shop() -> Iterator[WooShop]:
    """One, stopped at the end."""
    found = WooShop()
    try:
        yield found
    finally:
        found.stop()


def an_order(id_: int, **fields: Any) -> dict[str, Any]:
    """An order as WooCommerce shows it: a kettle and two cups for Ann Buyer."""
    at = "2026-03-02T11:00:00"
    return {
        "id": id_, "number": str(id_), "status": "processing", "currency": "EUR", "total": "64.90",
        "date_created_gmt": at, "date_created": at, "date_modified_gmt": at, "date_modified": at,
        "shipping_total": "0.00", "discount_total": "0.00", "customer_id": 0, "customer_note": "", "payment_method": "cod",
        "billing": {
            "first_name": "Ann", "last_name": "Buyer", "company": "", "address_1": "Old Street 1", "address_2": "",
            "city": "Riga", "state": "", "postcode": "LV-1010", "country": "LV", "email": "ann@example.test",
            "phone": "+37120000000",
        },
        "shipping": {
            "first_name": "Ann", "last_name": "Buyer", "company": "", "address_1": "Old Street 1", "address_2": "",
            "city": "Riga", "state": "", "postcode": "LV-1010", "country": "LV",
        },
        "line_items": [
            {"id": 1, "name": "Kettle", "product_id": 11, "variation_id": 0, "sku": "KETTLE", "quantity": 1,
             "subtotal": "49.90", "total": "49.90", "price": 49.9},
            {"id": 2, "name": "Cup", "product_id": 13, "variation_id": 0, "sku": "CUP", "quantity": 2,
             "subtotal": "15.00", "total": "15.00", "price": 7.5},
        ],
        "shipping_lines": [], "meta_data": [], "refunds": [], **fields,
    }  # fmt: skip


class Refused(Exception):
    """An answer of WooCommerce's own."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Shop:
    """Its orders, and what is done to them."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.ways: dict[str, list[Any]] = {}
        self.hook: dict[str, str] = {}
        self.log: list[dict[str, Any]] = []
        self.guard = threading.RLock()
        self.lines = 100

    def way(self, method: str) -> Any:
        with self.guard:
            ways = self.ways.get(method) or [200]
            return ways.pop(0) if len(ways) > 1 else ways[0]

    def found(self, id_: str, status: int) -> dict[str, Any]:
        if id_ not in self.orders:
            raise Refused(status, "woocommerce_rest_shop_order_invalid_id")
        return self.orders[id_]

    def change(self, id_: str, body: dict[str, Any]) -> dict[str, Any]:
        """A partial update, as prepare_object_for_database and its like do it."""
        with self.guard:
            order = copy.deepcopy(self.found(id_, 400))
            for part in ("billing", "shipping"):
                order[part].update(body.get(part, {}))
            for meta in body.get("meta_data", []):
                order["meta_data"] = [m for m in order["meta_data"] if m["key"] != meta["key"]] + [meta]
            for name in ("customer_note", "status"):
                order[name] = body.get(name, order[name])
            for line in body.get("line_items", []):
                self._line(order, line)
            order["total"] = str(sum(Decimal(str(line["total"])) for line in order["line_items"]))
            self.touch(order)
            self.orders[id_] = order
            return order

    def touch(self, order: dict[str, Any]) -> None:
        at = datetime.fromisoformat(order["date_modified_gmt"]).replace(tzinfo=UTC) + timedelta(seconds=1)
        order["date_modified_gmt"] = order["date_modified"] = at.isoformat()[:19]

    def _line(self, order: dict[str, Any], line: dict[str, Any]) -> None:
        if line.get("id"):
            known = next((one for one in order["line_items"] if one["id"] == line["id"]), None)
            if known is None:
                raise Refused(400, "woocommerce_rest_invalid_item_id")
            if line.get("quantity") == 0:
                order["line_items"].remove(known)
            else:  # neither subtotal nor total follows the quantity by itself
                known.update({k: line[k] for k in ("quantity", "subtotal", "total") if k in line})
                known["price"] = float(Decimal(str(known["total"])) / Decimal(str(known["quantity"])))
            return
        if not line.get("sku") and not line.get("product_id"):
            raise Refused(400, "woocommerce_rest_required_product_reference")
        by_id = {number: (sku, name, price) for sku, (number, name, price) in PRODUCTS.items()}
        sku = line.get("sku") or by_id.get(line["product_id"], ("", "", "0"))[0]
        number, name, price = PRODUCTS.get(sku, (0, "", "0"))
        self.lines += 1
        total = str(Decimal(price) * line["quantity"])
        order["line_items"].append(
            {"id": self.lines, "name": name, "product_id": number, "variation_id": 0, "sku": sku, "quantity": line["quantity"],
             "subtotal": total, "total": total, "price": float(price)}
        )  # fmt: skip

    def tell(self, order: dict[str, Any]) -> None:
        if not self.hook:
            return
        body = json.dumps(order).encode()
        signature = base64.b64encode(hmac.new(self.hook["secret"].encode(), body, hashlib.sha256).digest()).decode()
        headers = {
            "x-wc-webhook-signature": signature,
            "x-wc-webhook-topic": "order.updated",
            "content-type": "application/json",
        }
        urllib.request.urlopen(urllib.request.Request(self.hook["url"], data=body, headers=headers), timeout=10).close()


class _Handler(BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, body: Any, kind: str = "application/json") -> None:
        out = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    def _any(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(raw) if raw else None
        path = self.path.partition("?")[0]
        if path.startswith("/_"):
            self._answer(200, self._harness(path, body))
            return
        entry = {"method": self.command, "path": path, "body": body, "changed": False}
        with self.shop.guard:
            self.shop.log.append(entry)
        self._interface(path.rsplit("/", 1)[-1], body, entry)

    def _harness(self, path: str, body: Any) -> Any:
        shop = self.shop
        if path == "/_order":
            shop.orders[str(body["id"])] = body
            return body
        if path.startswith("/_order/"):
            return shop.orders[path.removeprefix("/_order/")]
        if path == "/_behave":
            shop.ways = body
        elif path == "/_hook":
            shop.hook = body
        return shop.log if path == "/_log" else {}

    def _interface(self, id_: str, body: Any, entry: dict[str, Any]) -> None:
        expected = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        way = self.shop.way(self.command)
        try:
            if self.headers.get("authorization") != expected:
                raise Refused(
                    401, "woocommerce_rest_cannot_view" if self.command == "GET" else "woocommerce_rest_cannot_edit"
                )
            if isinstance(way, int) and way != 200:
                raise Refused(way, "internal_server_error")
            if way == "html":
                self._answer(200, "<html>Be right back</html>", "text/html")
                return
            if self.command == "GET":
                found = self.shop.found(id_, 404)
            else:
                found = self.shop.change(id_, body)
                entry["changed"] = True
        except Refused as refused:
            data = {"code": refused.code, "message": "Sorry.", "data": {"status": refused.status}}
            self._answer(refused.status, data)
            return
        if way == "vanish":
            self.close_connection = True
        else:
            if way == "slow":
                time.sleep(2)
            self._answer(200, found)
        if self.command == "PUT":
            self.shop.tell(found)

    do_GET = do_POST = do_PUT = _any  # noqa: N815 - the library's names

    def log_message(self, *values: object) -> None:
        return


def main() -> None:
    argparse.ArgumentParser().parse_args()
    _Handler.shop = Shop()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
