"""What desktop this is, found once and passed on as a value: nothing else asks the system."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Literal, NamedTuple

System = Literal["linux", "windows", "macos"]
# Through Xwayland windows keep off the focus there and stand where they are put; these desktops
# have no other way to it.
GNOMES = ("gnome", "ubuntu")
# What compositors tell their programs, where nothing sets XDG_CURRENT_DESKTOP.
_MARKS = {
    "SWAYSOCK": "sway",
    "HYPRLAND_INSTANCE_SIGNATURE": "hyprland",
    "NIRI_SOCKET": "niri",
    "LABWC_PID": "labwc",
    "WAYFIRE_SOCKET": "wayfire",
}


class Desktop(NamedTuple):  # a dataclass takes 8 ms more, in the path of a key press
    """Operating system, session and compositor, from the environment alone (no I/O)."""

    system: System = "linux"
    session: Literal["x11", "wayland", "none", "native"] = "none"
    compositor: str = ""  # "gnome", "kde", "sway", "hyprland" …, lower case
    display: str = ""  # X display, also Xwayland's
    qt: str = ""  # how Qt shows windows: "xcb", "wayland" …; empty: as it likes

    @property
    def has_overlay(self) -> bool:
        """Whether a window of ours can lie above others without taking the focus.

        As a Wayland client it would take it, and the text with it; through Xwayland it does not.
        """
        return self.session != "none" and (self.session != "wayland" or self.qt.startswith("xcb"))


def detect(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Desktop:
    """The desktop that this process runs in."""
    if platform.startswith("win"):
        return Desktop("windows", "native")
    if platform == "darwin":
        return Desktop("macos", "native")
    display = environment.get("DISPLAY", "")
    compositor = _compositor(environment)
    qt = environment.get("QT_QPA_PLATFORM", "")
    if environment.get("WAYLAND_DISPLAY"):
        if not qt and display and compositor in GNOMES:
            qt = "xcb"
        return Desktop("linux", "wayland", compositor, display, qt)
    if display:
        return Desktop("linux", "x11", compositor, display, qt)
    return Desktop("linux", "none", compositor)


def _compositor(environment: Mapping[str, str]) -> str:
    names = environment.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
    own = [name for name in names if name and name != "wlroots"]  # a library of several
    return (
        own[-1] if own else next((its for mark, its in _MARKS.items() if mark in environment), "")
    )
