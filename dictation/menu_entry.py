"""What the desktop knows the program by, in the user's own folders: its entry in the menu with its
icons, the service that the message bus starts it by, its manual and the shells' completions.

Portals know a program outside a sandbox by its entry: from xdg-desktop-portal 1.21 on there are no
hotkeys without one (github.com/flatpak/xdg-desktop-portal/pull/1817).
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dictation import links
from dictation.i18n import load
from dictation.languages import LANGUAGES
from dictation.paths import resource
from dictation.program import APP_ID, program

ENTRY = f"applications/{APP_ID}.desktop"
SERVICE = f"dbus-1/services/{APP_ID}.service"
ICON = f"icons/hicolor/scalable/apps/{APP_ID}.svg"
# Which programs open which links; made by a tool of the desktop's that may be missing.
_INDEX = "applications/mimeinfo.cache"
_EMPTY_INDEX = "[MIME Cache]\n"
Words = Callable[[Callable[[str], str]], dict[str, str]]  # of a catalogue


def file(name: str = ENTRY) -> Path:
    """Where one of them is, or would be."""
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / name


def write() -> Path:
    """Puts all of them there, or renews them; the entry's path. OSError where that can't be."""
    command = program()
    sources = _sources()
    for name, source in sources.items():
        _put(name, source.read_bytes())
    _put(ENTRY, text(command).encode())
    _put(SERVICE, service(command).encode())
    _index()
    return file()


def remove() -> bool:
    """Takes them away; whether there were any."""
    there = [path for name in (ENTRY, SERVICE, *_sources()) if (path := file(name)).exists()]
    for path in there:
        path.unlink()
        _remove_empty(path.parent)
    if there:
        _index()
    return bool(there)


def text(command: Sequence[str]) -> str:
    """The entry (specifications.freedesktop.org/desktop-entry-spec), in every language we have;
    `command` is how the program is called."""
    heads = {
        "MimeType": f"x-scheme-handler/{links.SCHEME};",
        "Actions": "start;history;",
        "X-GNOME-SingleWindow": "true",
    }
    return "\n".join(
        [
            *_entry((*command, "%u"), heads),
            *_action("start", (*command, "--start"), lambda _: {"Name": _("Start dictation")}),
            *_action("history", (*command, links.to("history")), lambda _: {"Name": _("History")}),
        ]
    )


def at_login(command: Sequence[str]) -> str:
    """The entry that starts it with the session: without what a menu shows."""
    return "\n".join(_entry(command, {}))


def service(command: Sequence[str]) -> str:
    """What the session's message bus starts the program by, once a call needs it."""
    first = shutil.which(command[0]) or command[0]  # the bus wants its path in full
    line = shlex.join((first, *command[1:], "--minimized"))
    return f"[D-BUS Service]\nName={APP_ID}\nExec={line}\n"


def _entry(command: Sequence[str], more: dict[str, str]) -> Iterator[str]:
    lines = {
        "Type": "Application",
        "Exec": _line(command),
        "Icon": APP_ID,
        "Terminal": "false",
        "Categories": "Utility;Accessibility;",
        "StartupNotify": "false",
        "StartupWMClass": "dictation",
    }
    yield "[Desktop Entry]"
    yield from (f"{key}={value}" for key, value in (_translated(_words) | lines | more).items())
    yield ""


def _action(name: str, command: Sequence[str], words: Words) -> Iterator[str]:
    yield f"[Desktop Action {name}]"
    lines = _translated(words) | {"Exec": _line(command)}
    yield from (f"{key}={value}" for key, value in lines.items())
    yield ""


def _words(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "Name": _("Dictation"),
        "Comment": _("Speak, and the words stand where the cursor is"),
        "Keywords": _("speech;voice;microphone;transcription;typing;"),
    }


def _translated(words: Words) -> dict[str, str]:
    """The words in English, and by key[language] where another language has others."""
    english = words(str)
    found = dict(english)
    for code in LANGUAGES:
        said = words(load(code).gettext)
        found |= {f"{key}[{code}]": word for key, word in said.items() if word != english[key]}
    return found


def _line(command: Sequence[str]) -> str:
    return " ".join(part if part == "%u" else _quoted(part) for part in command)


def _quoted(argument: str) -> str:
    """As the entry's Exec has it: a % is doubled, and \\ once more for being in a string."""
    doubled = argument.replace("%", "%%")
    if not set(doubled) & set(" \t\n\"'\\><~|&;$*?#()`"):
        return doubled
    for sign in '\\"`$':
        doubled = doubled.replace(sign, f"\\{sign}")
    return '"' + doubled.replace("\\", "\\\\") + '"'


def _sources() -> dict[str, Path]:
    """What is put there as it is; a checkout that was not built has the icons alone."""
    tree = resource("share")
    found = {str(path.relative_to(tree)): path for path in tree.rglob("*") if path.is_file()}
    own = ("icons/", "man/", "bash-completion/", "fish/", "zsh/")
    return {name: path for name, path in found.items() if name.startswith(own)} | {
        ICON: resource("icons/dictation.svg")
    }


def _put(name: str, content: bytes) -> None:
    path = file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _remove_empty(folder: Path) -> None:
    """Removes it and those above it as far as nothing else is in them."""
    top = file("")
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _index() -> None:
    """Has the desktop note who opens our links; where its tool is missing, it finds out later."""
    tool, index = shutil.which("update-desktop-database"), file(_INDEX)
    if tool and index.parent.is_dir():
        subprocess.run([tool, index.parent], check=False, capture_output=True)
        if index.is_file() and index.read_text("utf-8", "replace") == _EMPTY_INDEX:
            index.unlink()
            _remove_empty(index.parent)
