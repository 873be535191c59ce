"""Pastes where the desktop's RemoteDesktop portal presses the keys: KDE Plasma above all.

The clipboard is had by the data-control protocol where the compositor has it, which asks nothing:
then both selections, and Shift+Insert, which terminals take, too. Else by the Clipboard portal.
"""

from __future__ import annotations

from functools import partial

from dictation import portal
from dictation.backends import Verdict
from dictation.bus import Bus, BusFault, BusGone
from dictation.desktop import Desktop
from dictation.errors import DictationError, MissingPart, NotDelivered, WayClosed
from dictation.i18n import _
from dictation.output.insert import Insert
from dictation.output.pasting import Watched, paste
from dictation.output.portal_keys import (
    CLIPBOARD,
    CONTROL_V,
    INTERFACE,
    SHIFT_INSERT,
    PortalKeys,
    PortalSession,
)
from dictation.output.wayland_paste import Wayland
from dictation.output.wayland_selections import WaylandSelections
from dictation.values import Receipt

ALLOW = _("press “Allow pasting” in the first-start window, or save the settings to be asked again")


class PortalPaste:
    """Pastes, and knows that it was pasted."""

    NAME = "portal"

    def __init__(self, wayland: Wayland) -> None:
        self._wayland = wayland
        self.keys = PortalKeys()

    def probe(self, desktop: Desktop) -> Verdict:
        """Asks the user nothing."""
        if desktop.session != "wayland":
            return Verdict(False, _("this is not a Wayland session"))
        try:
            with Bus("SESSION", lambda _signal: None, name="portal") as bus:
                version = portal.version(bus, INTERFACE)
                if not version:
                    return Verdict(False, _("the desktop has no portal that presses keys"))
                if not self._selections() and not portal.version(bus, CLIPBOARD):
                    return Verdict(False, _("the desktop lets no program have the clipboard"))
        except MissingPart as error:
            return Verdict(False, error.message, error.hint)
        except BusGone:
            return Verdict(False, _("the session has no D-Bus"))
        except BusFault as fault:
            why = _("the desktop's portals do not answer: {fault}").format(fault=fault)
            return Verdict(False, why)
        if self.keys.refused:
            return Verdict(False, _("the desktop was told not to let Dictation press keys"), ALLOW)
        if self.keys.is_allowed:
            why = _("the desktop lets Dictation press keys")
        else:
            why = _("the desktop may ask first whether to let Dictation press keys")
        return Verdict(True, f"{why}, {self.keys.ways(version)}")

    def deliver(self, insert: Insert) -> Receipt:
        """Into the window that has the focus; NotDelivered with the text on the clipboard.

        WayClosed where the user is being asked, or said no.
        """
        selections = self._selections()
        session = self.keys.open(clipboard=selections is None)
        clipboard: Watched | None = selections or session.clipboard
        if clipboard is None:
            raise WayClosed(_("The desktop's portal does not let Dictation have the clipboard."))
        chord = partial(session.chord, *(SHIFT_INSERT if selections else CONTROL_V))
        try:
            return paste(self.NAME, clipboard, chord, insert)
        except BusFault as fault:
            raise NotDelivered(
                _("The desktop ended its portal for keys."),
                hint=_("The text is on the clipboard: press Ctrl+V, in a terminal Ctrl+Shift+V."),
            ) from fault

    def allow(self) -> PortalSession:
        """Asks the user now, and waits for the answer; WayClosed where it is no."""
        self.keys.forgive()
        return self.keys.open(clipboard=self._selections() is None, within=None)

    def _selections(self) -> WaylandSelections | None:
        try:
            return self._wayland.selections
        except DictationError:
            return None


def notice(pasted: str, *, asks: bool) -> MissingPart:
    """What is to be expected, before the first paste or session; `pasted` goes before it."""
    sign = _("Your desktop may show a sign while Dictation may press keys: KDE has one in the tray")
    if not asks:
        return MissingPart(
            f"{pasted}{sign}.",
            title=_("Your desktop shows when a program presses keys"),
            hint=_("Nothing of the screen is shared."),
        )
    return MissingPart(
        pasted
        + _("At the first paste, or when you press “Allow pasting” in the first-start window. ")
        + _("The words of a paste that waits for the answer are copied. {sign}.").format(sign=sign),
        title=_("Your desktop will ask you to let Dictation press keys"),
        hint=_("Nothing of the screen is shared."),
    )
