"""The X server's keyboard as the hotkeys see it: which key is where, taken, and down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from dictation.errors import HotkeyError, HotkeyTaken, MissingPart
from dictation.hotkeys.binding import FUNCTION_KEYS, PUNCTUATION, Binding
from dictation.i18n import _
from dictation.xserver import connect

# X11/keysymdef.h and XF86keysym.h. Latin letters, digits and signs are their own code.
_SYMBOLS = {
    "Space": 0x20,
    "Backspace": 0xFF08,
    "Tab": 0xFF09,
    "Return": 0xFF0D,
    "Pause": 0xFF13,
    "ScrollLock": 0xFF14,
    "Escape": 0xFF1B,
    "Home": 0xFF50,
    "Left": 0xFF51,
    "Up": 0xFF52,
    "Right": 0xFF53,
    "Down": 0xFF54,
    "PageUp": 0xFF55,
    "PageDown": 0xFF56,
    "End": 0xFF57,
    "Print": 0xFF61,
    "Insert": 0xFF63,
    "Menu": 0xFF67,
    "Delete": 0xFFFF,
    "AudioMute": 0x1008FF12,
    "AudioPlay": 0x1008FF14,
    "AudioStop": 0x1008FF15,
    "AudioPrev": 0x1008FF16,
    "AudioNext": 0x1008FF17,
    "Mail": 0x1008FF19,
    "Search": 0x1008FF1B,
    "AudioRecord": 0x1008FF1C,
    "Calculator": 0x1008FF1D,
    "Launch1": 0x1008FF41,
    "Launch2": 0x1008FF42,
    "AudioMicMute": 0x1008FFB2,
}
_SYMBOLS |= {name: 0xFFBE + number for number, name in enumerate(FUNCTION_KEYS)}
_SYMBOLS |= {name: ord(sign) for name, sign in PUNCTUATION.items()}

_SHIFT, _CAPS, _CTRL = 1, 2, 4  # these three bits are fixed, the others are as the layout says
_ALT_KEYS = (0xFFE9, 0xFFEA)
_SUPER_KEYS = (0xFFEB, 0xFFEC)
_LOCK_KEYS = (0xFF7F, 0xFF14)  # Num Lock, Scroll Lock


def symbol(key: str) -> int:
    """The X keysym of a name out of KEYS."""
    return _SYMBOLS[key] if key in _SYMBOLS else ord(key.lower())


@dataclass(frozen=True, slots=True)
class Grab:
    """A key as the server knows it: its code, its modifiers, and the locks that don't matter."""

    code: int
    modifiers: int
    locks: tuple[int, ...]

    @property
    def variants(self) -> list[int]:
        """The modifiers with every combination of locks: a grab matches one exactly."""
        return [
            self.modifiers | sum(some)
            for count in range(len(self.locks) + 1)
            for some in combinations(self.locks, count)
        ]

    def matches(self, code: int, state: int) -> bool:
        """Whether a key event is this key with these modifiers."""
        return code == self.code and state & 0xFF in self.variants


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """What the server told; `time` in its own milliseconds, `state` the modifiers before it."""

    kind: Literal["press", "release", "mapping"]
    code: int = 0
    state: int = 0
    time: int = 0


class Keyboard:
    """A connection of its own to the X server, for one thread at a time."""

    def __init__(self, display: str = "") -> None:
        """Raises HotkeyError where no X server answers."""
        try:
            self._display = connect(display)
        except MissingPart as error:
            raise HotkeyError(error.message) from error
        self._root = self._display.screen().root

    def fileno(self) -> int:
        """The connection, to wait on."""
        with _lost_connection():
            return int(self._display.fileno())

    def find(self, binding: Binding) -> Grab:
        """Where the key is on the layout in force; HotkeyError where it has none."""
        with _lost_connection():
            return self._find(binding)

    def grab(self, binding: Binding) -> Grab:
        """Takes the key from all other programs; HotkeyTaken where one has it already."""
        from Xlib import X
        from Xlib.error import BadAccess, CatchError

        with _lost_connection():
            grab = self._find(binding)
            refused = CatchError(BadAccess)
            for modifiers in grab.variants:
                self._root.grab_key(
                    grab.code, modifiers, False, X.GrabModeAsync, X.GrabModeAsync, onerror=refused
                )
            self._display.sync()
        if refused.get_error():
            self.free(grab)
            raise HotkeyTaken(_("{key} is taken by another program.").format(key=binding))
        return grab

    def free(self, grab: Grab) -> None:
        """Gives the key back."""
        with _lost_connection():
            for modifiers in grab.variants:
                self._root.ungrab_key(grab.code, modifiers)
            self._display.sync()

    def is_free(self, binding: Binding) -> bool:
        """Whether the key is on this layout and no program has it."""
        try:
            self.free(self.grab(binding))
        except HotkeyError:
            return False
        return True

    def down(self, grab: Grab) -> bool:
        """Whether the key is down now. All that the server sent before is in `events` after it."""
        with _lost_connection():
            keymap = self._display.query_keymap()
        return bool(keymap[grab.code // 8] & 1 << grab.code % 8)

    def events(self) -> Iterator[KeyEvent]:
        """What came and was not read yet; never waits."""
        from Xlib import X

        with _lost_connection():
            while self._display.pending_events():
                event = self._display.next_event()
                if event.type in (X.KeyPress, X.KeyRelease):
                    kind: Literal["press", "release"]
                    kind = "press" if event.type == X.KeyPress else "release"
                    yield KeyEvent(kind, event.detail, event.state, event.time)
                elif event.type == X.MappingNotify:
                    yield KeyEvent("mapping")

    def close(self) -> None:
        """Ends the connection, and with it every grab."""
        from Xlib.error import ConnectionClosedError

        try:
            self._display.close()
        except ConnectionClosedError:
            return  # the server ended it first

    def _find(self, binding: Binding) -> Grab:
        info = self._display.display.info
        first = info.min_keycode
        layout = self._display.get_keyboard_mapping(first, info.max_keycode - first + 1)
        # The lowest column is the layout's first group, unshifted: how the key is labelled.
        wanted = symbol(binding.key)
        places = [
            (column, first + row)
            for row, symbols in enumerate(layout)
            for column, found in enumerate(symbols)
            if found == wanted
        ]
        if not places:
            raise HotkeyError(_("The keyboard layout has no key {key}.").format(key=binding.key))

        mapping = self._display.get_modifier_mapping()

        def bit(keys: tuple[int, ...]) -> int:
            for index, codes in enumerate(mapping):
                if any(code and set(layout[code - first]) & set(keys) for code in codes):
                    return 1 << index
            return 0

        bits = {"shift": _SHIFT, "ctrl": _CTRL, "alt": bit(_ALT_KEYS), "super": bit(_SUPER_KEYS)}
        for name in binding.modifiers:
            if not bits[name]:
                raise HotkeyError(
                    _("The keyboard layout has no modifier {name}.").format(name=name.capitalize())
                )
        modifiers = sum(bits[name] for name in binding.modifiers)
        locks = {_CAPS, *(bit((key,)) for key in _LOCK_KEYS)} - {0}
        return Grab(min(places)[1], modifiers, tuple(sorted(locks)))


@contextmanager
def _lost_connection() -> Iterator[None]:
    """The end of the X connection as an error of ours."""
    from Xlib.error import ConnectionClosedError

    try:
        yield
    except (ConnectionClosedError, OSError) as error:
        raise ServerGone(_("The X server ended the connection.")) from error


class ServerGone(HotkeyError):
    """The X server is gone, and with it the grabs."""

    hint = _("Start the app again in the new session.")
