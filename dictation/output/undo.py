"""Takes back the last insert, as long as nothing else has happened in its window since."""

from __future__ import annotations

import threading
import time
import unicodedata
from dataclasses import dataclass

from dictation.errors import DictationError, TargetLost
from dictation.i18n import _
from dictation.output import focus
from dictation.output.rest import Since
from dictation.output.x11 import X11
from dictation.values import Target

UNDOABLE_FOR = 60.0  # seconds, as long as keys and clicks are looked at
HELD = 0.75  # seconds to wait for the undo key itself to be released
WIDE = 0x2E80  # from here on are Chinese, emoji and what is made of several characters
NOTHING = _("There is no insert of the last minute to undo.")
MOST = 2000  # characters that are taken back one by one


@dataclass(slots=True)
class Insert:
    """A text as it was put into a window; `typed` where that was key by key."""

    target: Target
    text: str
    typed: bool
    since: Since
    at: float


class Undo:
    """Knows the last insert; any thread, one at a time."""

    def __init__(self, x11: X11) -> None:
        self._x11 = x11
        self._last: Insert | None = None
        self._timer: threading.Timer | None = None

    def remember(self, target: Target, text: str, since: Since, *, typed: bool) -> None:
        """This was inserted just now; keys and clicks count from `since`, which is ours now."""
        self.forget()
        self._last = Insert(target, text, typed, since, time.monotonic())
        self._timer = threading.Timer(UNDOABLE_FOR, self.forget)
        self._timer.daemon = True
        self._timer.start()

    def forget(self) -> None:
        """There is nothing to undo any more."""
        last, self._last = self._last, None
        if self._timer:
            self._timer.cancel()
        if last:
            last.since.close()

    def look_away(self) -> bool:
        """A window of ours is about to take the focus; whether the insert is untouched until now.

        If so, what is done from then on does not count until `look_back`.
        """
        last, x11 = self._last, self._x11
        if last is None:
            return False
        away = x11.screen.active() != last.target.window
        if away or x11.typing.touched(last.since):
            self.forget()
            return False
        if self._timer:
            self._timer.cancel()
        last.since.close()
        return True

    def look_back(self, since: Since) -> Insert:
        """Gives its window the focus again; keys and clicks count from `since`, which is ours now.

        DictationError where there is no such insert, or its window is gone.
        """
        last = self._last
        if last is None:
            since.close()
            raise _refused(NOTHING)
        self.remember(last.target, last.text, since, typed=last.typed)
        try:
            with focus.on(self._x11.screen, last.target, may_bring=True):
                return last
        except TargetLost as lost:
            raise _refused(_("Its window is not there any more.")) from lost

    def take_back(self) -> None:
        """Presses Ctrl+Z, in a terminal Backspace for each character; DictationError where not."""
        last, x11 = self._last, self._x11
        if last is None:
            raise _refused(NOTHING)
        simple = len(last.text) <= MOST and all(map(_is_one_step, last.text))
        by_steps = last.target.terminal or last.typed
        if by_steps and not simple:
            raise _refused(_("In this window only a plain text on one line can be taken back."))
        if not x11.screen.wait_at_rest(HELD):
            raise _refused(_("A key was held down."))
        if x11.screen.active() != last.target.window:
            raise _refused(_("Another window has the focus by now."))
        if x11.typing.touched(last.since):
            raise _refused(_("You have typed or clicked since."))
        try:
            with x11.typing.pressing():
                for _n in range(len(last.text) if by_steps else 1):
                    x11.screen.press("Backspace" if by_steps else "Ctrl+Z", last.target)
        except TargetLost as lost:
            raise _refused(_("Another window has the focus by now.")) from lost
        self.forget()


def _is_one_step(character: str) -> bool:
    """Whether one Backspace removes exactly this character in any program."""
    plain = character.isprintable() and not unicodedata.combining(character)
    return plain and ord(character) < WIDE


def _refused(why: str) -> DictationError:
    return DictationError(
        why, title=_("Nothing was undone"), hint=_("Use the program's own Undo, such as Ctrl+Z.")
    )
