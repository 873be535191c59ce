"""Menus whose rows are as high as anything else that is clicked."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QMenu,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionMenuItem,
    QWidget,
)

from dictation.ui.pieces import TARGET


class Rows(QProxyStyle):
    """The style of the system, with rows of TARGET at least; 22 is what it has at 9 pt."""

    def sizeFromContents(  # type: ignore[override] # noqa: N802 - Qt's name; two in its stubs
        self, kind: QStyle.ContentsType, option: QStyleOption, size: QSize, widget: QWidget
    ) -> QSize:
        """Separators, too, are rows to Qt; nobody clicks them."""
        wanted = super().sizeFromContents(kind, option, size, widget)
        is_row = isinstance(option, QStyleOptionMenuItem) and (
            option.menuItemType != QStyleOptionMenuItem.MenuItemType.Separator
        )
        return wanted.expandedTo(QSize(0, TARGET)) if is_row else wanted


class Menu(QMenu):
    """A menu; so are its submenus."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        style = Rows()
        style.setParent(self)
        self.setStyle(style)

    def below(self, title: str) -> Menu:
        """A submenu."""
        menu = Menu(title, self)
        self.addMenu(menu)
        return menu
