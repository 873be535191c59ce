"""Short sounds: a take begins, it ends, its text is there, something went wrong. Never in the way.

They go past PortAudio, which is busy with the microphone: on Linux through the sound server's own
library, elsewhere by what the system plays sounds with. Without anything to play on it is quiet.
"""

from __future__ import annotations

import array
import ctypes
import importlib
import io
import logging
import math
import subprocess
import tempfile
import time
import wave
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from dictation.desktop import Desktop
from dictation.errors import SettingsError
from dictation.i18n import _, number
from dictation.lanes import Crash, Lane

log = logging.getLogger(__name__)

Kind = Literal["begin", "end", "done", "trouble"]
CALLED: dict[str, Kind] = {"start": "begin", "stop": "end", "done": "done", "trouble": "trouble"}

RATE = 24_000  # Hz, mono, signed 16-bit
LOUDNESS = 0.1  # of full scale
LONGEST = 3.0  # seconds of a user's own sound
EDGE = 0.008  # seconds in which a tone comes and goes: without them it clicks
STALE = 0.5  # seconds after which a sound that could not be played tells nothing any more
# Tones one after the other: Hz, seconds. High ones: the speech detector takes low ones for speech.
TONES: dict[Kind, tuple[tuple[float, float], ...]] = {
    "begin": ((1760.0, 0.045), (2637.0, 0.055)),
    "end": ((2637.0, 0.045), (1760.0, 0.055)),
    "done": ((2637.0, 0.05),),
    "trouble": ((2093.0, 0.04), (0.0, 0.035), (2093.0, 0.045)),
}
# What a take's beginning may hold of them; "end" has the same, of a take just before.
HEARD = tuple(hertz for hertz, _seconds in TONES["begin"])


class Sounds:
    """Plays on a thread of its own; nobody waits for it."""

    def __init__(
        self, desktop: Desktop, crash: Crash, out: Callable[[bytes], None] | None = None
    ) -> None:
        self._out = out or OUT[desktop.system]
        self._crash = crash
        self._lane: Lane | None = None
        self._told = False
        self._volume, self._files = 1.0, dict[Kind, Path]()
        self._chosen: tuple[float, tuple[str, ...]] = (100.0, ())
        self._own: dict[Path, bytes | None] = {}  # as read; None for what can't be played

    def choose(self, volume: float, files: tuple[str, ...]) -> None:
        """How loud, in percent, and the user's own sounds: KIND:PATH, as the settings have it.

        What can't be played is told, and the built-in sound is played in its place. Main thread.
        """
        pairs = (entry.partition(":") for entry in files)
        chosen = {CALLED[name]: Path(path).expanduser() for name, _colon, path in pairs}
        before, self._chosen = self._chosen, (volume, files)
        if before == self._chosen and not files:  # what a file holds may be another now
            return

        def read() -> None:
            self._volume, self._files, self._own = volume / 100, chosen, {}
            for path in chosen.values():
                try:
                    self._own[path] = own(path)
                except SettingsError as error:
                    self._own[path] = None
                    self._crash(error)

        self._put(read)

    def play(self, kind: Kind) -> None:
        """Plays a sound soon, or not at all; main thread and the microphone's lane."""
        asked = time.monotonic()

        def play() -> None:
            if time.monotonic() - asked < STALE:
                self._play(kind)

        self._put(play)

    def _put(self, job: Callable[[], None]) -> None:
        if self._lane is None:
            self._lane = Lane("sounds", self._crash)
        self._lane.put(job)

    def _play(self, kind: Kind) -> None:
        path = self._files.get(kind)
        sound = (self._own.get(path) if path else None) or made(kind)
        if not self._volume:
            return
        try:
            self._out(louder(sound, self._volume))
        except (OSError, subprocess.SubprocessError, RuntimeError) as error:
            if not self._told:
                log.info("sounds can't be heard: %s", error)
            self._told = True


def own(path: Path) -> bytes:
    """A user's own sound as a WAV of one channel; SettingsError for what can't be played."""
    hint = _("Name a WAV of 16 bits and up to {seconds} s in `sound_files`.")
    hint = hint.format(seconds=number(LONGEST))
    try:
        with wave.open(str(path), "rb") as file:
            channels, rate = file.getnchannels(), file.getframerate()
            if file.getsampwidth() != 2 or not rate or file.getnframes() > LONGEST * rate:
                what = _("{path}: this sound is too long, or not of 16 bits.")
                raise SettingsError(what.format(path=path), hint=hint)
            samples = array.array("h", file.readframes(file.getnframes()))
    except (wave.Error, EOFError, ValueError) as error:
        what = _("{path}: this is no WAV that can be played.").format(path=path)
        raise SettingsError(what, hint=hint) from error
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}.", hint=hint) from error
    frames = zip(*(samples[at::channels] for at in range(channels)), strict=True)
    return _wav(array.array("h", (sum(frame) // channels for frame in frames)), rate)


@lru_cache(maxsize=8)
def louder(wav: bytes, volume: float) -> bytes:
    """The sound, so much louder or softer; what would be too loud is cut off at full scale."""
    if volume == 1.0:
        return wav
    with wave.open(io.BytesIO(wav)) as file:
        rate, samples = file.getframerate(), array.array("h", file.readframes(file.getnframes()))
    scaled = (max(-32768, min(32767, round(sample * volume))) for sample in samples)
    return _wav(array.array("h", scaled), rate)


@cache
def made(kind: Kind) -> bytes:
    """The sound as a WAV."""
    samples = array.array("h")
    for hertz, seconds in TONES[kind]:
        count, edge = round(seconds * RATE), EDGE * RATE
        for at in range(count):
            swell = min(1.0, at / edge, (count - at) / edge)
            level = LOUDNESS * 32767 * math.sin(swell * math.pi / 2) ** 2
            samples.append(round(level * math.sin(2 * math.pi * hertz * at / RATE)))
    return _wav(samples, RATE)


def _wav(samples: array.array[int], rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(samples.tobytes())
    return file.getvalue()


class _Form(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_int),
        ("rate", ctypes.c_uint32),
        ("channels", ctypes.c_uint8),
    )


class _Buffer(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize")
    )


S16LE, PLAYBACK, ANY = 3, 1, 0xFFFFFFFF  # as libpulse counts them


def _pulse(wav: bytes) -> None:
    """Through libpulse's simple interface: one connection a sound, and none in between."""
    pulse = _simple()
    with wave.open(io.BytesIO(wav)) as file:
        rate, pcm = file.getframerate(), file.readframes(file.getnframes())
    error = ctypes.c_int(0)
    form = _Form(S16LE, rate, 1)
    buffer = _Buffer(ANY, len(pcm), ANY, ANY, ANY)  # no longer: a card would wait for two seconds
    names = b"Dictation", b"sounds"
    stream = pulse.pa_simple_new(
        None, names[0], PLAYBACK, None, names[1], form, None, buffer, ctypes.byref(error)
    )
    if not stream:
        raise OSError(error.value, f"the sound server says {error.value}")
    try:
        pulse.pa_simple_write(stream, pcm, len(pcm), ctypes.byref(error))
        pulse.pa_simple_drain(stream, ctypes.byref(error))
    finally:
        pulse.pa_simple_free(stream)


@cache
def _simple() -> Any:
    pulse = ctypes.CDLL("libpulse-simple.so.0")
    number, text, place = ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p
    pulse.pa_simple_new.restype = place
    pulse.pa_simple_new.argtypes = [text, text, number, text, text]
    pulse.pa_simple_new.argtypes += [ctypes.POINTER(_Form), place, ctypes.POINTER(_Buffer), place]
    pulse.pa_simple_write.argtypes = [place, ctypes.c_char_p, ctypes.c_size_t, place]
    pulse.pa_simple_drain.argtypes = [place, place]
    pulse.pa_simple_free.argtypes = [place]
    pulse.pa_simple_free.restype = None
    return pulse


def _windows(wav: bytes) -> None:
    winsound: Any = importlib.import_module("winsound")
    winsound.PlaySound(wav, winsound.SND_MEMORY | winsound.SND_NODEFAULT)


def _macos(wav: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(wav)
        file.flush()
        subprocess.run(["/usr/bin/afplay", file.name], timeout=5, check=True)


OUT: dict[str, Callable[[bytes], None]] = {
    "linux": _pulse,
    "windows": _windows,
    "macos": _macos,
}
