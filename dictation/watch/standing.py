"""A bus that is found again whenever it was lost, less and less eagerly."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from dictation.bus import Bus, BusFault
from dictation.errors import MissingPart

log = logging.getLogger(__name__)
PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds before the bus is tried again; doubled each time


class Standing:
    """Connects, and hands the bus to `attend` on a thread of its own; all over, until `close`.

    `attend` returns when the bus is lost, or raises BusFault where it is of no use.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Bus],
        attend: Callable[[Bus], None],
        pause: float = PAUSE,
    ) -> None:
        self._name, self._connect, self._attend = name, connect, attend
        self._pause = pause
        self._closing = threading.Event()
        self._bus: Bus | None = None
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leaves the bus for good."""
        self._closing.set()
        if self._bus:
            self._bus.close()
        if self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _keep(self) -> None:
        pause = self._pause
        while not self._closing.is_set():
            try:
                with self._connect() as self._bus:
                    if self._closing.is_set():
                        return
                    self._attend(self._bus)
                pause = self._pause
            except (BusFault, MissingPart) as fault:
                log.info("%s: no connection: %s", self._name, fault)
            self._closing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
