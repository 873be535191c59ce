"""One connection to the X server, for the use of one thread at a time."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dictation.errors import NotDelivered
from dictation.i18n import _
from dictation.xserver import connect

LEFT_WITHIN = 1.0  # seconds for a clipboard manager to take what we hold at the end


class Connection:
    """A display, a window of our own that is never shown, and events with a deadline."""

    def __init__(self, name: str) -> None:
        """Raises MissingPart where no X server answers."""
        self.display = connect(name)
        from Xlib import X

        # Other programs' windows vanish at any time; what was asked of them is then moot.
        self.display.set_error_handler(lambda _error, _request: None)
        self.root = self.display.screen().root
        self.window = self.root.create_window(
            0, 0, 1, 1, 0, X.CopyFromParent, X.InputOnly, event_mask=X.PropertyChangeMask
        )
        info = self.display.display.info
        self._id_mask = info.resource_id_mask
        self.largest = info.max_request_length * 4 - 64  # bytes of data that fit into a request
        self._names: dict[int, str] = {}

    def atom(self, name: str) -> int:
        """The number of a name."""
        atom: int = self.display.get_atom(name)
        return atom

    def name(self, atom: int) -> str:
        """The name of a number; empty for one that has none."""
        from Xlib import error

        if atom not in self._names:
            try:
                self._names[atom] = self.display.get_atom_name(atom) if atom else ""
            except error.BadAtom:
                return ""
        return self._names[atom]

    def client(self, resource: int) -> int:
        """The X client that a window belongs to."""
        client: int = resource & ~self._id_mask
        return client

    def waiting(self) -> Iterator[Any]:
        """The events that are here already."""
        while self.display.pending_events():
            yield self.display.next_event()

    def event(self, deadline: float) -> Any | None:
        """The next event, or None at the deadline (of time.monotonic())."""
        while not self.display.pending_events():
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            select.select([self.display], [], [], left)
        return self.display.next_event()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The server heeds nobody else meanwhile, a millisecond or so: nothing moves the focus."""
        self.display.grab_server()
        try:
            yield
        finally:
            self.display.ungrab_server()
            self.display.sync()

    def now(self, dispatch: Callable[[Any], None]) -> int:
        """The server's time; events that come meanwhile are dispatched."""
        from Xlib import X, Xatom

        stamp = self.atom("_DICTATION_TIME")
        self.window.change_property(stamp, Xatom.INTEGER, 32, [], X.PropModeAppend)
        while True:
            event = self.display.next_event()
            if event.type == X.PropertyNotify and event.atom == stamp:
                seen: int = event.time
                return seen
            dispatch(event)

    def leave(self, name: str, targets: list[int], dispatch: Callable[[Any], None]) -> None:
        """Has a clipboard manager take what our window holds (SAVE_TARGETS), where there is one.

        What it asks for meanwhile is dispatched.
        """
        from Xlib import X, Xatom

        taker, save = self.atom(f"{name}_MANAGER"), self.atom("SAVE_TARGETS")
        if not self.display.get_selection_owner(taker):
            return
        self.window.change_property(save, Xatom.ATOM, 32, targets)
        self.window.convert_selection(taker, save, save, X.CurrentTime)
        deadline = time.monotonic() + LEFT_WITHIN
        while (event := self.event(deadline)) is not None:
            if event.type == X.SelectionNotify and event.selection == taker:
                return
            dispatch(event)

    def close(self) -> None:
        """Ends the connection."""
        from Xlib import error

        try:
            self.display.close()
        except (error.ConnectionClosedError, OSError):
            return  # the server went first


@contextmanager
def told() -> Iterator[None]:
    """Turns what Xlib raises into NotDelivered."""
    from Xlib import error

    try:
        yield
    except (error.XError, error.ConnectionClosedError, OSError) as problem:
        raise NotDelivered(
            _("The X server failed: {problem}.").format(problem=type(problem).__name__)
        ) from problem
