"""Faults of the program itself, told so that they can be passed on: nobody's key, text or name.

A message that is made as the program runs may quote anything, so a report has none of them, but
for those that Python itself makes of names and types; the line of code that raised it is there.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dictation import __version__
from dictation.desktop import Desktop
from dictation.desktop_names import name_of
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.paths import private_file

if TYPE_CHECKING:
    from traceback import StackSummary

FRAMES = 40  # the innermost, of each error of a chain
KINDS = 20  # told in full; what goes wrong after that is counted
LONGEST = 20_000  # characters of what was noted as the program died
# What Python says of these is made of names and types, unless a `raise` in code says it.
_PLAIN: tuple[type[Exception], ...] = (
    *(TypeError, AttributeError, NameError, UnboundLocalError, ImportError, ModuleNotFoundError),
    *(IndexError, ZeroDivisionError, RecursionError),
)
_KEY = re.compile(
    r"\b(?:(?:sk|rk|pk|gsk|xai|hf)[-_]|Bearer )[\w-]{8,}"
    r"|\b(?=\w*\d)(?=\w*[a-z])[a-z0-9]{32,}\b",
    re.IGNORECASE,
)
log = logging.getLogger(__name__)


class ProgramFault(DictationError):
    """An error that nobody foresaw."""

    title = _("A fault of the program")
    hint = _("What you said is kept. Please pass the details on: they hold no text and no key.")


@dataclass(slots=True)
class _Kind:
    """Faults that came from one place: the first in full, and how many there were."""

    told: str
    at: str
    count: int = 1


class Faults:
    """The faults of this run, each kind once; main thread."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._more = 0

    @property
    def count(self) -> int:
        """How often something went wrong."""
        return self._more + sum(kind.count for kind in self._kinds.values())

    def note(self, error: BaseException) -> bool:
        """Counts it; whether it is the first of its kind."""
        frames = _frames(error)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        return self._note(f"{type(error).__name__} {place}", lambda: told(error))

    def note_death(self, noted: str) -> None:
        """What an earlier run left behind as it died."""
        self._note("death", lambda: _("The run before this one died:") + "\n" + noted)

    def _note(self, key: str, tell: Callable[[], str]) -> bool:
        if key in self._kinds:
            self._kinds[key].count += 1
            return False
        if len(self._kinds) >= KINDS:
            self._more += 1
            return False
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        self._kinds[key] = _Kind(tell(), now)
        return True

    def report(self, desktop: Desktop, qt: str = "") -> str:
        """All of it, to be passed on; `qt` is Qt's own version."""
        parts = [about(desktop, qt)]
        for kind in self._kinds.values():
            times = _("{count} times, first at {at}:").format(count=kind.count, at=kind.at)
            parts.append(f"{times if kind.count > 1 else kind.at}\n{kind.told}")
        if self._more:
            parts.append(_("And {count} more.").format(count=self._more))
        return "\n\n".join(parts)


def about(desktop: Desktop, qt: str = "") -> str:
    """The versions and the desktop, a line each."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        pyside = version("PySide6-Essentials")
    except PackageNotFoundError:
        pyside = "?"
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [f"Dictation {__version__}", f"Python {python}", f"PySide6 {pyside}"]
    return "\n".join([*lines, *([f"Qt {qt}"] if qt else []), name_of(desktop)])


def details(error: DictationError, desktop: Desktop, qt: str = "") -> str:
    """An error that was foreseen, to be passed on."""
    words = (f"{type(error).__name__}: {error.title}", error.message, error.hint)
    return scrubbed("\n".join([about(desktop, qt), "", *filter(None, words)]))


def fault(error: BaseException) -> ProgramFault:
    """What the user is told of an error that nobody foresaw: where it is, not what it says."""
    frames, name = _frames(error), type(error).__name__
    if not frames:
        return ProgramFault(f"{name}.")
    where = _("{error} in {file}, line {line}.")
    return ProgramFault(
        where.format(error=name, file=_short(frames[-1].filename), line=frames[-1].lineno)
    )


def told(error: BaseException) -> str:
    """The error after those that led to it: where, and nothing of what they say."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.insert(0, link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return scrubbed("\n\n".join(_one(each) for each in chain))


def _one(error: BaseException) -> str:
    frames, lines = _frames(error), ["Traceback (most recent call last):"]
    for frame in frames:
        lines.append(f'  File "{_short(frame.filename)}", line {frame.lineno}, in {frame.name}')
        lines += [f"    {frame.line}"] if frame.line else []
    kind = type(error)
    within = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    name = within + kind.__qualname__
    return "\n".join([*lines, ": ".join(filter(None, [name, _message(error, frames)]))])


def _message(error: BaseException, frames: StackSummary) -> str:
    if isinstance(error, DictationError):
        return type(error).title
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno else ""
    line = frames[-1].line if frames else ""
    return str(error) if type(error) in _PLAIN and line and not line.startswith("raise") else ""


def _frames(error: BaseException) -> StackSummary:
    from traceback import extract_tb

    return extract_tb(error.__traceback__, limit=-FRAMES)


def _short(path: str) -> str:
    """The file as it is imported, without the folder of the user's in which it lies."""
    within = [folder for folder in sys.path if folder and path.startswith(folder + os.sep)]
    return path[len(max(within, key=len)) + 1 :] if within else path


def scrubbed(text: str) -> str:
    """The text without what looks like a key, the home folder, and the user's name in paths."""
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() fails for a user without one
    for folder in {home, os.path.realpath(home)} - {"/", "~"}:
        text = re.sub(rf"(?<![\w.-]){re.escape(folder)}(?![\w.-])", "~", text)
    if user := _user():
        text = re.sub(rf"(?<=[/\\]){re.escape(user)}(?![\w.-])", "…", text)
    return _KEY.sub("…", text)


def _user() -> str:
    try:
        import getpass  # seldom wanted

        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # one that the system has no name for
        return ""


def watch(path: Path) -> str:
    """From now on the file tells where the program was, should it die; what it tells of another.

    That is moved aside. Where the disk does not do it, nothing is noted, and the log says so.
    """
    try:
        before = path.read_text(errors="replace") if path.exists() else ""
        if before.strip():
            path.replace(path.with_name(f"{path.name}.1"))
        file = private_file(path).open("w")  # open from now on: faulthandler keeps it
        faulthandler.enable(file)
    except OSError as error:
        log.info("the end of a crash would not be noted: %s", error.strerror)
        return ""
    return scrubbed(before[:LONGEST]).strip()
