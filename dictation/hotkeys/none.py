"""Where no program can take a key for itself: the desktop binds a command instead."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.desktop_names import name_of
from dictation.errors import HotkeyError
from dictation.hotkeys import compositor_lines, gnome_keys
from dictation.hotkeys.actions import Action
from dictation.hotkeys.actions import actions as chosen
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.xkb_names import modifiers, name
from dictation.i18n import _
from dictation.program import NAME as PROGRAM
from dictation.program import program
from dictation.settings import Settings

NAME = "none"
TELLS_RELEASE = False
LINES_TOLD = 2  # a notification shows not many more

# The modifiers as Xfce writes them, in the order of MODIFIERS.
_XFCE = ("<Primary>", "<Alt>", "<Shift>", "<Super>")


def probe(desktop: Desktop) -> Verdict:
    """Never works; says what is missing and how to bind the key in this desktop."""
    return Verdict(False, missing(desktop), "\n".join(lines(desktop, chosen(Settings()))))


def missing(desktop: Desktop) -> str:
    """Why this program can't take a key here."""
    if desktop.session == "wayland":
        return _("under Wayland no program may take a key for itself; the desktop can bind one")
    if desktop.session == "none":
        return _("there is no desktop session, so there are no keys to take")
    return _("no key can be heard here, on {desktop}").format(desktop=name_of(desktop))


def unheard(desktop: Desktop, actions: Sequence[Action]) -> HotkeyError:
    """That no key is heard here, why, and what to do: to be told before the first take."""
    why = missing(desktop)
    todo = lines(desktop, actions, program())
    if len(todo) > LINES_TOLD:
        todo = (_("The settings and `dictation doctor` show the lines that bind it."),)
    return HotkeyError(f"{why[:1].upper()}{why[1:]}.", hint="\n".join(todo))


def lines(
    desktop: Desktop, actions: Sequence[Action], program: Sequence[str] = (PROGRAM,)
) -> tuple[str, ...]:
    """What binds keys in this desktop: a line that says where it goes, then what to put there.

    All keys that talk where the desktop has a file to put lines into, else the first of them.
    `program` is what is run, in its parts.
    """
    if written := compositor_lines.lines(desktop, actions, program):
        return written
    if desktop.compositor in gnome_keys.DESKTOPS:
        where = _("Choose “Let GNOME do that” in the settings, or run in a terminal:")
        if gnome_keys.has_no_program():
            where = _("Install gsettings (Debian: libglib2.0-bin), then run in a terminal:")
        return (where, *gnome_keys.lines(actions, program))
    hotkey, command = actions[0].bindings[0], f"{shlex.join(program)} toggle"
    symbol = name(hotkey.key)
    match desktop.compositor:
        case "xfce":
            key = modifiers(hotkey, _XFCE) + symbol
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
        case _:
            return (
                _("In the desktop's keyboard settings bind {key} to the command:").format(
                    key=hotkey
                ),
                command,
            )


class Silence:
    """Listens to nothing: commands still come over the control socket and the tray."""

    def recording(self, recording: bool) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""


def listen(actions: Sequence[Action], *, desktop: Desktop, hearer: Hearer) -> Silence:
    """A listener that hears nothing, so that the app goes on without keys of its own."""
    return Silence()
