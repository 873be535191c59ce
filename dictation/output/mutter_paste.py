"""Pastes on GNOME where there is no Xwayland: clipboard and keys both by its remote control."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from dictation.backends import Verdict
from dictation.bus import BusFault
from dictation.desktop import Desktop
from dictation.errors import MissingPart, NotDelivered
from dictation.i18n import _
from dictation.output import mutter
from dictation.output.insert import Insert
from dictation.output.mutter import CONTROL_LEFT, V
from dictation.output.mutter_clipboard import NOTHING, MutterClipboard
from dictation.output.receipt import EARLY, EARLY_AT_MOST, QUIET, RECEIPT_WITHIN, not_taken
from dictation.output.selections import QUIET_WITHIN, SETTLED_WITHIN
from dictation.values import Receipt

COPIED_WITHIN = 0.2  # seconds for GNOME to read a text, which it does at once; 1 to 9 ms were seen


class MutterPaste:
    """Pastes by Ctrl+V, and knows that it was pasted."""

    NAME = "mutter"

    def __init__(self) -> None:
        self._ending: threading.Thread | None = None  # gives back what was there before

    def probe(self, desktop: Desktop) -> Verdict:
        verdict = mutter.probe(desktop)
        if not verdict.works:
            return verdict
        # GNOME drops a key that the layout lacks without an error.
        lacks = _(
            "without Xwayland terminals and layouts without a v do not paste, and of what was "
            "copied only a text or a picture comes back"
        )
        return Verdict(True, f"{verdict.why}; {lacks}")

    def deliver(self, insert: Insert) -> Receipt:
        """Into the window that has the focus; NotDelivered with the text on the clipboard.

        Where GNOME refuses, the clipboard is as it was.
        """
        self.wait_settled()
        try:
            board = MutterClipboard()
        except (BusFault, MissingPart) as error:
            raise NotDelivered(_("GNOME let no keys be pressed.")) from error
        try:
            return self._deliver(board, insert)
        except BusFault as error:
            board.close()
            raise NotDelivered(_("GNOME ended its remote control.")) from error

    def _deliver(self, board: MutterClipboard, insert: Insert) -> Receipt:
        before = board.held() if insert.settings.restore_clipboard else None
        try:
            insert.check_wanted()
        except NotDelivered:
            board.close()
            raise
        board.put_text(insert.text)
        board.wait_read(0.0, time.monotonic() + COPIED_WITHIN)
        board.wait_quiet(EARLY, EARLY_AT_MOST)
        sent = board.session.chord(CONTROL_LEFT, V)
        read = board.wait_read(sent, sent + RECEIPT_WITHIN)
        if read is None:
            board.close()
            raise not_taken(terminals="Ctrl+Shift+V")
        # A program that is slow to read at all is slow to read once more.
        job = partial(give_back, board, before, max(QUIET, read - sent))
        self._ending = threading.Thread(target=job, name="mutter", daemon=True)
        self._ending.start()
        return Receipt(self.NAME, True, sent, read)

    def wait_settled(self) -> None:
        """Waits until the text before is read to its end and the old content given back."""
        if self._ending:
            self._ending.join(SETTLED_WITHIN)


def give_back(board: MutterClipboard, before: Mapping[str, bytes] | None, quiet: float) -> None:
    """Puts back what was there before, once the text is read, and ends the session.

    None leaves the text; so does what someone else has copied since.
    """
    board.wait_quiet(quiet, QUIET_WITHIN)
    with suppress(BusFault):  # nobody is left to be told
        board.wait_written()
        if before is not None and board.is_ours:
            board.put(before or {NOTHING: b""})
            if before:
                board.wait_read(0.0, time.monotonic() + COPIED_WITHIN)
                board.wait_written()
                threading.Event().wait(COPIED_WITHIN)  # it has what is written, not yet a copy
    board.close()
