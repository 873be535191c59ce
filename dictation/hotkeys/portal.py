"""Keys that the desktop hears for us: its GlobalShortcuts portal tells press and release.

KDE Plasma, GNOME from 48 on and Hyprland have one. The user has the say which keys they are: those
of the settings are a proposal, made once, and what became of it is what the portal tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dictation.backends import Verdict
from dictation.bus import Bus, BusFault, BusGone, NoAnswer
from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.hotkeys.actions import CANCEL, Action
from dictation.hotkeys.binding import FUNCTION_KEYS, Binding
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
    except NoAnswer:  # at login they start late: whoever listens waits for them
        return Verdict(True, _("the desktop's portals have not answered yet"))
    except BusFault as fault:
        return Verdict(False, _("the desktop's portals do not answer: {fault}").format(fault=fault))
    return Verdict(True) if there else Verdict(False, _("the desktop has no portal for hotkeys"))


def listen(actions: Sequence[Action], *, desktop: Desktop, hearer: Hearer) -> PortalListener:
    """Asks the desktop for the keys, which may show a dialog; the hearer is told if none come."""
    from dictation.hotkeys.portal_listener import PortalListener

    return PortalListener(actions, desktop, hearer=hearer)


def shortcuts(actions: Sequence[Action]) -> list[tuple[str, Mapping[str, tuple[str, str]]]]:
    """The actions as the portal takes them, with the one key that it can be told of each."""
    found: list[tuple[str, Mapping[str, tuple[str, str]]]] = []
    for action in actions:
        told = {"description": ("s", action.title)}
        if keys := proposed(action):
            told["preferred_trigger"] = ("s", trigger(keys))
        found.append((identifier(action), told))
    return found


def proposed(action: Action) -> Binding | None:
    """The first of its keys that the desktop can hold for us; the user may choose any in its place.

    What it holds, it takes from all programs at all times: for cancelling no key is proposed that
    they live on, as Escape.
    """
    for binding in action.bindings:
        if binding.is_lone or binding.key.startswith("Mouse"):
            continue  # the specification knows neither
        plain = not binding.modifiers - {"shift"} and binding.key not in FUNCTION_KEYS
        if not (plain and action.name == CANCEL):
            return binding
    return None


def identifier(action: Action) -> str:
    """The action's name, without the sign that Hyprland's configuration gives another meaning."""
    return action.name.replace(":", "-")


def trigger(binding: Binding) -> str:
    """The keys as the shortcuts specification writes them."""
    return modifiers(binding, _HELD) + name(binding.key)
