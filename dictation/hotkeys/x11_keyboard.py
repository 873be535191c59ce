"""The X server's keyboard and mouse as the hotkeys see them: where keys are, taken, and down."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from dictation.errors import HotkeyError, MissingPart
from dictation.hotkeys.binding import Binding
from dictation.hotkeys.taken import taken
from dictation.hotkeys.x11_symbols import ALT_GR, BUTTONS, PLACES, symbol
from dictation.i18n import _
from dictation.xserver import GENERIC_EVENT, connect, tells_raw_events

_SHIFT, _CAPS, _CTRL = 1, 2, 4  # these three bits are fixed, the others are as the layout says
_ALT_KEYS = (0xFFE9, 0xFFEA)
_SUPER_KEYS = (0xFFEB, 0xFFEC)
_LOCK_KEYS = (0xFF7F, 0xFF14)  # Num Lock, Scroll Lock


@dataclass(frozen=True, slots=True)
class Grab:
    """A key, or a mouse button, as the server knows it, its modifiers, and the locks that don't
    matter."""

    code: int
    modifiers: int
    locks: tuple[int, ...]
    button: bool = False

    @property
    def variants(self) -> list[int]:
        """The modifiers with every combination of locks: a grab matches one exactly."""
        return [
            self.modifiers | sum(some)
            for count in range(len(self.locks) + 1)
            for some in combinations(self.locks, count)
        ]

    def is_key_of(self, event: KeyEvent) -> bool:
        """Whether an event is about this key, whatever is held beside it."""
        return (event.code, event.button) == (self.code, self.button)

    def matches(self, event: KeyEvent) -> bool:
        """Whether an event is this key with these modifiers."""
        return self.is_key_of(event) and event.state & 0xFF in self.variants


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """What the server told; `time` in its own milliseconds, `state` the modifiers before it.

    A raw one comes whoever gets the key, and tells nothing of modifiers.
    """

    kind: Literal["press", "release", "raw-press", "raw-release", "mapping"]
    code: int = 0
    state: int = 0
    time: int = 0
    button: bool = False


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

        mode = X.GrabModeAsync
        with _lost_connection():
            grab = self._find(binding)
            refused = CatchError(BadAccess)
            for held in grab.variants:
                if grab.button:
                    mask = X.ButtonPressMask | X.ButtonReleaseMask
                    self._root.grab_button(
                        grab.code, held, False, mask, mode, mode, X.NONE, X.NONE, onerror=refused
                    )
                else:
                    self._root.grab_key(grab.code, held, False, mode, mode, onerror=refused)
            self._display.sync()
        if refused.get_error():
            self.free(grab)
            raise taken(binding)
        return grab

    def free(self, grab: Grab) -> None:
        """Gives the key back."""
        with _lost_connection():
            ungrab = self._root.ungrab_button if grab.button else self._root.ungrab_key
            for held in grab.variants:
                ungrab(grab.code, held)
            self._display.sync()

    def watch(self, binding: Binding) -> frozenset[int]:
        """The codes of a lone modifier, whose raw events come from now on.

        HotkeyError where the layout lacks it, or the server tells too little.
        """
        from Xlib.ext import xinput

        with _lost_connection():
            wanted = {symbol(binding.key)}
            if binding.key == "RightAlt":
                wanted.add(ALT_GR)
            first, layout = self._layout()
            codes = {first + row for row, found in enumerate(layout) if found[0] in wanted}
            if not codes:
                raise _lacks(binding)
            if not tells_raw_events(self._display):
                raise HotkeyError(
                    _("{key} alone can't be heard: the X server has no XInput 2.1.").format(
                        key=binding
                    ),
                    hint=_("Choose a key with modifiers, such as Ctrl+Alt+Space."),
                )
            mask = xinput.RawKeyPressMask | xinput.RawKeyReleaseMask | xinput.RawButtonPressMask
            self._root.xinput_select_events([(xinput.AllMasterDevices, mask)])
            self._display.sync()
        return frozenset(codes)

    def is_free(self, binding: Binding) -> bool:
        """Whether the key is on this layout and no program has it."""
        try:
            self.free(self.grab(binding))
        except HotkeyError:
            return False
        return True

    def down(self, grab: Grab) -> bool:
        """Whether the key is down now. All that the server sent before is in `events` after it.

        A mouse button counts as down until its release: of the fifth on, the server can't be asked.
        """
        codes = self.pressed()
        return grab.button or grab.code in codes

    def pressed(self) -> set[int]:
        """The codes of all keys that are down now."""
        with _lost_connection():
            keymap = self._display.query_keymap()
        return {code for code in range(256) if keymap[code // 8] & 1 << code % 8}

    def events(self) -> Iterator[KeyEvent]:
        """What came and was not read yet; never waits."""
        from Xlib import X

        with _lost_connection():
            while self._display.pending_events():
                event = self._display.next_event()
                if event.type in (X.KeyPress, X.KeyRelease, X.ButtonPress, X.ButtonRelease):
                    button = event.type in (X.ButtonPress, X.ButtonRelease)
                    down = event.type in (X.KeyPress, X.ButtonPress)
                    kind: Literal["press", "release"] = "press" if down else "release"
                    yield KeyEvent(kind, event.detail, event.state, event.time, button)
                elif event.type == X.MappingNotify:
                    yield KeyEvent("mapping")
                elif event.type == GENERIC_EVENT:
                    yield _raw(event)

    def close(self) -> None:
        """Ends the connection, and with it every grab."""
        from Xlib.error import ConnectionClosedError

        try:
            self._display.close()
        except ConnectionClosedError:
            return  # the server ended it first

    def _layout(self) -> tuple[int, Any]:
        """The first key's code, and a row of keysyms for each from there on."""
        info = self._display.display.info
        first = info.min_keycode
        return first, self._display.get_keyboard_mapping(first, info.max_keycode - first + 1)

    def _find(self, binding: Binding) -> Grab:
        first, layout = self._layout()
        code = BUTTONS.get(binding.key)
        if code is None:
            # The lowest column is the layout's first group, unshifted: how the key is labelled.
            wanted = symbol(binding.key)
            places = [
                (column, first + row)
                for row, symbols in enumerate(layout)
                for column, found in enumerate(symbols)
                if found == wanted
            ]
            code = min(places)[1] if places else PLACES.get(binding.key)
        if code is None:
            raise _lacks(binding)

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
        return Grab(code, modifiers, tuple(sorted(locks)), binding.key in BUTTONS)


def _lacks(binding: Binding) -> HotkeyError:
    return HotkeyError(_("The keyboard layout has no key {key}.").format(key=binding.key))


def _raw(event: Any) -> KeyEvent:
    from Xlib.ext import xinput

    _device, at, code = struct.unpack_from("=HII", event.data)
    released = event.evtype == xinput.RawKeyRelease
    button = event.evtype == xinput.RawButtonPress
    return KeyEvent("raw-release" if released else "raw-press", code, time=at, button=button)


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
