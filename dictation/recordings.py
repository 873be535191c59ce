"""A take's sound on disk while it is being spoken: a WAV file that is whole at any moment.

Whatever ends the program, the file stays: `close_up` makes a valid one of what a crash or a power
cut left, and a lock tells a journal that nobody writes any more from one in use.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from dictation.paths import open_private

HEADER = 44
SYNC_EVERY = 2.0  # seconds of sound at most that a power cut may take
ENDINGS = (".wav", ".flac", ".ogg")  # while spoken, once ended, after a day
YOUNG = 10.0  # seconds
HALF = ".part"  # ends the name of a file that is being made of another


class WavWriter:
    """Appends PCM16 at 16 kHz; the lengths in the header are true after each append.

    Every method raises OSError where the disk refuses. The file is locked until it is closed. A
    power cut costs what was not yet synced: whoever appends calls `sync` when it is time.
    """

    def __init__(self, path: Path) -> None:
        from dictation.audio import wav_header

        self._header, self._path = wav_header, path
        self._file = open_private(path)
        deadline = time.monotonic() + 1.0
        while not _lock(self._file) and time.monotonic() < deadline:
            threading.Event().wait(0.01)  # somebody is looking whether it is in use
        self._bytes = 0
        self._synced = 0.0
        try:
            self.append(b"")
        except OSError:
            with suppress(OSError):  # what it could not write a moment ago
                self._file.close()
            raise
        self._synced = 0.0

    def append(self, pcm: bytes) -> bool:
        """Writes the samples, then the lengths; whether it is time to `sync`, told once."""
        self._file.seek(HEADER + self._bytes)
        self._file.write(pcm)
        self._file.flush()  # the samples first: a header that promises more than there is lies
        self._bytes += len(pcm)
        self._file.seek(0)
        self._file.write(self._header(self._bytes))
        self._file.flush()
        # The next append may be half a second away.
        now = time.monotonic()
        due = now - self._synced > SYNC_EVERY - 0.75
        self._synced = now if due else self._synced
        return due

    def sync(self) -> None:
        """Waits until all that was written is on the disk itself; on any thread."""
        sync(self._path)

    def close(self) -> None:
        """Closes the file; one without a sound in it is not kept."""
        self._file.close()
        if not self._bytes:
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


class Reader:
    """Reads samples of a journal while it is written, and later, whatever becomes of its name."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._lock = threading.Lock()
        weakref.finalize(self, self._file.close)

    def __call__(self, start: int, stop: int) -> bytes:
        """PCM16 of samples start to stop; raises OSError."""
        with self._lock:
            self._file.seek(HEADER + 2 * start)
            return self._file.read(2 * (stop - start))


def held(path: Path) -> BinaryIO | None:
    """The file, marked as in use until it is closed; None where it is not there."""
    try:
        file = path.open("r+b")
    except OSError:
        return None
    _lock(file)
    return file


def in_use(path: Path) -> bool:
    """Whether a process is still recording into the file."""
    try:
        with path.open("r+b") as file:
            return not _lock(file, shared=True)
    except OSError:
        return False


def close_up(path: Path) -> float | None:
    """Makes a valid file of a journal however it ended; its seconds of sound.

    One without any sound is removed (0.0), if it is not a moment old: then it may be about to be
    written. A header that this version does not write is left as it
    is (None): a newer version may know it.
    """
    from dictation.audio import RATE, wav_header

    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head, own = file.read(HEADER), wav_header(0)
        torn = not head.strip(b"\0")  # the power went before the first page was written
        if len(head) == HEADER and not torn and (head[8:40], head[:4]) != (own[8:40], own[:4]):
            return None
        sound = max(0, size - HEADER) // 2 * 2
        if sound:
            file.truncate(HEADER + sound)  # half a sample
            file.seek(0)
            file.write(wav_header(sound))
            file.flush()
            os.fsync(file.fileno())
    if not sound and time.time() - path.stat().st_mtime > YOUNG:
        path.unlink()
    return sound / 2 / RATE


def present(path: Path) -> Path | None:
    """The recording, in whatever form it is kept by now; None where there is none."""
    forms = (path, *(path.with_suffix(ending) for ending in ENDINGS))
    return next((form for form in forms if form.exists()), None)


def _lock(file: BinaryIO, *, shared: bool = False) -> bool:
    """Marks an open file as in use until it is closed; False where somebody else has it.

    `shared` only looks: it is in nobody's way who does the same.
    """
    try:
        import fcntl
    except ImportError:  # Windows: a byte far behind the sound, which nobody reads
        import msvcrt

        file.seek(1 << 40)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks, as some network ones are
    return True


def sync(path: Path) -> None:
    """Waits until the file, and its name, are on the disk itself; does nothing where it is gone."""
    # A descriptor of its own: the writer may close its own meanwhile. Windows wants one to write.
    places = [(path, os.O_RDWR)]
    if os.name == "posix":
        places.append((path.parent, os.O_RDONLY))
    for place, mode in places:
        try:
            handle = os.open(place, mode)
        except FileNotFoundError:
            continue
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
