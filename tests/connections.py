"""The loopback server's side of the wire: requests read, replies written or broken as told."""

from __future__ import annotations

import contextlib
import math
import socket
import struct
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.judge import Part
from tests.replies import Reply

if TYPE_CHECKING:
    from tests.loopback import Loopback


@dataclass
class Received:
    """One request as it came in."""

    method: str
    path: str  # without the query
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes
    port: int  # of the client: tells kept connections from new ones
    json: Any = None
    form: list[Part] = field(default_factory=list)
    audio: bytes = b""
    format: str = ""
    at: float = field(default_factory=time.monotonic)  # when all of it was there

    @property
    def model(self) -> str:
        return self.field("model") or (self.json or {}).get("model", "")

    def field(self, name: str) -> str:
        """The text of a form's field; "" where it has none."""
        return next((part.text for part in self.form if part.name == name), "")


class Threads(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], server: Loopback) -> None:
        self.loopback = server
        super().__init__(address, Connection)

    def handle_error(self, _request: object, _address: object) -> None:
        """A client that hangs up is what many tests are about."""


class Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Threads

    def setup(self) -> None:
        self.ours = self.server.loopback
        if self.ours.tls:
            self.request = self.ours.tls.wrap_socket(self.request, server_side=True)
        super().setup()
        with self.ours.lock:
            self.ours.open.add(self.connection)

    def finish(self) -> None:
        with self.ours.lock:
            self.ours.open.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()
        if self.ours.tls:
            self.connection.close()  # the server closes the plain socket, which TLS has taken over

    def log_message(self, *_args: object) -> None:
        """Tests look at `requests`, not at a log."""

    def do_GET(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            self.ours.unfinished += 1
            return
        address = urlsplit(self.path)  # a proxy's client writes the whole address
        request = Received(
            self.command,
            address.path,
            {name: values[-1] for name, values in parse_qs(address.query).items()},
            {name.lower(): value for name, value in self.headers.items()},
            body,
            self.client_address[1],
        )
        with contextlib.suppress(OSError):
            self._send(self.ours.reply_to(request))

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def _body(self) -> bytes | None:
        """The body, None where the client hung up before its end."""
        try:
            if self.headers.get("transfer-encoding", "").lower() != "chunked":
                length = int(self.headers.get("content-length", 0))
                body = self.rfile.read(length)
                return body if len(body) == length else None
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.ours.arrived = len(body)
                self.rfile.readline()
            self.rfile.readline()
        except (OSError, ValueError):
            return None
        return body

    def _send(self, reply: Reply) -> None:
        def wait(seconds: float) -> None:
            self.ours.stopping.wait(None if math.isinf(seconds) else seconds)

        wait(reply.before)
        if reply.cut == "before":
            return self._cut(reply)
        if reply.raw is not None:
            for number, piece in enumerate(
                [reply.raw] if isinstance(reply.raw, bytes) else reply.raw
            ):
                if number and reply.every:
                    wait(reply.every)
                if self.ours.stopping.is_set():
                    break
                self.wfile.write(piece)
            return self._cut(reply)
        pieces, headers = reply.pieces(), reply.head()
        self.wfile.write(headers)
        wait(reply.pause)
        if reply.cut == "head":
            return self._cut(reply)
        for number, piece in enumerate(pieces):
            if number and reply.every:
                wait(reply.every)
            if self.ours.stopping.is_set():
                break
            self.wfile.write(piece)
            if reply.cut == "body":
                return self._cut(reply)
        self.close_connection = reply.closes or self.ours.stopping.is_set()
        return None

    def _cut(self, reply: Reply) -> None:
        self.close_connection = True
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
