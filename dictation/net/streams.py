"""httpcore's connections, with a question in front of each read and write: whether to go on.

A time-out bounds one read. A server that sends its head in drops, or interim responses for ever,
never lets one pass; only the sum can be bounded.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dictation.net.opened import Opened
from dictation.net.speeds import NOTHING, Sent, counted

if TYPE_CHECKING:
    import ssl

    import httpcore
    import httpx


PIECE = 64 * 1024  # bytes of an answer read ahead
REFUSAL = re.compile(rb"HTTP/1\.[01] [45]")


class Patience(float):
    """A time-out; `go_on` is asked before each read and raises where it is enough."""

    go_on: Callable[[], None]

    def __new__(cls, seconds: float, go_on: Callable[[], None]) -> Patience:
        """So many seconds a read."""
        made = super().__new__(cls, seconds)
        made.go_on = go_on
        return made


class Connections:
    """What a transport's connections are made by, and made to do.

    They ask a request's Patience. One on which nothing arrives for `silent` seconds is broken, even
    while nobody writes or reads; one that nobody used for `kept` seconds is closed.
    """

    def __init__(
        self,
        transport: httpx.HTTPTransport,
        context: ssl.SSLContext,
        *,
        silent: float,
        kept: float,
    ) -> None:
        self._transport, self._context = transport, context
        self.handle_request = transport.handle_request
        self._pool = transport._pool
        self._opened = Opened(kept)
        self._backend = _Backend(self._pool._network_backend, silent, self._opened)
        self._pool._network_backend = self._backend  # type: ignore[assignment]

    def open(self, url: httpx.URL, timeout: float) -> None:
        """Opens a connection for a request to come, where none is kept; waits for it."""
        import httpcore

        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        origin = httpcore.Origin(url.raw_scheme, url.raw_host, port)
        for kept in self._pool.connections:
            usable = kept.can_handle_request(origin) and kept.is_available()
            if usable and not kept.has_expired():
                return
        self._opened.open(
            self._backend.plain,
            url.raw_host.decode("ascii"),
            port,
            context=self._context if secure else None,
            timeout=timeout,
        )

    def close(self) -> None:
        """Closes them all."""
        self._opened.close()
        self._transport.close()


def sent_since(stream: Any) -> Sent | None:
    """What a connection has sent since it was last asked for; None where nobody counts."""
    return stream.sent_since() if isinstance(stream, _Stream) else None


class _Backend:
    def __init__(self, backend: httpcore.NetworkBackend, silent: float, opened: Opened) -> None:
        self._backend, self._silent, self._opened = backend, silent, opened
        self.plain = backend

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **options: Any
    ) -> _Stream:
        ready = self._opened.taken(host, port, timeout)
        stream = ready or self._backend.connect_tcp(host, port, timeout, **options)
        made = _Stream(stream, early=ready is not None)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            option = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self._silent * 1000))
            made.get_extra_info("socket").setsockopt(*option)
        return made

    def connect_unix_socket(self, *args: Any, **options: Any) -> _Stream:
        return _Stream(self._backend.connect_unix_socket(*args, **options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream:
    def __init__(self, stream: httpcore.NetworkStream, *, early: bool = False) -> None:
        self._stream = stream
        self.early = early  # it was opened ahead of its first request
        self.close = stream.close
        self.get_extra_info = stream.get_extra_info
        self._counted = NOTHING
        self._begun: bytes | None = None  # of an answer that came before the request's end

    def sent_since(self) -> Sent | None:
        """What was sent since it was last asked for."""
        now, before = counted(self.get_extra_info("socket")), self._counted
        self._counted = now or before
        return now and now.since(before)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if isinstance(timeout, Patience):
            timeout.go_on()
        if self._begun is not None:
            begun, self._begun = self._begun, None
            return begun
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        import httpcore

        # A body that is still being spoken takes minutes: whoever refuses it says so at once.
        if buffer and isinstance(timeout, Patience) and self._refused():
            raise httpcore.WriteError("The answer came before the end of the request.")
        self._stream.write(buffer, timeout)

    def _refused(self) -> bool:
        """Whether the server has answered already, by a status of 400 and more, or hung up."""
        import httpcore

        if self._begun is None and self.get_extra_info("is_readable"):
            try:
                self._begun = self._stream.read(PIECE, 0.001)
            except (httpcore.ReadTimeout, httpcore.ReadError):
                return False  # only TLS had something to say; or the write itself will fail
        if self._begun is None:
            return False
        return not self._begun or REFUSAL.match(self._begun) is not None

    def start_tls(self, *args: Any, **options: Any) -> _Stream:
        if self.early and self.get_extra_info("ssl_object") is not None:
            return self
        made = _Stream(self._stream.start_tls(*args, **options), early=self.early)
        made.sent_since()  # the handshake is round trips, not the line's speed
        return made
