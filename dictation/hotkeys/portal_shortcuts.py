"""Our actions as the desktop's GlobalShortcuts portal takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dictation.hotkeys.actions import CANCEL, Action
from dictation.hotkeys.binding import FUNCTION_KEYS, Binding
from dictation.hotkeys.xkb_names import modifiers, name

INTERFACE = "GlobalShortcuts"
# The shortcuts specification's names, in the order of MODIFIERS
# (specifications.freedesktop.org/shortcuts-spec).
_HELD = ("CTRL+", "ALT+", "SHIFT+", "LOGO+")


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
