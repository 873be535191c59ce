"""Sound of any codec, channels and rate made mono PCM16 at 16 kHz, block by block.

soundfile decodes what it knows; AAC, MP4 and WebM are left to PyAV, which is an extra.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dictation.audio import RATE
from dictation.audio_files.formats import Sound
from dictation.audio_files.source import Source, Window, temporary
from dictation.errors import AudioFileError, NoDecoder
from dictation.i18n import _, number

LONGEST = 6 * 3600  # seconds
RATES = range(1_000, 1_000_001)  # Hz that can be true
CHANNELS = range(1, 65)
VALUES = 64 * 1024  # samples of all channels decoded at a time
COVERS = ("mjpeg", "png", "bmp")  # a picture of the cover, not a video

Floats = NDArray[np.float32]
Blocks = Iterator[tuple[int, Floats]]  # Hz, and rows of one value a channel, -1 to 1

_stderr = threading.Lock()


def kept(blocks: Blocks, name: str, longest: float = LONGEST) -> Source:
    """The sound as mono PCM16 at 16 kHz; AudioFileError where it is none, or over `longest` s."""
    pcm = temporary(name)
    for block in _resampled(blocks):
        pcm.append(block)
        if pcm.size > longest * RATE * 2:
            raise too_long(name, longest)
    if not pcm.size:
        raise no_sound(name)
    return pcm


def no_sound(name: str) -> AudioFileError:
    """The error for a header with nothing behind it, or nothing that a decoder understands."""
    return AudioFileError(
        _("{name} holds no sound that can be decoded.").format(name=name),
        hint=_("It is cut off, damaged, or a video without sound: record or copy it again."),
    )


def too_long(name: str, longest: float) -> AudioFileError:
    """The error for more than `longest` seconds."""
    return AudioFileError(
        _("{name} is longer than {hours} hours, the most that is read.").format(
            name=name, hours=number(longest / 3600)
        ),
        hint=_("Cut it up: `ffmpeg -i IN -f segment -segment_time 3600 OUT%03d.flac`."),
    )


def check_header(name: str, channels: int, rate: int) -> None:
    """Raises AudioFileError for what no recording has, and no library should be asked for."""
    if rate not in RATES or channels not in CHANNELS:
        told = _("{name} claims {channels} channels at {rate} Hz.")
        raise AudioFileError(
            told.format(name=name, channels=channels, rate=rate),
            hint=_("Its header is damaged, or the rate given is wrong."),
        )


def libsndfile() -> Any:
    """The module soundfile; raises NoDecoder where it or its library is missing."""
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise NoDecoder(
            _("The library libsndfile is missing."), hint=_("`dictation setup` installs it.")
        ) from error
    return soundfile


def by_soundfile(source: Source, sound: Sound) -> Blocks:
    """Decodes with libsndfile to the end, or to where the file was cut off."""
    soundfile = libsndfile()
    raw: dict[str, Any] = {}
    if samples := sound.samples:
        raw = {"format": "RAW", "subtype": samples.kind, "endian": "LITTLE"}
        raw |= {"samplerate": samples.rate, "channels": samples.channels}
        window = Window(source, samples.start, samples.size // samples.frame * samples.frame)
    else:
        window = Window(source, sound.start, source.size - sound.start, sound.lead)
    quiet = _muted if sound.names == ("mp3",) else nullcontext
    return _soundfile_blocks(soundfile, window, raw, quiet, source.name)


def _soundfile_blocks(
    soundfile: Any, window: Window, raw: dict[str, Any], quiet: Any, name: str
) -> Blocks:
    try:
        with quiet():
            file = soundfile.SoundFile(window, **raw)
    except soundfile.SoundFileError as error:
        raise window.fault or no_sound(name) from error
    check_header(name, file.channels, file.samplerate)
    # Else soundfile seeks after each read, which tears MP3 frames and fails in streamed FLAC.
    file.seekable = lambda: False
    out = np.zeros((max(1, VALUES // file.channels), file.channels), np.float32)
    done = count = 0
    try:
        while True:
            with quiet():
                count = len(file.read(out=out))
            if not count:
                break
            done += count
            yield file.samplerate, out[:count]
    except soundfile.SoundFileError as error:
        # FLAC reports a cut as an error; what came before it is in the buffer all the same.
        if window.fault or window.tell() < window.size:
            raise window.fault or _damaged(name, done / file.samplerate) from error
        yield file.samplerate, out[: max(0, file.tell() - done)]
    if window.fault:
        raise window.fault


def by_pyav(source: Source, sound: Sound) -> tuple[tuple[str, ...], Blocks]:
    """The sound, and the formats that the file has as it is, now that its tracks are known."""
    try:
        import av
    except ImportError as error:
        raise NoDecoder(_("{name} needs the library PyAV.").format(name=source.name)) from error
    window = Window(source, sound.start, source.size - sound.start)
    try:
        # The demuxer is named: FFmpeg would also take playlists, which open other files.
        container = av.open(window, format=sound.demuxer)
    except (av.FFmpegError, ValueError) as error:
        raise window.fault or no_sound(source.name) from error
    # A track whose codec FFmpeg does not know has no context.
    codecs = {track: track.codec_context.name for track in container.streams if track.codec_context}
    heard = [track for track in codecs if track.type == "audio"]
    if not heard:
        raise no_sound(source.name)
    video = any(track.type == "video" and codecs[track] not in COVERS for track in codecs)
    names = ("m4a",) if sound.demuxer == "mov" else sound.names
    if video or codecs[heard[0]] not in ("aac", "opus", "vorbis"):
        names = ()
    return names, _pyav_blocks(av, container, heard[0], window)


def _pyav_blocks(av: Any, container: Any, track: Any, window: Window) -> Blocks:
    with container:
        packets = container.demux(track)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, ValueError):
                break  # the file breaks off here
            if packet is None:
                break
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError):
                continue  # one packet is damaged; the next may be well
            for frame in frames:
                yield frame.sample_rate, _values(frame)
    if window.fault:
        raise window.fault


def _values(frame: Any) -> Floats:
    values: NDArray[Any] = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(frame.samples, -1)
    floats: Floats = values.astype(np.float32)
    if values.dtype.kind == "u":
        floats -= 128
        floats /= 128
    elif values.dtype.kind == "i":
        floats /= 1 << 8 * values.dtype.itemsize - 1
    return floats


def _resampled(blocks: Blocks) -> Iterator[bytes]:
    import soxr

    rate, stream = RATE, None
    for current, block in blocks:
        if current != rate:  # at the start, or where two recordings were joined
            if stream:
                yield _pcm16(stream.resample_chunk(np.zeros(0, np.float32), last=True))
            rate = current
            stream = soxr.ResampleStream(rate, RATE, 1) if rate != RATE else None
        mono = np.nan_to_num(np.clip(block, -1, 1)).mean(axis=1)
        yield _pcm16(stream.resample_chunk(mono) if stream else mono)
    if stream:
        yield _pcm16(stream.resample_chunk(np.zeros(0, np.float32), last=True))


def _pcm16(values: Floats) -> bytes:
    return np.clip(np.rint(values * 32768), -32768, 32767).astype("<i2").tobytes()


def _damaged(name: str, seconds: float) -> AudioFileError:
    return AudioFileError(
        _("{name} is damaged {seconds} seconds from its start.").format(
            name=name, seconds=round(seconds)
        ),
        hint=_("Copy it again, or rescue the rest: `ffmpeg -i IN OUT.wav`."),
    )


@contextmanager
def _muted() -> Iterator[None]:
    """Keeps off the terminal what mpg123 says on stderr of each odd frame; it has no switch."""
    with _stderr:
        try:
            stderr = os.dup(2)
        except OSError:  # there is none: nothing to keep clean
            yield
            return
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, 2)
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(null)
