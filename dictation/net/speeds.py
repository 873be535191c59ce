"""How fast lines are: what connections have sent, over the time that something was on its way.

A write tells nothing: what fits into the system's buffer is "sent" at once. Linux counts for each
connection the bytes that the other side has acknowledged, and how long any were under way; neither
the buffer nor the time that a server thinks is in it. Elsewhere only a body much larger than the
buffer tells, by the time of its writes.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

SMALLEST = 64 * 1024  # bytes of a body that tells something: fewer go out in a round trip or two
LARGEST_BUFFER = 256 * 1024  # bytes that a system takes before any have left, where nothing counts
TICK = 0.004  # seconds: what Linux counts the time in
REMEMBERED = 3  # bodies; their sum is taken, so a long one weighs more
CURRENT = 600.0  # seconds after which a line may have changed: then it is found out anew
# Linux's struct tcp_info: tcpi_bytes_acked and tcpi_busy_time (microseconds), since Linux 4.10.
ACKNOWLEDGED, BUSY, INFO_SIZE = 120, 168, 256


@dataclass(frozen=True, slots=True)
class Sent:
    """What reached the other side, and for how long any of it was on its way there."""

    size: int  # bytes
    seconds: float

    def since(self, before: Sent) -> Sent:
        """What was sent after that."""
        return Sent(self.size - before.size, self.seconds - before.seconds)


NOTHING = Sent(0, 0.0)


def counted(connection: socket.socket) -> Sent | None:
    """What the system has counted for a connection; None where it does not."""
    # Both names together are Linux alone; others lay out other structures.
    if not hasattr(socket, "TCP_INFO") or not hasattr(socket, "TCP_USER_TIMEOUT"):
        return None
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO_SIZE)
    except OSError:  # it is closed, or not TCP
        return None
    if len(info) < BUSY + 8:
        return None
    [size] = struct.unpack_from("=Q", info, ACKNOWLEDGED)
    [busy] = struct.unpack_from("=Q", info, BUSY)
    return Sent(size, busy / 1e6)


def written(size: int, seconds: float) -> Sent | None:
    """What writing a body tells where nobody counts; None for one that the buffer may have held."""
    if size < 4 * LARGEST_BUFFER:
        return None
    return Sent(size - LARGEST_BUFFER, seconds)


class Speeds:
    """The measured speeds by origin; for any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._sent: dict[str, deque[tuple[float, Sent]]] = {}

    def learn(self, origin: str, sent: Sent) -> None:
        """Takes in what a body's sending showed; a small one shows nothing."""
        if sent.size < SMALLEST:
            return
        sent = Sent(sent.size, max(TICK, sent.seconds))
        with self._lock:
            last = self._sent.setdefault(origin, deque(maxlen=REMEMBERED))
            last.append((self._clock(), sent))

    def of(self, origin: str) -> float | None:
        """Bits a second towards the origin; None where not known, or not of late."""
        with self._lock:
            last = self._sent.get(origin, ())
            bodies = [sent for at, sent in last if self._clock() - at < CURRENT]
        if not bodies:
            return None
        return 8 * sum(sent.size for sent in bodies) / sum(sent.seconds for sent in bodies)

    def forget(self) -> None:
        """For when the network has changed."""
        with self._lock:
            self._sent.clear()
