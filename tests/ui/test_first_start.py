"""The first start: who transcribes, the microphone, one dictation; a server and fake devices."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dictation import first_run, settings
from dictation.credentials import Keys
from dictation.desktop import Desktop
from dictation.errors import (
    DictationError,
    HotkeyTaken,
    MicrophoneBusy,
    MissingPart,
    NoSpeech,
    WayClosed,
)
from dictation.hotkeys.macos_tap import not_allowed
from dictation.microphones import Device
from dictation.paths import places
from dictation.session import State
from dictation.settings import Settings, Value
from dictation.takes import begin
from dictation.ui.first_start import FirstStart
from dictation.ui.key_panels import Panel
from dictation.ui.setup import Setup
from dictation.values import Secret
from dictation.wiring import Wiring
from tests.desktop import VirtualDesktop
from tests.fakes import FakeMicrophone, sound
from tests.loopback import Loopback, serving
from tests.replies import error
from tests.test_credentials import Ring
from tests.ui.controls import letters, name, press, shown, write
from tests.ui.test_key_tools import FakeTrials

ALT = Qt.KeyboardModifier.AltModifier
GNOME = Desktop("linux", "wayland", "gnome")
KEY = "sk-or-v1-of-this-test"


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as running:
        running.key = KEY
        yield running


class Story:
    """The window, a keyring, a microphone, and what the app was asked for."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self._before = set(threading.enumerate())  # another test may have left some
        self.places = places()
        self.ring = Ring()
        self.microphone = FakeMicrophone(sound(0.5))
        self.wanted: list[tuple[str, ...]] = []
        self.opened: list[str] = []
        self.toggled = 0
        self.shortcoming: DictationError | None = None
        self.asks = False
        self.refusal: DictationError | None = None
        self.crashes: list[Exception] = []
        self.trials = FakeTrials()

        self.wiring = Wiring(self.places)
        self.wiring.keys = Keys(self.places, {}, self.ring)
        self.windows: list[FirstStart] = []

    def open(self, step: int = 0, **more: Any) -> FirstStart:
        given: dict[str, Any] = {
            "wiring": self.wiring,
            "desktop": GNOME,
            "settings": lambda: self.settings,
            "apply": lambda: None,
            "toggle": self._toggle,
            "shortcoming": lambda _settings: self.shortcoming,
            "asks": lambda _settings: self.asks,
            "allow": self._allow,
            "trials": self.trials,
            "crash": self.crashes.append,
            "flags": {},
            "environment": {},
            "devices": lambda: [Device("Desk", default=True), Device("Headset")],
            "find_microphone": self._find,
            "open_browser": self.opened.append,
        }
        window = FirstStart(Setup(**given | more))
        self.qtbot.addWidget(window)
        self.windows.append(window)
        with self.qtbot.waitActive(window):
            window.open(step)
        return window

    def close(self) -> None:
        """Ends what the windows have begun."""
        for window in self.windows:
            window.close()
        busy = {
            "first start",
            "provider",
            "models",
            "level",
            "devices",
            "hotkey",
            "output",
            "allow",
        }

        def at_work() -> set[str]:
            return {t.name for t in threading.enumerate() if t not in self._before}

        self.qtbot.waitUntil(lambda: not busy & at_work())
        for services in self.wiring._services.values():
            services.http.close()

    @property
    def settings(self) -> Settings:
        return settings.load(self.places.settings, {})[0]

    @property
    def stored(self) -> dict[str, Any]:
        return settings.read_file(self.places.settings)[0]

    def save(self, **changes: Value) -> None:
        settings.save(self.places.settings, **changes)

    def _allow(self) -> None:
        if self.refusal:
            raise self.refusal
        self.asks = False

    def _toggle(self) -> None:
        self.toggled += 1

    def _find(self, wanted: tuple[str, ...]) -> FakeMicrophone:
        self.wanted.append(wanted)
        return self.microphone


@pytest.fixture
def story(qtbot: QtBot) -> Iterator[Story]:
    told = Story(qtbot)
    yield told
    told.close()
    assert not told.crashes


def choose(window: FirstStart, panel: Panel) -> None:
    page = window.key_page
    page.choices[page.panels.index(panel)].setChecked(True)


class TestWhoTranscribes:
    def test_by_keyboard_a_key_is_pasted_checked_and_stored(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        story.save(base_url=server.openrouter)
        window = story.open()
        press(qtbot, Qt.Key.Key_P, ALT)
        qtbot.waitUntil(window.key_page.paste.isVisible)
        press(qtbot, Qt.Key.Key_K, ALT)
        write(qtbot, KEY)
        press(qtbot, Qt.Key.Key_Return)
        qtbot.waitUntil(window.next_button.hasFocus)
        assert list(story.ring.kept.values()) == [KEY]
        asked = next(request for request in server.requests if request.path == "/api/v1/key")
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert "$17.50" in window.key_page.status.text()
        assert not window.key_page.paste.key.text()
        assert "provider" not in story.stored
        qtbot.waitUntil(lambda: "127.0.0.1" in window.key_page.in_use.text())
        press(qtbot, Qt.Key.Key_Space)
        assert window.stack.currentIndex() == 1

    def test_a_refused_key_is_told_and_not_stored(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        story.save(base_url=server.openrouter)
        window = story.open()
        choose(window, window.key_page.paste)
        window.key_page.paste.key.setText("wrong")
        window.key_page.paste.action.click()
        qtbot.waitUntil(window.key_page.trouble.isVisible)
        assert window.key_page.trouble.title.text() == "The key was refused"
        assert window.key_page.paste.key.text() == "wrong"  # to be mended
        assert not story.ring.kept

    def test_a_keyring_that_is_locked_is_told(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        story.save(base_url=server.openrouter)
        window = story.open()
        story.ring.locked = True
        choose(window, window.key_page.paste)
        window.key_page.paste.key.setText(KEY)
        window.key_page.paste.action.click()
        qtbot.waitUntil(window.key_page.trouble.isVisible)
        assert window.key_page.trouble.title.text() == "The key can't be read"

    def test_next_takes_a_key_that_was_typed_along(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        story.save(base_url=server.openrouter)
        window = story.open()
        choose(window, window.key_page.paste)
        window.key_page.paste.key.setText(KEY)
        window.next_button.click()
        qtbot.waitUntil(lambda: window.stack.currentIndex() == 1)
        assert list(story.ring.kept.values()) == [KEY]

    def test_signing_in_by_browser_stores_the_key(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        story.save(base_url=server.openrouter)

        def browse(address: str) -> None:
            with urllib.request.urlopen(address) as page:
                assert page.status == 200

        window = story.open(open_browser=browse)
        press(qtbot, Qt.Key.Key_S, ALT)
        qtbot.waitUntil(window.next_button.hasFocus)
        assert list(story.ring.kept.values()) == [KEY]

    def test_where_no_browser_opens_the_address_is_shown_and_waiting_can_be_ended(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        story.save(base_url=server.openrouter)
        window = story.open()
        page = window.key_page
        press(qtbot, Qt.Key.Key_S, ALT)
        qtbot.waitUntil(page.address.isVisible)
        assert page.address.text().startswith(f"{server.origin}/auth?callback_url=")
        assert story.opened == [page.address.text()]
        assert not page.sign_in.action.isEnabled()
        page.copy_button.click()
        assert QGuiApplication.clipboard().text() == page.address.text()
        page.cancel_button.setFocus()
        press(qtbot, Qt.Key.Key_Space)
        assert page.sign_in.action.hasFocus()
        assert not page.address.isVisible()
        qtbot.waitUntil(lambda: not any(t.name == "login" for t in threading.enumerate()))
        assert not story.ring.kept

    def test_a_key_whose_check_was_given_up_is_not_stored(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        story.save(base_url=server.openrouter)
        asked, go = threading.Event(), threading.Event()

        def wait(request: Any) -> None:
            if request.path.endswith("/key"):
                asked.set()
                assert go.wait(10)

        server.answer = wait
        window = story.open()
        choose(window, window.key_page.paste)
        window.key_page.paste.key.setText(KEY)
        window.key_page.paste.action.click()
        assert asked.wait(10)
        window.key_page.cancel_button.click()
        go.set()
        qtbot.waitUntil(lambda: not any(t.name == "first start" for t in threading.enumerate()))
        assert not story.ring.kept

    def test_an_own_server_is_asked_for_its_models_and_used(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        window = story.open()
        press(qtbot, Qt.Key.Key_O, ALT)
        qtbot.waitUntil(window.key_page.server.isVisible)
        press(qtbot, Qt.Key.Key_D, ALT)
        write(qtbot, f"{server.openai}/")
        press(qtbot, Qt.Key.Key_K, ALT)
        write(qtbot, KEY)
        press(qtbot, Qt.Key.Key_Return)
        panel = window.key_page.server
        qtbot.waitUntil(panel.model.isVisible)
        assert story.stored == {"provider": "openai", "base_url": server.openai}
        assert story.ring.kept == {("dictation", server.origin): KEY}
        panel.model.setFocus()
        press(qtbot, Qt.Key.Key_Down)
        press(qtbot, Qt.Key.Key_Down)
        panel.model.activated.emit(panel.model.currentIndex())
        assert story.stored["model"] == "gpt-4o-transcribe"

    def test_a_server_without_a_list_of_models_is_used_too(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        server.key = ""
        server.answer = lambda _request: error(404, "File Not Found")
        window = story.open()
        choose(window, window.key_page.server)
        window.key_page.server.address.setText(server.origin)
        window.key_page.server.action.click()
        qtbot.waitUntil(window.next_button.hasFocus)
        assert story.stored == {"provider": "openai", "base_url": server.origin}

    def test_a_server_that_cannot_be_reached_is_told_and_not_used(
        self, story: Story, qtbot: QtBot
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        window = story.open()
        choose(window, window.key_page.server)
        window.key_page.server.address.setText(f"http://127.0.0.1:{port}/v1")
        window.key_page.server.action.click()
        trouble = window.key_page.trouble
        qtbot.waitUntil(trouble.isVisible)
        assert trouble.title.text() == "No connection"
        assert "recording" not in trouble.hint.text()
        assert story.stored == {}

    def test_an_address_that_is_none_is_told(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        choose(window, window.key_page.server)
        for address in ("", "localhost"):
            window.key_page.server.address.setText(address)
            window.key_page.server.action.click()
            qtbot.waitUntil(window.key_page.trouble.isVisible)
        assert story.stored == {}

    def test_a_key_of_openrouter_never_goes_to_an_own_server(self, story: Story) -> None:
        asked = []

        class Http:
            def json(self, _method: str, url: str, *, key: Secret) -> object:
                asked.append(url)
                return {"data": {}}

        chosen = Settings(provider="openai", base_url="http://127.0.0.1:9/v1", model="theirs")
        keys = Keys(story.places, {}, story.ring)
        outcome = first_run.use_key(chosen, Secret(KEY), Http(), keys)  # type: ignore[arg-type]
        assert asked == ["https://openrouter.ai/api/v1/key"]
        assert list(story.ring.kept) == [("dictation", "https://openrouter.ai")]
        assert outcome.changes == {"provider": None, "base_url": None, "model": None}

    def test_basic_english_changes_nothing_where_there_is_no_key(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        press(qtbot, Qt.Key.Key_T, ALT)
        qtbot.waitUntil(window.key_page.basic.isVisible)
        press(qtbot, Qt.Key.Key_N, ALT)
        qtbot.waitUntil(lambda: window.stack.currentIndex() == 1)
        assert story.stored == {}

    def test_basic_english_is_named_where_a_key_would_win(
        self, story: Story, server: Loopback, qtbot: QtBot
    ) -> None:
        story.save(base_url=server.openrouter)
        story.ring.kept["dictation", server.origin] = KEY
        window = story.open()
        choose(window, window.key_page.basic)
        window.key_page.basic.action.click()
        qtbot.waitUntil(lambda: story.stored.get("provider") == "offline")
        qtbot.waitUntil(lambda: "Basic English" in window.key_page.in_use.text())

    def test_a_provider_set_by_the_environment_is_told(self, story: Story, qtbot: QtBot) -> None:
        window = story.open(environment={"DICTATION_PROVIDER": "offline"})
        qtbot.waitUntil(lambda: "DICTATION_PROVIDER" in window.key_page.in_use.text())

    def test_a_key_that_was_typed_and_left_is_forgotten(self, story: Story, qtbot: QtBot) -> None:
        window = story.open()
        choose(window, window.key_page.paste)
        window.key_page.paste.key.setText(KEY)
        press(qtbot, Qt.Key.Key_Escape)
        assert not window.isVisible()
        assert not window.key_page.paste.key.text()


class TestMicrophone:
    def test_the_level_moves_and_the_one_in_use_is_named(self, story: Story, qtbot: QtBot) -> None:
        page = story.open(1).microphone_page
        qtbot.waitUntil(lambda: page.level.value() > 50)
        assert "Fake" in page.status.text()
        qtbot.waitUntil(lambda: page.level.value() == 0)  # it said nothing more
        assert story.microphone.audio is not None
        story.microphone.audio.append(sound(0.1, 300))
        qtbot.waitUntil(lambda: 20 < page.level.value() < 50)

    def test_the_microphone_is_closed_when_the_page_is_left_or_the_window_hidden(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open(1)
        for leave in (window.next_button.click, window.close):
            qtbot.waitUntil(story.microphone.running.is_set)
            leave()
            qtbot.waitUntil(lambda: not story.microphone.running.is_set())
            window.open(1)

    def test_a_device_is_chosen_by_keyboard_and_listened_to(
        self, story: Story, qtbot: QtBot
    ) -> None:
        page = story.open(1).microphone_page
        qtbot.waitUntil(lambda: page.devices.count() == 3)
        assert page.devices.hasFocus()
        page.devices.showPopup()
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
            qtbot.keyClick(page.devices.view(), key)
        qtbot.waitUntil(lambda: story.wanted == [(), ("Headset",)])
        assert story.stored == {"microphone": ["Headset"]}
        qtbot.waitUntil(lambda: page.devices.currentText() == "Headset")

    def test_one_that_is_named_and_not_there_stays_named(self, story: Story, qtbot: QtBot) -> None:
        story.save(microphone=("Boom", "Desk"))
        page = story.open(1).microphone_page
        qtbot.waitUntil(lambda: page.devices.count() == 4)
        assert page.devices.currentText() == "Boom, Desk"

    def test_one_that_fails_is_told_and_tried_again(self, story: Story, qtbot: QtBot) -> None:
        story.microphone.refuses = MicrophoneBusy("Another program uses it.")
        page = story.open(1).microphone_page
        qtbot.waitUntil(page.trouble.isVisible)
        assert page.trouble.title.text() == "The microphone is busy"
        story.microphone.refuses = None
        press(qtbot, Qt.Key.Key_A, ALT)
        qtbot.waitUntil(lambda: page.level.value() > 50)
        assert not page.trouble.isVisible()

    def test_one_that_gives_only_zeros_is_told(self, story: Story, qtbot: QtBot) -> None:
        story.microphone = FakeMicrophone(np.zeros(3 * 16_000, np.int16))
        page = story.open(1).microphone_page
        qtbot.waitUntil(page.trouble.isVisible)
        assert page.trouble.title.text() == "The microphone is silent"

    def test_a_dictation_gets_the_microphone_for_itself(self, story: Story, qtbot: QtBot) -> None:
        window = story.open(1)
        qtbot.waitUntil(story.microphone.running.is_set)
        window.changed(State(recording="1"))
        qtbot.waitUntil(lambda: not story.microphone.running.is_set())
        window.changed(State())
        qtbot.waitUntil(story.microphone.running.is_set)


class TestTry:
    def test_start_by_keyboard_leaves_the_cursor_where_the_text_comes(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open(2)
        page = window.try_page
        press(qtbot, Qt.Key.Key_Tab)
        assert page.toggle_button.hasFocus()
        press(qtbot, Qt.Key.Key_Space)
        assert story.toggled == 1
        assert page.text.hasFocus()
        window.changed(State(recording="1"))
        assert page.toggle_button.text() == "&Stop"
        assert "Recording" in page.status.text()
        window.changed(State())
        window.ended(replace(begin(), status="delivered", text="words"), None)
        assert "worked" in page.status.text()
        press(qtbot, Qt.Key.Key_D, ALT)
        qtbot.waitUntil(lambda: not window.isVisible())

    def test_holding_is_told_where_the_key_is_held(
        self, story: Story, desktop: VirtualDesktop
    ) -> None:
        story.save(hotkey_mode="hold")
        window = story.open(2, desktop=Desktop("linux", "x11", "", desktop.env["DISPLAY"]))
        assert "hold Ctrl+Alt+Space while" in window.try_page.how.text()

    def test_what_went_wrong_is_told(self, story: Story, qtbot: QtBot) -> None:
        window = story.open(2)
        window.ended(begin(), NoSpeech("No one spoke in 2.0 s."))
        trouble = window.try_page.trouble
        assert trouble.isVisible()
        assert (trouble.title.text(), trouble.message.text()) == (
            "No speech",
            "No one spoke in 2.0 s.",
        )
        window.changed(State(recording="2"))
        assert not trouble.isVisible()

    def test_where_no_key_can_be_taken_the_lines_that_bind_it_are_shown(
        self, story: Story, qtbot: QtBot
    ) -> None:
        page = story.open(2).try_page
        qtbot.waitUntil(page.binding.text.isVisible)
        page.binding.copy_button.click()
        copied = QGuiApplication.clipboard().text()
        assert "dictation press" in copied
        assert "<Control><Alt>space" in copied
        assert page.hotkey_trouble.title.text() == "The hotkey does not work"

    def test_whether_the_bound_key_arrives_can_be_checked(self, story: Story, qtbot: QtBot) -> None:
        page = story.open(2, desktop=Desktop("linux", "wayland", "sway")).try_page
        qtbot.waitUntil(page.binding.text.isVisible)
        assert "bindsym --release" in page.binding.text.toPlainText()
        page.check_button.click()
        assert "Press Ctrl+Alt+Space now" in page.checked.text()
        story.trials.heard("press")
        story.trials.heard("release")
        assert "holding it" in page.checked.text()
        page.check_button.click()
        page.leave()
        assert story.trials.ended == 2

    def test_what_cannot_be_delivered_here_is_told_before_the_first_take(
        self, story: Story, qtbot: QtBot
    ) -> None:
        story.shortcoming = MissingPart("wtype is not installed.", title="Copied, not pasted")
        page = story.open(2).try_page
        qtbot.waitUntil(page.output_trouble.isVisible)
        assert page.output_trouble.title.text() == "Copied, not pasted"
        page.ended(replace(begin(), status="delivered"), None)
        assert "on the clipboard" in page.status.text()

    def test_the_desktop_is_made_to_ask_at_a_good_time(self, story: Story, qtbot: QtBot) -> None:
        story.asks, story.refusal = True, WayClosed("Your desktop was told not to.")
        page = story.open(2).try_page
        qtbot.waitUntil(page.allow_button.isVisible)
        assert "Nothing of the screen is shared" in page.asks.text()
        page.allow_button.click()
        qtbot.waitUntil(page.trouble.isVisible)
        assert "told not to" in page.trouble.message.text()
        story.refusal = None
        qtbot.waitUntil(page.allow_button.isVisible)
        page.allow_button.click()
        qtbot.waitUntil(lambda: not page.asks.isVisible())
        assert not page.allow_button.isVisible()
        assert not page.trouble.isVisible()

    def test_a_mac_has_no_lines_to_bind_a_key_by(self, story: Story) -> None:
        window = story.open(0, desktop=Desktop("macos", "native"))
        window.hotkey_failed(not_allowed("Accessibility"))
        window.open(2)
        assert "Privacy & Security" in window.try_page.hotkey_trouble.hint.text()
        assert not window.try_page.binding.text.isVisible()

    def test_a_taken_key_is_told_without_lines(self, story: Story, qtbot: QtBot) -> None:
        window = story.open(0)
        window.hotkey_failed(HotkeyTaken("Ctrl+Alt+Space belongs to another program."))
        window.open(2)
        page = window.try_page
        assert page.hotkey_trouble.title.text() == "The hotkey is taken"
        assert not page.binding.text.isVisible()
        story.save(hotkey="Ctrl+F9", hotkey_backend="x12")  # another key, another trouble
        window.open(2)
        qtbot.waitUntil(lambda: "x12" in page.hotkey_trouble.message.text())


class TestWindow:
    def test_a_first_start_is_noted_when_the_window_is_left(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        assert not first_run.seen(story.places)
        window.close()
        assert first_run.seen(story.places)

    def test_what_does_not_work_here_is_news_once(self, home: Path) -> None:
        assert not first_run.is_news(places(), "")
        assert first_run.is_news(places(), "no hotkey")
        assert not first_run.is_news(places(), "no hotkey")
        assert first_run.is_news(places(), "no hotkey, no paste")

    def test_other_things_in_the_state_stay(self, home: Path) -> None:
        state = places().state
        state.mkdir(parents=True)
        (state / "state.toml").write_text("other = 1\n")
        first_run.note_seen(places())
        assert "other = 1" in (state / "state.toml").read_text()

    def test_it_can_be_opened_again_at_any_step(self, story: Story) -> None:
        window = story.open(2)
        window.close()
        window.open(0)
        assert window.heading.text().startswith("Step 1 of 3")

    def test_back_leads_back(self, story: Story, qtbot: QtBot) -> None:
        window = story.open(2)
        for step in (1, 0):
            press(qtbot, Qt.Key.Key_B, ALT)
            qtbot.waitUntil(lambda step=step: window.stack.currentIndex() == step)
        assert not window.back_button.isEnabled()

    def test_every_control_has_a_name_and_letters_lead_to_one_each(
        self, story: Story, qtbot: QtBot
    ) -> None:
        window = story.open()
        page = window.key_page
        page.server.done(first_run.Outcome("", models=("one", "two")))
        for panel in page.panels:
            choose(window, panel)
            check(window)
        window.open(1)
        check(window)
        window.open(2)
        qtbot.waitUntil(window.try_page.binding.text.isVisible)
        check(window)


def check(window: FirstStart) -> None:
    QApplication.processEvents()
    assert max(letters(window).values()) == 1, letters(window)
    names = [name(control) for control in shown(window)]
    assert all(names)
    assert len(names) == len(set(names))


def test_an_untried_system_is_called_so(story: Story) -> None:
    assert not story.open().untried.isVisible()
    told = story.open(desktop=Desktop("macos", "native")).untried
    assert told.isVisible()
    assert "macOS" in told.text()
