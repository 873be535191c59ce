"""What recordings are listened to with: the system's own output, through PortAudio.

It is opened to be played to and closed at once after it, since PortAudio can't see devices come
and go while a stream is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from dictation import microphones
from dictation.audio import RATE
from dictation.i18n import _
from dictation.microphones.portaudio import Library, library, unplayed


class Loudspeaker:
    """The output, open; for one thread."""

    def __init__(self, portaudio: Library = library) -> None:
        """Opens it; raises MissingPart where there is none, or no PortAudio."""
        self._library = portaudio
        microphones.devices()  # has PortAudio know the devices of now
        self._stream, self._rate, self._channels = portaudio.open_output()
        self._resample: Any = None
        if self._rate != RATE:
            import soxr

            self._resample = soxr.ResampleStream(RATE, self._rate, 1, dtype="int16").resample_chunk

    @property
    def latency(self) -> float:
        """Seconds from writing to hearing."""
        return float(self._stream.latency)

    def write(self, pcm: bytes) -> None:
        """Plays more of it, mono PCM16 at 16 kHz; waits until there is room for it.

        Raises MissingPart where it is gone.
        """
        samples = np.frombuffer(pcm, "<i2").astype(np.int16, copy=False)
        if self._resample:
            samples = self._resample(samples)
        with self._gone():
            self._stream.write(np.repeat(samples, self._channels).tobytes())

    def flush(self) -> None:
        """Forgets what is written and not heard yet; raises MissingPart."""
        with self._gone():
            self._stream.abort()
            self._stream.start()

    def drain(self) -> None:
        """Waits until all is heard; raises MissingPart."""
        with self._gone():
            self._stream.stop()

    def close(self) -> None:
        """Ends it at once."""
        self._library.close(self._stream)

    @contextmanager
    def _gone(self) -> Iterator[None]:
        try:
            yield
        except self._library.portaudio.PortAudioError as error:
            raise unplayed(_("The system's output is gone: {0}.").format(error.args[0])) from error
