"""The X11 screen as a delivery sees it: which window has the focus, and which keys are down."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dictation.errors import TargetLost
from dictation.i18n import _
from dictation.output.connection import Connection, told
from dictation.output.keyboard import Keyboard
from dictation.output.processes import name_of
from dictation.output.programs import is_terminal
from dictation.values import Target

PAGER = 2  # who asks for the focus: the user, not a program that wants attention
EVERY_DESKTOP = 0xFFFFFFFF
AT_REST_EVERY = 0.005  # seconds between looks at the keys; the server has no event for it


class Screen:
    """What is asked and pressed on a connection of its own; from any thread, one at a time."""

    def __init__(self, display: str) -> None:
        """Raises MissingPart where no X server answers."""
        self._connection = Connection(display)
        self._lock = threading.Lock()
        self.keyboard = Keyboard(self._connection)
        self.has_xtest = bool(self._connection.display.has_extension("XTEST"))

    @contextmanager
    def held(self) -> Iterator[Connection]:
        """The connection for one thread's use; what goes wrong is told as NotDelivered."""
        with self._lock, told():
            # Events are of use to the keyboard alone, which asks for them; the rest would pile up.
            for _event in self._connection.waiting():
                pass
            yield self._connection

    def active(self) -> int:
        """The window that has the focus, as the window manager counts windows; 0 for none."""
        with self.held():
            return self._active()

    def target(self) -> Target | None:
        """The active window with its program's name; None where no window is active."""
        with self.held() as connection:
            number = self._active()
            if not number:
                return None
            window = connection.display.create_resource_object("window", number)
            process = self._process(window)
            names = [*(window.get_wm_class() or ())[::-1], name_of(process)]
            known = tuple(dict.fromkeys(name.lower() for name in names if name))
            return Target(number, known, is_terminal(known), process, self._middle(window))

    def press(self, keys: str, target: Target | None) -> float:
        """Presses keys into the target and into no other window; when (time.monotonic()).

        Raises TargetLost, with nothing pressed, where another window has the focus.
        """
        with self.held():
            return self.keyboard.chord(keys, lambda: self.check_focus(target))

    def check_focus(self, target: Target | None) -> None:
        """Raises TargetLost unless keys go to the target now; for whoever holds the connection."""
        from Xlib import X

        if target is None:
            return
        focus = self._connection.display.get_input_focus().focus
        managed = 0 if focus in (X.NONE, X.PointerRoot) else self._managed(focus)
        if (managed or self._active()) != target.window:
            raise TargetLost(_("Another window has the focus by now, so nothing was put into it."))

    def may_activate(self, target: Target) -> bool:
        """Whether the focus can be brought back to a window without showing the user another
        desktop: it is there still, of the same program, shown, and the window manager does that."""
        from Xlib import X, Xatom

        with self.held() as connection:
            atom, root = connection.atom, connection.root
            supported = root.get_full_property(atom("_NET_SUPPORTED"), Xatom.ATOM)
            if supported is None or atom("_NET_ACTIVE_WINDOW") not in supported.value:
                return False
            if not self._exists(target.window):
                return False
            window = connection.display.create_resource_object("window", target.window)
            shown = window.get_attributes().map_state == X.IsViewable
            here = root.get_full_property(atom("_NET_CURRENT_DESKTOP"), Xatom.CARDINAL)
            its = window.get_full_property(atom("_NET_WM_DESKTOP"), Xatom.CARDINAL)
            elsewhere = here and its and its.value[0] not in (here.value[0], EVERY_DESKTOP)
            return shown and not elsewhere and self._process(window) == target.process

    def activate(self, number: int) -> None:
        """Asks the window manager to give a window the focus, as a pager does; returns at once."""
        from Xlib import X
        from Xlib.protocol.event import ClientMessage

        with self.held() as connection:
            window = connection.display.create_resource_object("window", number)
            now = connection.now(lambda _event: None)
            data = (32, [PAGER, now, 0, 0, 0])
            kind = connection.atom("_NET_ACTIVE_WINDOW")
            connection.root.send_event(
                ClientMessage(window=window, client_type=kind, data=data),
                event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask,
            )
            connection.display.sync()

    def answers(self, number: int, seconds: float) -> bool:
        """Whether a window has come to what happened before now: its program answers in order.

        False where it does not answer such questions, or not within so many seconds.
        """
        with self.held() as connection:
            window = connection.display.create_resource_object("window", number)
            return self.keyboard.ping(window, seconds)

    def clients(self) -> set[int]:
        """The X clients that the active window and the focused one inside it belong to."""
        from Xlib import X

        with self.held() as connection:
            focus = connection.display.get_input_focus().focus
            numbers = {self._active(), focus.id if focus not in (X.NONE, X.PointerRoot) else 0}
            return {connection.client(number) for number in numbers if number}

    def wait_at_rest(self, seconds: float, still_wanted: Callable[[], bool] = lambda: True) -> bool:
        """Waits until no key is down: a held hotkey would turn the chord into another one.

        A key that is no modifier counts too: while a hotkey is down, its grab takes all keys.
        """
        deadline = time.monotonic() + seconds
        never = threading.Event()
        while True:
            with self.held() as connection:
                if not any(connection.display.query_keymap()):
                    return True
            if time.monotonic() >= deadline or not still_wanted():
                return False
            never.wait(AT_REST_EVERY)

    def close(self) -> None:
        """Ends the connection."""
        with self._lock:
            self._connection.close()

    def _active(self) -> int:
        from Xlib import X, Xatom

        connection = self._connection
        active = connection.root.get_full_property(
            connection.atom("_NET_ACTIVE_WINDOW"), Xatom.WINDOW
        )
        if active is not None and active.value and self._exists(active.value[0]):
            return int(active.value[0])
        # None is named while the focus moves, and by old window managers never.
        focus = connection.display.get_input_focus().focus
        if focus in (X.NONE, X.PointerRoot):
            return 0
        managed = self._managed(focus)
        return managed or (focus.id if active is None else 0)

    def _exists(self, number: int) -> bool:
        """Whether there is such a window; one just closed may still be named as active."""
        from Xlib.error import BadWindow

        try:
            window = self._connection.display.create_resource_object("window", number)
            return number != 0 and window.get_attributes() is not None
        except BadWindow:
            return False

    def _managed(self, window: Any) -> int:
        """The window that `window` is inside of, as the window manager counts; 0 for none."""
        state = self._connection.atom("WM_STATE")
        while window and window != self._connection.root:
            if window.get_full_property(state, 0) is not None:
                return int(window.id)
            window = window.query_tree().parent
        return 0

    def _process(self, window: Any) -> int:
        from Xlib import Xatom

        pid = window.get_full_property(self._connection.atom("_NET_WM_PID"), Xatom.CARDINAL)
        return int(pid.value[0]) if pid is not None and pid.value else 0

    def _middle(self, window: Any) -> tuple[int, int]:
        size = window.get_geometry()
        at = self._connection.root.translate_coords(window, size.width // 2, size.height // 2)
        return at.x, at.y
