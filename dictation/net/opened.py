"""Connections opened before there is anything to send on them: the user is still speaking.

Only TCP and TLS are set up. Nothing is asked of the server.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

    import httpcore


class Opened:
    """One connection for each place, taken by the first request that goes there."""

    def __init__(self, kept: float) -> None:
        self._kept = kept  # seconds after which one that nobody took is closed
        self._lock = threading.Lock()
        self._ready: dict[tuple[str, int], tuple[float, Future[Any]]] = {}

    def open(
        self,
        backend: httpcore.NetworkBackend,
        host: str,
        port: int,
        *,
        context: ssl.SSLContext | None,
        timeout: float,
    ) -> None:
        """Opens one, with TLS where there is a `context`; waits for it.

        What fails is only noted: the request will meet it, and tell.
        """
        import httpcore

        future: Future[Any] = Future()
        with self._lock:
            before = self._ready.get((host, port))
            if before and self._fresh(*before, within=self._kept / 2):
                return
            self._ready[host, port] = time.monotonic(), future
        if before:
            before[1].add_done_callback(_close)
        stream = None
        try:
            stream = backend.connect_tcp(host, port, timeout=timeout)
            if context is not None:
                context.set_alpn_protocols(["http/1.1"])
                stream = stream.start_tls(context, server_hostname=host, timeout=timeout)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, OSError):
            stream = None
        future.set_result(stream)

    def taken(self, host: str, port: int, timeout: float | None) -> Any:
        """The connection, one that is just being opened as well; None where there is none."""
        with self._lock:
            entry = self._ready.pop((host, port), None)
        if entry is None:
            return None
        if not self._fresh(*entry, within=self._kept):
            entry[1].add_done_callback(_close)
            return None
        try:
            return entry[1].result(timeout)
        except TimeoutError:
            entry[1].add_done_callback(_close)
            return None

    def close(self) -> None:
        """Closes what nobody took."""
        with self._lock:
            entries, self._ready = list(self._ready.values()), {}
        for _since, future in entries:
            future.add_done_callback(_close)

    def _fresh(self, since: float, future: Future[Any], *, within: float) -> bool:
        if time.monotonic() - since > within:
            return False
        if not future.done():
            return True
        stream = future.result()
        # Where something can be read before anything was asked, it is the server's farewell.
        return stream is not None and not stream.get_extra_info("is_readable")


def _close(future: Future[Any]) -> None:
    if (stream := future.result()) is not None:
        stream.close()
