"""Changes to the settings file, one at a time, and the way back from each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dictation import settings
from dictation.errors import SettingsError
from dictation.settings import Value


@dataclass(frozen=True, slots=True)
class Change:
    """One setting, as the file had it before and after; None where the file named none."""

    name: str
    before: Value | None
    after: Value | None


class Changes:
    """What was changed here since it was made, newest last. SettingsError where it can't be kept.

    One thread uses it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made: list[Change] = []

    @property
    def last(self) -> str:
        """The setting that `undo` would take back; "" for none."""
        return self._made[-1].name if self._made else ""

    def make(self, name: str, value: Value) -> None:
        """Saves the value of a setting; the default takes it out of the file."""
        before = self._stored(name)
        settings.save(self._path, **{name: value})
        change = Change(name, before, self._stored(name))
        if change.before != change.after:
            self._made.append(change)

    def undo(self) -> str:
        """Takes the last change back; the setting's name, "" where there was nothing to take."""
        if not self._made:
            return ""
        change = self._made[-1]
        settings.save(self._path, **{change.name: change.before})
        self._made.pop()
        return change.name

    def look(self, stored: Mapping[str, Any]) -> None:
        """Forgets what another hand has changed since: undoing would take back what is theirs."""
        newest = {change.name: change for change in self._made}
        theirs = {
            name for name, change in newest.items() if _good(name, stored.get(name)) != change.after
        }
        self._made = [change for change in self._made if change.name not in theirs]

    def _stored(self, name: str) -> Value | None:
        return _good(name, settings.read_file(self._path)[0].get(name))


def _good(name: str, value: Any) -> Value | None:
    """The stored value in its own type; None where there is none, or one that counts for none."""
    if value is None:
        return None
    try:
        return settings.validate(name, value)
    except SettingsError:
        return None
