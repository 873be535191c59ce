"""A thin line: a proxy on loopback that lets through so many bits a second, so late."""

from __future__ import annotations

import contextlib
import queue
import random
import socket
import threading
import time
from collections.abc import Callable

PIECE = 2_048  # bytes let through at a time
BUFFER = 8_192  # bytes that the system may hold on each side: a sender feels the line


class Line:
    """Leads to a server's port; `rate` in bits a second of what is sent, `trip` in seconds.

    What is lost comes a round trip later, as where it is sent again at once, and so does all behind
    it; `loss` is how much of it is.
    """

    def __init__(
        self, to: int, *, rate: float = float("inf"), trip: float = 0.0, loss: float = 0.0
    ) -> None:
        self._to, self._rate, self._late = to, rate, trip / 2
        self._loss, self._random = loss, random.Random(1)
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self.port: int = self._listening.getsockname()[1]
        self._ends: list[socket.socket] = [self._listening]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for end in self._ends:
            end.close()

    def _start(self, job: Callable[[], None]) -> None:
        thread = threading.Thread(target=job, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                here, _address = self._listening.accept()
            except OSError:
                return
            there = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [here, there]
            for end in (here, there):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._carry(here, there, self._rate)
            self._carry(there, here, float("inf"))

    def _carry(self, source: socket.socket, target: socket.socket, rate: float) -> None:
        """One direction: read no faster than the line, handed on half a round trip later."""
        under_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

        def read() -> None:
            free = time.monotonic()  # when the line has sent what it was given
            pause = threading.Event()
            while True:
                try:
                    data = source.recv(PIECE)
                except OSError:
                    data = b""
                free = max(free, time.monotonic()) + len(data) * 8 / rate
                if (wait := free - time.monotonic()) > 0:
                    pause.wait(wait)
                lost = data and self._random.random() < self._loss
                under_way.put((free + self._late * (3 if lost else 1), data))
                if not data:
                    return

        def write() -> None:
            pause = threading.Event()
            while True:
                due, data = under_way.get()
                if (wait := due - time.monotonic()) > 0:
                    pause.wait(wait)
                try:
                    if not data:
                        target.shutdown(socket.SHUT_WR)
                        return
                    target.sendall(data)
                except OSError:
                    return

        self._start(read)
        self._start(write)
