"""A text on its way into a window, with all that its way needs to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.output.rest import Since
from dictation.settings import Settings
from dictation.values import Target

PATIENCE = 0.75  # seconds to wait for held keys


@dataclass(frozen=True, slots=True)
class Insert:
    """A text that is safe already. `target` None: the window that has the focus."""

    text: str
    settings: Settings
    target: Target | None = None
    still_wanted: Callable[[], bool] = lambda: True
    patience: float = PATIENCE  # seconds to wait for keys that are held
    # The take's stop, where the user's typing from there on is known: on Wayland it never is.
    since: Since | None = None

    @property
    def may_bring_focus(self) -> bool:
        """Whether a target that lost the focus gets it back for the moment."""
        return self.settings.focus_lost == "bring_back"

    def check_wanted(self) -> None:
        """Asked right before the deed; NotDelivered where the user took the dictation back."""
        if not self.still_wanted():
            raise NotDelivered(_("The dictation was taken back before it was put in."))
