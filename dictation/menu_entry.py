"""The program's entry in the desktop's menu, in the user's own folders.

Portals know a program outside a sandbox by it: from xdg-desktop-portal 1.21 on there are no hotkeys
without one (github.com/flatpak/xdg-desktop-portal/pull/1817).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from dictation.bus_interface import NAME
from dictation.i18n import load
from dictation.languages import LANGUAGES
from dictation.paths import resource
from dictation.program import program

_ICON = "icons/hicolor/scalable/apps"


def files() -> tuple[Path, Path]:
    """Where the entry and its icon are, or would be."""
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    folder = Path(data).expanduser()
    return folder / "applications" / f"{NAME}.desktop", folder / _ICON / f"{NAME}.svg"


def write() -> Path:
    """Puts the entry there, or renews it; its path. OSError where the folders can't be written."""
    entry, picture = files()
    for path in (entry, picture):
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(resource("icons/dictation.svg"), picture)
    entry.write_text(text(), encoding="utf-8")
    return entry


def remove() -> bool:
    """Takes entry and icon away; whether there were any."""
    there = [path for path in files() if path.exists()]
    for path in there:
        path.unlink()
    return bool(there)


def text(*arguments: str) -> str:
    """The entry (specifications.freedesktop.org/desktop-entry-spec), in every language we have;
    `arguments` are the program's."""
    words = _words(str)
    for code in LANGUAGES:
        translated = _words(load(code).gettext)
        words |= {f"{key}[{code}]": said for key, said in translated.items() if said != words[key]}
    lines = words | {
        "Type": "Application",
        "Exec": " ".join(map(_quoted, (*program(), *arguments))),
        "Icon": NAME,
        "Terminal": "false",
        "Categories": "Utility;Accessibility;",
        "StartupNotify": "false",
        "StartupWMClass": "dictation",
    }
    return "\n".join(["[Desktop Entry]", *(f"{key}={value}" for key, value in lines.items()), ""])


def _words(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "Name": _("Dictation"),
        "Comment": _("Speak, and the words stand where the cursor is"),
        "Keywords": _("speech;voice;microphone;transcription;typing;"),
    }


def _quoted(argument: str) -> str:
    """As the entry's Exec has it: a % is doubled, and \\ once more for being in a string."""
    doubled = argument.replace("%", "%%")
    if not set(doubled) & set(" \t\n\"'\\><~|&;$*?#()`"):
        return doubled
    for sign in '\\"`$':
        doubled = doubled.replace(sign, f"\\{sign}")
    return '"' + doubled.replace("\\", "\\\\") + '"'
