"""The lines that bind keys in the files of Wayland's compositors.

Each writer gets a binding, the commands for its press and for its release, and gives the lines.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from dictation.desktop import Desktop
from dictation.hotkeys.actions import Action
from dictation.hotkeys.binding import FUNCTION_KEYS, Binding
from dictation.hotkeys.kernel_keys import code, kernel_name
from dictation.hotkeys.xkb_names import modifiers, name
from dictation.i18n import _

Command = Sequence[str]
Writer = Callable[[Binding, Command, Command], list[str]]

# The modifiers as each compositor writes them, in the order of MODIFIERS.
_SWAY = ("Ctrl+", "Mod1+", "Shift+", "Mod4+")
_RIVER = ("Control+", "Alt+", "Shift+", "Super+")
_HYPRLAND = ("CTRL ", "ALT ", "SHIFT ", "SUPER ")
_LUA = ("CTRL + ", "ALT + ", "SHIFT + ", "SUPER + ")
_NIRI = ("Ctrl+", "Alt+", "Shift+", "Super+")
_LABWC = ("C-", "A-", "S-", "W-")
_WAYFIRE = ("<ctrl> ", "<alt> ", "<shift> ", "<super> ")
_LUA_FILE = _("Add to ~/.config/hypr/hyprland.lua:")


def lines(desktop: Desktop, actions: Sequence[Action], program: Command) -> tuple[str, ...]:
    """A line that says where they go, then the lines for each key that talks.

    Empty where the desktop has no such file.
    """
    if desktop.session != "wayland" or desktop.compositor not in _FILES:
        return ()
    where, writer = _FILES[desktop.compositor]
    if writer is _hyprland and _has_lua():
        where, writer = _LUA_FILE, _hyprland_lua
    written = []
    for action in actions:
        if action.is_talk:
            profile = ("--profile", action.profile) if action.profile else ()
            press, release = ((*program, word, *profile) for word in ("press", "release"))
            for binding in action.bindings:
                written += writer(binding, press, release)
    return where, *written


def hyprland_global(keys: Iterable[tuple[Binding, str]]) -> tuple[str, ...]:
    """The same for keys that Hyprland tells its portal of, each by the portal's name for it."""
    if _has_lua():
        return _LUA_FILE, *(
            f"hl.bind({json.dumps(modifiers(binding, _LUA) + _hyprland_key(binding))}, "
            f"hl.dsp.global({json.dumps(name)}))"
            for binding, name in keys
        )
    return _FILES["hyprland"][0], *(
        f"bind = {modifiers(binding, _HYPRLAND).strip()}, {_hyprland_key(binding)}, global, {name}"
        for binding, name in keys
    )


def _has_lua() -> bool:
    """Whether Hyprland is configured by a program: it wins, since 0.55."""
    return _config("hypr", "hyprland.lua").exists()


def _config(*parts: str) -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home, *parts).expanduser()


def _is_button(binding: Binding) -> bool:
    return binding.key.startswith("Mouse")


def _has_place(binding: Binding) -> bool:
    """Whether layouts call the key now this and now that: F13 is XF86Tools, the right Alt AltGr."""
    return binding.is_lone or (binding.key in FUNCTION_KEYS and code(binding.key) >= code("F13"))


def _place(binding: Binding) -> int:
    """The key's number in xkb."""
    return code(binding.key) + 8


def _sway(binding: Binding, press: Command, release: Command) -> list[str]:
    key, bind, options = modifiers(binding, _SWAY), "bindsym", ""
    if _is_button(binding):  # without these it would be the titles' alone
        options, key = " --whole-window --border", f"{key}button{int(binding.key[-1]) + 4}"
    elif _has_place(binding):
        bind, key = "bindcode", f"{key}{_place(binding)}"
    else:
        key += name(binding.key)
        if len(binding.key) == 1 and binding.key.isalpha():
            options = " --to-code"  # the same place in all layouts that the user has
    return [
        f"{bind} --no-repeat{options} {key} exec {shlex.join(press)}",
        f"{bind} --release{options} {key} exec {shlex.join(release)}",
    ]


def _hyprland(binding: Binding, press: Command, release: Command) -> list[str]:
    held = modifiers(binding, _HYPRLAND).strip()
    return [
        f"bind = {held}, {_hyprland_key(binding)}, exec, {shlex.join(press)}",
        f"bindr = {held}, {_hyprland_key(binding)}, exec, {shlex.join(release)}",
    ]


def _hyprland_lua(binding: Binding, press: Command, release: Command) -> list[str]:
    key = json.dumps(modifiers(binding, _LUA) + _hyprland_key(binding))
    down, up = (json.dumps(shlex.join(command)) for command in (press, release))
    return [
        f"hl.bind({key}, hl.dsp.exec_cmd({down}))",
        f"hl.bind({key}, hl.dsp.exec_cmd({up}), {{ release = true }})",
    ]


def _hyprland_key(binding: Binding) -> str:
    """Mouse buttons have the kernel's numbers there."""
    if _is_button(binding):
        return f"mouse:{code(binding.key)}"
    return f"code:{_place(binding)}" if _has_place(binding) else name(binding.key)


def _river(binding: Binding, press: Command, release: Command) -> list[str]:
    held = modifiers(binding, _RIVER).strip("+") or "None"
    down, up = (shlex.quote(shlex.join(command)) for command in (press, release))
    if _is_button(binding):  # of which no release is told
        return [f"riverctl map-pointer normal {held} {kernel_name(binding.key)} spawn {down}"]
    key = name(binding.key)
    return [
        f"riverctl map normal {held} {key} spawn {down}",
        f"riverctl map -release normal {held} {key} spawn {up}",
    ]


def _wayfire(binding: Binding, press: Command, release: Command) -> list[str]:
    key = modifiers(binding, _WAYFIRE) + kernel_name(binding.key)
    own = str(binding).lower().replace("+", "_")  # pairs belong together by such a name
    return [
        f"binding_dictation_{own} = {key}",
        f"command_dictation_{own} = {shlex.join(press)}",
        f"release_binding_dictation_up_{own} = {key}",
        f"command_dictation_up_{own} = {shlex.join(release)}",
    ]


def _niri(binding: Binding, press: Command, _release: Command) -> list[str]:
    """It tells no release: https://github.com/niri-wm/niri/pull/2456."""
    buttons = {"Mouse4": "MouseBack", "Mouse5": "MouseForward"}
    key = modifiers(binding, _NIRI) + (buttons.get(binding.key) or name(binding.key))
    words = " ".join(json.dumps(word, ensure_ascii=False) for word in press)
    return [f"{key} repeat=false {{ spawn {words}; }}"]


def _labwc(binding: Binding, press: Command, _release: Command) -> list[str]:
    """One key has one binding there, at its press or at its release."""
    import html

    action = f'<action name="Execute" command="{html.escape(shlex.join(press))}"/>'
    held = modifiers(binding, _LABWC)
    if not _is_button(binding):
        return [f'<keybind key="{held}{name(binding.key)}">{action}</keybind>']
    button = {"Mouse4": "Side", "Mouse5": "Extra"}[binding.key]
    bind = f'<mousebind button="{held}{button}" action="Press">{action}</mousebind>'
    return [f'<mouse><context name="All">{bind}</context></mouse>']


_FILES: dict[str, tuple[str, Writer]] = {
    "sway": (_("Add to ~/.config/sway/config:"), _sway),
    "hyprland": (_("Add to ~/.config/hypr/hyprland.conf:"), _hyprland),
    "river": (_("Add to ~/.config/river/init (of River 0.3, or of river-classic):"), _river),
    "wayfire": (_("Add to the command section of ~/.config/wayfire.ini:"), _wayfire),
    "niri": (_("Add to the binds of ~/.config/niri/config.kdl:"), _niri),
    "labwc": (_("Add to the keyboard section of ~/.config/labwc/rc.xml:"), _labwc),
}
