"""Pastes on X11: the text on both selections, Shift+Insert, and proof that it was read.

Whoever asks for a selection names itself, so a clipboard's history, which reads at once, is told
from the window that the text is for. A window that was seen to read at its paste key, not before,
need not be told from one again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import DictationError, MissingPart, NotDelivered, TargetLost
from dictation.i18n import _
from dictation.output.rest import LONGEST, Since, Typing
from dictation.output.screen import Screen
from dictation.output.selections import CLIPBOARD, PRIMARY, Read, Selections
from dictation.settings import Settings
from dictation.values import Receipt, Target
from dictation.xserver import tells_raw_events

EARLY = 0.015  # seconds for clipboard histories to read the text before the chord
EARLY_AT_MOST = 0.06  # seconds, where one is still reading
RECEIPT_WITHIN = 1.2  # seconds from the chord; programs that stall for 0.4 s are common
QUIET = 0.2  # seconds after its last reading before the clipboard is given back


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

    def close(self) -> None:
        """Gives the clipboard back and ends the connections."""
        self.typing.close()
        with self._lock:
            for connection in (self._selections, self._screen):
                if connection is not None:
                    connection.close()
            self._selections = self._screen = None


def check(screen: Screen, target: Target | None) -> None:
    """Raises TargetLost where another window has the focus by now."""
    if target is not None and screen.active() != target.window:
        raise TargetLost(_("Another window has the focus by now, so nothing was put into it."))


def wait_for_fingers(
    x11: X11,
    since: Since | None,
    still_wanted: Callable[[], bool],
    patience: float,
    deadline: float,
) -> bool:
    """Waits for the end of a word that the user types, then for held keys.

    Typing until the deadline (time.monotonic()) raises NotDelivered; False where after `patience`
    seconds a key is still down.
    """
    while True:
        at_rest = x11.screen.wait_at_rest(patience, still_wanted)
        if since is None or not x11.typing.wait(since, still_wanted, deadline):
            return at_rest


class X11Paste:
    """Pastes, and knows that it was pasted."""

    NAME = "x11"

    def __init__(self, x11: X11) -> None:
        self._x11 = x11
        self._histories: set[int] = set()  # clients that read texts which were not for them
        self._readers: set[int] = set()  # those whom the text before this one was for
        self._plain: tuple[int, int] | None = None  # client and process that read at the key alone

    def probe(self, desktop: Desktop) -> Verdict:
        return self._x11.probe_keys(desktop)

    def deliver(
        self,
        text: str,
        settings: Settings,
        target: Target | None,
        still_wanted: Callable[[], bool],
        patience: float,
        *,
        since: Since | None = None,
    ) -> Receipt:
        """Raises TargetLost with the clipboard as it was, NotDelivered with the text on it."""
        screen, selections = self._x11.screen, self._x11.selections
        check(screen, target)
        selections.wait_settled()
        deadline = time.monotonic() + LONGEST
        wait = partial(wait_for_fingers, self._x11, since, still_wanted, patience, deadline)
        wait()
        check(screen, target)
        if self._readers:  # others that read it, however late, read everything
            self._histories |= {read.client for read in selections.reads()} - self._readers
        self._readers = set()
        readers = screen.clients()
        names = [CLIPBOARD, PRIMARY]
        # A selection of the target's own, if taken from it, would vanish instead of being
        # replaced by the text. Terminals paste PRIMARY, and replace nothing.
        if not (target and target.terminal) and selections.owner(PRIMARY) in readers:
            names = [CLIPBOARD]
        selections.publish(text, names, hidden=True, keep_old=settings.restore_clipboard)
        published, process = time.monotonic(), target.process if target else 0
        plain = self._plain in {(client, process) for client in readers}
        try:
            if not plain:
                self._let_histories_read(selections, readers)
            wait()  # the next take's hotkey may have come meanwhile
            check(screen, target)
            if not still_wanted():
                raise NotDelivered(_("The dictation was taken back before it was pasted."))
        except DictationError:
            selections.give_back()
            raise
        with screen.held(), self._x11.typing.pressing():
            sent = screen.keyboard.chord()

        def counts(read: Read) -> bool:
            if read.client in readers:
                return read.at >= sent
            late = max(sent, published + EARLY)  # sooner it may well be a history
            return read.at >= late and read.client not in self._histories

        read = selections.wait_read(counts, sent + RECEIPT_WITHIN)
        if read is None:
            self._plain = None
            raise NotDelivered(
                _("The window did not take the text."),
                hint=_("It is on the clipboard: press Ctrl+V, in a terminal Shift+Insert."),
            )
        if not plain:
            others = {each.client for each in selections.reads() if each.at < sent}
            told = read.client in readers - others
            self._plain = (read.client, process) if told else None
        if settings.restore_clipboard and read.client in readers:
            self._readers = readers
        # A program that is slow to read at all is slow to read once more.
        selections.give_back_after(read, max(QUIET, read.at - sent))
        return Receipt(self.NAME, True, sent, read.at)

    def _let_histories_read(self, selections: Selections, readers: set[int]) -> None:
        last = start = time.monotonic()
        while time.monotonic() < min(last + EARLY, start + EARLY_AT_MOST):
            read = selections.wait_read(partial(_after, last), last + EARLY)
            last = read.at if read else last
        self._histories |= {read.client for read in selections.reads()} - readers


def _after(moment: float, read: Read) -> bool:
    return read.at > moment


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
