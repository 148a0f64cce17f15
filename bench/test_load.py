"""The load generator against a real server on loopback: it counts what was answered, and says so when it was not."""

import http.server
import threading
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from bench import load


class Shop(http.server.BaseHTTPRequestHandler):
    """Takes orders; `/chunked` answers in chunks, `/empty` without a body, `/full` refuses, `/cut` hangs up."""

    protocol_version = "HTTP/1.1"
    taken: list[tuple[str, str, bytes]]

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.command, self.path, body))
        if self.path == "/cut":
            self.close_connection = True
            return
        if self.path == "/empty":
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()
            return
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if self.path == "/full" else HTTPStatus.ACCEPTED)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"2\r\n{}\r\n")
            self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    do_PUT = do_POST = answer

    def log_message(self, *arguments: object) -> None:
        """Silent."""


@pytest.fixture
def shop() -> Iterator[http.server.ThreadingHTTPServer]:
    Shop.taken = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_every_request_is_sent_once_with_its_own_method_path_and_body(shop: http.server.ThreadingHTTPServer) -> None:
    requests = [load.Request("PUT", f"/orders/{number}", b"%d" % number) for number in range(50)]
    done = load.run(shop.server_port, requests, 4)
    assert sorted(Shop.taken) == sorted(("PUT", f"/orders/{number}", b"%d" % number) for number in range(50))
    assert done.codes == {202: 50}
    assert len(done.latencies_ms) == 50
    assert done.percentile_ms(0.5) <= done.percentile_ms(0.99) <= done.seconds * 1000


@pytest.mark.parametrize(("path", "code"), [("/chunked", 202), ("/empty", 204), ("/full", 503)])
def test_answers_of_each_framing_are_read_to_their_end(
    shop: http.server.ThreadingHTTPServer, path: str, code: int
) -> None:
    done = load.run(shop.server_port, [load.Request("POST", path, b"{}")] * 6, 2)
    assert done.codes == {code: 6}


def test_refused_orders_are_no_figure(shop: http.server.ThreadingHTTPServer) -> None:
    done = load.run(shop.server_port, [load.Request("POST", path, b"{}") for path in ("/", "/full")], 1)
    with pytest.raises(load.LoadFailed, match="503"):
        done.require(202)


def test_a_connection_that_breaks_off_is_told(shop: http.server.ThreadingHTTPServer) -> None:
    with pytest.raises(load.LoadFailed, match="closed"):
        load.run(shop.server_port, [load.Request("POST", "/cut", b"{}")], 1)


def test_a_server_that_never_answers_ends_at_the_limit() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Shop) as deaf, pytest.raises(load.LoadFailed, match="0 of 1"):
        load.run(deaf.server_port, [load.Request("POST", "/", b"{}")], 1, limit_s=0.2)
