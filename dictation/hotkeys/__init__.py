"""Keys that work whichever program has the focus: the ways to listen, in order of preference."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Protocol

from dictation import backends
from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.hotkeys import none
from dictation.hotkeys.actions import Action, actions
from dictation.hotkeys.binding import Binding, parse, parse_all, written
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.presses import CancelPresses, InOrder, Mode, Presses

__all__ = [
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
    "on_request",
    "parse",
    "parse_all",
    "rows",
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


def rows(desktop: Desktop) -> tuple[Backend, ...]:
    """The ways to listen on this system, in order of preference; those of others are not loaded."""
    match desktop.system:
        case "windows":
            from dictation.hotkeys import windows

            return windows, none  # hears no key while a window of more rights is in front
        case "macos":
            from dictation.hotkeys import macos

            return macos, none  # hears no key while a program has the keyboard secured
    from dictation.hotkeys import gnome, portal, x11

    return (
        x11,  # under Wayland it would see keys only while an X11 window has the focus
        portal,  # not on Sway and other compositors of wlroots, nor on GNOME before 48
        gnome,  # knows no release, so holding can't talk
        none,  # hears nothing, but the app goes on and tells how to bind a command
    )


def on_request(desktop: Desktop) -> tuple[Backend, ...]:
    """Ways that are never chosen but by name."""
    if desktop.system != "linux":
        return ()
    from dictation.hotkeys import evdev

    return (evdev,)  # who may read the devices sees every key of every program


def choose(desktop: Desktop, wanted: str = "auto", *, without: Container[str] = ()) -> Backend:
    """The way to listen here, `none` where there is none; MissingPart where `wanted` fails.

    `without`: names of ways that are not to be chosen by themselves, having failed already.
    """
    if wanted == none.NAME:
        return none
    there = rows(desktop)
    if wanted != "auto":
        there = (*there, *on_request(desktop))
        return backends.choose(there, desktop, wanted, setting="hotkey_backend")
    left = (row for row in there if row.NAME not in without)
    return next((row for row in left if row.probe(desktop).works), none)
