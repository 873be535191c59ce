"""Keys that talk, whoever hears them: what their presses and releases do to the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

from dictation.engine import Engine
from dictation.hotkeys import InOrder, Mode, Presses
from dictation.settings import Settings


class Talk:
    """One key that starts takes with the settings `chosen`; main thread."""

    def __init__(self, engine: Engine, chosen: Settings) -> None:
        self._engine, self._chosen = engine, chosen
        self._presses = Presses(cast(Mode, chosen.hotkey_mode))

    def use(self, chosen: Settings) -> None:
        """Other settings for the next take; a key that is down stays so."""
        if chosen.hotkey_mode != self._chosen.hotkey_mode:
            self._presses = Presses(cast(Mode, chosen.hotkey_mode))
        self._chosen = chosen

    def press(self, at: float) -> None:
        """The key went down; `at` is time.monotonic(), from which timings count."""
        if self._presses.press(self._engine.state.recording is not None, at) == "start":
            self._engine.start(self._chosen, held=True, pressed=at)
        else:
            self._engine.stop()

    def release(self, at: float) -> None:
        """The key is up."""
        if self._presses.release(self._engine.state.recording is not None, at) == "stop":
            self._engine.stop()
        else:
            self._engine.released()


class BoundKeys:
    """Keys that the desktop bound to `dictation press` and `dictation release`; main thread.

    `settings` finds a profile's by its name, and raises SettingsError.
    """

    def __init__(self, engine: Engine, settings: Callable[[str], Settings]) -> None:
        self._engine, self._settings = engine, settings
        self._keys: dict[str, tuple[InOrder, Talk]] = {}

    def told(self, what: Literal["press", "release"], profile: str, at: float) -> str | None:
        """A command tells of the profile's key; the take meant, if any."""
        chosen = self._settings(profile)
        if profile not in self._keys:
            self._keys[profile] = InOrder(), Talk(self._engine, chosen)
        order, talk = self._keys[profile]
        talk.use(chosen)
        meant = self._engine.state.newest
        for event, when in order.press(at) if what == "press" else order.release(at):
            if event == "press":
                talk.press(when)
            else:
                talk.release(when)
        return self._engine.state.newest or meant
