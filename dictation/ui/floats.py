"""What lies above all windows: the overlay and the big button, where this desktop can have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dictation import layer_shell, shown, state
from dictation.desktop import Desktop
from dictation.engine import Engine
from dictation.paths import Places
from dictation.session import State

if TYPE_CHECKING:
    from dictation.ui.big_button import BigButton, Spot
    from dictation.ui.overlay import Overlay

SPOT = "big_button"  # where it was put, in what the program keeps in mind


class Floats:
    """Made when they are first wanted; `destination` says in words where the sound goes."""

    def __init__(
        self, engine: Engine, desktop: Desktop, places: Places, destination: Callable[[], str]
    ) -> None:
        self._engine, self._desktop, self._places = engine, desktop, places
        self._destination = destination
        self._overlay: Overlay | None = None
        self._button: BigButton | None = None
        self._can, self._is_still = desktop.has_overlay, False

    def look(self) -> None:
        """Asks what this desktop can show, and how; may wait, so not on the main thread."""
        self._can = layer_shell.probe(self._desktop).works
        self._is_still = shown.is_still(self._desktop.system)

    def applied(self) -> None:
        """Other settings are in force."""
        size = self._engine.settings.big_button
        if size == "off" or not self._can:
            if self._button:
                self._button.hide()
            return
        if self._button is None:
            from dictation.ui.big_button import BigButton

            self._button = BigButton(self._engine.toggle, self._spot(), self._keep)
        self._button.appear(size)
        self._button.tell(self._engine.state)

    def changed(self, now: State) -> None:
        """The state, or where the sound goes, is another one."""
        if self._overlay is None and now.recording and self._can:
            from dictation.ui.overlay import Overlay

            self._overlay = Overlay(self._engine, self._destination, self._still)
        if self._overlay:
            self._overlay.changed()
        if self._button:
            self._button.tell(now)

    def partial(self, text: str) -> None:
        """The text so far of the take on its way."""
        if self._overlay:
            self._overlay.partial(text)

    def hide(self) -> None:
        """Takes them away."""
        if self._overlay:
            self._overlay.hide()
        if self._button:
            self._button.hide()

    def _still(self) -> bool:
        wanted = self._engine.settings.reduce_motion
        return self._is_still if wanted == "auto" else wanted == "always"

    def _spot(self) -> Spot | None:
        match state.read(self._places).get(SPOT):
            case [int() | float() as x, int() | float() as y] if 0 <= x <= 1 and 0 <= y <= 1:
                return float(x), float(y)
            case _:
                return None

    def _keep(self, spot: Spot) -> None:
        state.note(self._places, **{SPOT: list(spot)})
