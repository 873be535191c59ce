"""The tray's submenus: one of several to choose, and the last texts to copy or paste."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QActionGroup

from dictation.i18n import _
from dictation.ui.rows import Menu

LONGEST = 48  # characters of a text that are seen
Text = tuple[str, str]  # a take's id, and what it says


class Choice:
    """A submenu of values, the one in force marked; below them rows that lead further."""

    def __init__(self, menu: Menu, choose: Callable[[str], object]) -> None:
        self.menu = menu
        self._choose = choose
        self._group = QActionGroup(menu)
        self._below = menu.addSeparator()

    def row(self, text: str, do: Callable[[], object]) -> None:
        """A row below the values."""
        self.menu.addAction(text).triggered.connect(lambda _on=False: do())

    def tell(self, values: Sequence[tuple[str, str]], chosen: str | None) -> None:
        """The values, each with what it is called, and the one in force; None where it is none."""
        for action in self._group.actions():
            self._group.removeAction(action)
            self.menu.removeAction(action)
        for value, name in values:
            action = self._group.addAction(escaped(name))
            action.setCheckable(True)
            action.setChecked(value == chosen)
            action.triggered.connect(lambda _on=False, value=value: self._choose(value))
            self.menu.insertAction(self._below, action)


class Texts:
    """The last texts; each has a submenu of its own, as a click does one thing.

    They are in the menu only once it is opened: a panel is told of a menu's words over the bus of
    the session as soon as they are in it.
    """

    def __init__(
        self, menu: Menu, copy: Callable[[str], object], paste: Callable[[str], object]
    ) -> None:
        self.menu, self._copy, self._paste = menu, copy, paste
        self._texts: Sequence[Text] = ()
        menu.addAction("…").setEnabled(False)  # some panels open no empty menu
        menu.aboutToShow.connect(self._fill)
        self.tell(())

    def tell(self, texts: Sequence[Text]) -> None:
        """These are the last ones, the newest first."""
        self._texts = texts
        self.menu.setEnabled(bool(texts))

    def _fill(self) -> None:
        self.menu.clear()
        for id_, text in self._texts:
            one = self.menu.below(escaped(shortened(text)))
            for words, do in ((_("&Copy"), self._copy), (_("&Paste"), self._paste)):
                row = one.addAction(words)
                row.triggered.connect(lambda _on=False, do=do, id_=id_: do(id_))


def shortened(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def escaped(name: str) -> str:
    """As a menu shows it: a single & would be taken for a letter's mark."""
    return name.replace("&", "&&")
