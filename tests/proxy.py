"""A small HTTP proxy for tests: every name leads to loopback, as the test says."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import trustme


@dataclass
class Proxy:
    """Tunnels and forwards to `target`; refuses with `status`; opens TLS itself with `inspects`."""

    target: tuple[str, int]
    status: int = 200
    login: str = ""  # the Proxy-Authorization it demands
    inspects: trustme.CA | None = None
    asked: list[str] = field(default_factory=list)  # the first line of each request

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        # Closing alone would not wake the thread that waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._client, args=(client,), daemon=True).start()

    def _client(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                received = client.recv(65536)
                if not received:
                    return
                head += received
            first = head.split(b"\r\n")[0].decode()
            self.asked.append(first)
            if self.login and f"proxy-authorization: {self.login}".encode() not in head.lower():
                client.sendall(b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")
                return
            if self.status != 200:
                client.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % self.status)
                return
            if first.startswith("CONNECT "):
                client.sendall(b"HTTP/1.1 200 Go\r\n\r\n")
                if self.inspects is not None:
                    self._inspect(client, first.split()[1].rpartition(":")[0])
                    return
                head = b""
            with socket.create_connection(self.target) as server:
                server.sendall(head)
                back = threading.Thread(target=_pour, args=(server, client), daemon=True)
                back.start()
                _pour(client, server)
                back.join()

    def _inspect(self, client: socket.socket, host: str) -> None:
        assert self.inspects is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.inspects.issue_cert(host).configure_cert(context)
        with context.wrap_socket(client, server_side=True) as opened:
            opened.recv(1)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(65536):
            sink.sendall(block)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def proxying(*, to: int, **options: object) -> Iterator[Proxy]:
    """A proxy for the length of a block; `to` is the loopback port that it leads to."""
    proxy = Proxy(("127.0.0.1", to), **options)  # type: ignore[arg-type]
    try:
        yield proxy
    finally:
        proxy.close()
