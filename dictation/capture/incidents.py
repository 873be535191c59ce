"""What befell the microphone during a take, in sentences for the user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dictation.i18n import _, number

SILENT = 3.0  # seconds of nothing but zeros that are no pause between two words


@dataclass(frozen=True, slots=True)
class Still:
    """A microphone that gives nothing, since `since`: muted, as the system says, or only zeros."""

    name: str
    since: float
    by_system: bool


class Incidents:
    """Notes what befalls one take; all times are seconds of what was recorded.

    They are exact to the second: that is how often the system is asked whether one is muted.
    """

    def __init__(self, told: Callable[[str], None]) -> None:
        self.notes: tuple[str, ...] = ()
        self._told = told
        self._still: Still | None = None
        self._gated: set[str] = set()

    def went_on(self, at: float, why: str, name: str, gap: float = 0.0) -> None:
        """From `at` on another microphone was used, or the same once more, after a gap."""
        if gap < 0.05:
            went = _("After {at:.0f} s: {why} Recording went on with {name}.")
        else:
            went = _(
                "After {at:.0f} s: {why} Recording went on with {name}; "
                "nothing was heard for {gap} s."
            )
        self._note(went.format(at=at, why=why, name=name, gap=number(gap, 1)))

    def broke_off(self, at: float, why: str) -> None:
        """Nothing came after `at`, and the user ended the take before anything did."""
        what = _("After {at:.0f} s: {why} Nothing was heard from then on.")
        self._note(what.format(at=at, why=why))

    def listen(self, name: str, at: float, zeros: float, *, muted: bool, sounded: bool) -> None:
        """What is to be seen now: the system's word, and the seconds of zeros until here."""
        if self._still and (not muted if self._still.by_system else (muted or not zeros)):
            self.close(at)
        if self._still:
            return
        if muted:
            self._still = Still(name, at, by_system=True)
            self._told(_("{name} is muted: nothing is heard.").format(name=name))
        elif sounded and zeros >= SILENT and name not in self._gated:
            # Some devices, and programs that take noise away, give zeros in every pause: once
            # is enough to hear of it.
            self._gated.add(name)
            self._still = Still(name, at - zeros, by_system=False)
            self._told(_("{name} gives only zeros: is it muted?").format(name=name))

    def close(self, at: float) -> None:
        """Whatever lasted until now is over."""
        if self._still is None:
            return
        what = (
            _("{name} was muted from {start:.0f} s to {end:.0f} s.")
            if self._still.by_system
            else _("{name} gave only zeros from {start:.0f} s to {end:.0f} s.")
        )
        self._note(what.format(name=self._still.name, start=self._still.since, end=at))
        self._still = None

    def _note(self, note: str) -> None:
        self.notes = (*self.notes, note)
