"""An engine in a process of its own, which takes one dictation until it is killed or done."""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
from pathlib import Path

import numpy as np

from dictation.audio import RATE, Audio, Speech
from dictation.audio_files import open_kept
from dictation.engine import Engine
from dictation.microphones.wav_file import FileMicrophone
from dictation.parts import Parts
from dictation.paths import Places
from dictation.settings import Settings
from dictation.values import Receipt, Target, Transcript
from tests.fakes import FakeDelivery, FakeFace, Inbox, track

WORDS = "words of a take"


def places_in(root: Path) -> Places:
    return Places(*(root / name for name in ("c", "s", "d", "x", "r")))


class Counter:
    """A number that outlives the process that counts."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(8))
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), 8)

    @property
    def value(self) -> int:
        return int(struct.unpack("<q", self._map[:])[0])

    @value.setter
    def value(self, value: int) -> None:
        self._map[:] = struct.pack("<q", value)

    def close(self) -> None:
        self._map.close()
        self._file.close()


class Counted(FileMicrophone):
    """A file as the microphone; how much of it has come is known after a kill, too."""

    def __init__(self, value: str, counter: Counter) -> None:
        super().__init__(value)
        self._counter = counter

    def start(self, audio: Audio) -> None:
        append = audio.append

        def counting(block: np.ndarray) -> None:
            append(block)
            self._counter.value = audio.samples

        audio.append = counting  # type: ignore[method-assign]
        super().start(audio)


class ToAFile(FakeDelivery):
    """Each text that is delivered is a line, on the disk before the receipt is given."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def deliver(self, text: str, *rest: object, **more: object) -> Receipt:
        with self._path.open("a") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        return Receipt("file", True, time.monotonic(), time.monotonic())

    def target(self) -> Target | None:
        return None


class Desk:
    """An engine on a folder; `delay` seconds is what a transcription takes.

    The test's own notes of what came and what was delivered are in `aside`, else in the folder.
    """

    def __init__(
        self,
        root: Path,
        microphone: str = "",
        *,
        settings: Settings,
        delay: float = 0.0,
        aside: Path | None = None,
    ) -> None:
        self._closed = False
        self.counter = Counter((aside or root) / "counter")
        self.face, self.inbox = FakeFace(), Inbox()

        def transcribe(speech: Speech, *_rest: object) -> Transcript:
            assert speech.seconds
            threading.Event().wait(delay)
            return Transcript(WORDS, WORDS, "fake", "model")

        parts = Parts(
            places=places_in(root),
            find_microphone=lambda _names: Counted(microphone, self.counter),
            prepare=lambda _settings: None,
            transcribe=transcribe,
            open_recording=open_kept,
            delivery=ToAFile((aside or root) / "delivered"),
            track=track,
        )
        self.engine = Engine(parts, settings, self.face, self.inbox.post)
        self.inbox.handle = self.engine.handle

    def close(self) -> None:
        """Once; more often does nothing."""
        if not self._closed:
            self._closed = True
            self.engine.quit()
            self.counter.close()


SETTINGS = Settings(speech_gate="off", output="clipboard", keep_audio_gb=1)


def take(root: str, wav: str, seconds: float, delay: float) -> None:
    """One dictation of so many seconds, from key press to delivered text."""
    desk = Desk(Path(root), f"file:{wav}", delay=delay, settings=SETTINGS)
    desk.engine.start()
    until = time.monotonic() + seconds
    desk.inbox.until(lambda: time.monotonic() >= until, 30)
    desk.engine.stop()
    desk.inbox.until(lambda: bool(desk.face.ends), 30)
    desk.engine.quit()


def ramp(seconds: float) -> np.ndarray:
    """Sound in which every sample tells its place: no stretch of it is like another."""
    numbers = np.arange(round(seconds * RATE))
    return ((numbers * 7919) % 60_000 - 30_000).astype(np.int16)
