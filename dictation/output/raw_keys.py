"""The user's keys as the X server gets them (XInput 2 raw events): when one moved, never which.

They come whichever program has the keyboard, grabbed or not. A held key that repeats makes none, so
whether one is down is asked for. The events wait in the connection until somebody looks.
"""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Collection, Sequence
from typing import Any

from dictation.errors import MissingPart
from dictation.i18n import _
from dictation.output.connection import Connection, told
from dictation.output.keyboard import Keyboard, Layout
from dictation.values import Hotkey
from dictation.xserver import GENERIC_EVENT, tells_raw_events

# Group and level switches; Mode_switch, Num_Lock; Shift to Hyper.
MODIFYING = {*range(0xFE01, 0xFE14), 0xFF7E, 0xFF7F, *range(0xFFE1, 0xFFEF)}
WHEEL = range(4, 8)
CHORDING = {0xFFE3, 0xFFE4, *range(0xFFE7, 0xFFEF)}  # Control, Meta, Alt, Super, Hyper


class RawKeys:
    """A connection of its own that listens from now on; for one thread at a time."""

    def __init__(self, display: str, hotkeys: Collection[Hotkey]) -> None:
        """Raises MissingPart where no X server answers or XInput 2 is missing, NotDelivered."""
        # The last press; press or release; click of the mouse (time.monotonic()).
        self.pressed = self.moved = self.clicked = -math.inf
        self._connection = Connection(display)
        try:
            with told():
                if not tells_raw_events(self._connection.display):
                    raise MissingPart(_("The X server has no XInput 2."))
                layout = Keyboard(self._connection).layout()
                self._name(layout, hotkeys)
                self._listen()
        except Exception:
            self._connection.close()
            raise

    def look(self, *, ours: bool = False) -> None:
        """Takes in what came since the last look; `ours` where we pressed keys meanwhile."""
        from Xlib.ext import xinput

        events: list[Any] = []
        with told():
            server = self._connection.now(events.append)
        here = time.monotonic()
        for event in events:
            if event.type != GENERIC_EVENT:
                continue
            _device, at, code = struct.unpack_from("=HII", event.data)
            when = here - (server - at & 0xFFFFFFFF) / 1e3  # in milliseconds, and they wrap
            if event.evtype == xinput.RawButtonPress:
                self.clicked = self.clicked if code in WHEEL else when
                continue
            down = event.evtype == xinput.RawKeyPress
            if code in self._chording:
                (self._chord.add if down else self._chord.discard)(code)
            if ours or not self._counts(code, chord=bool(self._chord)):
                continue
            self.moved = when
            if down:
                self.pressed = self.moved

    def down(self) -> bool:
        """Whether a key that counts is down, and may repeat."""
        with told():
            codes = self._down()
        chord = bool(self._chording & codes)
        return any(self._counts(code, chord=chord) for code in codes)

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _name(self, layout: Layout, hotkeys: Collection[Hotkey]) -> None:
        rows = dict(enumerate(layout.rows, layout.first))

        def labelled(symbols: Collection[int]) -> set[int]:
            return {code for code, row in rows.items() if row[0] in symbols}

        def written(symbols: Sequence[int]) -> set[int]:
            return {code for code, row in rows.items() if set(symbols) & set(row)}

        mapped = {c for codes in self._connection.display.get_modifier_mapping() for c in codes}
        self._chording = labelled(CHORDING)
        self._modifiers = mapped | labelled(MODIFYING)
        self._alone = written([key.symbol for key in hotkeys if not key.chorded])
        self._chorded = written([key.symbol for key in hotkeys if key.chorded])

    def _listen(self) -> None:
        from Xlib.ext import xinput

        mask = xinput.RawKeyPressMask | xinput.RawKeyReleaseMask | xinput.RawButtonPressMask
        self._connection.root.xinput_select_events([(xinput.AllMasterDevices, mask)])
        self._chord = self._chording & self._down()

    def _counts(self, code: int, *, chord: bool) -> bool:
        """Whether a key is neither a modifier nor, where it would be, a hotkey."""
        return not (
            code in self._modifiers or code in self._alone or (chord and code in self._chorded)
        )

    def _down(self) -> set[int]:
        keymap = self._connection.display.query_keymap()
        return {code for code in range(256) if keymap[code // 8] >> code % 8 & 1}
