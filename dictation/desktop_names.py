"""The desktop in words, for people."""

from __future__ import annotations

from dictation.desktop import Desktop
from dictation.i18n import _

SYSTEMS = {"windows": "Windows", "macos": "macOS"}


def name_of(desktop: Desktop) -> str:
    """What it is."""
    if desktop.system != "linux":
        return SYSTEMS[desktop.system]
    none, unknown = _("no desktop"), _("unknown desktop")
    session = {"x11": "X11", "wayland": "Wayland", "none": none}.get(desktop.session, "")
    return f"Linux, {desktop.compositor or unknown}, {session}"


def untried(desktop: Desktop) -> str:
    """What a user should know of a system that no release was tried on; "" where one was."""
    if desktop.system == "linux":
        return ""
    told = _("Dictation is written for {system}, but was not tried on one yet.")
    return told.format(system=name_of(desktop))
