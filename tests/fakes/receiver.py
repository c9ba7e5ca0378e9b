"""A receiver of webhooks: a real HTTP server in a thread, which answers as it is told."""

from __future__ import annotations

import base64
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


class Receiver:
    """What has come, and what is answered."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.requests = 0
        self.answer: Callable[[BaseHTTPRequestHandler], None] = answer_with(204)
        self.url = ""

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.got]

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Keep a message if it is signed as Standard Webhooks are."""
        self.requests += 1
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        message_id, timestamp = handler.headers["webhook-id"], handler.headers["webhook-timestamp"]
        signed = f"{message_id}.{timestamp}.".encode() + body
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        wanted = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        assert wanted in handler.headers["webhook-signature"].split()
        self.got.append(json.loads(body) | {"id": message_id, "at": int(timestamp)})


def answer_with(status: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return what answers so."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@contextmanager
def run_receiver(certificates: Path | None = None) -> Iterator[Receiver]:
    """Yield a receiver on a port of 127.0.0.1, over TLS where there are `certificates`."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = receiver.answer
            if answer is refuse:
                receiver.requests += 1
                self.connection.close()
                return
            receiver.take(self)
            answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    scheme = "http"
    if certificates:
        scheme, context = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "server.crt", certificates / "server.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/hook?token=t"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def refuse(_handler: BaseHTTPRequestHandler) -> None:
    """Break the connection off before anything is read: the receiver is down."""
