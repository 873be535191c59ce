"""No request goes out on a connection that was idle for long, or from before a change."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from dictation.net import Body, Http
from dictation.net.proxies import KEPT
from tests.desktop import until
from tests.loopback import Loopback, Reply, serving
from tests.proxy import proxying

SOUND = bytes(100_000)


@pytest.fixture
def http() -> Iterator[Http]:
    client = Http(timeout=5.0)
    yield client
    client.close()


def put(http: Http, url: str, blocks: Callable[[], Iterator[bytes]] | None = None) -> bytes:
    """What the server answers to a body, sent in one piece where it has no `blocks`."""
    body = Body("application/octet-stream", len(SOUND), blocks or (lambda: iter((SOUND,))))
    with http.open("PUT", url, body=body) as answer:
        return b"".join(answer.blocks())


def ports(server: Loopback) -> list[int]:
    return [request.port for request in server.requests]


@pytest.fixture
def echo() -> Iterator[Loopback]:
    """A server that says of each request how long its body was."""
    with serving() as server:
        server.answer = lambda request: Reply(body=str(len(request.body)).encode())
        yield server


class TestRenewal:
    def test_connections_from_before_are_closed_and_not_used(
        self, http: Http, echo: Loopback
    ) -> None:
        for _change in range(3):
            assert put(http, echo.origin) == put(http, echo.origin) == b"100000"
            assert len(echo.open) == 1
            http.renew()
            until("it is closed", lambda: not echo.open)
        first, second, third = pairs(ports(echo))
        assert first[0] == first[1] != second[0] == second[1] != third[0] == third[1]

    def test_a_body_under_way_arrives_and_its_connection_is_used_no_more(
        self, http: Http, echo: Loopback
    ) -> None:
        def blocks() -> Iterator[bytes]:
            yield SOUND[:50_000]
            http.renew()
            yield SOUND[50_000:]

        assert put(http, echo.origin, blocks) == b"100000"
        until("it is closed", lambda: not echo.open)
        assert put(http, echo.origin) == b"100000"
        assert len(set(ports(echo))) == 2

    def test_an_answer_under_way_is_read_to_its_end(self, http: Http, echo: Loopback) -> None:
        echo.replies = [Reply(body=iter([b"one ", b"two ", b"three"]))]
        with http.open("GET", echo.origin) as answer:
            blocks = answer.blocks()
            begun = next(blocks)
            http.renew()
            assert begun + b"".join(blocks) == b"one two three"
        until("it is closed", lambda: not echo.open)

    @pytest.mark.parametrize("proxied", [False, True])
    def test_a_request_on_its_way_to_an_old_connection_turns_round(
        self, tmp_path: Path, proxied: bool
    ) -> None:
        authority, tls = trustme.CA(), SlowTls()
        authority.cert_pem.write_to_path(f"{tmp_path}/ca.pem")
        authority.issue_cert("127.0.0.1", "api.test").configure_cert(tls.context)
        answers: list[bytes] = []
        with serving(tls=tls) as server, proxying(to=server.port) as proxy:
            server.answer = lambda _request: Reply(body=b"heard")
            origin = "https://api.test" if proxied else server.origin
            http = Http(proxy=proxy.address, ca_file=f"{tmp_path}/ca.pem", timeout=5.0)
            request = threading.Thread(target=lambda: answers.append(put(http, origin)))
            request.start()
            until("it connects", lambda: tls.ports)
            http.renew()
            tls.go.set()
            request.join(5)
            assert answers == [b"heard"]
            assert len(tls.ports) == 2
            assert ports(server) == tls.ports[1:]
            http.close()

    def test_of_many_threads_no_request_goes_back_or_is_harmed(
        self, http: Http, echo: Loopback
    ) -> None:
        before: list[set[int]] = []  # the ports that were known at each renewal
        answers: list[bytes] = []
        over = threading.Event()

        def ask() -> None:
            while not over.is_set():
                answers.append(put(http, f"{echo.origin}/{len(before)}"))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(50):
            known = set(ports(echo))
            http.renew()
            before.append(known)
            more = len(answers) + 8
            until("some more", lambda n=more: len(answers) > n)
        over.set()
        for thread in threads:
            thread.join(5)
        for request in echo.requests:
            renewals = int(request.path.strip("/"))
            assert not any(request.port in known for known in before[:renewals])
        assert set(answers) == {b"100000"}
        http.renew()
        until("all are closed", lambda: not echo.open)


class SlowTls:
    """A server's TLS that shakes no hand until it may."""

    def __init__(self) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.go = threading.Event()
        self.ports: list[int] = []

    def wrap_socket(self, connection: socket.socket, **more: Any) -> ssl.SSLSocket:
        self.ports.append(connection.getpeername()[1])
        assert self.go.wait(5)
        return self.context.wrap_socket(connection, **more)


def pairs(numbers: list[int]) -> list[tuple[int, int]]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_a_connection_that_was_idle_for_too_long_carries_no_body(
    echo: Loopback, sample: Callable[[float, float], float]
) -> None:
    kept = sample(0.3, KEPT)
    http = Http(kept=kept) if kept != KEPT else Http()
    put(http, echo.origin)
    put(http, echo.origin)
    idle = time.monotonic()
    until("it is old", lambda: time.monotonic() > idle + kept, seconds=kept + 5)
    put(http, echo.origin)
    first, second, third = ports(echo)
    assert first == second != third
    assert KEPT == 30.0
    http.close()
