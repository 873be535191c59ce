"""`dictation erase`: removes all that the app ever wrote, and the keys, after asking"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dictation import autostart, menu_entry
from dictation.control import Server, converse
from dictation.credentials import Keys
from dictation.desktop import detect
from dictation.errors import DictationError, KeyProblem, SettingsError, UsageError
from dictation.hotkeys import gnome_keys
from dictation.i18n import _, number
from dictation.paths import Places, places

PATIENCE = 30.0  # seconds for a running app to end


@dataclass(frozen=True, slots=True)
class Kept:
    """What is there to be erased."""

    recordings: int
    bytes: int
    history: bool
    keys: tuple[str, ...]  # their origins

    def __str__(self) -> str:
        history = "the history with its texts" if self.history else "no history"
        recordings = "1 recording" if self.recordings == 1 else f"{self.recordings} recordings"
        keys = "1 key" if len(self.keys) == 1 else f"{len(self.keys)} keys"
        where = f" ({', '.join(self.keys)})" if self.keys else ""
        return (
            f"{recordings} ({self.bytes / 1e6:.1f} MB), {history}, {keys}{where}, "
            "the settings, downloaded models, lists and logs, and what is ours in the desktop's "
            "menu and shortcuts"
        )


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> int:
    """Asks, ends the running app, and removes everything."""
    keys = Keys(places(), {})
    kept = look(places(), keys)
    if not args.yes and not _agreed(kept):
        print("Nothing was erased.", file=sys.stderr)
        return 1
    problems = erase(places(), keys)
    if problems:
        raise DictationError(
            " ".join(problems),
            title=_("Not everything was erased"),
            hint=_(
                "Unlock the keyring, or mend the permissions, then `dictation erase` once more."
            ),
        )
    print(f"Erased: {kept}.", file=sys.stderr)
    return 0


def look(places: Places, keys: Keys) -> Kept:
    """What is there, found without opening the history or the keyring."""
    sizes = [path.stat().st_size for path in places.recordings.glob("*") if path.suffix != ".TAG"]
    try:
        origins = tuple(sorted(keys.noted()))
    except SettingsError:  # told when they are to be deleted
        origins = ()
    return Kept(len(sizes), sum(sizes), places.history.exists(), origins)


def erase(places: Places, keys: Keys, patience: float = PATIENCE) -> list[str]:
    """Removes everything; what could not be removed, in words.

    DictationError where the running app does not end: then nothing is removed.
    """
    alone = _alone(places, patience)
    try:
        trouble = _forget(keys)
        problems = [trouble.message] if trouble else []
        problems += _out_of_the_desktop()  # while we know what is there
        # The note of keys that are left: with it they can be erased another time.
        note = [places.state / "keys.toml"] if isinstance(trouble, KeyProblem) else []
        for folder in places.own:
            if folder != places.run:
                problems += _emptied(places, folder, [places.run, *note])
    finally:
        alone.close()
    problems += _emptied(places, places.run, [])
    for folder in sorted(places.own, key=lambda folder: -len(folder.parts)):
        with contextlib.suppress(OSError):  # it is no folder of ours alone, or there is none
            folder.rmdir()
    return problems


def _agreed(kept: Kept) -> bool:
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            _("Nothing was erased: there is no terminal to ask on."),
            hint=_("`dictation erase --yes` does not ask."),
        )
    print(
        f"This removes for good: {kept}.\nA running app is ended first. Erase it all? [y/N] ",
        end="",
        file=sys.stderr,
    )
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _alone(places: Places, patience: float) -> Server:
    """The running app's place, once it has ended: until this is closed, no other starts."""
    asked, deadline = False, time.monotonic() + patience
    while True:
        with contextlib.suppress(BlockingIOError):
            return Server(places)
        if not asked:
            threading.Thread(target=_quit, args=(places,), daemon=True).start()
            asked = True
        if time.monotonic() > deadline:
            raise DictationError(
                _("It did not end within {patience} s. Nothing was erased.").format(
                    patience=number(patience)
                ),
                title=_("The app is still running"),
                hint=_("End it, by force if need be, then `dictation erase` once more."),
            )
        threading.Event().wait(0.1)


def _quit(places: Places) -> None:
    with contextlib.suppress(DictationError):  # it may end, or hang, just now: the lock tells
        for _answer in converse(places, {"do": "quit"}):
            pass


def _forget(keys: Keys) -> DictationError | None:
    """Deletes all keys; why that ended early, if it did."""
    try:
        for origin in sorted(keys.noted()):
            keys.delete(origin)
    except DictationError as error:  # all are in one keyring, so no other key is asked for
        return error
    return None


def _out_of_the_desktop() -> list[str]:
    """Takes back what the user let us put into the desktop's own settings."""
    try:
        menu_entry.remove()
        if (entry := autostart.entry_of(detect().system)).is_there():
            entry.take_away()
        if gnome_keys.cannot(detect()) is None and gnome_keys.ours():
            gnome_keys.remove()
    except DictationError as error:
        return [error.message]
    except OSError as error:
        return [f"{error}."]
    return []


def _emptied(places: Places, folder: Path, spared: list[Path]) -> list[str]:
    """Removes what is to go of a folder; what it could not, in words."""
    try:
        going = [path for path in _ours(places, folder) if path not in spared]
    except OSError as error:
        return [f"{error}."]
    return [problem for path in going for problem in _removed(path)]


def _ours(places: Places, folder: Path) -> Iterator[Path]:
    """All of a folder; of one in DICTATION_HOME, where others may be at home, what the app writes.

    OSError where it can't be read.
    """
    patterns = places.own[folder] if places.home else ("*",)
    with contextlib.suppress(FileNotFoundError):
        for path in folder.iterdir():
            if any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns):
                yield path


def _removed(path: Path) -> list[str]:
    try:
        if not path.is_dir() or path.is_symlink():
            path.unlink(missing_ok=True)
            return []
        problems = [problem for entry in path.iterdir() for problem in _removed(entry)]
        if not problems:
            path.rmdir()
    except OSError as error:
        return [f"{error}."]
    return problems
