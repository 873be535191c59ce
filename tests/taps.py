"""What a faked system and those who listen to its keys share."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from dictation.errors import HotkeyError
from dictation.hotkeys import Action, parse_all
from dictation.lanes import fulfil


def keys(talk: str, **others: str) -> list[Action]:
    """Actions with their keys, Escape to cancel."""
    named = {"talk": talk, "cancel": "Escape", **others}
    return [Action(name, name, parse_all(text)) for name, text in named.items()]


class Thread:
    """A system's messages to the one thread that waits for them."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Callable[[], None]] = queue.Queue()

    def do(self, job: Callable[[], object]) -> object:
        """On the listening thread; its answer."""
        future: Future[object] = Future()
        self._jobs.put(lambda: fulfil(future, job))
        return future.result(5)

    def settle(self) -> None:
        """Waits until all that was done before has been told."""
        for _ in range(2):
            self.do(lambda: None)

    def wait(self, seconds: float) -> None:
        with suppress(queue.Empty):
            self._jobs.get(timeout=seconds)()

    def wake(self) -> None:
        self._jobs.put(lambda: None)


class Ears:
    """What a listener has told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.lost: list[HotkeyError] = []
        self._more = threading.Condition()

    def press(self, name: str, at: float) -> None:
        self._hear(f"{name} down")

    def release(self, name: str, at: float) -> None:
        self._hear(f"{name} up")

    def lose(self, error: HotkeyError) -> None:
        self.lost.append(error)
        self._hear("")

    def wait(self, done: Callable[[], bool]) -> None:
        with self._more:
            assert self._more.wait_for(done, 5), (self.told, self.lost)

    def _hear(self, what: str) -> None:
        with self._more:
            self.told += [what] if what else []
            self._more.notify_all()
