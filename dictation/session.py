"""What the app does: one pure step from (state, event) to (state, effects).

One take may be recording while earlier ones are being transcribed or delivered. Takes are
delivered in the order in which they were stopped; one that is not ready 15 s after its stop leaves
the line as late text. An event about a take that is no longer there falls through: that is what
makes cancelling safe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from dictation.errors import Cancelled, DictationError

OVERDUE = 15.0  # seconds after its stop at which a take leaves the line

Phase = Literal["transcribing", "ready", "delivering"]
End = Literal["delivered", "late", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A take between its stop and its end; a late one holds up nobody."""

    id: str
    phase: Phase = "transcribing"
    late: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """The take that records, if any, and those on their way: first what is sent again, then the
    user's own takes, oldest first. While the user is `away` nothing is delivered."""

    recording: str | None = None
    waiting: tuple[Waiting, ...] = ()
    away: bool = False

    @property
    def name(self) -> Literal["idle", "recording", "transcribing", "delivering"]:
        """The most active take's state, as `status` tells it."""
        if self.recording:
            return "recording"
        if any(take.phase == "delivering" for take in self.waiting):
            return "delivering"
        return "transcribing" if self.waiting else "idle"

    @property
    def take(self) -> str | None:
        """The most active take."""
        if self.recording:
            return self.recording
        delivering = (take.id for take in self.waiting if take.phase == "delivering")
        return next(delivering, self.newest)

    @property
    def newest(self) -> str | None:
        """The take that a Stop or a Cancel means."""
        return self.recording or (self.waiting[-1].id if self.waiting else None)


# Events. Those from workers carry the id of their take.


@dataclass(frozen=True, slots=True)
class Start:
    """`here`: by a key, so that somebody is there whatever the screen's lock says."""

    id: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    pass


@dataclass(frozen=True, slots=True)
class Cancel:
    pass


@dataclass(frozen=True, slots=True)
class Resend:
    """An old take's recording is sent again; what comes back is late text."""

    id: str


@dataclass(frozen=True, slots=True)
class Away:
    """Nobody is there to see a text come: the screen locks, the computer sleeps."""


@dataclass(frozen=True, slots=True)
class Back:
    """The user is there again."""


@dataclass(frozen=True, slots=True)
class Captured:
    """The microphone is closed and the recording complete, by Stop or by itself."""

    id: str


@dataclass(frozen=True, slots=True)
class Transcribed:
    id: str


@dataclass(frozen=True, slots=True)
class Delivered:
    id: str


@dataclass(frozen=True, slots=True)
class Failed:
    id: str
    error: DictationError


@dataclass(frozen=True, slots=True)
class Overdue:
    id: str


Event = (
    Start
    | Stop
    | Cancel
    | Resend
    | Away
    | Back
    | Captured
    | Transcribed
    | Delivered
    | Failed
    | Overdue
)


# Effects: what the engine then does.


@dataclass(frozen=True, slots=True)
class OpenMicrophone:
    id: str


@dataclass(frozen=True, slots=True)
class CloseMicrophone:
    id: str
    keep: bool


@dataclass(frozen=True, slots=True)
class Send:
    id: str


@dataclass(frozen=True, slots=True)
class Deliver:
    id: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Not to be delivered after all, if its keys have not been pressed yet; `keep` its text."""

    id: str
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Settle:
    """The take has ended, where `failed` with its error."""

    id: str
    end: End
    error: DictationError | None = None


Effect = OpenMicrophone | CloseMicrophone | Send | Deliver | Withdraw | Settle
Step = tuple[State, list[Effect]]


def step(state: State, event: Event) -> Step:  # noqa: PLR0912 - one row of the table each
    """The state after the event, and what is to be done."""
    match event:
        case Start(id=id_, here=here) if state.recording is None:
            away = state.away and not here
            return replace(state, recording=id_, away=away), [OpenMicrophone(id_)]
        case Stop() if state.recording:
            return _stopped(state, [CloseMicrophone(state.recording, keep=True)])
        case Cancel() if state.recording:
            id_ = state.recording
            return replace(state, recording=None), [
                CloseMicrophone(id_, keep=False),
                Settle(id_, "cancelled"),
            ]
        case Cancel() if state.waiting and state.waiting[-1].phase == "delivering":
            return state, [Withdraw(state.waiting[-1].id)]
        case Cancel() if state.waiting:
            return _ended(state, Settle(state.waiting[-1].id, "cancelled"))
        case Resend(id=id_) if _find(state, id_) is None and state.recording != id_:
            resent = Waiting(id_, late=True)
            return replace(state, waiting=(resent, *state.waiting)), [Send(id_)]
        case Away():
            return _left(state)
        case Back():
            return replace(state, away=False), []
        case Captured(id=id_) if id_ == state.recording:
            return _stopped(state, [Send(id_)])
        case Captured(id=id_) if _find(state, id_):
            return state, [Send(id_)]
        case Transcribed(id=id_) if take := _find(state, id_):
            if take.late:
                return _ended(state, Settle(id_, "late"))
            return _advance(_put(state, replace(take, phase="ready")))
        case Delivered(id=id_) if _find(state, id_):
            return _ended(state, Settle(id_, "delivered"))
        case Failed(id=id_, error=error) if id_ == state.recording:
            return replace(state, recording=None), [Settle(id_, "failed", error)]
        case Failed(id=id_, error=Cancelled()) if _find(state, id_):
            return _ended(state, Settle(id_, "cancelled"))
        case Failed(id=id_, error=error) if _find(state, id_):
            return _ended(state, Settle(id_, "failed", error))
        case Overdue(id=id_) if take := _find(state, id_):
            return _overdue(state, take)
    return state, []  # late, or of no meaning now


def _find(state: State, id_: str) -> Waiting | None:
    return next((take for take in state.waiting if take.id == id_), None)


def _put(state: State, take: Waiting) -> State:
    waiting = tuple(take if old.id == take.id else old for old in state.waiting)
    return replace(state, waiting=waiting)


def _stopped(state: State, effects: list[Effect]) -> Step:
    assert state.recording
    stopped = Waiting(state.recording, late=state.away)
    return replace(state, recording=None, waiting=(*state.waiting, stopped)), effects


def _overdue(state: State, take: Waiting) -> Step:
    """It holds up the others no longer; one that only waits for its turn is not late."""
    if take.phase == "transcribing":
        return _advance(_put(state, replace(take, late=True)))
    return state, [Withdraw(take.id, keep=True)] if take.phase == "delivering" else []


def _left(state: State) -> Step:
    """What is being recorded stops, and nothing is delivered from now on: all of it is late."""
    effects: list[Effect] = []
    if state.recording:
        state, effects = _stopped(state, [CloseMicrophone(state.recording, keep=True)])
    for take in state.waiting:
        if take.phase == "delivering":
            effects.append(Withdraw(take.id, keep=True))
        elif take.phase == "ready":
            effects.append(Settle(take.id, "late"))
    waiting = tuple(
        replace(take, late=take.phase == "transcribing")
        for take in state.waiting
        if take.phase != "ready"
    )
    return replace(state, waiting=waiting, away=True), effects


def _ended(state: State, end: Settle) -> Step:
    waiting = tuple(take for take in state.waiting if take.id != end.id)
    state, effects = _advance(replace(state, waiting=waiting))
    return state, [end, *effects]


def _advance(state: State) -> Step:
    """Delivers the first in line where it is ready; late takes are stepped over."""
    first = next((take for take in state.waiting if not take.late), None)
    if first is None or first.phase != "ready":
        return state, []
    return _put(state, replace(first, phase="delivering")), [Deliver(first.id)]
