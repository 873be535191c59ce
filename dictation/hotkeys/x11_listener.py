"""The thread that turns the X server's key events into presses, releases and cancels.

It sleeps until the server or this program has something for it: nothing is polled.
"""

from __future__ import annotations

import os
import selectors
import threading
from collections import deque
from collections.abc import Callable

from dictation.errors import HotkeyError
from dictation.hotkeys.binding import Binding
from dictation.hotkeys.x11_keyboard import Grab, Keyboard, KeyEvent, ServerGone
from dictation.lanes import run

PATIENCE = 2.0  # seconds that close() waits for the thread, should the X server hang


class X11Listener:
    """Listens on a keyboard that already holds the hotkey, and owns it from then on."""

    def __init__(
        self,
        keyboard: Keyboard,
        hotkey: Binding,
        grab: Grab,
        cancel: Binding | None,
        *,
        on_press: Callable[[], None],
        on_release: Callable[[], None],
        on_cancel: Callable[[], None],
        on_lost: Callable[[HotkeyError], None],
    ) -> None:
        self._keyboard = keyboard
        self._hotkey, self._cancel = hotkey, cancel
        self._grab: Grab | None = grab
        self._cancel_grab: Grab | None = None
        self._on_press, self._on_release = on_press, on_release
        self._on_cancel, self._on_lost = on_cancel, on_lost
        self._events: deque[KeyEvent] = deque()
        self._held = False
        self._remapped = False
        self._cancel_wanted = False
        self._cancel_told = False
        self._open = True
        self._lock = threading.Lock()  # of the wake pipe, which the thread closes at its end
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._run, name="hotkey", daemon=True)
        self._thread.start()

    def want_cancel(self, wanted: bool) -> None:
        """Takes the cancel key from the programs, or gives it back; returns at once."""
        self._cancel_wanted = wanted
        self._wake()

    def close(self) -> None:
        """Gives the keys back; a hotkey that is down counts as released."""
        self._open = False
        self._wake()
        if self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)

    def _wake(self) -> None:
        with self._lock:
            if self._wake_write >= 0:
                os.write(self._wake_write, b"!")

    def _run(self) -> None:
        faults: list[Exception] = []
        run(self._listen, faults.append)  # a hotkey never goes silent without a word
        with self._lock:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_write = -1
        self._keyboard.close()
        self._let_go()
        for fault in faults:
            what = f"{type(fault).__name__}: {fault}"
            self._on_lost(fault if isinstance(fault, HotkeyError) else HotkeyError(what))

    def _listen(self) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._keyboard, selectors.EVENT_READ)
            waiting.register(self._wake_read, selectors.EVENT_READ)
            while self._open:
                self._take_events()
                if self._remapped:
                    self._remapped = False
                    self._follow_layout()
                self._follow_cancel()
                # What the requests above have read from the connection wakes no select.
                self._events.extend(self._keyboard.events())
                if self._events:
                    continue
                for key, _mask in waiting.select():
                    if key.fd == self._wake_read:
                        os.read(self._wake_read, 1024)

    def _take_events(self) -> None:
        self._events.extend(self._keyboard.events())
        while self._events:
            self._take(self._events.popleft())
            if not self._events and self._held and self._grab is not None:
                down = self._keyboard.down(self._grab)
                self._events.extend(self._keyboard.events())
                if not down and not self._events:
                    self._let_go()  # its release got lost

    def _take(self, event: KeyEvent) -> None:
        if event.kind == "mapping":
            self._remapped = True
        elif event.kind == "press":
            if self._grab is not None and self._grab.matches(event.code, event.state):
                self._held = True
                self._on_press()
            elif self._cancels(event):
                self._on_cancel()
        # While a key is held its grab shows all others too, such as the modifiers' releases.
        elif not self._repeats(event) and self._grab and event.code == self._grab.code:
            self._let_go()

    def _cancels(self, press: KeyEvent) -> bool:
        grab = self._cancel_grab
        if grab is None or not self._cancel_wanted:
            return False
        # Cancelling while the hotkey is held: its modifiers are down as well.
        return grab.matches(press.code, press.state) or (self._held and press.code == grab.code)

    def _repeats(self, release: KeyEvent) -> bool:
        """Whether this is auto-repeat: a release and a press with the same time; takes both."""
        if self._grab is not None:
            self._keyboard.down(self._grab)  # the press is on its way: fetch it
        self._events.extend(self._keyboard.events())
        for later in self._events:
            if (later.kind, later.code, later.time) == ("press", release.code, release.time):
                self._events.remove(later)
                return True
        return False

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            self._on_release()

    def _follow_layout(self) -> None:
        """Grabs the keys anew where a change of the layout moved them."""
        grab, self._grab = self._grab, self._moved(self._grab, self._hotkey)
        if self._grab != grab:
            self._let_go()
        if self._cancel is not None and self._cancel_grab is not None:
            self._cancel_grab = self._moved(self._cancel_grab, self._cancel)

    def _moved(self, grab: Grab | None, binding: Binding) -> Grab | None:
        try:
            found = self._keyboard.find(binding)
            if found == grab:
                return grab
            if grab is not None:
                self._keyboard.free(grab)
            return self._keyboard.grab(binding)
        except ServerGone:
            raise
        except HotkeyError as error:
            if grab is not None:
                self._keyboard.free(grab)
                self._on_lost(error)
            return None

    def _follow_cancel(self) -> None:
        """Holds the cancel key exactly while it is wanted."""
        if self._cancel is None or self._cancel_wanted == (self._cancel_grab is not None):
            return
        if self._cancel_grab is not None:
            self._keyboard.free(self._cancel_grab)
            self._cancel_grab = None
            return
        try:
            self._cancel_grab = self._keyboard.grab(self._cancel)
        except ServerGone:
            raise
        except HotkeyError as error:
            if not self._cancel_told:  # once, not at every take
                self._cancel_told = True
                self._on_lost(error)
