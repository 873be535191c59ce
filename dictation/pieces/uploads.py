"""Which servers take sound while it is being spoken: what was learnt, kept in the cache."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

from dictation.paths import write_private

WEEK = 7 * 24 * 3600.0  # seconds after which a refusal is no longer held against a server


class Uploads:
    """By destination, whether a body that grows was understood; used from any thread."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path, self._now = path, now
        self._lock = threading.Lock()
        self._learnt: dict[str, tuple[bool, float]] = {}
        self._read = 0  # when the file was changed that was read last, in ns

    def taken(self, destination: str) -> bool | None:
        """Whether the server was seen to take it; None where that is not known (any more)."""
        with self._lock:
            taken, at = self._all().get(destination, (None, 0.0))
            return None if taken is False and self._now() - at > WEEK else taken

    def learn(self, destination: str, *, taken: bool) -> None:
        """Keeps what was seen; what can't be written is known until the end of the program."""
        with self._lock:
            learnt = self._all()
            if learnt.get(destination, (None, 0.0))[0] == taken is True:
                return
            learnt[destination] = (taken, self._now())
            content = json.dumps(learnt, indent=1).encode()
        try:
            write_private(self._path, content)
        except OSError:
            return

    def _all(self) -> dict[str, tuple[bool, float]]:
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._read:  # by `doctor --probe`, perhaps, while the app runs
                found = json.loads(self._path.read_bytes())
                self._read = changed
                self._learnt = {
                    str(name): (taken is True, float(at)) for name, (taken, at) in found.items()
                }
        except (OSError, ValueError, TypeError, AttributeError):
            pass  # none yet, or of another version: what was learnt since the start is known
        return self._learnt
