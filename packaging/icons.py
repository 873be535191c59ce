"""Draws the program's icon at the sizes that desktops ask for.

`python packaging/icons.py`, once `resources/icons/dictation.svg` is another one: the pictures are
kept with the source, as a build has no Qt.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = "io.github.dictation.Dictation"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)  # of the hicolor theme, in pixels


def draw() -> None:
    """Writes them all."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QGuiApplication([])
    source = QSvgRenderer(str(ROOT / "resources" / "icons" / "dictation.svg"))

    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        source.render(painter)
        painter.end()
        folder = ROOT / "resources" / "share" / "icons" / "hicolor" / f"{size}x{size}" / "apps"
        folder.mkdir(parents=True, exist_ok=True)
        if not image.save(str(folder / f"{NAME}.png")):
            raise OSError(f"{folder} can't be written to")
    application.quit()


if __name__ == "__main__":
    draw()
