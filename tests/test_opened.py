"""Connections that are opened before there is anything to send, and refusals that come early."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dictation.credentials import Keys
from dictation.errors import UnknownStatus
from dictation.net import Body, Http
from dictation.paths import Places
from dictation.settings import Settings
from dictation.wiring import Wiring
from tests.desktop import until
from tests.loopback import Loopback, serving
from tests.test_credentials import Ring


@pytest.fixture
def http() -> Iterator[Http]:
    client = Http(timeout=5.0, kept=0.5)
    yield client
    client.close()


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as made:
        yield made


def port_of(http: Http, server: Loopback) -> int:
    """The port from which the next request comes."""
    http.json("GET", f"{server.openrouter}/models")
    return server.last.port


def opened(server: Loopback) -> int:
    until("it is open", lambda: server.open)
    [connection] = server.open
    return int(connection.getpeername()[1])


def test_the_first_request_takes_the_connection_that_was_opened(
    http: Http, server: Loopback
) -> None:
    http.prepare(server.openrouter)
    ready = opened(server)

    assert server.requests == []  # nobody was asked anything
    assert port_of(http, server) == ready


def test_none_is_opened_where_one_is_kept(http: Http, server: Loopback) -> None:
    kept = port_of(http, server)
    http.prepare(server.openrouter)

    assert opened(server) == kept
    assert port_of(http, server) == kept


def test_one_that_nobody_used_for_long_is_not_used(http: Http, server: Loopback) -> None:
    http.prepare(server.openrouter)
    old = opened(server)
    threading.Event().wait(0.6)

    assert port_of(http, server) != old


def test_one_that_the_server_has_closed_is_not_used(http: Http, server: Loopback) -> None:
    http.prepare(server.openrouter)
    opened(server)
    server.drop_connections()
    until("it is closed", lambda: not server.open)

    assert port_of(http, server)


def test_one_from_before_a_change_of_the_network_is_closed(http: Http, server: Loopback) -> None:
    http.prepare(server.openrouter)
    opened(server)
    http.renew()
    until("it is closed", lambda: not server.open)


def test_a_server_that_is_not_there_is_no_error_yet(http: Http) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    http.prepare(f"http://127.0.0.1:{port}/v1")


def test_at_the_start_all_is_made_ready_without_a_connection(tmp_path: Path) -> None:
    wiring = Wiring(Places(*(tmp_path / name for name in "csdxr")))
    wiring.keys = Keys(wiring.places, {"OPENROUTER_API_KEY": "k"}, Ring())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        settings = Settings(provider="openrouter", base_url=f"http://127.0.0.1:{port}/api/v1")
        wiring.warm(settings)
        listener.setblocking(False)

        with pytest.raises(BlockingIOError):
            listener.accept()
        wiring.http(settings).prepare(settings.base_url)  # as a key press does
        listener.accept()[0].close()
    wiring.http(settings).close()


def test_a_refusal_ends_a_body_that_is_still_being_spoken(http: Http) -> None:
    refusal = b"HTTP/1.1 411 Length Required\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            connection, _address = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(refusal)
                while connection.recv(65536):  # reads on, as a proxy may
                    pass

        threading.Thread(target=refuse, daemon=True).start()
        pause = threading.Event()

        def spoken() -> Iterator[bytes]:
            for _block in range(100):
                pause.wait(0.05)
                yield b"x" * 1000

        began = time.monotonic()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        request = http.open("POST", url, body=Body("audio/flac", None, spoken))
        with pytest.raises(UnknownStatus):
            request.__enter__()

    assert time.monotonic() - began < 2.0
