"""Pastes on GNOME where there is no Xwayland: clipboard and keys both by its remote control."""

from __future__ import annotations

from functools import partial

from dictation.backends import Verdict
from dictation.bus import Bus, BusFault, Signal
from dictation.desktop import Desktop
from dictation.errors import MissingPart, NotDelivered
from dictation.i18n import _
from dictation.output import mutter
from dictation.output.insert import Insert
from dictation.output.mutter import CONTROL, CONTROL_LEFT, Session, V
from dictation.output.pasting import paste
from dictation.output.remote_clipboard import RemoteClipboard
from dictation.values import Receipt

SIGNALS = f"type='signal',interface='{CONTROL.service}.Session'"


class MutterPaste:
    """Pastes by Ctrl+V, and knows that it was pasted."""

    NAME = "mutter"

    def __init__(self) -> None:
        self._clipboard: RemoteClipboard | None = None  # the newest session's

    def probe(self, desktop: Desktop) -> Verdict:
        verdict = mutter.probe(desktop)
        if not verdict.works:
            return verdict
        # GNOME drops a key that the layout lacks without an error.
        lacks = _(
            "without Xwayland terminals and layouts without a v do not paste, and of what was "
            "copied only a text or a picture comes back"
        )
        return Verdict(True, f"{verdict.why}; {lacks}")

    def deliver(self, insert: Insert) -> Receipt:
        """Into the window that has the focus; NotDelivered with the text on the clipboard.

        WayClosed where GNOME refuses.
        """
        self.wait_settled()
        try:
            bus = Bus("SESSION", self._heard, name="mutter", rules=(SIGNALS,), descriptors=True)
        except (BusFault, MissingPart) as error:
            raise mutter.refused() from error
        self._clipboard = RemoteClipboard(lasts=False, done=bus.close)
        try:
            session = Session(bus)
            self._clipboard.attach(session)
            session.begin()
            session.call("EnableClipboard", "a{sv}", ({},))
        except BusFault as fault:
            bus.close()
            raise mutter.refused() from fault
        chord = partial(session.chord, CONTROL_LEFT, V)
        try:
            return paste(self.NAME, self._clipboard, chord, insert)
        except NotDelivered:
            self.wait_settled()  # it may be giving back
            bus.close()
            raise
        except BusFault as fault:
            bus.close()
            raise mutter.ended() from fault

    def wait_settled(self) -> None:
        """Waits until the text before is read to its end and the old content given back."""
        if self._clipboard:
            self._clipboard.wait_settled()

    def _heard(self, signal: Signal) -> None:
        if self._clipboard:
            self._clipboard.heard(signal)
