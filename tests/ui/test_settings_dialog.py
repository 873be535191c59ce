"""The settings dialog: whole stories by keyboard, and what it shows of file and environment."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QDoubleSpinBox
from pytestqt.qtbot import QtBot

from dictation import settings
from dictation.desktop import Desktop
from dictation.errors import HotkeyTaken, NoMicrophone
from dictation.keys import Offer
from dictation.settings_table import TEXT
from dictation.ui.settings_dialog import SettingsDialog
from tests.ui.controls import letters, name, press, shown, write
from tests.ui.test_key_tools import FakeTrials

ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Story:
    """A dialog on a settings file, and how often the app was told to take the file up."""

    def __init__(self, qtbot: QtBot, path: Path) -> None:
        self.qtbot, self.path = qtbot, path
        self.applied = 0
        self.keys = 0
        self.crashes: list[Exception] = []

    def open(self, **more: Any) -> SettingsDialog:
        given: dict[str, Any] = {"offers": {}, "flags": {}, "environment": {}} | more
        given.setdefault("trials", FakeTrials())
        dialog = SettingsDialog(
            self.path, self._apply, key=self._key, crash=self.crashes.append, **given
        )
        self.qtbot.addWidget(dialog)
        with self.qtbot.waitActive(dialog):
            dialog.show()
        return dialog

    def _apply(self) -> None:
        self.applied += 1

    def _key(self) -> None:
        self.keys += 1

    @property
    def stored(self) -> dict[str, Any]:
        return settings.read_file(self.path)[0]


@pytest.fixture
def story(qtbot: QtBot, tmp_path: Path) -> Story:
    return Story(qtbot, tmp_path / "settings.toml")


def page(dialog: SettingsDialog, group: str) -> None:
    titles = [dialog.pages.tabText(at).replace("&", "") for at in range(dialog.pages.count())]
    dialog.pages.setCurrentIndex(titles.index(group))


class TestBinding:
    def test_where_the_desktop_binds_the_hotkey_its_lines_are_shown(
        self, story: Story, qtbot: QtBot
    ) -> None:
        trials = FakeTrials()
        trials.told = ("Add to the file:", "bind it", "and its release")
        dialog = story.open(trials=trials)
        page(dialog, "Keys")
        qtbot.waitUntil(dialog.binding.isVisible)
        dialog.binding.copy_button.click()
        assert QApplication.clipboard().text() == "bind it\nand its release"
        trials.told = ()
        dialog.applied()
        qtbot.waitUntil(dialog.binding.isHidden)

    def test_each_field_says_who_hears_its_keys_but_not_while_keys_are_tried(
        self, story: Story, qtbot: QtBot
    ) -> None:
        trials = FakeTrials()
        dialog = story.open(trials=trials)
        page(dialog, "Keys")
        talk, cancel = dialog.key_tools["hotkey"], dialog.key_tools["cancel_hotkey"]
        qtbot.waitUntil(lambda: cancel.told.text() == "Cancel_hotkey is heard by auto.")
        assert talk.told.text() == "Hotkey is heard by auto."
        talk.try_out.click()
        trials.heard("press")
        cancel.tell("to be told anew")
        dialog.applied()
        qtbot.waitUntil(lambda: cancel.told.text() == "Cancel_hotkey is heard by auto.")
        assert "Now release it" in talk.told.text()

    def test_where_the_app_may_bind_it_a_button_does_and_what_goes_wrong_is_told(
        self, story: Story, qtbot: QtBot
    ) -> None:
        trials, asked = FakeTrials(), list[str]()

        def do() -> None:
            asked.append("do")
            trials.offers = Offer("Take that out", ("It runs:", "F9  press"), refuse)

        def refuse() -> None:
            raise HotkeyTaken("F9 is taken.", hint="Choose another key.")

        trials.told = ("Add to the file:", "bind it")
        trials.offers = Offer("Let the desktop do that", ("It can run:", "F9  press"), do)
        dialog = story.open(trials=trials)
        page(dialog, "Keys")
        qtbot.waitUntil(dialog.binding.do_button.isVisible)
        assert dialog.binding.text.toPlainText() == "F9  press"
        assert not dialog.binding.copy_button.isVisible()
        dialog.binding.do_button.click()
        qtbot.waitUntil(lambda: dialog.binding.do_button.text() == "Take that out")
        assert asked == ["do"]
        dialog.binding.do_button.click()
        qtbot.waitUntil(dialog.binding.trouble.isVisible)
        assert "F9 is taken." in dialog.binding.trouble.accessibleDescription()


class TestAccess:
    def test_every_setting_has_a_named_control_with_its_help(self, story: Story) -> None:
        dialog = story.open()
        assert set(dialog.lines) == set(settings.TABLE)
        for setting, line in dialog.lines.items():
            assert line.widget.accessibleName()
            assert settings.row(setting).help in line.widget.accessibleDescription()

    def test_on_every_page_the_letters_lead_to_one_control_each(self, story: Story) -> None:
        dialog = story.open()
        for at in range(dialog.pages.count()):
            dialog.pages.setCurrentIndex(at)
            assert max(letters(dialog).values()) == 1
            names = [name(control) for control in shown(dialog)]
            assert all(names)
            assert len(names) == len(set(names))

    def test_tab_goes_through_a_page_from_top_to_bottom(self, story: Story, qtbot: QtBot) -> None:
        dialog = story.open()
        page(dialog, TEXT)
        on_page = [n for n in settings.TABLE if settings.row(n).group == TEXT]
        dialog.lines[on_page[0]].widget.setFocus()
        for setting in on_page:
            assert QApplication.focusWidget() is dialog.lines[setting].widget
            press(qtbot, Qt.Key.Key_Tab)

    def test_turning_the_wheel_over_a_control_changes_nothing(self, story: Story) -> None:
        dialog = story.open()
        for setting in ("provider", "timeout"):
            widget = dialog.lines[setting].widget
            assert isinstance(widget, QComboBox | QDoubleSpinBox)
            place = QPointF(5, 5)
            event = QWheelEvent(
                *(place, place, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton),
                *(Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
            )
            QApplication.sendEvent(widget, event)
            assert not dialog.lines[setting].edited


class TestSaving:
    def test_by_keyboard_a_setting_is_found_changed_and_saved(
        self, story: Story, qtbot: QtBot
    ) -> None:
        dialog = story.open()
        press(qtbot, Qt.Key.Key_N, ALT)  # the Network page
        assert dialog.pages.currentIndex() == 2
        press(qtbot, Qt.Key.Key_P, ALT)  # Proxy
        write(qtbot, "http://proxy:3128")
        press(qtbot, Qt.Key.Key_S, CONTROL)
        assert story.stored == {"proxy": "http://proxy:3128"}
        assert story.applied == 1
        assert dialog.isVisible()

    def test_enter_saves_and_closes(self, story: Story, qtbot: QtBot) -> None:
        dialog = story.open()
        dialog.lines["language"].widget.setFocus()
        write(qtbot, "de")
        press(qtbot, Qt.Key.Key_Return)
        assert story.stored == {"language": "de"}
        assert not dialog.isVisible()

    def test_without_a_change_nothing_is_written(self, story: Story, qtbot: QtBot) -> None:
        dialog = story.open()
        dialog.accept()
        assert not story.path.exists()
        assert story.applied == 0

    def test_escape_forgets_what_was_typed(self, story: Story, qtbot: QtBot) -> None:
        dialog = story.open()
        dialog.lines["language"].widget.setFocus()
        write(qtbot, "de")
        press(qtbot, Qt.Key.Key_Escape)
        assert not dialog.isVisible()
        dialog.show()
        assert dialog.lines["language"].field.value() == ""
        assert story.stored == {}

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("provider", "offline"),
            ("model", "some/model"),
            ("keyterms", ("Łódź", "Ada Lovelace")),
            ("timeout", 12.5),
            ("terminal_newlines", True),
            ("hotkey", "Super+F9"),
            ("cancel_hotkey", ""),
            ("microphone", ("file:/a, b.wav",)),
        ],
    )
    def test_every_type_is_shown_saved_and_shown_again(
        self, story: Story, setting: str, value: settings.Value
    ) -> None:
        dialog = story.open()
        dialog.lines[setting].field.show(value)
        assert dialog.save()
        chosen, problems = settings.load(story.path, {})
        assert (getattr(chosen, setting), problems) == (value, [])
        assert set(story.stored) == {setting}
        assert story.open().lines[setting].field.value() == value

    def test_a_wrong_key_is_told_beside_it_and_nothing_is_saved(
        self, story: Story, qtbot: QtBot
    ) -> None:
        dialog = story.open()
        line = dialog.lines["hotkey"]
        dialog.lines["language"].field.show("de")
        line.field.show("Ctrl+Nonsense")
        dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
        assert dialog.isVisible()
        assert (story.stored, story.applied) == ({}, 0)
        assert line.widget.isVisible()  # its page was brought up
        assert QApplication.focusWidget() is line.widget
        assert "nonsense" in line.widget.accessibleDescription()
        write(qtbot, "ctrl+f9")
        press(qtbot, Qt.Key.Key_Return)
        assert story.stored == {"language": "de", "hotkey": "Ctrl+F9"}

    def test_a_server_address_must_be_one(self, story: Story) -> None:
        dialog = story.open()
        dialog.lines["base_url"].field.show("localhost:8000")
        assert not dialog.save()
        assert "https://" in dialog.lines["base_url"].widget.accessibleDescription()

    def test_default_takes_one_setting_back(self, story: Story) -> None:
        settings.save(story.path, language="de", style="verbatim")
        dialog = story.open()
        line = dialog.lines["language"]
        assert line.reset.isVisible()
        line.reset.click()
        assert not line.reset.isVisible()
        assert dialog.save()
        assert story.stored == {"style": "verbatim"}

    def test_a_file_that_cannot_be_written_is_told(self, story: Story, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        story.path = tmp_path / "file" / "settings.toml"
        dialog = story.open()
        dialog.lines["language"].field.show("de")
        assert not dialog.save()
        assert dialog.trouble.isVisible()


class TestWhatIsInForce:
    def test_what_beats_the_file_is_named_and_cannot_be_changed(self, story: Story) -> None:
        settings.save(story.path, model="from/file", style="verbatim")
        dialog = story.open(
            environment={"DICTATION_MODEL": "from/environment"}, flags={"style": "clean"}
        )
        for setting, value, by in (
            ("model", "from/environment", "DICTATION_MODEL"),
            ("style", "clean", "--style"),
        ):
            line = dialog.lines[setting]
            assert line.field.value() == value
            assert not line.widget.isEnabled()
            assert by in line.widget.accessibleDescription()
        dialog.lines["language"].field.show("de")
        assert dialog.save()
        assert story.stored == {"model": "from/file", "style": "verbatim", "language": "de"}

    def test_a_bad_value_in_the_file_is_told_and_saving_mends_it(self, story: Story) -> None:
        story.path.write_text('timeout = 9999\nlanguage = "de"\n')
        dialog = story.open()
        line = dialog.lines["timeout"]
        assert "9999" in line.widget.accessibleDescription()
        assert line.field.value() == settings.default("timeout")
        assert dialog.save()
        assert story.stored == {"language": "de"}

    def test_a_broken_file_is_told_and_a_copy_of_it_stays(self, story: Story) -> None:
        story.path.write_text('language = \nstyle = "verbatim"\n')
        dialog = story.open()
        assert str(story.path) in dialog.trouble.message.text()
        dialog.lines["model"].field.show("some/model")
        assert dialog.save()
        assert story.stored == {"style": "verbatim", "model": "some/model"}
        [copy] = story.path.parent.glob("*.broken-*")
        assert copy.read_text() == 'language = \nstyle = "verbatim"\n'

    def test_a_change_from_outside_is_shown_but_not_over_what_is_typed(self, story: Story) -> None:
        dialog = story.open()
        dialog.lines["language"].field.show("de")
        settings.save(story.path, language="fr", model="some/model")
        dialog.applied()
        assert dialog.lines["language"].field.value() == "de"
        assert dialog.lines["model"].field.value() == "some/model"


class TestMicrophones:
    NAMES = ("Desk", "HDA Intel: ALC (hw:0,0)")

    def test_the_dialog_is_open_while_devices_are_looked_for(
        self, story: Story, qtbot: QtBot
    ) -> None:
        found, main = threading.Event(), threading.current_thread()

        def look() -> list[str]:
            assert threading.current_thread() is not main
            assert found.wait(10)
            return list(self.NAMES)

        dialog = story.open(offers={"microphone": look})
        box = dialog.lines["microphone"].widget
        assert isinstance(box, QComboBox)
        box.setEditText("half typ")
        assert box.count() == 0
        found.set()
        qtbot.waitUntil(lambda: box.count() == 2)
        assert box.currentText() == "half typ"
        assert not story.crashes

    def test_a_name_with_a_comma_is_one_name(self, story: Story, qtbot: QtBot) -> None:
        dialog = story.open(offers={"microphone": lambda: list(self.NAMES)})
        box = dialog.lines["microphone"].widget
        assert isinstance(box, QComboBox)
        qtbot.waitUntil(lambda: box.count() == 2)
        box.setCurrentIndex(1)
        assert dialog.save()
        assert story.stored == {"microphone": [self.NAMES[1]]}

    def test_devices_that_cannot_be_listed_are_told_beside_it(
        self, story: Story, qtbot: QtBot
    ) -> None:
        def look() -> list[str]:
            raise NoMicrophone("The system offers no microphone.")

        line = story.open(offers={"microphone": look}).lines["microphone"]
        qtbot.waitUntil(lambda: "offers no" in line.widget.accessibleDescription())


def test_the_key_button_leads_to_the_keys(story: Story, qtbot: QtBot) -> None:
    dialog = story.open()
    dialog.key_button.setFocus()
    press(qtbot, Qt.Key.Key_Space)
    assert story.keys == 1


def test_what_is_to_be_known_of_an_untried_system_stands_first(story: Story) -> None:
    assert not story.open().untried.isVisible()
    words = Desktop("windows", "native").untried
    told = story.open(untried=words).untried
    assert told.isVisible()
    assert "not tried" in told.text()
