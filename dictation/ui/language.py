"""What Qt has to know of the language: its own texts, numbers and dates, where a line begins."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication


def speak(application: QApplication, language: str) -> None:
    """Has Qt speak the language, before any window is made.

    Numbers and dates are those of the user's own region, where that speaks it, too: a German in
    Austria keeps Austria's.
    """
    own = QLocale()
    nobodys = own.language() == QLocale.Language.C
    if nobodys or own.bcp47Name().partition("-")[0] != language:
        QLocale.setDefault(QLocale(language))
    if language != "en":  # which Qt speaks by itself
        translator = QTranslator(application)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if translator.load(f"qtbase_{language}", folder):
            application.installTranslator(translator)
    application.setLayoutDirection(QLocale(language).textDirection())
