"""A take's sound on disk while it is being spoken: a WAV file that is whole at any moment."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from dictation.paths import open_private

HEADER = 44


def seconds_in(path: Path) -> float:
    """The length of what such a file holds, however it ended; 0 where there is none."""
    from dictation.audio import RATE

    try:
        return max(0, path.stat().st_size - HEADER) / 2 / RATE
    except OSError:
        return 0.0


class WavWriter:
    """Appends PCM16 at 16 kHz; the lengths in the header are true after each append."""

    def __init__(self, path: Path) -> None:
        from dictation.audio import wav_header

        self._header, self._path = wav_header, path
        self._file = open_private(path)
        self._bytes = 0
        self.append(b"")

    def append(self, pcm: bytes) -> None:
        """Writes the samples, then the lengths; OSError where the disk takes no more."""
        self._file.seek(HEADER + self._bytes)
        self._file.write(pcm)
        self._bytes += len(pcm)
        self._file.seek(0)
        self._file.write(self._header(self._bytes))
        self._file.flush()

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
