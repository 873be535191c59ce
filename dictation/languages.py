"""Which language words are read in: as the user set it, else as the system has it."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dictation.desktop import System, detect
from dictation.paths import places

# By its code, as each calls itself; all but English are `resources/languages/CODE.po`.
LANGUAGES = {"en": "English", "de": "Deutsch"}
SETTING = "interface_language"
_FLAG = "--interface-language"
_LINE = re.compile(rf"""^\s*{SETTING}\s*=\s*["']([\w-]+)["']""", re.ASCII)


def at_next_start() -> str:
    """The code of the language that another start would settle on now."""
    return wanted(sys.argv[1:], os.environ, places().settings, _of_this_one)


def _of_this_one() -> Sequence[str]:
    return of_system(detect().system)


def wanted(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    file: Path,
    system: Callable[[], Sequence[str]],
) -> str:
    """The code of the language: as the user set it, else the system's first that is known.

    The settings themselves need texts, so they are not asked: the same flag, variable and line of
    the file are, in the same order. What they name wrongly, the settings tell.
    """
    own = _flag(arguments) or environment.get(f"DICTATION_{SETTING.upper()}") or _line(file)
    if own in LANGUAGES:
        return own
    for name in _names(environment) or system():
        code = re.split(r"[_.@-]", name)[0].lower()
        if code in LANGUAGES:
            return code
        if code in ("c", "posix"):
            break
    return "en"


def _flag(arguments: Sequence[str]) -> str:
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == _FLAG:
            return value if equals else "".join(arguments[at + 1 : at + 2])
    return ""


def _line(file: Path) -> str:
    """What the settings file says, above its first table."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:  # the settings tell of a file that can't be read
        return ""
    for line in lines:
        if line.lstrip().startswith("["):
            break
        if found := _LINE.match(line):
            return found[1]
    return ""


def _names(environment: Mapping[str, str]) -> list[str]:
    """The languages of the environment, as gettext's manual orders them; none on most Macs."""
    names = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "")
    several = environment.get("LANGUAGE", "").split(":") if locale not in ("", "C", "POSIX") else []
    return [name for name in (*several, locale) if name]


def of_system(
    system: System, load: Callable[[str], Any] = importlib.import_module
) -> Sequence[str]:
    """The languages that Windows and macOS show themselves in, the best first; Linux has variables.

    Here, and not with their other calls, for no text can be read before the language is known.
    """
    if system == "windows":
        number = load("ctypes").WinDLL("kernel32").GetUserDefaultUILanguage()
        return [load("locale").windows_locale.get(number, "")]
    if system == "macos":
        try:
            return [str(name) for name in load("Foundation").NSLocale.preferredLanguages()]
        except ImportError:  # `doctor` tells of what is missing
            return []
    return []
