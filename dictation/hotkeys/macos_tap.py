"""Keys on macOS through an event tap: all of them, before any program has them.

macOS switches a tap off that once was slow, and shows no keys while a program wants them secure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from dictation.errors import HotkeyError
from dictation.hotkeys.tap_listener import Heard
from dictation.i18n import _
from dictation.mac.values import Stroke


class Keyboard(Protocol):
    """What macOS is asked; but for `wake` on one thread."""

    def is_trusted(self) -> bool:
        """Whether the user allows this program to hear and press keys."""
        ...

    def ask_trust(self) -> None: ...
    def may_listen(self) -> bool:
        """Whether the user allows this program to watch the keyboard, a right of its own."""
        ...

    def secure_input(self) -> str | None:
        """The program that lets no other hear keys; "" for an unknown one."""
        ...

    def tap(self, heard: Callable[[Stroke], bool], disabled: Callable[[], None]) -> bool:
        """Whether macOS shows all keys from now on; `heard` says whether to keep one."""
        ...

    def untap(self) -> None: ...
    def is_enabled(self) -> bool: ...
    def enable(self) -> None: ...
    def wait(self, seconds: float) -> None: ...
    def wake(self) -> None: ...
    def is_down(self, code: int) -> bool:
        """By the hardware, whoever kept the key."""
        ...

    def signs(self) -> Mapping[str, int]:
        """The key of each sign."""
        ...


class MacTap:
    """All keys and mouse buttons."""

    SEES_KEPT = True
    MEND_EVERY = 5.0

    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard
        self._heard: Heard = lambda _code, _down, _repeat: False
        self._trouble: Callable[[HotkeyError], None] = lambda _error: None
        self._secured: str | None = None  # who had the keys at the last look
        self._told: set[str] = set()

    def start(self, heard: Heard, trouble: Callable[[HotkeyError], None]) -> None:
        """HotkeyError with the place in the settings where the user may allow it."""
        self._heard, self._trouble = heard, trouble
        if not self._keyboard.is_trusted():
            self._keyboard.ask_trust()
            raise not_allowed(_("Accessibility"))
        self._tap()

    def wait(self, seconds: float) -> None:
        self._keyboard.wait(seconds)

    def wake(self) -> None:
        self._keyboard.wake()

    def is_down(self, code: int) -> bool:
        return self._keyboard.is_down(code)

    def hears(self) -> bool:
        return True  # the hardware itself is asked whether a key is down

    def mask(self) -> None:
        """On macOS a modifier alone opens nothing."""

    def follow(self, recording: bool) -> None:
        """The cancel key comes by in any case."""

    def mend(self) -> None:
        """Switches the tap on again where it is off, makes it anew where that does not help."""
        if not self._keyboard.is_enabled():
            self._keyboard.enable()
        if not self._keyboard.is_enabled():
            self._keyboard.untap()
            self._tap()
        # A password field has the keys for a moment, a program that forgets to give them back
        # has them for days (github.com/cjpais/Handy/issues/1578).
        before, self._secured = self._secured, self._keyboard.secure_input()
        if self._secured is not None and before == self._secured not in self._told:
            self._told.add(self._secured)
            self._trouble(_secured(self._secured))

    def stop(self) -> None:
        self._keyboard.untap()

    def _tap(self) -> None:
        if self._keyboard.tap(self._stroke, self._keyboard.enable):
            return
        if not self._keyboard.may_listen():
            raise not_allowed(_("Input Monitoring"))
        raise HotkeyError(
            _("macOS does not let this program hear the keyboard."),
            hint=_("Start Dictation again; after an update it may have to be allowed anew."),
        )

    def _stroke(self, stroke: Stroke) -> bool:
        return not stroke.ours and self._heard(stroke.code, stroke.down, stroke.repeat)


def not_allowed(right: str) -> HotkeyError:
    """That the user has to allow it, and where."""
    return HotkeyError(
        _("macOS does not let this program hear the keyboard yet."),
        title=_("The hotkey needs your permission"),
        hint=_(
            "Open System Settings, Privacy & Security, {right}; switch on Dictation, or the "
            "terminal or Python that started it. Then start it again."
        ).format(right=right),
    )


def _secured(program: str) -> HotkeyError:
    return HotkeyError(
        _("{program} keeps the keyboard to itself (Secure Input): no hotkey is heard.").format(
            program=program or _("Another program")
        ),
        title=_("The hotkey is not heard at present"),
        hint=_(
            "Leave its password field, or switch off Secure Keyboard Entry in its menu; "
            "`dictation toggle` works meanwhile."
        ),
    )
