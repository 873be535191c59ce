"""Sound files of every format, made anew for the tests: a tone, or whatever is given."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

TONE = 440.0  # Hz

# ending: (libsndfile's format, its subtype), or PyAV's (container, codec)
BY_SOUNDFILE = {
    "wav": ("WAV", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
}
BY_PYAV = {"aac": ("adts", "aac"), "m4a": ("ipod", "aac"), "webm": ("webm", "libopus")}


def tone(seconds: float = 1.0, rate: int = 16_000, channels: int = 1) -> NDArray[np.float32]:
    """A tone at half of full scale, the same in all channels."""
    time = np.arange(round(seconds * rate)) / rate
    wave = (0.5 * np.sin(2 * np.pi * TONE * time)).astype(np.float32)
    return np.repeat(wave[:, None], channels, axis=1)


def tone_pcm(seconds: float = 1.0) -> bytes:
    """The tone as mono PCM16 at 16 kHz."""
    return bytes((tone(seconds)[:, 0] * 32_767).astype("<i2").tobytes())


def encoded(samples: NDArray[np.float32], rate: int, format_: str, subtype: str) -> bytes:
    """The samples as a file that libsndfile writes."""
    file = io.BytesIO()
    channels = samples.shape[1] if samples.ndim > 1 else 1
    with soundfile.SoundFile(file, "w", rate, channels, subtype, format=format_) as out:
        # In pieces: libsndfile's Vorbis encoder overflows the stack with a minute at once.
        for start in range(0, len(samples), rate):
            out.write(samples[start : start + rate])
    return file.getvalue()


def encoded_by_pyav(
    samples: NDArray[np.float32],
    rate: int,
    container: str,
    codec: str,
    *,
    video: str = "",
    options: dict[str, str] | None = None,
) -> bytes:
    """The samples as a file that FFmpeg writes; `video` adds a track of grey pictures."""
    import av

    file = io.BytesIO()
    layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[samples.shape[1]] if samples.size else ""
    with av.open(file, "w", format=container, options=options or {}) as out:
        pictures = None
        if video:
            pictures = out.add_stream(video, rate=10)
            pictures.width = pictures.height = 64
            pictures.pix_fmt = "yuv420p"
        sound = out.add_stream(codec, rate=rate, layout=layout) if samples.size else None
        if pictures:
            for _ in range(10):
                frame = av.VideoFrame.from_ndarray(np.full((96, 64), 128, np.uint8), "yuv420p")
                out.mux(pictures.encode(frame))
            out.mux(pictures.encode(None))
        if sound:
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples.reshape(1, -1)), format="flt", layout=layout
            )
            frame.sample_rate, frame.pts = rate, 0
            out.mux(sound.encode(frame))
            out.mux(sound.encode(None))
    return file.getvalue()


def sound_file(
    ending: str, seconds: float = 1.0, rate: int | None = None, channels: int = 1
) -> bytes:
    """A tone as a file of that format."""
    if ending in BY_PYAV:
        rate = rate or (48_000 if ending == "webm" else 16_000)
        return encoded_by_pyav(tone(seconds, rate, channels), rate, *BY_PYAV[ending])
    rate = rate or 16_000
    return encoded(tone(seconds, rate, channels), rate, *BY_SOUNDFILE[ending])


def written(path: Path, content: bytes) -> Path:
    """The path, now a file with that content."""
    path.write_bytes(content)
    return path
