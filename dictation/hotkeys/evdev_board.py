"""The keys of all keyboards together: what is down, and on which. No I/O.

A modifier may be on one keyboard and the key on another, and each of several keyboards, mice and
foot pedals may be unplugged while a key is down.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dictation.hotkeys.actions import Action
from dictation.hotkeys.binding import KEYS, LONE_MODIFIERS
from dictation.hotkeys.chords import Chords, Codes
from dictation.hotkeys.hearer import Tell
from dictation.hotkeys.kernel_keys import code

FIRST_BUTTON, LAST_BUTTON = 0x100, 0x15F  # of mice, gamepads and pens
FIRST_CLICK = 0x110  # a mouse's left button
CODES = Codes(
    keys={key: code(key) for key in KEYS if key not in LONE_MODIFIERS},
    modifiers={key: code(key) for key in LONE_MODIFIERS},
)


class Board:
    """Tells of the actions' keys. Times are time.monotonic(), devices any numbers."""

    def __init__(self, actions: Sequence[Action], on_press: Tell, on_release: Tell) -> None:
        self._down: set[tuple[int, int]] = set()  # device and code
        self.chords = Chords(
            actions,
            CODES,
            self._is_down,
            sees_kept=True,
            mask=lambda: None,  # the programs have all keys anyway
            on_press=on_press,
            on_release=on_release,
        )
        bindings = [binding for action in actions for binding in action.bindings]
        own = {CODES.of(binding) for binding in bindings} | set(CODES.modifiers.values())
        alone = any(binding.is_lone for binding in bindings)
        # Any other key or click makes a modifier none by itself.
        self.wanted = frozenset(own | {FIRST_CLICK} if alone else own)  # on which devices
        self.shown = None if alone else self.wanted  # which keys of them, None for all

    def key(self, device: int, number: int, *, down: bool, at: float) -> None:
        """A key went down or up; one that is down already repeats, which means nothing."""
        if not down:
            self._release(device, number, at)
        elif (device, number) not in self._down:
            again = self._is_down(number)  # on another keyboard
            self._down.add((device, number))
            if not again:
                other = FIRST_BUTTON <= number <= LAST_BUTTON and number not in self.wanted - {
                    FIRST_CLICK
                }
                self.chords.press(0 if other else number, at)

    def follow(self, device: int, down: Collection[int], at: float) -> None:
        """These are the device's keys that are down, whatever was told: of what was missed, a
        release counts and a press does not.
        """
        for its, number in list(self._down):
            if its == device and number not in down:
                self._release(device, number, at)
        self._down |= {(device, number) for number in down}

    def gone(self, device: int, at: float) -> None:
        """The device was unplugged."""
        self.follow(device, (), at)

    def _release(self, device: int, number: int, at: float) -> None:
        self._down.discard((device, number))
        if not self._is_down(number):
            self.chords.release(number, at)

    def _is_down(self, number: int) -> bool:
        return any(its == number for _device, its in self._down)
