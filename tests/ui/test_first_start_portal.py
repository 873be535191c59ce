"""The last page of the first start where the desktop's portal has the say about keys."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from dictation.errors import HotkeyEnded
from dictation.keys import Offer
from tests.buses import Bus
from tests.test_hotkeys_portal import KDE, bus, desktop_portal
from tests.ui.test_first_start import Story, story

__all__ = ["bus", "story"]  # fixtures
pytestmark = pytest.mark.only_on("linux")


def test_where_the_desktop_has_the_say_its_own_key_is_shown_and_what_it_needs(
    story: Story, qtbot: QtBot, bus: Bus
) -> None:
    with desktop_portal(bus):
        story.trials.told = ("Add to the file:", "bind it")
        page = story.open(2, desktop=KDE).try_page
        qtbot.waitUntil(page.binding.text.isVisible)
        assert page.checked.text() == "Hotkey is heard by auto."
        assert page.binding.text.toPlainText() == "bind it"


def test_what_failed_may_work_once_the_desktop_is_asked_again(
    story: Story, qtbot: QtBot, bus: Bus
) -> None:
    with desktop_portal(bus):
        page = story.open(2, desktop=KDE).try_page
        story.trials.offers = Offer("Ask the desktop again", ("No.", "bind"), lambda: None)
        page.hotkey_failed(HotkeyEnded("It was not allowed."))
        qtbot.waitUntil(page.binding.do_button.isVisible)
        assert page.how.text() == "Press Start, speak, press Stop."
        page.binding.do_button.click()
        qtbot.waitUntil(page.hotkey_trouble.isHidden)
        assert "press Ctrl+Alt+Space" in page.how.text()
