"""From the key press to the first sample that is kept, against a bare stream of PortAudio's."""

from __future__ import annotations

import os
import statistics
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from dictation import microphones
from dictation.audio import RATE
from dictation.microphones.portaudio import library
from dictation.wiring import Wiring
from tests.bench.rows import Row
from tests.bench.takes import Speaker
from tests.desktop import VirtualDesktop, foreign, until
from tests.fakes import sound
from tests.loopback import serving

TARGET, REACHES_BACK = 1.2, 0.0  # times a bare stream; ms after the key
SPOKEN = 0.3  # seconds of a take, from its first sample
REST = 0.7  # seconds between streams: the last one is closed by then, a kept one's ring is full
NOISE = 600  # seconds that the microphone hears something


def first(runs: int = 10) -> Iterator[object]:
    """Opened at each key press, against a bare stream in turn; then kept open between takes."""
    with TemporaryDirectory() as folder, microphone() as _desk, serving() as server:
        speaker = Speaker(Path(folder), server.port, "whole")
        speaker.engine.settings = replace(speaker.settings, speech_gate="off")
        microphones.warm()  # as the app does at its start
        pairs = [(pressed(speaker), bare()) for _run in range(runs + 2)][2:]
        ours, floor = (statistics.median(each) for each in zip(*pairs, strict=True))
        yield Row("first sample", ours, floor, TARGET)
        yield from kept(speaker, speaker.wiring, runs)
        speaker.engine.quit()
        speaker.http.close()


def kept(speaker: Speaker, wiring: Wiring, runs: int) -> Iterator[str]:
    """The row of a microphone that stays open: ms from the key to a sample, below 0 before it."""
    names: list[str] = []
    wiring.standby.tell(names.append)
    wiring.standby.keep(-1, ())
    try:
        until("the microphone is kept open", lambda: bool(names) and bool(names[-1]))
        ours = statistics.median(pressed(speaker) for _run in range(runs))
    finally:
        wiring.standby.close()
    verdict = "met" if ours <= REACHES_BACK else "missed"
    told = f"{ours:.1f} ms after the key  (target {REACHES_BACK:g})"
    yield f"first sample, kept open: {told}  {verdict}"


def pressed(speaker: Speaker) -> float:
    """A short take of the system's microphone: ms from its key to its first sample."""
    threading.Event().wait(REST)
    engine, count = speaker.engine, len(speaker.face.ends)
    engine.start(pressed=time.monotonic())
    speaker.inbox.until(lambda: engine.recording_seconds >= SPOKEN, 10)
    engine.stop()
    speaker.inbox.until(lambda: len(speaker.face.ends) > count, 30)
    take, _error = speaker.face.ends[-1]
    at = take.timings["first_sample"]
    assert at is not None
    return at


def bare() -> float:
    """A stream that is made already: ms from its start() to its first callback."""
    import sounddevice

    heard, came = threading.Event(), [0.0]

    def callback(*_: object) -> None:
        came[0] = came[0] or time.monotonic()
        heard.set()

    stream = sounddevice.RawInputStream(
        device=library.pulse_index(),
        samplerate=RATE,
        channels=1,
        dtype="int16",
        blocksize=RATE // 100,
        latency="low",  # as ours: the default one's first callback comes later
        callback=callback,
    )
    threading.Event().wait(REST)
    began = time.monotonic()
    stream.start()
    assert heard.wait(10)
    stream.close()
    return (came[0] - began) * 1e3


@contextmanager
def microphone() -> Iterator[VirtualDesktop]:
    """A sound server with a microphone that hears noise, for this process."""
    theirs = {name: os.environ.pop(name) for name in filter(foreign, list(os.environ))}
    with VirtualDesktop() as desk:
        os.environ.update({name: desk.env[name] for name in ("PULSE_SERVER", "XDG_RUNTIME_DIR")})
        noise = desk.folder / "noise.wav"
        with wave.open(str(noise), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(sound(1.0).tobytes() * NOISE)
        desk.start("paplay", "--device=microphone-mouth", str(noise))
        try:
            yield desk
        finally:
            for name in filter(foreign, list(os.environ)):
                del os.environ[name]
            os.environ.update(theirs)
