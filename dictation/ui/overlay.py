"""When the overlay shows, and what: from a take's first moment until its text is delivered."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QTimer

from dictation.session import State
from dictation.settings import Settings
from dictation.ui.scene import Scene, Showing
from dictation.values import Target

if TYPE_CHECKING:
    from dictation.ui.pill import Pill

EVERY = 100  # ms from one look at the recording to the next
JUDGED_AFTER = 3.0  # seconds of recording in which the loudest moment should have come
SILENT_AFTER = 1.5  # seconds in which a microphone that works has given at least noise
QUIET = 0.25  # of the level: what is below all the time is hardly speech


class Takes(Protocol):
    """What the overlay looks at, and what its buttons do: the engine."""

    @property
    def state(self) -> State: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def recording_seconds(self) -> float: ...
    @property
    def level(self) -> float: ...
    @property
    def target(self) -> Target | None: ...
    def stop(self) -> object: ...
    def cancel(self) -> object: ...


class Overlay:
    """Follows the engine; `destination` says in words where the sound goes.

    A change shows with the next tick, so that at key press and at the end of an answer nothing
    is drawn before the real work is done; going away is at once. Without a take nothing ticks.
    """

    def __init__(
        self, engine: Takes, destination: Callable[[], str], still: Callable[[], bool]
    ) -> None:
        """`still`: whether the user wants as little movement as can be."""
        self._engine, self._destination, self._still = engine, destination, still
        self.pill: Pill | None = None  # from the first take on
        self._timer = QTimer()
        self._timer.setSingleShot(True)  # so that a tick that fails is the last one
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._tick)
        self._take: str | None = None
        self._text = ""
        self._seconds = self._loudest = 0.0
        self._second, self._steady = -1, 0.0

    def changed(self) -> None:
        """The engine's state is another one."""
        take, _showing = _meant(self._engine.state)
        if take != self._take:
            self._take, self._text, self._second = take, "", -1
            self._seconds = self._loudest = 0.0
        if take is None or not self._engine.settings.overlay:
            self.hide()
        else:
            self._soon()

    def partial(self, text: str) -> None:
        """The text so far of the engine's newest take."""
        if self._take is not None and self._take == self._engine.state.newest:
            self._text = text
            self._soon()

    def hide(self) -> None:
        """Takes the window away until the next change."""
        self._timer.stop()
        if self.pill:
            self.pill.hide()

    @property
    def ticking(self) -> bool:
        """Whether the window will be drawn anew."""
        return self._timer.isActive()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _tick(self) -> None:
        engine = self._engine
        take, showing = _meant(engine.state)
        if take is None or not engine.settings.overlay:
            self.hide()
            return
        if self.pill is None:
            from dictation.ui.pill import Pill  # not sooner: at key press the microphone is opened

            self.pill = Pill(stop=engine.stop, cancel=engine.cancel)
        self.pill.tell(self._scene(showing))
        if not self.pill.isVisible():
            self.pill.appear(engine.target.middle if engine.target else None)
        if showing == "recording":
            self._timer.start()

    def _scene(self, showing: Showing) -> Scene:
        engine, level = self._engine, 0.0
        if showing == "recording":
            self._seconds, level = engine.recording_seconds, engine.level
            self._loudest = max(self._loudest, level)
            if self._still():
                level = self._steadied(level)
            if not self._seconds:
                showing = "opening"
            elif self._seconds > SILENT_AFTER and not self._loudest:
                showing = "silent"
            elif self._seconds > JUDGED_AFTER and self._loudest < QUIET:
                showing = "quiet"
        text = self._text if engine.settings.overlay_text else ""
        return Scene(showing, self._seconds, level, self._destination(), text)

    def _steadied(self, level: float) -> float:
        """Off, low or full, and for a second at least: what does not flicker."""
        second = int(self._seconds)
        if second != self._second:
            self._second, self._steady = second, 0.0 if level < QUIET else math.ceil(level * 2) / 2
        return self._steady


def _meant(state: State) -> tuple[str | None, Showing]:
    """The take to show: the one that records, else the newest that will still be delivered."""
    if state.away:
        return None, "transcribing"
    if state.recording:
        return state.recording, "recording"
    for take in reversed(state.waiting):
        if not take.late:
            return take.id, "delivering" if take.phase == "delivering" else "transcribing"
    return None, "transcribing"
