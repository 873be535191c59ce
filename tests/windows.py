"""Windows as its hotkeys see it: a keyboard whose keys go by the hook, then to the programs."""

from __future__ import annotations

from collections.abc import Callable

from dictation.win32.values import Stroke
from tests.taps import Thread

NOTHING = 0xE8
SHIFT, CTRL, ALT, WIN = 0xA0, 0xA2, 0xA4, 0x5B
RIGHT_CTRL, ALT_GR = 0xA3, 0xA5
SPACE, ESCAPE, F9, LETTER_C = 0x20, 0x1B, 0x78, ord("C")


class FakeKeyboard(Thread):
    """`hotkeys.windows_tap.Keyboard`. A test's calls are done on the thread that waits."""

    def __init__(self, *, hooks: bool = True) -> None:
        super().__init__()
        self.hooks = hooks  # whether Windows allows them
        self.taken: set[tuple[int, int]] = set()  # flags and codes that other programs have
        self.shown: list[tuple[int, bool]] = []  # what the programs got, and whether down
        self.set, self.opened, self.closed = 0, 0, 0  # how often
        self.registered: dict[int, tuple[int, int]] = {}
        self.front_reaches_us = True
        self._down: set[int] = set()
        self._clock = 1000
        self._heard: Callable[[Stroke], bool] | None = None
        self._told: Callable[[int, int], None] = lambda _message, _detail: None

    def press(self, *codes: int, fake_ctrl: bool = False) -> None:
        """As a finger would, one after the other, repeats too."""
        for code in codes:
            self.do(lambda code=code: self._stroke(code, True, fake_ctrl))

    def release(self, *codes: int, fake_ctrl: bool = False) -> None:
        for code in codes:
            self.do(lambda code=code: self._stroke(code, False, fake_ctrl))

    def lose_release(self, *codes: int) -> None:
        """Another desktop got it: Windows itself knows of it, no hook does."""
        self._down -= set(codes)

    def lose_hook(self) -> None:
        """As Windows does, without a word."""
        self._heard = None

    def tell(self, message: int, detail: int) -> None:
        """A message to the window."""
        self.do(lambda: self._told(message, detail) is None)

    def open(self, told: Callable[[int, int], None]) -> None:
        self._told = told
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def hook(self, heard: Callable[[Stroke], bool], *, mouse: bool) -> bool:
        if self.hooks:
            self._heard = heard
            self.set += 1
        return self.hooks

    def unhook(self) -> None:
        self._heard = None

    def register(self, number: int, flags: int, code: int) -> bool:
        wanted = flags & 0xF, code
        if wanted in {*self.taken, *self.registered.values()}:
            return False
        self.registered[number] = wanted
        return True

    def unregister(self, number: int) -> None:
        del self.registered[number]

    def is_down(self, code: int) -> bool:
        return code in self._down

    def tap_nothing(self) -> None:
        for down in (True, False):
            self._stroke(NOTHING, down, False, ours=True)

    def reaches_us(self) -> bool:
        return self.front_reaches_us

    def newest_input(self) -> int:
        return self._clock

    def code_of(self, sign: str) -> int:
        return {",": 0xBC, ".": 0xBE}.get(sign, 0)

    def _stroke(self, code: int, down: bool, fake_ctrl: bool, ours: bool = False) -> bool:
        self._clock += 400
        stroke = Stroke(code, down, self._clock, ours, fake_ctrl)
        if self._heard and self._heard(stroke):
            return True
        if not self._is_registered(code, down):
            self.shown.append((code, down))
        if down:
            self._down.add(code)
        else:
            self._down.discard(code)
        return False

    def _is_registered(self, code: int, down: bool) -> bool:
        sides = ((ALT, 0xA5, 1), (CTRL, RIGHT_CTRL, 2), (SHIFT, 0xA1, 4), (WIN, 0x5C, 8))
        held = sum(flag for left, right, flag in sides if {left, right} & self._down)
        for number, wanted in list(self.registered.items()):
            if wanted == (held, code):
                if down and code not in self._down:
                    self._told(0x0312, number)
                return True
        return False
