"""Joins the hotkey's presses to the engine: what a press means is `hotkeys.presses`' rule."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

from dictation import hotkeys
from dictation.desktop import Desktop
from dictation.engine import Engine
from dictation.errors import DictationError
from dictation.hotkeys import Listener, Mode, Presses, none
from dictation.settings import Settings

Post = Callable[[Callable[[], None]], None]
SETTINGS = ("hotkey", "hotkey_mode", "cancel_hotkey", "hotkey_backend")


class Keys:
    """The keys in force; `trouble` hears, on the main thread, why they don't work."""

    def __init__(
        self,
        engine: Engine,
        desktop: Desktop,
        post: Post,
        trouble: Callable[[DictationError], None],
    ) -> None:
        self._engine, self._desktop, self._post, self._trouble = engine, desktop, post, trouble
        self._listener: Listener | None = None
        self._in_force: tuple[object, ...] = ()
        self._presses = Presses()
        self.unheard: DictationError | None = None  # where the desktop has to bind the hotkey
        self.failure: DictationError | None = None  # why nothing is listened for

    def apply(self, settings: Settings) -> None:
        """Listens for these keys from now on; main thread."""
        wanted = tuple(getattr(settings, name) for name in SETTINGS)
        if wanted == self._in_force:
            return
        self.close()
        self._in_force, self.unheard, self.failure = wanted, None, None
        self._presses = Presses(cast(Mode, settings.hotkey_mode))
        try:
            hotkey = hotkeys.parse(settings.hotkey)
            backend = hotkeys.choose(self._desktop, settings.hotkey_backend)
            if backend.NAME == none.NAME != settings.hotkey_backend:
                self.unheard = none.unheard(self._desktop, hotkey)
            self._listener = backend.listen(
                hotkey,
                hotkeys.parse(settings.cancel_hotkey) if settings.cancel_hotkey else None,
                desktop=self._desktop,
                on_press=lambda: self._timed(self._pressed),
                on_release=lambda: self._timed(self._released),
                on_cancel=lambda: self._timed(self._cancelled),
                on_lost=lambda error: self._post(lambda: self._lost(error)),
            )
        except DictationError as error:
            self.failure = error
            self._lost(error)  # applied again, it is tried again: whoever has the key may be gone
        self.recording(self._engine.state.recording is not None)

    def recording(self, recording: bool) -> None:
        """The cancel key is ours only while something is being recorded; main thread."""
        if self._listener:
            self._listener.want_cancel(recording)

    def again(self, settings: Settings) -> None:
        """Takes the keys anew: a sleep may have cost them; main thread."""
        self.close()
        self.apply(settings)

    def close(self) -> None:
        """Gives the keys back."""
        if self._listener:
            self._listener.close()
        self._listener, self._in_force = None, ()

    def _timed(self, do: Callable[[float], None]) -> None:
        now = time.monotonic()  # of the key, not of whenever the main thread comes to it
        self._post(lambda: do(now))

    def _pressed(self, now: float) -> None:
        if self._presses.press(self._engine.state.recording is not None, now) == "start":
            self._engine.start(held=True, pressed=now)
        else:
            self._engine.stop()

    def _released(self, now: float) -> None:
        if self._presses.release(self._engine.state.recording is not None, now) == "stop":
            self._engine.stop()
        else:
            self._engine.released()

    def _cancelled(self, now: float) -> None:
        if self._presses.cancel_press(self._engine.recording_seconds, now):
            self._engine.cancel()

    def _lost(self, error: DictationError) -> None:
        self._in_force = ()
        self._trouble(error)
