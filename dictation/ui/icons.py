"""Our icons."""

from __future__ import annotations

from PySide6.QtGui import QIcon

from dictation.paths import resource


def icon(name: str) -> QIcon:
    """The icon of that name, sharp at any size."""
    return QIcon(str(resource(f"icons/{name}.svg")))
