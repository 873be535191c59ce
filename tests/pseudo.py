"""A language that nobody speaks: longer words in brackets, by which an untranslated text shows.

`python -m tests.pseudo` makes every window in it, from right to left, and prints what it finds.
"""

from __future__ import annotations

import calendar
import gettext
import os
import re
import sys
import tempfile
from collections.abc import Iterator

KEPT = re.compile(r"(\{[^{}]*\}|`[^`]*`|<[^>]*>|&.)")
LONGER = str.maketrans({"a": "áa", "e": "ëe", "i": "ïi", "o": "öo", "u": "üu", "A": "Å", "E": "É"})
# Names, dates of Qt's, and what the user or a machine wrote.
DATES = "|".join((*calendar.day_name, *calendar.month_name[1:]))
NO_WORDS = re.compile(
    rf"""(/\S+/)?dictation(\ -?[\w-]+)*|https?://\S+|OpenRouter|OpenAI|English|Deutsch|Linux|PySide6|Python|Wayland|x11|{DATES}
    |[\w.-]+/[\w.:/-]+|\S+\.(ai|com|org|toml|log)|[A-Z]\w*\+\S+""",
    re.VERBOSE,
)


class Pseudo(gettext.NullTranslations):
    """Each text longer by its vowels, between ⟦ and ⟧."""

    def gettext(self, message: str) -> str:
        parts = KEPT.split(message)
        parts[::2] = [part.translate(LONGER) for part in parts[::2]]
        return f"⟦{''.join(parts)}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def main() -> None:
    from dictation import i18n
    from tests.loopback import serving

    i18n.use(Pseudo())  # before any module keeps a text
    with tempfile.TemporaryDirectory() as home, serving() as server:
        os.environ["DICTATION_HOME"] = home
        os.environ["DICTATION_BASE_URL"] = server.openrouter
        os.environ["OPENROUTER_API_KEY"] = "sk-or-of-a-test"
        for line in sorted(set(_look())):
            print(line)


def _look() -> Iterator[str]:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication, QSystemTrayIcon

    from dictation.control import Server
    from dictation.paths import places
    from dictation.ui.app import App
    from tests.shots import fill, windows
    from tests.ui.every_window import LASTING, errands, settled
    from tests.ui.looks import clipped

    application = QApplication(["dictation"])
    application.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    application.setCursorFlashTime(0)
    fill(30)
    app = App(places(), {}, Server(places()), QSystemTrayIcon(), minimized=True)
    lasting = errands() | LASTING
    try:
        for name, bring_up in windows(app, full=True):
            bring_up()
            for widget in settled(app, lasting):
                yield from (f"{name}: {words!r}" for words in _plain(widget))
                yield from (f"{name}: clipped: {told}" for told in clipped(widget))
                if len(sys.argv) > 1:
                    widget.grab().save(f"{sys.argv[1]}/{name}-pseudo.png")
                widget.hide()
    finally:
        app.close()


def _plain(window: object) -> Iterator[str]:
    """The texts in it that never went through the catalogue."""
    from PySide6.QtWidgets import QWidget

    assert isinstance(window, QWidget)
    for widget in (window, *window.findChildren(QWidget)):
        for words in _texts(widget):
            outside = words
            while outside != (fewer := re.sub(r"⟦[^⟦⟧]*⟧", "", outside)):  # one within the other
                outside = fewer
            if re.search(r"[A-Za-z]{3,}", NO_WORDS.sub("", outside)):
                yield words


def _texts(widget: object) -> Iterator[str]:
    from PySide6.QtWidgets import (
        QAbstractButton,
        QComboBox,
        QLabel,
        QLineEdit,
        QMenu,
        QTabWidget,
        QWidget,
    )

    assert isinstance(widget, QWidget)
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    if widget.isWindow():
        yield widget.windowTitle()
    if isinstance(widget, QAbstractButton | QLabel):
        yield widget.text()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(at) for at in range(widget.count()))
    if isinstance(widget, QMenu):
        yield from (action.text() for action in widget.actions())
    if isinstance(widget, QTabWidget):
        yield from (widget.tabText(at) for at in range(widget.count()))


if __name__ == "__main__":
    main()
