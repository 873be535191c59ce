"""The keys of an X11 screen: which write what in the layout in use, and pressing them (XTest)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.output.connection import Connection

SHIFT, ALT_GR, CAPS_LOCK = 0xFFE1, 0xFE03, 0xFFE5
RETURN, TAB, INSERT = 0xFF0D, 0xFF09, 0xFF63
SYMBOLS = {"Shift": SHIFT, "Ctrl": 0xFFE3, "Insert": INSERT, "Return": RETURN}
SYMBOLS |= {"V": ord("v"), "Z": ord("z"), "Backspace": 0xFF08}
EURO, UNICODE = 0x20AC, 0x01000000
# Keysyms from before Unicode: their high byte names a standard, their low byte is its code. Greek
# follows its own only in part, so it is put onto spare keys like what no layout has.
STANDARDS = {
    1: "iso8859-2",
    2: "iso8859-3",
    3: "iso8859-4",
    5: "iso8859-6",
    6: "koi8-u",
    12: "iso8859-8",
    13: "iso8859-11",
    19: "iso8859-15",
}
PONG_WITHIN = 3.0  # seconds for a program to come to our question behind the keys before it
UNASKED = 0.15  # seconds given to a program that answers no such question, xterm for one


def character(keysym: int) -> str:
    """The character that a keysym writes; empty for one that writes none."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if keysym == EURO:
        return "€"
    if UNICODE + 0x100 <= keysym <= UNICODE + 0x10FFFF:
        return chr(keysym - UNICODE)
    standard = STANDARDS.get(keysym >> 8)
    if standard is None or keysym & 0xFF < 0xA0:
        return ""
    return bytes([keysym & 0xFF]).decode(standard, "ignore")


def keysym(character: str) -> int:
    """The keysym that writes a character in any program."""
    code = ord(character)
    return code if 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xFF else UNICODE + code


@dataclass(frozen=True, slots=True)
class Layout:
    """The keyboard's core mapping: a row of keysyms for each keycode from `first` on."""

    first: int
    rows: Sequence[Sequence[int]]
    group: int = 0  # the one in use, of the layouts that the user switches between

    def find(self, keysym: int) -> int | None:
        """The key that gives a keysym with nothing held."""
        for number, row in enumerate(self.rows):
            if keysym in row[:1]:
                return self.first + number
        return None

    def strokes(self) -> dict[str, tuple[int, ...]]:
        """How each character is written: the keycodes to hold, and last the one to press."""
        found: dict[str, tuple[int, ...]] = {}
        for place, hold in zip(self._places(), self.levels(), strict=False):
            for number, row in enumerate(self.rows):
                written = character(row[place]) if place < len(row) else ""
                if written and written not in found:
                    found[written] = (*hold, self.first + number)
        for written, symbol in (("\n", RETURN), ("\t", TAB)):
            code = self.find(symbol)
            if code is not None:
                found[written] = (code,)
        return found

    @property
    def shift(self) -> tuple[int, ...]:
        """The Shift key, if there is one."""
        code = self.find(SHIFT)
        return () if code is None else (code,)

    def levels(self) -> list[tuple[int, ...]]:
        """What is held for each of a key's levels: nothing, Shift, AltGr, both."""
        shift, alt_gr = self.find(SHIFT), self.find(ALT_GR)
        if shift is None:
            return [()]
        return [(), (shift,)] if alt_gr is None else [(), (shift,), (alt_gr,), (shift, alt_gr)]

    def _places(self) -> tuple[int, int, int, int]:
        """Where a row has the four levels: two of each group, then what more each group has."""
        nowhere = len(self.rows[0])
        second = 4 + (nowhere - 4) // 2
        if self.group == 0:
            return 0, 1, 4, 5
        # A third group is not told apart in the core mapping.
        return (2, 3, second, second + 1) if self.group == 1 else (nowhere,) * 4

    def spare(self) -> list[int]:
        """The keys without a meaning."""
        return [self.first + number for number, row in enumerate(self.rows) if not any(row)]


class Keyboard:
    """The keys of one connection; whoever uses it holds that connection alone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._display = connection.display

    def layout(self) -> Layout:
        """The mapping as it is now."""
        info = self._display.display.info
        first: int = info.min_keycode
        rows = self._display.get_keyboard_mapping(first, info.max_keycode - first + 1)
        return Layout(first, rows, self._state() >> 13 & 3)

    def press(self, keycodes: Sequence[int]) -> None:
        """Presses keys in order and releases them; those that were pressed never stay down."""
        from Xlib import X
        from Xlib.ext import xtest

        try:
            for code in keycodes:
                xtest.fake_input(self._display, X.KeyPress, code)
        finally:
            for code in reversed(keycodes):
                xtest.fake_input(self._display, X.KeyRelease, code)

    def chord(self, keys: str, may: Callable[[], None]) -> float:
        """Presses a key with its modifiers, such as `Shift+Insert`; when (time.monotonic()).

        Found by keysym, so that the layout does not matter; one that it lacks is lent for it.
        `may` raises where the keys would go to another window; between it and them nothing happens.
        """
        layout = self.layout()
        *held, last = (SYMBOLS[name] for name in keys.split("+"))
        codes = [layout.find(modifier) for modifier in held]
        if None in codes:
            raise NotDelivered(_("The keyboard layout lacks a key of {keys}.").format(keys=keys))
        with self.loan(layout, None) as loan:
            # Some take Insert off their keyboard. It has to be there with Shift held, too.
            code = layout.find(last)
            key = (code,) if code else loan.strokes([last, last])[last][-1:]
            with self._connection.alone():
                may()
                at = time.monotonic()
                self.press([*filter(None, codes), *key])
        return at

    @contextmanager
    def loan(self, layout: Layout, window: Any | None) -> Iterator[Loan]:
        """Keys without a meaning, to be given one for as long as `window` needs to see it."""
        loan = Loan(self, layout, window)
        try:
            yield loan
        finally:
            loan.give_back()

    @contextmanager
    def caps_off(self) -> Iterator[None]:
        """Caps Lock off meanwhile: it would turn letters round, on spare keys too."""
        from Xlib import X

        lock = self.layout().find(CAPS_LOCK)
        if not self._state() & X.LockMask or lock is None:
            yield
            return
        self.press([lock])
        try:
            yield
        finally:
            self.press([lock])
            self._display.sync()

    def wait_seen(self, window: Any | None) -> None:
        """Waits until a program has seen all that happened so far, as well as it can be told."""
        if window is None or not self._answers(window):
            self._display.sync()
            threading.Event().wait(UNASKED)
        else:
            self.ping(window, PONG_WITHIN)

    def ping(self, window: Any, seconds: float) -> bool:
        """Whether a program answers within so many seconds: it does so in order of what happens."""
        from Xlib import X
        from Xlib.protocol.event import ClientMessage

        connection = self._connection
        protocols, ping = connection.atom("WM_PROTOCOLS"), connection.atom("_NET_WM_PING")
        if not self._answers(window):
            return False
        stamp = connection.now(lambda _event: None)
        # GTK answers to the one, Qt to the other.
        connection.root.change_attributes(
            event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask
        )
        question = (32, [ping, stamp, window.id, 0, 0])
        window.send_event(ClientMessage(window=window, client_type=protocols, data=question))
        deadline = time.monotonic() + seconds
        answered = False
        while not answered and (event := connection.event(deadline)) is not None:
            if event.type == X.ClientMessage and event.client_type == protocols:
                answered = list(event.data[1])[:3] == [ping, stamp, window.id]
        connection.root.change_attributes(event_mask=X.NoEventMask)
        return answered

    def _answers(self, window: Any) -> bool:
        return self._connection.atom("_NET_WM_PING") in (window.get_wm_protocols() or ())

    def _state(self) -> int:
        state: int = self._connection.root.query_pointer().mask
        return state

    def map(self, keycode: int, keysyms: Sequence[int]) -> None:
        """Gives a key a meaning; every program on the screen learns of each change."""
        self._display.change_keyboard_mapping(keycode, [tuple(keysyms)])
        self._display.sync()


class Loan:
    """Keysyms on keys without a meaning, with and without Shift; AltGr is not heeded on these."""

    def __init__(self, keyboard: Keyboard, layout: Layout, window: Any | None) -> None:
        self._keyboard = keyboard
        self._window = window
        held = layout.levels()[:2]
        self._slots = [(*hold, code) for code in layout.spare() for hold in held]
        self._width = len(held)
        self._symbols = [0] * len(self._slots)

    @property
    def size(self) -> int:
        """How many keysyms there is room for at once."""
        return len(self._slots)

    def strokes(self, keysyms: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """What to press for each, once the window knows; NotDelivered where there is no room."""
        missing = [symbol for symbol in keysyms if symbol not in self._symbols]
        free = [n for n, symbol in enumerate(self._symbols) if symbol not in keysyms]
        if len(missing) > len(free):
            raise NotDelivered(_("No key is free for a character that the layout lacks."))
        if missing:
            if any(self._symbols):
                # Programs look a key up when they come to it, maybe long after it was pressed.
                self._keyboard.wait_seen(self._window)
            for n, symbol in zip(free, missing, strict=False):
                self._symbols[n] = symbol
            self._map({n // self._width for n in free[: len(missing)]})
            self._keyboard.wait_seen(self._window)
        found = zip(self._symbols, self._slots, strict=True)
        return {symbol: keys for symbol, keys in reversed(list(found)) if symbol}

    def give_back(self) -> None:
        """Takes the keys' meaning from them again, once the window has seen all."""
        used = {n // self._width for n, symbol in enumerate(self._symbols) if symbol}
        if used:
            self._keyboard.wait_seen(self._window)
            self._symbols = [0] * len(self._slots)
            self._map(used)

    def _map(self, keys: Collection[int]) -> None:
        for key in keys:
            first = key * self._width
            symbols = self._symbols[first : first + self._width]
            self._keyboard.map(self._slots[first][-1], symbols)
