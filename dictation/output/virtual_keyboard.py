"""A keyboard of our own on a Wayland compositor that lets programs have one (wlroots').

It has the three keys that paste, at their usual places: so no layout of the user's matters, and the
keys that the user holds on another keyboard do not either.
https://wayland.app/protocols/virtual-keyboard-unstable-v1
"""

from __future__ import annotations

import os
import tempfile
import time

from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.output.wire import Wire

MANAGER = "zwp_virtual_keyboard_manager_v1"
CREATE = 0
KEYMAP, KEY, MODIFIERS = 0, 1, 2
XKB_V1 = 1
DOWN, UP = 1, 0
# By name: the key's code (linux/input-event-codes.h), and the bit where it is a modifier.
KEYS = {"Shift": (42, 1), "Ctrl": (29, 4), "Insert": (110, 0), "V": (47, 0), "Return": (28, 0)}
SYMBOLS = {
    "Shift": "Shift_L",
    "Ctrl": "Control_L",
    "Insert": "Insert",
    "V": "v",
    "Return": "Return",
}
# xkb counts from 8. GTK heeds no shortcut on the keyboard's last key: VoidSymbol is that.
_CODES = "".join(f"<{name}> = {code + 8};" for name, (code, _bit) in KEYS.items())
_SYMBOLS = "".join(f"key <{name}> {{ [ {SYMBOLS[name]} ] }};" for name in KEYS)
KEYMAP_TEXT = f"""xkb_keymap {{
xkb_keycodes "dictation" {{ minimum = 8; maximum = 255; {_CODES} <Last> = 255; }};
xkb_types "dictation" {{ include "complete" }};
xkb_compatibility "dictation" {{ include "complete" }};
xkb_symbols "dictation" {{ {_SYMBOLS} key <Last> {{ [ VoidSymbol ] }};
modifier_map Shift {{ <Shift> }}; modifier_map Control {{ <Ctrl> }}; }};
}};
"""


class VirtualKeyboard:
    """Made when first needed, on a connection that its thread holds alone."""

    def __init__(self, wire: Wire, seat: int) -> None:
        self._wire, self._seat = wire, seat
        self._manager = wire.bind(MANAGER, 1)
        self._keyboard = 0

    @property
    def works(self) -> bool:
        """Whether the compositor offers such keyboards."""
        return self._manager != 0

    def press(self, chord: str) -> float:
        """Presses a key with its modifiers, such as `Shift+Insert`; when (time.monotonic()).

        NotDelivered where the compositor refuses: it says so at the next round trip.
        """
        if not self.works:
            raise NotDelivered(_("The compositor offers no virtual keyboard."))
        if not self._keyboard:
            self._make()
        *held, last = (KEYS[name] for name in chord.split("+"))
        at, mask = time.monotonic(), 0
        for code, bit in held:
            self._key(code, DOWN)
            mask |= bit
        self._modify(mask)
        self._key(last[0], DOWN)
        self._key(last[0], UP)
        for code, _bit in reversed(held):
            self._key(code, UP)
        self._modify(0)
        return at

    def _make(self) -> None:
        self._keyboard = self._wire.new()
        self._wire.request(self._manager, CREATE, self._seat, self._keyboard)
        data = KEYMAP_TEXT.encode() + b"\0"
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            self._wire.request(self._keyboard, KEYMAP, XKB_V1, len(data), handles=[file.fileno()])

    def _key(self, code: int, state: int) -> None:
        now = int(time.monotonic() * 1e3) & 0xFFFFFFFF
        self._wire.request(self._keyboard, KEY, now, code, state)

    def _modify(self, mask: int) -> None:
        self._wire.request(self._keyboard, MODIFIERS, mask, 0, 0, 0)
