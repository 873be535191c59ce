"""The thread that turns the X server's events into presses and releases of actions' keys.

It sleeps until the server or this program has something for it; only while a key is held does it
look now and then whether it still is: a release may get lost.
"""

from __future__ import annotations

import selectors
import threading
import time
from collections import deque
from collections.abc import Iterable

from dictation.bell import Bell
from dictation.errors import HotkeyError
from dictation.hotkeys.actions import CANCEL
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.lone import LoneModifiers
from dictation.hotkeys.x11_grabs import Grabs
from dictation.hotkeys.x11_keyboard import Keyboard, KeyEvent
from dictation.lanes import run

PATIENCE = 2.0  # seconds that close() waits for the thread, should the X server hang
LOOK_EVERY = 0.5  # seconds between looks at a key that is held


class X11Listener:
    """Listens on a keyboard that already holds the keys, and owns it from then on."""

    def __init__(
        self,
        keyboard: Keyboard,
        grabs: Grabs,
        troubles: Iterable[HotkeyError] = (),
        *,
        hearer: Hearer,
    ) -> None:
        """`troubles` are told at once: keys that could not be had beside others."""
        self._keyboard, self._grabs = keyboard, grabs
        self._troubles = list(troubles)
        self._hearer = hearer
        self._lone = LoneModifiers(grabs.lone, hearer.press, hearer.release)
        self._events: deque[KeyEvent] = deque()
        self._held: dict[str, KeyEvent] = {}  # by action: its press
        self._remapped = False
        self._recording = False
        self._open = True
        self._bell = Bell()
        self._thread = threading.Thread(target=self._run, name="hotkey", daemon=True)
        self._thread.start()

    def recording(self, recording: bool) -> None:
        """The cancel key is taken from the programs exactly while a take records."""
        self._recording = recording
        self._bell.ring()

    def close(self) -> None:
        """Gives the keys back; a hotkey that is down counts as released."""
        self._open = False
        self._bell.ring()
        if self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        faults: list[Exception] = []
        run(self._listen, faults.append)  # a hotkey never goes silent without a word
        self._bell.close()
        self._keyboard.close()
        self._let_all_go()
        for fault in faults:
            what = f"{type(fault).__name__}: {fault}"
            self._hearer.lost(fault if isinstance(fault, HotkeyError) else HotkeyError(what))

    def _listen(self) -> None:
        self._tell(self._troubles)
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._keyboard, selectors.EVENT_READ)
            waiting.register(self._bell, selectors.EVENT_READ)
            while self._open:
                self._take_events()
                self._look()
                if self._remapped:
                    self._remapped = False
                    self._follow_layout()
                self._tell(self._grabs.follow_cancel(self._recording))
                # What the requests above have read from the connection wakes no select.
                self._events.extend(self._keyboard.events())
                if self._events:
                    continue
                for key, _mask in waiting.select(self._patience()):
                    if key.fileobj is self._bell:
                        self._bell.hear()

    def _patience(self) -> float | None:
        """Seconds until something is to be looked at by itself."""
        if (due := self._lone.due(self._recording)) is not None:
            return max(0.0, due - time.monotonic())
        return LOOK_EVERY if self._held or self._lone.down else None

    def _take_events(self) -> None:
        self._events.extend(self._keyboard.events())
        while self._events:
            self._take(self._events.popleft())

    def _look(self) -> None:
        """Lets go what is not down any more: its release got lost."""
        for name, press in list(self._held.items()):
            down = self._grabs.down(press)
            self._events.extend(self._keyboard.events())
            if not down and not self._events:
                self._let_go(name)
        if (code := self._lone.down) and code not in self._keyboard.pressed():
            self._take_events()  # the release may just have come
            if self._lone.down == code:
                self._lone.lost(time.monotonic())
        self._lone.tick(time.monotonic(), self._recording)

    def _take(self, event: KeyEvent) -> None:
        if event.kind == "mapping":
            self._remapped = True
        elif event.kind == "raw-press":
            code = 0 if event.button else event.code
            self._lone.press(code, self._keyboard.pressed(), time.monotonic())
        elif event.kind == "raw-release":
            self._lone.release(event.code, time.monotonic())
        elif event.kind == "press":
            name = self._grabs.match(event, during_hold=bool(self._held))
            if name is not None and (name != CANCEL or self._recording):
                if name != CANCEL:
                    self._held[name] = event
                self._hearer.press(name, time.monotonic())
        # While a key is held its grab shows all others too, such as the modifiers' releases.
        elif not self._repeats(event):
            for name, press in list(self._held.items()):
                if (press.code, press.button) == (event.code, event.button):
                    self._let_go(name)

    def _repeats(self, release: KeyEvent) -> bool:
        """Whether this is auto-repeat: a release and a press with the same time; takes both."""
        self._keyboard.pressed()  # the press is on its way: fetch it
        self._events.extend(self._keyboard.events())
        for later in self._events:
            if (later.kind, later.code, later.time) == ("press", release.code, release.time):
                self._events.remove(later)
                return True
        return False

    def _let_go(self, name: str) -> None:
        del self._held[name]
        self._hearer.release(name, time.monotonic())

    def _let_all_go(self) -> None:
        for name in list(self._held):
            self._let_go(name)
        self._lone.lost(time.monotonic())

    def _follow_layout(self) -> None:
        """Takes the keys anew where they moved; one that moved while it is held is released."""
        lost = self._grabs.follow_layout()
        for name, press in list(self._held.items()):
            if self._grabs.match(press, during_hold=False) != name:
                self._let_go(name)
        if (lone := self._grabs.lone) != self._lone.names:
            self._lone.lost(time.monotonic())
            self._lone = LoneModifiers(lone, self._hearer.press, self._hearer.release)
        self._tell(lost)

    def _tell(self, troubles: Iterable[HotkeyError]) -> None:
        for trouble in troubles:
            self._hearer.lost(trouble)
