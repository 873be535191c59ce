"""Pastes on GNOME's Wayland: X11's selections through Xwayland, and keys pressed by GNOME itself.

Wayland programs read X11's selections through GNOME's own X client, programs under Xwayland by
themselves. GNOME reads each new CLIPBOARD at once, to keep a copy; the window reads at the chord.
A history inside GNOME that reads later is not told from a window.
No program is told which keys are down while a Wayland window has the focus: a chord that meets the
held keys of a hotkey is read by nobody. It is told then, not pressed again: a program that only
stalls would find two, and a text that comes twice is worse than one that the user has to paste.
"""

from __future__ import annotations

import threading
import time

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import DictationError, NotDelivered
from dictation.i18n import _
from dictation.output import mutter
from dictation.output.insert import Insert
from dictation.output.mutter import INSERT, SHIFT_LEFT, session
from dictation.output.receipt import EARLY, EARLY_AT_MOST, QUIET, RECEIPT_WITHIN, not_taken
from dictation.output.selections import CLIPBOARD, PRIMARY, Read, Selections
from dictation.output.x11 import X11
from dictation.values import Receipt

COPIED_WITHIN = 0.2  # seconds for GNOME to copy the text; 2 to 4 ms were seen


def probe(x11: X11, desktop: Desktop, *, keys: bool) -> Verdict:
    """Whether this is GNOME on Wayland with Xwayland, and gives the right to press `keys`."""
    if desktop.session == "wayland" and not desktop.display:
        return Verdict(False, _("there is no Xwayland"))
    verdict = mutter.probe(desktop, keys=keys)
    if verdict.works:
        try:
            x11.screen.active()
        except DictationError as error:
            return Verdict(False, error.message, error.hint)
    return verdict


class GnomePaste:
    """Pastes, and knows that it was pasted."""

    NAME = "gnome"

    def __init__(self, x11: X11) -> None:
        self._x11 = x11
        self._used = False

    def probe(self, desktop: Desktop) -> Verdict:
        return probe(self._x11, desktop, keys=True)

    def deliver(self, insert: Insert) -> Receipt:
        """Into the window that has the focus; NotDelivered with the text on the clipboard.

        WayClosed where GNOME refuses.
        """
        with session() as keys:  # the right first: where it is not given nothing is touched
            readers = self._publish(insert)
            keys.begin()
            sent = keys.chord(SHIFT_LEFT, INSERT)

        def counts(read: Read) -> bool:
            return read.client in readers and read.at >= sent

        selections = self._x11.selections
        read = selections.wait_read(counts, sent + RECEIPT_WITHIN)
        if read is None:
            raise not_taken()
        # A program that is slow to read at all is slow to read once more.
        selections.give_back_after(read, max(QUIET, read.at - sent))
        return Receipt(self.NAME, True, sent, read.at)

    def _publish(self, insert: Insert) -> set[int | None]:
        """Whose readings may be the window's."""
        selections, screen, self._used = self._x11.selections, self._x11.screen, True
        if screen.clients():  # a window under Xwayland: its keys are known
            screen.wait_at_rest(insert.patience, insert.still_wanted)
        selections.publish(
            insert.text,
            [CLIPBOARD, PRIMARY],
            hidden=not insert.settings.clipboard_history,
            bridged=True,
            keep_old=insert.settings.restore_clipboard,
        )
        bridge = selections.owner("WM_S0")  # the window manager's client, which is GNOME's
        let_copy(selections, bridge)
        readers: set[int | None] = {*screen.clients()} or {bridge}
        try:
            insert.check_wanted()
        except NotDelivered:
            selections.give_back()
            raise
        return readers

    def wait_settled(self) -> None:
        """Waits until the old content is given back and GNOME has a copy, which outlives the app.

        Of several formats it keeps one, a text where there is any.
        """
        if self._used:
            self._x11.selections.wait_settled()
            self._x11.selections.tell()
            threading.Event().wait(COPIED_WITHIN)


def let_copy(selections: Selections, bridge: int | None) -> None:
    """Waits until GNOME and clipboard histories have read the text; what comes later is a paste."""
    start = time.monotonic()
    copied = selections.wait_read(lambda read: read.client == bridge, start + COPIED_WITHIN)
    last = copied.at if copied else start
    limit = max(last + EARLY, start + EARLY_AT_MOST)
    while time.monotonic() < min(last + EARLY, limit):
        known = last
        read = selections.wait_read(lambda each: each.at > known, last + EARLY)  # noqa: B023
        last = read.at if read else last


class GnomeClipboard:
    """Leaves the text on the clipboard: wl-copy would take the focus for a moment."""

    NAME = "gnome-clipboard"

    def __init__(self, x11: X11) -> None:
        self._x11 = x11

    def probe(self, desktop: Desktop) -> Verdict:
        return probe(self._x11, desktop, keys=False)

    def copy(self, text: str) -> None:
        """Puts the text on both selections; GNOME's copy of it outlives the app."""
        selections = self._x11.selections
        selections.publish(text, [CLIPBOARD, PRIMARY], bridged=True)
        let_copy(selections, selections.owner("WM_S0"))
