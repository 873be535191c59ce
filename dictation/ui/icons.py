"""Our icons. The app's start waits for them: what draws on them, `badge`, takes 20 ms to import."""

from __future__ import annotations

from PySide6.QtGui import QIcon

from dictation.paths import resource


def icon(name: str) -> QIcon:
    """The icon of that name, sharp at any size."""
    return QIcon(str(resource(f"icons/{name}.svg")))
