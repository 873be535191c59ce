"""Keys that talk, whoever hears them: what their presses and releases do to the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

from dictation.backends import Verdict
from dictation.engine import Engine
from dictation.hotkeys import InOrder, Mode, Presses
from dictation.settings import Settings

What = Literal["press", "release"]


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

    def press(self, at: float, *, held: bool = True) -> None:
        """The key went down; `at` is time.monotonic(), from which timings count.

        Silence does not stop the take as long as the key is held.
        """
        if self._presses.press(self._engine.state.recording is not None, at) == "start":
            self._engine.start(self._chosen, held=held, pressed=at)
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

    `settings` finds a profile's by its name, and raises SettingsError. What came so far is in
    `seen`: where no release is told, a key that was pressed is not held. `by_portal` tells whether
    the hotkey itself is heard by the desktop's portal, None where that was not asked.
    """

    def __init__(self, engine: Engine, settings: Callable[[str], Settings]) -> None:
        self._engine, self._settings = engine, settings
        self._keys: dict[str, tuple[InOrder, Talk]] = {}
        self._trial: Callable[[str], None] | None = None
        self.seen: set[What] = set()
        self.by_portal: Callable[[], Verdict | None] = lambda: None

    def listen(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """What commands tell goes to `heard` alone, to try keys out, until the call given back."""
        self._trial = heard

        def end() -> None:
            if self._trial is heard:
                self._trial = None

        return end

    def tried(self, what: What) -> bool:
        """Whether this is for a trial, which has heard it now."""
        if self._trial:
            self.seen.add(what)
            self._trial(what)
        return self._trial is not None

    def told(self, what: What, profile: str, at: float) -> str | None:
        """A command tells of the profile's key; the take meant, if any."""
        chosen = self._settings(profile)
        if self.tried(what):
            return None
        self.seen.add(what)
        if profile not in self._keys:
            self._keys[profile] = InOrder(), Talk(self._engine, chosen)
        order, talk = self._keys[profile]
        talk.use(chosen)
        meant = self._engine.state.newest
        for event, when in order.press(at) if what == "press" else order.release(at):
            if event == "press":
                talk.press(when, held="release" in self.seen)
            else:
                talk.release(when)
        return self._engine.state.newest or meant
