"""What a press or a release of the hotkey means: the rule of tapping and holding, no I/O."""

from __future__ import annotations

from typing import Literal

Mode = Literal["hybrid", "hold", "toggle"]
Step = Literal["start", "stop"]

TAP = 0.4  # seconds: a shorter press is a tap
LONG_TAKE = 10.0  # seconds: a take beyond this is not thrown away by one press
CANCEL_TWICE = 1.5  # seconds between the two presses that cancel a long take


class Presses:
    """Turns presses into start and stop. `now` is seconds of any clock that only goes forward.

    One for each action that talks: a release ends only what its own press began.
    """

    def __init__(self, mode: Mode = "hybrid") -> None:
        self._mode = mode
        self._started: float | None = None  # when the press came that began a take

    def press(self, recording: bool, now: float) -> Step:
        """A press ends what is being recorded, in `hold` too: there its release was lost."""
        self._started = None if recording else now
        return "stop" if recording else "start"

    def release(self, recording: bool, now: float) -> Step | None:
        """The end of a hold ends the take that it began."""
        started, self._started = self._started, None
        if started is None or not recording or self._mode == "toggle":
            return None
        if self._mode == "hybrid" and now - started < TAP:
            return None
        return "stop"


class CancelPresses:
    """Tells whether a press of the cancel key cancels: a long take only on the second press."""

    def __init__(self) -> None:
        self._asked: tuple[str | None, float] | None = None

    def press(self, take: str | None, seconds: float, now: float) -> bool:
        """Whether this press cancels the take, which has recorded for so many seconds."""
        asked, self._asked = self._asked, (take, now)
        if seconds <= LONG_TAKE:
            return True
        return asked is not None and asked[0] == take and now - asked[1] <= CANCEL_TWICE
