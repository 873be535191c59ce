"""What the app does about the computer's day: sleep and waking, lock, another network."""

from __future__ import annotations

import logging
from collections.abc import Callable

from dictation import watch
from dictation.desktop import Desktop
from dictation.engine import Engine
from dictation.keys import Keys
from dictation.lanes import Crash, spawn
from dictation.microphones import portaudio
from dictation.watch import Moment, Watcher
from dictation.wiring import Wiring

log = logging.getLogger(__name__)


class Day:
    """Watches from `start` to `close`; acts on the main thread."""

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        wiring: Wiring,
        post: Callable[[Callable[[], None]], None],
    ) -> None:
        self._engine, self._keys, self._wiring, self._post = engine, keys, wiring, post
        self._watchers: list[Watcher] = []
        self._closed = self._locked = False

    def start(self, desktop: Desktop, crash: Crash) -> None:
        """Looks for who can tell, which may take a second: on a thread of its own."""

        def look() -> None:
            found = watch.start(desktop, self._heard)
            self._post(lambda: self._watched(found))

        spawn("watch", look, crash)

    def close(self) -> None:
        """Watches no more."""
        self._closed = True
        for watcher in self._watchers:
            watcher.close()

    def _watched(self, found: list[Watcher]) -> None:
        self._watchers = found
        if self._closed:
            self.close()

    def _heard(self, moment: Moment, done: Callable[[], None]) -> None:
        self._post(lambda: self.happens(moment, done))

    def happens(self, moment: Moment, done: Callable[[], None]) -> None:
        """One moment; `done` lets the computer go on. Main thread."""
        engine = self._engine
        match moment:
            case "suspending":
                self._leave_alone()
                engine.when_kept(done)
            case "away":
                self._locked = True
                self._leave_alone()
            case "back":
                self._locked = False
                self._come_back()
                engine.past.outbox.now()  # with the screen the keyring was unlocked
            case "resumed":
                self._leave_alone()  # where nobody told of the sleep before
                portaudio.library.forget()
                if not self._locked:
                    self._come_back()
                self._keys.again()
                self._other_network()
            case "network":
                self._other_network()
        log.info("%s", moment)

    def _leave_alone(self) -> None:
        self._engine.leave_alone()
        self._wiring.standby.leave_alone()

    def _come_back(self) -> None:
        self._engine.come_back()
        self._wiring.standby.come_back()

    def _other_network(self) -> None:
        self._wiring.renew()
        self._engine.past.outbox.now()
