"""Pastes on Wayland where programs may own the clipboard and have a keyboard, and sees the receipt.

Where the compositor tells of no windows, the text goes to the one that has the focus.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import DictationError, NotDelivered
from dictation.i18n import _
from dictation.output import compositors, focus
from dictation.output.insert import Insert
from dictation.output.pasting import paste
from dictation.output.submit import submit
from dictation.output.wayland import CLIPBOARD, KINDS, PRIMARY, Content, WlCopy
from dictation.output.wayland_selections import WaylandSelections
from dictation.values import Receipt

PLACES = {"clipboard": CLIPBOARD, "primary": PRIMARY}


class Wayland:
    """The connection that these ways share, made when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._selections: WaylandSelections | None = None
        self.windows = compositors.find()

    @property
    def selections(self) -> WaylandSelections:
        """Raises MissingPart, NotDelivered where the compositor allows none."""
        with self._lock:
            if self._selections is None:
                self._selections = WaylandSelections()
            return self._selections

    def probe(self, desktop: Desktop, *, keys: bool = False) -> Verdict:
        """Whether the clipboard can be ours here, with `keys` a keyboard, too."""
        if desktop.session != "wayland":
            return Verdict(False, _("this is not a Wayland session"))
        try:
            lacks_keys = not self.selections.has_keys
        except DictationError as error:
            return Verdict(False, error.message)
        if keys and lacks_keys:
            return Verdict(False, _("the compositor offers no virtual keyboard"))
        return Verdict(True)

    def close(self) -> None:
        """Gives the clipboard back. What we hold goes, as its most useful kind, to wl-copy, which
        outlives us."""
        with self._lock:
            selections, self._selections = self._selections, None
        if selections is None:
            return
        held = selections.close()
        clipboard = WlCopy()
        if not clipboard.probe(Desktop("linux", "wayland")).works:
            return
        for name, content in held.items():
            kind = next((kind for kind in KINDS if kind in content), next(iter(content), ""))
            if kind:
                with suppress(NotDelivered):  # nobody is left to be told
                    clipboard.put(Content(kind, content[kind]), PLACES[name])


class DataControlClipboard:
    """Leaves the text on the clipboard."""

    NAME = "data-control"

    def __init__(self, wayland: Wayland) -> None:
        self._wayland = wayland

    def probe(self, desktop: Desktop) -> Verdict:
        return self._wayland.probe(desktop)

    def copy(self, text: str) -> None:
        """Puts the text on both selections."""
        self._wayland.selections.publish(text)


class DataControlPaste:
    """Pastes, and knows that it was pasted."""

    NAME = "wayland"

    def __init__(self, wayland: Wayland) -> None:
        self._wayland = wayland

    def probe(self, desktop: Desktop) -> Verdict:
        return self._wayland.probe(desktop, keys=True)

    def deliver(self, insert: Insert) -> Receipt:
        """Raises NotDelivered with the text on the clipboard."""
        windows, target = self._wayland.windows, insert.target
        selections = self._wayland.selections
        press = partial(selections.press, "Shift+Insert")
        if windows is None or target is None:
            return paste(self.NAME, selections, press, insert)
        with focus.on(windows, target, may_bring=insert.may_bring_focus):
            check = partial(focus.check, windows, target)
            receipt = paste(self.NAME, selections, press, insert, check=check)
            submit(insert, windows, selections.press)
        return receipt
