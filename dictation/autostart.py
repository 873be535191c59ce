"""Starting with the user's session: an entry that each system reads as one logs in.

Linux: specifications.freedesktop.org/autostart-spec, from within a sandbox by the desktop's portal
for it. Windows: the registry's Run key; what the Task Manager switches off stays in it. macOS: a
launch agent (launchd.plist(5)).
"""

from __future__ import annotations

import errno
import importlib
import os
import plistlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from dictation import menu_entry, state
from dictation.bus import BusFault
from dictation.desktop import System
from dictation.errors import DictationError, MissingPart
from dictation.i18n import _
from dictation.paths import Places, places
from dictation.portal import Options, Portal
from dictation.program import APP_ID, NAME, program

ARGUMENT = "--minimized"
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
VALUE = "Dictation"
_KEPT = "starts_in_background"  # what the portal was asked for last, in what we keep in mind


class Entry(Protocol):
    """What starts the program; each call raises OSError where it can't be done."""

    def is_there(self) -> bool: ...
    def put(self) -> None: ...
    def take_away(self) -> None: ...


class File:
    """An entry that is a file; `text` makes its content anew."""

    def __init__(self, path: Path, text: Callable[[], bytes]) -> None:
        self._path, self._text = path, text

    def is_there(self) -> bool:
        """Also where the desktop's own settings have switched it off."""
        return self._path.exists()

    def put(self) -> None:
        """Writes it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(self._text())

    def take_away(self) -> None:
        """Deletes it."""
        self._path.unlink(missing_ok=True)


class RunKey:
    """An entry that is a value in the registry."""

    def __init__(self, load: Callable[[str], Any] = importlib.import_module) -> None:
        self._load = load

    def is_there(self) -> bool:
        """Also where the Task Manager has switched it off."""
        registry = self._load("winreg")
        try:
            with registry.OpenKey(registry.HKEY_CURRENT_USER, RUN) as key:
                registry.QueryValueEx(key, VALUE)
        except FileNotFoundError:
            return False
        return True

    def put(self) -> None:
        """Writes it."""
        registry = self._load("winreg")
        command = subprocess.list2cmdline((*program(), ARGUMENT))
        with registry.CreateKey(registry.HKEY_CURRENT_USER, RUN) as key:
            registry.SetValueEx(key, VALUE, 0, registry.REG_SZ, command)

    def take_away(self) -> None:
        """Deletes it."""
        registry = self._load("winreg")
        access = registry.KEY_SET_VALUE
        with registry.OpenKey(registry.HKEY_CURRENT_USER, RUN, 0, access) as key:
            registry.DeleteValue(key, VALUE)


class Background:
    """An entry that the desktop keeps for a program in a sandbox, which can't look at it."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def is_there(self) -> bool:
        """As far as we know."""
        return state.read(self._places).get(_KEPT) is True

    def put(self) -> None:
        """Asks for it; the desktop may ask the user."""
        self._ask(wanted=True)

    def take_away(self) -> None:
        """Asks for that."""
        self._ask(wanted=False)

    def _ask(self, *, wanted: bool) -> None:
        options: Options = {
            "reason": ("s", _("Start with the session, as an icon in the tray.")),
            "autostart": ("b", wanted),
            "commandline": ("as", [NAME, ARGUMENT]),
        }
        try:
            portal = Portal("Background")
            try:
                told = portal.request("RequestBackground", "s", ("",), options, within=None)
            finally:
                portal.close()
        except (BusFault, MissingPart) as error:
            raise OSError(errno.EACCES, str(error)) from error
        if bool(told.get("autostart")) != wanted:
            raise OSError(errno.EACCES, _("the desktop does not allow it"))
        state.note(self._places, **{_KEPT: wanted})


def entry_of(system: System, home: Path | None = None) -> Entry:
    """This system's way."""
    if system == "windows":
        return RunKey()
    if os.environ.get("FLATPAK_ID"):
        return Background(places())
    home = home or Path.home()
    if system == "macos":
        return File(home / "Library" / "LaunchAgents" / f"{APP_ID}.plist", _agent)
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return File(config / "autostart" / f"{APP_ID}.desktop", _desktop_entry)


def follow(wanted: bool, entry: Entry) -> DictationError | None:
    """Has the system start the program, or no longer; why not, where it refuses.

    An entry that is there is left as it is: the user may have switched it off in it.
    """
    try:
        if wanted and not entry.is_there():
            entry.put()
        if not wanted and entry.is_there():
            entry.take_away()
    except OSError as error:
        return DictationError(
            _("The system's entry can't be changed ({reason}).").format(reason=error.strerror),
            hint=_("Let the desktop's own settings start `dictation --minimized`."),
            title=_("No start with the session"),
        )
    return None


def _desktop_entry() -> bytes:
    return menu_entry.at_login((*program(), ARGUMENT)).encode()


def _agent() -> bytes:
    content = {
        "Label": APP_ID,
        "ProgramArguments": [*program(), ARGUMENT],
        "RunAtLoad": True,
        "ProcessType": "Interactive",
    }
    return plistlib.dumps(content)
