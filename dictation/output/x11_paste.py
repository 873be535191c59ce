"""Pastes on X11: the text on both selections, a key, and proof that it was read.

Whoever asks for a selection names itself, so a clipboard's history, which reads at once, is told
from the window that the text is for. A window that was seen to read at its paste key, not before,
need not be told from one again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import DictationError, TargetLost
from dictation.i18n import _
from dictation.output import focus, programs
from dictation.output.insert import Insert
from dictation.output.processes import surely_knows_shift_insert
from dictation.output.receipt import EARLY, EARLY_AT_MOST, QUIET, RECEIPT_WITHIN, not_taken
from dictation.output.rest import LONGEST
from dictation.output.selections import CLIPBOARD, PRIMARY, Read
from dictation.output.submit import submit
from dictation.output.x11 import X11, wait_for_fingers
from dictation.output.x11_type import X11Type
from dictation.values import Receipt, Target

TRIES = 3  # to bring the focus back, where the user is going from window to window
HELD = 0.75  # seconds to wait for held keys while another window has lost the focus for us
ANSWER_WITHIN = 0.4  # seconds for a program to have come to the chord, and again to read
NOTE = _("Copied: press the program's own key to paste.")


class X11Paste:
    """Pastes, and knows that it was pasted."""

    NAME = "x11"

    def __init__(self, x11: X11) -> None:
        self._x11 = x11
        self._type = X11Type(x11)
        self._histories: set[int] = set()  # clients that read texts which were not for them
        self._readers: set[int] = set()  # those whom the text before this one was for
        self._plain: tuple[int, int] | None = None  # client and process that read at the key alone

    def probe(self, desktop: Desktop) -> Verdict:
        return self._x11.probe_keys(desktop)

    def deliver(self, insert: Insert) -> Receipt:
        """Raises TargetLost with the clipboard as it was, NotDelivered with the text on it."""
        screen, selections = self._x11.screen, self._x11.selections
        target = insert.target
        how = programs.how(target, insert.settings.paste_keys)
        if how == "type":
            return self._type.deliver(insert)
        if how == "copy":
            selections.publish(insert.text, [CLIPBOARD, PRIMARY])
            return Receipt(self.NAME, confirmed=False, note=NOTE)
        may_bring = insert.may_bring_focus
        focus.check(screen, target, may_bring=may_bring)
        selections.wait_settled()
        deadline = time.monotonic() + LONGEST
        wait = partial(wait_for_fingers, self._x11, insert, deadline=deadline)
        wait(insert.patience)
        tries = TRIES if may_bring else 1
        while True:
            tries -= 1
            try:
                with focus.on(screen, target, may_bring=may_bring) as brought:
                    patience = min(insert.patience, HELD) if brought else insert.patience
                    readers = self._publish(insert, partial(wait, patience))
                    return self._paste(how, readers, insert)
            except TargetLost:  # the user went elsewhere at this very moment
                if not tries:
                    raise

    def _publish(self, insert: Insert, wait: Callable[[], object]) -> set[int]:
        """Puts the text where the target will find it; the clients that the target belongs to."""
        screen, selections = self._x11.screen, self._x11.selections
        settings, target = insert.settings, insert.target
        if self._readers:  # others that read it, however late, read everything
            self._histories |= {read.client for read in selections.reads()} - self._readers
        self._readers = set()
        readers = screen.clients()
        names = [CLIPBOARD, PRIMARY]
        # A selection of the target's own, if taken from it, would vanish instead of being
        # replaced by the text. Terminals paste PRIMARY, and replace nothing.
        if not (target and target.terminal) and selections.owner(PRIMARY) in readers:
            names = [CLIPBOARD]
        hidden = not settings.clipboard_history
        selections.publish(insert.text, names, hidden=hidden, keep_old=settings.restore_clipboard)
        self._published = time.monotonic()
        try:
            if not self._is_plain(readers, target):
                self._let_histories_read(readers)
            wait()  # the next take's hotkey may have come meanwhile
            focus.check(screen, target)
            insert.check_wanted()
        except DictationError:
            selections.give_back()
            raise
        return readers

    def _paste(self, how: str, readers: set[int], insert: Insert) -> Receipt:
        selections, settings, target = self._x11.selections, insert.settings, insert.target
        plain, process = self._is_plain(readers, target), target.process if target else 0
        try:
            first = self._x11.press(how, target)
        except TargetLost:
            selections.give_back()
            raise
        read = selections.wait_read(self._counts(readers, first), first + ANSWER_WITHIN)
        sent = first
        if read is None and self._may_try_another(how, target):
            read = selections.wait_read(self._counts(readers, first), time.monotonic())
            if read is None:
                sent = self._x11.press("Ctrl+V", target)
        if read is None:
            read = selections.wait_read(self._counts(readers, first), sent + RECEIPT_WITHIN)
        if read is None:
            self._plain = None
            raise not_taken()
        if not plain:
            others = {each.client for each in selections.reads() if each.at < sent}
            told = read.client in readers - others
            self._plain = (read.client, process) if told else None
        if settings.restore_clipboard and read.client in readers:
            self._readers = readers
        # A program that is slow to read at all is slow to read once more.
        selections.give_back_after(read, max(QUIET, read.at - sent))
        submit(insert, self._x11.screen, partial(self._x11.press, target=target))
        return Receipt(self.NAME, True, sent, read.at)

    def _may_try_another(self, how: str, target: Target | None) -> bool:
        """Whether the program is sure to have come past the first key and to have read nothing.

        A text that comes twice is worse than one that the user has to paste.
        """
        if how != "Shift+Insert" or target is None or target.terminal or not target.process:
            return False
        answered = self._x11.screen.answers(target.window, ANSWER_WITHIN)
        return answered and not surely_knows_shift_insert(target.process)

    def _counts(self, readers: set[int], sent: float) -> Callable[[Read], bool]:
        def counts(read: Read) -> bool:
            if read.client in readers:
                return read.at >= sent
            late = max(sent, self._published + EARLY)  # sooner it may well be a history
            return read.at >= late and read.client not in self._histories

        return counts

    def _is_plain(self, readers: set[int], target: Target | None) -> bool:
        process = target.process if target else 0
        return self._plain in {(client, process) for client in readers}

    def _let_histories_read(self, readers: set[int]) -> None:
        selections = self._x11.selections
        last = start = time.monotonic()
        while time.monotonic() < min(last + EARLY, start + EARLY_AT_MOST):
            read = selections.wait_read(partial(_after, last), last + EARLY)
            last = read.at if read else last
        self._histories |= {read.client for read in selections.reads()} - readers


def _after(moment: float, read: Read) -> bool:
    return read.at > moment
