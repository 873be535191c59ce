"""Keys that the desktop hears for us: its GlobalShortcuts portal tells press and release.

KDE Plasma, GNOME from 48 on and Hyprland have one. The user has the say which keys they are: those
of the settings are a proposal, made once, and what became of it is what the portal tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dictation.backends import Verdict
from dictation.bus import Bus, BusFault, BusGone
from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.hotkeys.actions import Action
from dictation.hotkeys.binding import Binding
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.xkb_names import modifiers, name
from dictation.i18n import _
from dictation.portal import version

if TYPE_CHECKING:
    from dictation.hotkeys.portal_listener import PortalListener

NAME = "portal"
TELLS_RELEASE = True
INTERFACE = "GlobalShortcuts"
# The shortcuts specification's names, in the order of MODIFIERS
# (specifications.freedesktop.org/shortcuts-spec).
_HELD = ("CTRL+", "ALT+", "SHIFT+", "LOGO+")


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
    except BusFault as fault:
        return Verdict(False, _("the desktop's portals do not answer: {fault}").format(fault=fault))
    return Verdict(True) if there else Verdict(False, _("the desktop has no portal for hotkeys"))


def listen(actions: Sequence[Action], *, desktop: Desktop, hearer: Hearer) -> PortalListener:
    """Asks the desktop for the keys, which may show a dialog; the hearer is told if none come."""
    from dictation.hotkeys.portal_listener import PortalListener

    return PortalListener(actions, desktop, hearer=hearer)


def shortcuts(actions: Sequence[Action]) -> list[tuple[str, Mapping[str, tuple[str, str]]]]:
    """The actions as the portal takes them; of several keys it is told the first."""
    return [
        (
            identifier(action),
            {
                "description": ("s", action.title),
                "preferred_trigger": ("s", trigger(action.bindings[0])),
            },
        )
        for action in actions
    ]


def identifier(action: Action) -> str:
    """The action's name, without the sign that Hyprland's configuration gives another meaning."""
    return action.name.replace(":", "-")


def trigger(binding: Binding) -> str:
    """The keys as the shortcuts specification writes them."""
    return modifiers(binding, _HELD) + name(binding.key)
