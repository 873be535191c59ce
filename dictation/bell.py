"""A bell for a thread that waits in a selector: another one rings it."""

from __future__ import annotations

import os
import threading


class Bell:
    """To be registered for reading; any thread may ring, before it is closed and after."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """Readable once it was rung."""
        return self._read

    def ring(self) -> None:
        """Wakes whoever waits, or will wait next."""
        with self._lock:
            if self._write >= 0:
                os.write(self._write, b"!")

    def hear(self) -> None:
        """It was rung: it is quiet again."""
        os.read(self._read, 1024)

    def close(self) -> None:
        """By the thread that waits."""
        with self._lock:
            os.close(self._read)
            os.close(self._write)
            self._write = -1
