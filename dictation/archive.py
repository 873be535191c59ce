"""The takes on disk, on a lane of their own: a slow disk delays neither windows nor microphone.

What the disk refuses is told once and stops nothing: the take goes on in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from dictation.errors import DictationError, StorageError
from dictation.history import History
from dictation.i18n import _
from dictation.lanes import Crash, Lane
from dictation.paths import Places
from dictation.recordings import WavWriter
from dictation.takes import Take

T = TypeVar("T")


class Archive:
    """Rows and recordings. `tell` hears of trouble, `counted` how many takes wait to be sent."""

    def __init__(
        self,
        places: Places,
        tell: Callable[[DictationError], None],
        counted: Callable[[int], None],
        crash: Crash,
    ) -> None:
        self._places, self._tell, self._counted = places, tell, counted
        self._history: History  # the lane's own
        self._told = ""  # the last trouble, which is not told again
        self._lane = Lane("disk", crash)
        self._lane.put(self._open)

    def begin(self, take: Take) -> Journal:
        """Lays a new take down: its row, and the file that its sound goes to."""
        journal = Journal(self._lane, self._safely)

        def lay() -> None:
            # The sound first: it matters more than the row, and needs less of the disk.
            self._safely(lambda: journal.open(self._history.recording(take.id)))
            self._safely(lambda: self._history.put(take))

        self._lane.put(lay)
        return journal

    def keep(self, take: Take) -> None:
        """Writes the take's row."""

        def put() -> None:
            there = take.audio is not None and Path(take.audio).exists()
            self._safely(lambda: self._history.put(take if there else replace(take, audio=None)))
            self._count()

        self._lane.put(put)

    def then(self, job: Callable[[], object]) -> None:
        """Does something once all that was laid down before is on disk."""
        self._lane.put(job)

    def ask(self, question: Callable[[History], T]) -> Future[T]:
        """What the history answers."""
        return self._lane.ask(lambda: question(self._history))

    def close(self, seconds: float) -> None:
        """Lets what is under way finish, for so long at most."""
        self._lane.put(self._close)
        self._lane.close(seconds)

    def _close(self) -> None:
        self._history.close()

    def _open(self) -> None:
        places = self._places
        try:
            self._history = History(places.history, places.recordings)
        except StorageError as error:
            self._tell(error)
            self._history = History(None, places.recordings)
        if aside := self._history.set_aside:
            what = _("The history was damaged and put aside as {path}; a new one is begun.")
            self._tell(StorageError(what.format(path=aside), hint=""))
        self._safely(self._history.interrupt)
        self._safely(self._count)

    def _count(self) -> None:
        self._counted(len(self._history.with_status("waiting")))

    def _safely(self, job: Callable[[], object]) -> None:
        try:
            job()
        except OSError as error:
            self._trouble(StorageError(f"{error.filename or ''}: {error.strerror}.".lstrip(": ")))
        except StorageError as error:
            self._trouble(error)

    def _trouble(self, error: StorageError) -> None:
        if error.message != self._told:
            self._told = error.message
            self._tell(error)


class Journal:
    """A take's sound while it is being spoken; called on any thread, written on the disk's."""

    def __init__(self, lane: Lane, safely: Callable[[Callable[[], object]], None]) -> None:
        self._lane, self._safely = lane, safely
        self._writer: WavWriter | None = None

    def open(self, path: Path) -> None:
        """Makes the file; on the lane."""
        self._writer = WavWriter(path)

    def append(self, pcm: bytes) -> None:
        """Writes more of it."""
        self._lane.put(lambda: self._safely(lambda: self._write(pcm)))

    def close(self) -> None:
        """That was all."""
        self._lane.put(lambda: self._safely(self._close))

    def _write(self, pcm: bytes) -> None:
        if self._writer is None:
            return
        try:
            self._writer.append(pcm)
        except OSError:
            self._close()  # what is in it is whole; a gap would make all that follows worthless
            raise

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
