"""What an engine is made of: its edges, passed in by the app and by tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dictation import session
from dictation.audio import Speech
from dictation.capture import Source
from dictation.errors import DictationError
from dictation.output.rest import Since
from dictation.paths import Places
from dictation.pieces.ahead import Ahead
from dictation.pieces.growing import Growing
from dictation.settings import Settings
from dictation.sounds import Kind
from dictation.speech import Track, Tracks, hear
from dictation.takes import Take
from dictation.truth import Experience
from dictation.values import Receipt, Target, Transcript, Watch


class Delivery(Protocol):
    """Brings text to where the cursor is; `dictation.output` has it."""

    def target(self) -> Target | None: ...
    def stopped(self, settings: Settings) -> Since: ...
    def deliver(
        self,
        text: str,
        settings: Settings,
        target: Target | None,
        still_wanted: Callable[[], bool] = ...,
        patience: float = ...,
        *,
        since: Since | None = ...,
    ) -> Receipt: ...
    def undo(self) -> None: ...
    def look_away(self) -> bool: ...
    def put_right(self, text: str, settings: Settings) -> Receipt: ...
    def close(self) -> None: ...


class Face(Protocol):
    """What the user sees; all called on the main thread."""

    def changed(self, state: session.State) -> None: ...
    def found(self, interrupted: tuple[Take, ...]) -> None: ...
    def counted(self, waiting: int) -> None: ...
    def ended(self, take: Take, error: DictationError | None) -> None: ...
    def listening(self, microphone: str) -> None: ...
    def told(self, note: str) -> None: ...
    def display(self, text: str) -> None: ...
    def partial(self, text: str) -> None: ...
    def trouble(self, error: Exception) -> None: ...


def speaks(speech: Speech) -> bool:
    """Whether anyone speaks in a kept recording; listens no longer than to the first words."""
    return hear(speech.pcm(), only_whether=True).spoken


OnceMore = Callable[[], Transcript | None]  # sends a take's sound again, to learn how


def _behind(*_what: object) -> None:
    """Nothing is done with a take before it has ended, nor once its text is there."""


def quietly(_kind: Kind) -> None:
    """No sound tells of it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the engine is made of; tests pass in others."""

    places: Places
    find_microphone: Callable[[tuple[str, ...]], Source]
    prepare: Callable[[Settings], None]
    transcribe: Callable[[Speech, Settings, Watch, Experience, Ahead | None], Transcript]
    open_recording: Callable[[Path], Speech]
    delivery: Delivery
    ahead: Callable[[Growing, Settings, Watch, Callable[[], Experience]], Ahead | None] = _behind
    probe: Callable[[Speech, Transcript, Settings], OnceMore | None] = _behind
    play: Callable[[Kind], None] = quietly
    speaks: Callable[[Speech], bool] = speaks
    track: Callable[[], Track] = field(default_factory=Tracks)
