"""The pages of the settings window: lines of settings, or one whole thing with a door to it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from dictation.finding import matches
from dictation.i18n import _
from dictation.ui.labels import label_of, with_letter
from dictation.ui.pieces import Words, button
from dictation.ui.setting_line import Line


class Page(QWidget):
    """A title and what stands under it. All pages hang in one column; the hidden take no room."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(Words(title, strong=True, scale=1.2))

    @abstractmethod
    def narrow(self, typed: str) -> list[QWidget]:
        """Shows what matches, and hides itself where nothing does; the controls found."""

    @abstractmethod
    def show_all(self) -> None:
        """Shows itself as it is without a search."""

    def leave(self) -> None:
        """It is not shown any more."""

    def give_letters(self, taken: set[str]) -> None:
        """Gives what is visible a letter each that is not taken."""


class Lines(Page):
    """The settings of one group."""

    def __init__(self, title: str, lines: Iterable[Line]) -> None:
        super().__init__(title)
        self._lines = tuple(lines)
        for line in self._lines:
            self.column.addWidget(line)

    def narrow(self, typed: str) -> list[QWidget]:
        """Shows the lines that match."""
        found = [line for line in self._lines if line.matches(typed, self.title)]
        for line in self._lines:
            line.setVisible(line in found)
        self.setVisible(bool(found))
        return [line.widget for line in found]

    def show_all(self) -> None:
        """Shows every line."""
        for line in self._lines:
            line.show()
        self.show()

    def give_letters(self, taken: set[str]) -> None:
        """Gives each visible line a letter that is not taken; the last may have to do without."""
        for line in self._lines:
            name = label_of(line.name)
            line.set_letter(name if line.isHidden() else with_letter(name, taken))


class Whole(Page):
    """Something that is found as one: a search shows a button that leads to it.

    `enter` and `leave` tell it when it is seen.
    """

    def __init__(
        self,
        title: str,
        inside: QWidget,
        texts: Callable[[], Iterable[str]],
        *,
        go: Callable[[], None],
        enter: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        super().__init__(title)
        self._inside, self._texts, self._enter, self._leave = inside, texts, enter, leave
        self._entered = False
        self.door = button(_("Open “{page}”").format(page=title))
        self.door.clicked.connect(lambda _on: go())
        self.door.hide()
        self.column.addWidget(self.door)
        self.column.addWidget(inside)

    def narrow(self, typed: str) -> list[QWidget]:
        """Shows the button."""
        self.leave()
        found = matches(typed, (self.title, *self._texts()))
        self._inside.hide()
        self.door.setVisible(found)
        self.setVisible(found)
        return [self.door] if found else []

    def show_all(self) -> None:
        """Shows what it is."""
        self.door.hide()
        self._inside.show()
        self.show()
        if not self._entered:
            self._entered = True
            self._enter()

    def leave(self) -> None:
        """Ends what it has begun."""
        if self._entered:
            self._entered = False
            self._leave()
