"""Kept recordings made small: FLAC, which loses nothing, and later Opus, a tenth of a WAV."""

from __future__ import annotations

import os
import shutil
from io import FileIO
from pathlib import Path

from dictation.audio_files import open_audio
from dictation.errors import AudioFileError
from dictation.i18n import _, number
from dictation.recordings import HALF

# libsndfile's scale of 0 to 1; for Opus this is 32 kbit/s, at which speech sounds as it was.
OPUS_LEVEL = 0.9
FORMS = {".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "OPUS")}
BLOCKS_APART = 0.05  # seconds of sound by which a codec may lengthen or shorten a recording


def remade(path: Path, ending: str) -> Path:
    """The recording in another form, ".flac" or ".ogg"; the old file is gone once it is whole.

    Raises AudioFileError or OSError; then the old file is as it was.
    """
    import numpy as np
    import soundfile

    kind, subtype = FORMS[ending]
    before = _identity(path)
    speech, new = open_audio(path), path.with_suffix(ending)
    half = new.with_name(new.name + HALF)
    try:
        sink = _Sink(half)
        try:
            with soundfile.SoundFile(
                sink,
                "w",
                samplerate=16_000,
                channels=1,
                format=kind,
                subtype=subtype,
                **({"compression_level": OPUS_LEVEL} if subtype == "OPUS" else {}),
            ) as out:
                for block in speech.pcm():
                    out.write(np.frombuffer(block, "<i2"))
                    sink.check()
        finally:
            sink.close()
        _check(speech.seconds, half, name=path.name, exact=kind == "FLAC")
        shutil.copystat(path, half)
        # A take of which the disk had refused a part is written anew, whole, once there is room.
        if _identity(path) != before:
            raise AudioFileError(_("{name} changed while it was read.").format(name=path.name))
        half.replace(new)
    except soundfile.SoundFileError as error:
        half.unlink(missing_ok=True)
        raise AudioFileError(f"{path.name}: {error}") from error
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)
    return new


def _identity(path: Path) -> tuple[int, int, int]:
    """Which file this is, and how far it was written."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


class _Sink:
    """The file that a codec library writes.

    Its methods never raise: what libsndfile's callbacks raise is printed, not passed on. The disk's
    fault is kept, for `check` and `close` to raise.
    """

    def __init__(self, path: Path) -> None:
        # Unbuffered: a fault is met where it happens, and for the user alone from the start.
        self._file = FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self._fault: OSError | None = None

    def write(self, data: bytes) -> int:
        """How much of it was written; less than all only after a fault."""
        done, view = 0, memoryview(data)
        try:
            while done < len(view) and self._fault is None:
                done += self._file.write(view[done:]) or 0
        except OSError as error:
            self._fault = error
        return done

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of a file."""
        return self._file.tell()

    def check(self) -> None:
        """Raises the fault, if there was one."""
        if self._fault:
            raise self._fault

    def close(self) -> None:
        """Brings it to the disk itself; raises OSError where not all of it is there."""
        try:
            self.check()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()


def _check(seconds: float, made: Path, *, name: str, exact: bool) -> None:
    """Raises where the new file does not hold what the old one did: the old one is worth more."""
    import soundfile

    found = soundfile.info(str(made)).duration
    if abs(found - seconds) > (0.0 if exact else BLOCKS_APART):
        what = _("{name} could not be made smaller: {found} s came of {seconds} s.")
        raise AudioFileError(
            what.format(name=name, found=number(found, 2), seconds=number(seconds, 2))
        )
