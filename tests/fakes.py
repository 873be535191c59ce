"""Stand-ins that are passed in where a test is about something else."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import numpy as np

from dictation.audio import RATE, Audio, Speech
from dictation.errors import DictationError, MicrophoneError, NotDelivered
from dictation.output.rest import Since
from dictation.session import Event, State
from dictation.settings import Settings
from dictation.speech import WINDOW, Track
from dictation.takes import Take
from dictation.truth import Experience
from dictation.values import Receipt, Target, Transcript, Watch


class LoudIsSpeech:
    """A voice detector that takes any loud window for speech."""

    def process_chunk(self, audio: bytes) -> float:
        return float(np.abs(np.frombuffer(audio, "<i2")).max() > 1000)


def track() -> Track:
    """A track that hears speech in whatever is loud."""
    return Track(LoudIsSpeech())


def sound(seconds: float, level: int = 8000) -> np.ndarray:
    """A square wave."""
    samples = np.full(int(seconds * RATE), level, np.int16)
    samples[::2] *= -1
    return samples


class FakeMicrophone:
    """Gives what the test feeds it; `after` are the microphones, or errors, that come after it."""

    def __init__(
        self, *blocks: np.ndarray, may_be_silent: bool = False, name: str = "Fake"
    ) -> None:
        self.name, self.why = name, ""
        self.muted = False
        self.may_be_silent = may_be_silent
        self.after: list[FakeMicrophone | Exception] = []
        self.broken: MicrophoneError | None = None
        self.refuses: MicrophoneError | None = None
        self.surprise: Exception | None = None  # raised by `stop`
        self.tail: np.ndarray | None = None  # comes while it is being stopped
        self.hangs = threading.Event()  # until set, it does not open
        self.hangs.set()
        self.opening = threading.Event()
        self.running = threading.Event()
        self.stopped = threading.Event()
        self.audio: Audio | None = None
        self._blocks = blocks

    def start(self, audio: Audio) -> None:
        self.opening.set()
        assert self.hangs.wait(30)
        if self.refuses:
            raise self.refuses
        self.audio = audio
        for block in self._blocks:
            audio.append(block)
        self.running.set()

    def fault(self) -> MicrophoneError | None:
        return self.broken

    def stop(self) -> None:
        if self.tail is not None and self.audio is not None:
            threading.Event().wait(0.2)
            self.audio.append(self.tail)
        self.running.clear()
        self.stopped.set()
        if self.surprise:
            raise self.surprise

    def successor(self) -> FakeMicrophone | None:
        if not self.after:
            return None
        following = self.after.pop(0) if len(self.after) > 1 else self.after[0]
        if isinstance(following, Exception):
            raise following
        return following


class FakeTranscriber:
    """Answers each take with the next text, or raises the next error; may be told to wait."""

    def __init__(self, *answers: str | Transcript | Exception) -> None:
        self.answers = list(answers)
        self.heard: list[Speech] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(
        self,
        speech: Speech,
        settings: Settings,
        watch: Watch,
        experience: Experience,
        _ahead: object = None,
    ) -> Transcript:
        self.heard.append(speech)
        self.experience = experience
        answer = self.answers.pop(0) if self.answers else "words"
        assert self.go.wait(10)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Transcript):
            return answer
        return Transcript(answer, answer, "fake", "model")


class FakeDelivery:
    """Keeps what it delivers; refuses where it is told to."""

    def __init__(self) -> None:
        self.delivered: list[str] = []
        self.refuses: Exception | None = None
        self.look: Callable[[], object] = lambda: None  # what finding the target takes
        self.go = threading.Event()  # until set, a delivery waits
        self.go.set()
        self.waiting = False  # for it
        self.closed = False
        self.stops: list[Since] = []  # of takes that have not ended

    def stopped(self, settings: Settings) -> Since:
        self.stops.append(Since(self.stops.remove))
        return self.stops[-1]

    def target(self) -> Target | None:
        self.look()
        return Target(1, ("fake",))

    def deliver(
        self,
        text: str,
        settings: Settings,
        target: Target | None,
        still_wanted: Callable[[], bool] = lambda: True,
        patience: float = 0.0,
        *,
        since: Since | None = None,
    ) -> Receipt:
        self.waiting = True
        assert self.go.wait(10)
        if self.refuses:
            raise self.refuses
        if not still_wanted():
            raise NotDelivered("taken back")
        self.delivered.append(text)
        return Receipt("fake", True, time.monotonic(), time.monotonic())

    def undo(self) -> None:
        if not self.delivered:
            raise DictationError("There is nothing to undo.")
        self.delivered.pop()

    def look_away(self) -> bool:
        return bool(self.delivered)

    def put_right(self, text: str, settings: Settings) -> Receipt:
        self.undo()
        return self.deliver(text, settings, None)

    def close(self) -> None:
        self.closed = True


class FakeFace:
    """Notes what the user would see."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.ends: list[tuple[Take, DictationError | None]] = []
        self.shown: list[str] = []
        self.partials: list[str] = []
        self.troubles: list[Exception] = []
        self.microphones: list[str] = []
        self.notes: list[str] = []
        self.interrupted: list[Take] = []
        self.waiting: list[int] = []

    def changed(self, state: State) -> None:
        self.states.append(state.name)

    def ended(self, take: Take, error: DictationError | None) -> None:
        self.ends.append((take, error))

    def found(self, interrupted: tuple[Take, ...]) -> None:
        self.interrupted += interrupted

    def counted(self, waiting: int) -> None:
        self.waiting.append(waiting)

    def listening(self, microphone: str) -> None:
        self.microphones.append(microphone)

    def told(self, note: str) -> None:
        self.notes.append(note)

    def display(self, text: str) -> None:
        self.shown.append(text)

    def partial(self, text: str) -> None:
        self.partials.append(text)

    def trouble(self, error: Exception) -> None:
        self.troubles.append(error)


class Inbox:
    """The main thread's queue, without Qt: the test's own thread is the main one."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[Event | Callable[[], None]] = queue.SimpleQueue()
        self.handle: Callable[[Event | Callable[[], None]], None] = lambda _event: None

    def post(self, event: Event | Callable[[], None]) -> None:
        self.queue.put(event)

    def drain(self) -> None:
        """Handles what is there."""
        while not self.queue.empty():
            self.handle(self.queue.get())

    def until(self, done: Callable[[], bool], seconds: float = 10.0) -> None:
        """Handles what comes until `done`; fails after so long."""
        deadline = time.monotonic() + seconds
        while not done():
            left = deadline - time.monotonic()
            assert left > 0, "it did not come in time"
            try:
                self.handle(self.queue.get(timeout=min(left, 0.05)))
            except queue.Empty:
                continue


WINDOW_SECONDS = WINDOW / RATE
