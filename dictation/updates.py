"""Whether there is a newer version: looked up where it is released, and only once that was wanted.

The server learns the address of this computer, and which version asks; nothing is installed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dictation import __version__, state
from dictation.errors import BrokenAnswer
from dictation.i18n import _
from dictation.net import Http
from dictation.paths import Places

SERVER = "api.github.com"
ADDRESS = f"https://{SERVER}/repos/dictation-desktop/dictation/releases/latest"
PAGES = "https://github.com/dictation-desktop/dictation/releases"
EVERY = 7 * 24 * 3600.0  # seconds
ASKED_AFTER = EVERY  # of use: by then one knows whether the program is kept
SETTING = "update_check"
_BEGAN, _LOOKED, _TOLD, _ASKED = "updates_since", "updates_read", "updates_told", "updates_asked"
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Release:
    """The newest one that there is, and the page that tells of it."""

    version: str
    page: str

    @property
    def is_newer(self) -> bool:
        """Whether it is newer than this program."""
        return _numbers(self.version) > _numbers(__version__)


def newest(http: Http, address: str = ADDRESS) -> Release:
    """Asks for it. Raises what the server or the network says."""
    answer = http.json("GET", address, headers={"Accept": "application/vnd.github+json"})
    version = answer.get("tag_name") if isinstance(answer, dict) else None
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        raise BrokenAnswer(_("{server} names no version.").format(server=SERVER), hint="")
    return Release(found[1], f"{PAGES}/tag/{found[0]}")


class Reminder:
    """What is to be done about it now and then, as the program keeps in mind between runs."""

    def __init__(self, places: Places, now: Callable[[], float] = time.time) -> None:
        self._places, self._now = places, now

    def is_due(self) -> bool:
        """Whether it is time to look; from then on it is not for a week, whatever comes of it."""
        if not self._is_past(_LOOKED, EVERY):
            return False
        state.note(self._places, **{_LOOKED: self._now()})
        return True

    def may_ask(self) -> bool:
        """Whether to ask if looking is wanted: once, after a time of use."""
        kept = self._kept()
        if _BEGAN not in kept:
            state.note(self._places, **{_BEGAN: self._now()})
        if _ASKED in kept or _BEGAN not in kept or not self._is_past(_BEGAN, ASKED_AFTER):
            return False
        state.note(self._places, **{_ASKED: True})
        return True

    def is_news(self, release: Release) -> bool:
        """Whether it is newer, and nobody was told of it; once."""
        if not release.is_newer or self._kept().get(_TOLD) == release.version:
            return False
        state.note(self._places, **{_TOLD: release.version})
        return True

    def _is_past(self, name: str, seconds: float) -> bool:
        """Whether so long ago; a clock that was set back counts as that, too."""
        then = self._kept().get(name)
        ago = self._now() - then if isinstance(then, int | float) else seconds
        return not 0 <= ago < seconds

    def _kept(self) -> dict[str, Any]:
        return state.read(self._places)


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(part) for part in version.split(".")]
    while found and found[-1] == 0:  # 1.0 is 1
        found.pop()
    return tuple(found)
