"""Keys that the desktop hears for us: its GlobalShortcuts portal tells press and release.

KDE Plasma, GNOME from 48 on and Hyprland have one. The user has the say which keys they are: those
of the settings are a proposal, made once, and what became of it is what the portal tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dictation.backends import Verdict
from dictation.bus import Bus, BusFault, BusGone, NoAnswer
from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.hotkeys.actions import Action
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.portal_shortcuts import INTERFACE
from dictation.i18n import _
from dictation.portal import version

if TYPE_CHECKING:
    from dictation.hotkeys.portal_listener import PortalListener

NAME = "portal"
TELLS_RELEASE = True


def probe(desktop: Desktop) -> Verdict:
    """Whether the desktop has the portal; asks the user nothing."""
    if desktop.session != "wayland":
        return Verdict(False, _("this is not a Wayland session"))
    try:
        with Bus("SESSION", lambda _signal: None, name="portal") as bus:
            there = version(bus, INTERFACE)
    except MissingPart as error:
        return Verdict(False, error.message, error.hint)
    except BusGone:
        return Verdict(False, _("the session has no D-Bus"))
    except NoAnswer:  # at login they start late: whoever listens waits for them
        return Verdict(True, _("the desktop's portals have not answered yet"))
    except BusFault as fault:
        return Verdict(False, _("the desktop's portals do not answer: {fault}").format(fault=fault))
    return Verdict(True) if there else Verdict(False, _("the desktop has no portal for hotkeys"))


def listen(actions: Sequence[Action], *, desktop: Desktop, hearer: Hearer) -> PortalListener:
    """Asks the desktop for the keys, which may show a dialog; the hearer is told if none come."""
    from dictation.hotkeys.portal_listener import PortalListener

    return PortalListener(actions, desktop, hearer=hearer)
