"""Servers that are well, sick, half dead or not there, each for the length of one row."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import trustme

from tests.connections import Received
from tests.loopback import Loopback, serving
from tests.proxy import proxying
from tests.replies import Reply

KEY = "sk-or-v1-5f0c2a77d9e1"
TEXT = "Quokkas rarely visit Zanzibar."  # what each recording says
PATHS = {"chat": "/api/v1", "transcriptions": "/api/v1", "openai": "/v1"}
BUFFER = 4096  # bytes that a server which reads nothing takes in all the same


@dataclass(frozen=True)
class Service:
    """Where a row's take is sent, under which settings; `posts` counts what arrived there."""

    origin: str
    posts: Callable[[], int] = lambda: 0
    settings: dict[str, Any] = field(default_factory=dict)
    heal: Callable[[], None] | None = None  # None: it stays as it is, another one is asked

    def base_url(self, way: str) -> str:
        return f"{self.origin}{PATHS[way]}"


Serving = Callable[[Path], AbstractContextManager[Service]]  # gets a folder of its own


def replying(make: Callable[[], Reply], *, tls: ssl.SSLContext | None = None) -> Serving:
    """A server that gives this reply to each take, until it is healed."""

    @contextmanager
    def serve(_folder: Path) -> Iterator[Service]:
        with serving(tls=tls) as server:
            sick = threading.Event()
            sick.set()
            server.text, server.key = TEXT, KEY

            def answer(request: Received) -> Reply | None:
                if request.method == "POST":
                    return make() if sick.is_set() else None
                # The list of models, read meanwhile: it must leave no connection that the take
                # could go over, as one that breaks there is taken for dead and another made.
                return Reply(body={"data": []}, version="HTTP/1.0")

            server.answer = answer
            yield Service(server.origin, lambda: posts(server), heal=sick.clear)

    return serve


def posts(server: Loopback) -> int:
    return sum(request.method == "POST" for request in server.requests)


@cache
def authority() -> trustme.CA:
    return trustme.CA()


def certified(host: str, *, trusted: bool, expired: bool = False) -> Serving:
    """A server with a certificate for this host, of an authority that is trusted or not."""

    @contextmanager
    def serve(folder: Path) -> Iterator[Service]:
        more = {"not_after": datetime(2020, 1, 1, tzinfo=UTC)} if expired else {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority().issue_cert(host, **more).configure_cert(context)
        ca_file = folder / "ca.pem"
        authority().cert_pem.write_to_path(str(ca_file))
        with serving(tls=context) as server:
            settings = {"ca_file": str(ca_file)} if trusted else {}
            yield Service(server.origin, lambda: posts(server), settings)

    return serve


@contextmanager
def plain_for_tls(_folder: Path) -> Iterator[Service]:
    """A server that speaks no TLS, asked for it."""
    with serving() as server:
        yield Service(server.origin.replace("http:", "https:"), lambda: posts(server))


@contextmanager
def nobody(_folder: Path) -> Iterator[Service]:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield Service(f"http://127.0.0.1:{port}")


@contextmanager
def nameless(_folder: Path) -> Iterator[Service]:
    """A name that nobody has."""
    yield Service("http://nobody.invalid")


@contextmanager
def busy(_folder: Path) -> Iterator[Service]:
    """A server whose queue is full: it does not even accept."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield Service(f"http://127.0.0.1:{listener.getsockname()[1]}")
        for one in waiting:
            one.close()


def stopped_reader(read: int = 0, scheme: str = "http") -> Serving:
    """A peer that vanishes: it accepts, reads so many bytes, and never says a word again."""

    @contextmanager
    def serve(_folder: Path) -> Iterator[Service]:
        listener = socket.socket()
        # Before it listens: what it accepts has the same small window.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        held: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _address = listener.accept()
                    held.append(client)
                    left = read
                    while left > 0 and (block := client.recv(min(left, BUFFER))):
                        left -= len(block)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield Service(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for client in held:
            client.close()

    return serve


def proxied(scheme: str = "https", **options: Any) -> Serving:
    """A server of another name behind a proxy that is at fault."""

    @contextmanager
    def serve(_folder: Path) -> Iterator[Service]:
        with proxying(to=1, **options) as proxy:
            yield Service(f"{scheme}://api.test", settings={"proxy": proxy.address})

    return serve


@contextmanager
def no_proxy(folder: Path) -> Iterator[Service]:
    """A server behind a proxy that is not there."""
    with nobody(folder) as gone:
        yield Service("https://api.test", settings={"proxy": gone.origin})
