"""Keys that work whichever program has the focus: the ways to listen, in order of preference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dictation import backends
from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.hotkeys import evdev, gnome, macos, none, portal, windows, x11
from dictation.hotkeys.actions import Action, actions
from dictation.hotkeys.binding import Binding, parse, parse_all, written
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.presses import CancelPresses, InOrder, Mode, Presses

__all__ = [
    "ON_REQUEST",
    "ROWS",
    "Action",
    "Backend",
    "Binding",
    "CancelPresses",
    "Hearer",
    "InOrder",
    "Listener",
    "Mode",
    "Presses",
    "actions",
    "choose",
    "parse",
    "parse_all",
    "written",
]


class Listener(Protocol):
    """Keys being listened for."""

    def recording(self, recording: bool) -> None:
        """A take records, or does no longer; returns at once.

        The cancel key is taken from the programs exactly meanwhile.
        """
        ...

    def close(self) -> None:
        """Gives the keys back; a hotkey that is down counts as released."""
        ...


class Backend(Protocol):
    """One way to listen for keys."""

    NAME: str
    TELLS_RELEASE: bool  # so that holding a key can talk

    def probe(self, desktop: Desktop) -> Verdict:
        """Whether keys can be listened for on this desktop, found by doing it."""
        ...

    def listen(self, actions: Sequence[Action], *, desktop: Desktop, hearer: Hearer) -> Listener:
        """Listens until closed; HotkeyTaken or HotkeyError where the first action has no key."""
        ...


ROWS: tuple[Backend, ...] = (
    x11,  # under Wayland it would see keys only while an X11 window has the focus
    portal,  # not on Sway and other compositors of wlroots, nor on GNOME before 48
    gnome,  # knows no release, so holding can't talk
    windows,  # hears no key while a window of more rights is in front
    macos,  # hears no key while a program has the keyboard secured
    none,  # hears nothing, but the app goes on and tells how to bind `dictation toggle`
)
ON_REQUEST: tuple[Backend, ...] = (
    evdev,  # who may read the devices sees every key of every program
)


def choose(desktop: Desktop, wanted: str = "auto") -> Backend:
    """The way to listen here, `none` where there is none; MissingPart where `wanted` fails."""
    if wanted == none.NAME:
        return none
    if wanted != "auto":
        return backends.choose((*ROWS, *ON_REQUEST), desktop, wanted, setting="hotkey_backend")
    return next((row for row in ROWS if row.probe(desktop).works), none)
