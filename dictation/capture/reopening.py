"""The search for a microphone to go on with, on a thread of its own.

A device or a sound server that hangs then holds up neither the end of the take nor what was
recorded.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

from dictation.audio import Audio
from dictation.errors import DictationError, MicrophoneError

log = logging.getLogger(__name__)

EVERY = 0.25  # seconds between two tries
PATIENCE = 10.0  # seconds after which no more microphone is waited for


class Source(Protocol):
    """What is recorded from; `dictation.microphones` has them and says more of each."""

    name: str
    why: str
    muted: bool
    may_be_silent: bool

    def start(self, audio: Audio) -> None: ...
    def fault(self) -> MicrophoneError | None: ...
    def stop(self) -> None: ...
    def successor(self) -> Source | None: ...


class Reopening:
    """Tries one successor after another until one is open; it fills the same buffer."""

    def __init__(self, failed: Source, audio: Audio) -> None:
        self._last, self._audio = failed, audio
        self._given_up = threading.Event()
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._open: Source | None = None
        self._error: Exception | None = None

    def result(self, until: float, ended: threading.Event, tick: float) -> Source | None:
        """The open microphone; None where there was none until that time or the end."""
        if time.monotonic() >= until:
            return None
        threading.Thread(target=self._run, name="microphone-search", daemon=True).start()
        try:
            while not self._done.wait(tick) and not ended.is_set() and time.monotonic() < until:
                pass
        finally:
            with self._lock:
                self._given_up.set()
        if self._open is None and self._error and not isinstance(self._error, DictationError):
            log.warning("no microphone was reopened", exc_info=self._error)
        return self._open

    def _run(self) -> None:
        while not self._given_up.is_set():
            try:
                source = self._last.successor()
                if source is None:
                    break
                self._last = source  # should it not open, another one is tried after it
                if self._given_up.is_set():
                    break
                source.start(self._audio)
            except Exception as error:  # noqa: BLE001 - whatever it is: what was recorded is kept
                self._error = error
                self._given_up.wait(EVERY)
            else:
                self._keep(source)
                break
        self._done.set()

    def _keep(self, source: Source) -> None:
        with self._lock:
            if not self._given_up.is_set():
                self._open = source
                return
        source.stop()  # it hung for so long that nobody waits any more
