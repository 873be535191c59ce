"""The bytes of an audio file, opened with care and shared by those who read them."""

from __future__ import annotations

import os
import stat
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dictation.audio import BLOCK
from dictation.errors import AudioFileError
from dictation.i18n import _, number

LARGEST = 1_000_000_000  # bytes of a file
IN_MEMORY = 4 * 1024 * 1024  # bytes (two minutes of PCM) that need no temporary file


class Source:
    """Bytes that several readers share, each telling where it reads; closed when nobody does."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._lock = threading.Lock()
        weakref.finalize(self, file.close)
        self.name = name
        self.size = file.seek(0, os.SEEK_END)

    def read(self, start: int, count: int) -> bytes:
        """Up to `count` bytes from `start`; fewer only at the end."""
        try:
            with self._lock:
                self._file.seek(start)
                return self._file.read(count)
        except OSError as error:
            raise unreadable(self.name, error) from error

    def blocks(self, start: int, stop: int) -> Iterator[bytes]:
        """Bytes start to stop in blocks of at most BLOCK; raises where the file has shrunk."""
        for first in range(start, stop, BLOCK):
            count = min(BLOCK, stop - first)
            block = self.read(first, count)
            if len(block) < count:
                raise AudioFileError(
                    _("{name} became shorter while it was read.").format(name=self.name),
                    hint=_("Wait until the program that writes it is done."),
                )
            yield block

    def append(self, block: bytes) -> None:
        """Adds bytes at the end; for temporary files."""
        try:
            with self._lock:
                self._file.seek(self.size)
                self._file.write(block)
        except OSError as error:
            raise AudioFileError(
                _("There is no room for the audio: {why}.").format(why=error.strerror or error),
                hint=_("Free some space in {folder}.").format(folder=tempfile.gettempdir()),
            ) from error
        self.size += len(block)


class Window:
    """A stretch of a source as the file that a codec library reads, with `lead` put before it.

    It never raises: what libsndfile's callbacks raise is printed, not passed on. A fault is kept.
    """

    def __init__(self, source: Source, start: int, size: int, lead: bytes = b"") -> None:
        self._source, self._start, self._lead = source, start, lead
        self._position = 0
        self.size = len(lead) + size
        self.fault: AudioFileError | None = None

    def read(self, count: int = -1) -> bytes:
        """The next `count` bytes; none after a fault."""
        left = self.size - self._position
        count = left if count < 0 else min(count, left)
        block = self._lead[self._position : self._position + count]
        if len(block) < count and self.fault is None:
            offset = self._position + len(block) - len(self._lead)
            try:
                block += self._source.read(self._start + offset, count - len(block))
            except AudioFileError as error:
                self.fault = error
        self._position += len(block)
        return block

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file, but stays inside."""
        base = {os.SEEK_CUR: self._position, os.SEEK_END: self.size}.get(whence, 0)
        self._position = min(max(0, base + offset), self.size)
        return self._position

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position


def temporary(name: str) -> Source:
    """An empty source to append to, without a name on disk; in memory while it is small."""
    return Source(tempfile.SpooledTemporaryFile(IN_MEMORY), name)


def opened(path: Path) -> Source:
    """The file's bytes, none of them read yet; raises AudioFileError for all but a plain file."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise AudioFileError(
                _("{name} is a folder.").format(name=path), hint=_("Name the files in it.")
            )
        # Opening a pipe waits for its writer, perhaps for ever; a device may never end.
        if not stat.S_ISREG(found.st_mode):
            raise AudioFileError(
                _("{name} is a pipe or a device, not a file.").format(name=path),
                hint=_("Send it to the standard input: `… | dictation transcribe -`."),
            )
        if found.st_size > LARGEST:
            raise _too_large(str(path), found.st_size)
        return Source(path.open("rb"), str(path))
    except (OSError, ValueError) as error:
        raise unreadable(str(path), error) from error


def spooled(stream: IO[bytes], name: str, largest: int = LARGEST) -> Source:
    """All that a stream gives, beyond 4 MB in a temporary file; raises AudioFileError."""
    kept = temporary(name)
    try:
        while block := stream.read(BLOCK):
            if kept.size + len(block) > largest:
                raise _too_large(name, None)
            kept.append(block)
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from error
    return kept


def unreadable(name: str, error: OSError | ValueError) -> AudioFileError:
    """The error for what the system said when a file was opened or read."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return AudioFileError(
            _("There is no file {name}.").format(name=name), hint=_("Check its name and folder.")
        )
    if isinstance(error, PermissionError):
        return AudioFileError(
            _("You have no permission to read {name}.").format(name=name),
            hint=_("Change its permissions, or read it as its owner."),
        )
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return AudioFileError(
        _("{name} can't be read: {why}.").format(name=name, why=why),
        hint=_("Check its name, and the disk or network that it is on."),
    )


def _too_large(name: str, size: int | None) -> AudioFileError:
    limit = f"{LARGEST / 1e9:.0f} GB"
    told = (
        _("{name} gives more than {limit}, the most that is read.").format(name=name, limit=limit)
        if size is None
        else _("{name} has {size} GB; at most {limit} are read.").format(
            name=name, size=number(size / 1e9, 1), limit=limit
        )
    )
    return AudioFileError(
        told, hint=_("Make it smaller: `ffmpeg -i IN -ac 1 -ar 16000 OUT.flac`, or cut it up.")
    )
