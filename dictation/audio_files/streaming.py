"""Sound encoded as it comes: bytes that can be sent at once, for no codec goes back to change them.

What a codec holds back is what is left to send after the last word. At 16 kHz that is at most:
nothing for "pcm", 72 ms for FLAC (a block), 86 ms for Opus (a page, a packet and its look-ahead),
120 ms for MP3 (its look-ahead of two frames and a bit reservoir).
"""

from __future__ import annotations

import os
from typing import Any, Protocol

from dictation.audio import RATE
from dictation.audio_files.decoding import libsndfile
from dictation.errors import AudioFileError
from dictation.i18n import _

# libsndfile's scales of 0 (large) to 1 (small).
FLAC_LEVEL = 2 / 8  # FLAC's own level 2: its blocks are of 1152 samples, not of 4096
OPUS_LEVEL = 0.92  # 250 kbit/s * (1 - level) + 6: 26 kbit/s, 30 with the pages around it
MP3_LEVEL = (160 - 48) / 152  # 48 kbit/s
# An Ogg page would be handed on when a second is in it. 50 ms is the least that libsndfile takes.
OGG_PAGE = 50.0  # ms
SET_OGG_PAGE = 0x1302  # SFC_SET_OGG_PAGE_LATENCY_MS, which soundfile has no name for

CODECS: dict[str, dict[str, Any]] = {
    "flac": {"format": "FLAC", "subtype": "PCM_16", "compression_level": FLAC_LEVEL},
    "ogg": {"format": "OGG", "subtype": "OPUS", "compression_level": OPUS_LEVEL},
    "mp3": {
        **{"format": "MP3", "subtype": "MPEG_LAYER_III"},
        **{"compression_level": MP3_LEVEL, "bitrate_mode": "CONSTANT"},
    },
}
STREAMABLE = frozenset({"pcm", *CODECS})


class Encoder(Protocol):
    """Mono PCM16 at 16 kHz on its way into a format; for one thread."""

    def feed(self, pcm: bytes) -> bytes:
        """Takes sound of any length, even half a sample, and gives what is ready by now."""
        ...

    def finish(self) -> bytes:
        """The rest, after which it is closed; nothing where there was no sound at all."""
        ...


def encoder(format: str) -> Encoder:
    """An encoder into one of STREAMABLE; what it gives, joined, is a stream of unknown length.

    It and its methods raise AudioFileError where the libsndfile here can't make this format.
    """
    return _Plain() if format == "pcm" else _Codec(format)


class _Plain:
    """PCM as it came, but whole samples only."""

    def __init__(self) -> None:
        self._half = b""

    def feed(self, pcm: bytes) -> bytes:
        whole, self._half = _whole(self._half + pcm)
        return whole

    def finish(self) -> bytes:
        return b""


class _Codec:
    """A libsndfile that writes into memory, which is emptied after each call."""

    def __init__(self, format: str) -> None:
        soundfile = libsndfile()
        self._format, self._faults = format, (soundfile.SoundFileError, ValueError)
        self._half, self._begun, self._sink = b"", False, _Sink()
        try:
            self._file = soundfile.SoundFile(
                self._sink, "w", samplerate=RATE, channels=1, **CODECS[format]
            )
            if format == "ogg":
                page = soundfile._ffi.new("double *", OGG_PAGE)
                soundfile._snd.sf_command(self._file._file, SET_OGG_PAGE, page, 8)
        except self._faults as error:
            raise self._fault(error) from error

    def feed(self, pcm: bytes) -> bytes:
        whole, self._half = _whole(self._half + pcm)
        if whole:
            self._begun = True
            try:
                self._file.buffer_write(whole, "int16")
            except self._faults as error:
                raise self._fault(error) from error
        return self._sink.taken()

    def finish(self) -> bytes:
        try:
            self._file.close()
        except self._faults as error:
            raise self._fault(error) from error
        # Without a sample FLAC and MP3 write nothing, and Ogg a head that no decoder takes.
        return self._sink.taken() if self._begun else b""

    def _fault(self, error: Exception) -> AudioFileError:
        told = _("The sound can't be made {format}: {why}.")
        return AudioFileError(
            told.format(format=self._format, why=error),
            hint=_("Choose another with `dictation settings set audio_format wav`."),
        )


class _Sink:
    """The file that libsndfile writes; its methods never raise, for that would only be printed.

    At the end FLAC and MP3 go back to note the length in their heads. Those were sent long ago, and
    say that it is unknown; what is written there is dropped.
    """

    def __init__(self) -> None:
        self._ready, self._position, self._size = bytearray(), 0, 0

    def write(self, data: bytes) -> int:
        self._ready += data[max(0, self._size - self._position) :]
        self._position += len(data)
        self._size = max(self._size, self._position)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_CUR: self._position, os.SEEK_END: self._size}.get(whence, 0)
        self._position = min(max(0, base + offset), self._size)
        return self._position

    def tell(self) -> int:
        return self._position

    def taken(self) -> bytes:
        """What was written since it was last asked for."""
        ready = bytes(self._ready)
        self._ready.clear()
        return ready


def _whole(pcm: bytes) -> tuple[bytes, bytes]:
    """Whole samples, and the half one after them."""
    end = len(pcm) // 2 * 2
    return pcm[:end], pcm[end:]
