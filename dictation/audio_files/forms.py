"""A finished take or file in the format that is wanted most, made where it has none of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from dictation.audio import Encoded, Speech
from dictation.audio_files.source import Source, temporary
from dictation.audio_files.streaming import STREAMABLE, encoder
from dictation.errors import AudioFileError, Cancelled
from dictation.i18n import _
from dictation.speech import Track

PLAIN = ("wav", "pcm")  # the sound itself, which every speech gives without any work
log = logging.getLogger(__name__)


class Forms:
    """The speech (see `audio.Speech`), which travels compressed where that is wanted.

    Each format is made once, into a temporary file, so that its length is known. `cancelled` is
    asked meanwhile: an hour of Opus takes a minute.
    """

    def __init__(self, speech: Speech, cancelled: Callable[[], bool] = lambda: False) -> None:
        self._speech, self._cancelled = speech, cancelled
        self._made: dict[str, Source] = {}

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self._speech.seconds

    def encoded(self, formats: Sequence[str]) -> Encoded:
        """A compressed format that it has already, else the one wanted most.

        A WAV where that can't be made here, which the log tells. Raises Cancelled.
        """
        sound = self._speech.encoded(formats)
        wanted = next((name for name in formats if name in STREAMABLE or name in PLAIN), "wav")
        if sound.format not in PLAIN or wanted in PLAIN or sound.size is None or not self.seconds:
            return sound
        try:
            source = self._made.get(wanted) or self._make(wanted)
        except AudioFileError as error:  # no such codec, or no room: a WAV needs neither
            log.warning("Sent as WAV: %s", error.message)
            return self._speech.encoded(("wav",))
        return Encoded(wanted, source.size, lambda: source.blocks(0, source.size))

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Samples start to stop, mono PCM16 at 16 kHz, in blocks."""
        return self._speech.pcm(start, stop)

    def track(self) -> Track:
        """Where in it someone speaks."""
        return self._speech.track()

    def _make(self, wanted: str) -> Source:
        codec, made = encoder(wanted), temporary(wanted)
        for block in self._speech.pcm():
            if self._cancelled():
                raise Cancelled(_("The request was given up."))
            made.append(codec.feed(block))
        made.append(codec.finish())
        self._made[wanted] = made
        return made
