"""The settings window: whole stories by keyboard, and what it shows of file and environment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QDoubleSpinBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from dictation import settings
from dictation.credentials import Keys
from dictation.desktop import Desktop
from dictation.errors import HotkeyTaken, NoMicrophone
from dictation.keys import Offer
from dictation.paths import places
from dictation.settings import Settings
from dictation.settings_table import NETWORK, TEXT
from dictation.ui.choices import help_of, in_words
from dictation.ui.labels import label_of
from dictation.ui.pieces import Words
from dictation.ui.settings_window import SettingsWindow
from dictation.ui.setup import Setup
from dictation.values import Secret
from dictation.wiring import Wiring
from tests.loopback import Loopback
from tests.test_credentials import Ring
from tests.ui.controls import letters, name, press, shown, write
from tests.ui.test_key_tools import FakeTrials

ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Story:
    """A window on a settings file, and how often the app was told to take the file up."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.applied = 0
        self.crashes: list[Exception] = []
        self.wiring = Wiring(places())
        self.wiring.keys = Keys(places(), {}, Ring())
        self.path = places().settings
        self.windows: list[SettingsWindow] = []

    def open(self, **more: Any) -> SettingsWindow:
        offers = more.pop("offers", {})
        given: dict[str, Any] = {
            "wiring": self.wiring,
            "desktop": Desktop("linux", "x11"),
            "settings": lambda: self.chosen,
            "apply": self._apply,
            "toggle": lambda: None,
            "shortcoming": lambda _settings: None,
            "asks": lambda _settings: False,
            "allow": lambda: None,
            "trials": FakeTrials(),
            "crash": self.crashes.append,
            "flags": {},
            "environment": {},
        }
        window = SettingsWindow(Setup(**given | more), offers=offers)
        self.windows.append(window)
        self.qtbot.addWidget(window)
        with self.qtbot.waitActive(window):
            window.show()
        return window

    def close(self) -> None:
        """Ends what the windows have begun."""
        for window in self.windows:
            window.hide()
        busy = {"backend", "provider", "account", "models"}
        self.qtbot.waitUntil(lambda: not busy & {t.name for t in threading.enumerate()})
        for services in self.wiring._services.values():
            services.http.close()
        assert not self.crashes

    def _apply(self) -> None:
        """As the app does: takes the file up, and tells its windows."""
        self.applied += 1
        for window in self.windows:
            window.applied()

    @property
    def chosen(self) -> Settings:
        return settings.load(self.path, {})[0]

    @property
    def stored(self) -> dict[str, Any]:
        return settings.read_file(self.path)[0]


@pytest.fixture
def story(qtbot: QtBot) -> Iterator[Story]:
    told = Story(qtbot)
    yield told
    told.close()


def go(window: SettingsWindow, title: str) -> None:
    titles = [page.title for page in window.pages]
    window.page_list.setCurrentRow(titles.index(title))


def found(window: SettingsWindow) -> list[str]:
    """The settings that can be seen."""
    return [line.name for line in window.lines.values() if line.isVisible()]


def typed(line: Any, text: str) -> None:
    """Types into a line's text field, without saying that it is finished."""
    box = line.widget.lineEdit() if isinstance(line.widget, QComboBox) else line.widget
    assert isinstance(box, QLineEdit)
    box.setText(text)


class TestBinding:
    def test_where_the_desktop_binds_the_hotkey_its_lines_are_shown(
        self, story: Story, qtbot: QtBot
    ) -> None:
        trials = FakeTrials()
        trials.told = ("Add to the file:", "bind it", "and its release")
        window = story.open(trials=trials)
        go(window, "Keys")
        qtbot.waitUntil(window.hotkeys.binding.isVisible)
        window.hotkeys.binding.copy_button.click()
        assert QApplication.clipboard().text() == "bind it\nand its release"
        trials.told = ()
        window.applied()
        qtbot.waitUntil(window.hotkeys.binding.isHidden)

    def test_each_field_says_who_hears_its_keys_but_not_while_keys_are_tried(
        self, story: Story, qtbot: QtBot
    ) -> None:
        trials = FakeTrials()
        window = story.open(trials=trials)
        go(window, "Keys")
        talk, cancel = window.hotkeys.tools["hotkey"], window.hotkeys.tools["cancel_hotkey"]
        qtbot.waitUntil(lambda: cancel.told.text() == "Cancel_hotkey is heard by auto.")
        assert talk.told.text() == "Hotkey is heard by auto."
        talk.try_out.click()
        trials.heard("press")
        cancel.tell("to be told anew")
        window.applied()
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
        window = story.open(trials=trials)
        go(window, "Keys")
        qtbot.waitUntil(window.hotkeys.binding.do_button.isVisible)
        assert window.hotkeys.binding.text.toPlainText() == "F9  press"
        assert not window.hotkeys.binding.copy_button.isVisible()
        window.hotkeys.binding.do_button.click()
        qtbot.waitUntil(lambda: window.hotkeys.binding.do_button.text() == "Take that out")
        assert asked == ["do"]
        window.hotkeys.binding.do_button.click()
        qtbot.waitUntil(window.hotkeys.binding.trouble.isVisible)
        assert "F9 is taken." in window.hotkeys.binding.trouble.accessibleDescription()


class TestAccess:
    def test_every_setting_has_a_named_control_with_its_help(self, story: Story) -> None:
        window = story.open()
        assert set(window.lines) == set(settings.TABLE)
        for setting, line in window.lines.items():
            assert line.widget.accessibleName()
            assert help_of(setting) in line.widget.accessibleDescription()

    def test_on_every_page_the_letters_lead_to_one_control_each(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        for page in window.pages:
            go(window, page.title)
            assert max(letters(window).values()) == 1
            names = [name(control) for control in shown(window)]
            assert all(names)
            assert len(names) == len(set(names))

    def test_among_what_is_found_the_letters_lead_to_one_control_each(self, story: Story) -> None:
        window = story.open()
        window.search.setText("a")
        assert len(found(window)) > 20
        assert max(letters(window).values()) == 1

    def test_tab_goes_through_a_page_from_top_to_bottom(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        go(window, TEXT)
        on_page = [n for n in settings.TABLE if settings.row(n).group == TEXT]
        window.lines[on_page[0]].widget.setFocus()
        for setting in on_page:
            assert QApplication.focusWidget() is window.lines[setting].widget
            press(qtbot, Qt.Key.Key_Tab)

    def test_tab_leads_from_the_search_over_the_pages_to_the_settings(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        press(qtbot, Qt.Key.Key_F, CONTROL)
        order: list[QWidget | None] = []
        for _step in range(3):
            order.append(QApplication.focusWidget())
            press(qtbot, Qt.Key.Key_Tab)
        assert order == [window.search, window.page_list, window.lines["provider"].widget]

    def test_turning_the_wheel_over_a_control_changes_nothing(self, story: Story) -> None:
        window = story.open()
        for setting in ("provider", "timeout"):
            widget = window.lines[setting].widget
            assert isinstance(widget, QComboBox | QDoubleSpinBox)
            place = QPointF(5, 5)
            event = QWheelEvent(
                *(place, place, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton),
                *(Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
            )
            QApplication.sendEvent(widget, event)
            assert not window.lines[setting].edited


class TestSearch:
    def test_shows_what_matches_across_all_pages_and_how_much(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        press(qtbot, Qt.Key.Key_F, CONTROL)
        write(qtbot, "clipboard")
        assert {"output", "restore_clipboard", "clipboard_history"} <= set(found(window))
        assert "language" not in found(window)
        assert str(len(found(window))) in window.found.text()
        assert window.found.text() in window.search.accessibleDescription()

    @pytest.mark.parametrize(
        ("words", "setting"),
        [
            ("certificate file", "ca_file"),  # its label
            ("max_minutes", "max_minutes"),  # its name in the file
            ("Opus", "audio_format"),  # a choice
            ("ums", "style"),  # its help
            ("dictionary", "keyterms"),  # no text of its own
            ("beep", "sounds"),
            ("incognito", "history"),
            ("network patience", "timeout"),  # its page and its label
        ],
    )
    def test_finds_by_every_text_and_by_words_that_people_use(
        self, story: Story, words: str, setting: str
    ) -> None:
        window = story.open()
        window.search.setText(words)
        assert setting in found(window)
        assert len(found(window)) < 8

    def test_enter_goes_to_the_first_hit(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        press(qtbot, Qt.Key.Key_F, CONTROL)
        write(qtbot, "proxy")
        press(qtbot, Qt.Key.Key_Return)
        assert QApplication.focusWidget() is window.lines["proxy"].widget

    def test_escape_ends_the_search_first_and_closes_then(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        go(window, TEXT)
        window.search.setText("proxy")
        press(qtbot, Qt.Key.Key_Escape)
        assert window.isVisible()
        assert window.search.text() == ""
        assert found(window) == [n for n in settings.TABLE if settings.row(n).group == TEXT]
        press(qtbot, Qt.Key.Key_Escape)
        assert not window.isVisible()

    def test_nothing_found_says_what_to_do(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        press(qtbot, Qt.Key.Key_F, CONTROL)
        write(qtbot, "xylophone")
        assert found(window) == []
        assert "Try fewer words" in window.found.text()
        press(qtbot, Qt.Key.Key_Return)
        assert QApplication.focusWidget() is window.search

    def test_a_page_that_is_one_thing_is_found_by_a_button_that_leads_to_it(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        press(qtbot, Qt.Key.Key_F, CONTROL)
        write(qtbot, "sign in")
        press(qtbot, Qt.Key.Key_Return)
        assert not window.key_page.isVisible()
        press(qtbot, Qt.Key.Key_Space)
        assert window.key_page.isVisible()
        assert window.search.text() == ""

    def test_choosing_a_page_ends_the_search(self, story: Story) -> None:
        window = story.open()
        window.search.setText("proxy")
        go(window, TEXT)
        assert window.search.text() == ""
        assert "style" in found(window)

    def test_what_is_found_can_be_changed_there(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        window.search.setText("proxy")
        window.lines["proxy"].widget.setFocus()
        write(qtbot, "http://proxy:3128")
        press(qtbot, Qt.Key.Key_Return)
        assert story.stored == {"proxy": "http://proxy:3128"}


class TestChanging:
    def test_by_keyboard_a_setting_is_found_changed_and_in_force_at_once(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        press(qtbot, Qt.Key.Key_G, ALT)  # the list of pages
        while window.page_list.currentItem().text() != NETWORK:
            press(qtbot, Qt.Key.Key_Down)
        press(qtbot, Qt.Key.Key_P, ALT)  # Proxy
        write(qtbot, "http://proxy:3128")
        assert story.stored == {}
        press(qtbot, Qt.Key.Key_Return)
        assert story.stored == {"proxy": "http://proxy:3128"}
        assert story.applied == 1
        assert window.isVisible()
        assert "Proxy" in window.told.text()

    def test_a_text_is_taken_when_its_field_is_left(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        window.lines["language"].widget.setFocus()
        write(qtbot, "de")
        press(qtbot, Qt.Key.Key_Tab)
        assert story.stored == {"language": "de"}

    def test_choices_and_check_boxes_are_taken_when_changed(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        window.lines["provider"].widget.setFocus()
        press(qtbot, Qt.Key.Key_End)
        assert story.stored == {"provider": "offline"}
        go(window, TEXT)
        window.lines["terminal_newlines"].widget.setFocus()
        press(qtbot, Qt.Key.Key_Space)
        assert story.stored == {"provider": "offline", "terminal_newlines": True}

    def test_a_number_is_taken_once_its_steps_have_ended(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        go(window, NETWORK)
        window.lines["timeout"].widget.setFocus()
        press(qtbot, Qt.Key.Key_Up)
        press(qtbot, Qt.Key.Key_Up)
        assert story.applied == 0
        qtbot.waitUntil(lambda: story.applied == 1)
        assert story.stored == {"timeout": 32.0}

    def test_steps_of_a_number_stay_within_its_limits(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        box = window.lines["timeout"].widget
        assert isinstance(box, QDoubleSpinBox)
        box.setValue(599.0)
        box.stepBy(100)
        assert window.lines["timeout"].field.value() == 600.0

    def test_closing_loses_nothing_good_that_was_typed(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        window.lines["language"].widget.setFocus()
        write(qtbot, "de")
        press(qtbot, Qt.Key.Key_Escape)
        assert not window.isVisible()
        assert story.stored == {"language": "de"}

    def test_looking_changes_nothing(self, story: Story) -> None:
        window = story.open()
        for page in window.pages:
            go(window, page.title)
        window.search.setText("a")
        window.close()
        assert not story.path.exists()
        assert story.applied == 0

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
        window = story.open()
        window.lines[setting].field.show(value)
        window.lines[setting].commit()
        chosen, problems = settings.load(story.path, {})
        assert (getattr(chosen, setting), problems) == (value, [])
        assert set(story.stored) == {setting}
        assert story.open().lines[setting].field.value() == value

    @pytest.mark.parametrize(
        ("setting", "text", "told"),
        [
            ("hotkey", "Ctrl+Nonsense", "nonsense"),
            ("base_url", "localhost:8000", "https://"),
            ("fallback", "nobody", "openrouter"),
        ],
    )
    def test_a_wrong_value_stays_beside_its_field_with_what_is_wrong(
        self, story: Story, setting: str, text: str, told: str
    ) -> None:
        window = story.open()
        line = window.lines[setting]
        go(window, settings.row(setting).group)
        typed(line, text)
        line.commit()
        assert told in line.widget.accessibleDescription()
        assert (story.stored, story.applied) == ({}, 0)
        window.close()
        window.show()
        assert line.wrong
        assert told in line.widget.accessibleDescription()

    def test_a_number_out_of_its_limits_is_told(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        go(window, NETWORK)
        window.lines["timeout"].widget.setFocus()
        write(qtbot, "9999")
        press(qtbot, Qt.Key.Key_Return)
        assert "between 1 and 600" in window.lines["timeout"].widget.accessibleDescription()
        assert story.stored == {}

    def test_a_wrong_value_hinders_no_other(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        typed(window.lines["hotkey"], "Ctrl+Nonsense")
        window.lines["language"].widget.setFocus()
        write(qtbot, "de")
        press(qtbot, Qt.Key.Key_Return)
        assert story.stored == {"language": "de"}
        assert window.lines["hotkey"].wrong

    def test_keys_that_are_recorded_are_in_force_at_once(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        go(window, "Keys")
        window.hotkeys.tools["cancel_hotkey"].record.click()
        press(qtbot, Qt.Key.Key_F9)
        assert story.stored == {"cancel_hotkey": "F9"}

    def test_a_file_that_cannot_be_written_is_told_and_closing_asks_once(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        story.path.mkdir(parents=True)
        window.lines["language"].widget.setFocus()
        write(qtbot, "de")
        assert not window.close()
        assert window.trouble.isVisible()
        assert window.lines["language"].field.value() == "de"
        story.path.rmdir()
        assert window.close()
        assert story.stored == {"language": "de"}


class TestTakingBack:
    def test_undo_takes_the_last_change_back_and_names_it(self, story: Story, qtbot: QtBot) -> None:
        settings.save(story.path, language="fr")
        window = story.open()
        assert not window.undo_button.isEnabled()
        line = window.lines["language"]
        line.widget.setFocus()
        write(qtbot, "de")
        press(qtbot, Qt.Key.Key_Return)
        assert "Language" in name(window.undo_button)
        press(qtbot, Qt.Key.Key_N, ALT)
        qtbot.waitUntil(lambda: story.stored == {"language": "fr"})
        assert line.field.value() == "fr"
        assert story.applied == 2
        assert not window.undo_button.isEnabled()

    def test_default_takes_one_setting_back_at_once(self, story: Story) -> None:
        settings.save(story.path, language="de", style="verbatim")
        window = story.open()
        line = window.lines["language"]
        assert line.reset.isVisible()
        line.reset.click()
        assert not line.reset.isVisible()
        assert story.stored == {"style": "verbatim"}
        window.undo_button.click()
        assert story.stored == {"style": "verbatim", "language": "de"}


class TestWords:
    def test_every_choice_is_shown_in_words_and_kept_as_its_value(self, story: Story) -> None:
        window = story.open()
        box = window.lines["output"].widget
        assert isinstance(box, QComboBox)
        assert box.currentText() == "Into the window with the cursor"
        box.setCurrentIndex(box.findData("display"))
        assert story.stored == {"output": "display"}

    def test_no_choice_is_a_bare_value_and_no_two_read_alike(self) -> None:
        for setting in settings.TABLE:
            choices = settings.row(setting).choices
            words = {in_words(setting, choice) for choice in choices}
            assert len(words) == len(choices)
            assert not words & {choice for choice in choices if choice.islower()}, setting

    def test_no_two_settings_are_called_the_same(self) -> None:
        assert len({label_of(setting) for setting in settings.TABLE}) == len(settings.TABLE)


class TestWhatIsInForce:
    def test_what_beats_the_file_is_named_and_cannot_be_changed(self, story: Story) -> None:
        settings.save(story.path, model="from/file", style="verbatim")
        window = story.open(
            environment={"DICTATION_MODEL": "from/environment"}, flags={"style": "clean"}
        )
        for setting, value, by in (
            ("model", "from/environment", "DICTATION_MODEL"),
            ("style", "clean", "--style"),
        ):
            line = window.lines[setting]
            assert line.field.value() == value
            assert not line.widget.isEnabled()
            assert by in line.widget.accessibleDescription()
        window.lines["language"].put("de")
        assert story.stored == {"model": "from/file", "style": "verbatim", "language": "de"}

    def test_a_bad_value_in_the_file_is_told_and_the_next_good_one_mends_it(
        self, story: Story
    ) -> None:
        story.path.parent.mkdir(parents=True, exist_ok=True)
        story.path.write_text('timeout = 9999\nlanguage = "de"\n')
        window = story.open()
        line = window.lines["timeout"]
        assert "9999" in line.widget.accessibleDescription()
        assert line.field.value() == settings.default("timeout")
        line.put(12.0)
        assert story.stored == {"language": "de", "timeout": 12.0}
        assert "9999" not in line.widget.accessibleDescription()

    def test_a_broken_file_is_told_and_a_copy_of_it_stays(self, story: Story) -> None:
        story.path.parent.mkdir(parents=True, exist_ok=True)
        story.path.write_text('language = \nstyle = "verbatim"\n')
        window = story.open()
        assert str(story.path) in window.trouble.message.text()
        window.lines["model"].put("some/model")
        assert story.stored == {"style": "verbatim", "model": "some/model"}
        assert not window.trouble.isVisible()
        [copy] = story.path.parent.glob("*.broken-*")
        assert copy.read_text() == 'language = \nstyle = "verbatim"\n'

    def test_a_change_from_outside_is_shown_but_not_over_what_is_typed(self, story: Story) -> None:
        window = story.open()
        typed(window.lines["language"], "de")
        settings.save(story.path, language="fr", model="some/model")
        window.applied()
        assert window.lines["language"].field.value() == "de"
        assert window.lines["model"].field.value() == "some/model"

    def test_a_file_that_another_program_writes_is_taken_up_and_shown(
        self, story: Story, qtbot: QtBot
    ) -> None:
        settings.save(story.path, language="de")
        window = story.open()
        settings.save(story.path, language="fr")
        qtbot.waitUntil(lambda: window.lines["language"].field.value() == "fr")
        assert story.applied == 1

    def test_what_another_program_changed_is_not_undone_here(self, story: Story) -> None:
        window = story.open()
        window.lines["language"].put("de")
        settings.save(story.path, language="fr")
        window.applied()
        assert not window.undo_button.isEnabled()


class TestMicrophones:
    NAMES = ("Desk", "HDA Intel: ALC (hw:0,0)")

    def test_the_window_is_open_while_devices_are_looked_for(
        self, story: Story, qtbot: QtBot
    ) -> None:
        found, main = threading.Event(), threading.current_thread()

        def look() -> list[str]:
            assert threading.current_thread() is not main
            assert found.wait(10)
            return list(self.NAMES)

        window = story.open(offers={"microphone": look})
        box = window.lines["microphone"].widget
        assert isinstance(box, QComboBox)
        box.setEditText("half typ")
        assert box.count() == 0
        found.set()
        qtbot.waitUntil(lambda: box.count() == 2)
        assert box.currentText() == "half typ"
        assert not story.crashes

    def test_a_name_with_a_comma_is_one_name(self, story: Story, qtbot: QtBot) -> None:
        window = story.open(offers={"microphone": lambda: list(self.NAMES)})
        box = window.lines["microphone"].widget
        assert isinstance(box, QComboBox)
        qtbot.waitUntil(lambda: box.count() == 2)
        box.setCurrentIndex(1)
        window.lines["microphone"].commit()
        assert story.stored == {"microphone": [self.NAMES[1]]}

    def test_devices_that_cannot_be_listed_are_told_beside_it(
        self, story: Story, qtbot: QtBot
    ) -> None:
        def look() -> list[str]:
            raise NoMicrophone("The system offers no microphone.")

        line = story.open(offers={"microphone": look}).lines["microphone"]
        qtbot.waitUntil(lambda: "offers no" in line.widget.accessibleDescription())


def test_what_is_to_be_known_of_an_untried_system_stands_first(story: Story) -> None:
    assert not story.open().untried.isVisible()
    told = story.open(desktop=Desktop("windows", "native")).untried
    assert told.isVisible()
    assert "not tried" in told.text()


def test_an_error_leads_straight_to_its_setting(story: Story) -> None:
    window = story.open()
    window.open_at("proxy")
    line = window.lines["proxy"]
    assert line.isVisible()
    assert line.widget.hasFocus()
    window.search.setText("clipboard")
    window.open_at("timeout")  # whatever was searched
    assert window.lines["timeout"].widget.hasFocus()
    window.open_at("")
    assert window.lines["timeout"].isVisible()


class TestAccount:
    @pytest.fixture
    def service(self) -> Iterator[Loopback]:
        running = Loopback()
        running.key = "sk-or-of-this-test"
        yield running
        running.close()

    def open(self, story: Story, service: Loopback, key: str) -> SettingsWindow:
        settings.save(story.path, provider="openrouter", base_url=service.openrouter)
        if key:
            story.wiring.keys.store(service.openrouter, Secret(key))
        window = story.open()
        go(window, "Key and account")
        return window

    def test_it_tells_balance_limit_and_usage_of_the_key_and_never_the_key(
        self, story: Story, service: Loopback
    ) -> None:
        window = self.open(story, service, service.key)
        story.qtbot.waitUntil(lambda: len(window.account.lines) == 7)
        assert window.account.lines[0].text() == "$7.50"
        assert window.account.lines[0].accessibleName() == "Balance of the account: $7.50"
        assert not [each for each in window.findChildren(Words) if service.key in each.text()]
        window.account.refresh_button.click()
        story.qtbot.waitUntil(window.account.refresh_button.isEnabled)
        assert len(window.account.lines) == 7

    def test_a_key_that_is_refused_is_told_there(self, story: Story, service: Loopback) -> None:
        window = self.open(story, service, "sk-or-another")
        story.qtbot.waitUntil(window.account.trouble.isVisible)
        assert window.account.lines == []

    def test_without_a_key_it_says_what_to_do(self, story: Story, service: Loopback) -> None:
        window = self.open(story, service, "")
        story.qtbot.waitUntil(lambda: "sign in or paste" in window.account.told.text())

    def test_the_search_finds_it_by_what_it_tells(self, story: Story, service: Loopback) -> None:
        window = story.open()
        window.search.setText("balance")
        assert "Found: 1" in window.found.text()
