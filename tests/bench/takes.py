"""From the stop of a take to its text, through the engine: long takes, thin lines, seams."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from dictation.audio import RATE
from dictation.credentials import Keys
from dictation.engine import Engine
from dictation.paths import Places
from dictation.settings import Settings
from dictation.takes import Take
from dictation.wiring import Wiring
from tests.bench.line import Line
from tests.bench.rows import Row
from tests.connections import Received
from tests.fakes import FakeDelivery, FakeFace, Inbox, track
from tests.loopback import Loopback, serving
from tests.speaking import heard, silence, words
from tests.test_credentials import Ring

BASE, SHARE = 0.3, 0.01  # seconds a model takes, and more for each second of what it is sent
WORD = 0.67  # seconds of a word and its share of the pauses


def talk(seconds: float) -> np.ndarray:
    """Exact speech: words, and a pause of 0.7 s after each tenth."""
    count = round(seconds / WORD) + 10
    tens = [words(range(first, first + 10)) for first in range(0, count, 10)]
    said = np.concatenate([part for ten in tens for part in (ten, silence(0.7))])
    return said[: round(seconds * RATE)]


class Model:
    """Hears exactly what it is sent, in the time that a model takes."""

    def __init__(self, server: Loopback) -> None:
        server.text = heard
        server.answer = self._think
        self.delays: list[float] = []

    def _think(self, request: Received) -> None:
        if request.method == "POST":
            delay = BASE + SHARE * WORD * len(heard(request.audio).split())
            self.delays.append(delay)
            threading.Event().wait(request.at + delay - time.monotonic())


class Speaker:
    """Dictates into an engine whose service lies at the end of a line."""

    def __init__(self, root: Path, port: int, upload: str, *, exact: bool = True) -> None:
        """What it says is no speech to the real voice detector where it is `exact`."""
        places = Places(*(root / name for name in "csdxr"))
        places.cache.mkdir(parents=True, exist_ok=True)
        self.wav = root / "talk.wav"
        wiring = self.wiring = Wiring(places)
        wiring.keys = Keys(places, {"OPENROUTER_API_KEY": "k"}, Ring())
        self.face, self.inbox = FakeFace(), Inbox()
        self.settings = Settings(
            provider="openrouter",
            model="google/gemini-2.5-flash",
            base_url=f"http://127.0.0.1:{port}/api/v1",
            upload=upload,
        )
        self.http = wiring.http(self.settings)
        parts = wiring.engine(FakeDelivery())
        if exact:
            parts = replace(parts, track=track)
        self.engine = Engine(parts, self.settings, self.face, self.inbox.post)
        self.inbox.handle = self.engine.handle

    def take(self, seconds: float, speed: float = 1.0) -> Take:
        """A take of so many seconds of speech, played so many times as fast."""
        soundfile.write(self.wav, talk(seconds), RATE, subtype="PCM_16")
        return self.record(seconds, speed)

    def record(self, seconds: float, speed: float, patience: float = 120.0) -> Take:
        """A take of what is in `wav`; its text comes within `patience` seconds."""
        microphone = (f"file:{self.wav}@{speed:g}",)
        self.engine.settings = replace(self.settings, microphone=microphone)
        self.engine.start(pressed=time.monotonic())
        end, pause = time.monotonic() + seconds / speed + 0.05, threading.Event()
        while time.monotonic() < end:
            self.inbox.drain()
            pause.wait(0.01)
        self.engine.stop()
        count = len(self.face.ends)
        self.inbox.until(lambda: len(self.face.ends) > count, patience)
        take, error = self.face.ends[-1]
        assert error is None, error
        return take


def wait(take: Take) -> float:
    """From its stop to its text, in ms."""
    return (take.timings["text_ready"] or 0.0) - (take.timings["stopped"] or 0.0)


@contextmanager
def speaking(upload: str, **line: float) -> Iterator[tuple[Speaker, Model]]:
    with TemporaryDirectory() as folder, serving() as server:
        model, way = Model(server), Line(server.port, **line)
        speaker = Speaker(Path(folder), way.port, upload)
        yield speaker, model
        speaker.engine.quit()
        speaker.http.close()
        way.close()


def long_takes(seconds: float = 600.0, runs: int = 3) -> Iterator[Row]:
    """Ten minutes against ten seconds; in pieces, and sent while they are spoken."""
    for upload in ("auto", "live"):
        with speaking(upload) as (speaker, _model):
            short = statistics.median(wait(speaker.take(10.0)) for _run in range(runs))
            long = statistics.median(wait(speaker.take(seconds, 20.0)) for _run in range(runs))
        yield Row(f"long {seconds:g} s / 10 s, {upload}", long, short, 1.3)


def thin_lines(seconds: float = 30.0, runs: int = 3) -> Iterator[Row]:
    """Speech over a thin or a far line, against the time that the model takes."""
    lines = {"1 Mbit/s": {"rate": 1e6}, "5 Mbit/s": {"rate": 5e6}, "80 ms": {"trip": 0.08}}
    for upload in ("live", "whole"):
        for name, line in lines.items():
            with speaking(upload, **line) as (speaker, model):
                waits = [wait(speaker.take(seconds)) for _run in range(runs)]
                delay = statistics.median(model.delays) * 1e3
            yield Row(f"thin {name}, {upload}", statistics.median(waits), delay, 1.15)


def seams(seconds: float = 600.0) -> Iterator[str]:
    """Words lost or doubled where a long take is cut."""
    for upload in ("auto", "live"):
        with speaking(upload) as (speaker, model):
            said = heard(soundfile_bytes(talk(seconds))).split()
            text = speaker.take(seconds, 20.0).text.split()
            pieces = len(model.delays)
        lost, doubled = len(set(said) - set(text)), len(text) - len(set(text))
        verdict = "met" if text == said else "missed"
        yield (
            f"seams {seconds:g} s in {pieces} pieces, {upload}: {lost} lost, {doubled} doubled"
            f"  (target 0)  {verdict}"
        )


def soundfile_bytes(samples: np.ndarray) -> bytes:
    """The samples as raw PCM16."""
    return samples.astype("<i2").tobytes()
