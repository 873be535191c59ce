"""What a press or a release of the hotkey means: the rule of tapping and holding, no I/O."""

from __future__ import annotations

from typing import Literal

Mode = Literal["hybrid", "hold", "toggle"]
Step = Literal["start", "stop"]
Event = tuple[Literal["press", "release"], float]  # and when it was

TAP = 0.4  # seconds: a shorter press is a tap
LONG_TAKE = 10.0  # seconds: a take beyond this is not thrown away by one press
# GNOME's first repeat comes after 0.5 s, then one every 0.03 s; 0.73 s were seen where it was busy.
REPEATS_WITHIN = 1.0  # seconds: a key that is held presses again within these, where it repeats
NEAR = 0.02  # seconds: Linux tells to the hundredth when a process was started
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


class InOrder:
    """What a key did, made out of reports that each come by a process of its own.

    A release may overtake its press and a key that is held may repeat. A release that is lost
    leaves the key down here, which does no harm: the next press is another one.
    """

    def __init__(self) -> None:
        self._down: float | None = None  # since when
        self._latest = 0.0  # its last press, repeats included
        self._early: float | None = None  # a release whose press is yet to come, or was lost

    def press(self, at: float) -> list[Event]:
        """What a press at that time means."""
        early, self._early = self._early, None
        if early is not None and at <= early + NEAR:
            return [("press", at), ("release", max(at, early))]
        if self._down is not None and at - self._latest <= REPEATS_WITHIN:
            self._latest = max(at, self._latest)
            return []
        self._down = self._latest = at
        return [("press", at)]

    def release(self, at: float) -> list[Event]:
        """What a release at that time means."""
        if self._down is None or at < self._down - NEAR:
            self._early = at
            return []
        if at < self._latest - NEAR:  # so that one was no repeat
            self._down = self._latest
            return [("release", at), ("press", self._latest)]
        self._down = None
        return [("release", at)]


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
