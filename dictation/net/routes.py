"""Kept connections, by the way they go; given up as a whole when the network or the day changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dictation.desktop import detect
from dictation.net import tls
from dictation.net.proxies import KEPT, transport
from dictation.net.streams import Connections

if TYPE_CHECKING:
    import ssl

    import httpx


class Retired(Exception):
    """The route was given up before anything was sent on it: take the one that there is now."""


class Route:
    """The connections through one proxy; once retired, closed when its last request has ended."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._lock = threading.Lock()
        self._requests = 0
        self._retired = False

    @contextmanager
    def use(self) -> Iterator[Connections]:
        """The connections, for one request, to the end of its answer; or Retired."""
        with self._lock:
            self.check()
            self._requests += 1
        try:
            yield self._connections
        finally:
            with self._lock:
                self._requests -= 1
                over = self._retired and not self._requests
            if over:
                self.close()

    def open(self, url: httpx.URL, timeout: float) -> None:
        """Opens a connection for a request to come; waits for it."""
        self._connections.open(url, timeout)

    def check(self) -> None:
        """Raises Retired where this is no longer the way to go; asked before a request's head."""
        if self._retired:
            raise Retired

    def retire(self) -> None:
        """Nothing new is sent here, and what nobody uses is closed at once."""
        with self._lock:
            self._retired = True
            over = not self._requests
        if over:
            self.close()

    def close(self) -> None:
        """Closes all, under whatever is being sent."""
        self._connections.close()


class Routes:
    """The routes by proxy; "" is the direct one. httpx is imported when the first is asked for."""

    def __init__(self, ca_file: str, kept: float = KEPT, silent: float = KEPT) -> None:
        self._ca_file, self._kept, self._silent = ca_file, kept, silent
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._routes: dict[str, Route] = {}

    def to(self, proxy: str) -> Route:
        """The way through this proxy, as it is now."""
        with self._lock:
            if proxy in self._routes:
                return self._routes[proxy]
            # They log each address, and a proxy's address can hold a password.
            for name in ("httpx", "httpcore"):
                logging.getLogger(name).setLevel(logging.WARNING)
            if self._context is None:
                self._context = tls.context(self._ca_file, detect())
            made = transport(proxy, self._context, self._kept)
            connections = Connections(made, self._context, silent=self._silent, kept=self._kept)
            route = self._routes[proxy] = Route(connections)
            return route

    def renew(self) -> None:
        """Gives up all connections that there are."""
        for route in self._taken():
            route.retire()

    def close(self) -> None:
        """Closes all connections."""
        for route in self._taken():
            route.close()

    def _taken(self) -> list[Route]:
        with self._lock:
            taken, self._routes = list(self._routes.values()), {}
            return taken
