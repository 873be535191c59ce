"""Whatever theme the desktop has, what is chosen and what hints say can be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dictation.ui.colours import ENOUGH, Colours, contrast, legible

ROLES = QPalette.ColorRole
ACTIVE = QPalette.ColorGroup.Active


def palette(*, text: str, base: str, hint: str, words: str, chosen: str) -> QPalette:
    made = QPalette()
    for role, colour in (
        (ROLES.Text, text),
        (ROLES.Base, base),
        (ROLES.PlaceholderText, hint),
        (ROLES.HighlightedText, words),
        (ROLES.Highlight, chosen),
    ):
        made.setColor(role, QColor(colour))
    return made


FUSION = {"words": "#ffffff", "chosen": "#308cc6"}
LIGHT = palette(text="#000000", base="#ffffff", hint="#80000000", **FUSION)
DARK = palette(text="#eeeeee", base="#1f1f1f", hint="#555555", **FUSION)
PALE = palette(text="#000000", base="#ffffff", hint="#eeeeee", words="#000000", chosen="#223344")


@pytest.fixture
def usual(qapp: QApplication) -> Iterator[None]:
    before = QApplication.palette()
    yield
    QApplication.setPalette(before)


def ratios(made: QPalette) -> tuple[float, float]:
    """Of what is chosen, and of hints in fields."""
    colour = made.color
    return (
        contrast(colour(ACTIVE, ROLES.HighlightedText), colour(ACTIVE, ROLES.Highlight)),
        contrast(colour(ACTIVE, ROLES.PlaceholderText), colour(ACTIVE, ROLES.Base)),
    )


def test_contrast_is_counted_as_wcag_does() -> None:
    assert contrast(QColor("#ffffff"), QColor("#000000")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK, PALE])
def test_a_theme_that_is_too_pale_is_mended_and_then_left_alone(theme: QPalette) -> None:
    mended = legible(theme)
    assert min(ratios(mended)) >= ENOUGH
    assert legible(mended) == mended
    for role in (ROLES.Text, ROLES.Base, ROLES.HighlightedText, ROLES.Window):
        assert mended.color(role) == theme.color(role)


def test_a_theme_that_can_be_read_stays_as_it_is() -> None:
    good = palette(text="#000000", base="#ffffff", hint="#555555", words="#fff", chosen="#104060")
    assert legible(good) == good


def test_another_theme_is_mended_as_it_comes(qtbot: QtBot, usual: None) -> None:
    QApplication.setPalette(LIGHT)
    colours = Colours()
    qtbot.addWidget(colours)
    assert min(ratios(QApplication.palette())) >= ENOUGH
    QApplication.setPalette(DARK)
    assert min(ratios(QApplication.palette())) < ENOUGH
    qtbot.waitUntil(lambda: min(ratios(QApplication.palette())) >= ENOUGH)
    assert QApplication.palette().color(ROLES.Base) == QColor("#1f1f1f")
