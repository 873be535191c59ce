"""Draws the program's icon at the sizes that desktops ask for, with Qt and Pillow.

`python packaging/icons.py`, once `resources/icons/dictation.svg` is another one: the pictures are
kept with the source, as a build has neither.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = "io.github.dictation.Dictation"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)  # of the hicolor theme, in pixels


def draw() -> None:
    """Writes them all."""
    from PIL import Image
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QGuiApplication([])
    source = QSvgRenderer(str(ROOT / "resources" / "icons" / "dictation.svg"))

    theme = ROOT / "resources" / "share" / "icons" / "hicolor"
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        source.render(painter)
        painter.end()
        folder = theme / f"{size}x{size}" / "apps"
        folder.mkdir(parents=True, exist_ok=True)
        if not image.save(str(folder / f"{NAME}.png")):
            raise OSError(f"{folder} can't be written to")
    application.quit()
    with Image.open(theme / "512x512" / "apps" / f"{NAME}.png") as largest:
        sizes = [(size, size) for size in SIZES if size <= 256]  # the most that Windows takes
        largest.save(ROOT / "packaging" / "windows" / "dictation.ico", sizes=sizes)
        largest.save(ROOT / "packaging" / "macos" / "dictation.icns")


if __name__ == "__main__":
    draw()
