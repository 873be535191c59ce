"""What all of X11's ways share: the connections, waiting for the user's fingers, the clipboard."""

from __future__ import annotations

import threading

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import DictationError, MissingPart, NotDelivered
from dictation.i18n import _
from dictation.output.insert import Insert
from dictation.output.rest import Typing
from dictation.output.screen import Screen
from dictation.output.selections import CLIPBOARD, PRIMARY, Selections
from dictation.values import Target
from dictation.xserver import tells_raw_events


class X11:
    """The connections that all of X11's ways share, made when first needed."""

    def __init__(self, desktop: Desktop) -> None:
        self._display = desktop.display
        self._lock = threading.Lock()
        self._screen: Screen | None = None
        self._selections: Selections | None = None
        self.typing = Typing(desktop.display)

    @property
    def screen(self) -> Screen:
        """Raises MissingPart where no X server answers."""
        with self._lock:
            if self._screen is None:
                self._screen = Screen(self._display)
            return self._screen

    @property
    def selections(self) -> Selections:
        """Raises MissingPart where no X server answers."""
        with self._lock:
            if self._selections is None:
                self._selections = Selections(self._display)
            return self._selections

    def probe(self, desktop: Desktop) -> Verdict:
        """Whether there is an X server to speak to."""
        if desktop.session != "x11":
            return Verdict(False, _("this is not an X11 session"))
        try:
            self.screen.active()
        except DictationError as error:
            return Verdict(False, error.message)
        return Verdict(True)

    def probe_keys(self, desktop: Desktop) -> Verdict:
        """Whether keys can be pressed as well, and the user's own be told of."""
        verdict = self.probe(desktop)
        if not verdict.works:
            return verdict
        if not self.screen.has_xtest:
            return Verdict(False, _("the X server has no XTEST extension"))
        try:
            with self.screen.held() as connection:
                hears = tells_raw_events(connection.display)
        except NotDelivered as error:
            return Verdict(False, error.message)
        unheard = _("works, but the X server has no XInput 2: a text may split a word being typed")
        return Verdict(True, "" if hears else unheard)

    def press(self, keys: str, target: Target | None) -> float:
        """Presses keys while the target has the focus; when. TargetLost where it has not."""
        with self.typing.pressing():
            return self.screen.press(keys, target)

    def close(self) -> None:
        """Gives the clipboard back and ends the connections."""
        self.typing.close()
        with self._lock:
            for connection in (self._selections, self._screen):
                if connection is not None:
                    connection.close()
            self._selections = self._screen = None


def wait_for_fingers(x11: X11, insert: Insert, patience: float, deadline: float) -> bool:
    """Waits for the end of a word that the user types, then for held keys.

    Typing until the deadline (time.monotonic()) raises NotDelivered; False where after `patience`
    seconds a key is still down.
    """
    while True:
        at_rest = x11.screen.wait_at_rest(patience, insert.still_wanted)
        since = insert.since
        if since is None or not x11.typing.wait(since, insert.still_wanted, deadline):
            return at_rest


class X11Clipboard:
    """Leaves the text on the clipboard."""

    NAME = "x11-clipboard"

    def __init__(self, x11: X11) -> None:
        self._x11 = x11

    def probe(self, desktop: Desktop) -> Verdict:
        return self._x11.probe(desktop)

    def copy(self, text: str) -> None:
        """Puts the text on both selections."""
        self._x11.selections.publish(text, [CLIPBOARD, PRIMARY])


def round_trip(desktop: Desktop) -> Verdict:
    """Whether a text comes through the X server, on a selection that nobody else uses."""
    name, text = "_DICTATION_CHECK", "naïve 中文 🎤"
    try:
        ours = Selections(desktop.display)
        try:
            theirs = Selections(desktop.display)
            try:
                ours.publish(text, [name])
                found = theirs.content(name) or {}
            finally:
                theirs.close()
        finally:
            ours.close()
    except (MissingPart, NotDelivered) as error:
        return Verdict(False, error.message)
    if found.get("UTF8_STRING") != text.encode():
        return Verdict(False, _("the text did not come back as it was"))
    return Verdict(True)
