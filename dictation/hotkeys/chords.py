"""Which keys are hotkeys, where every key of all programs is shown before it reaches them. No I/O.

Windows and macOS show them. A hotkey is kept from the program below, press, repeats and release; a
lone modifier is not, for it may yet be used with another key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from dictation.errors import HotkeyError
from dictation.hotkeys.actions import CANCEL, Action
from dictation.hotkeys.binding import Binding
from dictation.hotkeys.hearer import Tell
from dictation.hotkeys.lone import LoneModifiers
from dictation.hotkeys.taken import taken
from dictation.i18n import _

SILENCE = 1.2  # seconds: a key that is held repeats sooner than that


@dataclass(frozen=True, slots=True)
class Codes:
    """The system's number of each key's name, mouse buttons too; never 0."""

    keys: Mapping[str, int]
    modifiers: Mapping[str, int]  # by names out of LONE_MODIFIERS

    def of(self, binding: Binding) -> int:
        """HotkeyError where the keyboard has no such key."""
        code = (self.modifiers if binding.is_lone else self.keys).get(binding.key)
        if code is None:
            raise HotkeyError(_("The keyboard layout has no key {key}.").format(key=binding.key))
        return code

    def held(self, is_down: Callable[[int], bool]) -> frozenset[str]:
        """The modifiers that are down, whatever the side."""
        return frozenset(_family(name) for name, code in self.modifiers.items() if is_down(code))

    def of_modifiers(self, binding: Binding) -> list[int]:
        """Both sides of each modifier that the key needs."""
        return [code for name, code in self.modifiers.items() if _family(name) in binding.modifiers]


class _Down:
    """The keys that are down, as whoever asks the system one by one sees them."""

    def __init__(self, is_down: Callable[[int], bool]) -> None:
        self._is_down = is_down

    def __contains__(self, code: object) -> bool:
        return isinstance(code, int) and self._is_down(code)


@dataclass(slots=True)
class _Kept:
    """A key that is kept from the programs.

    `last` is its newest press or repeat; it `repeats` until another key is touched.
    """

    binding: Binding
    name: str
    last: float
    repeats: bool = False


class Chords:
    """For one thread; times are time.monotonic()."""

    def __init__(
        self,
        actions: Sequence[Action],
        codes: Codes,
        is_down: Callable[[int], bool],
        *,
        sees_kept: bool,
        mask: Callable[[], None],
        on_press: Tell,
        on_release: Tell,
    ) -> None:
        """`sees_kept`: is_down knows of keys that were kept from the programs, too.

        `mask` shows the programs some other key, so that they take no modifier for a lone one.
        """
        self._codes, self._is_down, self._sees_kept = codes, is_down, sees_kept
        self._mask, self._on_press, self._on_release = mask, on_press, on_release
        self.recording = False
        self._chords: dict[int, list[tuple[Binding, str]]] = {}
        alone: dict[int, str] = {}
        for action in actions:
            for binding in action.bindings:
                code = codes.of(binding)
                if binding.is_lone:
                    alone[code] = action.name
                else:
                    self._chords.setdefault(code, []).append((binding, action.name))
        self._lone = LoneModifiers(alone, on_press, on_release)
        self._down = _Down(is_down)
        self._kept: dict[int, _Kept] = {}

    @property
    def busy(self) -> bool:
        """Whether a key is down whose release is waited for."""
        return bool(self._kept) or bool(self._lone.down)

    @property
    def due(self) -> float | None:
        """When something is to be told that no key tells."""
        return self._lone.due(self.recording)

    def keeps(self, code: int, now: float) -> bool:
        """Whether a press of this key now can only be the repeat of one that is kept."""
        kept = self._kept.get(code)
        return kept is not None and now - kept.last < SILENCE

    def press(self, code: int, now: float, *, repeat: bool = False) -> bool:
        """A key goes down, or with 0 any other mouse button; whether to keep it from the programs.

        A press that is no repeat, of a key that is down, means that a release got lost.
        """
        if repeat:
            if (kept := self._kept.get(code)) is not None:
                kept.last, kept.repeats = now, True
            return code in self._kept
        self._let_go(code, now)
        self._touched()
        self._lone.press(code, self._down, now)
        found = self._match(code)
        if found is None:
            return False
        binding, name = found
        if binding.modifiers:
            self._mask()
        self._kept[code] = _Kept(binding, name, now)
        self._on_press(name, now)
        return True

    def release(self, code: int, now: float) -> bool:
        """A key goes up; whether to keep that from the programs."""
        self._touched()
        if code and code == self._lone.down:
            self._mask()
        self._lone.release(code, now)
        return self._let_go(code, now)

    def look(self, now: float) -> None:
        """Time has passed: tells of what is due, and lets go what is not down any more."""
        for code, kept in list(self._kept.items()):
            if self._is_lost(code, kept, now):
                self._let_go(code, now)
        if (code := self._lone.down) and not self._is_down(code):
            self._lone.lost(now)
        self._lone.tick(now, self.recording)

    def let_all_go(self, now: float) -> None:
        """No key is heard any more: what is down counts as released."""
        for code in list(self._kept):
            self._let_go(code, now)
        self._lone.lost(now)

    def _match(self, code: int) -> tuple[Binding, str] | None:
        if code not in self._chords:
            return None
        held = self._codes.held(self._is_down)
        for binding, name in self._chords[code]:
            if name == CANCEL:
                # During a hold the hotkey's own modifiers are down, too.
                if self.recording and (binding.modifiers == held or self._kept):
                    return binding, name
            elif binding.modifiers == held:
                return binding, name
        return None

    def _is_lost(self, code: int, kept: _Kept, now: float) -> bool:
        if self._sees_kept:
            return not self._is_down(code)
        # Its own state is not known, that of its modifiers is; and it would repeat.
        modifiers = self._codes.of_modifiers(kept.binding)
        let_go = bool(modifiers) and not any(map(self._is_down, modifiers))
        return now - kept.last >= SILENCE and (let_go or kept.repeats)

    def _touched(self) -> None:
        """A keyboard repeats the key that was pressed last, if any."""
        for kept in self._kept.values():
            kept.repeats = False

    def _let_go(self, code: int, now: float) -> bool:
        kept = self._kept.pop(code, None)
        if kept is not None and kept.name != CANCEL:
            self._on_release(kept.name, now)
        return kept is not None


def possible(
    actions: Sequence[Action], codes: Codes, is_free: Callable[[Binding], bool]
) -> tuple[list[Action], dict[Binding, HotkeyError]]:
    """The actions with those of their keys that can be had, and why each of the others can't.

    The cancel key is taken from whoever has it: for the length of a take.
    """
    failed: dict[Binding, HotkeyError] = {}
    for action in actions:
        for binding in action.bindings:
            try:
                codes.of(binding)
            except HotkeyError as error:
                failed[binding] = error
            else:
                if action.name != CANCEL and not is_free(binding):
                    failed[binding] = taken(binding)
    kept = [
        replace(action, bindings=tuple(key for key in action.bindings if key not in failed))
        for action in actions
    ]
    return [action for action in kept if action.bindings], failed


def _family(name: str) -> str:
    return name.removeprefix("Left").removeprefix("Right").lower()
