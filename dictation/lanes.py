"""A lane: one daemon thread that does its jobs in order, so that nobody else waits for them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
Crash = Callable[[Exception], None]


class Lane:
    """Jobs go in from any thread; what one raises unexpectedly goes to `crash`, and on it goes."""

    def __init__(self, name: str, crash: Crash) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], object], Crash] | None]
        self._jobs = queue.SimpleQueue()
        self._crash = crash
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Callable[[], object], crash: Crash | None = None) -> None:
        """Does the job after those before it; what it raises goes to its own `crash`, if any."""
        self._jobs.put((job, crash or self._crash))

    def ask(self, job: Callable[[], T]) -> Future[T]:
        """The same, for whoever wants the result or the error."""
        future: Future[T] = Future()
        self.put(lambda: fulfil(future, job))
        return future

    def close(self, seconds: float) -> None:
        """Lets the jobs that are in finish, for so long at most."""
        self._jobs.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (entry := self._jobs.get()) is not None:
            run(*entry)
            del entry  # and with it what the job held, however long the next one takes to come


def run(job: Callable[[], object], crash: Crash) -> None:
    """Does a job on this thread; the one place where an unexpected error is caught and told."""
    try:
        job()
    except Exception as error:  # noqa: BLE001 - a lane must outlive any job
        crash(error)


def spawn(name: str, job: Callable[[], object], crash: Crash) -> None:
    """Does one job on a daemon thread of its own, which holds up nobody's quitting."""
    threading.Thread(target=run, args=(job, crash), name=name, daemon=True).start()


def later(seconds: float, job: Callable[[], object]) -> threading.Timer:
    """Does one job on a thread of its own in so many seconds, unless it is cancelled."""
    timer = threading.Timer(seconds, job)
    timer.daemon = True
    timer.start()
    return timer


def fulfil(future: Future[T], job: Callable[[], T]) -> None:
    """Puts the job's result or error into the future."""
    try:
        future.set_result(job())
    except Exception as error:  # noqa: BLE001 - it is raised where the future is read
        future.set_exception(error)
