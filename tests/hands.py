"""Two ways to work the windows, which find everything by its name over AT-SPI: keys, and clicks.

`Keyboard` never clicks; `Pointer` presses the left button once at a time, and no key.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.screen_reader import SELECTED, ScreenReader, Thing

BUTTON, MENU_BUTTON, RADIO, BOX = "push button", "button menu", "radio button", "combo box"
ROW, CELL, MENU, FIELD = "list item", "cell", "menu item", "text"
LONGEST = 40  # steps with Tab or an arrow: no window has as many
ROWS = 6  # from where a list's current one is at first, at most
EDGE = 12  # pixels from the left of what is clicked: boxes and buttons of choices are there


class Hands(ABC):
    """Acts on what a name stands for, once it is there and can be acted upon."""

    def __init__(self, desktop: VirtualDesktop, reader: ScreenReader, app: App) -> None:
        self.desktop, self.reader, self.app = desktop, reader, app
        self.actions = 0

    def seen(self, name: str, role: str = "") -> Thing | None:
        """The thing of that name, or in whose name it is; None where there is none."""
        things = [t for t in self.reader.things(self.app.process.pid) if role in ("", t.role)]
        exact = [thing for thing in things if thing.name == name]
        return next(iter([*exact, *(thing for thing in things if name in thing.name)]), None)

    def wait(self, name: str, role: str = "", seconds: float = 15) -> Thing:
        """The thing, as soon as it is shown."""
        return self._until(f"“{name}” is shown", lambda: self.seen(name, role), seconds)

    def usable(self, name: str, role: str) -> Thing:
        """The thing, as soon as something can be done with it."""

        def found() -> Thing | None:
            thing = self.seen(name, role)
            return thing if thing and thing.is_usable else None

        return self._until(f"“{name}” can be used", found, 15)

    def _until(self, what: str, probe: Callable[[], Thing | None], seconds: float) -> Thing:
        def patiently() -> Thing | None:
            found = probe()
            if not found:
                threading.Event().wait(0.1)  # each look asks for the whole tree
            return found

        try:
            found = until(what, patiently, seconds)
        except AssertionError as vain:
            there = self.reader.things(self.app.process.pid)
            shown = "\n".join(f"{thing.role}: {thing.name}" for thing in there)
            raise AssertionError(f"{vain}. There is:\n{shown}") from None
        assert found
        return found

    def text(self, name: str) -> str:
        """What stands in the field of that name."""
        thing = self.seen(name, FIELD)
        return self.reader.text(thing) if thing else ""

    def value(self, name: str) -> str:
        """What is chosen in the box of that name."""
        box = self.seen(name, BOX)
        return self.text(name) or (self.reader.name(box.where) if box else "")

    @abstractmethod
    def press(self, name: str, role: str = BUTTON) -> None:
        """Presses a button, takes one of a group or a menu, goes into a field."""

    @abstractmethod
    def choose_row(self, name: str, of: str) -> None:
        """Chooses a row of the list or table of that name."""

    @abstractmethod
    def choose(self, name: str, choice: str) -> None:
        """Takes this choice of the box of that name."""


class Pointer(Hands):
    """Single clicks of the left button."""

    def press(self, name: str, role: str = BUTTON) -> None:
        """Clicks on it, once it stays where it is."""
        thing = self.usable(name, role)
        before = None
        while (place := self.reader.place(thing)) != before:
            before = place
            threading.Event().wait(0.1)
        left, top, width, height = place
        at = width - EDGE if role == BOX else min(EDGE, width // 2)  # where it unfolds
        self.click(left + at, top + height // 2)

    def choose_row(self, name: str, of: str) -> None:
        """Clicks on it."""
        self.wait(of)
        self.press(name, "")

    def choose(self, name: str, choice: str) -> None:
        """Unfolds the box and clicks on the choice."""
        self.press(name, BOX)
        self.press(choice, ROW)

    def click(self, left: int, top: int) -> None:
        """At this pixel of the screen."""
        from Xlib import X
        from Xlib.ext import xtest

        x = self.desktop.x
        xtest.fake_input(x, X.MotionNotify, x=left, y=top)
        for kind in (X.ButtonPress, X.ButtonRelease):
            xtest.fake_input(x, kind, 1)
        x.sync()
        self.actions += 1


class Keyboard(Hands):
    """Tab to it, then Space or the arrows."""

    def press(self, name: str, role: str = BUTTON) -> None:
        """Goes there and presses it; where there are several to choose from, the arrows choose."""
        self.usable(name, role)
        if role in (RADIO, MENU):
            self.go(name, "Down")
        else:
            self.go(name, "Tab")
        if role in (BUTTON, MENU_BUTTON):
            self.key("space")
        if role == MENU:
            self.key("Return")

    def choose_row(self, name: str, of: str) -> None:
        """Goes into the list, and to and fro in it."""
        self.go(of, "Tab")
        for chord in ["Up"] * ROWS + ["Down"] * 2 * ROWS:
            row = self.seen(name, CELL) or self.seen(name, ROW)
            if row and row.states & SELECTED:
                return
            self.key(chord)
            threading.Event().wait(0.05)
        raise AssertionError(f"the arrows don't lead to “{name}”")

    def choose(self, name: str, choice: str) -> None:
        """Goes to the box, and down in it."""
        self.go(name, "Tab")
        for _step in range(LONGEST):
            self.key("Down")
            if choice in self.value(name):
                return
        raise AssertionError(f"Down does not lead to “{choice}”, but to “{self.value(name)}”")

    def go(self, name: str, chord: str) -> None:
        """Presses the key until the thing of that name has the focus."""
        for _step in range(LONGEST):
            if name in self.here():
                return
            count = len(self.reader.focused)
            self.key(chord)
            until("the focus goes on", lambda: len(self.reader.focused) > count)  # noqa: B023
        raise AssertionError(f"{chord} does not lead to “{name}”, but to “{self.here()}”")

    def here(self) -> str:
        """What has the focus."""
        return self.reader.called(self.reader.focused[-1]) if self.reader.focused else ""

    def key(self, chord: str) -> None:
        """Presses a key."""
        self.desktop.key(chord)
        self.actions += 1
