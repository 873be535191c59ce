"""The takes on disk, on a lane of their own: a slow disk delays neither windows nor microphone.

What the disk refuses is told once and stops nothing: the take goes on in memory, and is written as
soon as the disk takes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from dictation.audio import RATE, Recording
from dictation.errors import DictationError, StorageError
from dictation.history import History, standing
from dictation.history.hearings import at_rest
from dictation.history.recovery import asked_about
from dictation.i18n import _
from dictation.lanes import Crash, Lane, later
from dictation.paths import Places
from dictation.recordings import HALF, HEADER, WavWriter, held, sync
from dictation.takes import Take

T = TypeVar("T")

PATIENCE = 3.0  # seconds that a text may wait for a disk that hangs


class Archive:
    """Rows and recordings. All of its callbacks are called on the disk's lane.

    `tell` hears of trouble, `counted` the takes that wait to be sent, `found` at the start those
    whose end an earlier run did not live to see.
    """

    def __init__(
        self,
        places: Places,
        tell: Callable[[DictationError], None],
        counted: Callable[[list[str]], None],
        found: Callable[[list[Take]], None],
        crash: Crash,
    ) -> None:
        self._places, self._tell, self._counted, self._found = places, tell, counted, found
        self._history: History  # the lane's own
        self._unwritten: dict[str, Take] = {}  # rows that the disk did not take yet
        # And recordings, of which it has a part at most: that is held meanwhile.
        self._unheard: dict[str, tuple[Recording, BinaryIO | None]] = {}
        self._told: set[str] = set()  # troubles, not told again until the disk takes a row
        self._lane = Lane("disk", crash)
        self._syncing = Lane("disk sync", crash)  # it may take long, and nobody waits for it
        self._lane.put(self._open)

    def begin(self, take: Take, stored: Callable[[int], None]) -> Journal:
        """Lays a new take down: its row, and the file that its sound goes to.

        `stored` hears how many samples are on disk by now.
        """
        journal = Journal(self._lane, self._syncing, self._safely, stored)

        def lay() -> None:
            # The sound first: it matters more than the row, and needs less of the disk.
            self._safely(lambda: journal.open(self._history.recording(take.id)))
            self._put(take)

        self._lane.put(lay)
        return journal

    def complete(self, take: Take, journal: Journal, recording: Recording) -> None:
        """The take is recorded: writes it anew, whole, where the disk refused a part of it."""

        def complete() -> None:
            if journal.broken:
                # Locked, so that nobody takes the part for the whole and makes it smaller.
                self._unheard[take.id] = recording, held(Path(take.audio or ""))
                self._write_recordings()

        self._lane.put(complete)

    def keep(self, take: Take) -> None:
        """Writes the take's row."""

        def put() -> None:
            self._put(take)
            self._count()

        self._lane.put(put)

    def keep_known(self, take: Take) -> None:
        """Writes the row of a take that is there; one that was deleted does not come back."""
        self._lane.put(lambda: self._safely(lambda: self._history.change(take)))

    def lengthen(self, take: Take) -> None:
        """Notes how long a cancelled take is, now that all of it is recorded."""
        self._lane.put(lambda: self._safely(lambda: self._history.lengthen(take)))

    def forget(self, take: Take) -> None:
        """Removes the take, so that nothing of it is left on disk."""

        def remove() -> None:
            self._unwritten.pop(take.id, None)
            self._safely(lambda: self._history.delete([take]))
            self._count()

        self._lane.put(remove)

    def alter(self, change: Callable[[History], T]) -> Future[T]:
        """What changing old takes gives; which of them wait may be different after it."""

        def alter() -> T:
            try:
                return change(self._history)
            finally:
                self._count()

        return self._lane.ask(alter)

    def remove(self, ids: Sequence[str]) -> Future[None]:
        """Removes old takes for good, rows and recordings; UsageError where one is under way."""

        def remove(history: History) -> None:
            takes = [at_rest(take) for id_ in ids for take in history.found(id_)]
            for take in takes:
                self._unwritten.pop(take.id, None)
            history.delete(takes)

        return self.alter(remove)

    def then(self, job: Callable[[], object], within: float | None = None) -> None:
        """Does something once all that was laid down before is on disk.

        With `within` it waits so many seconds at most: then the disk hangs, which is told.
        """
        turn = threading.Lock()

        def once() -> None:
            if turn.acquire(blocking=False):
                job()

        if within is not None:

            def hangs() -> None:
                if not turn.locked():
                    self._tell(StorageError(_("The disk does not answer.")))
                once()

            self._lane.put(later(within, hangs).cancel)
        self._lane.put(once)

    def ask(self, question: Callable[[History], T]) -> Future[T]:
        """What the history answers."""
        return self._lane.ask(lambda: question(self._history))

    def close(self, seconds: float) -> None:
        """Lets what is under way finish, for so long at most."""
        self._lane.put(self._close)
        self._lane.close(seconds)
        self._syncing.close(seconds)

    def _close(self) -> None:
        self._write()
        for id_ in self._unheard:  # memory ends here: the row tells what the disk has
            self._safely(partial(self._cut_short, id_))
        for _recording, part in self._unheard.values():
            if part:
                part.close()
        self._history.close()

    def _cut_short(self, id_: str) -> None:
        path = self._history.recording(id_)
        seconds = (path.stat().st_size - HEADER) / 2 / RATE if path.exists() else 0.0
        note = _("The disk was full: only {seconds:.0f} s of it are kept.")
        take = self._history.get(id_)
        notes = (*take.notes, note.format(seconds=seconds))
        self._history.change(replace(take, seconds=seconds, notes=notes))

    def _write_recordings(self) -> None:
        """Writes anew, whole, what the disk refused a part of; that part stays until then."""

        def write(id_: str, recording: Recording, part: BinaryIO | None) -> None:
            path = self._history.recording(id_)
            half = path.with_name(path.name + HALF)
            try:
                with WavWriter(half) as file:
                    for block in recording.pcm():
                        file.append(block)
                if part:
                    part.close()
                half.replace(path)
            except OSError:
                half.unlink(missing_ok=True)
                raise
            del self._unheard[id_]
            self._syncing.put(lambda: self._safely(lambda: sync(path)))

        for id_, (recording, part) in list(self._unheard.items()):
            self._safely(partial(write, id_, recording, part))

    def _open(self) -> None:
        try:
            places = self._places
            self._history = History(places.history, places.recordings, check=True, alone=True)
        except StorageError as error:
            self._trouble(error)
            self._history = History(None, self._places.recordings)
        for told in self._history.told:
            self._tell(told)
        if self._history.on_disk:  # an empty one would take every recording for a lost one
            self._safely(lambda: self._found(asked_about(self._history)))
        self._count()

    def _count(self) -> None:
        def count() -> None:
            self._counted([take.id for take in self._history.with_status("waiting")])

        self._safely(count)

    def _put(self, take: Take) -> None:
        self._unwritten[take.id] = take
        self._write()

    def _write(self) -> None:
        if not self._history.on_disk:
            self._safely(self._come_back)

        def write(take: Take) -> None:
            self._history.put(standing(take))
            del self._unwritten[take.id]
            if self._history.on_disk:
                self._told.clear()

        for take in list(self._unwritten.values()):
            self._safely(partial(write, take))
        if self._unheard:
            self._write_recordings()
        if self._history.on_disk:
            self._syncing.put(lambda: self._safely(self._history.sync))

    def _come_back(self) -> None:
        """The disk refused the history at the start; by now it may take it."""
        history = History(self._places.history, self._places.recordings, alone=True)
        found = asked_about(history)
        for take in self._history.newest():
            history.put(take)
        self._found([take for take in found if take.id not in self._history.ids()])
        history.ledger.add(self._history.ledger.entries())
        self._history.close()
        self._history = history

    def _safely(self, job: Callable[[], object]) -> None:
        try:
            job()
        except OSError as error:
            self._trouble(StorageError(f"{error.filename or ''}: {error.strerror}.".lstrip(": ")))
        except StorageError as error:
            self._trouble(error)

    def _trouble(self, error: StorageError) -> None:
        if error.message not in self._told:
            self._told.add(error.message)
            self._tell(error)


class Journal:
    """A take's sound while it is being spoken; called on any thread, written on the disk's.

    `broken` once the disk has refused a part: what is in the file is whole, but not all.
    """

    def __init__(
        self,
        lane: Lane,
        syncing: Lane,
        safely: Callable[[Callable[[], object]], None],
        stored: Callable[[int], None],
    ) -> None:
        self._lane, self._syncing, self._safely = lane, syncing, safely
        self._stored = stored
        self._samples = 0
        self._writer: WavWriter | None = None
        self.broken = True  # until there is a file

    def open(self, path: Path) -> None:
        """Makes the file; on the lane."""
        self._writer = WavWriter(path)
        self.broken = False

    def append(self, pcm: bytes) -> None:
        """Writes more of it."""
        if pcm:
            self._lane.put(lambda: self._safely(lambda: self._write(pcm)))

    def close(self) -> None:
        """That was all."""
        self._lane.put(lambda: self._safely(self._close))

    def _write(self, pcm: bytes) -> None:
        if self._writer is None:
            return
        try:
            due = self._writer.append(pcm)
        except OSError:
            self.broken = True
            self._close()  # a gap would make all that follows worthless
            raise
        self._samples += len(pcm) // 2
        self._stored(self._samples)
        if due:
            self._sync(self._writer)

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            self._sync(writer)

    def _sync(self, writer: WavWriter) -> None:
        self._syncing.put(lambda: self._safely(writer.sync))
