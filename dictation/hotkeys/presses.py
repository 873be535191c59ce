"""What a press or a release of the hotkey means: the rule of tapping and holding, no I/O."""

from __future__ import annotations

from typing import Literal

Mode = Literal["hybrid", "hold", "toggle"]
Action = Literal["start", "stop"]

TAP = 0.4  # seconds: a shorter press is a tap
LONG_TAKE = 10.0  # seconds: a take beyond this is not thrown away by one press
CANCEL_TWICE = 1.5  # seconds between the two presses that cancel a long take


class Presses:
    """Turns presses into start and stop. `now` is seconds of any clock that only goes forward."""

    def __init__(self, mode: Mode = "hybrid") -> None:
        self._mode = mode
        self._started: float | None = None  # when the press came that began a take
        self._cancel_asked: float | None = None

    def press(self, recording: bool, now: float) -> Action:
        """A press ends what is being recorded, in `hold` too: there its release was lost."""
        self._started = None if recording else now
        self._cancel_asked = None
        return "stop" if recording else "start"

    def release(self, recording: bool, now: float) -> Action | None:
        """The end of a hold ends the take that it began."""
        started, self._started = self._started, None
        if started is None or not recording or self._mode == "toggle":
            return None
        if self._mode == "hybrid" and now - started < TAP:
            return None
        return "stop"

    def cancel_press(self, recording_seconds: float, now: float) -> bool:
        """Whether this press cancels: at once, but a long take only on the second press."""
        asked, self._cancel_asked = self._cancel_asked, now
        if recording_seconds <= LONG_TAKE:
            return True
        return asked is not None and now - asked <= CANCEL_TWICE
