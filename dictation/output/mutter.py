"""GNOME's remote control (org.gnome.Mutter.RemoteDesktop): keys without a dialog.

While a session lives, and for five seconds at least, GNOME's top bar shows its orange sign of a
shared screen. Nothing of the screen is read here: a session is ended once its keys are pressed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dictation.backends import Verdict
from dictation.bus import THE_BUS, Bus, BusFault, BusGone, Remote, Signal
from dictation.desktop import Desktop
from dictation.errors import MissingPart, NotDelivered, WayClosed
from dictation.i18n import _

CONTROL = Remote("org.gnome.Mutter.RemoteDesktop")
CONTROL_LEFT, SHIFT_LEFT, INSERT, V = 0xFFE3, 0xFFE1, 0xFF63, 0x76  # keysyms
SIGN = _("GNOME's top bar shows its orange sharing sign for five seconds after each paste")


class Session:
    """The right to press keys, from `begin` until the bus is left."""

    KINDS = "mime-types"

    def __init__(self, bus: Bus) -> None:
        """Asks for the right, which shows nothing yet; raises BusFault where it is refused."""
        (path,) = bus.call(CONTROL, "CreateSession")
        self._bus = bus
        self._remote = Remote(CONTROL.service, path, f"{CONTROL.service}.Session")

    def begin(self) -> None:
        """Uses the right: from now on the sign is shown. Raises BusFault."""
        self._bus.call(self._remote, "Start")

    def chord(self, *keysyms: int) -> float:
        """Presses keys, the last one while the others are held; when (time.monotonic()).

        Raises BusFault; mutter lets go of what is down where the session ends.
        """
        sent = time.monotonic()
        for symbol in keysyms:
            self.call("NotifyKeyboardKeysym", "ub", (symbol, True))
        for symbol in reversed(keysyms):
            self.call("NotifyKeyboardKeysym", "ub", (symbol, False))
        return sent

    # As a carrier of the clipboard.

    def call(self, member: str, signature: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
        """A method of the session; raises BusFault."""
        return self._bus.call(self._remote, member, signature, body)

    def ask(
        self,
        member: str,
        signature: str,
        body: tuple[Any, ...],
        on_answer: Callable[[tuple[Any, ...] | None], None],
    ) -> None:
        """A method whose answer comes later; raises BusFault."""
        self._bus.ask(self._remote, member, signature, body, on_answer)

    def of_ours(self, signal: Signal) -> tuple[Any, ...] | None:
        """What a signal says of this session; None where it is of another."""
        return signal.body if signal.path == self._remote.path else None


@contextmanager
def session() -> Iterator[Session]:
    """A session on a connection of its own, not begun.

    WayClosed where the right is not given, NotDelivered where it fails later.
    """
    try:
        bus = Bus("SESSION", lambda _signal: None, name="mutter")
    except (BusFault, MissingPart) as error:
        raise refused() from error
    with bus:
        try:
            made = Session(bus)
        except BusFault as fault:
            raise refused() from fault
        try:
            yield made
        except BusFault as fault:
            raise ended() from fault


def refused() -> WayClosed:
    """Nothing was touched."""
    return WayClosed(_("GNOME let no keys be pressed."))


def ended() -> NotDelivered:
    """It went when the text was on the clipboard already."""
    return NotDelivered(
        _("GNOME ended its remote control."),
        hint=_("The text is on the clipboard: press Ctrl+V, in a terminal Ctrl+Shift+V."),
    )


def probe(desktop: Desktop, *, keys: bool = True) -> Verdict:
    """Whether this is GNOME on Wayland, and gives the right to press `keys`."""
    if desktop.session != "wayland":
        return Verdict(False, _("this is not a Wayland session"))
    try:
        with Bus("SESSION", lambda _signal: None, name="mutter") as bus:
            (there,) = bus.call(THE_BUS, "NameHasOwner", "s", (CONTROL.service,))
            if not there:
                return Verdict(False, _("this is not GNOME"))
            if keys:
                Session(bus)
    except MissingPart as error:
        return Verdict(False, error.message, error.hint)
    except BusGone:
        return Verdict(False, _("the session has no D-Bus"))
    except BusFault as fault:
        return Verdict(False, _("GNOME refuses: {fault}").format(fault=fault))
    return Verdict(True, SIGN if keys else "")
