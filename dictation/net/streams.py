"""httpcore's connections, with a question in front of each read: whether to go on at all.

A time-out bounds one read. A server that sends its head in drops, or interim responses for ever,
never lets one pass; only the sum can be bounded.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dictation.net.speeds import NOTHING, Sent, counted

if TYPE_CHECKING:
    import httpcore
    import httpx


class Patience(float):
    """A read's time-out; `go_on` is asked before each read and raises where it is enough."""

    go_on: Callable[[], None]

    def __new__(cls, seconds: float, go_on: Callable[[], None]) -> Patience:
        """So many seconds a read."""
        made = super().__new__(cls, seconds)
        made.go_on = go_on
        return made


def watch(transport: httpx.HTTPTransport, silent: float) -> None:
    """Has the connections that this transport makes ask a request's Patience.

    One on which nothing arrives for `silent` seconds is broken, even while nobody writes or reads.
    """
    pool = transport._pool
    pool._network_backend = _Backend(pool._network_backend, silent)  # type: ignore[assignment]


def sent_since(stream: Any) -> Sent | None:
    """What a connection has sent since it was last asked for; None where nobody counts."""
    return stream.sent_since() if isinstance(stream, _Stream) else None


class _Backend:
    def __init__(self, backend: httpcore.NetworkBackend, silent: float) -> None:
        self._backend, self._silent = backend, silent

    def connect_tcp(self, *args: Any, **options: Any) -> _Stream:
        made = _Stream(self._backend.connect_tcp(*args, **options))
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            option = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self._silent * 1000))
            made.get_extra_info("socket").setsockopt(*option)
        return made

    def connect_unix_socket(self, *args: Any, **options: Any) -> _Stream:
        return _Stream(self._backend.connect_unix_socket(*args, **options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream:
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self.write = stream.write
        self.close = stream.close
        self.get_extra_info = stream.get_extra_info
        self._counted = NOTHING

    def sent_since(self) -> Sent | None:
        """What was sent since it was last asked for."""
        now, before = counted(self.get_extra_info("socket")), self._counted
        self._counted = now or before
        return now and now.since(before)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if isinstance(timeout, Patience):
            timeout.go_on()
        return self._stream.read(max_bytes, timeout)

    def start_tls(self, *args: Any, **options: Any) -> _Stream:
        made = _Stream(self._stream.start_tls(*args, **options))
        made.sent_since()  # the handshake is round trips, not the line's speed
        return made
