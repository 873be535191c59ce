"""Keys on Windows that it tells one by one, where it lets no program hear them all.

It tells presses alone: while a key is down its real state is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dictation.errors import HotkeyError
from dictation.hotkeys.actions import CANCEL, Action
from dictation.hotkeys.binding import Binding
from dictation.hotkeys.chords import Codes
from dictation.hotkeys.taken import taken
from dictation.hotkeys.tap_listener import Heard
from dictation.hotkeys.windows_codes import FLAGS, MOUSE
from dictation.hotkeys.windows_tap import HOTKEY, Keyboard
from dictation.i18n import _

ASK_EVERY = 0.02  # seconds between looks at a key that is down
NO_REPEAT = 0x4000  # MOD_NOREPEAT


class RegisteredTap:
    """The keys of these actions alone, the cancel key while a take records."""

    SEES_KEPT = True
    MEND_EVERY = 600.0  # nothing can be lost

    def __init__(self, keyboard: Keyboard, actions: Sequence[Action], codes: Codes) -> None:
        self._keyboard, self._actions, self._codes = keyboard, actions, codes
        self._heard: Heard = lambda _code, _down, _repeat: False
        self._held: dict[int, int] = {}  # the code of each number that Windows tells
        self._cancels: list[int] = []
        self._pressed: set[int] = set()

    def start(self, heard: Heard, trouble: Callable[[HotkeyError], None]) -> None:
        """HotkeyTaken or HotkeyError where the first action has no key; others are `trouble`."""
        self._heard, self._trouble = heard, trouble
        self._keyboard.open(self._told)
        for action in self._actions:
            errors = [] if action.name == CANCEL else self._register(action)
            if len(errors) == len(action.bindings) and action is self._actions[0]:
                raise errors[0]
            for error in errors:
                trouble(error)

    def wait(self, seconds: float) -> None:
        self._keyboard.wait(min(seconds, ASK_EVERY) if self._pressed else seconds)
        for code in [code for code in self._pressed if not self._keyboard.is_down(code)]:
            self._pressed.remove(code)
            self._heard(code, False, False)

    def wake(self) -> None:
        self._keyboard.wake()

    def is_down(self, code: int) -> bool:
        return self._keyboard.is_down(code)

    def hears(self) -> bool:
        return True  # a key that another desktop has is up by all that this one is told

    def mask(self) -> None:
        """Windows itself takes no modifier of a registered key for a lone one."""

    def follow(self, recording: bool) -> None:
        if recording:
            for action in self._actions:
                if action.name == CANCEL:
                    before = set(self._held)
                    for error in self._register(action):
                        self._trouble(error)
                    self._cancels = list(self._held.keys() - before)
        else:
            for number in self._cancels:
                self._keyboard.unregister(number)
                del self._held[number]
            self._cancels = []

    def mend(self) -> None:
        """There is nothing to mend."""

    def stop(self) -> None:
        for number in self._held:
            self._keyboard.unregister(number)
        self._held.clear()
        self._keyboard.close()

    def _register(self, action: Action) -> list[HotkeyError]:
        errors = []
        for binding in action.bindings:
            try:
                self._take(binding)
            except HotkeyError as error:
                errors.append(error)
        return errors

    def _take(self, binding: Binding) -> None:
        code = self._codes.of(binding)
        if binding.is_lone or code in MOUSE:
            why = _("{key} can't be heard: Windows does not let this program hear the keyboard.")
            raise HotkeyError(why.format(key=binding))
        number = max(self._held, default=0) + 1
        if not self._keyboard.register(number, flags(binding) | NO_REPEAT, code):
            raise taken(binding)
        self._held[number] = code

    def _told(self, message: int, number: int) -> None:
        if message == HOTKEY and number in self._held:
            code = self._held[number]
            self._pressed.add(code)
            self._heard(code, True, False)


def flags(binding: Binding) -> int:
    """The modifiers as RegisterHotKey wants them."""
    return sum(FLAGS[name] for name in binding.modifiers)
