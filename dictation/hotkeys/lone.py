"""Modifiers that are hotkeys by themselves, told apart from their use with other keys. No I/O.

One that is held alone is told after a moment, a tap at its end. While a take records, it is told at
the release alone: whoever copies something meanwhile stops nothing.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from dictation.hotkeys.hearer import Tell

ALONE = 0.15  # seconds after which a modifier that is held is not meant for a chord any more
LOST = 1.0  # seconds after which the system knows better than its events which keys are down


class LoneModifiers:
    """`names` gives the action of each key code; times are time.monotonic()."""

    def __init__(self, names: Mapping[int, str], on_press: Tell, on_release: Tell) -> None:
        self.names = names
        self._on_press, self._on_release = on_press, on_release
        self._code = 0  # the one that is down, alone so far
        self._since = 0.0
        self._told = False
        self._keys: dict[int, float] = {}  # all that are down, and since when

    @property
    def down(self) -> int:
        """The key code that is down and was alone until now; 0 for none."""
        return self._code

    def due(self, recording: bool) -> float | None:
        """When the one that is down is to be told of."""
        waits = self._code and not self._told and not recording
        return self._since + ALONE if waits else None

    def press(self, code: int, down: Container[int], now: float) -> None:
        """A key went down, or with 0 a mouse button; the system says which keys are `down`."""
        self._keys = {k: at for k, at in self._keys.items() if k in down or now - at < LOST}
        alone = code in self.names and not self._keys
        if code:
            self._keys[code] = now
        if not self._told:  # its hold goes on, whatever else is typed
            self._code, self._since = (code, now) if alone else (0, 0.0)

    def release(self, code: int, now: float) -> None:
        """A key went up."""
        self._keys.pop(code, None)
        if code == self._code:
            if not self._told:
                self._on_press(self.names[code], self._since)
            self._on_release(self.names[code], now)
            self._code, self._told = 0, False

    def tick(self, now: float, recording: bool) -> None:
        """Time has passed."""
        due = self.due(recording)
        if due is not None and now >= due:
            self._told = True
            self._on_press(self.names[self._code], self._since)

    def lost(self, now: float) -> None:
        """The one that was down is not any more, and nobody told of it."""
        if self._told:
            self._on_release(self.names[self._code], now)
        self._keys.pop(self._code, None)
        self._code, self._told = 0, False
