"""The thread that hears every key through a tap, and tells which of them are hotkeys.

The system waits for the answer about each key, and cuts off who is slow: what a key means to the
app is told only after the answer was given.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from dictation.errors import HotkeyError
from dictation.hotkeys.actions import Action
from dictation.hotkeys.chords import Chords, Codes
from dictation.hotkeys.hearer import Hearer
from dictation.i18n import _
from dictation.lanes import fulfil, run

PATIENCE = 2.0  # seconds that starting and closing wait for the thread
LOOK_EVERY = 0.5  # seconds between looks at a key that is held

Heard = Callable[[int, bool, bool], bool]  # code, whether it goes down, whether it is a repeat


class Tap(Protocol):
    """Where the keys of all programs come by; all but `wake` is called on the thread of `start`."""

    SEES_KEPT: bool  # is_down knows of keys that were kept from the programs, too
    MEND_EVERY: float  # seconds

    def start(self, heard: Heard, trouble: Callable[[HotkeyError], None]) -> None:
        """Keys come from now on: `heard` says whether to keep one. HotkeyError where none can."""
        ...

    def wait(self, seconds: float) -> None:
        """Lets keys come, until one did, until woken, for so long at most."""
        ...

    def wake(self) -> None:
        """Ends a wait; on any thread."""
        ...

    def is_down(self, code: int) -> bool:
        """Whether a key is down, by the system's word."""
        ...

    def hears(self) -> bool:
        """Whether keys would come: another desktop or a window of more rights may have them."""
        ...

    def mask(self) -> None:
        """Shows the programs a key that means nothing."""
        ...

    def follow(self, recording: bool) -> None:
        """A take records, or does no longer."""
        ...

    def mend(self) -> None:
        """Whether keys still come is looked at, and seen to."""
        ...

    def stop(self) -> None:
        """No keys come any more."""
        ...


class TapListener:
    """Listens from construction on; HotkeyError where the tap can't be had."""

    def __init__(
        self,
        actions: Sequence[Action],
        codes: Codes,
        tap: Tap,
        *,
        hearer: Hearer,
    ) -> None:
        self._tap, self._hearer = tap, hearer
        self._news: deque[Callable[[], None]] = deque()
        self._chords = Chords(
            actions,
            codes,
            tap.is_down,
            sees_kept=tap.SEES_KEPT,
            mask=tap.mask,
            on_press=lambda name, at: self._news.append(lambda: hearer.press(name, at)),
            on_release=lambda name, at: self._news.append(lambda: hearer.release(name, at)),
        )
        self._recording = False
        self._open = True
        self._faults: list[Exception] = []
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="hotkey", daemon=True)
        self._thread.start()
        try:
            self._started.result(PATIENCE)
        except TimeoutError as error:
            self._open = False
            raise HotkeyError(_("The system does not answer when it is asked for keys.")) from error

    def recording(self, recording: bool) -> None:
        """The cancel key is taken from the programs exactly while a take records."""
        self._recording = recording
        self._tap.wake()

    def close(self) -> None:
        """Gives the keys back; a hotkey that is down counts as released."""
        self._open = False
        self._tap.wake()
        if self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        fulfil(self._started, lambda: self._tap.start(self._heard, self._trouble))
        if self._started.exception():
            self._tap.stop()
            return
        run(self._listen, self._faults.append)  # a hotkey never goes silent without a word
        self._tap.stop()
        self._chords.let_all_go(time.monotonic())
        self._tell()
        for fault in self._faults:
            what = f"{type(fault).__name__}: {fault}"
            self._hearer.lost(fault if isinstance(fault, HotkeyError) else HotkeyError(what))

    def _listen(self) -> None:
        mended = time.monotonic()
        while self._open and not self._faults:
            if self._chords.recording != self._recording:
                self._chords.recording = self._recording
                self._tap.follow(self._recording)
            self._tap.wait(self._patience())
            now = time.monotonic()
            if self._chords.busy:
                if self._tap.hears():
                    self._chords.look(now)
                else:
                    self._chords.let_all_go(now)
            # A key's release must not fall in between.
            if now - mended >= self._tap.MEND_EVERY and not self._chords.busy:
                mended = now
                self._tap.mend()
            self._tell()

    def _patience(self) -> float:
        if (due := self._chords.due) is not None:
            return max(0.0, due - time.monotonic())
        return LOOK_EVERY if self._chords.busy else self._tap.MEND_EVERY

    def _heard(self, code: int, down: bool, repeat: bool) -> bool:
        answers: list[bool] = []
        run(lambda: answers.append(self._judge(code, down, repeat)), self._faults.append)
        if self._news or self._faults:
            self._tap.wake()
        return any(answers)

    def _judge(self, code: int, down: bool, repeat: bool) -> bool:
        now = time.monotonic()
        if not down:
            return self._chords.release(code, now)
        repeat = repeat or self._chords.keeps(code, now)
        return self._chords.press(code, now, repeat=repeat)

    def _trouble(self, error: HotkeyError) -> None:
        self._news.append(lambda: self._hearer.lost(error))

    def _tell(self) -> None:
        while self._news:
            self._news.popleft()()
