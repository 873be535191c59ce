"""Keys that work whichever program has the focus: the ways to listen, in order of preference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dictation import backends
from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import HotkeyError
from dictation.hotkeys import none, x11
from dictation.hotkeys.binding import Binding, parse
from dictation.hotkeys.presses import Mode, Presses

__all__ = ["ROWS", "Backend", "Binding", "Listener", "Mode", "Presses", "choose", "parse"]


class Listener(Protocol):
    """Keys being listened for."""

    def want_cancel(self, wanted: bool) -> None:
        """Takes the cancel key from the programs, or gives it back; returns at once."""
        ...

    def close(self) -> None:
        """Gives the keys back; a hotkey that is down counts as released."""
        ...


class Backend(Protocol):
    """One way to listen for keys."""

    NAME: str

    def probe(self, desktop: Desktop) -> Verdict:
        """Whether keys can be listened for on this desktop, found by doing it."""
        ...

    def listen(
        self,
        hotkey: Binding,
        cancel: Binding | None,
        *,
        desktop: Desktop,
        on_press: Callable[[], None],
        on_release: Callable[[], None],
        on_cancel: Callable[[], None],
        on_lost: Callable[[HotkeyError], None],
    ) -> Listener:
        """Listens until closed; raises HotkeyTaken or HotkeyError.

        The callbacks come on the listener's own thread and should only pass the news on. `on_lost`
        tells that the hotkey stopped working.
        """
        ...


ROWS: tuple[Backend, ...] = (
    x11,  # under Wayland it would see keys only while an X11 window has the focus
    none,  # hears nothing, but the app goes on and tells how to bind `dictation toggle`
)


def choose(desktop: Desktop, wanted: str = "auto") -> Backend:
    """The way to listen here, `none` where there is none; MissingPart where `wanted` fails."""
    if wanted == none.NAME:
        return none
    if wanted != "auto":
        return backends.choose(ROWS, desktop, wanted, setting="hotkey_backend")
    return next((row for row in ROWS if row.probe(desktop).works), none)
