"""Other programs' windows on macOS, and keys pressed into the one in front."""

from __future__ import annotations

from typing import Any

from dictation.mac import framework, layout
from dictation.mac.keyboard import OURS
from dictation.mac.rights import is_trusted, secure_input

_HARDWARE, _PRIVATE = 1, -1  # kCGEventSourceStateHIDSystemState, kCGEventSourceStatePrivate
SHIFT, CONTROL, OPTION, COMMAND = 1 << 17, 1 << 18, 1 << 19, 1 << 20  # kCGEventFlagMask…
_ON_SCREEN = 1  # kCGWindowListOptionOnScreenOnly


class RealScreen:
    """What a delivery wants of macOS: `output.macos.System`."""

    def __init__(self) -> None:
        """MissingPart elsewhere."""
        self._quartz, self._kit = framework("Quartz"), framework("AppKit")

    def front(self) -> tuple[int, int]:
        """The window in front and its process; 0 for none."""
        program = self._kit.NSWorkspace.sharedWorkspace().frontmostApplication()
        process = int(program.processIdentifier()) if program else 0
        return next((n for n, owner in self._windows() if owner == process), 0), process

    def is_shown(self, window: int, process: int) -> bool:
        return (window, process) in self._windows()

    def names_of(self, process: int) -> tuple[str, ...]:
        program = self._program(process)
        found = (program.bundleIdentifier(), program.localizedName()) if program else ()
        return tuple(str(name) for name in found if name)

    def bring(self, process: int) -> None:
        if program := self._program(process):
            program.activateWithOptions_(self._kit.NSApplicationActivateIgnoringOtherApps)

    def process_of(self, window: int) -> int:
        return next((owner for number, owner in self._windows() if number == window), 0)

    def is_trusted(self) -> bool:
        return is_trusted()

    def secure_input(self) -> str | None:
        return secure_input()

    def modifiers(self) -> bool:
        """Whether the user holds one."""
        flags = int(self._quartz.CGEventSourceFlagsState(_HARDWARE))
        return bool(flags & (SHIFT | CONTROL | OPTION | COMMAND))

    def key_of(self, sign: str) -> int | None:
        """The key that writes the sign while Command is down."""
        return layout.with_command().get(sign)

    def press(self, key: int, flags: int) -> None:
        """With these modifiers and no others, whatever the user holds."""
        for event in self._events(key):
            self._quartz.CGEventSetFlags(event, flags)
            self._quartz.CGEventPost(self._quartz.kCGHIDEventTap, event)

    def write(self, text: str) -> None:
        """At most 20 units of UTF-16, which is all that an event carries."""
        units = len(text.encode("utf-16-le")) // 2
        for event in self._events(0):
            self._quartz.CGEventSetFlags(event, 0)
            self._quartz.CGEventKeyboardSetUnicodeString(event, units, text)
            self._quartz.CGEventPost(self._quartz.kCGHIDEventTap, event)

    def _events(self, key: int) -> list[Any]:
        quartz = self._quartz
        source = quartz.CGEventSourceCreate(_PRIVATE)
        events = [quartz.CGEventCreateKeyboardEvent(source, key, down) for down in (True, False)]
        for event in events:
            quartz.CGEventSetIntegerValueField(event, quartz.kCGEventSourceUserData, OURS)
        return events

    def _program(self, process: int) -> Any:
        running = self._kit.NSRunningApplication
        return running.runningApplicationWithProcessIdentifier_(process)

    def _windows(self) -> list[tuple[int, int]]:
        """Number and process of each usual window on the screen, the one in front first."""
        found = self._quartz.CGWindowListCopyWindowInfo(_ON_SCREEN, 0) or ()
        return [
            (int(each["kCGWindowNumber"]), int(each["kCGWindowOwnerPID"]))
            for each in found
            if each.get("kCGWindowLayer") == 0
        ]
