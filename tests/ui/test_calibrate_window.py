"""The calibration window: whole stories by keyboard, with a server of several models."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dictation import settings
from dictation.calibration.candidates import OFFLINE, Candidate
from dictation.calibration.keeping import Shelf
from dictation.errors import MicrophoneBusy
from dictation.paths import places
from dictation.session import State
from dictation.settings import Settings
from dictation.takes import Take, begin
from dictation.ui.calibrate_lent import Lent
from dictation.ui.calibrate_window import CHOOSE, READ, RESULTS, CalibrateWindow
from tests.audio_samples import sound_file, written
from tests.connections import Received
from tests.desktop import need
from tests.fakes import FakeMicrophone, sound
from tests.loopback import TEXT, Loopback
from tests.replies import FOREVER, Reply, error, model
from tests.test_credentials import own_wiring
from tests.ui.controls import letters, name, press, shown

ALT = Qt.KeyboardModifier.AltModifier
SCRIBE = Candidate("openrouter", "openai/gpt-transcribe")
FLASH = Candidate("openrouter", "google/gemini-3.1-flash-lite")


class Story:
    """The window, a server in OpenRouter's place, a microphone that says the sentence."""

    def __init__(self, qtbot: QtBot, server: Loopback, folder: Path) -> None:
        self.qtbot, self.server, self.folder = qtbot, server, folder
        self.wiring = own_wiring()
        settings.save(places().settings, provider="openrouter", base_url=server.openrouter)
        server.models = [
            model(SCRIBE.model, ["audio"], ["transcription"], {"prompt": "0.000001"}),
            model(FLASH.model, ["text", "audio"], ["text"], {"prompt": "0.000001"}),
        ]
        self.planned: dict[str, Reply] = {}
        server.answer = self._answer
        self.microphone = FakeMicrophone()
        self.last: Take | None = None
        self.crashes: list[Exception] = []
        self.windows: list[CalibrateWindow] = []

    def _answer(self, request: Received) -> Reply | None:
        return self.planned.get(request.model) if request.method == "POST" else None

    @property
    def settings(self) -> Settings:
        return settings.load(places().settings, {})[0]

    def open(self, **more: Any) -> CalibrateWindow:
        def last() -> Future[Take | None]:
            future: Future[Take | None] = Future()
            future.set_result(self.last)
            return future

        given: dict[str, Any] = {
            "wiring": self.wiring,
            "settings": lambda: self.settings,
            "change": lambda changes: settings.save(places().settings, **changes),
            "last": last,
            "crash": self.crashes.append,
            "flags": {},
            "environment": {},
            "find_microphone": lambda _wanted: self.microphone,
        }
        window = CalibrateWindow(Lent(**given | more))
        self.qtbot.addWidget(window)
        self.windows.append(window)
        with self.qtbot.waitActive(window):
            window.bring_up()
        return window

    def keep(self, said: str = TEXT) -> None:
        """A recording that was made on another day."""
        from dictation.audio_files import open_audio

        speech = open_audio(written(self.folder / "kept.wav", sound_file("wav", 2.0)))
        Shelf(places()).keep(speech, 2.0, said, "en")

    def to_choice(self, *checked: Candidate) -> CalibrateWindow:
        """At the second step with the kept recording, and these checked."""
        self.keep()
        window = self.open()
        page = window.read_page
        self.qtbot.waitUntil(lambda: page.source.count() == 5)
        page.source.setCurrentIndex(4)
        window.next_button.click()
        self.qtbot.waitUntil(lambda: len(window.choose_page.chosen()) > 0)
        self.check(window, *checked)
        return window

    def check(self, window: CalibrateWindow, *wanted: Candidate) -> None:
        for candidate, item in window.choose_page._rows():
            on = candidate in wanted
            item.setCheckState(0, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    def results(self, *checked: Candidate) -> CalibrateWindow:
        window = self.to_choice(*checked)
        window.next_button.click()
        self.qtbot.waitUntil(lambda: window.results_page._run is None, timeout=20_000)
        return window

    def close(self) -> None:
        for window in self.windows:
            window.close()

        def busy() -> bool:
            return any(t.name.startswith("calibration recording") for t in threading.enumerate())

        self.qtbot.waitUntil(lambda: not busy())
        for services in self.wiring._services.values():
            services.http.close()
        assert self.crashes == []


@pytest.fixture
def story(
    qtbot: QtBot, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Story]:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-of-this-test")
    made = Story(qtbot, server, tmp_path)
    yield made
    made.close()


def rows(window: CalibrateWindow) -> list[list[str]]:
    """The table's words."""
    table = window.results_page.table
    items = [table.topLevelItem(at) for at in range(table.topLevelItemCount())]
    return [[item.text(column) for column in range(5)] for item in items if item]


def test_a_minute_is_read_models_are_tried_and_one_is_used_by_keyboard_alone(
    story: Story, qtbot: QtBot
) -> None:
    need("flite")
    import subprocess

    import soundfile

    wav = story.folder / "said.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", TEXT, "-o", str(wav)], check=True)
    story.microphone = FakeMicrophone(soundfile.read(wav, dtype="int16")[0])
    story.planned = {SCRIBE.model: Reply(body={"text": "no words of it", "usage": {"cost": 0.01}})}
    window = story.open()
    read, choose, results = window.read_page, window.choose_page, window.results_page
    read.source.setCurrentIndex(2)  # words of my own
    read.text.setFocus()
    qtbot.keyClicks(read.text, TEXT)
    assert not window.next_button.isEnabled()
    press(qtbot, Qt.Key.Key_R, ALT)
    qtbot.waitUntil(lambda: read.status.text().startswith("Recording"))
    press(qtbot, Qt.Key.Key_S, ALT)  # to the text, then on to the button
    press(qtbot, Qt.Key.Key_Tab)
    press(qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(window.next_button.isEnabled)
    press(qtbot, Qt.Key.Key_G, ALT)
    qtbot.waitUntil(lambda: len(choose.chosen()) > 1)
    assert window.stack.currentIndex() == CHOOSE
    chosen = [offer.candidate for offer in choose.chosen()]
    assert [c for c in chosen if c != OFFLINE] == [FLASH, SCRIBE]
    assert story.server.origin in choose.total.text()
    assert "about " in choose.total.text()
    assert [r for r in story.server.requests if r.method == "POST"] == []
    if OFFLINE in chosen:
        press(qtbot, Qt.Key.Key_Space)  # the list has the focus, and the recogniser stands first
    press(qtbot, Qt.Key.Key_T, ALT)
    qtbot.waitUntil(lambda: results._run is None and len(rows(window)) == 2, timeout=20_000)
    assert [row[0] for row in rows(window)] == [FLASH.model, SCRIBE.model]
    assert rows(window)[0][1] == "0 of 7 (0.0%)"
    assert results.slips.toPlainText().startswith("Every word is right.")
    press(qtbot, Qt.Key.Key_Down)
    assert "heard “no words of it”" in results.slips.toPlainText()
    press(qtbot, Qt.Key.Key_Up)
    press(qtbot, Qt.Key.Key_U, ALT)
    qtbot.waitUntil(lambda: FLASH.model in results.status.text())
    assert (story.settings.provider, story.settings.model) == ("openrouter", FLASH.model)
    press(qtbot, Qt.Key.Key_Escape)
    assert not window.isVisible()


def test_one_that_fails_tells_why_and_the_others_go_on(story: Story) -> None:
    story.planned = {SCRIBE.model: error(402, "No credits")}
    window = story.results(SCRIBE, FLASH)
    assert [row[:2] for row in rows(window)] == [
        [FLASH.model, "0 of 7 (0.0%)"],
        [SCRIBE.model, "failed"],
    ]
    page = window.results_page
    item = page.table.topLevelItem(1)
    assert item is not None
    page.table.setCurrentItem(item)
    assert page.slips.toPlainText().startswith("No credits")
    assert not page.use_button.isEnabled()


def test_a_slow_one_can_be_given_up_and_what_was_heard_stays(story: Story, qtbot: QtBot) -> None:
    story.planned = {SCRIBE.model: Reply(before=FOREVER)}
    window = story.to_choice(SCRIBE, FLASH)
    window.next_button.click()
    page = window.results_page
    qtbot.waitUntil(lambda: page.progress.value() == 1)
    assert not window.next_button.isEnabled()
    page.cancel_button.click()
    qtbot.waitUntil(lambda: page._run is None, timeout=3_000)
    assert [row[1] for row in rows(window)] == ["0 of 7 (0.0%)", "given up"]
    [kept] = Shelf(places()).all()
    assert [outcome.candidate for outcome in kept.outcomes] == [FLASH]


def test_a_kept_recording_shows_earlier_results_beside_new_ones_and_by_a_corrected_text(
    story: Story, qtbot: QtBot
) -> None:
    window = story.results(FLASH)
    window.go(READ)
    qtbot.waitUntil(lambda: window.read_page.source.currentData()[0] == "kept")
    window.read_page.text.setPlainText(TEXT.replace("tomorrow", "this"))
    window.next_button.click()
    page = window.choose_page
    qtbot.waitUntil(lambda: window.stack.currentIndex() == CHOOSE and page.list.isVisible())
    qtbot.waitUntil(lambda: "as before" in "".join(i.text(2) for _c, i in page._rows()))
    story.check(window, SCRIBE)
    window.next_button.click()
    qtbot.waitUntil(lambda: window.results_page._run is None and len(rows(window)) == 2)
    assert {row[1] for row in rows(window)} == {"1 of 7 (14.3%)"}
    assert "tomorrow" not in window.results_page.shared.text()
    assert "this" in window.results_page.shared.text()
    [kept] = Shelf(places()).all()
    assert [outcome.candidate for outcome in kept.outcomes] == [FLASH, SCRIBE]
    assert [r.model for r in story.server.requests if r.method == "POST"] == [
        FLASH.model,
        SCRIBE.model,
    ]


def test_the_last_dictation_is_tried_by_its_corrected_text(story: Story, qtbot: QtBot) -> None:
    audio = written(story.folder / "take.wav", sound_file("wav", 2.0))
    story.last = Take(begin().id, "delivered", "", text="the meeting starts", audio=str(audio))
    window = story.open()
    window.read_page.source.setCurrentIndex(3)
    qtbot.waitUntil(lambda: window.read_page.text.toPlainText() == "the meeting starts")
    window.read_page.text.setPlainText(TEXT)
    window.next_button.click()
    qtbot.waitUntil(lambda: window.stack.currentIndex() == CHOOSE)
    [kept] = Shelf(places()).all()
    assert (kept.reference, kept.seconds) == (TEXT, 2.0)


def test_without_a_dictation_it_says_what_to_do(story: Story, qtbot: QtBot) -> None:
    window = story.open()
    window.read_page.source.setCurrentIndex(3)
    qtbot.waitUntil(window.read_page.trouble.isVisible)
    assert not window.next_button.isEnabled()


def test_a_recording_in_which_nobody_speaks_is_not_taken(story: Story, qtbot: QtBot) -> None:
    story.microphone = FakeMicrophone(sound(1.0, level=3))
    window = story.open()
    page = window.read_page
    page.record_button.click()
    qtbot.waitUntil(lambda: page.status.text().startswith("Recording"))
    page.record_button.click()
    qtbot.waitUntil(page.trouble.isVisible)
    assert page.trouble.title.text() == "No speech"
    assert not window.next_button.isEnabled()


def test_a_microphone_that_does_not_open_is_told(story: Story, qtbot: QtBot) -> None:
    story.microphone.refuses = MicrophoneBusy("Desk is busy.")
    page = story.open().read_page
    page.record_button.click()
    qtbot.waitUntil(page.trouble.isVisible)
    assert page.record_button.text() == "&Record again"


def test_closing_the_window_or_a_dictation_closes_the_microphone(
    story: Story, qtbot: QtBot
) -> None:
    story.microphone = FakeMicrophone(sound(1.0))
    window = story.open()
    page = window.read_page
    for end in (lambda: window.changed(State(recording="one")), window.close):
        story.microphone.stopped.clear()
        page.record_button.click()
        qtbot.waitUntil(story.microphone.running.is_set)
        end()
        qtbot.waitUntil(story.microphone.stopped.is_set)
        qtbot.waitUntil(lambda: page._capture is None)


def test_a_kept_recording_can_be_deleted(story: Story, qtbot: QtBot) -> None:
    story.keep()
    page = story.open().read_page
    qtbot.waitUntil(lambda: page.source.count() == 5)
    page.source.setCurrentIndex(4)
    page.delete_button.click()
    qtbot.waitUntil(lambda: page.source.count() == 4)
    assert Shelf(places()).all() == []


def test_what_the_environment_sets_can_not_be_used_and_says_so(story: Story, qtbot: QtBot) -> None:
    story.keep()
    window = story.open(environment={"DICTATION_PROVIDER": "openrouter"})
    qtbot.waitUntil(lambda: window.read_page.source.count() == 5)
    window.read_page.source.setCurrentIndex(4)
    window.next_button.click()
    qtbot.waitUntil(lambda: len(window.choose_page.chosen()) > 0)
    story.check(window, FLASH)
    window.next_button.click()
    page = window.results_page
    qtbot.waitUntil(lambda: page._run is None and len(rows(window)) == 1)
    assert not page.use_button.isEnabled()
    assert "DICTATION_PROVIDER" in page.use_button.accessibleDescription()


def test_every_control_has_a_name_and_every_letter_one_meaning_at_each_step(
    story: Story, qtbot: QtBot
) -> None:
    window = story.results(FLASH)
    for step in (RESULTS, CHOOSE, READ):
        window.go(step)
        QApplication.processEvents()
        assert all(name(control) for control in shown(window))
        assert max(letters(window).values()) == 1
        assert window.results_page.table.accessibleName() == "Results"
        assert window.choose_page.list.accessibleName() == "Candidates"
