"""Pastes and types on Windows and macOS, whose calls come in as a `Desk` and a `Board`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import DictationError, NotDelivered, TargetLost
from dictation.i18n import _, plural
from dictation.output import focus, programs
from dictation.output.compositors import Windows
from dictation.output.insert import Insert
from dictation.output.promised import Board, Promised, Read
from dictation.output.receipt import EARLY, QUIET, RECEIPT_WITHIN, not_taken
from dictation.output.submit import submit
from dictation.values import Receipt, Target

NOTE = _("Copied: press the program's own key to paste.")
LOOK_EVERY = 0.005  # seconds between looks at the keys
AT_ONCE = 20  # characters between looks at the focus


class Desk(Windows, Protocol):
    """Windows and keys, as the system has them."""

    NAME: str
    COPIED: str  # what is left for the user to do where a text is only on the clipboard

    def here(self, desktop: Desktop) -> Verdict:
        """Whether this is the system."""
        ...

    def probe(self, desktop: Desktop) -> Verdict:
        """Whether it is, and lets keys be pressed."""
        ...

    def target(self) -> Target | None:
        """The window that has the focus."""
        ...

    def usual(self, target: Target | None) -> programs.How:
        """How a program pastes that no row tells of."""
        ...

    def obstacle(self, target: Target | None) -> NotDelivered | None:
        """Why no key can be pressed into it."""
        ...

    def held(self) -> bool:
        """Whether the user holds a modifier."""
        ...

    def press(self, keys: str) -> None:
        """Presses a chord, modifiers that are down let go before. NotDelivered where refused."""
        ...

    def write(self, text: str) -> None:
        """Types characters that are no line breaks. NotDelivered where refused."""
        ...


class NativeType:
    """Types what any program takes; nobody confirms it."""

    def __init__(self, desk: Desk) -> None:
        self.NAME = f"{desk.NAME}-type"
        self._desk = desk

    def probe(self, desktop: Desktop) -> Verdict:
        return self._desk.probe(desktop)

    def deliver(self, insert: Insert) -> Receipt:
        """Raises TargetLost before the first character, NotDelivered after it."""
        desk, target = self._desk, insert.target
        focus.check(desk, target, may_bring=insert.may_bring_focus)
        if refused := desk.obstacle(target):
            raise refused
        if not at_rest(desk, insert):
            raise NotDelivered(_("A key was held down, so nothing was typed."))
        with focus.on(desk, target, may_bring=insert.may_bring_focus):
            insert.check_wanted()
            self._type(insert)
            submit(insert, desk, desk.press)
        return Receipt(self.NAME, confirmed=False)

    def _type(self, insert: Insert) -> None:
        enter = "Shift+Return" if insert.settings.newlines == "shift_enter" else "Return"
        for start in range(0, len(insert.text), AT_ONCE):
            part = insert.text[start : start + AT_ONCE]
            try:
                focus.check(self._desk, insert.target)
            except TargetLost as lost:
                if not start:
                    raise
                what = plural(
                    "Another window got the focus when {number} character was typed.",
                    "Another window got the focus when {number} characters were typed.",
                    start,
                )
                raise NotDelivered(what.format(number=start)) from lost
            for number, line in enumerate(part.split("\n")):
                if number:
                    self._desk.press(enter)
                if line:
                    self._desk.write(line)


class NativePaste:
    """Pastes, and knows that it was pasted where the text was asked for after the key."""

    def __init__(self, desk: Desk, board: Promised) -> None:
        self.NAME = desk.NAME
        self._desk, self._board = desk, board
        self._type = NativeType(desk)
        self._histories: set[int] = set()  # processes that read texts which were not for them

    def probe(self, desktop: Desktop) -> Verdict:
        return self._desk.probe(desktop)

    def deliver(self, insert: Insert) -> Receipt:
        """Raises TargetLost with the clipboard as it was, NotDelivered with the text on it."""
        desk, board, target = self._desk, self._board, insert.target
        how = programs.how(target, insert.settings.paste_keys, desk.usual(target))
        if how == "type":
            return self._type.deliver(insert)
        if how == "copy":
            board.put(insert.text)
            return Receipt(self.NAME, confirmed=False, note=NOTE)
        focus.check(desk, target, may_bring=insert.may_bring_focus)
        if refused := desk.obstacle(target):
            insert.check_wanted()
            board.put(insert.text)
            raise refused
        board.wait_settled()
        at_rest(desk, insert)
        with focus.on(desk, target, may_bring=insert.may_bring_focus):
            self._publish(insert)
            return self._paste(how, insert)

    def _publish(self, insert: Insert) -> None:
        settings, board = insert.settings, self._board
        board.publish(
            insert.text, hidden=not settings.clipboard_history, keep_old=settings.restore_clipboard
        )
        try:
            if early := board.wait_early():
                self._histories |= {read.process for read in early if read.process}
                board.renew()  # else the target's reading would go unnoticed
            at_rest(self._desk, insert)  # the next take's hotkey may have come meanwhile
            focus.check(self._desk, insert.target)
            insert.check_wanted()
        except DictationError:
            board.give_back()
            raise

    def _paste(self, how: str, insert: Insert) -> Receipt:
        board, target = self._board, insert.target
        sent = time.monotonic()
        self._desk.press(how)
        read = board.wait_read(self._counts(target, sent), sent + RECEIPT_WITHIN)
        restore = insert.settings.restore_clipboard
        if read is None:
            if not board.reads():
                raise not_taken()
            # Another program asked first; the target is then handed the text without a word.
            if restore:
                board.give_back_after(RECEIPT_WITHIN)
            submit(insert, self._desk, self._desk.press)
            return Receipt(self.NAME, confirmed=False, chord_sent=sent)
        if restore:  # a program that is slow to read at all is slow to read once more
            board.give_back_after(max(QUIET, read.at - sent))
        submit(insert, self._desk, self._desk.press)
        return Receipt(self.NAME, True, sent, read.at)

    def _counts(self, target: Target | None, sent: float) -> Callable[[Read], bool]:
        late = max(sent, self._board.at + EARLY)  # sooner it may well be a history

        def counts(read: Read) -> bool:
            if target and target.process and read.process == target.process:
                return read.at >= sent
            return read.at >= late and read.process not in self._histories

        return counts


class NativeClipboard:
    """Leaves a text on the clipboard."""

    def __init__(self, desk: Desk, board: Promised) -> None:
        self.NAME = f"{desk.NAME}-clipboard"
        self._desk, self._board = desk, board

    def probe(self, desktop: Desktop) -> Verdict:
        return self._desk.here(desktop)

    def copy(self, text: str) -> None:
        self._board.put(text)


class Native:
    """All ways of one system, over one desk and one clipboard."""

    def __init__(self, desk: Desk, board: Board) -> None:
        self.desk, self.copied = desk, desk.COPIED
        self._board = Promised(board)
        self.paste = NativePaste(desk, self._board)
        self.type = NativeType(desk)
        self.clipboard = NativeClipboard(desk, self._board)

    def close(self) -> None:
        """Gives the clipboard back."""
        self._board.close()


def at_rest(desk: Desk, insert: Insert) -> bool:
    """Waits for held keys; False where after `insert.patience` seconds one is still down."""
    deadline, pause = time.monotonic() + insert.patience, threading.Event()
    while desk.held():
        if time.monotonic() >= deadline or not insert.still_wanted():
            return False
        pause.wait(LOOK_EVERY)
    return True
