"""A file of any of the API's formats as speech: sent as it is, or as mono PCM16 at 16 kHz.

Everything is read in blocks and decoded into a temporary file, so an hour takes no more memory than
a minute. Whatever is wrong with a file is an AudioFileError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from dictation.audio import RATE, Encoded, wav_of
from dictation.audio_files.decoding import (
    LONGEST,
    by_pyav,
    by_soundfile,
    check_header,
    kept,
    no_sound,
    too_long,
)
from dictation.audio_files.formats import Samples, recognise
from dictation.audio_files.source import Source, opened, spooled
from dictation.errors import AudioFileError, NoDecoder
from dictation.i18n import _
from dictation.recordings import present
from dictation.speech import Track, hear

GUESSED_SPEED = 4_000  # bytes a second of compressed speech, where nothing here can decode it

Pcm = tuple[Source, int, int]  # where the samples start in it, and their bytes


class AudioFile:
    """The speech in a file (see `audio.Speech`); `names`: the API's formats it has as it is."""

    def __init__(self, source: Source, names: tuple[str, ...], pcm: Pcm | NoDecoder) -> None:
        self._source, self._names, self._pcm = source, names, pcm
        self._track: Track | None = None

    @property
    def seconds(self) -> float:
        """Length in seconds; a generous guess where only a missing decoder could tell."""
        if isinstance(self._pcm, NoDecoder):
            return self._source.size / GUESSED_SPEED
        return self._pcm[2] / 2 / RATE

    def encoded(self, formats: Sequence[str]) -> Encoded:
        """The file as it is where one of the formats is its own, else a WAV of `pcm`.

        Raises NoDecoder where it needs decoding and PyAV is missing.
        """
        for name in self._names:
            if name in formats:
                return Encoded(name, self._source.size, self._whole)
        return wav_of(self._decoded()[2], self.pcm)

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Samples start to stop, mono PCM16 at 16 kHz, in blocks; raises NoDecoder."""
        source, first, size = self._decoded()
        end = size if stop is None else min(stop * 2, size)
        yield from source.blocks(first + start * 2, first + end)

    def track(self) -> Track:
        """Where in it someone speaks, heard at the first call; raises NoDecoder."""
        self._track = self._track or hear(self.pcm())
        return self._track

    def _whole(self) -> Iterator[bytes]:
        return self._source.blocks(0, self._source.size)

    def _decoded(self) -> Pcm:
        if isinstance(self._pcm, NoDecoder):
            raise self._pcm
        return self._pcm


def open_audio(audio: Path | IO[bytes], *, rate: int | None = None, name: str = "") -> AudioFile:
    """The speech in a file, or in a stream that errors call `name`; `rate` (Hz) is for raw PCM.

    A stream without a header is raw PCM16 where a rate is given. Raises AudioFileError; where only
    PyAV is missing, not before the sound itself is asked for.
    """
    if isinstance(audio, Path):
        source, ending, hint = opened(audio), audio.suffix.lower(), None
    else:
        source, ending = spooled(audio, name or _("The standard input")), ".raw" if rate else ""
        hint = _("Raw PCM needs its rate there: `--rate 16000`.")
    if not source.size:
        told = _("{name} is empty.").format(name=source.name)
        raise AudioFileError(told, hint=_("Record it again."))
    sound = recognise(source.read, source.size, ending=ending, rate=rate)
    if sound is None:
        told = _("{name} is no audio of a known format.").format(name=source.name)
        raise AudioFileError(told, hint=hint)
    if sound.samples:
        _check(source.name, sound.samples)
        samples = sound.samples
        if (samples.kind, samples.channels, samples.rate) == ("PCM_16", 1, RATE):
            return AudioFile(source, sound.names, (source, samples.start, samples.size // 2 * 2))
    names = sound.names
    try:
        if sound.demuxer:
            names, blocks = by_pyav(source, sound)
        else:
            blocks = by_soundfile(source, sound)
        pcm = kept(blocks, source.name)
    except NoDecoder as missing:
        return AudioFile(source, names, missing)
    return AudioFile(source, names, (pcm, 0, pcm.size))


def open_kept(path: Path) -> AudioFile:
    """A kept recording, in whatever form it is by now; raises AudioFileError."""
    try:
        return open_audio(path)
    except AudioFileError:
        form = present(path)
        if form is None or form == path:
            raise
        return open_audio(form)  # it was made smaller a moment ago


def _check(name: str, samples: Samples) -> None:
    if samples.start == 0 and samples.size % samples.frame:  # raw: nothing else has no header
        told = _(
            "{name} is no raw PCM: {size} bytes are not a whole number of {width}-byte samples."
        )
        raise AudioFileError(
            told.format(name=name, size=samples.size, width=samples.frame),
            hint=_("`.pcm`, `.raw` and `.pcm16` hold 16-bit samples, `.pcm24` 24-bit ones."),
        )
    check_header(name, samples.channels, samples.rate)
    if samples.size < samples.frame:
        raise no_sound(name)
    if samples.size / samples.frame / samples.rate > LONGEST:
        raise too_long(name, LONGEST)
