"""The keys of all actions, as one connection to the X server holds them."""

from __future__ import annotations

from collections.abc import Sequence

from dictation.errors import HotkeyError
from dictation.hotkeys.actions import CANCEL, Action
from dictation.hotkeys.binding import Binding
from dictation.hotkeys.x11_keyboard import Grab, Keyboard, KeyEvent, ServerGone


class Grabs:
    """Which key is held for which action; for one thread at a time."""

    def __init__(self, keyboard: Keyboard, actions: Sequence[Action]) -> None:
        self._keyboard = keyboard
        self._names = {binding: action.name for action in actions for binding in action.bindings}
        self._grabs: dict[Binding, Grab] = {}
        self._watched: dict[Binding, frozenset[int]] = {}
        self._cancel_told = False

    @property
    def lone(self) -> dict[int, str]:
        """The action of each key code that is one by itself."""
        return {code: self._names[key] for key, codes in self._watched.items() for code in codes}

    def take(self) -> dict[Binding, HotkeyError]:
        """Takes every key but the cancel key; tells which can't be had, and why."""
        failed = {}
        for binding, name in self._names.items():
            if name == CANCEL:
                continue
            try:
                self._take(binding)
            except ServerGone:
                raise
            except HotkeyError as error:
                failed[binding] = error
        return failed

    def match(self, press: KeyEvent, *, during_hold: bool) -> str | None:
        """The action that a press is for; during a hold the hotkey's own modifiers are down, too,
        when the cancel key is pressed."""
        for binding, grab in self._grabs.items():
            cancels = self._names[binding] == CANCEL
            if grab.matches(press) or (cancels and during_hold and grab.is_key_of(press)):
                return self._names[binding]
        return None

    def down(self, held: KeyEvent) -> bool:
        """Whether the key of a press that was told is down still."""
        grabs = [grab for grab in self._grabs.values() if grab.is_key_of(held)]
        return any(self._keyboard.down(grab) for grab in grabs)

    def follow_cancel(self, wanted: bool) -> list[HotkeyError]:
        """Holds the cancel key exactly while it is wanted; tells of a trouble only once."""
        troubles: list[HotkeyError] = []
        for binding, name in self._names.items():
            if name != CANCEL or wanted == (binding in self._grabs):
                continue
            if not wanted:
                self._keyboard.free(self._grabs.pop(binding))
                continue
            try:
                self._take(binding)
            except ServerGone:
                raise
            except HotkeyError as error:
                troubles.append(error)
        told, self._cancel_told = self._cancel_told, self._cancel_told or bool(troubles)
        return [] if told else troubles

    def follow_layout(self) -> list[HotkeyError]:
        """Takes the keys anew where a change of the layout moved them; tells of those it lost."""
        lost = []
        for binding, name in self._names.items():
            grab, codes = self._grabs.get(binding), self._watched.get(binding)
            if name == CANCEL and grab is None:
                continue
            try:
                if binding.is_lone:
                    self._take(binding)
                elif self._keyboard.find(binding) != grab:
                    self._drop(binding)
                    self._take(binding)
            except ServerGone:
                raise
            except HotkeyError as error:
                self._drop(binding)
                if grab is not None or codes is not None:
                    lost.append(error)
        return lost

    def _take(self, binding: Binding) -> None:
        if binding.is_lone:
            self._watched[binding] = self._keyboard.watch(binding)
        else:
            self._grabs[binding] = self._keyboard.grab(binding)

    def _drop(self, binding: Binding) -> None:
        self._watched.pop(binding, None)
        grab = self._grabs.pop(binding, None)
        if grab is not None:
            self._keyboard.free(grab)
