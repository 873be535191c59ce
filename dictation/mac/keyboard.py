"""macOS' keyboard and mouse: a tap on all events, the state of keys, and keys pressed by us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dictation.mac import framework, layout
from dictation.mac.rights import ask_trust, is_trusted, secure_input
from dictation.mac.values import BUTTON, KEY, Stroke

# CGEventTypes.h
_LEFT, _RIGHT, _KEY_DOWN, _KEY_UP, _FLAGS, _OTHER_DOWN, _OTHER_UP = 1, 3, 10, 11, 12, 25, 26
_WANTED = (_LEFT, _RIGHT, _KEY_DOWN, _KEY_UP, _FLAGS, _OTHER_DOWN, _OTHER_UP)
_DISABLED = (0xFFFFFFFE, 0xFFFFFFFF)  # by timeout, by user input
OURS = 0x44494354  # what our own events carry, so that we know them again
_HARDWARE = 1  # kCGEventSourceStateHIDSystemState
# The bit of an event's flags that tells of one side (IOKit's NX_DEVICELCTLKEYMASK and so on).
_BITS = {59: 0x1, 56: 0x2, 60: 0x4, 55: 0x8, 54: 0x10, 58: 0x20, 61: 0x40, 62: 0x2000}


class RealKeyboard:
    """What hotkeys want of macOS: `hotkeys.macos_tap.Keyboard`."""

    def __init__(self) -> None:
        """MissingPart elsewhere."""
        self._quartz = framework("Quartz")
        self._tap: Any = None
        self._loop: Any = None
        self._source: Any = None
        self._function: Any = None  # has to live as long as the tap

    def is_trusted(self) -> bool:
        return is_trusted()

    def ask_trust(self) -> None:
        ask_trust()

    def may_listen(self) -> bool:
        return bool(self._quartz.CGPreflightListenEventAccess())

    def secure_input(self) -> str | None:
        return secure_input()

    def tap(self, heard: Callable[[Stroke], bool], disabled: Callable[[], None]) -> bool:
        quartz = self._quartz

        def hear(_proxy: object, kind: int, event: Any, _more: object) -> Any:
            if kind & 0xFFFFFFFF in _DISABLED:
                disabled()
                return event
            return None if heard(self._stroke(kind, event)) else event

        self._function = hear
        self._tap = quartz.CGEventTapCreate(
            quartz.kCGSessionEventTap,
            quartz.kCGHeadInsertEventTap,
            quartz.kCGEventTapOptionDefault,
            sum(1 << kind for kind in _WANTED),
            hear,
            None,
        )
        if self._tap is None:
            return False
        self._loop = quartz.CFRunLoopGetCurrent()
        self._source = quartz.CFMachPortCreateRunLoopSource(None, self._tap, 0)
        quartz.CFRunLoopAddSource(self._loop, self._source, quartz.kCFRunLoopDefaultMode)
        return True

    def untap(self) -> None:
        if self._tap is not None:
            quartz = self._quartz
            quartz.CGEventTapEnable(self._tap, False)
            quartz.CFRunLoopRemoveSource(self._loop, self._source, quartz.kCFRunLoopDefaultMode)
            quartz.CFMachPortInvalidate(self._tap)
            self._tap = None

    def is_enabled(self) -> bool:
        return self._tap is not None and bool(self._quartz.CGEventTapIsEnabled(self._tap))

    def enable(self) -> None:
        self._quartz.CGEventTapEnable(self._tap, True)

    def wait(self, seconds: float) -> None:
        self._quartz.CFRunLoopRunInMode(self._quartz.kCFRunLoopDefaultMode, seconds, True)

    def wake(self) -> None:
        loop, quartz = self._loop, self._quartz
        if loop is not None:
            # Unlike CFRunLoopStop alone it also ends a wait that has not begun.
            mode = quartz.kCFRunLoopDefaultMode
            quartz.CFRunLoopPerformBlock(loop, mode, lambda: quartz.CFRunLoopStop(loop))
            quartz.CFRunLoopWakeUp(loop)

    def is_down(self, code: int) -> bool:
        if code >= BUTTON:
            return bool(self._quartz.CGEventSourceButtonState(_HARDWARE, code - BUTTON))
        return bool(self._quartz.CGEventSourceKeyState(_HARDWARE, code - KEY))

    def signs(self) -> Mapping[str, int]:
        return {sign: KEY + code for sign, code in layout.latin().items()}

    def _stroke(self, kind: int, event: Any) -> Stroke:
        quartz = self._quartz

        def field(name: str) -> int:
            return int(quartz.CGEventGetIntegerValueField(event, getattr(quartz, name)))

        ours = field("kCGEventSourceUserData") == OURS
        if kind in (_LEFT, _RIGHT):
            return Stroke(0, True, ours=ours)
        if kind in (_OTHER_DOWN, _OTHER_UP):
            button = field("kCGMouseEventButtonNumber")
            return Stroke(BUTTON + button, kind == _OTHER_DOWN, ours=ours)
        code = field("kCGKeyboardEventKeycode")
        if kind == _FLAGS:
            down = bool(quartz.CGEventGetFlags(event) & _BITS.get(code, 0))
            return Stroke(KEY + code, down, ours=ours)
        repeat = bool(field("kCGKeyboardEventAutorepeat"))
        return Stroke(KEY + code, kind == _KEY_DOWN, repeat, ours)
