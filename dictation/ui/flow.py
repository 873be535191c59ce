"""A row that goes on in the next line where it has no more room, as words do."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem


class Flow(QLayout):
    """Widgets side by side, none of them wider than the row."""

    def __init__(self) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 - Qt's name
        """One more, at the end."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        """The item there; None past the end, as Qt wants it."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        """The same, which is the caller's then."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 - Qt's name
        """It needs no more room than it has."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """In pixels."""
        return self._place(QRect(0, 0, width, 0), move=False)

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        """The widest of them alone in a line."""
        shown = [item.minimumSize() for item in self._shown]
        return QSize(
            max((size.width() for size in shown), default=0),
            max((size.height() for size in shown), default=0),
        )

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """All of them in one line."""
        hints = [item.sizeHint() for item in self._shown]
        width = sum(size.width() for size in hints) + self._gap * max(0, len(hints) - 1)
        return QSize(width, self.minimumSize().height())

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's name
        """Puts them in their places."""
        super().setGeometry(rect)
        self._place(rect, move=True)

    @property
    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    @property
    def _gap(self) -> int:
        return max(0, self.spacing())

    def _place(self, rect: QRect, *, move: bool) -> int:
        """The height of all lines."""
        at, height = QPoint(rect.topLeft()), 0
        for item in self._shown:
            size = item.sizeHint().boundedTo(QSize(max(rect.width(), 1), item.sizeHint().height()))
            if at.x() > rect.x() and at.x() + size.width() > rect.x() + rect.width():
                at = QPoint(rect.x(), at.y() + height + self._gap)
                height = 0
            if move:
                item.setGeometry(QRect(at, size))
            at.setX(at.x() + size.width() + self._gap)
            height = max(height, size.height())
        return at.y() + height - rect.y()
