"""What the system says of how windows are to be shown: without movement, out of shared screens."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from dictation import portal
from dictation.bus import Bus, BusFault
from dictation.desktop import System
from dictation.errors import MissingPart

log = logging.getLogger(__name__)

# Portal settings that speak of movement, and the value that means less of it, newest first:
# https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html
_STILL: tuple[tuple[str, str, Any], ...] = (
    ("org.freedesktop.appearance", "reduced-motion", 1),
    ("org.gnome.desktop.interface", "enable-animations", False),
)


class Native(Protocol):
    """What `win32.shown` and `mac.shown` are."""

    def is_still(self) -> bool: ...
    def keep_unshared(self, window: int, /) -> bool: ...


def is_still(system: System, bus: str = "SESSION") -> bool:
    """Whether the user has asked the system for less movement; may wait for the bus."""
    if system == "linux":
        return _by_portal(bus)
    try:
        return _native(system).is_still()
    except (MissingPart, OSError, AttributeError) as error:
        log.info("whether things may move is not known: %s", error)
        return False


def keep_unshared(system: System, window: int) -> bool:
    """Keeps a window of ours out of shared screens where the system can; whether it could."""
    if system == "linux":
        return False  # neither X11 nor Wayland can
    try:
        return _native(system).keep_unshared(window)
    except (MissingPart, OSError, AttributeError) as error:
        log.info("the overlay is in shared screens, too: %s", error)
        return False


def _native(system: System) -> Native:
    if system == "windows":
        from dictation.win32 import shown as win32

        return win32
    from dictation.mac import shown as mac

    return mac


def _by_portal(address: str) -> bool:
    try:
        with Bus(address, lambda _signal: None, name="motion") as bus:
            for space, key, still in _STILL:
                if _read(bus, space, key) == still:
                    return True
    except (BusFault, MissingPart):
        pass  # no bus, or no portals on it: nobody has asked for anything
    return False


def _read(bus: Bus, space: str, key: str) -> Any:
    """The setting, None where this desktop has none."""
    try:
        ((_kind, (_inner, value)),) = bus.call(
            portal.remote("Settings"), "Read", "ss", (space, key)
        )
    except BusFault:
        return None
    return value
