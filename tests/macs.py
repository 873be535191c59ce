"""A Mac as its hotkeys see it: a keyboard whose keys go by the tap, then to the programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dictation.mac.values import BUTTON, KEY, Stroke
from tests.taps import Thread

SPACE, ESCAPE, F9, LETTER_D = KEY + 49, KEY + 53, KEY + 101, KEY + 2
CTRL, ALT, RIGHT_CMD, LETTER_A = KEY + 59, KEY + 58, KEY + 54, KEY
BACK = BUTTON + 3


class FakeKeyboard(Thread):
    """`hotkeys.macos_tap.Keyboard`. A test's calls are done on the thread that waits."""

    def __init__(self) -> None:
        super().__init__()
        self.trusted = self.listening = self.taps = True  # what macOS allows
        self.asked = 0
        self.secured: str | None = None
        self.shown: list[tuple[int, bool]] = []
        self.set = 0  # how often the tap was made
        self.enabled = False
        self.dead = False  # macOS won't switch this tap on again
        self._down: set[int] = set()
        self._heard: Callable[[Stroke], bool] | None = None
        self._disabled: Callable[[], None] = lambda: None

    def press(self, *codes: int) -> None:
        for code in codes:
            self.do(lambda code=code: self._stroke(code, True))

    def release(self, *codes: int) -> None:
        for code in codes:
            self.do(lambda code=code: self._stroke(code, False))

    def lose_release(self, *codes: int) -> None:
        """The finger left the key while no key was shown."""
        self._down -= set(codes)

    def disable(self) -> None:
        """As macOS does with a slow tap, which it tells the tap."""

        def off() -> None:
            self.enabled = False
            self._disabled()

        self.do(off)

    def is_trusted(self) -> bool:
        return self.trusted

    def ask_trust(self) -> None:
        self.asked += 1

    def may_listen(self) -> bool:
        return self.listening

    def secure_input(self) -> str | None:
        return self.secured

    def tap(self, heard: Callable[[Stroke], bool], disabled: Callable[[], None]) -> bool:
        if self.taps:
            self._heard, self._disabled, self.enabled, self.dead = heard, disabled, True, False
            self.set += 1
        return self.taps

    def untap(self) -> None:
        self._heard, self.enabled = None, False

    def is_enabled(self) -> bool:
        return self.enabled

    def enable(self) -> None:
        self.enabled = not self.dead

    def is_down(self, code: int) -> bool:
        return code in self._down

    def signs(self) -> Mapping[str, int]:
        return {"a": LETTER_A, "d": LETTER_D, ",": KEY + 43}

    def _stroke(self, code: int, down: bool) -> None:
        repeat = down and code in self._down
        (self._down.add if down else self._down.discard)(code)
        shown = self._heard and self.enabled and self.secured is None
        if not (shown and self._heard and self._heard(Stroke(code, down, repeat))):
            self.shown.append((code, down))
