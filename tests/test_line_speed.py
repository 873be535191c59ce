"""How fast a line is found to be, on real sockets: the other side reads at a known pace."""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
import trustme

from dictation.net import Body, Http
from dictation.net.speeds import Sent, Speeds, written

BUFFER = 16 * 1024  # bytes that the slow side takes before it reads them


class Slow:
    """A server that reads bodies at `rate` bits a second and answers after `thinks` seconds."""

    def __init__(self, rate: float, thinks: float = 0.0, tls: ssl.SSLContext | None = None) -> None:
        self.rate, self.thinks, self._tls = rate, thinks, tls
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.socket()
        if math.isfinite(rate):
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._open.append(connection)
            with connection, connection.makefile("rb", BUFFER) as reader:
                while self._answer(connection, reader):
                    pass

    def _answer(self, connection: socket.socket, reader) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (line := reader.readline()):
                return False
            head += line
        _name, _colon, length = head.lower().partition(b"content-length:")
        left = int(length.split(b"\r\n")[0]) if length else 0
        began, read = time.monotonic(), 0
        while length and read < left:
            read += len(reader.read(min(4096 if math.isfinite(self.rate) else 2**20, left - read)))
            self._over.wait(max(0.0, began + read * 8 / self.rate - time.monotonic()))
        while b"chunked" in head and (size := int(reader.readline(), 16)):  # in chunks
            reader.read(size + 2)
        if b"chunked" in head:
            reader.readline()
        self._over.wait(self.thinks)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        return True


@contextmanager
def slow(rate: float, **more) -> Iterator[Slow]:
    with closing(Slow(rate, **more)) as server:
        yield server


@pytest.fixture
def http() -> Iterator[Http]:
    with closing(Http(timeout=10.0)) as client:
        yield client


def sound(size: int, *, known: bool = True) -> Body:
    def blocks() -> Iterator[bytes]:
        for start in range(0, size, 50_000):
            yield bytes(min(50_000, size - start))

    return Body("audio/wav", size if known else None, blocks)


def send(http: Http, url: str, body: Body) -> None:
    with http.open("POST", url, body=body) as answer:
        answer.json()


@pytest.mark.parametrize(("rate", "size"), [(1e6, 150_000), (5e6, 400_000)])
def test_a_slow_line_is_measured(
    http: Http, rate: float, size: int, record_property: Callable[[str, object], None]
) -> None:
    with slow(rate) as server:
        assert http.speed(server.url) is None
        send(http, server.url, sound(size))
        found = http.speed(server.url)

    record_property(
        "figures", f"a line of {rate / 1e6:g} Mbit/s: {(found or 0) / 1e6:.2f} measured"
    )
    assert found == pytest.approx(rate, rel=0.25)


@pytest.mark.parametrize("secure", [False, True])
def test_a_fast_line_is_told_from_a_slow_server(
    tmp_path, secure: bool, record_property: Callable[[str, object], None]
) -> None:
    authority = trustme.CA()
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if secure else None
    if tls:
        authority.issue_cert("127.0.0.1").configure_cert(tls)
    with (
        slow(math.inf, thinks=0.5, tls=tls) as server,
        closing(Http(ca_file=str(tmp_path / "ca.pem"), timeout=10.0)) as http,
    ):
        send(http, server.url, sound(4_000_000))
        found = http.speed(server.url)

    assert found is not None
    record_property("figures", f"loopback{', TLS' * secure}: {found / 1e6:.0f} Mbit/s measured")
    assert found > 100e6


def test_a_small_body_and_one_that_is_still_being_spoken_tell_nothing(http: Http) -> None:
    with slow(100e6) as server:
        send(http, server.url, sound(30_000))
        send(http, server.url, sound(300_000, known=False))
        assert http.speed(server.url) is None

        # Nor do they count towards the next one on the same connection.
        server.rate = 2e6
        send(http, server.url, sound(150_000))
        assert http.speed(server.url) == pytest.approx(2e6, rel=0.25)


def test_another_network_is_measured_anew(http: Http) -> None:
    with slow(math.inf) as server:
        send(http, server.url, sound(100_000))
        assert http.speed(f"{server.url}/audio/transcriptions") is not None
        assert http.speed("http://127.0.0.1:9/v1") is None

        http.renew()
        assert http.speed(server.url) is None


def test_the_last_bodies_count_the_long_ones_more_and_for_ten_minutes() -> None:
    now = 0.0
    speeds = Speeds(lambda: now)
    speeds.learn("here", Sent(1_000_000, 0.1))
    for _ in range(2):
        speeds.learn("here", Sent(100_000, 0.1))
    assert speeds.of("here") == pytest.approx(8 * 1_200_000 / 0.3)

    now = 300.0
    speeds.learn("here", Sent(100_000, 0.2))  # the fourth: the first is forgotten
    assert speeds.of("here") == pytest.approx(8 * 300_000 / 0.4)

    now = 700.0
    assert speeds.of("here") == pytest.approx(8 * 100_000 / 0.2)
    now = 1000.0
    assert speeds.of("here") is None


def test_where_nobody_counts_only_much_more_than_a_buffer_tells() -> None:
    assert written(500_000, 0.1) is None
    assert written(5_000_000, 2.0) == Sent(5_000_000 - 256 * 1024, 2.0)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux alone")
@pytest.mark.parametrize(("patience", "silent"), [(5.0, 20), (30.0, 20), (600.0, 590)])
def test_a_line_that_died_silently_is_noticed(patience: float, silent: int) -> None:
    with (
        slow(math.inf) as server,
        closing(Http(timeout=patience)) as http,
        http.open("GET", server.url) as answer,
    ):
        connection = answer._response.extensions["network_stream"].get_extra_info("socket")
        found = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

    assert found == silent * 1000
