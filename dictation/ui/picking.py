"""A place to write to, asked for without holding anything up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDir, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from dictation.i18n import _

# The window, a name to begin with, whether it is a folder, and what gets the answer.
Pick = Callable[[QWidget, str, bool, Callable[[Path], None]], None]


def pick(window: QWidget, suggested: str, folder: bool, picked: Callable[[Path], None]) -> None:
    """Asks for a file, or for a folder that holds several; a no is no answer."""
    title = _("Export into a folder") if folder else _("Export")
    dialog = QFileDialog(window, title, QDir.homePath())
    if folder:
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    else:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(suggested)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda name: picked(Path(name)))
    dialog.open()
