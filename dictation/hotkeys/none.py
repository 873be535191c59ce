"""Where no program can take a key for itself: the desktop binds `dictation toggle` instead."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import HotkeyError
from dictation.hotkeys.actions import Action
from dictation.hotkeys.binding import MODIFIERS, Binding, parse
from dictation.i18n import _
from dictation.settings_table import default_hotkey

NAME = "none"
TELLS_RELEASE = False
COMMAND = "dictation toggle"
LINES_TOLD = 2  # a notification shows not many more

# The modifiers as each desktop writes them, in the order of MODIFIERS.
_GTK = ("<Control>", "<Alt>", "<Shift>", "<Super>")
_XFCE = ("<Primary>", "<Alt>", "<Shift>", "<Super>")
_PLUS = ("Ctrl+", "Alt+", "Shift+", "Super+")
_SWAY = ("Ctrl+", "Mod1+", "Shift+", "Mod4+")
_LABWC = ("C-", "A-", "S-", "W-")

# Where the name in the X and Wayland headers is not simply the key's own in lower case.
_SYMBOLS = {
    "Backspace": "BackSpace",
    "BracketLeft": "bracketleft",
    "BracketRight": "bracketright",
    "PageUp": "Page_Up",
    "PageDown": "Page_Down",
    "ScrollLock": "Scroll_Lock",
}
_CAPITALISED = (
    *("Delete", "Down", "End", "Escape", "Home", "Insert", "Left"),
    *("Menu", "Pause", "Print", "Return", "Right", "Tab", "Up"),
)
_XF86 = ("Audio", "Calculator", "Launch", "Mail", "Search")

_MEDIA = "org.gnome.settings-daemon.plugins.media-keys"
_PATH = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/dictation/"


def probe(desktop: Desktop) -> Verdict:
    """Never works; says what is missing and how to bind the key in this desktop."""
    return Verdict(False, missing(desktop), "\n".join(lines(desktop, parse(default_hotkey()))))


def missing(desktop: Desktop) -> str:
    """Why this program can't take a key here."""
    if desktop.session == "wayland":
        return _("under Wayland no program may take a key for itself; the desktop can bind one")
    if desktop.session == "none":
        return _("there is no desktop session, so there are no keys to take")
    return _("no key can be heard here, on {desktop}").format(desktop=desktop.name)


def unheard(desktop: Desktop, hotkey: Binding) -> HotkeyError:
    """That the hotkey is not heard here, why, and what to do: to be told before the first take."""
    why = missing(desktop)
    todo = lines(desktop, hotkey, command())
    if len(todo) > LINES_TOLD:
        todo = (_("`dictation doctor` prints the lines that bind it."),)
    return HotkeyError(f"{why[:1].upper()}{why[1:]}.", hint="\n".join(todo))


def command() -> str:
    """What the desktop runs; the full way where `dictation` alone would not be found."""
    return COMMAND if shutil.which("dictation") else f"{sys.executable} -m {COMMAND}"


def lines(desktop: Desktop, hotkey: Binding, command: str = COMMAND) -> tuple[str, ...]:
    """What binds the key in this desktop: a line that says where it goes, then what to put there.

    `command` is what is run, with a full path where `dictation` is not on the PATH.
    """
    symbol = _symbol(hotkey.key)
    match desktop.compositor:
        case "gnome" | "ubuntu" | "unity" | "pop" | "budgie":
            return (_("Run in a terminal:"), *_gsettings(_write(_GTK, hotkey) + symbol, command))
        case "xfce":
            key = _write(_XFCE, hotkey) + symbol
            return (
                _("Run in a terminal:"),
                f"xfconf-query -c xfce4-keyboard-shortcuts -p '/commands/custom/{key}' "
                f"-n -t string -s '{command}'",
            )
        case "kde":
            return (
                _("In System Settings, Keyboard, Shortcuts, choose Add New, Command; enter:"),
                command,
                _("and press as its shortcut:"),
                str(hotkey),
            )
        case "sway":
            key = _write(_SWAY, hotkey) + symbol
            return (_("Add to ~/.config/sway/config:"), f"bindsym --no-repeat {key} exec {command}")
        case "hyprland":
            held = " ".join(name.upper() for name in MODIFIERS if name in hotkey.modifiers)
            return (
                _("Add to ~/.config/hypr/hyprland.conf:"),
                f"bind = {held}, {symbol}, exec, {command}",
            )
        case "river":
            held = "+".join(_write(_PLUS, hotkey).split("+")[:-1]).replace("Ctrl", "Control")
            return (
                _("Add to ~/.config/river/init:"),
                f"riverctl map normal {held or 'None'} {symbol} spawn '{command}'",
            )
        case "niri":
            words = " ".join(f'"{word}"' for word in command.split())
            return (
                _("Add to the binds of ~/.config/niri/config.kdl:"),
                f"{_write(_PLUS, hotkey)}{symbol} repeat=false {{ spawn {words}; }}",
            )
        case "labwc":
            key = _write(_LABWC, hotkey) + symbol
            return (
                _("Add to the keyboard section of ~/.config/labwc/rc.xml:"),
                f'<keybind key="{key}"><action name="Execute" command="{command}"/></keybind>',
            )
        case _:
            return (
                _("In the desktop's keyboard settings bind {key} to the command:").format(
                    key=hotkey
                ),
                command,
            )


class _Silence:
    """Listens to nothing: commands still come over the control socket and the tray."""

    def recording(self, recording: bool) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""


def listen(
    actions: Sequence[Action],
    *,
    desktop: Desktop,
    on_press: Callable[[str, float], None],
    on_release: Callable[[str, float], None],
    on_lost: Callable[[HotkeyError], None],
) -> _Silence:
    """A listener that hears nothing, so that the app goes on without keys of its own."""
    return _Silence()


def _write(names: tuple[str, ...], hotkey: Binding) -> str:
    written = zip(MODIFIERS, names, strict=True)
    return "".join(name for modifier, name in written if modifier in hotkey.modifiers)


def _symbol(key: str) -> str:
    if key in _SYMBOLS:
        return _SYMBOLS[key]
    if key.startswith(_XF86):
        return "XF86" + key
    if key in _CAPITALISED or (key[0] == "F" and key[1:].isdigit()):
        return key
    return key.lower()


def _gsettings(key: str, command: str) -> tuple[str, ...]:
    # The list of bindings is the user's: ours is put at its end, once.
    return (
        f"gsettings set {_MEDIA}.custom-keybinding:{_PATH} name Dictation",
        f"gsettings set {_MEDIA}.custom-keybinding:{_PATH} command '{command}'",
        f"gsettings set {_MEDIA}.custom-keybinding:{_PATH} binding '{key}'",
        f"list=$(gsettings get {_MEDIA} custom-keybindings)",
        f"case $list in *'{_PATH}'*) ;; *'[]') list=\"['{_PATH}']\" ;; "
        f"*) list=\"${{list%]}}, '{_PATH}']\" ;; esac",
        f'gsettings set {_MEDIA} custom-keybindings "$list"',
    )
