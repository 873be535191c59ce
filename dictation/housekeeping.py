"""What becomes of recordings: made smaller, and removed when their time is over.

On a lane and a database connection of its own: it may take seconds, and nobody waits for it.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from dictation.audio_files.encoding import remade
from dictation.errors import AudioFileError, StorageError
from dictation.history import History
from dictation.history.retention import GIGABYTE, SMALLER, due
from dictation.lanes import Crash, Lane
from dictation.paths import Places
from dictation.recordings import in_use
from dictation.settings import Settings
from dictation.takes import Take

log = logging.getLogger(__name__)

EVERY = 3600.0  # seconds between sweeps
JUMP = 3600.0  # seconds
ASIDE = 30 * 86_400.0  # seconds that a damaged history is kept once what can be read is rescued


def _since_boot() -> float:
    """Seconds that ran, asleep or not, where the system tells them."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return time.monotonic()
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Clock:
    """Tells a wall clock that was set from one that ran: what is swept goes by the date."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        running: Callable[[], float] = _since_boot,
    ) -> None:
        self._wall, self._running = wall, running
        self._apart = wall() - running()

    def jumped(self) -> bool:
        """Whether it was set by more than an hour since the last time that this was asked."""
        apart, before = self._wall() - self._running(), self._apart
        self._apart = apart
        return abs(apart - before) > JUMP


class Housekeeping:
    """Tidies up after takes, and now and then all over; `settings` are asked for at each sweep."""

    def __init__(self, places: Places, settings: Callable[[], Settings], crash: Crash) -> None:
        self._places, self._settings = places, settings
        self._clock = Clock()
        self._lane = Lane("housekeeping", crash)

    def ended(self, id_: str) -> None:
        """A take is over, and its row on disk."""

        def tidy(history: History) -> None:
            settings = self._settings()
            taken = history.found(id_)
            if _bytes_in(history.recordings) > settings.keep_audio_gb * GIGABYTE:
                sweep(history, settings)
            else:
                sweep(history, settings, takes=taken)
            for take in taken:
                _smaller(history, take, ".flac")

        self._put(tidy)

    def sweep(self) -> None:
        """All over."""

        def tidy(history: History) -> None:
            if self._clock.jumped():
                log.info("the clock jumped: nothing is swept this time")
                return
            sweep(history, self._settings())
            shrink(history)
            for aside in self._places.data.glob("history*.broken-*"):
                if time.time() - aside.stat().st_mtime > ASIDE:
                    aside.unlink(missing_ok=True)
            history.flush()

        self._put(tidy)

    def close(self, seconds: float) -> None:
        """Lets what is under way finish, for so long at most; the rest is done next time."""
        self._lane.close(seconds)

    def _put(self, tidy: Callable[[History], None]) -> None:
        def job() -> None:
            try:
                with closing(History(self._places.history, self._places.recordings)) as history:
                    tidy(history)
            except (StorageError, OSError) as error:  # the disk's lane has told of it, or will
                log.info("housekeeping: %s", type(error).__name__)

        self._lane.put(job)


def sweep(
    history: History,
    settings: Settings,
    *,
    takes: list[Take] | None = None,
    now: datetime | None = None,
) -> None:
    """Removes what is due, of all takes or of these; raises StorageError."""
    found = history.newest() if takes is None else takes
    sizes = {
        take.id: Path(take.audio).stat().st_size
        for take in found
        if take.audio and Path(take.audio).exists()
    }
    going = due(found, sizes, settings, now or datetime.now(UTC))
    if going.takes:
        history.delete(going.takes)
    for take in going.recordings:
        history.remove_audio(take)
        history.moved(take, None)


def shrink(history: History, now: datetime | None = None) -> None:
    """Makes all kept recordings as small as their age allows; raises StorageError."""
    now = now or datetime.now(UTC)
    for take in history.newest():
        if take.audio:
            old = now - datetime.fromisoformat(take.started_at).astimezone(UTC) >= SMALLER
            # Opus loses a little, so it is not for what has yet to be transcribed.
            _smaller(history, take, ".ogg" if old and not take.wordless else ".flac")


def _bytes_in(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    with os.scandir(folder) as entries:
        return sum(entry.stat().st_size for entry in entries)


def _smaller(history: History, take: Take, ending: str) -> None:
    path = Path(take.audio or "")
    if take.status in ("recording", "transcribing", "delivering") or not take.audio:
        return
    if path.suffix == ending or path.suffix not in (".wav", ".flac") or not path.exists():
        return
    if path.suffix == ".wav" and in_use(path):
        return
    try:
        new = remade(path, ending)
        if not history.moved(take, new):
            new.unlink(missing_ok=True)  # it was deleted meanwhile, and stays so
    except (AudioFileError, OSError) as error:
        log.info("%s stays as it is: %s", path.name, type(error).__name__)
